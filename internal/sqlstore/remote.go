package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
)

// defaultPrefix begins the names of tables.
const defaultPrefix = "axess_"

// Remote is how a database on a server is used: what the options of an adapter set.
// [NewRemote] gives the defaults, and an adapter of its own dialect adds what only its
// server knows.
type Remote struct {
	Clock   clock.Clock
	Entropy entropy.Source
	// Connections read at the same time, and as many write; More are for what is no
	// verb, such as listening.
	Connections, More int
	Prefix            string
	// Insecure is the reason for a connection that others could read; none: refused.
	Insecure string
	// Look leaves an empty database empty.
	Look bool
	// Borrowed: the database is the program's, and stays open.
	Borrowed bool
}

// NewRemote returns the defaults, with this number of connections.
func NewRemote(connections int) Remote {
	return Remote{Clock: clock.System(), Entropy: entropy.System(), Connections: connections, Prefix: defaultPrefix}
}

// Check refuses what options of a program have set wrong.
func (r Remote) Check() error {
	switch {
	case r.Clock == nil || r.Entropy == nil:
		return errors.New("an option is nil")
	case r.Connections < 1:
		return errors.New("there is no connection: set WithConnections from 1")
	case r.Prefix == "":
		return errors.New("the prefix is empty: leave WithPrefix out, or name one")
	}
	return nil
}

// Bound keeps the connections of a database of ours: opening one costs a server a
// process or a thread.
func (r Remote) Bound(db *sql.DB) {
	db.SetMaxOpenConns(r.most())
	db.SetMaxIdleConns(r.most())
}

// most is how many connections are taken at a time.
func (r Remote) most() int { return 2*r.Connections + r.More }

// Room refuses a database of the program's whose own bound leaves too few connections.
func (r Remote) Room(db *sql.DB) error {
	if most, need := db.Stats().MaxOpenConnections, r.most(); most != 0 && most < need {
		return fmt.Errorf("it may open %d connections, of which up to %d are taken here: call SetMaxOpenConns(0), or at least %d", most, need, need)
	}
	return nil
}

// Open is a backend on a server that the adapter has looked at. The directory
// "migrations" of files is the whole schema.
func (r Remote) Open(ctx context.Context, db *sql.DB, d Dialect, files fs.FS) (*Backend, error) {
	dir, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, err
	}
	steps, err := Migrations(dir)
	if err != nil {
		return nil, err
	}
	d.Prefix = r.Prefix
	b, err := New(Config{
		Writer: db, Writers: r.Connections, Reader: db, Readers: r.Connections, Borrowed: r.Borrowed,
		Dialect: d, Steps: steps, Clock: r.Clock, Entropy: r.Entropy,
		Info: backend.Info{Name: d.Name, Durable: true, Shared: true},
	})
	if err != nil {
		return nil, err
	}
	prepare := b.Prepare
	if r.Look {
		prepare = b.Inspect
	}
	if err := prepare(ctx); err != nil {
		return nil, err
	}
	return b, nil
}
