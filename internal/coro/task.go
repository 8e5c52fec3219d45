package coro

import (
	"context"
	"fmt"
	"iter"
	"runtime/debug"

	"github.com/axess-go/axess/internal/sched"
)

// task is a function that runs until it switches.
type task struct {
	id     uint64
	name   string
	node   *Node
	ctx    context.Context
	fn     func(context.Context)
	worker *worker // nil until it has run
	parked *waiter // what it waits for; nil while it can run
	rank   uint64  // of PCT: the highest goes first
	ended  bool
}

func (t *task) String() string { return fmt.Sprintf("%s/%s#%d", t.node.name, t.name, t.id) }

// worker is a coroutine that runs one task after another: making one costs more than
// a task does.
type worker struct {
	task  *task
	yield func(struct{}) bool
	next  func() (struct{}, bool)
	stop  func()
	gid   uint64 // of the goroutine that it lives on
	gone  bool
}

func (w *World) newWorker() *worker {
	k := &worker{}
	k.next, k.stop = iter.Pull(func(yield func(struct{}) bool) {
		k.yield = yield
		k.gid = goroutine()
		for {
			w.exec(k.task)
			k.task = nil
			if !yield(struct{}{}) {
				return
			}
		}
	})
	return k
}

// exec runs a task to its end. What it throws is a finding, and the others go on.
func (w *World) exec(t *task) {
	defer func() {
		t.ended = true
		if v := recover(); v != nil {
			w.panicked(t, v, debug.Stack())
		}
	}()
	t.fn(t.ctx)
}

func (w *World) panicked(t *task, v any, stack []byte) {
	if t.node.dead {
		return // it died badly; nobody saw it
	}
	w.finding(&sched.PanicError{Name: t.String(), Value: v, Stack: stack})
}
