package clock

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/axess-go/axess/internal/virtual"
)

// Fake is a clock for tests. It stands still until [Fake.Advance] moves it.
// Goroutines may sleep on it while another one advances it. Its contexts end
// when it reaches their deadline and at no other time.
type Fake struct {
	mu     sync.Mutex
	wall   time.Time
	mono   time.Duration
	seq    uint64
	timers []*fakeTimer // by (at, seq): timers of one instant fire in the order they were set
	watch  []*watch
}

type fakeTimer struct {
	c    *Fake
	at   time.Duration // on the mono axis
	seq  uint64
	name string
	f    func()
}

// watch is one caller of Await.
type watch struct {
	name string
	n    int
	met  chan struct{}
}

// Names under which waits of a Fake appear in Pending and Await.
const (
	SleepName    = "sleep"
	DeadlineName = "deadline"
)

// NewFake returns a clock that shows start, in UTC and cut to microseconds.
func NewFake(start time.Time) *Fake {
	return &Fake{wall: start.UTC().Truncate(time.Microsecond)}
}

// Now returns the wall time.
func (c *Fake) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wall.Truncate(time.Microsecond)
}

// Mono returns the sum of all advances.
func (c *Fake) Mono() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mono
}

// Advance moves the clock by d, which must not be negative, and runs everything
// that falls due, in order and on the caller, each with the clock at the instant
// it was due. Calls that become due because of such a call run too. It does not
// wait for goroutines that it woke: see [Fake.Await].
func (c *Fake) Advance(d time.Duration) {
	if d < 0 {
		panic("clock: Advance by a negative duration; use Set to step the wall clock back")
	}
	c.mu.Lock()
	target := c.mono + d
	for len(c.timers) > 0 && c.timers[0].at <= target {
		t := c.timers[0]
		c.timers = slices.Delete(c.timers, 0, 1)
		c.moveTo(t.at)
		c.mu.Unlock()
		t.f()
		c.mu.Lock()
	}
	c.moveTo(target)
	c.mu.Unlock()
}

// moveTo never goes back: a callback may have advanced the clock further.
func (c *Fake) moveTo(at time.Duration) {
	if at > c.mono {
		c.wall = c.wall.Add(at - c.mono)
		c.mono = at
	}
}

// Set steps the wall clock to t, forwards or backwards, as an administrator or
// a time daemon does. Mono, sleeps, timers and deadlines already set do not
// move; use [Fake.Advance] to let time pass.
func (c *Fake) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall = t.UTC().Truncate(time.Microsecond)
}

// Pending returns the names of all sleeps, timers and deadlines that wait, in
// the order in which they fall due.
func (c *Fake) Pending() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := make([]string, len(c.timers))
	for i, t := range c.timers {
		names[i] = t.name
	}
	return names
}

// Await returns when at least n waits of that name are pending; the empty name
// counts all. Tests use it instead of sleeping: it tells that the goroutines
// under test have reached their next wait and the clock may be advanced.
func (c *Fake) Await(ctx context.Context, name string, n int) error {
	w := &watch{name: name, n: n, met: make(chan struct{})}
	c.mu.Lock()
	c.watch = append(c.watch, w)
	c.notify()
	c.mu.Unlock()
	select {
	case <-w.met:
		return nil
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.watch, w); i >= 0 {
		c.watch = slices.Delete(c.watch, i, i+1)
	}
	return fmt.Errorf("clock: await %d of %q: %w", n, name, ctx.Err())
}

// notify releases the watches that are met.
func (c *Fake) notify() {
	c.watch = slices.DeleteFunc(c.watch, func(w *watch) bool {
		n := 0
		for _, t := range c.timers {
			if w.name == "" || w.name == t.name {
				n++
			}
		}
		if n < w.n {
			return false
		}
		close(w.met)
		return true
	})
}

// Sleep waits until the clock has been advanced by d.
func (c *Fake) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	woken := make(chan struct{})
	t := c.AfterFunc(d, SleepName, func() { close(woken) })
	defer t.Stop()
	select {
	case <-woken:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pause lets other goroutines run first.
func (c *Fake) pause(ctx context.Context) error {
	runtime.Gosched()
	return ctx.Err()
}

// AfterFunc runs f on the caller of Advance, never at once: a d of zero or less
// waits for the next Advance, which may be by zero.
func (c *Fake) AfterFunc(d time.Duration, name string, f func()) Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq++
	t := &fakeTimer{c: c, at: c.mono + max(d, 0), seq: c.seq, name: name, f: f}
	i, _ := slices.BinarySearchFunc(c.timers, t, func(a, b *fakeTimer) int {
		if a.at != b.at {
			return int(min(max(a.at-b.at, -1), 1))
		}
		return int(int64(a.seq - b.seq)) // never equal: t is new
	})
	c.timers = slices.Insert(c.timers, i, t)
	c.notify()
	return t
}

// Stop takes the timer off its clock.
func (t *fakeTimer) Stop() bool {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	i := slices.Index(t.c.timers, t)
	if i < 0 {
		return false
	}
	t.c.timers = slices.Delete(t.c.timers, i, i+1)
	return true
}

// WithDeadline returns a context that ends when the clock is advanced to t.
func (c *Fake) WithDeadline(ctx context.Context, t time.Time) (context.Context, context.CancelFunc) {
	return virtual.WithDeadline(ctx, c.Now(), t, func(d time.Duration, f func()) func() {
		timer := c.AfterFunc(d, DeadlineName, f)
		return func() { timer.Stop() }
	})
}

// WithCancel returns a context that ends when cancel is called.
func (c *Fake) WithCancel(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	return virtual.WithCancel(ctx)
}
