package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/sqlite"
	"github.com/axess-go/axess/ui"
)

const serveUsage = `Usage: axess serve [flags]

Starts a sign-in server. A loopback origin is the development profile: it
answers this machine only and shows mail here and at /auth/dev/outbox. What
people enter is kept in memory until it stops; with --data DIR it is kept in a
database in that directory, with its key file beside it.

Flags:
`

type serveFlags struct {
	addr, origin, brand, signUp string
	insecureListen, data        string
	quiet, logJSON              bool
}

func parseServe(args []string, stdout, stderr io.Writer) (serveFlags, error) {
	var f serveFlags
	fs := flag.NewFlagSet("axess serve", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&f.addr, "addr", "localhost:8080", "`host:port` to listen on; port 0 takes a free one")
	fs.StringVar(&f.origin, "origin", "", "`URL` under which people reach the server (default http://localhost:PORT)")
	fs.StringVar(&f.brand, "name", "axess", "`name` that the pages show")
	fs.StringVar(&f.signUp, "sign-up", "", "who may create an account: `open or closed` (default open in development)")
	fs.StringVar(&f.data, "data", "", "`directory` for database and key file, made if it does not exist (default: memory only)")
	fs.StringVar(&f.insecureListen, "insecure-dev-listen", "", "`reason` for answering other machines in development, such as a container")
	fs.BoolVar(&f.quiet, "quiet", false, "log warnings and errors only")
	fs.BoolVar(&f.logJSON, "log-json", false, "log JSON instead of text")
	err := fs.Parse(args)
	help := func(w io.Writer) {
		fmt.Fprint(w, serveUsage)
		fs.SetOutput(w)
		fs.PrintDefaults()
	}
	if errors.Is(err, flag.ErrHelp) {
		help(stdout)
		return f, err
	}
	if err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	if err == nil && f.signUp != "" && f.signUp != "open" && f.signUp != "closed" {
		err = fmt.Errorf("--sign-up must be open or closed, not %q", f.signUp)
	}
	if err != nil {
		fmt.Fprintf(stderr, "axess serve: %v\n\n", err)
		help(stderr)
		return f, errUsage
	}
	return f, nil
}

func serve(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f, err := parseServe(args, stdout, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		return exitUsage
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.addr)
	if err != nil {
		fmt.Fprintf(stderr, "axess serve: cannot listen on %s: %v\n  cure: stop the program that holds the port, or choose another with --addr localhost:8081\n", f.addr, err)
		return exitUnavailable
	}
	if f.origin == "" {
		_, port, err := net.SplitHostPort(ln.Addr().String())
		if err != nil {
			fmt.Fprintf(stderr, "axess serve: %v\n", err)
			return exitUnavailable
		}
		f.origin = "http://localhost:" + port
	}
	stores, closeStores, err := f.stores() //nolint:contextcheck // opening a file waits for nobody
	if err != nil {
		_ = ln.Close() // the refusal is what counts
		fmt.Fprintf(stderr, "axess serve: --data %s: %v\n", f.data, err)
		return exitCode(err, exitUnavailable)
	}
	code := serveOn(ctx, ln, stores, f, stdout, stderr)
	if err := closeStores(); err != nil {
		fmt.Fprintln(stderr, err)
		return max(code, exitFailed)
	}
	return code
}

// stores opens the database, or memory.
func (f serveFlags) stores() (backend.Stores, func() error, error) {
	if f.data == "" {
		return memory.New(memory.Config{}).Stores(), func() error { return nil }, nil
	}
	if err := os.MkdirAll(f.data, 0o700); err != nil {
		return backend.Stores{}, nil, fmt.Errorf("cannot make the directory: %w", err)
	}
	b, err := sqlite.Open(filepath.Join(f.data, "axess.db"))
	if err != nil {
		return backend.Stores{}, nil, err
	}
	return b.Stores(), b.Close, nil
}

// serveOn runs the server until ctx ends.
func serveOn(ctx context.Context, ln net.Listener, stores backend.Stores, f serveFlags, stdout, stderr io.Writer) int {
	auth, err := axess.New(ctx, f.config(stores, stdout, stderr))
	if err != nil {
		_ = ln.Close() // the refusal is what counts
		fmt.Fprintln(stderr, err)
		return exitCode(err, exitUnavailable)
	}
	rt := auth.Routes()
	rt.Public("GET /{$}", auth.Home().ServeHTTP)
	rt.Public("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	ready := &announced{Listener: ln, say: func() { banner(stdout, f) }}
	if err := axess.Serve(ctx, ready, auth, rt); err != nil {
		fmt.Fprintln(stderr, err)
		return exitCode(err, exitFailed)
	}
	return exitOK
}

// exitCode tells a refusal on purpose from a failure.
func exitCode(err error, otherwise int) int {
	var refused *axess.ConfigError
	if errors.As(err, &refused) || errors.Is(err, store.ErrSchema) {
		return exitRefused
	}
	return otherwise
}

func (f serveFlags) config(stores backend.Stores, stdout, stderr io.Writer) axess.Config {
	level := slog.LevelInfo
	if f.quiet {
		level = slog.LevelWarn
	}
	opts := &slog.HandlerOptions{Level: level}
	var h slog.Handler = slog.NewTextHandler(stderr, opts)
	if f.logJSON {
		h = slog.NewJSONHandler(stderr, opts)
	}
	cfg := axess.Config{
		Origin: f.origin, Stores: stores,
		Brand: ui.Brand{Name: f.brand}, InsecureDevListen: f.insecureListen,
		Terminal: stdout, Logger: slog.New(h),
	}
	switch f.signUp {
	case "open":
		cfg.SignUp = axess.SignUpOpen
	case "closed":
		cfg.SignUp = axess.SignUpClosed
	}
	return cfg
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

// kept says what happens to the data when the server stops.
func (f serveFlags) kept() string {
	if f.data == "" {
		return "Everything is kept in memory and gone when the server stops (Ctrl-C).\n  To keep it: axess serve --data DIR"
	}
	return "Data and keys are in " + f.data + ". Ctrl-C stops the server."
}

// banner says where to click next.
func banner(w io.Writer, f serveFlags) {
	origin := strings.TrimSuffix(f.origin, "/")
	fmt.Fprintf(w, `
  axess %s is ready.

    Start here     %s/
    Create account %s/auth/sign-up
    Mail           shown here and at %s/auth/dev/outbox

  %s

`, axess.Version, origin, origin, origin, f.kept())
}
