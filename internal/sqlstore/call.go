package sqlstore

import (
	"context"
	"errors"
	"sync"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
)

// caller tells the other processes of a database that something has ended, where the
// database can: they would find it within a second anyway, so what fails here is
// nobody's error (SES-207).
//
// It calls after the commit and not in it. PostgreSQL writes transactions that call
// to the disk one after the other: with 64 sign-outs at once and 2 ms for each
// write, 300 a second instead of 12,000. And what ends while a call is under way
// shares the next.
type caller struct {
	b *Backend

	mu     sync.Mutex
	ctx    context.Context //nolint:containedctx // of the backend's life, not of a verb's
	end    context.CancelCauseFunc
	again  bool // something has ended since the last call began
	task   *sched.Task
	closed bool
}

func newCaller(b *Backend) *caller {
	c := &caller{b: b}
	c.ctx, c.end = b.clock.WithCancel(context.Background())
	return c
}

// out makes a call as soon as it can, without waiting for it.
func (c *caller) out() {
	if c.b.dialect.Call == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.again = true; c.task == nil && !c.closed {
		c.task = c.b.sched.Go(c.ctx, c.b.dialect.Name+".call", func(ctx context.Context) error {
			for c.more() {
				_ = c.b.call(ctx)
			}
			return nil
		})
	}
}

func (c *caller) more() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.again {
		c.task = nil
		return false
	}
	c.again = false
	return true
}

// close ends what is under way. What has not been called is found by looking.
func (c *caller) close(ctx context.Context) error {
	c.mu.Lock()
	task := c.task
	c.closed, c.again = true, false
	c.mu.Unlock()
	c.end(errors.New("closed"))
	if task == nil {
		return nil
	}
	return task.Wait(ctx)
}

// call makes one call. It writes nothing, and those who write may be many.
func (b *Backend) call(ctx context.Context) error {
	bounded, cancel := clock.WithTimeout(ctx, b.clock, checkTime)
	defer cancel()
	return b.read(bounded, "call", func(ctx context.Context, l *lane) error {
		_, err := l.exec(ctx, b.dialect.Call)
		return err
	})
}
