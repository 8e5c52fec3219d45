package coro

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/axess-go/axess/internal/sched"
)

// ErrCrashed answers every wait and every port of a node that has crashed. It is never
// worth another try.
var ErrCrashed = errors.New("coro: the node has crashed")

// Start is when time begins, unless a configuration says otherwise (SIM-011).
var Start = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// Config makes a [World].
type Config struct {
	// Source decides. Required.
	Source Source
	// Strategy says who goes next. Zero: [Uniform].
	Strategy Strategy
	// Start is when time begins; zero: [Start].
	Start time.Time
	// After is called after each step, outside every task; nil: nothing. What it
	// reports with [World.Report] ends the run.
	After func()
	// Checked compares goroutines at every switch, so that a library that calls a port
	// from one of its own is found. It costs a microsecond a switch.
	Checked bool
	// Keep is how many lines of the trace are kept for a report. Zero: 40.
	Keep int
	// Trace, unless nil, is told every line.
	Trace func(line string)
}

// World runs tasks one at a time. It is used from one goroutine.
type World struct {
	cfg      Config
	pick     picker
	now      time.Duration // since the start
	timers   timers
	ready    []*task
	cur      *task
	idle     []*worker
	nodes    []*Node
	serial   uint64
	steps    int
	instant  int // steps since time has moved
	findings []error
	trace    *trace
}

// New makes a world without nodes.
func New(cfg Config) *World {
	if cfg.Start.IsZero() {
		cfg.Start = Start
	}
	if cfg.Keep == 0 {
		cfg.Keep = 40
	}
	w := &World{cfg: cfg, trace: newTrace(cfg.Keep)}
	w.pick = cfg.Strategy.picker(cfg.Source)
	return w
}

// Limits bound a run. Zero fields bound nothing, but for Instant.
type Limits struct {
	// Steps is how many steps the world may have made in all.
	Steps int
	// Until is when the run ends, since the start of the world.
	Until time.Duration
	// Done, unless nil, is asked before each step and ends the run.
	Done func() bool
	// Instant is how many steps may be made while time stands still: a task that asks
	// again and again without a sleep keeps it there. Zero: a million.
	Instant int
}

// Stop says why a run has ended.
type Stop uint8

// The ends of a run.
const (
	Idle   Stop = iota + 1 // nothing can happen any more
	Spent                  // the steps are made, or the time has come
	Broken                 // there is a finding
)

// ErrSpinning is the finding of a world whose time does not move.
var ErrSpinning = errors.New("coro: no task sleeps or ends, and time stands still")

// Run makes steps until a limit, a finding, or until nothing can happen.
func (w *World) Run(l Limits) Stop {
	if l.Instant == 0 {
		l.Instant = 1_000_000
	}
	for {
		var stop Stop
		// A task that leaves by runtime.Goexit takes the goroutine with it that has
		// resumed it: the world goes on from another one.
		done := make(chan struct{})
		go func() { //axess:allow L07 the loop of the simulator, joined at once
			defer close(done)
			stop = w.loop(l)
		}()
		<-done //axess:allow L07 the simulation itself waits
		if stop != 0 {
			return stop
		}
		w.exited()
	}
}

// exited buries the task that left with the goroutine of the loop.
func (w *World) exited() {
	t := w.cur
	w.cur = nil
	if t == nil {
		panic("coro: the loop has ended without a task") // After has, which is the driver's fault
	}
	t.ended, t.worker.gone = true, true
	if !t.node.dead {
		w.finding(&sched.PanicError{Name: t.String(), Value: sched.ErrExited})
	}
}

func (w *World) loop(l Limits) Stop {
	for {
		switch {
		case len(w.findings) > 0:
			return Broken
		case l.Steps > 0 && w.steps >= l.Steps, l.Done != nil && l.Done():
			return Spent
		case len(w.ready) > 0:
		case !w.advance(l.Until):
			if len(w.timers) > 0 {
				return Spent
			}
			return Idle
		default:
			continue
		}
		i := w.pick.pick(w.ready, w.steps)
		if i < 0 {
			if !w.advance(l.Until) {
				return Spent
			}
			continue
		}
		t := w.ready[i]
		copy(w.ready[i:], w.ready[i+1:])
		w.ready = w.ready[:len(w.ready)-1]
		w.resume(t)
		w.steps++
		if w.instant++; w.instant > l.Instant {
			w.finding(fmt.Errorf("%w: %s", ErrSpinning, t))
		}
		if w.cfg.After != nil {
			w.cfg.After()
		}
	}
}

// resume runs a task to its next switch point.
func (w *World) resume(t *task) {
	if t.worker == nil {
		if n := len(w.idle); n > 0 {
			t.worker, w.idle = w.idle[n-1], w.idle[:n-1]
		} else {
			t.worker = w.newWorker()
		}
		t.worker.task = t
	}
	w.cur = t
	t.worker.next()
	w.cur = nil
	switch {
	case t.ended:
		w.idle = append(w.idle, t.worker)
		t.node.forget(t)
	case t.parked == nil:
		w.runnable(t)
	}
}

// runnable puts a task where it is picked from, or has it held if its node is frozen.
func (w *World) runnable(t *task) {
	if t.node.frozen {
		t.node.held = append(t.node.held, t)
		return
	}
	w.ready = append(w.ready, t)
}

// Switch lets another task go on, or this one. Outside a task, and in a node that has
// crashed, it returns at once.
func (w *World) Switch() {
	t := w.cur
	if t == nil {
		return
	}
	if t.node.dead {
		t.node.struggle(t)
		return
	}
	w.check(t)
	t.worker.yield(struct{}{})
}

// check finds a goroutine that is not the task's.
func (w *World) check(t *task) {
	if w.cfg.Checked && goroutine() != t.worker.gid {
		panic(fmt.Sprintf("coro: a goroutine that is not %s's waits or calls a port in its place", t))
	}
}

// advance moves time to what is due next, unless that lies behind the limit.
func (w *World) advance(until time.Duration) bool {
	if len(w.timers) == 0 || until > 0 && w.timers[0].at > until {
		return false
	}
	tm := w.timers.next(w.cfg.Source)
	if tm.at > w.now {
		w.now, w.instant = tm.at, 0
	}
	tm.f()
	return true
}

// Elapsed is how much time has passed since the start.
func (w *World) Elapsed() time.Duration { return w.now }

// Time is the true time, which no node knows.
func (w *World) Time() time.Time { return w.cfg.Start.Add(w.now) }

// Steps is how many steps have been made.
func (w *World) Steps() int { return w.steps }

// Context is that of the running task; nil outside every task.
func (w *World) Context() context.Context {
	if w.cur == nil {
		return nil
	}
	return w.cur.ctx
}

// Running is the number of the running task; zero outside every task.
func (w *World) Running() uint64 {
	if w.cur == nil {
		return 0
	}
	return w.cur.id
}

// Task is what the running task is called; empty outside every task.
func (w *World) Task() string {
	if w.cur == nil {
		return ""
	}
	return w.cur.name
}

// Source decides.
func (w *World) Source() Source { return w.cfg.Source }

// Report notes something that must not be; the run ends with the step.
func (w *World) Report(err error) { w.finding(err) }

func (w *World) finding(err error) { w.findings = append(w.findings, err) }

// Findings are what was reported, in order.
func (w *World) Findings() []error { return w.findings }

// Close ends all tasks and returns the names of those that had not ended. The world
// is of no use then.
func (w *World) Close() (left []string) {
	for _, n := range slices.Clone(w.nodes) {
		for _, t := range n.tasks {
			left = append(left, t.String())
		}
		w.Crash(n)
	}
	for _, k := range w.idle {
		k.stop()
	}
	w.idle, w.timers = nil, nil
	return left
}

// kill unwinds the tasks of a node. Each runs to its end without another switch; one
// that goes on for ever leaves by runtime.Goexit, for which it gets a goroutine.
func (w *World) kill(n *Node) {
	kept := w.ready[:0]
	for _, t := range w.ready {
		if t.node != n {
			kept = append(kept, t)
		}
	}
	clear(w.ready[len(kept):])
	w.ready, n.held, n.frozen = kept, nil, false
	w.timers.drop(n)
	tasks := n.tasks
	n.tasks = nil
	before := w.cur
	for _, t := range tasks {
		if t.worker == nil || t.ended {
			continue // what has not begun never does
		}
		w.cur = t
		done := make(chan struct{})
		go func() { //axess:allow L07 joined at once
			defer close(done)
			t.worker.stop()
		}()
		<-done //axess:allow L07 the simulation itself waits
		t.ended, t.worker.gone = true, true
	}
	w.cur = before
}

// goroutine is the number of the calling goroutine, as its trace begins.
func goroutine() (id uint64) {
	var b [40]byte
	for _, c := range b[len("goroutine "):runtime.Stack(b[:], false)] {
		if c < '0' || c > '9' {
			break
		}
		id = id*10 + uint64(c-'0')
	}
	return id
}

// background is the context of what belongs to no request.
func background() context.Context { return context.Background() }
