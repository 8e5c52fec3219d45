package memory

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Kids implements [session.Store]. The book keeps records from moving between
// shards while they are counted.
func (s sessions) Kids(ctx context.Context) ([]store.KidCount, error) {
	if err := alive(ctx, "kids"); err != nil {
		return nil, err
	}
	t := tally{}
	s.each(func(e *entry) { t[e.kid]++ })
	return t.counts(), nil
}

// UnderKid implements [session.Store].
func (s sessions) UnderKid(ctx context.Context, kid seal.KeyID, after session.Ref, limit int) ([]session.Ref, error) {
	if limit < 1 || limit > session.MaxRefs {
		return nil, malformed("under kid", "limit")
	}
	if err := alive(ctx, "under kid"); err != nil {
		return nil, err
	}
	refs := []session.Ref{}
	s.each(func(e *entry) {
		if e.kid == kid && !e.bound().superseded && compareRefs(e.ref, after) > 0 {
			refs = append(refs, e.ref)
		}
	})
	slices.SortFunc(refs, compareRefs)
	return refs[:min(limit, len(refs))], nil
}

// each looks at every record, in no order.
func (s sessions) each(look func(*entry)) {
	s.b.book.RLock()
	defer s.b.book.RUnlock()
	for i := range s.b.sessions {
		part := &s.b.sessions[i]
		part.RLock()
		for e := range part.all {
			look(e)
		}
		part.RUnlock()
	}
}

// Reseal implements [session.Store].
func (s sessions) Reseal(ctx context.Context, rec session.Record, from seal.KeyID, now time.Time) error {
	if err := portargs.Resealed(&rec, now); err != nil {
		return failed("reseal", err)
	}
	if err := alive(ctx, "reseal"); err != nil {
		return err
	}
	sealed := bytes.Clone(rec.Sealed)
	part := &s.b.sessions[shardOf(rec.Ref)]
	part.Lock()
	defer part.Unlock()
	e := part.find(rec.Ref)
	if e == nil || e.dead(now) {
		return failed("reseal", store.ErrNotFound)
	}
	if e.rev != rec.Rev || e.kid != from {
		return failed("reseal", store.ErrConflict)
	}
	e.kid, e.sealed = rec.Kid, sealed
	return nil
}
