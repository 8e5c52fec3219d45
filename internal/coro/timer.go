package coro

import (
	"container/heap"
	"runtime"
	"slices"
	"time"
)

// timer is something that is due.
type timer struct {
	at    time.Duration
	seq   uint64
	node  *Node
	f     func() // runs outside every task
	index int    // in the heap; negative when it is out
}

// Stop implements clock.Timer.
func (t *timer) Stop() bool {
	if t.index < 0 {
		return false
	}
	heap.Remove(&t.node.w.timers, t.index)
	return true
}

func (t *timer) stop() { t.Stop() }

// timers are ordered by when they are due, and then by when they were set.
type timers []*timer

func (h *timers) add(n *Node, at time.Duration, f func()) *timer {
	n.w.serial++
	t := &timer{at: at, seq: n.w.serial, node: n, f: f}
	heap.Push(h, t)
	return t
}

// next takes what is due first; of several one is drawn.
func (h *timers) next(src Source) *timer {
	first := h.take()
	if len(*h) == 0 || (*h)[0].at != first.at {
		return first
	}
	due := []*timer{first}
	for len(*h) > 0 && (*h)[0].at == first.at {
		due = append(due, h.take())
	}
	i := int(src.Draw(Schedule, uint64(len(due))))
	for j, t := range due {
		if j != i {
			heap.Push(h, t)
		}
	}
	return due[i]
}

func (h *timers) take() *timer { return heap.Pop(h).(*timer) } //nolint:errcheck // add alone pushes

// drop forgets what the dead have set.
func (h *timers) drop(n *Node) {
	*h = slices.DeleteFunc(*h, func(t *timer) bool {
		if t.node == n {
			t.index = -1
		}
		return t.node == n
	})
	for i, t := range *h {
		t.index = i
	}
	heap.Init(h)
}

// Len implements heap.Interface, as do the next four.
func (h timers) Len() int { return len(h) }

func (h timers) Less(i, j int) bool {
	if h[i].at != h[j].at {
		return h[i].at < h[j].at
	}
	return h[i].seq < h[j].seq
}

func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *timers) Push(x any) {
	t := x.(*timer) //nolint:errcheck // add alone pushes
	t.index = len(*h)
	*h = append(*h, t)
}

// Pop implements heap.Interface.
func (h *timers) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last], *h = nil, (*h)[:last]
	t.index = -1
	return t
}

// exit ends the task that calls it, through every recover.
func exit() { runtime.Goexit() } //axess:allow L07 it is the simulation that ends the task
