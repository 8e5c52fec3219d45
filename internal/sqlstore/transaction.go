package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// How often and how far apart a transaction is tried (STO-060).
const (
	tries   = 5
	minWait = 5 * time.Millisecond
	maxWait = 250 * time.Millisecond
)

// write runs a transaction. What it does may run more than once, so it begins
// with nothing that an earlier run has left.
func (b *Backend) write(ctx context.Context, verb string, do func(context.Context, *lane) error) error {
	return b.try(ctx, verb, func() error { return b.transact(ctx, b.writers, b.dialect.Begin, do) })
}

// snapshot runs several reads on one state of the database.
func (b *Backend) snapshot(ctx context.Context, verb string, do func(context.Context, *lane) error) error {
	return b.try(ctx, verb, func() error { return b.transact(ctx, b.readers, b.dialect.Snapshot, do) })
}

// read runs one statement.
func (b *Backend) read(ctx context.Context, verb string, do func(context.Context, *lane) error) error {
	return b.try(ctx, verb, func() error { return b.single(ctx, b.readers, do) })
}

// update runs one statement that writes, in its own transaction.
func (b *Backend) update(ctx context.Context, verb string, do func(context.Context, *lane) error) error {
	return b.try(ctx, verb, func() error { return unknown(b.single(ctx, b.writers, do)) })
}

// unknown is for a statement that may have taken effect when its connection ended.
func unknown(err error) error {
	if is(err, Ended) {
		return &fault{Unavailable, err}
	}
	return err
}

func (b *Backend) single(ctx context.Context, p *pool, do func(context.Context, *lane) error) error {
	l, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer p.give(l)
	return do(ctx, l)
}

// transact begins, does and commits. The end of the context stops what is under
// way, but neither the commit nor the rollback: half a transaction must not stay
// open, and a commit that was interrupted would leave its caller guessing
// (SES-077).
func (b *Backend) transact(ctx context.Context, p *pool, begin string, do func(context.Context, *lane) error) error {
	var ended []session.Ending
	err := b.single(ctx, p, func(ctx context.Context, l *lane) error {
		return b.inTransaction(ctx, l, begin, func(ctx context.Context) error {
			l.ended = nil
			err := do(ctx, l)
			if err == nil {
				err = b.noteEnded(ctx, l)
			}
			if err == nil {
				ended = l.ended // also if nobody knows whether it committed
			}
			return err
		})
	})
	if b.hub.Tell(ended...); len(ended) > 0 && b.info.Shared {
		b.caller.out()
	}
	return err
}

func (b *Backend) inTransaction(ctx context.Context, l *lane, begin string, do func(context.Context) error) error {
	guarded := begin == l.d.Begin && l.d.Whole != ""
	if err := opened(ctx, l, begin); err != nil {
		l.broken = l.broken || guarded // it may have begun in part
		return err
	}
	l.broken = true // until the transaction has ended, whatever happens
	err := do(ctx)
	if guarded {
		err = b.whole(ctx, l, err)
	}
	if err == nil {
		err = b.finish(ctx, l, "COMMIT")
	}
	end := err
	if err != nil {
		end = b.finish(ctx, l, "ROLLBACK")
	}
	if end == nil && guarded {
		end = b.finish(ctx, l, l.d.After)
	}
	if end == nil {
		l.broken = false
	}
	return err
}

func opened(ctx context.Context, l *lane, begin string) error {
	for rest := begin; rest != ""; {
		var text string
		text, rest, _ = strings.Cut(rest, "; ")
		if _, err := l.exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// whole asks whether everything so far belongs to one transaction, of which an answer
// of ours or a commit may then speak. A fault speaks for itself.
func (b *Backend) whole(ctx context.Context, l *lane, err error) error {
	var f *fault
	if errors.As(err, &f) {
		return err
	}
	if lost := b.finish(ctx, l, l.d.Whole); lost != nil {
		return lost
	}
	return err
}

// finish ends a transaction. A server on the other side of a network that has broken
// answers never, and every connection would come to wait for it (STO-062).
func (b *Backend) finish(ctx context.Context, l *lane, how string) error {
	ctx = context.WithoutCancel(ctx)
	if l.d.Pooled {
		bounded, cancel := clock.WithTimeout(ctx, b.clock, closeTime)
		defer cancel()
		ctx = bounded
	}
	_, err := l.exec(ctx, how)
	return err
}

// try is repeat for the verbs of the ports: on a schema that is behind they would
// meet tables that they do not know (STO-068).
func (b *Backend) try(ctx context.Context, verb string, once func() error) error {
	if err := b.ready(verb); err != nil {
		return err
	}
	return b.repeat(ctx, verb, once)
}

// repeat tries again what the database has refused for the sake of others.
func (b *Backend) repeat(ctx context.Context, verb string, once func() error) error {
	if ctx.Err() != nil {
		return b.lost(ctx, verb)
	}
	for n := 1; ; n++ {
		err := once()
		if err == nil || !is(err, Retry) && !is(err, Ended) || n == b.dialect.tries() || ctx.Err() != nil {
			return b.answer(ctx, verb, err)
		}
		if b.clock.Sleep(ctx, b.jitter()) != nil {
			return b.lost(ctx, verb)
		}
	}
}

// jitter is drawn anew for each wait, so that those who met do not meet again.
func (b *Backend) jitter() time.Duration {
	return minWait + time.Duration(entropy.Int64n(b.entropy, int64(maxWait-minWait)))
}

// answer names the verb. What is a condition stays one, also when the context
// has ended meanwhile; everything of the driver is store.ErrUnavailable.
func (b *Backend) answer(ctx context.Context, verb string, err error) error {
	var f *fault
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &f):
		return b.failed(verb, err)
	case ctx.Err() != nil:
		return b.lost(ctx, verb)
	}
	return fmt.Errorf("%s: %s: %w: %w", b.dialect.Name, verb, store.ErrUnavailable, f.err)
}

func (b *Backend) lost(ctx context.Context, verb string) error {
	return fmt.Errorf("%s: %s: %w: %w", b.dialect.Name, verb, store.ErrUnavailable, context.Cause(ctx))
}

func (b *Backend) failed(verb string, err error) error {
	return fmt.Errorf("%s: %s: %w", b.dialect.Name, verb, err)
}

func (b *Backend) malformed(verb, what string) error {
	return fmt.Errorf("%s: %s: %s: %w", b.dialect.Name, verb, what, store.ErrBadArgument)
}
