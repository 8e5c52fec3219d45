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
	defer b.book.RUnlock()
	live := b.live(sub, b.epochs.of(sub), now, func(e *entry) int64 { return b.peek(e).Record.AuthAt.UnixMicro() })
	if !after.IsZero() {
		at := slices.IndexFunc(live, func(a login) bool { return a.e.ref == after })
		if at < 0 {
			return nil, failed("sessions", store.ErrNotFound)
		}
		live = live[at+1:]
	}
	live = live[:min(limit, len(live))]
	out := make([]session.Listed, len(live))
	for i, a := range live {
		out[i] = b.peek(a.e)
	}
	return out, nil
}

// peek is what an entry says now. The caller holds the book, so a registered one
// stays; only an update may write it meanwhile.
func (b *Backend) peek(e *entry) session.Listed {
	part := &b.sessions[shardOf(e.ref)]
	part.RLock()
	defer part.RUnlock()
	return session.Listed{Record: e.record(), Seen: micro(e.seen.Load())}
}
