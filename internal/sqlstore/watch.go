package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/ending"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// What ended is told in this process by the hub, right after the commit. A database
// that several processes share keeps it in a table as well, written in the commit
// that ends something, which every process that has a watch reads once a second
// (STO-028), and at once where one can call another.
const (
	insertRevocation = `INSERT INTO axess_revocations (kind, tenant_id, id, at) VALUES (?, ?, ?, ?)`

	selectNewest = `SELECT COALESCE(MAX(seq), 0) FROM axess_revocations`

	selectRevocations = `SELECT seq, kind, tenant_id, id FROM axess_revocations WHERE seq > ? ORDER BY seq LIMIT ?`

	selectStale = `SELECT seq FROM axess_revocations WHERE seq <= ? AND at < ? ORDER BY seq LIMIT ?`

	selectOldestSeq = `SELECT COALESCE(MIN(seq), 0) FROM axess_revocations`

	deleteRevocation = `DELETE FROM axess_revocations WHERE seq = ?`
)

const (
	// pollEvery leaves the rest of a second for the look itself: who watches on a store
	// that does not call hears of an ending within a second (SES-207).
	pollEvery = 750 * time.Millisecond
	// pollOverlap is how long a number counts as new after a higher one was seen:
	// numbers are given out before commits, which come in another order.
	pollOverlap = 5 * time.Second
	// pollBack is how far behind the newest number a transaction that was under way
	// at the beginning of a watch may lie.
	pollBack = 1000
	pollPage = 1000
	// A look for the sake of a call reads at most hintBack numbers anew, and follows
	// the one before by hintGap: of thousands of endings a second each would have its
	// own. What lies farther back is found by the next look of the second.
	hintBack = 200
	hintGap  = 10 * time.Millisecond
	// revocationsKept is how long a row is there for readers that are behind.
	revocationsKept = 24 * time.Hour
)

// Watch implements [session.Store].
func (s sessions) Watch(ctx context.Context) (session.Watch, error) {
	const verb = "watch"
	if err := s.b.ready(verb); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, s.b.lost(ctx, verb)
	}
	local := s.b.hub.Watch()
	if !s.b.info.Shared {
		return local, nil
	}
	w := &reader{b: s.b, local: local, seen: map[uint64]bool{}}
	if err := w.begin(ctx); err != nil {
		_ = local.Close() // it only forgets
		return nil, err
	}
	s.b.ear.join() //nolint:contextcheck // it lives as long as the watch
	return w, nil
}

// tell notes that the transaction under way ends a login; none is nothing.
func (l *lane) tell(login identity.LoginID) {
	if !login.IsZero() {
		l.ended = append(l.ended, session.Ending{Login: login})
	}
}

// noteEnded writes down what the transaction ends, at its very end: the sooner the
// commit follows the number, the less they come in another order.
func (b *Backend) noteEnded(ctx context.Context, l *lane) error {
	if !b.info.Shared {
		return nil
	}
	at := micro(b.clock.Now())
	for _, e := range l.ended {
		sub := e.Scope.Subject()
		args := []any{int64(e.Scope.Kind()), sub.Tenant, sub.User, at}
		if !e.Login.IsZero() {
			args = []any{int64(0), identity.TenantID{}, e.Login, at}
		}
		if _, err := l.exec(ctx, insertRevocation, args...); err != nil {
			return err
		}
	}
	return nil
}

// reader is the watch of a database that others write to as well. One task has it
// at a time.
type reader struct {
	b     *Backend
	local *ending.Watch
	due   time.Duration // of the next whole reading, on the monotonic clock
	last  time.Duration // of the last reading
	call  bool          // somebody has called since
	low   uint64        // below and at it, everything has been told
	seen  map[uint64]bool
	marks []mark

	closing sync.Mutex
	closed  bool
}

// mark is the highest number that was known at a time.
type mark struct {
	at  time.Duration
	seq uint64
}

// begin takes note of what is there already.
func (w *reader) begin(ctx context.Context) error {
	var newest uint64
	err := w.b.read(ctx, "watch", func(ctx context.Context, l *lane) error {
		return l.scan(ctx, selectNewest, nil, number{&newest})
	})
	if err != nil {
		return err
	}
	if newest > pollBack {
		w.low = newest - pollBack
	}
	_, err = w.poll(ctx)
	return err
}

// Next implements [session.Watch].
func (w *reader) Next(ctx context.Context) ([]session.Ending, error) {
	for {
		if ctx.Err() != nil {
			return nil, w.b.lost(ctx, "watch")
		}
		left := w.left()
		if left <= 0 {
			ended, err := w.poll(ctx)
			if err != nil || len(ended) > 0 {
				return ended, err
			}
			left = w.left()
		}
		bounded, cancel := clock.WithTimeout(ctx, w.b.clock, left)
		ended, err := w.local.Next(bounded)
		waited := bounded.Err() != nil
		cancel()
		switch {
		case err == nil && len(ended) == 0:
			w.call = true
		case err == nil || !waited:
			return ended, err
		}
	}
}

// left is how long it takes until the next reading.
func (w *reader) left() time.Duration {
	at := w.due
	if w.call {
		at = min(at, w.last+hintGap)
	}
	return at - w.b.clock.Mono()
}

// Close implements [session.Watch].
func (w *reader) Close() error {
	w.closing.Lock()
	again := w.closed
	w.closed = true
	w.closing.Unlock()
	if again {
		return nil
	}
	return errors.Join(w.local.Close(), w.b.ear.leave())
}

// poll reads what is new: whatever has a number above those that were known for
// longer than the overlap, and was not seen before; between two such readings, for
// the sake of a call, the last of them.
func (w *reader) poll(ctx context.Context) ([]session.Ending, error) {
	now := w.b.clock.Mono()
	whole := now >= w.due
	w.last, w.call = now, false
	for len(w.marks) > 0 && now-w.marks[0].at >= pollOverlap {
		w.low = max(w.low, w.marks[0].seq)
		w.marks = w.marks[1:]
	}
	for seq := range w.seen {
		if seq <= w.low {
			delete(w.seen, seq)
		}
	}
	var ended []session.Ending
	from := w.low
	if n := len(w.marks); !whole && n > 0 && w.marks[n-1].seq > from+hintBack {
		from = w.marks[n-1].seq - hintBack
	}
	for {
		page, err := list(ctx, w.b, "watch", selectRevocations, []any{from, pollPage}, func(r *revocation) []any {
			return []any{number{&r.seq}, &r.kind, &r.tenant, &r.id}
		})
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			from = r.seq
			if w.seen[r.seq] {
				continue
			}
			e, err := r.ending()
			if err != nil {
				return nil, w.b.failed("watch", err)
			}
			w.seen[r.seq], ended = true, append(ended, e)
		}
		if len(page) < pollPage {
			break
		}
	}
	if len(w.marks) == 0 || from > w.marks[len(w.marks)-1].seq {
		w.marks = append(w.marks, mark{now, from})
	}
	if whole {
		w.due = now + pollEvery
	}
	return ended, nil
}

// revocation is one row.
type revocation struct {
	seq    uint64
	kind   int64
	tenant identity.TenantID
	id     identity.UserID
}

func (r revocation) ending() (session.Ending, error) {
	sub := identity.Subject{Tenant: r.tenant, User: r.id}
	switch r.kind {
	case 0:
		return session.Ending{Login: identity.FromBytes[identity.LoginID](r.id.Bytes())}, nil
	case int64(identity.ScopeGlobal):
		return session.Ending{Scope: identity.GlobalScope()}, nil
	case int64(identity.ScopeTenant):
		return session.Ending{Scope: identity.TenantScope(sub.Tenant)}, nil
	case int64(identity.ScopeUser):
		return session.Ending{Scope: identity.UserScope(sub)}, nil
	}
	return session.Ending{}, fmt.Errorf("a revocation of kind %d: %w", r.kind, store.ErrCorrupt)
}

// sweepRevocations removes what everybody has read, oldest first. It stops at the
// first row that is kept, so it looks at no more than it removes.
func (b *Backend) sweepRevocations(ctx context.Context, now time.Time, limit int) error {
	if !b.info.Shared {
		return nil
	}
	const verb = "sweep"
	var oldest uint64
	err := b.read(ctx, verb, func(ctx context.Context, l *lane) error {
		return l.scan(ctx, selectOldestSeq, nil, number{&oldest})
	})
	if err != nil || oldest == 0 {
		return err
	}
	stale, err := list(ctx, b, verb, selectStale, []any{oldest + uint64(limit), micro(now.Add(-revocationsKept)), limit},
		func(seq *uint64) []any { return []any{number{seq}} })
	if err != nil || len(stale) == 0 {
		return err
	}
	return b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		for _, seq := range stale {
			if _, err := l.exec(ctx, deleteRevocation, int64(seq)); err != nil {
				return err
			}
		}
		return nil
	})
}
