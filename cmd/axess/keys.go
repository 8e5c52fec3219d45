package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/shellword"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
)

func (p process) keys() *cli.Command {
	return &cli.Command{
		Name: "keys", Usage: "make and check key files, and say what they are needed for",
		Commands: []*cli.Command{
			{
				Name: "init", Usage: "make a new key file",
				Flags:  []cli.Flag{&cli.StringFlag{Name: "out", Usage: "`file` to make, never over another", OnlyOnce: true, TakesFile: true}},
				Action: func(_ context.Context, c *cli.Command) error { return p.initKeys(c) },
			},
			{
				Name: "check", Usage: "say whether a key file is good, and what its next step is", ArgsUsage: "FILE",
				Description: "Exit code 1: it loads, and something about it should be changed.",
				Flags:       append(settingFlags("session.absolute"), outputFlag()),
				Action:      p.checkKeys,
			},
			{
				Name: "list", Usage: "print the keys of the file, and how much of what is stored is sealed under each",
				Description: "Exit code 1: something is sealed under a key that the file lacks.",
				Flags:       append(settingFlags("data", "dsn", "sessions", "keys"), outputFlag()), Action: p.listKeys,
			},
			{
				Name: "reseal", Usage: "have the running server bring resting sessions, and what tenants have sealed, under the primary key",
				Description: "It does so every hour by itself. Exit code 1: some are left under other keys.",
				Flags:       settingFlags("data", "dsn"), Action: p.resealSessions,
			},
		},
	}
}

func (p process) initKeys(c *cli.Command) error {
	path := c.String("out")
	switch {
	case c.Args().Present():
		return noArguments(c)
	case path == "":
		return misunderstood(c, "--out is missing")
	}
	if err := keys.Init(path, entropy.System(), clock.System().Now()); err != nil {
		return keysNotMade(path, err)
	}
	path = visible(path)
	fmt.Fprintf(p.stderr, `made %s, which only its owner can read: one key each for cookies, sessions,
  stored data and indexes
  point the server at it: axess serve --keys %s
  (or keys in the configuration file, or AXESS_KEYS)
  back it up apart from the database: without it nothing in there can be opened
`, path, visible(shellword.Quote(c.String("out"))))
	return nil
}

func keysNotMade(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return &refusal.Error{What: path + " exists", Why: "with its keys everything would be lost that was sealed under them", Cure: "add --out NEW.keys", Err: err}
	case errors.Is(err, fs.ErrNotExist):
		return &refusal.Error{What: "there is no directory " + filepath.Dir(path), Cure: "run mkdir -m 700 " + shellword.Quote(filepath.Dir(path)), Code: refusal.Unavailable, Err: err}
	}
	return keysRefused(path, err)
}

// finding is one remark of keys.Review as it is printed.
type finding struct {
	Level   string `json:"level"`
	Code    string `json:"code"`
	Purpose string `json:"purpose"`
	Key     string `json:"key,omitempty"`
	Cause   string `json:"cause"`
	Cure    string `json:"cure"`
	From    string `json:"from,omitempty"`
}

func (p process) checkKeys(ctx context.Context, c *cli.Command) error {
	if c.Args().Len() != 1 {
		return misunderstood(c, "one FILE is to be named")
	}
	path := c.Args().First()
	v, err := p.load(c)
	if err != nil {
		return err
	}
	k, err := keys.File(path).Load(ctx)
	if err != nil {
		return keysRefused(path, err)
	}
	list, warned := review(k, v)
	if c.String("output") == "json" {
		err = printJSON(p.stdout, struct {
			V        int       `json:"v"`
			Findings []finding `json:"findings"`
		}{1, list})
	} else {
		for _, f := range list {
			fmt.Fprintf(p.stdout, "%s: %s %s: %s\n  %s\n", f.Level, f.Purpose, f.Key, f.Cause, f.Cure)
			if f.From != "" {
				fmt.Fprintf(p.stdout, "  not before %s\n", f.From)
			}
		}
		if len(list) == 0 {
			fmt.Fprintln(p.stdout, "good: one primary key in each ring, nothing to do")
		}
	}
	if err == nil && warned {
		return findings()
	}
	return err
}

func review(k seal.Keys, v *settings.Values) (list []finding, warned bool) {
	list = []finding{}
	for _, f := range keys.Review(k, clock.System().Now(), v.Duration("session.absolute")) {
		out := finding{Level: f.Level.String(), Code: string(f.Code), Purpose: f.Purpose.String(), Cause: f.Cause, Cure: f.Cure}
		if f.Key != (seal.KeyID{}) {
			out.Key = f.Key.String()
		}
		if !f.From.IsZero() {
			out.From = f.From.UTC().Format(time.RFC3339)
		}
		list = append(list, out)
		warned = warned || f.Level == keys.Warning
	}
	return list, warned
}

// keysRefused says why a key file is not taken, and what cures it. The file is
// looked at once more: the library says that it is exposed, this says which
// command changes that.
func keysRefused(path string, err error) error {
	r := &refusal.Error{What: "the key file " + path + " is refused: " + err.Error(), Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.What, r.Why = "there is no key file "+path, "without its keys nothing that is stored can be opened"
		r.Cure = "run axess keys init --out " + shellword.Quote(path)
	case errors.Is(err, fs.ErrPermission) && !errors.Is(err, keys.ErrExposed):
		r.Cure, r.Code = fmt.Sprintf("run chown %d %s", os.Geteuid(), shellword.Quote(path)), refusal.Unavailable
	case errors.Is(err, keys.ErrPublished):
		r.Cure = "run axess keys init --out NEW.keys, then add --keys NEW.keys"
	case errors.Is(err, keys.ErrExposed):
		r.Cure = exposedCure(path)
	default:
		r.Cure = "restore " + shellword.Quote(path) + " from its backup"
	}
	return r
}

func exposedCure(path string) string {
	if dir, err := os.Stat(filepath.Dir(path)); err == nil && dir.Mode().Perm()&0o002 != 0 {
		return "run chmod o-w " + shellword.Quote(filepath.Dir(path))
	}
	info, err := os.Lstat(path)
	switch {
	case err != nil || info.Mode().IsRegular() && info.Mode().Perm()&^0o600 == 0:
		return fmt.Sprintf("run chown %d %s", os.Geteuid(), shellword.Quote(path))
	case info.Mode().IsRegular():
		return "run chmod 600 " + shellword.Quote(path)
	case info.Mode()&fs.ModeSymlink != 0:
		if target, err := filepath.EvalSymlinks(path); err == nil {
			return "add --keys " + shellword.Quote(target)
		}
	}
	return "add --keys FILE"
}
