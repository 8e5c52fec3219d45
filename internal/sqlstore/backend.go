package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/ending"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/store"
)

// Config says what a backend runs on. Every field is required; Writer and Reader
// may be the same database.
type Config struct {
	// Writer and Reader are closed by [Backend.Close], unless they are Borrowed.
	// Writers and Readers bound the connections that are used of each.
	Writer, Reader   *sql.DB
	Writers, Readers int
	Borrowed         bool
	Dialect          Dialect
	// Steps are the whole schema that this program knows, from [Migrations].
	Steps []Migration
	// Clock and Entropy serve the waits between tries, the bound of a check, and
	// the ids of reservations. No verb judges by this clock.
	Clock   clock.Clock
	Entropy entropy.Source
	// Info says what the backend is; its place is set here.
	Info backend.Info
}

// Backend is all ports on one database. It is safe for concurrent use.
type Backend struct {
	dialect Dialect
	writers *pool
	readers *pool
	clock   clock.Clock
	entropy entropy.Source
	sched   sched.Sched
	info    backend.Info
	steps   []Migration
	behind  atomic.Bool // the schema lacks steps
	hub     *ending.Hub
	caller  *caller
	ear     *ear
}

// New checks the configuration. It sends nothing.
func New(cfg Config) (*Backend, error) {
	if err := cfg.Dialect.check(); err != nil {
		return nil, err
	}
	switch {
	case cfg.Writer == nil || cfg.Reader == nil:
		return nil, errors.New("sqlstore: Config.Writer or Config.Reader is nil")
	case cfg.Writers < 1 || cfg.Readers < 1:
		return nil, errors.New("sqlstore: Config.Writers and Config.Readers must be at least 1")
	case len(cfg.Steps) == 0:
		return nil, errors.New("sqlstore: Config.Steps is empty")
	case cfg.Clock == nil || cfg.Entropy == nil:
		return nil, errors.New("sqlstore: Config.Clock or Config.Entropy is nil")
	}
	b := &Backend{
		dialect: cfg.Dialect, clock: cfg.Clock, entropy: cfg.Entropy, sched: sched.Of(cfg.Clock), info: cfg.Info, steps: cfg.Steps,
	}
	b.hub = ending.NewHub(cfg.Dialect.Name, b.sched)
	b.caller, b.ear = newCaller(b), &ear{b: b}
	b.info.Place = backend.PlaceOf(b)
	b.info.Schema = schema{b}
	b.writers = newPool(&b.dialect, cfg.Writer, cfg.Writers, b.sched)
	b.readers = newPool(&b.dialect, cfg.Reader, cfg.Readers, b.sched)
	b.writers.borrowed, b.readers.borrowed = cfg.Borrowed, cfg.Borrowed
	return b, nil
}

// Stores returns the ports.
func (b *Backend) Stores() backend.Stores {
	return backend.Stores{
		Identity: identityGroup{people{b}, queue{b}}, Session: sessions{b}, Throttle: ledger{b}, Audit: events{b},
	}
}

// identityGroup is the Identity group: people and their outbox.
type identityGroup struct {
	people
	queue
}

// Info implements [backend.Identity].
func (g identityGroup) Info() backend.Info { return g.people.b.about() }

// Info implements [backend.Session].
func (s sessions) Info() backend.Info { return s.b.about() }

// Info implements [backend.Throttle].
func (l ledger) Info() backend.Info { return l.b.about() }

// KV implements [backend.Throttle].
func (l ledger) KV() store.KV { return l.b.KV() }

// Info implements [backend.Audit].
func (e events) Info() backend.Info { return e.b.about() }

// How long a check and the end may take.
const (
	checkTime = 2 * time.Second
	closeTime = 5 * time.Second
)

// Check asks the database for its schema version, within 2 s whatever the driver
// does (STO-065).
func (b *Backend) Check(ctx context.Context) error {
	if ctx.Err() != nil {
		return b.lost(ctx, "check")
	}
	bounded, cancel := clock.WithTimeout(ctx, b.clock, checkTime)
	defer cancel()
	task := b.sched.Go(bounded, b.dialect.Name+".check", func(ctx context.Context) error {
		var version int
		return b.read(ctx, "check", func(ctx context.Context, l *lane) error {
			err := l.scan(ctx, selectVersion, nil, &version)
			if errors.Is(err, sql.ErrNoRows) || err == nil && version < len(b.steps) {
				return store.ErrSchema
			}
			return err
		})
	})
	err := task.Wait(bounded)
	if err != nil && bounded.Err() != nil {
		return b.lost(bounded, "check")
	}
	return err
}

// Close waits up to 5 s for the verbs that are under way and closes both
// databases, or gives their connections back. Afterwards every verb is store.ErrUnavailable.
func (b *Backend) Close() error {
	b.hub.Lose(errors.New("closed"))
	ctx, cancel := clock.WithTimeout(context.Background(), b.clock, closeTime)
	defer cancel()
	heard := errors.Join(b.ear.close(), b.caller.close(ctx))
	if err := errors.Join(heard, b.readers.close(ctx), b.writers.close(ctx)); err != nil {
		return fmt.Errorf("%s: close: %w", b.dialect.Name, err)
	}
	return nil
}
