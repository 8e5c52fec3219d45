package duty

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/store"
)

const (
	// patience is how long a caller tries to finish what it has begun.
	patience = 5 * time.Second
	// Age is when a duty's caller has certainly given up, or died.
	Age = 3 * patience

	batch      = 100
	leaseTime  = time.Minute
	retryAfter = 10 * time.Second
	// An unreadable duty is kept for whoever can read it.
	unreadableAfter = time.Hour
)

// metricSettled counts duties that their callers have left, by outcome.
const metricSettled = "axess.duty.settled"

// Config is what duties are built from.
type Config struct {
	// Stores is the bundle, whose groups may be in two places.
	Stores  backend.Stores
	Clock   clock.Clock
	Entropy entropy.Source
	Logger  *slog.Logger
	Metrics metric.Sink // nil: Discard
}

// Duties are the promises between two places. They are safe for concurrent use.
type Duties struct {
	cfg   Config
	queue *queue
}

// New checks that everything is there.
func New(cfg Config) (*Duties, error) {
	if err := cfg.Stores.Check(); err != nil {
		return nil, fmt.Errorf("duty: %w", err)
	}
	if cfg.Clock == nil || cfg.Entropy == nil || cfg.Logger == nil {
		return nil, errors.New("duty: Config.Clock, Entropy or Logger is missing")
	}
	if cfg.Metrics == nil {
		cfg.Metrics = metric.Discard{}
	}
	return &Duties{cfg: cfg, queue: newQueue(sched.Of(cfg.Clock))}, nil
}

// Stores returns the bundle to work with: the one given, or if sessions are in
// another place than accounts, one whose verbs keep the promises of a single
// place as doc.go says.
func (d *Duties) Stores() backend.Stores {
	s := d.cfg.Stores
	if s.Split() {
		s.Identity, s.Session = people{s.Identity, d}, sessions{s.Session, d}
	}
	return s
}

// Settle does the duties that are at least age old. Zero is for a process that
// knows that nobody else works on them; otherwise [Age]. It goes on after a
// failure and returns all of them; what is left is due again.
func (d *Duties) Settle(ctx context.Context, age time.Duration) error {
	var failures []error
	for {
		now := d.cfg.Clock.Now()
		list, err := d.cfg.Stores.Identity.Lease(ctx, store.TopicDuty, batch, now, now.Add(leaseTime))
		if err != nil {
			return errors.Join(append(failures, fmt.Errorf("duty: settle: %w", err))...)
		}
		for i := range list {
			if err := d.settle(ctx, &list[i], age, now); err != nil {
				failures = append(failures, fmt.Errorf("duty: settle: %w", err))
			}
		}
		if len(list) < batch {
			return errors.Join(failures...)
		}
	}
}

func (d *Duties) settle(ctx context.Context, p *store.Pending, age time.Duration, now time.Time) error {
	outbox := d.cfg.Stores.Identity
	if due := p.At.Add(age); due.After(now) {
		return outbox.Defer(ctx, store.TopicDuty, p.ID, due)
	}
	scope, err := scopeOf(p.Body)
	if err != nil {
		d.count("corrupt")
		return errors.Join(err, outbox.Defer(ctx, store.TopicDuty, p.ID, now.Add(unreadableAfter)))
	}
	if err := d.cfg.Stores.Session.Raise(ctx, scope); err != nil {
		d.count("error")
		return errors.Join(err, outbox.Defer(ctx, store.TopicDuty, p.ID, now.Add(retryAfter)))
	}
	d.count("ok")
	d.cfg.Logger.InfoContext(ctx, "duty: a revocation that was left behind is done", "made", p.At, "attempts", p.Attempts)
	return outbox.Done(ctx, store.TopicDuty, p.ID)
}

func (d *Duties) count(outcome string) {
	d.cfg.Metrics.Count(metricSettled, metric.L(metric.Outcome, outcome))
}
