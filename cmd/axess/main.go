// Command axess is the ready server: the library with its pages, to run rather
// than to embed.
//
//	axess serve            a sign-in server on http://localhost:8080
//	axess dev trust        what makes this system believe serve --dev-tls
//	axess ui check DIR     templates of your own, before serve sees them
//	axess version          what this binary is
//	axess help [command]   what there is to say
//
// What the server can be told is one table (internal/settings): each setting is a
// flag, a variable of the environment and a key of the TOML file. Data goes to
// standard output, talk to standard error. Exit codes are those of
// internal/refusal, and every refusal prints the step that cures it.
//
// Owns CLI-001 to CLI-004, CLI-023, CLI-024, CLI-030 (see docs/requirements/CLI.md
// for how far, and for what else is met).
package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/cmd/axess/internal/devtls"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/internal/headroom"
)

// process is what surrounds the program: a test gives another one.
type process struct {
	args           []string // without the program's own name
	stdin          io.Reader
	stdout, stderr io.Writer
	asks           bool // somebody sits at stdin and can be asked
	terminal       bool // stderr is one
	getenv         func(string) (string, bool)
	unsetenv       func(string) error
	// hangup tells of signals that ask for a reload, until stop; nil: none comes.
	hangup func() (signals <-chan os.Signal, stop func())
	// listening is told the address; nil: nobody asks.
	listening func(net.Addr)
	// system runs a command of the system with the process's own streams.
	system   func(ctx context.Context, command []string) error
	platform devtls.Platform // whose trust store it has
	// site is put around the program in the simulator; nil: nothing.
	site func(http.Handler) http.Handler
}

func main() {
	// Asked for only where it changes something: from then on the runtime does not follow
	// the limits of a container any more.
	if have := runtime.GOMAXPROCS(0); processors(have, os.LookupEnv) != have {
		runtime.GOMAXPROCS(processors(have, os.LookupEnv))
	}
	letGo := headroom.Keep(os.LookupEnv)
	ctx, cancel := clock.System().WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel(context.Canceled)
		<-signals
		// Whoever asks twice does not want to wait for a drain (CLI-009).
		os.Exit(refusal.Interrupted)
	}()
	env := &environment{taken: map[string]string{}}
	code := run(ctx, process{
		args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		system: runSystem, platform: thisSystem(),
		asks: isTerminal(os.Stdin), terminal: isTerminal(os.Stderr), getenv: env.get, unsetenv: env.unset,
		hangup: func() (<-chan os.Signal, func()) {
			hangups := make(chan os.Signal, 1)
			signal.Notify(hangups, syscall.SIGHUP)
			return hangups, func() { signal.Stop(hangups) }
		},
	})
	letGo()
	os.Exit(code)
}

// environment is that of the process. What was unset, so that no child inherits
// it, is remembered for a reload.
type environment struct {
	mu    sync.Mutex
	taken map[string]string
}

func (e *environment) get(name string) (string, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if v, ok := e.taken[name]; ok {
		return v, true
	}
	return os.LookupEnv(name)
}

func (e *environment) unset(name string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if v, ok := os.LookupEnv(name); ok {
		e.taken[name] = v
	}
	return os.Unsetenv(name)
}

// isTerminal asks without a system call of its own: what is a character device
// and not the null device is close enough for choosing a log format.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err == nil && !os.SameFile(info, null)
}
