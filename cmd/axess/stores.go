package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/internal/filelock"
	"github.com/axess-go/axess/internal/shellword"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/postgres"
	"github.com/axess-go/axess/store/sqlite"
)

// openFor bounds how long a database server is waited for: long enough for another
// process that makes the tables, short enough for whoever watches a start.
const openFor = 30 * time.Second

// open opens the database, or memory. An empty database gets its tables.
func (pl place) open(ctx context.Context) (backend.Stores, func() error, error) {
	return pl.openServer(ctx)
}

// look opens the database for a verb about its tables, and makes none.
func (pl place) look(ctx context.Context) (backend.Stores, func() error, error) {
	return pl.openServer(ctx, postgres.WithoutTables())
}

func (pl place) openServer(ctx context.Context, opts ...postgres.Option) (backend.Stores, func() error, error) {
	if pl.served() {
		ctx, cancel := clock.WithTimeout(ctx, clock.System(), openFor)
		defer cancel()
		b, err := postgres.Open(ctx, pl.url, opts...)
		if err != nil {
			return backend.Stores{}, nil, err //nolint:wrapcheck // storesRefused says where
		}
		return b.Stores(), b.Close, nil
	}
	if pl.file == "" {
		return memory.New(memory.Config{}).Stores(), func() error { return nil }, nil
	}
	b, err := sqlite.Open(pl.file) //nolint:contextcheck // opening a file waits for nobody
	if err != nil {
		return backend.Stores{}, nil, err //nolint:wrapcheck // as above
	}
	return b.Stores(), b.Close, nil
}

// storesRefused tells a database that is refused from one that cannot be had.
func storesRefused(pl place, err error) error {
	r := &refusal.Error{What: "the database " + pl.name() + " cannot be used: " + err.Error(), Code: refusal.Unavailable, Err: err}
	if pl.served() {
		r.Cure = "add --dsn " + shellword.Quote(exampleURL(pl.url))
		if !unreachable(err) {
			r.Code = refusal.Refused
		}
		return r
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

// unreachable reports that trying again may help, as opposed to a server or its
// tables that are not fit to be used.
func unreachable(err error) bool {
	var dial *net.OpError
	return errors.As(err, &dial) || errors.Is(err, store.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
}

// exampleURL has the form of a URL of the same kind, and says nothing of it.
func exampleURL(url string) string {
	scheme, _, _ := strings.Cut(url, "://")
	return scheme + "://USER@HOST/DATABASE"
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
