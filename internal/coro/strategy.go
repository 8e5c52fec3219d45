package coro

import (
	"context"
	"fmt"
	"slices"
)

// Strategy says who goes next (SIM-012). The zero Strategy is [Uniform].
type Strategy struct {
	kind   strategy
	depth  int
	steps  int
	choose func([]Ready) int
}

type strategy uint8

const (
	uniform strategy = iota
	pct
	fifo
	starve
	chosen
)

// Uniform takes any of those that can run.
func Uniform() Strategy { return Strategy{} }

// FIFO takes them in their order: what it finds, faults have done.
func FIFO() Strategy { return Strategy{kind: fifo} }

// PCT gives each task a rank and takes the highest; at depth-1 places among so many
// steps the one that runs falls to the end. It finds a bug that depends on the order
// of depth events with a probability of at least 1/(tasks·steps^(depth-1))
// (Burckhardt and others, ASPLOS 2010).
func PCT(depth, steps int) Strategy { return Strategy{kind: pct, depth: depth, steps: steps} }

// Starve takes one of the first tasks only when nobody else can run.
func Starve() Strategy { return Strategy{kind: starve} }

// Ready is a task that can go on.
type Ready struct {
	// ID is the one that [World.Running] has while the task runs.
	ID uint64
	// Context is the one that the task was started with.
	Context context.Context
}

// Chosen lets a function pick one of those that can go on, by its place among them. They
// are in the order in which they came to be able to. Below zero, none of them does, and
// time moves to what is due next, if anything is. It is for whoever tries every order,
// and no text stands for it.
func Chosen(choose func([]Ready) int) Strategy { return Strategy{kind: chosen, choose: choose} }

// MarshalText is the strategy as a recording holds it: "any", "pct 3 20000", "fifo" or
// "starve".
func (s Strategy) MarshalText() ([]byte, error) {
	if s.kind == pct {
		return fmt.Appendf(nil, "%s %d %d", s.kind, s.depth, s.steps), nil
	}
	return []byte(s.kind.String()), nil
}

// UnmarshalText reads what MarshalText has written.
func (s *Strategy) UnmarshalText(text []byte) error {
	switch t := string(text); t {
	case uniform.String():
		*s = Uniform()
	case fifo.String():
		*s = FIFO()
	case starve.String():
		*s = Starve()
	default:
		p := Strategy{kind: pct}
		if _, err := fmt.Sscanf(t, "pct %d %d", &p.depth, &p.steps); err != nil {
			return fmt.Errorf("coro: %.40q is no strategy", t)
		}
		*s = p
	}
	return nil
}

// String names the kind.
func (k strategy) String() string { return []string{"any", "pct", "fifo", "starve", "chosen"}[k] }

// picker is a strategy at work.
type picker interface {
	add(t *task)
	pick(ready []*task, step int) int
}

func (s Strategy) picker(src Source) picker {
	switch s.kind {
	case pct:
		p := &byRank{src: src}
		for range s.depth - 1 {
			p.falls = append(p.falls, int(src.Draw(Schedule, uint64(max(s.steps, 1)))))
		}
		slices.Sort(p.falls)
		return p
	case fifo:
		return inOrder{}
	case starve:
		return &starving{anybody{src}, 1 + src.Draw(Schedule, 64)}
	case chosen:
		return &chooser{choose: s.choose}
	case uniform:
	}
	return anybody{src}
}

type inOrder struct{}

func (inOrder) add(*task)             {}
func (inOrder) pick([]*task, int) int { return 0 }

type chooser struct {
	choose func([]Ready) int
	ready  []Ready
}

func (*chooser) add(*task) {}

func (c *chooser) pick(ready []*task, _ int) int {
	c.ready = c.ready[:0]
	for _, t := range ready {
		c.ready = append(c.ready, Ready{t.id, t.ctx})
	}
	return c.choose(c.ready)
}

type anybody struct{ src Source }

func (anybody) add(*task) {}

func (a anybody) pick(ready []*task, _ int) int {
	if len(ready) == 1 {
		return 0
	}
	return int(a.src.Draw(Schedule, uint64(len(ready))))
}

type starving struct {
	anybody
	id uint64
}

func (s *starving) pick(ready []*task, step int) int {
	at := slices.IndexFunc(ready, func(t *task) bool { return t.id == s.id })
	if at < 0 || len(ready) == 1 {
		return s.anybody.pick(ready, step)
	}
	i := 0
	if len(ready) > 2 {
		i = int(s.src.Draw(Schedule, uint64(len(ready)-1)))
	}
	if i >= at {
		i++
	}
	return i
}

// byRank keeps ranks above those to which a task can fall.
type byRank struct {
	src   Source
	falls []int
	fell  uint64
}

const ranks = 1 << 32

func (p *byRank) add(t *task) { t.rank = ranks + p.src.Draw(Schedule, ranks) }

func (p *byRank) pick(ready []*task, step int) int {
	best := highest(ready)
	if len(p.falls) > 0 && step >= p.falls[0] {
		p.falls = p.falls[1:]
		p.fell++
		ready[best].rank = ranks - p.fell
		best = highest(ready)
	}
	return best
}

// highest is the first of the highest rank.
func highest(ready []*task) (best int) {
	for i, t := range ready {
		if t.rank > ready[best].rank {
			best = i
		}
	}
	return best
}
