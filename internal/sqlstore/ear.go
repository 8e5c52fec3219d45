package sqlstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/sched"
)

// ErrDeaf is for a [Dialect.Listen] whose connection does not carry calls, as through
// a pooler that changes servers under it.
var ErrDeaf = errors.New("calls do not arrive on this connection: a pooler may be in between")

const (
	// earQuiet is how long nothing may be heard until it is tried whether anything
	// would be. Of many processes that are quiet the first one's call serves all.
	earQuiet = 30 * time.Second
	// earAgain and earLater bound the time after which a connection is made anew.
	earAgain = time.Second
	earLater = 5 * time.Minute
)

// ear hears the calls of other processes on one connection for all watches of this
// one, while there are any. What is heard is only a reason to look now: whoever
// watches looks once a second in any case.
type ear struct {
	b *Backend

	mu      sync.Mutex
	readers int
	now     *hearing // nil: nobody watches
	closed  bool
}

// hearing is the time from a first watch to a last.
type hearing struct {
	end  context.CancelCauseFunc
	task *sched.Task
	why  error // under the ear's lock: nothing is heard; nil if it is
}

var errStarting = errors.New("not listening yet")

func (e *ear) join() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.readers++
	if e.now != nil || e.closed || e.b.dialect.Listen == nil {
		return
	}
	ctx, end := e.b.clock.WithCancel(context.Background())
	h := &hearing{end: end, why: errStarting}
	h.task = e.b.sched.Go(ctx, e.b.dialect.Name+".listen", func(ctx context.Context) error {
		e.run(ctx, h)
		return nil
	})
	e.now = h
}

// leave waits for the end of the connection with the last watch.
func (e *ear) leave() error {
	e.mu.Lock()
	var last *hearing
	if e.readers--; e.readers == 0 {
		last, e.now = e.now, nil
	}
	e.mu.Unlock()
	return e.finish(last)
}

func (e *ear) close() error {
	e.mu.Lock()
	last := e.now
	e.now, e.closed = nil, true
	e.mu.Unlock()
	return e.finish(last)
}

func (e *ear) finish(h *hearing) error {
	if h == nil {
		return nil
	}
	h.end(errors.New("closed"))
	ctx, cancel := clock.WithTimeout(context.Background(), e.b.clock, closeTime)
	defer cancel()
	return h.task.Wait(ctx)
}

// run listens until ctx ends.
func (e *ear) run(ctx context.Context, h *hearing) {
	for wait := earAgain; ; wait = min(2*wait, earLater) {
		err := e.listen(ctx, h)
		if ctx.Err() != nil {
			return
		}
		switch stood := e.set(h, err); {
		case errors.Is(err, ErrDeaf):
			wait = earLater // whoever put the pooler there has to change it
		case stood:
			wait = earAgain
		}
		if e.b.clock.Sleep(ctx, wait+time.Duration(entropy.Int64n(e.b.entropy, int64(wait)))) != nil {
			return
		}
	}
}

// set notes whether anything is heard, and says whether it was.
func (e *ear) set(h *hearing, why error) (was bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	was = h.why == nil
	h.why = why
	return was
}

// listen hears from the beginning of a connection to its loss.
func (e *ear) listen(ctx context.Context, h *hearing) error {
	return e.b.dialect.Listen(ctx, e.b.readers.db, func(next func(context.Context) error) error {
		if err := e.echo(ctx, next); err != nil {
			return err
		}
		e.set(h, nil)
		for {
			// At the beginning as well: what was called before is not heard.
			e.b.hub.Hint()
			switch heard, err := e.within(ctx, earQuiet, next); {
			case err != nil:
				return err
			case !heard:
				if err := e.echo(ctx, next); err != nil {
					return err
				}
			}
		}
	})
}

// echo calls from another connection and hears it.
func (e *ear) echo(ctx context.Context, next func(context.Context) error) error {
	if err := e.b.call(ctx); err != nil {
		return err
	}
	heard, err := e.within(ctx, pollEvery, next)
	if err == nil && !heard {
		err = ErrDeaf
	}
	return err
}

// within waits for a call, so long and no longer.
func (e *ear) within(ctx context.Context, d time.Duration, next func(context.Context) error) (heard bool, err error) {
	bounded, cancel := clock.WithTimeout(ctx, e.b.clock, d)
	defer cancel()
	if err = next(bounded); err != nil && bounded.Err() != nil && ctx.Err() == nil {
		return false, nil
	}
	return err == nil, err
}

// about is what the backend says of itself.
func (b *Backend) about() backend.Info {
	info := b.info
	if info.Shared {
		info.Endings = b.ear.about()
	}
	return info
}

// about says how this process learns what others have ended.
func (e *ear) about() string {
	const called, looked = "called", "looked for once a second"
	d := &e.b.dialect
	switch {
	case d.Silent != "":
		return looked + ": " + d.Silent
	case d.Listen == nil:
		return looked
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.now == nil:
		return called + ", and nobody waits"
	case e.now.why != nil:
		return looked + ": " + e.now.why.Error()
	}
	return called
}
