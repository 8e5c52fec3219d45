package coro

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/internal/virtual"
)

// struggles is how often the tasks of a dead node may call a port or wait before it is
// a finding: a loop that takes no error for an end (SIM-022).
const struggles = 10_000

// ErrStruggles is the finding of a node that is dead and does not end.
var ErrStruggles = errors.New("coro: a task of a crashed node goes on and on")

// Node is one life of a process: a clock, and a place where tasks run. It implements
// clock.Clock and sched.Host, so that whoever is given it as a clock runs in it.
type Node struct {
	w       *World
	name    string
	tasks   []*task // that have not ended, in the order of their start
	dead    bool
	frozen  bool
	held    []*task // that could run, were the node not frozen
	calls   int     // in death
	rate    int64
	offset  time.Duration
	started time.Duration
}

var (
	_ clock.Clock = (*Node)(nil)
	_ sched.Host  = (*Node)(nil)
)

// Node begins a life under a name, which a trace shows.
func (w *World) Node(name string) *Node {
	n := &Node{w: w, name: name, started: w.now}
	w.nodes = append(w.nodes, n)
	return n
}

// Skew lets the clock run fast by so many millionths, and sets it ahead of the true
// time (SIM-011). A negative value is slow, or behind.
func (n *Node) Skew(ppm int64, ahead time.Duration) { n.rate, n.offset = ppm, ahead }

// Jump sets the clock ahead, as an administrator does.
func (n *Node) Jump(d time.Duration) { n.offset += d }

// Name is what the node is called.
func (n *Node) Name() string { return n.name }

// Dead reports that the node has crashed or the world is closed.
func (n *Node) Dead() bool { return n.dead }

// Freeze stops the node where it is: its tasks do not run until [Node.Thaw], while its
// clock goes on, as with a process that is paused and does not know it.
func (n *Node) Freeze() {
	if n.dead || n.frozen {
		return
	}
	n.frozen = true
	w := n.w
	kept := w.ready[:0]
	for _, t := range w.ready {
		if t.node == n {
			n.held = append(n.held, t)
		} else {
			kept = append(kept, t)
		}
	}
	clear(w.ready[len(kept):])
	w.ready = kept
}

// Thaw lets a frozen node go on.
func (n *Node) Thaw() {
	if !n.frozen {
		return
	}
	n.frozen = false
	n.w.ready = append(n.w.ready, n.held...)
	n.held = nil
}

// Frozen reports that the node stands still.
func (n *Node) Frozen() bool { return n.frozen }

// Crash ends a life: its tasks unwind now, without effect. It is not for a task of the
// node itself.
func (w *World) Crash(n *Node) {
	if n.dead {
		return
	}
	if w.cur != nil && w.cur.node == n {
		panic("coro: a node does not crash itself")
	}
	n.dead = true
	w.nodes = slices.DeleteFunc(w.nodes, func(o *Node) bool { return o == n })
	w.kill(n)
}

// struggle counts what a dead task does, and ends it when that does not end.
func (n *Node) struggle(t *task) {
	if n.calls++; n.calls != struggles {
		if n.calls > struggles {
			exit()
		}
		return
	}
	n.w.finding(fmt.Errorf("%w: %s", ErrStruggles, t))
	exit()
}

// Enter is what a port does first: a switch point, and then the error of a node that
// has crashed or of a context that has ended. Only on nil the port takes effect.
func (n *Node) Enter(ctx context.Context) error {
	n.w.Switch()
	if n.dead {
		return ErrCrashed
	}
	return ctx.Err()
}

// Leave is what a port does last: another switch point, behind which the effect stands
// and the caller may not be there to hear of it.
func (n *Node) Leave() error {
	n.w.Switch()
	if n.dead {
		return ErrCrashed
	}
	return nil
}

// Trace adds a line about what the running task does to the chain (SIM-013).
func (n *Node) Trace(parts ...string) { n.w.line(n, parts...) }

// Go implements sched.Host.
func (n *Node) Go(ctx context.Context, name string, fn func(context.Context)) {
	if n.dead {
		return
	}
	w := n.w
	w.serial++
	t := &task{id: w.serial, name: name, node: n, ctx: ctx, fn: fn}
	w.pick.add(t)
	n.tasks = append(n.tasks, t)
	w.runnable(t)
}

// Tasks is how many tasks of the node have not ended.
func (n *Node) Tasks() int { return len(n.tasks) }

// Timers is how many timers the node has set that are not due.
func (n *Node) Timers() int {
	set := 0
	for _, t := range n.w.timers {
		if t.node == n {
			set++
		}
	}
	return set
}

func (n *Node) forget(t *task) {
	if i := slices.Index(n.tasks, t); i >= 0 {
		n.tasks = slices.Delete(n.tasks, i, i+1)
	}
}

// Now implements clock.Clock.
func (n *Node) Now() time.Time {
	return n.w.cfg.Start.Add(n.local(n.w.now) + n.offset).Truncate(time.Microsecond)
}

// Mono implements clock.Clock.
func (n *Node) Mono() time.Duration { return n.local(n.w.now - n.started) }

// local is a span of true time as this clock counts it.
func (n *Node) local(d time.Duration) time.Duration {
	return d + time.Duration(int64(d/1_000_000)*n.rate)
}

// Sleep implements clock.Clock.
func (n *Node) Sleep(ctx context.Context, d time.Duration) error {
	if n.dead {
		return n.crashed()
	}
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	wt := &waiter{node: n, reason: "sleep"}
	tm := n.w.timers.add(n, n.w.now+d, wt.Wake)
	err := wt.Wait(ctx)
	tm.stop()
	return err
}

// AfterFunc implements clock.Clock.
func (n *Node) AfterFunc(d time.Duration, name string, f func()) clock.Timer {
	if n.dead {
		return stopped{}
	}
	return n.w.timers.add(n, n.w.now+max(d, 0), func() {
		n.Go(background(), name, func(context.Context) { f() })
	})
}

// stopped is a timer of the dead.
type stopped struct{}

func (stopped) Stop() bool { return true }

// WithDeadline implements clock.Clock.
func (n *Node) WithDeadline(ctx context.Context, t time.Time) (context.Context, context.CancelFunc) {
	return virtual.WithDeadline(ctx, n.Now(), t, func(d time.Duration, f func()) func() {
		return n.w.timers.add(n, n.w.now+d, f).stop
	})
}

// WithCancel implements clock.Clock.
func (n *Node) WithCancel(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	return virtual.WithCancel(ctx)
}

// NewWaiter implements sched.Host.
func (n *Node) NewWaiter(reason string) sched.Waiter { return &waiter{node: n, reason: reason} }

func (n *Node) crashed() error {
	n.w.Switch()
	return ErrCrashed
}

// waiter parks one task once.
type waiter struct {
	node   *Node
	reason string
	task   *task // that is parked here
	woken  bool
	ended  bool // its context has
}

// Wait implements sched.Waiter.
func (a *waiter) Wait(ctx context.Context) error {
	w := a.node.w
	t := w.cur
	switch {
	case t == nil:
		panic("coro: a wait for " + a.reason + " outside every task")
	case a.node.dead || t.node.dead:
		return a.node.crashed()
	}
	stop, ok := virtual.OnEnd(ctx, func() { a.ended = true; a.release() })
	if !ok {
		panic(fmt.Sprintf("coro: %s waits for %s under a context that no clock of this world has made", t, a.reason))
	}
	w.check(t)
	if !a.woken && !a.ended {
		a.task, t.parked = t, a
	}
	t.worker.yield(struct{}{})
	if a.node.dead || t.node.dead { // the place may be another's, such as a store's
		return ErrCrashed
	}
	stop()
	if a.woken && (ctx.Err() == nil || w.cfg.Source.Draw(Schedule, 2) == 0) {
		return nil
	}
	return ctx.Err()
}

// Wake implements sched.Waiter.
func (a *waiter) Wake() {
	a.woken = true
	a.release()
}

func (a *waiter) release() {
	if t := a.task; t != nil && t.parked == a {
		a.task, t.parked = nil, nil
		if t.node.dead {
			return // the dead wake one another as they go
		}
		a.node.w.runnable(t)
	}
}
