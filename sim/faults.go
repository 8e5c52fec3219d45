package sim

import (
	"context"
	"time"

	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/store/storetest/fault"
)

// Faults are rates, each in a million of what they befall.
type Faults struct {
	Fail    int           // calls of a store that do not reach it
	LostAck int           // calls whose answer is lost
	Twice   int           // calls that arrive twice
	Delay   int           // calls that take up to 30 s
	Crash   int           // requests during which a server dies
	Lost    int           // answers that do not reach the browser
	Skew    time.Duration // how far clocks of servers are off
}

// Light, Default and Heavy are sets of rates (SIM-040).
func Light() Faults {
	return Faults{Fail: 500, LostAck: 500, Twice: 200, Delay: 2000, Crash: 500, Lost: 500, Skew: time.Second}
}

// Default faults.
func Default() Faults {
	return Faults{Fail: 5000, LostAck: 5000, Twice: 2000, Delay: 20_000, Crash: 5000, Lost: 5000, Skew: 2 * time.Second}
}

// Heavy faults.
func Heavy() Faults {
	return Faults{Fail: 30_000, LostAck: 30_000, Twice: 10_000, Delay: 50_000, Crash: 30_000, Lost: 30_000, Skew: 2 * time.Second}
}

// befall is what happens to the calls of a server: each is a switch point before the
// effect and one before the return (SIM-005).
func (s *server) befall(node *coro.Node) fault.Plan {
	w := s.w
	return func(c fault.Call) fault.Injection {
		what := fault.Injection{Leave: node.Leave}
		outcome := ""
		f := w.cfg.Faults
		if !w.quiet && s.up {
			switch {
			case w.chance(coro.Faults, f.Fail):
				what.Before, outcome = fault.ErrLost, "fail"
			case w.chance(coro.Faults, f.LostAck):
				what.After, outcome = fault.ErrLost, "lostack"
			case w.chance(coro.Faults, f.Twice):
				what.Twice, outcome = true, "twice"
			}
		}
		if outcome != "" {
			w.ghost.counts.Faults++
		}
		delay := time.Duration(0)
		if !w.quiet && w.chance(coro.Latency, f.Delay) {
			delay = time.Duration(w.src.Draw(coro.Latency, uint64(30*time.Second)))
		}
		what.Enter = func(ctx context.Context) error {
			if delay > 0 {
				if err := node.Sleep(ctx, delay); err != nil {
					return err
				}
			}
			err := node.Enter(ctx)
			node.Trace(append([]string{c.Verb, outcome}, c.Parts...)...)
			return err
		}
		return what
	}
}
