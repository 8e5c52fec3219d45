package memory

import (
	"context"
	"fmt"
	"sync"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/ending"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/store"
)

// DefaultCapacity is the number of sessions that a backend holds unless told
// otherwise (STO-020).
const DefaultCapacity = 100_000

// MetricEvicted counts sessions that made room because the capacity was reached.
const MetricEvicted = "axess.memory.evicted"

// Config has a usable zero.
type Config struct {
	// Capacity bounds the stored sessions, guests and unfinished flows included.
	// Zero or less means [DefaultCapacity].
	Capacity int
	// Events bounds the audit events that can be read back; beyond it the oldest
	// are forgotten. Zero or less means [DefaultEvents].
	Events int
	// Metrics counts evictions; nil discards.
	Metrics metric.Sink
	// Clock is that of the program, for those who wait for endings; nil is the
	// system's. No verb reads the time from it.
	Clock clock.Clock
}

// Backend is all ports in the memory of this process. It is safe for concurrent
// use and holds nothing that needs closing.
type Backend struct {
	capacity int
	metrics  metric.Sink
	hub      *ending.Hub

	// book guards everything below it except what the shards and the ledger
	// guard themselves; registered sessions and epochs change only under it.
	book     sync.RWMutex
	dir      directory
	rows     outbox
	registry registry
	stored   int

	sessions [shards]shard
	epochs   epochs
	ledger   ledger
	events   events
	values   kv
}

// New makes an empty backend.
func New(cfg Config) *Backend {
	b := &Backend{
		capacity: cfg.Capacity,
		metrics:  cfg.Metrics,
		dir:      newDirectory(),
		rows:     newOutbox(),
	}
	if b.capacity <= 0 {
		b.capacity = DefaultCapacity
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System()
	}
	b.hub = ending.NewHub("memory", sched.Of(cfg.Clock))
	if b.metrics == nil {
		b.metrics = metric.Discard{}
	}
	for i := range b.sessions {
		b.sessions[i].hash = func(e *entry) uint64 { return hashRef(e.ref) }
	}
	b.registry.init()
	b.epochs.init()
	b.ledger.init()
	if cfg.Events <= 0 {
		cfg.Events = DefaultEvents
	}
	b.events.init(cfg.Events)
	return b
}

// Stores returns the ports.
func (b *Backend) Stores() backend.Stores {
	return backend.Stores{
		Identity: identityGroup{people{b}, queue{b}},
		Session:  sessions{b},
		Throttle: throttleGroup{&b.ledger, b},
		Audit:    auditGroup{&b.events, b},
	}
}

// identityGroup, throttleGroup and auditGroup are groups of ports that are made
// of several types, or of one that does not know its backend.
type (
	identityGroup struct {
		people
		queue
	}
	throttleGroup struct {
		*ledger
		b *Backend
	}
	auditGroup struct {
		*events
		b *Backend
	}
)

func (b *Backend) info() backend.Info {
	return backend.Info{Name: "memory", Place: backend.PlaceOf(b)}
}

// Info implements [backend.Identity].
func (g identityGroup) Info() backend.Info { return g.people.b.info() }

// Info implements [backend.Session].
func (s sessions) Info() backend.Info { return s.b.info() }

// Info implements [backend.Throttle].
func (g throttleGroup) Info() backend.Info { return g.b.info() }

// KV implements [backend.Throttle].
func (g throttleGroup) KV() store.KV { return g.b.KV() }

// Info implements [backend.Audit].
func (g auditGroup) Info() backend.Info { return g.b.info() }

// alive answers a cancelled context before anything is touched: what was asked
// for is then certainly not done.
func alive(ctx context.Context, verb string) error {
	if ctx.Err() != nil {
		return fmt.Errorf("memory: %s: %w: %w", verb, store.ErrUnavailable, context.Cause(ctx))
	}
	return nil
}

func failed(verb string, err error) error { return fmt.Errorf("memory: %s: %w", verb, err) }

func malformed(verb, what string) error {
	return fmt.Errorf("memory: %s: %s: %w", verb, what, store.ErrBadArgument)
}
