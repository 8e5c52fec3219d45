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

	batch     = 100
	leaseTime = time.Minute
	// leaseStep is the least by which a lease outlasts the look that takes it.
	leaseStep  = time.Millisecond
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
// knows that nobody else works on them, and does what others have in hand or have
// put off as well; otherwise [Age]. It goes on after a failure and returns all of
// them; what is left is due again.
func (d *Duties) Settle(ctx context.Context, age time.Duration) error {
	now := d.cfg.Clock.Now()
	// A process that died while it settled has left leases and delays behind: to
	// wait for them is to serve whom they are to sign out.
	due, until := now, now.Add(leaseTime)
	if age <= 0 {
		due, until = until, until.Add(leaseStep)
	}
	var failures []error
	var put []delay
	for {
		list, err := d.cfg.Stores.Identity.Lease(ctx, store.TopicDuty, batch, due, until)
		if err != nil {
			failures = append(failures, fmt.Errorf("duty: settle: %w", err))
			break
		}
		for i := range list {
			wait, err := d.settle(ctx, &list[i], age, now)
			if err != nil {
				failures = append(failures, fmt.Errorf("duty: settle: %w", err))
			}
			if wait != 0 {
				put = append(put, delay{list[i].ID, now.Add(wait)})
			}
		}
		if len(list) < batch {
			break
		}
	}
	// At the end, so that no batch meets again what an earlier one has put off.
	for _, p := range put {
		if err := d.cfg.Stores.Identity.Defer(ctx, store.TopicDuty, p.id, p.due); err != nil {
			failures = append(failures, fmt.Errorf("duty: settle: %w", err))
		}
	}
	return errors.Join(failures...)
}

// delay is a duty that is put off.
type delay struct {
	id  [16]byte
	due time.Time
}

// settle does one duty, or says how long to put it off.
func (d *Duties) settle(ctx context.Context, p *store.Pending, age time.Duration, now time.Time) (time.Duration, error) {
	// Zero asks for all, also if the clock has been set back since. And who was put
	// off once has waited for age: another clock may run ahead by far more.
	if young := p.At.Add(age).Sub(now); age > 0 && young > 0 && p.Attempts == 1 {
		return min(young, age), nil
	}
	scope, err := scopeOf(p.Body)
	if err != nil {
		d.count("corrupt")
		return unreadableAfter, err
	}
	if err := d.cfg.Stores.Session.Raise(ctx, scope); err != nil {
		d.count("error")
		return retryAfter, err
	}
	d.count("ok")
	d.cfg.Logger.InfoContext(ctx, "duty: a revocation that was left behind is done", "made", p.At, "attempts", p.Attempts)
	return 0, d.cfg.Stores.Identity.Done(ctx, store.TopicDuty, p.ID)
}

func (d *Duties) count(outcome string) {
	d.cfg.Metrics.Count(metricSettled, metric.L(metric.Outcome, outcome))
}
