package sim

import (
	"context"
	"strings"
	"time"

	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/store/storetest/fault"
)

// reach counts that something befell a verb, or nothing in particular (SIM-093).
func (w *World) reach(kind, verb string) {
	w.ghost.counts.Faults++
	if verb != "" {
		kind += " " + verb
	}
	w.ghost.reached[kind]++
}

// oneOf draws which of several things happens, each so many times in a million; -1 is
// none of them.
func (w *World) oneOf(s coro.Stream, rates ...int) int {
	sum := 0
	for _, r := range rates {
		sum += r
	}
	if sum == 0 {
		return -1
	}
	left := int(million - 1 - w.src.Draw(s, million)) // zero is the tamest draw
	for i, r := range rates {
		if left < r {
			w.src.hit(s)
			return i
		}
		left -= r
	}
	return -1
}

// what befalls a call.
const (
	callFails = iota
	callLosesAnswer
	callArrivesTwice
	callKillsBefore
	callKillsAfter
)

// befall is what happens to the calls of a server: each is a switch point before the
// effect and one before the return (SIM-005).
func (s *server) befall(node *coro.Node) fault.Plan {
	w := s.w
	return func(c fault.Call) fault.Injection {
		if w.cfg.stage != nil {
			w.cfg.stage.calls(w.coro.Context(), c)
		}
		what := fault.Injection{Kept: true, Leave: node.Leave}
		outcome := ""
		f := &w.cfg.Faults
		dies := false
		if !w.quiet {
			befalls := w.oneOf(coro.Faults, f.Fail, f.LostAck, f.Twice, f.CrashPoint/2, f.CrashPoint-f.CrashPoint/2)
			if w.bout != nil {
				befalls = w.bout.meets(c).call()
			}
			switch befalls {
			case callFails:
				what.Before, outcome = fault.ErrLost, "fail"
			case callLosesAnswer:
				what.After, outcome = fault.ErrLost, "lostack"
			case callArrivesTwice:
				what.Twice, outcome = true, "dup"
			case callKillsBefore:
				dies, outcome = true, "crashpoint"
			case callKillsAfter:
				what.Leave, outcome = func() error { return s.die(node) }, "crashpoint"
			}
			if p := w.cfg.CrashPoint; p.Verb == c.Verb {
				if w.verbs++; w.verbs == p.N {
					if outcome = "crashpoint"; p.After {
						what.Leave = func() error { return s.die(node) }
					} else {
						dies = true
					}
				}
			}
			if w.place.full > w.coro.Elapsed() && writes(c.Verb) {
				what, outcome, dies = fault.Injection{Before: fault.ErrLost, Leave: node.Leave}, "readonly", false
			}
			if s.cut > w.coro.Elapsed() {
				what, outcome, dies = fault.Injection{Before: fault.ErrLost, Leave: node.Leave}, "partition", false
			}
		}
		if outcome != "" {
			w.reach(outcome, c.Verb)
			if w.bout == nil {
				w.tells(node.Name(), "store", "%s: %s", c.Verb, outcome)
			}
		}
		delay := time.Duration(0)
		if !w.quiet && w.chance(coro.Latency, f.Delay) {
			delay = time.Duration(w.src.Draw(coro.Latency, uint64(stuck)))
			w.reach("delay", c.Verb)
		}
		what.Enter = func(ctx context.Context) error {
			if s.deaf && c.Verb == "watch.Next" {
				return node.NewWaiter("what is never told").Wait(ctx)
			}
			if delay > 0 {
				if err := node.Sleep(ctx, delay); err != nil {
					return err
				}
			}
			err := node.Enter(ctx)
			node.Trace(append([]string{c.Verb, outcome}, c.Parts...)...)
			if err == nil && dies {
				err = s.die(node)
			}
			if j := w.place.journal; j != nil && err == nil {
				j.unsure = outcome == "lostack"
			}
			return err
		}
		return what
	}
}

// writes says that a verb changes what a store holds, and so is refused by one that can
// only be read.
func writes(verb string) bool {
	_, name, _ := strings.Cut(verb, ".")
	switch name {
	case "Append", "Apply", "Clear", "Commit", "Create", "Defer", "Delete", "Done", "Lease", "Put", "PutIfAbsent", "Raise", "Record",
		"Release", "Remove", "Reseal", "Reserve", "Rotate", "Swap", "Sweep", "Take", "Touch", "Update":
		return true
	}
	return false
}

// die ends the life of the server in the middle of what the calling task does.
func (s *server) die(node *coro.Node) error {
	s.w.outside.Go(context.Background(), "crashpoint", func(context.Context) { s.crashed(node) })
	return node.NewWaiter("its end").Wait(context.Background())
}

// crashed ends a life, if it has not ended.
func (s *server) crashed(node *coro.Node) {
	if s.node == node {
		s.crash()
	}
}

// what befalls a server while it has a request.
const (
	serverCrashes = iota
	serverIsCutOff
	serverPauses
	serverJumps
	serverGoesBack
	storeIsFull
	storeFailsOver
	releaseIsRolledOut
	rowsAreEdited
)

// How long and how far.
const (
	stuck   = 30 * time.Second // a call of the store
	cutOff  = time.Minute
	paused  = time.Minute
	full    = time.Minute // nothing can be written
	jumped  = 5 * time.Minute
	setBack = 90 * time.Second
)

// mishap is what happens to a server that has got a request.
func (s *server) mishap(node *coro.Node) {
	w := s.w
	if w.quiet {
		return
	}
	f := &w.cfg.Faults
	failover := f.Failover
	if w.place.persona != Valkey {
		failover = 0
	}
	upTo := func(d time.Duration) time.Duration { return time.Duration(w.src.Draw(coro.Faults, uint64(d))) }
	kind := ""
	switch w.oneOf(coro.Faults, f.Crash, f.Partition, f.Pause, f.Jump, f.Back, f.ReadOnly, failover, f.Deploy, f.Tamper) {
	case serverCrashes:
		kind = "crash"
		at, steps := upTo(time.Second), w.pick(coro.Faults, 40)
		w.outside.Go(context.Background(), "crash", func(ctx context.Context) {
			if at&1 == 0 {
				w.outside.Sleep(ctx, at) //nolint:errcheck // only time
			}
			for range steps {
				w.coro.Switch()
			}
			if !w.quiet {
				s.crashed(node)
			}
		})
	case serverIsCutOff:
		kind = "partition"
		s.cut = w.coro.Elapsed() + time.Second + upTo(cutOff)
	case serverPauses:
		kind = "pause"
		node.Freeze()
		for_ := time.Second + upTo(paused)
		w.outside.Go(context.Background(), "thaw", func(ctx context.Context) {
			w.outside.Sleep(ctx, for_) //nolint:errcheck // only time
			node.Thaw()
		})
	case serverJumps:
		kind = "jump"
		s.set(node, time.Duration(w.around(int64(jumped))))
	case serverGoesBack:
		kind = "back"
		s.set(node, -upTo(setBack))
	case storeIsFull:
		if w.coro.Elapsed() < w.place.full+full {
			return // or nobody's activity is written down for as long as a login may be idle
		}
		kind = "readonly"
		w.place.full = w.coro.Elapsed() + time.Second + upTo(full)
	case storeFailsOver:
		kind = "failover"
		lost := w.place.failover()
		w.tell("store", "fails over and loses %d writes", lost)
	case releaseIsRolledOut:
		if w.deploying {
			return
		}
		kind = "deploy"
		w.deploying = true
		w.outside.Go(context.Background(), "deploy", w.deploy)
	case rowsAreEdited:
		kind = "tamper"
		if w.pick(coro.Faults, 3) == 2 {
			w.forge(context.Background())
		} else {
			w.tamper()
		}
	default:
		return
	}
	w.reach(kind, "")
	w.tell(node.Name(), "%s", kind)
}

// set puts the clock of a server so far from where it was when its life began.
func (s *server) set(node *coro.Node, ahead time.Duration) {
	node.Jump(ahead - s.ahead)
	s.ahead = ahead
	s.settings = append(s.settings, setting{s.w.coro.Elapsed(), ahead})
}

// setting is a clock that was set.
type setting struct{ at, ahead time.Duration }

// wasAhead is by how much at most and at least a clock was set ahead in a while.
func (s *server) wasAhead(from, until time.Duration) (most, least time.Duration) {
	var before time.Duration
	for _, c := range s.settings {
		switch {
		case c.at < from:
			before, most, least = c.ahead, 0, 0
		case c.at <= until:
			most, least = max(most, c.ahead-before), min(least, c.ahead-before)
		}
	}
	return before + most, before + least
}

// apart says that what one server wrote at a time may be more in the future of another
// now than clocks may differ: it is not believed then, for good reason (SES-230).
func (w *World) apart(wrote, now time.Duration) bool {
	const about = 15 * time.Second // a request, and the skew that clocks have anyway
	var most, least time.Duration
	for _, s := range w.servers {
		high, _ := s.wasAhead(wrote-about, wrote+about)
		_, low := s.wasAhead(now-about, now)
		most, least = max(most, high), min(least, low)
	}
	return most-least-(now-wrote) > 5*time.Minute-about
}

// calm ends the faults: what was begun must come to its end now, clocks are right again
// but for their skew, and nobody is cut off (SIM-041).
func (w *World) calm() {
	w.quiet, w.calmed = true, w.coro.Elapsed()
	w.post.out, w.place.full = 0, 0
	for _, s := range w.servers {
		s.cut = 0
		if s.node != nil && !s.node.Dead() {
			s.node.Thaw()
			s.set(s.node, 0)
		}
	}
}
