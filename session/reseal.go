package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// Resealed is what a call of [Manager.Reseal] has done and left.
type Resealed struct {
	// Rewritten counts the records that are under the primary key now.
	Rewritten int
	// Skipped counts those that do not open: damaged, or sealed under a key that
	// the ring does not hold. They stay as they are (SES-066).
	Skipped int
	// Remaining counts what is stored under each other key, in the order of their
	// ids. A retiring key that is not listed seals nothing any more and may go.
	Remaining []store.KidCount
}

// Reseal seals up to batch records under the primary key that are under another
// one, and says how many are left (SES-157). Sessions in use come under the
// primary by themselves (SES-156); this is for those that rest. It is no activity
// of theirs: deadlines, revision and last activity stay, and a request that runs
// meanwhile loses nothing to it. It also forgets the opened bodies that have served
// their hour (Config.Memo).
//
// Rewritten below batch means that the walk is through. Errors: of the store,
// with what was done until then; store.ErrBadArgument for a batch below 1.
func (m *Manager) Reseal(ctx context.Context, batch int) (Resealed, error) {
	var done Resealed
	if batch < 1 {
		return done, fmt.Errorf("session: reseal: batch %d: %w", batch, store.ErrBadArgument)
	}
	m.memo.sweep(m.sealRing.Generation(), m.now())
	primary := m.sealRing.Primary()
	kids, err := m.kids(ctx)
	if err != nil {
		return done, err
	}
	for _, k := range kids {
		if k.Kid == primary {
			continue
		}
		if err := m.resealKid(ctx, k.Kid, batch, &done); err != nil {
			return done, err
		}
	}
	if kids, err = m.kids(ctx); err != nil {
		return done, err
	}
	stale := 0
	for _, k := range kids {
		if k.Kid != primary {
			done.Remaining = append(done.Remaining, k)
			stale += k.Count
		}
	}
	m.metrics.Gauge(metricStale, float64(stale))
	m.gauge(kids)
	if done.Skipped > 0 {
		m.log.WarnContext(ctx, "session: records that cannot be sealed anew", "count", done.Skipped)
	}
	return done, nil
}

// metricStale is how many records need a key that is not the primary.
const metricStale = "axess.session.sealed_records_stale"

// metricSealed is how many records a key seals.
const metricSealed = "axess.session.sealed_records"

// gauge says how many records each key of the ring seals, none as well, and how many
// a key that it does not hold: those ids come from the store, so they are no labels.
func (m *Manager) gauge(kids []store.KidCount) {
	other := 0
	under := map[seal.KeyID]int{}
	for _, k := range kids {
		under[k.Kid] = k.Count
		other += k.Count
	}
	for _, k := range m.sealRing.Keys() {
		n := under[k.ID()]
		other -= n
		m.metrics.Gauge(metricSealed, float64(n), metric.L(metric.Kid, k.ID().String()))
	}
	m.metrics.Gauge(metricSealed, float64(other), metric.L(metric.Kid, "other"))
}

func (m *Manager) kids(ctx context.Context) ([]store.KidCount, error) {
	ctx, cancel := m.within(ctx, m.timeouts.Commit)
	defer cancel()
	kids, err := m.store.Kids(ctx)
	return kids, failed("kids", err)
}

// resealKid walks the records under one key, past those that do not open.
func (m *Manager) resealKid(ctx context.Context, kid seal.KeyID, batch int, done *Resealed) error {
	var after Ref
	for done.Rewritten < batch {
		limit := min(batch-done.Rewritten, MaxRefs)
		refs, err := m.underKid(ctx, kid, after, limit)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if err := m.resealOne(ctx, kid, ref, done); err != nil {
				return err
			}
		}
		if len(refs) < limit {
			return nil
		}
		after = refs[len(refs)-1]
	}
	return nil
}

func (m *Manager) underKid(ctx context.Context, kid seal.KeyID, after Ref, limit int) ([]Ref, error) {
	ctx, cancel := m.within(ctx, m.timeouts.Commit)
	defer cancel()
	refs, err := m.store.UnderKid(ctx, kid, after, limit)
	return refs, failed("under kid", err)
}

// resealOne seals one record anew if it is still as it was read. If somebody else
// was faster it is sealed anew already, or gone.
func (m *Manager) resealOne(ctx context.Context, from seal.KeyID, ref Ref, done *Resealed) error {
	now := m.now()
	rec, _, err := m.fetch(ctx, ref, now)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && rec.Kid != from:
		return nil
	case err != nil:
		return failed("reseal", err)
	}
	plain, kid, err := m.open(ref, rec.Rev, rec.Sealed)
	if err != nil || kid != from {
		// Kept as evidence, counted and logged: one damaged record must not keep the
		// others under an old key.
		done.Skipped++
		return nil
	}
	if rec.Sealed, err = m.seal(ref, rec.Rev, plain); err != nil {
		return fmt.Errorf("session: reseal: %w", err)
	}
	rec.Kid = seal.KeyID(rec.Sealed[1:5])
	ctx, cancel := m.within(ctx, m.timeouts.Commit)
	defer cancel()
	err = m.store.Reseal(ctx, rec, from, now)
	m.count("reseal", err)
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrConflict):
		return nil
	case err != nil:
		return failed("reseal", err)
	}
	done.Rewritten++
	return nil
}

// within bounds a call of background work, which ends with its context.
func (m *Manager) within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if m.immediate {
		return ctx, func() {}
	}
	return m.clock.WithDeadline(ctx, m.clock.Now().Add(d))
}
