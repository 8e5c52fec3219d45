package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
)

const about = `With no flags, "axess serve" starts a development server on this machine:
nothing to configure, mail is shown here and on a page, and what people enter is
kept in ./axess-data.`

// run is main without the process around it.
func run(ctx context.Context, p process) int {
	out := &kept{w: p.stdout}
	p.stdout = out
	err := p.app().Run(ctx, append([]string{"axess"}, p.args...))
	if refusal.Code(err, refusal.Failed) <= refusal.Findings && out.err != nil {
		err = fmt.Errorf("standard output: %w", out.err) // half a plan is no plan
	}
	if err == nil {
		return refusal.OK
	}
	if text := strings.TrimRight(err.Error(), "\n"); text != "" {
		fmt.Fprintln(p.stderr, visible(text))
	}
	if own := cli.ExitCoder(nil); errors.As(err, &own) {
		return refusal.Usage // only the library makes these: a help topic that does not exist
	}
	return refusal.Code(err, refusal.Failed)
}

// app is the tree of commands. A verb is a function that returns one.
func (p process) app() *cli.Command {
	root := &cli.Command{
		Name: "axess", Usage: "a sign-in server for your programs", Description: about,
		Writer: p.stdout, ErrWriter: p.stderr,
		HideVersion: true, EnableShellCompletion: true,
		ConfigureShellCompletionCommand: func(c *cli.Command) { c.Hidden = false },
		ExitErrHandler:                  func(context.Context, *cli.Command, error) {}, // run decides about the exit code
		Flags:                           []cli.Flag{&cli.BoolFlag{Name: "version", Aliases: []string{"v"}, Usage: "the same as axess version", Local: true}},
		Commands: []*cli.Command{
			p.serve(),
			p.config(),
			p.keys(),
			p.migrate(),
			p.dev(),
			p.reload(),
			p.ui(),
			p.sim(),
			p.version(),
			p.help(),
		},
	}
	root.Action = func(_ context.Context, c *cli.Command) error {
		if c.Bool("version") {
			return printVersion(p.stdout)
		}
		return misunderstood(c, "a command is missing")
	}
	prepare(root, root.Name)
	return root
}

// prepare makes every command answer in the same way to what it does not
// understand.
func prepare(c *cli.Command, path string) {
	c.OnUsageError = func(_ context.Context, c *cli.Command, err error, _ bool) error {
		return misunderstood(c, lower(err.Error()))
	}
	if c.Action == nil && len(c.Commands) > 0 {
		c.Action = func(_ context.Context, c *cli.Command) error { return misunderstood(c, "a command is missing") }
	}
	if len(c.Commands) > 0 {
		action := c.Action
		c.Action = func(ctx context.Context, c *cli.Command) error {
			if c.Args().Present() {
				return misunderstood(c, fmt.Sprintf("there is no command %q", c.Args().First()))
			}
			return action(ctx, c)
		}
	}
	for _, sub := range c.Commands {
		prepare(sub, path+" "+sub.Name)
	}
	if len(c.Commands) == 0 {
		c.HideHelpCommand = true
	}
	c.CustomHelpTemplate = helpText(c, path)
	if path == c.Name {
		c.CustomRootCommandHelpTemplate = c.CustomHelpTemplate
	}
}

// misunderstood is the answer to what a person typed: what is wrong, what they
// probably meant, and where to read on.
func misunderstood(c *cli.Command, what string) error {
	name := c.FullName()
	meant := ""
	if typed, ok := strings.CutPrefix(what, "flag provided but not defined: "); ok {
		typed = strings.TrimLeft(typed, "-")
		what = fmt.Sprintf("there is no flag --%s", typed)
		if near := settings.Nearest(typed, flagNames(c)); near != "" {
			meant = "did you mean --" + near + "? "
		}
	} else if typed := c.Args().First(); typed != "" {
		if near := settings.Nearest(typed, commandNames(c)); near != "" {
			meant = "did you mean " + name + " " + near + "? "
		}
	}
	return &refusal.Error{
		What: name + ": " + what + "\n  " + meant + "see: " + name + " --help", Code: refusal.Usage, Err: errUsage,
	}
}

// errUsage marks what the person at the terminal got wrong.
var errUsage = errors.New("usage")

// noArguments refuses words after the flags: a forgotten dash would otherwise
// change nothing and say nothing.
func noArguments(c *cli.Command) error {
	if c.Args().Present() {
		return misunderstood(c, fmt.Sprintf("unexpected argument %q", c.Args().First()))
	}
	return nil
}

func flagNames(c *cli.Command) (names []string) {
	for _, f := range c.Flags {
		names = append(names, f.Names()...)
	}
	return names
}

func commandNames(c *cli.Command) (names []string) {
	for _, sub := range c.Commands {
		if !sub.Hidden {
			names = append(names, sub.Name)
		}
	}
	return names
}

func lower(s string) string {
	if s == "" || len(s) > 1 && s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// settingFlags are the flags of the table, or those of some keys, and --config.
func settingFlags(keys ...string) []cli.Flag {
	flags := []cli.Flag{&cli.StringFlag{Name: "config", Usage: "TOML `file` with settings (env " + settings.ConfigEnv + ")", OnlyOnce: true, TakesFile: true}}
	for _, s := range settings.Table() {
		if s.Flag() == "" || len(keys) > 0 && !slices.Contains(keys, s.Key) {
			continue
		}
		usage := s.Help
		if len(s.OneOf) > 0 {
			usage += "; " + strings.Join(s.OneOf, ", ")
		}
		switch s.Kind {
		case settings.List:
			flags = append(flags, &cli.StringSliceFlag{Name: s.Flag(), Usage: usage + "; may be repeated"})
		case settings.Switch:
			flags = append(flags, &cli.BoolFlag{Name: s.Flag(), Usage: usage})
		case settings.Text, settings.Path, settings.Store, settings.Duration, settings.Count:
			flags = append(flags, &cli.StringFlag{Name: s.Flag(), Usage: usage, DefaultText: s.Default, OnlyOnce: true, TakesFile: s.Kind == settings.Path})
		}
	}
	return flags
}

// load finds the settings for a command that has the flags of the table.
func (p process) load(c *cli.Command) (*settings.Values, error) {
	given := map[string][]string{}
	for _, s := range settings.Table() {
		if s.Flag() == "" || !c.IsSet(s.Flag()) {
			continue
		}
		switch s.Kind {
		case settings.List:
			given[s.Flag()] = c.StringSlice(s.Flag())
		case settings.Switch:
			given[s.Flag()] = []string{fmt.Sprint(c.Bool(s.Flag()))}
		case settings.Text, settings.Path, settings.Store, settings.Duration, settings.Count:
			given[s.Flag()] = []string{c.String(s.Flag())}
		}
	}
	if c.Bool("memory") {
		given["dsn"] = []string{"memory"}
	}
	if c.Bool("dev") {
		given["profile"] = []string{"development"}
	}
	return settings.Load(settings.Input{Flags: given, File: c.String("config"), Getenv: p.getenv, Unsetenv: p.unsetenv})
}

// shorthands are flags that stand for a value of another one.
func shorthands() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "memory", Usage: "the same as --dsn memory: keep nothing"},
		&cli.BoolFlag{Name: "dev", Usage: "the same as --profile development"},
	}
}

// visible is [refusal.Visible]; refusals do it by themselves.
func visible(s string) string { return refusal.Visible(s) }
