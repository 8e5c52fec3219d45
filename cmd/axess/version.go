package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/axess-go/axess"
)

func version(w io.Writer) int {
	fmt.Fprintf(w, "axess %s (%s, %s/%s)\n", axess.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" || s.Key == "vcs.time" || s.Key == "vcs.modified" {
				fmt.Fprintf(w, "  %s %s\n", s.Key, s.Value)
			}
		}
	}
	return exitOK
}
