package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/sqlstore"
	"github.com/axess-go/axess/store"
)

//go:embed migrations
var files embed.FS

// DefaultConnections is the number of connections that read at the same time, and
// of those that write.
const DefaultConnections = 8

// Backend is all ports in one database. It is safe for concurrent use.
type Backend struct{ b *sqlstore.Backend }

// Option changes how a database is opened.
type Option func(*options)

type options struct {
	sqlstore.Remote
	serial bool
	quiet  string
}

// WithClock gives the clock of the waits between tries and of the bound of a
// check. No verb judges by it: each is given the time.
func WithClock(c clock.Clock) Option { return func(o *options) { o.Clock = c } }

// WithEntropy gives the randomness of waits and of the ids of reservations.
func WithEntropy(src entropy.Source) Option { return func(o *options) { o.Entropy = src } }

// WithConnections sets how many connections read at the same time, and how many
// write, from 1. All processes together must stay below max_connections of the server.
func WithConnections(n int) Option { return func(o *options) { o.Connections = n } }

// WithPrefix begins the names of tables and indexes; without it they begin with
// axess_. It takes lower-case letters, digits and underscores, at most 31, and no
// digit at the beginning (STO-070). No other table of the schema may begin so, and
// a database must always be opened with the same.
func WithPrefix(prefix string) Option { return func(o *options) { o.Prefix = prefix } }

// WithInsecureTransport lets the backend talk to another machine without TLS, or
// without verifying whose certificate it is: everybody on the path can then read and change
// what is stored. The reason is for whoever reads the program.
func WithInsecureTransport(reason string) Option { return func(o *options) { o.Insecure = reason } }

// WithSerializable has transactions that write run at SERIALIZABLE, for a server that
// wants no other. Locks make READ COMMITTED enough; this costs tries that the server
// refuses: they are made again, up to sixteen times, since here each of many that
// concern one person can be in the way of all others.
func WithSerializable() Option { return func(o *options) { o.serial = true } }

// WithoutTables leaves an empty database empty: until Stores().Identity.Info().Schema
// has made the tables, every verb is store.ErrSchema. It is for tools that show what
// they would do, and for operators who let no program make tables.
func WithoutTables() Option { return func(o *options) { o.Look = true } }

// WithoutNotify keeps the backend from calling other processes by NOTIFY, and from
// holding a connection on which it listens for them: what one process ends, the
// long-lived handlers of another then learn within a second instead of some
// milliseconds. It is for poolers that do not carry LISTEN. The reason is for whoever
// reads the program, and stands in the topology.
func WithoutNotify(reason string) Option { return func(o *options) { o.quiet = reason } }

func settings(opts []Option) options {
	o := options{Remote: sqlstore.NewRemote(DefaultConnections)}
	for _, set := range opts {
		set(&o)
	}
	if o.quiet == "" {
		o.More = 1
	}
	return o
}

// Open connects to the database that a URL or a keyword/value string names, in the
// form of libpq; what it leaves out comes from the environment (PGHOST, PGPASSWORD,
// …). Errors say what is wrong and what to do: a server that is down, too old, a
// standby or not durable, a connection that is not private, a schema that this
// program must not touch (store.ErrSchema). No error repeats the password.
func Open(ctx context.Context, dsn string, opts ...Option) (*Backend, error) {
	o := settings(opts)
	cfg, err := parse(dsn, o.Insecure)
	if err != nil {
		return nil, fmt.Errorf("postgres: open: %w", err)
	}
	b, err := openOwn(ctx, limited(cfg), o)
	if refusesParameters(err) { // transactions set them then
		b, err = openOwn(ctx, cfg, o)
	}
	if err != nil {
		return nil, fmt.Errorf("postgres: open: %w", err)
	}
	return b, nil
}

func openOwn(ctx context.Context, cfg *pgx.ConnConfig, o options) (*Backend, error) {
	db := stdlib.OpenDB(*cfg)
	o.Bound(db)
	b, err := open(ctx, db, o)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return b, nil
}

// OpenPool uses a pool that the program has and never closes it. At most two
// connections for each of [WithConnections] are taken at a time. What [Open] refuses
// is refused here too. One more is kept while something is watched (see
// [WithoutNotify]), unless the pool has fewer than three.
func OpenPool(ctx context.Context, pool *pgxpool.Pool, opts ...Option) (*Backend, error) {
	if pool == nil {
		return nil, errors.New("postgres: open pool: the pool is nil")
	}
	o := settings(opts)
	db := stdlib.OpenDBFromPool(pool)
	if most := pool.Config().MaxConns; most < smallestPool && o.quiet == "" {
		o.quiet, o.More = fmt.Sprintf("the pool has no more than %d connections", most), 0
	}
	db.SetMaxOpenConns(2*o.Connections + o.More)
	b, err := open(ctx, db, o) // this database is ours, the pool under it is not
	if err != nil {
		return nil, fmt.Errorf("postgres: open pool: %w", errors.Join(err, db.Close()))
	}
	return b, nil
}

// OpenDB uses a database that the program has opened with pgx's driver for
// database/sql ("pgx") and never closes it. At most two connections for each of
// [WithConnections] are taken at a time, and one more while something is watched (see
// [WithoutNotify]); the database's own bound, if it has one, must leave room for them.
func OpenDB(ctx context.Context, db *sql.DB, opts ...Option) (*Backend, error) {
	if db == nil {
		return nil, errors.New("postgres: open database: the database is nil")
	}
	o := settings(opts)
	if err := o.Room(db); err != nil {
		return nil, fmt.Errorf("postgres: open database: %w", err)
	}
	o.Borrowed = true
	b, err := open(ctx, db, o)
	if err != nil {
		return nil, fmt.Errorf("postgres: open database: %w", err)
	}
	return b, nil
}

// smallestPool leaves a connection for verbs and one to try whether calls arrive.
const smallestPool = 3

func open(ctx context.Context, db *sql.DB, o options) (*Backend, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	lack, err := inspect(ctx, db, o.Insecure)
	if err != nil {
		return nil, err
	}
	d := dialect()
	if o.serial {
		d.Begin, d.Tries = "BEGIN ISOLATION LEVEL SERIALIZABLE", 16
	}
	d.Begin += lack
	if d.Silent = o.quiet; o.quiet == "" {
		d.Call = "SELECT pg_notify(" + channel + ", '')"
		d.Listen = listener{o.Clock, strings.Replace(channel, "axess_", o.Prefix, 1)}.listen
	}
	b, err := o.Remote.Open(ctx, db, d, files)
	if err != nil {
		return nil, err
	}
	return &Backend{b: b}, nil
}

// Stores returns the ports.
func (b *Backend) Stores() backend.Stores { return b.b.Stores() }

// KV returns the port to small values that end by themselves, that of the
// Throttle group.
func (b *Backend) KV() store.KV { return b.b.KV() }

// Check reports whether the database answers, within 2 s.
func (b *Backend) Check(ctx context.Context) error { return b.b.Check(ctx) }

// Close waits up to 5 s for the verbs that are under way and closes the connections
// that [Open] made. Afterwards every verb is store.ErrUnavailable. Closing twice is
// fine.
func (b *Backend) Close() error { return b.b.Close() }
