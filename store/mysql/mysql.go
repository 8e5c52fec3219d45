package mysql

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"maps"

	"github.com/go-sql-driver/mysql"

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
	verified string
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
// digit at the beginning (STO-070). No other table of the database may begin so, and
// a database must always be opened with the same.
func WithPrefix(prefix string) Option { return func(o *options) { o.Prefix = prefix } }

// WithInsecureTransport lets [Open] and [OpenDB] talk to another machine without TLS,
// or without verifying whose certificate it is: everybody on the path can then read
// and change what is stored. The reason is for whoever reads the program.
func WithInsecureTransport(reason string) Option { return func(o *options) { o.Insecure = reason } }

// WithVerifiedTransport says how the program makes sure that the database which it gives
// to [OpenDB] is connected to the right server ("tls=true in DATABASE_URL"): nothing
// shows it on the connection. Nothing checks the sentence either; it is for whoever
// reads the program. [Open] needs none and takes none.
func WithVerifiedTransport(how string) Option { return func(o *options) { o.verified = how } }

// WithoutTables leaves an empty database empty: until Stores().Identity.Info().Schema
// has made the tables, every verb is store.ErrSchema. It is for tools that show what
// they would do, and for operators who let no program make tables.
func WithoutTables() Option { return func(o *options) { o.Look = true } }

func settings(opts []Option) options {
	o := options{Remote: sqlstore.NewRemote(DefaultConnections)}
	for _, set := range opts {
		set(&o)
	}
	return o
}

// Open connects to the database that a data source name names: a URL
// (mysql://user:password@host:port/database?tls=true) or the driver's form
// (user:password@tcp(host:port)/database?tls=true), with the driver's parameters and
// with tls-ca, tls-cert and tls-key, which name PEM files. In a URL socket=PATH names
// a socket of this machine. Errors say what is wrong and what to do: a server that is
// down, too old, read only or not durable, a connection that is not private, a schema
// that this program must not touch (store.ErrSchema). No error repeats the password.
func Open(ctx context.Context, dsn string, opts ...Option) (*Backend, error) {
	o := settings(opts)
	cfg, err := parse(dsn, o.Insecure)
	if err != nil {
		return nil, fmt.Errorf("mysql: open: %w", err)
	}
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("mysql: open: %w", err)
	}
	if o.verified != "" {
		return nil, errors.New("mysql: open: WithVerifiedTransport is for OpenDB: leave it out, certificates are verified here")
	}
	f, err := visit(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("mysql: open: %w", err)
	}
	made, err := mysql.NewConnector(own(cfg, f))
	if err != nil {
		return nil, fmt.Errorf("mysql: open: %w", err)
	}
	db := sql.OpenDB(connector{made})
	o.Bound(db)
	b, err := open(ctx, db, f, o)
	if err != nil {
		return nil, fmt.Errorf("mysql: open: %w", errors.Join(err, db.Close()))
	}
	return b, nil
}

// visit asks the server what it is, on a connection with nothing set.
func visit(ctx context.Context, cfg *mysql.Config) (f facts, err error) {
	made, err := mysql.NewConnector(cfg)
	if err != nil {
		return facts{}, err
	}
	db := sql.OpenDB(made)
	defer func() { err = errors.Join(err, db.Close()) }()
	return inspect(ctx, db)
}

// own is how connections of ours are made.
func own(cfg *mysql.Config, f facts) *mysql.Config {
	cfg = cfg.Clone()
	cfg.Params = maps.Clone(cfg.Params)
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	for _, l := range f.limits() {
		if cfg.Params[l.name] == "" {
			cfg.Params[l.name] = l.value
		}
	}
	if f.galera() {
		cfg.Params["wsrep_sync_wait"] = causal
	}
	return cfg
}

// causal makes a node of a cluster answer reads, updates and inserts only when it
// has caught up with what other nodes have acknowledged: a revocation there must not
// be outlived here.
const causal = "7"

// OpenDB uses a database that the program has opened with the driver for
// database/sql ("mysql") and never closes it. Its data source name has
// clientFoundRows=true, on a Galera cluster wsrep_sync_wait=7, and an
// innodb_lock_wait_timeout of a minute at most. At most two
// connections for each of [WithConnections] are taken at a time; the database's own
// bound, if it has one, must leave room for them. Statements are prepared for each
// use, which [Open] saves.
//
// A connection to another machine without TLS is refused, and one with TLS unless
// [WithVerifiedTransport] says how the certificate is verified: tls=true does it,
// tls=preferred and tls=skip-verify do not, and the connection shows no difference.
// Which machine it is the server says: a proxy that stands beside the server hides how
// the program reaches the proxy.
func OpenDB(ctx context.Context, db *sql.DB, opts ...Option) (*Backend, error) {
	if db == nil {
		return nil, errors.New("mysql: open database: the database is nil")
	}
	o := settings(opts)
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("mysql: open database: %w", err)
	}
	if err := o.Room(db); err != nil {
		return nil, fmt.Errorf("mysql: open database: %w", err)
	}
	f, err := inspect(ctx, db)
	if err == nil {
		err = f.borrowed(ctx, db, o)
	}
	if err != nil {
		return nil, fmt.Errorf("mysql: open database: %w", err)
	}
	o.Borrowed = true
	b, err := open(ctx, db, f, o)
	if err != nil {
		return nil, fmt.Errorf("mysql: open database: %w", err)
	}
	return b, nil
}

func open(ctx context.Context, db *sql.DB, f facts, o options) (*Backend, error) {
	d := dialect()
	if f.galera() {
		d = inGalera(d)
	}
	d.Stepwise.Unlimited = f.unlimited()
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
