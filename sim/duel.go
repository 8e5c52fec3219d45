package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// Duel is two things that are done at the same time, in every order in which they can
// meet in the store, and in each of these with every single fault (SIM-062).
type Duel struct {
	// Name is what the two are: "logout/look".
	Name string
	// Statement says what holds whoever is faster.
	Statement string
	// Covers are the requirements that it stands for.
	Covers []string

	// limit bounds the sessions of a person.
	limit bool
	// promotes has a new key signed with on the second server, while the first one only
	// knows it.
	promotes bool
	// prepare sets the scene.
	prepare func(context.Context, *scene)
	// left and right meet. Each makes one request, or gives one order.
	left, right func(context.Context, *scene)
	// judge looks at what has come of it, in peace.
	judge func(context.Context, *scene) error
}

// ErrNoDuel answers a name that no duel has, and an order or fault that is none.
var ErrNoDuel = errors.New("sim: no such duel")

// DuelByName is one of [Duels]. Error: [ErrNoDuel], which names the nearest.
func DuelByName(name string) (Duel, error) {
	all := Duels()
	var known []string
	for _, d := range all {
		if d.Name == name {
			return d, nil
		}
		known = append(known, d.Name)
	}
	return Duel{}, fmt.Errorf("%w: %.40q: did you mean %s?", ErrNoDuel, name, nearest(name, known))
}

// Bounds say how much of a duel is tried. The zero Bounds are all of it: every order,
// and every order with each fault.
type Bounds struct {
	// Every takes one of so many faults, spread evenly over the places. Zero: all.
	Every int
	// Most is after how many runs a duel is given up as too long. Zero: never.
	Most int
	// First ends it with the first run in which something does not hold.
	First bool
	// Invariants are those of [Config].
	Invariants []string
	// Plain tries also the orders that nothing can tell from one that was tried, without
	// a fault. It is for those who doubt which these are.
	Plain bool
	// Watch, unless nil, is told after each run how many there were. An error ends it.
	Watch func(runs int) error
	// Within is that of [Config].
	Within func(next http.Handler) http.Handler
}

// Outcome is what a duel came to.
type Outcome struct {
	// Runs are all that were made.
	Runs int
	// Orders are those that differ, without a fault, and OfAll how many there are at most,
	// each of which is the same as one of them.
	Orders int
	OfAll  float64
	// Together are the runs with both sides on one server, where they share more than the
	// store: every order in which one lets the other go on in at most one place.
	Together int
	// Calls are the most that either side made.
	Calls [2]int
	// Faults are those that were tried, and FaultRuns the runs with one: each in every
	// order in which it is different.
	Faults, FaultRuns int
	// Cut are runs that were given up when they came to what another has shown.
	Cut int
	// Short says that [Bounds.Most] or [Bounds.Watch] ended it.
	Short bool
	// Broken are the runs in which something did not hold, at most ten.
	Broken []Bout

	ends map[string]int // in which orders without a fault ended, for a test
}

// Bout is one run of a duel in which something did not hold.
type Bout struct {
	// Duel is its name.
	Duel string
	// Order says who makes one call of the store after the other, or gets the answer:
	// "LLRL". Behind its end goes on whoever went last.
	Order string
	// Fault is what befalls a call, as [ParseFault] reads it; empty: nothing.
	Fault string
	// Together has both sides on one server.
	Together bool
	// Within is that of [Config].
	Within func(next http.Handler) http.Handler
	// Findings are what did not hold.
	Findings []error
}

// mostBroken is after how many broken runs a duel is lost beyond doubt.
const mostBroken = 10

var errEnough = errors.New("sim: enough of it")

// Fight tries a duel within bounds.
func (d Duel) Fight(bounds Bounds) Outcome {
	f := &fight{duel: d, bounds: bounds, out: Outcome{OfAll: 1, ends: map[string]int{}}, spots: map[spot]met{}}
	if f.from, f.out.Broken = d.set(bounds); len(f.out.Broken) > 0 {
		return f.out
	}
	if f.orders(Fault{}, false) != nil {
		return f.out
	}
	f.out.Orders = f.out.Runs - f.out.Cut
	before := f.out.Runs
	if !bounds.Plain && f.orders(Fault{}, true) != nil {
		return f.out
	}
	f.out.Together = f.out.Runs - before
	f.out.OfAll = interleavings(f.out.Calls[left], f.out.Calls[right])
	for i, fault := range f.faults() {
		if i%max(bounds.Every, 1) != 0 || bounds.Plain {
			continue
		}
		f.out.Faults++
		before = f.out.Runs
		err := f.orders(fault, false)
		f.out.FaultRuns += f.out.Runs - before
		if err != nil {
			break
		}
	}
	return f.out
}

// interleavings is how many orders two sequences have.
func interleavings(n, m int) float64 {
	out := 1.0
	for i := range m {
		out *= float64(n+i+1) / float64(i+1)
	}
	return out
}

// fight is a duel under way.
type fight struct {
	duel   Duel
	bounds Bounds
	from   *scenery
	out    Outcome
	spots  map[spot]met
}

// fork is a place in an order.
type fork struct {
	by      side
	tried   [2]bool
	want    [2]bool
	turns   int  // in which somebody let the other go on, up to here
	between bool // both could go on
}

// orders tries every order that differs, with a fault; or, with both on one server, those
// with one turn.
//
// Two orders are the same for everybody if one becomes the other by swapping neighbours
// of which neither changes what the other touches. Of these it makes one: a run is made,
// and where two of its calls meet another one is wanted in which they come the other way
// round; a side whose turn has been tried sleeps until something happens that it would
// notice (Flanagan and Godefroid, POPL 2005; Abdulla and others, POPL 2014).
func (f *fight) orders(fault Fault, together bool) error {
	var path []fork
	for {
		b := &bout{
			fault: fault, whole: together || f.bounds.Plain, one: together, asleep: map[int][2]bool{}, gates: map[uint64]*move{},
		}
		for i, p := range path {
			b.order = append(b.order, p.by)
			if p.tried[p.by.other()] {
				var sleeps [2]bool
				sleeps[p.by.other()] = true
				b.asleep[i] = sleeps
			}
		}
		findings := f.duel.once(f.from, b, f.bounds, nil)
		f.count(b, findings)
		if n := len(f.out.Broken); n >= mostBroken || n > 0 && f.bounds.First || f.bounds.Most > 0 && f.out.Runs >= f.bounds.Most {
			f.out.Short = true
			return errEnough
		}
		if f.bounds.Watch != nil {
			if err := f.bounds.Watch(f.out.Runs); err != nil {
				f.out.Short = true
				return errEnough
			}
		}
		for _, m := range b.moves[min(len(path), len(b.moves)):] {
			p := fork{by: m.by, between: m.next[left] != nil && m.next[right] != nil}
			p.tried[m.by] = true
			path = append(path, p)
		}
		givenWay(path)
		if together {
			everywhere(path)
		} else {
			races(b, path)
		}
		if path = following(path, together); path == nil {
			return nil
		}
	}
}

// givenWay counts in how many places somebody has let the other go on.
func givenWay(path []fork) {
	n := 0
	for i := range path {
		if i > 0 && path[i].between && path[i].by != path[i-1].by {
			n++
		}
		path[i].turns = n
	}
}

// races wants, wherever two calls of a run have met, that they meet the other way round.
func races(b *bout, path []fork) {
	var last [2]int // of the other side, what happened before the newest call of this one
	for j, m := range b.moves {
		o := m.by.other()
		for i := j - 1; i >= 0; i-- {
			e := b.moves[i]
			if e.by != o || !b.touch(e, m) {
				continue
			}
			if i+1 > last[m.by] {
				path[i].want[m.by] = true
				last[m.by] = i + 1
			}
			break
		}
	}
}

// everywhere wants both at each fork.
func everywhere(path []fork) {
	for i := range path {
		path[i].want = [2]bool{true, true}
	}
}

// following is the place where the next order leaves the last one; nil: there is none.
func following(path []fork, together bool) []fork {
	for i := len(path) - 1; i >= 0; i-- {
		p := &path[i]
		o := p.by.other()
		if !p.between || p.tried[o] || !p.want[o] {
			continue
		}
		if together && i > 0 && o != path[i-1].by && path[i-1].turns > 0 {
			continue
		}
		p.tried[o], p.by = true, o
		return path[:i+1]
	}
	return nil
}

// spot is where a fault can be: a call of a side.
type spot struct {
	by side
	n  int
}

// met is what was seen at a place: it is another call in another order.
type met struct{ calls, writes, answers bool }

// count takes note of a run.
func (f *fight) count(b *bout, findings []error) {
	f.out.Runs++
	if b.cut {
		f.out.Cut++
	}
	if len(findings) > 0 {
		f.out.Broken = append(f.out.Broken, Bout{
			Duel: f.duel.Name, Order: written(b.moves), Fault: b.fault.String(), Together: b.one, Within: f.bounds.Within, Findings: findings,
		})
	}
	if b.fault.Kind != "" || b.cut || b.one {
		return
	}
	f.out.ends[b.end]++
	for _, m := range b.moves {
		f.out.Calls[m.by] = max(f.out.Calls[m.by], m.n)
		was := f.spots[spot{m.by, m.n}]
		is := m.verb == answering
		f.spots[spot{m.by, m.n}] = met{was.calls || !is, was.writes || !is && m.marks.writes(), was.answers || is}
	}
}

// faults are all that can befall the calls that were seen. A call that only looks has no
// effect whose answer could be lost, and dying before it is dying behind it.
func (f *fight) faults() (all []Fault) {
	for at, was := range f.spots {
		add := func(kinds ...string) {
			for _, k := range kinds {
				all = append(all, Fault{Side: at.by.String(), Call: at.n, Kind: k})
			}
		}
		if was.calls {
			add(faultFails, faultCrash)
		}
		if was.writes {
			add(faultLosesAck, faultTwice, faultCrashAfter)
		}
		if was.answers {
			add(faultLost)
		}
	}
	slices.SortFunc(all, Fault.compare)
	return all
}
