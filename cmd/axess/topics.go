package main

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"
)

// guide holds the short pages of axess help TOPIC.
//
//go:embed guide/*.txt
var guide embed.FS

// topicNames are in the order in which people need them.
func topicNames() []string {
	return []string{"first-run", "keys", "mail", "proxy", "stores", "backup", "upgrade", "exit-codes"}
}

// help explains commands, and prints the guide's pages without a network (CLI-029).
func (p process) help() *cli.Command {
	return &cli.Command{
		Name: "help", Aliases: []string{"h"}, Usage: "explain a command or a topic", ArgsUsage: "[COMMAND | TOPIC]",
		Description: "Topics: " + strings.Join(topicNames(), ", ") + ".",
		Action: func(ctx context.Context, c *cli.Command) error {
			name := c.Args().First()
			switch {
			case name == "":
				return cli.ShowRootCommandHelp(c.Root())
			case slices.Contains(topicNames(), name):
				return p.topic(c, name)
			}
			return cli.ShowCommandHelp(ctx, c.Root(), name)
		},
		ShellComplete: func(_ context.Context, c *cli.Command) {
			for _, name := range append(topicNames(), commandNames(c.Root())...) {
				fmt.Fprintln(c.Root().Writer, name)
			}
		},
	}
}

// topic prints a page. A command of the same name has its own.
func (p process) topic(c *cli.Command, name string) error {
	text, err := guide.ReadFile("guide/" + name + ".txt")
	if err != nil {
		return fmt.Errorf("help: %w", err)
	}
	fmt.Fprint(p.stdout, string(text))
	if slices.Contains(commandNames(c.Root()), name) {
		fmt.Fprintf(p.stdout, "\nThe command: axess %s --help\n", name)
	}
	return nil
}
