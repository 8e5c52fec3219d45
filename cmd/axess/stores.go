package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/internal/filelock"
	"github.com/axess-go/axess/internal/shellword"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/mysql"
	"github.com/axess-go/axess/store/postgres"
	"github.com/axess-go/axess/store/sqlite"
	"github.com/axess-go/axess/store/valkey"
)

// openFor bounds how long a database server is waited for: long enough for another
// process that makes the tables, short enough for whoever watches a start.
const openFor = 30 * time.Second

// purpose is what a database is opened for.
type purpose uint8

const (
	toServe purpose = iota // an empty database gets its tables
	toLook                 // nothing is made
)

// open opens the database, or memory, and the server of sessions where that is
// another.
func (pl place) open(ctx context.Context, log *slog.Logger, why purpose) (backend.Stores, func() error, error) {
	all, closeAll, err := pl.accounts(ctx, why, log)
	if err != nil || pl.sessions == "" {
		return all, closeAll, err
	}
	other, closeOther, err := openServer(ctx, pl.sessions, why, log)
	if err != nil {
		return backend.Stores{}, nil, errors.Join(&sessionsError{err}, closeAll())
	}
	return all.WithSession(other).WithThrottle(other), func() error { return errors.Join(closeOther(), closeAll()) }, nil
}

// look opens the database for a verb about its tables, and makes none.
func (pl place) look(ctx context.Context) (backend.Stores, func() error, error) {
	return pl.accounts(ctx, toLook, slog.New(slog.DiscardHandler)) // what has tables warns of nothing
}

func (pl place) accounts(ctx context.Context, why purpose, log *slog.Logger) (backend.Stores, func() error, error) {
	if pl.served() {
		return openServer(ctx, pl.url, why, log)
	}
	if pl.file == "" {
		return memory.New(memory.Config{}).Stores(), func() error { return nil }, nil
	}
	return opened(sqlite.Open(pl.file)) //nolint:contextcheck // opening a file waits for nobody
}

func openServer(ctx context.Context, url string, why purpose, log *slog.Logger) (backend.Stores, func() error, error) {
	ctx, cancel := clock.WithTimeout(ctx, clock.System(), openFor)
	defer cancel()
	switch settings.EngineOf(url) {
	case settings.MySQL:
		var opts []mysql.Option
		if why == toLook {
			opts = append(opts, mysql.WithoutTables())
		}
		return opened(mysql.Open(ctx, url, opts...))
	case settings.Valkey:
		return opened(valkey.Open(ctx, url, valkey.WithLogger(log)))
	case settings.Postgres, settings.SQLite, settings.Memory: // the last two are no servers
	}
	var opts []postgres.Option
	if why == toLook {
		opts = append(opts, postgres.WithoutTables())
	}
	return opened(postgres.Open(ctx, url, opts...))
}

// opened is what an adapter's constructor answers, as its ports.
func opened[B interface {
	Stores() backend.Stores
	Close() error
}](b B, err error) (backend.Stores, func() error, error) {
	if err != nil {
		return backend.Stores{}, nil, err
	}
	return b.Stores(), b.Close, nil
}

// sessionsError is about the server of sessions, not about the database.
type sessionsError struct{ err error }

// Error implements error.
func (e *sessionsError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *sessionsError) Unwrap() error { return e.err }

// sessionsFit refuses sessions that would outlive the accounts that they are of.
func sessionsFit(v *settings.Values) error {
	if v.Text("sessions") == "" || settings.EngineOf(v.Text("dsn")) != settings.Memory {
		return nil
	}
	return refusal.New("sessions has a server and accounts are in memory", "after a restart the sessions would be there and the accounts would not", without(v, "sessions"))
}

// storesRefused tells a database that is refused from one that cannot be had.
func storesRefused(pl place, err error) error {
	r := &refusal.Error{What: "the database " + pl.name() + " cannot be used: " + err.Error(), Code: refusal.Unavailable, Err: err}
	var elsewhere *sessionsError
	switch {
	case errors.As(err, &elsewhere):
		r.What = "the server of sessions " + settings.ServerName(pl.sessions) + " cannot be used: " + err.Error()
		return serverRefused(r, "--sessions", pl.sessions)
	case pl.served():
		return serverRefused(r, "--dsn", pl.url)
	}
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
			r.Cure = "run chmod 600 " + shellword.Quote(pl.file)
		}
	}
	return r
}

// serverRefused completes the refusal of a server with a URL of the same kind.
func serverRefused(r *refusal.Error, flag, url string) error {
	if errors.Is(r.Err, context.DeadlineExceeded) {
		r.Why = "there was no answer in time"
	}
	r.Cure = "add " + flag + " " + shellword.Quote(settings.EngineOf(url).Private())
	if !unreachable(r.Err) {
		r.Code = refusal.Refused
	}
	return r
}

// unreachable reports that trying again may help, as opposed to a server or its
// tables that are not fit to be used.
func unreachable(err error) bool {
	var dial *net.OpError
	return errors.As(err, &dial) || errors.Is(err, store.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
}

// serveLock is the lock of a data directory whose database is elsewhere: several
// servers share that, and none of what is in the directory (CLI-005).
const serveLock = "serve.lock"

// lock makes this the one server on the data directory, until release. A database
// in a file has a lock of its own.
func (pl place) lock() (release func() error, err error) {
	if !pl.served() {
		return func() error { return nil }, nil
	}
	name := filepath.Join(pl.dir, serveLock)
	f, held, err := filelock.Open(name)
	switch {
	case held:
		return nil, lockRefused(pl, name)
	case err != nil:
		return nil, &refusal.Error{
			What: "the data directory " + pl.dir + " cannot be locked: " + err.Error(), Cure: "add --data DIRECTORY", Code: refusal.Unavailable, Err: err,
		}
	}
	release = func() error { return errors.Join(f.Truncate(0), filelock.Unlock(f), f.Close()) }
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", name, err), release())
	}
	return release, nil
}

func lockRefused(pl place, name string) error {
	r := &refusal.Error{
		What: "the data directory " + pl.dir + " has a server already", Why: "servers that share a database have a directory each",
		Cure: "add --data DIRECTORY", Code: refusal.Unavailable,
	}
	text, err := os.ReadFile(name)
	pid, bad := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || bad != nil || pid < 1 {
		return r // it is being signed
	}
	r.What += fmt.Sprintf(", with pid %d", pid)
	return r
}
