package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/internal/shellword"
	"github.com/axess-go/axess/store/memory"
)

func (p process) config() *cli.Command {
	return &cli.Command{
		Name: "config", Usage: "show, check or write the configuration",
		Commands: []*cli.Command{
			{
				Name: "show", Usage: "print every setting, its value and where that comes from",
				Flags: append(append(settingFlags(), shorthands()...), outputFlag()),
				Action: func(_ context.Context, c *cli.Command) error {
					return p.withSettings(c, func(v *settings.Values) error { return p.showConfig(c, v) })
				},
			},
			{
				Name: "check", Usage: "say what serve would refuse, without starting",
				Flags: append(settingFlags(), shorthands()...),
				Action: func(ctx context.Context, c *cli.Command) error {
					return p.withSettings(c, func(v *settings.Values) error { return p.checkConfig(ctx, v) })
				},
			},
			{
				Name: "init", Usage: "write a configuration file with every setting explained",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "profile", Usage: "`how` strict to be: development, standard or regulated", Value: "standard", OnlyOnce: true},
					&cli.StringFlag{Name: "out", Usage: "`file` to write; - is standard output", Value: "axess.toml", OnlyOnce: true, TakesFile: true},
				},
				Action: func(_ context.Context, c *cli.Command) error { return p.initConfig(c) },
			},
		},
	}
}

// withSettings finds the settings for a verb without arguments.
func (p process) withSettings(c *cli.Command, do func(*settings.Values) error) error {
	if err := noArguments(c); err != nil {
		return err
	}
	v, err := p.load(c)
	if err != nil {
		return err
	}
	return do(v)
}

// shown is a setting as config show prints it.
type shown struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	From  string `json:"from"`
}

func (p process) showConfig(c *cli.Command, v *settings.Values) error {
	list := []shown{}
	rows := [][]string{{"SETTING", "VALUE", "FROM"}}
	for _, val := range v.All() {
		list = append(list, shown{val.Setting.Key, val.String(), val.From})
		rows = append(rows, []string{val.Setting.Key, val.String(), val.From})
	}
	if c.String("output") == "json" {
		return printJSON(p.stdout, struct {
			V        int     `json:"v"`
			Settings []shown `json:"settings"`
		}{1, list})
	}
	printTable(p.stdout, rows...)
	return nil
}

// checkConfig asks everything about the settings that can be asked without the
// database, the port and the mail server.
func (p process) checkConfig(ctx context.Context, v *settings.Values) error {
	// The port is asked for at the start; here an address of the same form will do.
	addr, badAddr := addrFits(ctx, v)
	if badAddr != nil {
		addr = "localhost:8080" // so that the origin is not blamed for it
	}
	site := origin(v, addrOf(addr))
	log, _ := p.logger(v)
	cfg, err := config(v, site, memory.New(memory.Config{}).Stores(), nil, log)
	if err != nil {
		return errors.Join(badAddr, err)
	}
	// A key file of development's own is made by serve.
	keysNamed := cfg.Keys != nil
	cfg.Keys = locate(v).keySource(v, cfg)
	err = cfg.Check()
	var no *axess.ConfigError
	if pl := locate(v); errors.As(err, &no) && (pl.file != "" || pl.served()) {
		// The memory that stands in for the database is not what will be served.
		rest := &axess.ConfigError{}
		for _, problem := range no.Problems {
			if problem.Field != "Stores" {
				rest.Problems = append(rest.Problems, problem)
			}
		}
		if err = rest; len(rest.Problems) == 0 {
			err = nil
		}
	}
	errs := []error{}
	if badAddr != nil {
		errs = append(errs, badAddr)
	}
	if err != nil {
		errs = append(errs, refused(err, locate(v)))
	}
	if keysNamed {
		if _, err := cfg.Keys.Load(ctx); err != nil {
			errs = append(errs, keysRefused(v.Text("keys"), err))
		}
	}
	if _, err := certificates(v, log); err != nil {
		errs = append(errs, err)
	}
	if err := devTLSFits(v); err != nil {
		errs = append(errs, err)
	}
	if err := sessionsFit(v); err != nil {
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	fmt.Fprintln(p.stderr, "the configuration is good")
	return nil
}

// addrOf is an address that was written and not yet listened on.
type addrOf string

// Network implements net.Addr.
func (addrOf) Network() string { return "tcp" }

// String implements net.Addr.
func (a addrOf) String() string { return string(a) }

var _ net.Addr = addrOf("")

func (p process) initConfig(c *cli.Command) error {
	if err := noArguments(c); err != nil {
		return err
	}
	text, err := settings.Template(c.String("profile"))
	if err != nil {
		return &refusal.Error{What: "--profile " + err.Error(), Cure: "add --profile standard", Code: refusal.Usage}
	}
	path := c.String("out")
	if path == "-" {
		fmt.Fprint(p.stdout, text)
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &refusal.Error{What: path + " exists", Why: "what stands there would be lost", Cure: "add --out NEW.toml", Err: err}
	}
	if err != nil {
		return &refusal.Error{What: "the file cannot be made: " + err.Error(), Cure: "add --out axess.toml", Code: refusal.Unavailable, Err: err}
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(path)))
	}
	fmt.Fprintf(p.stderr, "wrote %s\n  look at the lines without #, then: axess serve --config %s\n", visible(path), visible(shellword.Quote(path)))
	return nil
}
