package valkey

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"regexp"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
)

// Backend is all ports on one server or cluster. It is safe for concurrent use.
type Backend struct{ *base }

// Option changes how a server is opened.
type Option func(*options)

type options struct {
	clock       clock.Clock
	entropy     entropy.Source
	logger      *slog.Logger
	prefix      string
	insecure    string
	forgetful   string
	distant     string
	tls         *tls.Config
	credentials func() (user, password string, err error)
	near        *near // of a connection that is made here
}

// WithClock gives the clock of the waits between tries and of the bound of a check.
// No verb judges by it: each is given the time.
func WithClock(c clock.Clock) Option { return func(o *options) { o.clock = c } }

// WithEntropy gives the randomness of waits and of the ids of reservations.
func WithEntropy(src entropy.Source) Option { return func(o *options) { o.entropy = src } }

// WithLogger takes the warnings of opening: an eviction policy that ends sessions, a
// server without log of its writes. Without it they go to [slog.Default].
func WithLogger(l *slog.Logger) Option { return func(o *options) { o.logger = l } }

// DefaultPrefix begins all keys and channels unless [WithPrefix] says otherwise.
const DefaultPrefix = "axess"

// WithPrefix begins the names of all keys and channels, before a colon; without it
// they begin with axess. It is 1 to 32 of a-z, 0-9, "_" and "-". No other keys of
// the server may begin so, and a server must always be opened with the same.
func WithPrefix(prefix string) Option { return func(o *options) { o.prefix = prefix } }

// WithTLS gives the settings of connections, for what the URL cannot say. It implies
// valkeys://. Settings that do not verify the server's name are refused unless
// [WithInsecureTransport] is given too.
func WithTLS(cfg *tls.Config) Option { return func(o *options) { o.tls = cfg } }

// WithCredentials is asked for user and password each time a connection is made,
// instead of the URL, so that they can change while the program runs. An empty user
// is the server's default one.
func WithCredentials(ask func() (user, password string, err error)) Option {
	return func(o *options) { o.credentials = ask }
}

// WithInsecureTransport lets [Open] talk to another machine without TLS, or without
// verifying whose certificate it is: everybody on the path can then read and change
// what is stored. The reason is for whoever reads the program.
func WithInsecureTransport(reason string) Option { return func(o *options) { o.insecure = reason } }

// WithoutPersistence accepts a server that keeps nothing on disk. When it restarts,
// every account, session and revocation is gone. The reason is for whoever reads
// the program.
func WithoutPersistence(reason string) Option { return func(o *options) { o.forgetful = reason } }

// WithoutLocalCache has every load of a session ask the server, for servers and users
// that refuse CLIENT TRACKING: a round trip, at first two, where there would be none. The reason is
// for whoever reads the program.
func WithoutLocalCache(reason string) Option { return func(o *options) { o.distant = reason } }

func settings(opts []Option) options {
	o := options{clock: clock.System(), entropy: entropy.System(), logger: slog.Default(), prefix: DefaultPrefix}
	for _, set := range opts {
		set(&o)
	}
	return o
}

var prefixes = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

func (o *options) check() error {
	switch {
	case o.clock == nil || o.entropy == nil || o.logger == nil:
		return errors.New("an option is nil")
	case !prefixes.MatchString(o.prefix):
		return errors.New("the prefix is not 1 to 32 of a-z, 0-9, _ and -: change WithPrefix")
	}
	return nil
}

// Open connects to the server or cluster that a URL names:
//
//	valkey://user:password@host:6379          redis:// means the same
//	valkeys://host:6379?cacert=ca.pem         with TLS; rediss:// means the same
//	valkeys://a:6379,b:6379,c:6379            nodes of one cluster
//
// cert=FILE and key=FILE are a certificate of one's own. Errors say what is wrong
// and what to do: a server that is down, too old, a replica, one that evicts or
// forgets, a connection that is not private. No error repeats the password.
func Open(ctx context.Context, url string, opts ...Option) (*Backend, error) {
	o := settings(opts)
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("valkey: open: %w", err)
	}
	t, err := parse(url)
	if err != nil {
		return nil, fmt.Errorf("valkey: open: %w", err)
	}
	if o.distant == "" {
		o.near = newNear(o.clock)
	}
	c, err := driver.NewClient(t.options(&o))
	if errors.Is(err, driver.ErrNoCache) {
		err = untracked(ctx, &t, o)
	}
	if err != nil {
		return nil, fmt.Errorf("valkey: open: %w", unreachable(err))
	}
	b, err := open(ctx, c, &o, false)
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("valkey: open: %w", err)
	}
	return b, nil
}

// OpenClient uses a client that the program has and never closes it. It must
// send reads to primaries (no SendToReplicas), or a revocation is outlived by a
// replica that is behind, and it decides how often reads are repeated. Its sessions are
// loaded from the server each time: what a local cache rests on is known only of a
// connection that was made here.
func OpenClient(ctx context.Context, c driver.Client, opts ...Option) (*Backend, error) {
	o := settings(opts)
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("valkey: open client: %w", err)
	}
	if c == nil {
		return nil, errors.New("valkey: open client: the client is nil")
	}
	b, err := open(ctx, c, &o, true)
	if err != nil {
		return nil, fmt.Errorf("valkey: open client: %w", err)
	}
	return b, nil
}

func open(ctx context.Context, c driver.Client, o *options, borrowed bool) (*Backend, error) {
	if err := inspect(ctx, c, o); err != nil {
		return nil, err
	}
	if err := rights(ctx, c, o); err != nil {
		return nil, err
	}
	b := newBase(c, o, borrowed)
	b.replicated.Store(replicas(ctx, c))
	if err := b.load(ctx); err != nil {
		return nil, err
	}
	if o.near != nil {
		if err := b.keepNear(ctx, o.near); err != nil {
			return nil, err
		}
	}
	return &Backend{base: b}, nil
}

// Stores returns the ports. Accounts, their outbox and audit events are in one
// place; sessions, and the ledger of attempts, each in another.
func (b *Backend) Stores() backend.Stores {
	return backend.Stores{
		Identity: identityGroup{people{b.base}, queue{b.base}, b.base},
		Session:  sessions{b.base},
		Throttle: ledger{b.base},
		Audit:    events{b.base},
	}
}
