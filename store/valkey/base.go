package valkey

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/store"
)

// lag is how much longer than its deadline a key lives. Deadlines are judged by the
// time that a verb is given, never by the server's clock: a key that ends too early
// would be an answer, one that ends too late is only room.
const lag = 5 * time.Minute

// closeTime bounds Close, checkTime Check.
const (
	closeTime = 5 * time.Second
	checkTime = 2 * time.Second
)

// base is what all groups stand on: the names of keys, the scripts, and what the
// driver's errors mean.
type base struct {
	c        driver.Client
	clock    clock.Clock
	entropy  entropy.Source
	sched    sched.Sched
	prefix   string
	tag      string // "{prefix}": the slot of accounts, outbox and audit
	borrowed bool
	forgets  bool
	// replicated: what ends something, or changes an account, is acknowledged by a
	// replica too. Once seen it stays: that all are down is no reason to do without.
	replicated atomic.Bool
	// demoted: the server has said that it is a replica, whose reads are behind (STO-032).
	demoted atomic.Bool
	scripts map[string]*script
	near    *near // nil: no copies are kept
	homes   homes

	// Groups that commit in one slot share a place; those of different slots never do.
	homePlace, sessionPlace, attemptPlace place

	mu     sync.Mutex
	verbs  int // under way
	closed bool
	idle   *sched.Gate // opens when the last verb of a closed backend has ended
	gone   *sched.Task // the driver's own end
}

// completed is a command of the driver.
type completed = driver.Completed

// place is what backend.PlaceOf tells apart; it must not be empty, since empty
// variables may share an address.
type place struct{ _ byte }

func newBase(c driver.Client, o *options, borrowed bool) *base {
	s := sched.Of(o.clock)
	return &base{
		c: c, clock: o.clock, entropy: o.entropy, sched: s, prefix: o.prefix, tag: "{" + o.prefix + "}",
		borrowed: borrowed, forgets: o.forgetful != "", idle: s.NewGate("valkey.close"),
	}
}

func (b *base) info(p *place) backend.Info {
	return backend.Info{Name: "valkey", Durable: !b.forgets, Shared: true, Place: backend.PlaceOf(p)}
}

// key is the name of a key: the prefix and the parts, parted by colons. Its slot is
// that of the first part in braces, or of the whole.
func (b *base) key(parts ...string) string {
	return b.prefix + ":" + strings.Join(parts, ":")
}

// home is the name of a key in the one slot of accounts, outbox and audit.
func (b *base) home(parts ...string) string {
	return b.prefix + ":" + b.tag + ":" + strings.Join(parts, ":")
}

// ttl is the life of a key in milliseconds, for what ends at a deadline.
func (b *base) ttl(deadline, now time.Time) string {
	left := max(deadline.Sub(now), 0) + lag
	return strconv.FormatInt((left + time.Millisecond - 1).Milliseconds(), 10)
}

// enter lets a verb in and counts it; leave is called if and only if it is nil.
func (b *base) enter(ctx context.Context, verb string) error {
	if ctx.Err() != nil {
		return b.lost(ctx, verb)
	}
	if b.demoted.Load() {
		if err := b.primary(ctx, verb); err != nil {
			return err
		}
	}
	return b.count(verb)
}

// count is enter for who asks what the server is.
func (b *base) count(verb string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return fmt.Errorf("valkey: %s: %w: closed", verb, store.ErrUnavailable)
	}
	b.verbs++
	return nil
}

func (b *base) leave() {
	b.mu.Lock()
	b.verbs--
	last := b.closed && b.verbs == 0
	b.mu.Unlock()
	if last {
		b.idle.Open()
	}
}

// do sends one command. The error is the answer of the verb: store.ErrUnavailable
// for whatever the driver says but for nil, which is the caller's to judge. A
// write whose answer was lost is not sent again.
func (b *base) do(ctx context.Context, verb string, cmd driver.Completed) (driver.ValkeyMessage, error) {
	if err := b.enter(ctx, verb); err != nil {
		return driver.ValkeyMessage{}, err
	}
	defer b.leave()
	return b.message(ctx, verb, b.c.Do(ctx, cmd))
}

// message returns what was answered; nil of the server is a message that IsNil.
func (b *base) message(ctx context.Context, verb string, r driver.ValkeyResult) (driver.ValkeyMessage, error) {
	m, err := r.ToMessage()
	if err != nil && !driver.IsValkeyNil(err) {
		return driver.ValkeyMessage{}, b.answer(ctx, verb, err)
	}
	return m, nil
}

// doMulti sends commands together. In a cluster they may go to several nodes; each
// result is judged with [base.message].
func (b *base) doMulti(ctx context.Context, verb string, cmds ...driver.Completed) ([]driver.ValkeyResult, error) {
	if err := b.enter(ctx, verb); err != nil {
		return nil, err
	}
	defer b.leave()
	return b.c.DoMulti(ctx, cmds...), nil
}

// answer names the verb. Everything of the driver is store.ErrUnavailable; a
// context that has ended is said so. What a script finds that cannot have been
// written here, it answers as an error that begins with CORRUPT.
func (b *base) answer(ctx context.Context, verb string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return b.lost(ctx, verb)
	}
	if v, ok := driver.IsValkeyErr(err); ok {
		if what, bad := strings.CutPrefix(v.Error(), "CORRUPT "); bad {
			return b.corrupt(verb, what)
		}
		if strings.HasPrefix(v.Error(), "READONLY") && b.c.Mode() != driver.ClientModeCluster {
			b.demoted.Store(true)
		}
	}
	return fmt.Errorf("valkey: %s: %w: %w", verb, store.ErrUnavailable, said(err))
}

// said is the driver's error without the arguments that a server may quote back.
func said(err error) error {
	v, ok := driver.IsValkeyErr(err)
	if !ok {
		return err
	}
	text, _, cut := strings.Cut(v.Error(), ", with args")
	if !cut {
		return err
	}
	return errors.New(text)
}

func (b *base) lost(ctx context.Context, verb string) error {
	return fmt.Errorf("valkey: %s: %w: %w", verb, store.ErrUnavailable, context.Cause(ctx))
}

// failed is a condition of a port.
func (b *base) failed(verb string, err error) error { return fmt.Errorf("valkey: %s: %w", verb, err) }

func (b *base) malformed(verb, what string) error {
	return fmt.Errorf("valkey: %s: %s: %w", verb, what, store.ErrBadArgument)
}

// corrupt is what was read and cannot have been written here.
func (b *base) corrupt(verb, what string) error {
	return fmt.Errorf("valkey: %s: %s: %w", verb, what, store.ErrCorrupt)
}

// Check reports whether the server answers as a primary and, in a cluster, whether
// every slot is served, within 2 s. A replica that has come since the backend was
// opened is waited for from then on.
func (b *base) Check(ctx context.Context) error {
	const verb = "check"
	if ctx.Err() != nil {
		return b.lost(ctx, verb)
	}
	if err := b.count(verb); err != nil {
		return err
	}
	bounded, cancel := clock.WithTimeout(ctx, b.clock, checkTime)
	defer cancel()
	task := b.sched.Go(bounded, "valkey.check", func(ctx context.Context) error {
		defer b.leave()
		return b.healthy(ctx, verb)
	})
	err := task.Wait(bounded)
	if err != nil && bounded.Err() != nil {
		return b.lost(bounded, verb)
	}
	return err
}

// healthy asks any primary; the state of a cluster is what that node sees of it.
func (b *base) healthy(ctx context.Context, verb string) error {
	c := b.c
	if c.Mode() == driver.ClientModeCluster {
		m, err := b.message(ctx, verb, c.Do(ctx, c.B().ClusterInfo().Build()))
		if err != nil {
			return err
		}
		text, err := m.ToString()
		says := lines(text)
		if err != nil || !covers(says) {
			return fmt.Errorf("valkey: %s: %w: the cluster does not serve every slot", verb, store.ErrUnavailable)
		}
		if says["cluster_known_nodes"] != says["cluster_size"] { // the size is that of the primaries
			b.replicated.Store(true)
		}
		// Which node that was is up to the driver; a key's own node is a primary.
		_, err = b.message(ctx, verb, c.Do(ctx, c.B().Exists().Key(b.home("check")).Build()))
		return err
	}
	return b.primary(ctx, verb)
}

// primary asks a server that is alone whether it is one. A server that has been made a
// replica keeps its connections, and answers reads with what it knows.
func (b *base) primary(ctx context.Context, verb string) error {
	m, err := b.message(ctx, verb, b.c.Do(ctx, b.c.B().Role().Build()))
	if err != nil {
		return err
	}
	if parts, err := m.ToArray(); err == nil && len(parts) == 3 {
		if role, err := parts[0].ToString(); err == nil && role == "master" {
			if replicas, err := parts[2].ToArray(); err == nil && len(replicas) > 0 {
				b.replicated.Store(true)
			}
			b.demoted.Store(false)
			return nil
		}
	}
	b.demoted.Store(true)
	return fmt.Errorf("valkey: %s: %w: the server is a replica", verb, store.ErrUnavailable)
}

// Close waits up to 5 s for the verbs that are under way and closes the connections
// that [Open] made. Afterwards every verb is store.ErrUnavailable. Closing twice is
// fine.
func (b *base) Close() error {
	ctx, cancel := clock.WithTimeout(context.Background(), b.clock, closeTime)
	defer cancel()
	if b.near != nil {
		b.near.shut.Store(true)
	}
	b.mu.Lock()
	b.closed = true
	quiet := b.verbs == 0
	if b.gone == nil {
		b.gone = b.sched.Go(context.WithoutCancel(ctx), "valkey.close", b.end)
	}
	gone := b.gone
	b.mu.Unlock()
	if quiet {
		b.idle.Open()
	}
	if err := gone.Wait(ctx); err != nil {
		return fmt.Errorf("valkey: close: %w", err)
	}
	return nil
}

// end closes the driver when the last verb has ended; one that never does keeps its
// connection.
func (b *base) end(ctx context.Context) error {
	if err := b.idle.Wait(ctx); err != nil {
		return err
	}
	if !b.borrowed {
		b.c.Close()
	}
	return nil
}
