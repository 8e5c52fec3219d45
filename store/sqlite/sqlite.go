package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/sqlstore"
	"github.com/axess-go/axess/store"
)

//go:embed migrations
var files embed.FS

// DefaultReaders is the number of connections that read at the same time.
const DefaultReaders = 4

// Backend is all ports on one file. It is safe for concurrent use.
type Backend struct {
	b    *sqlstore.Backend
	lock *os.File // nil after Close

	closing sync.Mutex
}

// Option changes how a file is opened.
type Option func(*options)

type options struct {
	clock   clock.Clock
	entropy entropy.Source
	readers int
	prefix  string
	// watch, in tests, sees each new connection.
	watch func(*sqlite3.Conn) error
}

// WithClock gives the clock of the waits between tries and of the bound of a
// check. No verb judges by it: each is given the time.
func WithClock(c clock.Clock) Option { return func(o *options) { o.clock = c } }

// WithEntropy gives the randomness of waits and of the ids of reservations.
func WithEntropy(src entropy.Source) Option { return func(o *options) { o.entropy = src } }

// WithReaders sets the number of connections that read at the same time, from 1.
func WithReaders(n int) Option { return func(o *options) { o.readers = n } }

// WithPrefix begins the names of tables and indexes; without it they begin with
// axess_. It takes lower-case letters, digits and underscores, at most 31, and no
// digit at the beginning (STO-070). No other table of the file may begin so, and a
// file must always be opened with the same.
func WithPrefix(prefix string) Option { return func(o *options) { o.prefix = prefix } }

func settings(opts []Option) options {
	o := options{clock: clock.System(), entropy: entropy.System(), readers: DefaultReaders, prefix: defaultPrefix}
	for _, set := range opts {
		set(&o)
	}
	return o
}

const defaultPrefix = "axess_"

func (o *options) check() error {
	switch {
	case o.clock == nil || o.entropy == nil:
		return errors.New("an option is nil")
	case o.readers < 1:
		return errors.New("there is no reader: set WithReaders from 1")
	case o.prefix == "":
		return errors.New("the prefix is empty: leave WithPrefix out, or name one")
	}
	return nil
}

// Open opens the file at path, which is made if it does not exist; its directory
// must. Errors say what is wrong and what to do: a directory that is missing, a
// file that others may read or that somebody has open (*[LockedError]), a network
// file system, a schema that this program must not touch (store.ErrSchema). An
// older schema opens, and every verb is store.ErrSchema until Stores().Identity.Info().Schema
// has applied the missing steps.
func Open(path string, opts ...Option) (*Backend, error) {
	b, err := open(path, settings(opts))
	if err != nil {
		return nil, fmt.Errorf("sqlite: open: %w", err)
	}
	return b, nil
}

// MustOpen is [Open] for the first lines of a program; it panics on an error.
func MustOpen(path string, opts ...Option) *Backend {
	b, err := Open(path, opts...)
	if err != nil {
		panic(err)
	}
	return b
}

func open(path string, o options) (*Backend, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	path, err := absolute(path)
	if err != nil {
		return nil, err
	}
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	lock, err := takeLock(path)
	if err != nil {
		return nil, err
	}
	b, err := openHeld(path, o)
	if err != nil {
		return nil, errors.Join(err, lock.Close()) // what the lock says of an earlier end stays
	}
	if err := sign(lock, true); err != nil {
		return nil, errors.Join(err, b.Close(), lock.Close())
	}
	return &Backend{b: b, lock: lock}, nil
}

// openHeld opens a file that no other process has.
func openHeld(path string, o options) (*sqlstore.Backend, error) {
	if err := makeIndex(path + "-shm"); err != nil {
		return nil, err
	}
	steps, err := steps()
	if err != nil {
		return nil, err
	}
	b, err := connect(path, steps, o)
	if err != nil {
		return nil, err
	}
	if err := b.Prepare(context.Background()); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func steps() ([]sqlstore.Migration, error) {
	dir, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, err
	}
	return sqlstore.Migrations(dir)
}

func connect(path string, steps []sqlstore.Migration, o options) (*sqlstore.Backend, error) {
	writer, err := driver.Open(dsn(path, "immediate",
		"journal_mode(wal)", "synchronous(full)", "foreign_keys(on)", "trusted_schema(off)"), o.watch)
	if err != nil {
		return nil, err
	}
	reader, err := driver.Open(dsn(path, "deferred", "query_only(on)", "trusted_schema(off)"), o.watch)
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	bound(writer, 1)
	bound(reader, o.readers)
	d := dialect()
	d.Prefix = o.prefix
	b, err := sqlstore.New(sqlstore.Config{
		Writer: writer, Writers: 1, Reader: reader, Readers: o.readers,
		Dialect: d, Steps: steps, Clock: o.clock, Entropy: o.entropy,
		Info: backend.Info{Name: "sqlite", Durable: true, Dir: filepath.Dir(path)},
	})
	if err != nil {
		return nil, errors.Join(err, reader.Close(), writer.Close())
	}
	return b, nil
}

// bound keeps connections for good: opening one costs more than holding it.
func bound(db *sql.DB, n int) {
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	db.SetConnMaxLifetime(0)
}

// dsn names the file and what each connection to it begins with. The busy
// timeout comes first: the statements after it may already have to wait.
func dsn(path, lock string, pragmas ...string) string {
	q := url.Values{"_txlock": {lock}, "modeof": {path}, "_pragma": append([]string{"busy_timeout(5000)"}, pragmas...)}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // a drive letter
	}
	query := strings.ReplaceAll(q.Encode(), "+", "%20") // SQLite takes a plus for a plus
	return (&url.URL{Scheme: "file", Path: slashed, RawQuery: query}).String()
}

// Stores returns the ports.
func (b *Backend) Stores() backend.Stores { return b.b.Stores() }

// KV returns the port to small values that end by themselves, that of the
// Throttle group.
func (b *Backend) KV() store.KV { return b.b.KV() }

// Check reports whether the database answers, within 2 s.
func (b *Backend) Check(ctx context.Context) error { return b.b.Check(ctx) }

// Close waits up to 5 s for the verbs that are under way, closes the file and
// lets go of its lock. Afterwards every verb is store.ErrUnavailable. Closing
// twice is fine.
func (b *Backend) Close() error {
	err := b.b.Close()
	b.closing.Lock()
	lock := b.lock
	b.lock = nil
	b.closing.Unlock()
	if end := dropLock(lock); end != nil {
		err = errors.Join(err, fmt.Errorf("sqlite: close: %w", end))
	}
	return err
}
