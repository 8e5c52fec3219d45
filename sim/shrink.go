package sim

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/axess-go/axess/internal/coro"
)

// Shrink looks for a smaller run that breaks the same invariant: less people, less
// actions, less faults, tasks in their order, no delays, less servers. It stops when
// nothing can be left out any more, or when over says so (nil: never); until then the
// result depends on the recording alone. A recording that breaks nothing comes back as
// it is.
func (r *Recording) Shrink(over func() bool) *Recording {
	if over == nil {
		over = func() bool { return false }
	}
	result, first := r.again(r.Config)
	if !result.Broken() {
		return r
	}
	s := &shrinker{best: first, over: over}
	s.cut()
	// Where neither faults nor the order of tasks matter, all that follows is cheap.
	s.try(func(c *Recording) { c.calm(); c.inOrder() })
	for before := -1; before != s.best.weight() && !over(); {
		before = s.best.weight()
		s.round()
	}
	return s.best
}

// shrinker holds the smallest run so far.
type shrinker struct {
	best *Recording
	over func() bool
}

// round leaves out what can be, from the large to the small (SIM-064).
func (s *shrinker) round() {
	reduce(s, (*Recording).actors, func(c *Recording, out []string) {
		for _, name := range out {
			delete(c.log, whole(name))
		}
	})
	s.servers()
	reduce(s, (*Recording).turns, (*Recording).leave)
	reduce(s, (*Recording).turns, (*Recording).idle)
	s.try((*Recording).calm)
	reduce(s, func(r *Recording) []hit { return r.hits }, (*Recording).mend)
	s.try((*Recording).inOrder)
	reduce(s, (*Recording).delays, func(c *Recording, out []coro.Stream) {
		for _, stream := range out {
			delete(c.log, stream)
		}
	})
	reduce(s, (*Recording).choices, (*Recording).mend)
	s.servers()
	for n := 1; n < s.best.Config.People && !s.try(func(c *Recording) { c.Config.People = n }); n++ {
	}
	s.cut()
}

// servers leaves out some: early, while much can still go wrong in many ways, and late.
func (s *shrinker) servers() {
	for n := 1; n < s.best.Config.Servers && !s.try(func(c *Recording) { c.Config.Servers = n }); n++ {
	}
}

// cut ends the run where the invariant breaks. One that breaks in the calm at the end
// has to come to that first, and may come to it earlier.
func (s *shrinker) cut() {
	s.try(func(c *Recording) { c.Config.Steps = c.Step })
	for _, part := range []int{8, 4, 2} {
		if at := s.best.Config.Calm; at < s.best.Step {
			s.try(func(c *Recording) {
				c.Config.Calm = max(1, at/part)
				c.Config.Steps = c.Config.Calm + s.best.Step - at
			})
		}
	}
}

// try has a smaller run, and keeps it if it breaks the same invariant.
func (s *shrinker) try(change func(c *Recording)) bool {
	if s.over() {
		return false
	}
	c := &Recording{Config: s.best.Config, Invariant: s.best.Invariant, Step: s.best.Step, began: s.best.began, log: maps.Clone(s.best.log)}
	change(c)
	_, again := c.again(c.Config)
	if again.Invariant != s.best.Invariant {
		return false
	}
	again.Commit = s.best.Commit
	again.Config.Steps = min(again.Config.Steps, again.Step)
	s.best = again
	return true
}

// reduce leaves out items, half of them at a time, then a quarter, down to each alone.
func reduce[T any](s *shrinker, list func(*Recording) []T, out func(c *Recording, items []T)) {
	for size := len(list(s.best)); size > 0; size /= 2 {
		for at := 0; !s.over(); {
			items := list(s.best)
			if at >= len(items) {
				break
			}
			end := min(at+size, len(items))
			if !s.try(func(c *Recording) { out(c, items[at:end]) }) || len(list(s.best)) >= len(items) {
				at = end
			}
		}
	}
}

// weight is what shrinking makes less of: every draw that is not zero, and every step.
func (r *Recording) weight() int {
	n := r.Step + r.Config.Servers + r.Config.People
	for _, drawn := range r.log {
		for _, v := range drawn {
			if v > 0 {
				n++
			}
		}
	}
	return n
}

// Actions is how many things actors do in the run.
func (r *Recording) Actions() int { return len(r.turns()) }

// actors are those who do something.
func (r *Recording) actors() (names []string) {
	for _, s := range slices.Sorted(maps.Keys(r.log)) {
		if name, ok := strings.CutPrefix(string(s), "actor/"); ok && !strings.Contains(name, "/") && len(r.ids(name)) > 0 {
			names = append(names, name)
		}
	}
	return names
}

// ids are the turns of an actor; behind a zero there is none.
func (r *Recording) ids(name string) []uint64 {
	ids := r.log[whole(name)]
	if i := slices.Index(ids, 0); i >= 0 {
		return ids[:i]
	}
	return ids
}

// done is a turn of an actor by its names.
type done struct {
	name string
	id   uint64
}

func (r *Recording) turns() (all []done) {
	for _, name := range r.actors() {
		for _, id := range r.ids(name) {
			all = append(all, done{name, id})
		}
	}
	return all
}

// leave takes turns out, with all that was drawn in them.
func (r *Recording) leave(out []done) {
	for _, d := range out {
		s := whole(d.name)
		r.log[s] = slices.DeleteFunc(slices.Clone(r.log[s]), func(id uint64) bool { return id == d.id })
		own := string(stream(d.name, d.id))
		maps.DeleteFunc(r.log, func(s coro.Stream, _ []uint64) bool {
			return string(s) == own || strings.HasPrefix(string(s), own+"/")
		})
	}
}

// idle takes turns out and lets the next of the actor begin when it did.
func (r *Recording) idle(out []done) {
	for _, name := range r.actors() {
		gone := time.Duration(-1) // when the first of those that are left out began
		for _, id := range r.ids(name) {
			own := stream(name, id)
			began, ok := r.began[own]
			switch {
			case !ok: // the run ends before
			case slices.Contains(out, done{name, id}):
				if gone < 0 {
					gone = began
				}
			case gone >= 0:
				var waits uint64
				if was := r.log[own+pauses]; len(was) > 0 {
					waits = was[0]
				}
				r.log[own+pauses] = []uint64{waits + uint64(began-gone)}
				gone = -1
			}
		}
	}
	r.leave(out)
}

// stream is the one of a turn.
func stream(name string, id uint64) coro.Stream {
	return whole(name) + coro.Stream("/"+strconv.FormatUint(id, 36))
}

// mend makes draws zero: no fault, the first choice.
func (r *Recording) mend(out []hit) {
	for _, h := range out {
		if drawn := r.log[h.stream]; h.at < len(drawn) {
			drawn = slices.Clone(drawn)
			drawn[h.at] = 0
			r.log[h.stream] = drawn
		}
	}
}

// calm takes all faults out.
func (r *Recording) calm() {
	maps.DeleteFunc(r.log, func(s coro.Stream, _ []uint64) bool {
		return s == coro.Faults || strings.HasSuffix(string(s), "/"+string(coro.Faults))
	})
}

// inOrder lets tasks run in their order.
func (r *Recording) inOrder() {
	r.Config.Strategy = coro.FIFO()
	delete(r.log, coro.Schedule)
}

// delays are the streams of what comes late.
func (r *Recording) delays() (all []coro.Stream) {
	for _, s := range slices.Sorted(maps.Keys(r.log)) {
		if late := s == coro.Latency || strings.HasSuffix(string(s), "/"+string(coro.Latency)); late && nonzero(r.log[s]) {
			all = append(all, s)
		}
	}
	return all
}

// choices are what actors drew in their turns, but for what was the first choice.
func (r *Recording) choices() (all []hit) {
	for _, d := range r.turns() {
		own := stream(d.name, d.id)
		for _, s := range []coro.Stream{own + pauses, own} {
			for i, v := range r.log[s] {
				if v > 0 {
					all = append(all, hit{s, i})
				}
			}
		}
	}
	return all
}

func nonzero(drawn []uint64) bool {
	return slices.ContainsFunc(drawn, func(v uint64) bool { return v > 0 })
}
