package health

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/metric"
)

// Limits of a report (TEL-009, STO-066).
const (
	// CheckFor is the time that each check has.
	CheckFor = 2 * time.Second
	// SharedFor is the time for which a report is handed out again.
	SharedFor = time.Second
)

// What New refuses.
var (
	ErrNoName    = errors.New("health: a check needs a name and a function")
	ErrDuplicate = errors.New("health: a name is given to two checks")
)

// stuck is the reason of a check whose last run has not ended yet.
const stuck = "timeout: the last check has not ended yet"

// Check asks one part. Run may be called from any goroutine; its context ends
// after [CheckFor]. A check that waits for something that ignores its context
// costs one goroutine, not one for each probe.
type Check struct {
	Name string // lower case, from the program's own vocabulary
	Run  func(ctx context.Context) Result
}

// Config is what a Composite is built from. Clock is required.
type Config struct {
	Clock   clock.Clock
	Metrics metric.Sink  // nil: nothing is counted
	Logger  *slog.Logger // nil: nothing is logged
}

// Composite asks all parts at once. It is safe for concurrent use.
type Composite struct {
	cfg    Config
	sched  sched.Sched
	parts  []*part
	flight *sched.Flight[struct{}, Report]

	mu   sync.Mutex
	last Report
	at   time.Duration // Mono of last
	seen bool
}

// part is a check with the run that is under way.
type part struct {
	Check
	mu      sync.Mutex
	running bool
	was     Status
	told    bool // was is known
}

// New refuses a check without a name or a function, and two of one name: the
// second would hide the first.
func New(cfg Config, checks ...Check) (*Composite, error) {
	if cfg.Clock == nil {
		return nil, errors.New("health: Config.Clock is missing")
	}
	if cfg.Metrics == nil {
		cfg.Metrics = metric.Discard{}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Composite{cfg: cfg, sched: sched.Of(cfg.Clock)}
	c.flight = sched.NewFlight[struct{}, Report](c.sched, "health")
	for _, k := range checks {
		if k.Name == "" || k.Run == nil {
			return nil, ErrNoName
		}
		if slices.ContainsFunc(c.parts, func(p *part) bool { return p.Name == k.Name }) {
			return nil, fmt.Errorf("%w: %s", ErrDuplicate, k.Name)
		}
		c.parts = append(c.parts, &part{Check: k})
	}
	return c, nil
}

// Report asks every part, or hands out what was found within the last second. A
// composite without checks is unhealthy: nobody has looked. So is the answer to
// a caller whose context ends first, and nothing is remembered then.
func (c *Composite) Report(ctx context.Context) Report {
	if r, ok := c.shared(); ok {
		return r
	}
	r, err := c.flight.Do(ctx, struct{}{}, func(ctx context.Context) (Report, error) {
		if r, ok := c.shared(); ok {
			return r, nil // made between the look above and this task
		}
		r := c.ask(ctx)
		c.mu.Lock()
		c.last, c.at, c.seen = r, c.cfg.Clock.Mono(), true
		c.mu.Unlock()
		return r, nil
	})
	if err != nil {
		return Report{}
	}
	return copied(r)
}

func (c *Composite) shared() (Report, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.seen || c.cfg.Clock.Mono()-c.at >= SharedFor {
		return Report{}, false
	}
	return copied(c.last), true
}

func copied(r Report) Report {
	r.Findings = slices.Clone(r.Findings)
	return r
}

// ask starts all checks and waits for none longer than they may take.
func (c *Composite) ask(ctx context.Context) Report {
	ctx, cancel := clock.WithTimeout(ctx, c.cfg.Clock, CheckFor)
	defer cancel()
	r := Report{Status: Healthy, Findings: make([]Finding, len(c.parts))}
	if len(c.parts) == 0 {
		r.Status = Unhealthy
	}
	waits := make([]func() Result, len(c.parts))
	for i, p := range c.parts {
		waits[i] = p.start(ctx, c.sched)
	}
	for i, p := range c.parts {
		res := waits[i]()
		if res.Status > Healthy {
			res = IsUnhealthy("the check answered with a state that does not exist")
		}
		c.tell(ctx, p, res)
		r.Findings[i] = Finding{p.Name, res}
		r.Status = min(r.Status, res.Status)
	}
	return r
}

// start runs the check in a task, unless its last run still hangs.
func (p *part) start(ctx context.Context, s sched.Sched) (wait func() Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running {
		return func() Result { return IsUnhealthy(stuck) }
	}
	p.running = true
	var res Result // read after the task has ended only
	task := s.Go(ctx, "health."+p.Name, func(ctx context.Context) error {
		defer p.ended()
		res = p.Run(ctx)
		return nil
	})
	return func() Result {
		err := task.Wait(ctx)
		var panicked *sched.PanicError
		switch {
		case err == nil:
			return res
		case errors.As(err, &panicked):
			return IsUnhealthy("panic: " + err.Error())
		}
		return IsUnhealthy("timeout")
	}
}

func (p *part) ended() {
	p.mu.Lock()
	p.running = false
	p.mu.Unlock()
}

// tell logs changes only: a probe comes every few seconds.
func (c *Composite) tell(ctx context.Context, p *part, res Result) {
	p.mu.Lock()
	changed := !p.told || p.was != res.Status
	first := !p.told
	p.was, p.told = res.Status, true
	p.mu.Unlock()
	c.cfg.Metrics.Gauge("axess.health.status", float64(res.Status), metric.L(metric.Layer, p.Name))
	switch {
	case !changed || first && res.Status == Healthy:
	case res.Status == Healthy:
		c.cfg.Logger.InfoContext(ctx, "health: works again", "check", p.Name)
	default:
		c.cfg.Logger.WarnContext(ctx, "health: "+res.Status.String(), "check", p.Name, "reason", res.Reason)
	}
}
