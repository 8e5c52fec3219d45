package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/internal/regular"
	"github.com/axess-go/axess/internal/shellword"
	"github.com/axess-go/axess/ui"
)

const uiAbout = `Start with export, change or delete files, look at the result with gallery,
and tell serve about the directory with --ui-templates.`

// maxUIFile is more than any logo or theme may have; package ui says what it takes.
const maxUIFile = 1 << 20

// ui are the verbs about the pages (CLI-052, UIX-081).
func (p process) ui() *cli.Command {
	look := []cli.Flag{
		&cli.StringFlag{Name: "ui-templates", Usage: "`directory` of templates in the place of shipped ones", OnlyOnce: true, TakesFile: true},
		&cli.StringFlag{Name: "ui-theme", Usage: "TOML `file` with colours, radius and font", OnlyOnce: true, TakesFile: true},
		&cli.StringFlag{Name: "ui-logo", Usage: "PNG `file` of at most 64 KiB", OnlyOnce: true, TakesFile: true},
	}
	return &cli.Command{
		Name: "ui", Usage: "change how the pages look", Description: uiAbout,
		Commands: []*cli.Command{
			{
				Name: "export", Usage: "write the shipped templates into a directory", ArgsUsage: "DIR",
				Action: onDirectory(func(_ *cli.Command, dir string) error {
					if err := ui.Export(dir); err != nil {
						cure := ""
						if errors.Is(err, fs.ErrExist) {
							cure = "run axess ui export " + shellword.Quote(dir+"/new")
						}
						return &refusal.Error{What: "the templates cannot be written: " + err.Error(), Cure: cure, Err: err}
					}
					fmt.Fprintf(p.stderr, "wrote the shipped templates into %s\nnext: axess ui check %s\n", visible(dir), visible(shellword.Quote(dir)))
					return nil
				}),
			},
			{
				Name: "check", Usage: "examine templates as serve would", ArgsUsage: "DIR",
				Action: onDirectory(func(_ *cli.Command, dir string) error {
					if err := ui.Check(os.DirFS(dir)); err != nil {
						return &refusal.Error{What: err.Error(), Cure: "mend what is named in " + shellword.Quote(dir), Err: err}
					}
					fmt.Fprintf(p.stdout, "%s: every page is whole in every state\n", visible(dir))
					return nil
				}),
			},
			{
				Name: "gallery", Usage: "write every page in every state as static HTML", ArgsUsage: "DIR", Flags: look,
				Action: onDirectory(func(c *cli.Command, dir string) error {
					custom, err := customized(c.String("ui-templates"), c.String("ui-theme"), c.String("ui-logo"))
					if err != nil {
						return err
					}
					config := ui.SampleConfig()
					config.Custom.Templates, config.Custom.Theme = custom.Templates, custom.Theme
					r, err := ui.NewRenderer(config)
					if err != nil {
						return &refusal.Error{What: err.Error(), Cure: "remove --ui-templates, --ui-theme and --ui-logo", Err: err}
					}
					if err := r.Gallery(dir); err != nil {
						return &refusal.Error{What: err.Error(), Err: err}
					}
					fmt.Fprintf(p.stderr, "open %s/index.html\n", visible(dir))
					return nil
				}),
			},
		},
	}
}

// onDirectory is an action on the one argument DIR.
func onDirectory(do func(*cli.Command, string) error) cli.ActionFunc {
	return func(_ context.Context, c *cli.Command) error {
		if c.Args().Len() != 1 || c.Args().First() == "" {
			return misunderstood(c, "needs one directory")
		}
		return do(c, c.Args().First())
	}
}

// look is what the settings say about the pages.
func look(v *settings.Values) (ui.Custom, error) {
	custom, err := customized(v.Text("ui.templates"), v.Text("ui.theme"), v.Text("ui.logo"))
	custom.HelpURL, custom.PrivacyURL, custom.TermsURL = v.Text("ui.help_url"), v.Text("ui.privacy_url"), v.Text("ui.terms_url")
	return custom, err
}

// customized reads the files; empty names are left out.
func customized(templates, theme, logo string) (c ui.Custom, err error) {
	if templates != "" {
		if info, err := os.Stat(templates); err != nil || !info.IsDir() {
			return c, &refusal.Error{What: templates + " is no directory of templates", Cure: "run axess ui export " + shellword.Quote(templates), Err: err}
		}
		c.Templates = os.DirFS(templates)
	}
	if theme != "" {
		if c.Theme, err = readTheme(theme); err != nil {
			return c, err
		}
	}
	if logo != "" {
		if c.Theme.Logo, _, err = regular.Read(logo, maxUIFile); err != nil {
			return c, &refusal.Error{What: "the logo cannot be read: " + err.Error(), Cure: "remove --ui-logo", Err: err}
		}
	}
	return c, nil
}

// themeFile is the form of a theme on disk: the names of the custom properties.
type themeFile struct {
	Light, Dark  themeColors
	Radius, Font string
}

type themeColors struct {
	Accent, BG, Surface, Text, Muted, Border, Danger, OK string

	OnAccent string `toml:"on-accent"`
}

func readTheme(file string) (ui.Theme, error) {
	var t themeFile
	var meta toml.MetaData
	text, _, err := regular.Read(file, maxUIFile)
	if err == nil {
		meta, err = toml.Decode(string(text), &t)
	}
	if err != nil {
		return ui.Theme{}, &refusal.Error{What: "the theme " + file + " cannot be read: " + err.Error(), Cure: "remove --ui-theme", Err: err}
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		var names []string
		for _, k := range unknown {
			names = append(names, k.String())
		}
		return ui.Theme{}, refusal.New("the theme "+file+" has no "+strings.Join(names, ", "), "what it was to change would stay as it is", "remove --ui-theme")
	}
	colors := func(c themeColors) ui.Colors {
		return ui.Colors{
			Accent: c.Accent, OnAccent: c.OnAccent, BG: c.BG, Surface: c.Surface, Text: c.Text,
			Muted: c.Muted, Border: c.Border, Danger: c.Danger, OK: c.OK,
		}
	}
	return ui.Theme{Light: colors(t.Light), Dark: colors(t.Dark), Radius: t.Radius, Font: t.Font}, nil
}
