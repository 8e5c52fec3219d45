package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/sqlite"
)

const serveAbout = `A loopback origin is the development profile: it answers this machine only and
shows mail here and at /auth/dev/outbox. What people enter is kept in a database
in the data directory, with its key file beside it.

Every flag is also a variable, --mail-host being AXESS_MAIL_HOST, and a key of
the TOML file of --config. Secrets have no flag: AXESS_MAIL_PASSWORD, or
AXESS_MAIL_PASSWORD_FILE naming a file.`

func (p process) serve() *cli.Command {
	return &cli.Command{
		Name: "serve", Usage: "start the server", Description: serveAbout,
		Flags: append(settingFlags(), shorthands()...),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			v, err := p.load(c)
			if err != nil {
				return err
			}
			return p.serveWith(ctx, v)
		},
	}
}

// serveWith runs the server until ctx ends.
func (p process) serveWith(ctx context.Context, v *settings.Values) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", v.Text("addr"))
	if err != nil {
		return &refusal.Error{
			What: fmt.Sprintf("cannot listen on %s: %v", v.Text("addr"), err), Why: "",
			Cure: "add --addr localhost:8081", Code: refusal.Unavailable, Err: err,
		}
	}
	defer func() { _ = ln.Close() }() // served or not; closing twice is harmless
	pl := locate(v)
	if err := pl.make(); err != nil {
		return err
	}
	stores, closeStores, err := pl.open() //nolint:contextcheck // opening a file waits for nobody
	if err != nil {
		return storesRefused(pl, err)
	}
	site := origin(v, ln.Addr())
	cfg, err := config(v, site, stores, p.stderr, p.logger(v))
	if err == nil {
		err = p.serveOn(ctx, ln, cfg, screen{origin: site, place: pl})
	}
	return errors.Join(err, closeStores())
}

func (p process) serveOn(ctx context.Context, ln net.Listener, cfg axess.Config, s screen) error {
	auth, err := axess.New(ctx, cfg)
	if err != nil {
		return refused(err, s.place)
	}
	rt := auth.Routes()
	rt.Public("GET /{$}", auth.Home().ServeHTTP)
	rt.Public("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	ready := &announced{Listener: ln, say: func() { s.print(p.stderr) }}
	if err := axess.Serve(ctx, ready, auth, rt); err != nil {
		var no *axess.ConfigError
		if errors.As(err, &no) {
			return refused(err, s.place)
		}
		return err
	}
	return nil
}

// storesRefused tells a database that is refused from one that cannot be had.
func storesRefused(pl place, err error) error {
	r := &refusal.Error{What: "the database " + pl.file + " cannot be used: " + err.Error(), Code: refusal.Unavailable, Err: err}
	var locked *sqlite.LockedError
	switch {
	case errors.As(err, &locked) && locked.PID > 0:
		r.Cure = fmt.Sprintf("run kill %d, or add --data DIRECTORY", locked.PID)
	case errors.As(err, &locked):
		r.Cure = "add --data DIRECTORY"
	case errors.Is(err, store.ErrSchema):
		r.Code = refusal.Refused
		r.Cure = "run the axess of the release that wrote it, or add --data DIRECTORY"
	default:
		r.Cure = "add --data DIRECTORY"
		if info, err := os.Stat(pl.file); err == nil && info.Mode().Perm()&0o077 != 0 {
			r.Cure = "run chmod 600 " + pl.file
		}
	}
	return r
}

// refused says the library's refusal in the words of this program.
func refused(err error, pl place) error {
	var no *axess.ConfigError
	switch {
	case errors.As(err, &no):
	case errors.Is(err, keys.ErrExposed), errors.Is(err, keys.ErrPublished), errors.Is(err, keys.ErrFormat), errors.Is(err, fs.ErrNotExist):
		return keysRefused(pl.keys, err)
	default:
		return &refusal.Error{What: err.Error(), Code: refusal.Unavailable, Err: err}
	}
	var errs []error
	for _, p := range no.Problems {
		errs = append(errs, &refusal.Error{What: fmt.Sprintf("%s: %s [%s]", p.Field, p.Detail, p.Code), Cure: cure(p, pl), Err: err})
	}
	return errors.Join(errs...)
}

// announced says that a listener is served when it is, and not when it was
// refused.
type announced struct {
	net.Listener
	say func()
}

// Accept implements net.Listener for the one loop of a server.
func (a *announced) Accept() (net.Conn, error) {
	if a.say != nil {
		a.say()
		a.say = nil
	}
	return a.Listener.Accept()
}
