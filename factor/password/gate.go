package password

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
)

// ErrBusy means that no memory for hashing came free in time. Nothing was
// charged; the caller answers 503 with Retry-After.
var ErrBusy = errors.New("password: hashing is busy")

// Cost is what an evaluation weighs at the [Gate]: mebibytes, rounded up.
type Cost int

// Cost returns what verifying a record takes, at least what a miss takes, so that
// it can be asked for before it is known whether there is a record (nil).
func (h *Hasher) Cost(body []byte) Cost {
	c := h.params.cost()
	if h.sample != nil {
		c = max(c, h.sample.weight())
	}
	if r, err := decode(body); err == nil && r.foreign != nil {
		c = max(c, r.foreign.weight())
	} else if err == nil {
		c = max(c, r.params.cost())
	}
	return c
}

// pbkdf2Cost makes an evaluation that needs no memory count like a Lean one: it
// needs the processor as long.
const pbkdf2Cost Cost = leanMemory >> 10

func (p Params) cost() Cost {
	if p.alg != argon2id {
		return pbkdf2Cost
	}
	return Cost((p.memory + 1023) >> 10)
}

// GateConfig configures a [Gate].
type GateConfig struct {
	// Clock is required.
	Clock clock.Clock
	// Params are those of the Hasher. Zero: [Lean].
	Params Params
	// Memory bounds what all hashes together take, in bytes. Zero: 512 MiB, or a
	// quarter of the process's memory limit if that is less.
	Memory int64
	// Parallel is how many hashes with Params run at a time if memory allows.
	// Zero: one less than GOMAXPROCS, at least one; in a simulation always one. A hash
	// takes one processor, whatever its lanes. More hashes than there are processors
	// only make each slower, and with as many a crowd that signs in leaves none to
	// those who are signed in: half of their reads then take thirty times as long
	// (measured before hashes gave way).
	Parallel int
	// Wait is how long Enter waits for its turn. Zero: two seconds.
	Wait time.Duration
}

// Gate lets as many hashes run at a time as memory and processors bear, first
// come first served, weighted by memory (FAC-013). One Gate serves every use of
// the process: sign-in, dummy, change, reset.
type Gate struct {
	clock clock.Clock
	wait  time.Duration
	size  Cost
	turn  *sched.Sem // held while taking places: of two that take, none holds half
	place *sched.Sem // one place for each unit of Cost
}

// NewGate checks the configuration. Error: [ErrConfig].
func NewGate(cfg GateConfig) (*Gate, error) {
	if cfg.Clock == nil {
		return nil, fmt.Errorf("%w: Clock is missing", ErrConfig)
	}
	if cfg.Memory < 0 || cfg.Parallel < 0 || cfg.Wait < 0 {
		return nil, fmt.Errorf("%w: Memory, Parallel or Wait is negative", ErrConfig)
	}
	if cfg.Params == (Params{}) {
		cfg.Params = Lean()
	}
	if cfg.Memory == 0 {
		cfg.Memory = defaultMemory(debug.SetMemoryLimit(-1)) // -1 only asks
	}
	if cfg.Parallel == 0 {
		cfg.Parallel = max(1, sched.Of(cfg.Clock).Processors()-1)
	}
	if cfg.Wait == 0 {
		cfg.Wait = 2 * time.Second
	}
	one := int64(cfg.Params.cost())
	units := min(cfg.Memory>>20, one*int64(cfg.Parallel))
	if units < one {
		return nil, fmt.Errorf("%w: Memory does not hold one hash of %d MiB", ErrConfig, one)
	}
	s := sched.Of(cfg.Clock)
	return &Gate{
		clock: cfg.Clock, wait: cfg.Wait, size: Cost(units),
		turn: s.NewSem(1), place: s.NewSem(int(units)),
	}, nil
}

func defaultMemory(limit int64) int64 {
	return min(512<<20, limit/4) // without a limit it is math.MaxInt64
}

// Enter waits until there is room for an evaluation of this cost. A cost above
// the whole Gate runs alone. Errors: [ErrBusy] when the wait is over, or the
// error of ctx when that ends first. On success the caller calls [Pass.Leave].
func (g *Gate) Enter(ctx context.Context, c Cost) (*Pass, error) {
	n := int(max(1, min(c, g.size)))
	wait, cancel := clock.WithTimeout(ctx, g.clock, g.wait)
	defer cancel()
	if err := g.take(wait, n); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("password: gate: %w", ctx.Err())
		}
		return nil, ErrBusy
	}
	return &Pass{g: g, n: n}, nil
}

func (g *Gate) take(ctx context.Context, n int) error {
	if err := g.turn.Acquire(ctx); err != nil {
		return err
	}
	defer g.turn.Release()
	for i := range n {
		if err := g.place.Acquire(ctx); err != nil {
			g.release(i)
			return err
		}
	}
	return nil
}

func (g *Gate) release(n int) {
	for range n {
		g.place.Release()
	}
}

// Pass is the room that somebody holds in a [Gate].
type Pass struct {
	g    *Gate
	n    int
	left atomic.Bool
}

// Leave gives the room back. A second call does nothing.
func (p *Pass) Leave() {
	if p.left.CompareAndSwap(false, true) {
		p.g.release(p.n)
	}
}
