package sim

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// journal is every verb that has changed a store, in the order in which it did: what a
// replica is sent. Played into an empty store it makes the same one again, or the one
// of an earlier moment.
type journal struct {
	w       *World
	entries []entry
	// unsure says that nobody acknowledges the next write, though it is made.
	unsure bool
}

// entry is one write.
type entry struct {
	at     time.Duration
	safe   bool // it was acknowledged when a replica had it
	failed bool
	spent  []identity.Change // what it did to accounts, if it did
	redo   func(context.Context, backend.Stores) error
}

// wrote notes a write that has been made.
func (j *journal) wrote(safe bool, err error, redo func(context.Context, backend.Stores) error) {
	j.entries = append(j.entries, entry{at: j.w.coro.Elapsed(), safe: safe && !j.unsure, failed: err != nil, redo: redo})
	j.unsure = false
}

// play makes the writes from one to another in a store that has those before them.
func (j *journal) play(to backend.Stores, from, until int) {
	for i, e := range j.entries[from:until] {
		if err := e.redo(context.Background(), to); (err != nil) != e.failed {
			j.w.coro.Report(fmt.Errorf("sim: write %d of the journal is not what it was: %w", from+i, err))
			return
		}
	}
}

// over wraps stores so that their writes are noted.
func (j *journal) over(s backend.Stores) backend.Stores {
	return backend.Stores{
		Identity: writtenIdentity{s.Identity, j},
		Session:  writtenSession{s.Session, j},
		Throttle: writtenLedger{s.Throttle, j},
		Audit:    writtenAudit{s.Audit, j},
	}
}

type writtenSession struct {
	backend.Session
	j *journal
}

func owned(rec session.Record) session.Record {
	rec.Sealed = bytes.Clone(rec.Sealed)
	return rec
}

// Create implements session.Store.
func (s writtenSession) Create(ctx context.Context, rec session.Record, c session.Claim, also ...store.Row) ([]session.Ref, error) {
	rec, also = owned(rec), slices.Clone(also)
	evicted, err := s.Session.Create(ctx, rec, c, also...)
	s.j.wrote(c.Raise, err, func(ctx context.Context, to backend.Stores) error {
		_, err := to.Session.Create(ctx, rec, c, also...)
		return err
	})
	return evicted, err
}

// Update implements session.Store.
func (s writtenSession) Update(ctx context.Context, rec session.Record, prevRev uint64, now time.Time) error {
	rec = owned(rec)
	err := s.Session.Update(ctx, rec, prevRev, now)
	s.j.wrote(false, err, func(ctx context.Context, to backend.Stores) error { return to.Session.Update(ctx, rec, prevRev, now) })
	return err
}

// Rotate implements session.Store.
func (s writtenSession) Rotate(ctx context.Context, old session.Ref, prevRev uint64, next session.Record, c session.Claim, grace time.Duration, also ...store.Row) ([]session.Ref, error) {
	next, also = owned(next), slices.Clone(also)
	evicted, err := s.Session.Rotate(ctx, old, prevRev, next, c, grace, also...)
	s.j.wrote(c.Raise || grace <= 0, err, func(ctx context.Context, to backend.Stores) error {
		_, err := to.Session.Rotate(ctx, old, prevRev, next, c, grace, also...)
		return err
	})
	return evicted, err
}

// Touch implements session.Store.
func (s writtenSession) Touch(ctx context.Context, ref session.Ref, idleUntil, now time.Time) error {
	err := s.Session.Touch(ctx, ref, idleUntil, now)
	s.j.wrote(false, err, func(ctx context.Context, to backend.Stores) error { return to.Session.Touch(ctx, ref, idleUntil, now) })
	return err
}

// Delete implements session.Store.
func (s writtenSession) Delete(ctx context.Context, ref session.Ref, of identity.Subject, also ...store.Row) error {
	also = slices.Clone(also)
	err := s.Session.Delete(ctx, ref, of, also...)
	s.j.wrote(true, err, func(ctx context.Context, to backend.Stores) error { return to.Session.Delete(ctx, ref, of, also...) })
	return err
}

// Raise implements session.Store.
func (s writtenSession) Raise(ctx context.Context, scope identity.Scope, also ...store.Row) error {
	also = slices.Clone(also)
	err := s.Session.Raise(ctx, scope, also...)
	s.j.wrote(true, err, func(ctx context.Context, to backend.Stores) error { return to.Session.Raise(ctx, scope, also...) })
	return err
}

// Reseal implements session.Store.
func (s writtenSession) Reseal(ctx context.Context, rec session.Record, from seal.KeyID, now time.Time) error {
	rec = owned(rec)
	err := s.Session.Reseal(ctx, rec, from, now)
	s.j.wrote(false, err, func(ctx context.Context, to backend.Stores) error { return to.Session.Reseal(ctx, rec, from, now) })
	return err
}

// Sweep implements session.Store.
func (s writtenSession) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	n, err := s.Session.Sweep(ctx, now, limit)
	s.j.wrote(false, err, func(ctx context.Context, to backend.Stores) error {
		_, err := to.Session.Sweep(ctx, now, limit)
		return err
	})
	return n, err
}

type writtenIdentity struct {
	backend.Identity
	j *journal
}

// Apply implements identity.Admin.
func (s writtenIdentity) Apply(ctx context.Context, changes ...identity.Change) error {
	changes = slices.Clone(changes)
	err := s.Identity.Apply(ctx, changes...)
	s.j.wrote(true, err, func(ctx context.Context, to backend.Stores) error { return to.Identity.Apply(ctx, changes...) })
	if err == nil {
		s.j.entries[len(s.j.entries)-1].spent = changes
	}
	return err
}

// Record implements identity.AuthnLog.
func (s writtenIdentity) Record(ctx context.Context, changes ...identity.LogChange) error {
	changes = slices.Clone(changes)
	err := s.Identity.Record(ctx, changes...)
	step := slices.ContainsFunc(changes, func(c identity.LogChange) bool {
		_, advances := c.(identity.AdvanceCredential)
		_, counts := c.(identity.CountTry)
		return advances || counts
	})
	s.j.wrote(step, err, func(ctx context.Context, to backend.Stores) error { return to.Identity.Record(ctx, changes...) })
	if err == nil {
		last := &s.j.entries[len(s.j.entries)-1]
		for _, c := range changes {
			last.spent = append(last.spent, c)
		}
	}
	return err
}

// Sweep implements identity.Admin.
func (s writtenIdentity) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	n, err := s.Identity.Sweep(ctx, now, limit)
	s.j.wrote(true, err, func(ctx context.Context, to backend.Stores) error {
		_, err := to.Identity.Sweep(ctx, now, limit)
		return err
	})
	return n, err
}

// Append implements store.Outbox.
func (s writtenIdentity) Append(ctx context.Context, rows ...store.Row) error {
	rows = slices.Clone(rows)
	err := s.Identity.Append(ctx, rows...)
	s.j.wrote(false, err, func(ctx context.Context, to backend.Stores) error { return to.Identity.Append(ctx, rows...) })
	return err
}

// Lease implements store.Outbox.
func (s writtenIdentity) Lease(ctx context.Context, t store.Topic, limit int, now, until time.Time) ([]store.Pending, error) {
	rows, err := s.Identity.Lease(ctx, t, limit, now, until)
	if err == nil && len(rows) == 0 {
		return rows, nil // nothing was written
	}
	s.j.wrote(false, err, func(ctx context.Context, to backend.Stores) error {
		_, err := to.Identity.Lease(ctx, t, limit, now, until)
		return err
	})
	return rows, err
}

// Done implements store.Outbox.
func (s writtenIdentity) Done(ctx context.Context, t store.Topic, ids ...[16]byte) error {
	ids = slices.Clone(ids)
	err := s.Identity.Done(ctx, t, ids...)
	s.j.wrote(false, err, func(ctx context.Context, to backend.Stores) error { return to.Identity.Done(ctx, t, ids...) })
	return err
}

// Defer implements store.Outbox.
func (s writtenIdentity) Defer(ctx context.Context, t store.Topic, id [16]byte, due time.Time) error {
	err := s.Identity.Defer(ctx, t, id, due)
	s.j.wrote(false, err, func(ctx context.Context, to backend.Stores) error { return to.Identity.Defer(ctx, t, id, due) })
	return err
}

type writtenLedger struct {
	backend.Throttle
	j *journal
}

// Reserve implements authn.Ledger.
func (s writtenLedger) Reserve(ctx context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	a.Levers = slices.Clone(a.Levers)
	r, err := s.Throttle.Reserve(ctx, a, now)
	s.j.wrote(false, err, func(ctx context.Context, to backend.Stores) error {
		_, err := to.Throttle.Reserve(ctx, a, now)
		return err
	})
	return r, err
}

// Commit implements authn.Ledger.
func (s writtenLedger) Commit(ctx context.Context, r authn.Reservation, v authn.Verdict, levers []authn.Lever, now time.Time) ([]authn.Lock, error) {
	levers = slices.Clone(levers)
	locks, err := s.Throttle.Commit(ctx, r, v, levers, now)
	s.j.wrote(v == authn.Failed, err, func(ctx context.Context, to backend.Stores) error {
		_, err := to.Throttle.Commit(ctx, r, v, levers, now)
		return err
	})
	return locks, err
}

// Release implements authn.Ledger.
func (s writtenLedger) Release(ctx context.Context, r authn.Reservation, now time.Time) error {
	err := s.Throttle.Release(ctx, r, now)
	s.j.wrote(false, err, func(ctx context.Context, to backend.Stores) error { return to.Throttle.Release(ctx, r, now) })
	return err
}

// Clear implements authn.Ledger.
func (s writtenLedger) Clear(ctx context.Context, k authn.Key, now time.Time) error {
	err := s.Throttle.Clear(ctx, k, now)
	s.j.wrote(false, err, func(ctx context.Context, to backend.Stores) error { return to.Throttle.Clear(ctx, k, now) })
	return err
}

type writtenAudit struct {
	backend.Audit
	j *journal
}

// Append implements audit.Store.
func (s writtenAudit) Append(ctx context.Context, records ...audit.Record) ([]uint64, error) {
	records = slices.Clone(records)
	seqs, err := s.Audit.Append(ctx, records...)
	s.j.wrote(false, err, func(ctx context.Context, to backend.Stores) error {
		_, err := to.Audit.Append(ctx, records...)
		return err
	})
	return seqs, err
}
