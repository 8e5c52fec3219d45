package memory

import (
	"context"
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Sessions implements [session.Store].
func (s sessions) Sessions(ctx context.Context, sub identity.Subject, after session.Ref, limit int, now time.Time) ([]session.Listed, error) {
	if !sub.Valid() || limit < 1 || limit > portargs.MaxPage || now.IsZero() {
		return nil, malformed("sessions", "subject, limit or time")
	}
	if err := alive(ctx, "sessions"); err != nil {
		return nil, err
	}
	b := s.b
	b.book.RLock()
	live := b.live(sub, b.epochs.of(sub), now, b.peek)
	b.book.RUnlock()
	if !after.IsZero() {
		at := slices.IndexFunc(live, func(e *entry) bool { return e.rec.Ref == after })
		if at < 0 {
			return nil, failed("sessions", store.ErrNotFound)
		}
		live = live[at+1:]
	}
	live = live[:min(limit, len(live))]
	out := make([]session.Listed, len(live))
	for i, e := range live {
		out[i] = session.Listed{Record: e.record(), Seen: micro(e.seen.Load())}
	}
	return out, nil
}

// peek is one entry for reading. The caller holds the book, so a registered
// entry is there; only an update may replace it meanwhile.
func (b *Backend) peek(ref session.Ref) *entry {
	part := &b.sessions[shardOf(ref)]
	part.RLock()
	defer part.RUnlock()
	return part.m[ref]
}
