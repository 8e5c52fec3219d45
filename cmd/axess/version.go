package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
)

func (p process) version() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print what this binary is",
		Flags: append(settingFlags("data", "dsn"), &cli.BoolFlag{Name: "check", Usage: "compare with the running server; exit code 1: another version"}),
		Action: func(ctx context.Context, c *cli.Command) error {
			return p.withSettings(c, func(v *settings.Values) error {
				if err := printVersion(p.stdout); err != nil || !c.Bool("check") {
					return err
				}
				return p.checkVersion(ctx, v)
			})
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
