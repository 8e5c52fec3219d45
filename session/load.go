package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// outcome is what a load led to; the order is that of loadNames.
type outcome uint8

const (
	loadLive outcome = iota
	loadSuperseded
	// loadAbsent: no live record, or a revoked or expired one. The three look
	// alike from outside; metrics tell them apart.
	loadAbsent
	loadRevoked
	loadExpired
	// loadRejected: a live session of another browser (SES-180).
	loadRejected
	loadIntegrity
	loadUnmigratable
	loadUnknownKey
	loadTooNew
	loadUnavailable
	outcomes
)

func (o outcome) String() string {
	return [...]string{"ok", "superseded", "absent", "revoked", "expired", "rejected", "integrity",
		"unmigratable", "unknown_key", "too_new", "unavailable"}[o]
}

// live means that the snapshot may be used.
func (o outcome) live() bool { return o <= loadSuperseded }

// refused means 503: nobody can say whether this session lives, so it is
// neither valid nor ended (SES-066, SES-200).
func (o outcome) refused() bool { return o >= loadUnknownKey }

// load fetches and judges the record behind a verified cookie. Revocation is
// part of it, not a second guard (SES-195). The snapshot is written into out,
// which is empty and of no use unless the outcome is live; migrated asks for a
// rewrite.
func (m *Manager) load(ctx context.Context, id secretID, now time.Time, out *snapshot) (o outcome, migrated bool, err error) {
	out.id, out.ref, out.stored = id, id.ref(), true
	rec, current, err := m.fetch(ctx, out.ref, now)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return loadAbsent, false, nil
	case err != nil:
		return loadUnavailable, false, err
	}
	// Before the bytes are opened: with keys that came later they have not been
	// opened.
	generation := m.sealRing.Generation()
	fresh := (*opened)(nil)
	if known := m.memo.find(out.ref, rec.Rev, generation, rec.Sealed, now); known != nil {
		out.body, out.kid = known.body, known.kid
	} else {
		plain, kid, err := m.open(out.ref, rec.Rev, rec.Sealed)
		switch {
		case errors.Is(err, seal.ErrUnknownKey):
			return loadUnknownKey, false, err
		case err != nil:
			return loadIntegrity, false, nil //nolint:nilerr // what the row says is the answer, and all of it
		}
		out.kid = kid
		migrated, err = m.bodies.decodeInto(&out.body, plain)
		switch {
		case errors.Is(err, ErrTooNew):
			return loadTooNew, false, err
		case errors.Is(err, ErrUnmigratable):
			return loadUnmigratable, false, err
		case err != nil:
			return loadIntegrity, false, nil //nolint:nilerr // what the row says is the answer, and all of it
		}
		if m.memo != nil && !migrated {
			fresh = &opened{
				ref: out.ref, rev: rec.Rev, generation: generation, until: now.Add(memoAge),
				sealed: bytes.Clone(rec.Sealed), kid: kid, body: out.body,
			}
		}
	}
	out.rev, out.idle, out.superseded = rec.Rev, rec.IdleUntil, rec.Superseded
	if !out.body.agrees(&rec) || out.body.created.After(now.Add(clockSkew)) {
		return loadIntegrity, false, nil
	}
	// After the seal, so that the epochs compared are the authentic ones.
	if !out.body.epochs.Covers(current.Epochs) {
		return loadRevoked, false, nil
	}
	// Who acts as somebody else lives by both (SES-018).
	if actor := machine.ActorOf(out.body.state); actor != nil && !actor.Login.Epochs.Covers(current.Actor) {
		return loadRevoked, false, nil
	}
	if !now.Before(out.idle) || !now.Before(out.body.absolute) {
		return loadExpired, false, nil
	}
	if m.overdue(rec.Subject.Tenant, out.body.created, now) {
		return loadExpired, false, nil
	}
	state, effect, _ := machine.AtDeadline(out.body.state, now)
	if effect.Ended || effect.NewID {
		return loadExpired, false, nil
	}
	out.body.state = state
	if out.superseded {
		return loadSuperseded, migrated, nil
	}
	if fresh != nil {
		m.memo.keep(fresh)
	}
	return loadLive, migrated, nil
}

// fetch is the one read of a request (SES-081).
func (m *Manager) fetch(ctx context.Context, ref Ref, now time.Time) (Record, Current, error) {
	if m.immediate {
		return m.store.Load(ctx, ref, now)
	}
	if m.nearby != nil {
		if rec, current, known := m.nearby.LoadNearby(ctx, ref, now); known {
			return rec, current, nil
		}
	}
	ctx, cancel := m.clock.WithDeadline(ctx, now.Add(m.timeouts.Load))
	defer cancel()
	return m.store.Load(ctx, ref, now)
}

// note records what a load led to, in metrics, log and audit.
func (m *Manager) note(ctx context.Context, o outcome, s *snapshot, err error) {
	m.metrics.Count(metricLoads, m.labels.loads[o]...)
	switch o {
	case loadIntegrity:
		// Kept as evidence, and the cookie too: a deletion would help whoever did
		// it (SES-066).
		m.metrics.Count(metricIntegrity)
		m.log.ErrorContext(ctx, "session: integrity failure, record kept", "ref", s.ref, "rev", s.rev)
		m.publish(ctx, Event{Kind: EventIntegrity, Ref: s.ref})
	case loadUnmigratable:
		m.log.ErrorContext(ctx, "session: record cannot be migrated, deleting it", "ref", s.ref, "error", err)
		also := m.events(ctx, Event{Kind: EventUnmigratable, Ref: s.ref})
		ctx, cancel := m.outlive(ctx)
		defer cancel()
		if err := m.store.Delete(ctx, s.ref, identity.Subject{}, also...); err != nil {
			m.log.WarnContext(ctx, "session: delete unmigratable record", "ref", s.ref, "error", err)
		}
	case loadUnknownKey, loadTooNew, loadUnavailable:
		m.log.ErrorContext(ctx, "session: load failed", "ref", s.ref, "result", o.String(), "error", err)
	case loadLive, loadSuperseded, loadAbsent, loadRevoked, loadExpired, loadRejected, outcomes:
	}
}

// publish writes an event that accompanies no change. The request goes on
// without it: the log line is written in any case.
func (m *Manager) publish(ctx context.Context, list ...Event) {
	var rows []store.Row
	for _, e := range list {
		rows = append(rows, m.events(ctx, e)...)
	}
	if len(rows) == 0 {
		return
	}
	ctx, cancel := m.outlive(ctx)
	defer cancel()
	if err := m.outbox.Append(ctx, rows...); err != nil {
		m.log.ErrorContext(ctx, "session: audit event lost", "kind", list[0].Kind.String(), "ref", list[0].Ref, "error", err)
	}
}

// outlive is the context of a write: a client that hangs up does not lose it
// (SES-077), and no store holds it for longer than the commit timeout.
func (m *Manager) outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = context.WithoutCancel(ctx)
	if m.immediate {
		return ctx, func() {}
	}
	return m.clock.WithDeadline(ctx, m.clock.Now().Add(m.timeouts.Commit))
}

// failed wraps the error of a store verb. A context that ran out is an outage,
// whatever the driver calls it.
func failed(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		// The record was there when the request began: somebody ended or rotated
		// it meanwhile, which for the caller is a lost race (SES-102, SES-105).
		return fmt.Errorf("session: %s: %w: %w", op, store.ErrConflict, err)
	case errors.Is(err, store.ErrExists):
		// Ids and rows are drawn for one call and nobody else has them: it arrived
		// twice, and the first arrival may have done it (STO-061). Who called cannot
		// know, and must not be told that it is there.
		return fmt.Errorf("session: %s: %w: %w", op, store.ErrUnavailable, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fmt.Errorf("session: %s: %w: %w", op, store.ErrUnavailable, err)
	}
	return fmt.Errorf("session: %s: %w", op, err)
}
