package history

import (
	"fmt"
	"slices"
	"strings"
)

// Op is one call as its caller saw it.
type Op[S any] struct {
	// Name is for reports.
	Name string
	// Began and Ended are moments of one clock that everybody shares. A call that began
	// later than another has ended happened behind it.
	Began, Ended int64
	// Lost says that nobody heard an answer: Ended means nothing.
	Lost bool
	// Do is the state behind the call if it happens in this one, or why what was answered
	// cannot be. It leaves the state that it is given as it is.
	Do func(S) (S, error)
}

// Impossible is a history that no order explains.
type Impossible struct {
	// Done is the longest beginning of an order that was found, by the names of its calls.
	Done []string
	// Stuck is why none of the calls that might come next can.
	Stuck []error
}

// Error implements error.
func (i *Impossible) Error() string {
	why := make([]string, len(i.Stuck))
	for n, err := range i.Stuck {
		why[n] = err.Error()
	}
	return fmt.Sprintf("history: no order of these calls is possible; behind %d (%s): %s", len(i.Done), strings.Join(i.Done, ", "), strings.Join(why, "; "))
}

// Checker judges a history in parts, so that the calls of a long one need not be kept. It
// serves one goroutine.
type Checker[S any] struct {
	same func(a, b S) bool
	now  []place[S] // where the calls so far may have led
	ops  []Op[S]
}

// place is a state, with the lost calls that have not happened in it and still may.
type place[S any] struct {
	state S
	lost  []Op[S]
}

// New begins a history. same compares two states; one that is too strict costs time and
// nothing else.
func New[S any](start S, same func(a, b S) bool) *Checker[S] {
	return &Checker[S]{same: same, now: []place[S]{{state: start}}}
}

// Add notes a call that has ended or is lost, in any order.
func (c *Checker[S]) Add(op Op[S]) { c.ops = append(c.ops, op) }

// Judge looks for an order of the calls that were added since it was called last. It is
// to be called while no call is under way: each that is added later begins behind all of
// these. The error is an [*Impossible]; behind one the checker is of no further use.
func (c *Checker[S]) Judge() error {
	ops := c.ops
	c.ops = nil
	var next []place[S]
	stuck := &Impossible{}
	for _, p := range c.now {
		s := &search[S]{same: c.same, ops: slices.Concat(p.lost, ops), seen: map[string][]S{}, stuck: stuck}
		slices.SortStableFunc(s.ops, func(a, b Op[S]) int {
			switch {
			case a.Began < b.Began:
				return -1
			case a.Began > b.Began:
				return 1
			}
			return 0
		})
		s.from(p.state, make(set, (len(s.ops)+63)/64), nil)
		next = append(next, s.ends...)
	}
	if len(next) == 0 {
		return stuck
	}
	c.now = c.distinct(next)
	return nil
}

// distinct leaves out places that are the same; one with lost calls that another has
// not is another place.
func (c *Checker[S]) distinct(all []place[S]) (out []place[S]) {
	for _, p := range all {
		if !slices.ContainsFunc(out, func(o place[S]) bool { return sameOps(p.lost, o.lost) && c.same(p.state, o.state) }) {
			out = append(out, p)
		}
	}
	return out
}

func sameOps[S any](a, b []Op[S]) bool {
	return slices.EqualFunc(a, b, func(x, y Op[S]) bool { return x.Began == y.Began && x.Name == y.Name })
}

// search is one over some calls, in the order in which they began.
type search[S any] struct {
	same  func(a, b S) bool
	ops   []Op[S]
	seen  map[string][]S // states in which calls had happened
	ends  []place[S]
	stuck *Impossible
}

// set holds calls by their place.
type set []uint64

func (s set) has(i int) bool { return s[i/64]>>(i%64)&1 == 1 }

func (s set) with(i int) set {
	out := slices.Clone(s)
	out[i/64] |= 1 << (i % 64)
	return out
}

func (s set) String() string { return fmt.Sprint([]uint64(s)) }

// from looks on from a state in which some calls have happened, in the order given.
func (s *search[S]) from(state S, done set, order []string) {
	key := done.String()
	if slices.ContainsFunc(s.seen[key], func(o S) bool { return s.same(o, state) }) {
		return
	}
	s.seen[key] = append(s.seen[key], state)
	limit, whole := int64(0), true // the first end of a call that has not happened
	for i, op := range s.ops {
		if !done.has(i) && !op.Lost && (whole || op.Ended < limit) {
			limit, whole = op.Ended, false
		}
	}
	if whole {
		s.end(state, done)
	}
	var why []error
	for i, op := range s.ops {
		if !whole && op.Began > limit {
			break // it began when another had ended
		}
		if done.has(i) {
			continue
		}
		next, err := op.Do(state)
		if err != nil {
			why = append(why, fmt.Errorf("%s: %w", op.Name, err))
			continue
		}
		s.from(next, done.with(i), append(order[:len(order):len(order)], op.Name))
	}
	if !whole && (s.stuck.Stuck == nil || len(order) > len(s.stuck.Done)) && len(why) > 0 {
		s.stuck.Done, s.stuck.Stuck = order, why
	}
}

func (s *search[S]) end(state S, done set) {
	p := place[S]{state: state}
	for i, op := range s.ops {
		if !done.has(i) {
			p.lost = append(p.lost, op)
		}
	}
	s.ends = append(s.ends, p)
}
