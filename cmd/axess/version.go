package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess"
)

func (p process) version() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print what this binary is",
		Action: func(_ context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return printVersion(p.stdout)
		},
	}
}

func printVersion(w io.Writer) error {
	fmt.Fprintf(w, "axess %s (%s, %s/%s)\n", axess.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" || s.Key == "vcs.time" || s.Key == "vcs.modified" {
				fmt.Fprintf(w, "  %s %s\n", s.Key, s.Value)
			}
		}
	}
	return nil
}
