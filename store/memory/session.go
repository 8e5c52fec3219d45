package memory

import (
	"bytes"
	"context"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// sessions is the session port.
type sessions struct{ b *Backend }

// Immediate implements [session.Immediate]: nothing here waits for anything
// outside the process.
func (s sessions) Immediate() {}

// Check implements [session.Store].
func (s sessions) Check(ctx context.Context) error { return alive(ctx, "check") }

// Load implements [session.Store]. The shard stays locked while the epochs are
// read, so record and epochs belong to one moment.
func (s sessions) Load(ctx context.Context, ref session.Ref, now time.Time) (session.Record, session.Current, error) {
	if ref.IsZero() || now.IsZero() {
		return session.Record{}, session.Current{}, malformed("load", "ref or time")
	}
	if err := alive(ctx, "load"); err != nil {
		return session.Record{}, session.Current{}, err
	}
	part := &s.b.sessions[shardOf(ref)]
	part.RLock()
	e := part.find(ref)
	if e == nil || e.dead(now) {
		part.RUnlock()
		return session.Record{}, session.Current{}, failed("load", store.ErrNotFound)
	}
	rec := e.record()
	current := session.Current{Epochs: s.b.epochs.of(rec.Subject)}
	if !rec.Actor.IsZero() {
		current.Actor = s.b.epochs.of(rec.Actor)
	}
	part.RUnlock()
	return rec, current, nil
}

// Update implements [session.Store].
func (s sessions) Update(ctx context.Context, rec session.Record, prevRev uint64, now time.Time) error {
	if rec.Ref.IsZero() || prevRev == 0 || rec.Rev != prevRev+1 || now.IsZero() || rec.IdleUntil.IsZero() {
		return malformed("update", "ref, rev or time")
	}
	if len(rec.Sealed) > session.MaxSealed {
		return failed("update", store.ErrTooLarge)
	}
	if err := alive(ctx, "update"); err != nil {
		return err
	}
	sealed := bytes.Clone(rec.Sealed)
	part := &s.b.sessions[shardOf(rec.Ref)]
	part.Lock()
	defer part.Unlock()
	e := part.find(rec.Ref)
	if e == nil || e.dead(now) {
		return failed("update", store.ErrNotFound)
	}
	if e.bound().superseded || e.rev != prevRev {
		return failed("update", store.ErrConflict)
	}
	e.write(&rec, sealed, now)
	return nil
}

// Touch implements [session.Store]. A shared lock is enough: it keeps out those
// who write the entry, and among touches the furthest wins.
func (s sessions) Touch(ctx context.Context, ref session.Ref, idleUntil, now time.Time) error {
	if ref.IsZero() || idleUntil.IsZero() || now.IsZero() {
		return malformed("touch", "ref or time")
	}
	if err := alive(ctx, "touch"); err != nil {
		return err
	}
	part := &s.b.sessions[shardOf(ref)]
	part.RLock()
	defer part.RUnlock()
	e := part.find(ref)
	if e == nil || e.bound().superseded || e.dead(now) {
		return nil
	}
	forward(&e.idle, min(idleUntil.UnixMicro(), e.absUntil))
	forward(&e.seen, now.UnixMicro())
	return nil
}

func forward(at interface {
	Load() int64
	CompareAndSwap(o, n int64) bool
}, to int64,
) {
	for have := at.Load(); have < to; have = at.Load() {
		if at.CompareAndSwap(have, to) {
			return
		}
	}
}

// Delete implements [session.Store].
func (s sessions) Delete(ctx context.Context, ref session.Ref, sub identity.Subject, also ...store.Row) error {
	if ref.IsZero() || !portargs.WholeSubject(sub) {
		return malformed("delete", "ref or subject")
	}
	if err := portargs.Rows(also); err != nil {
		return failed("delete", err)
	}
	if err := alive(ctx, "delete"); err != nil {
		return err
	}
	l := s.b.lock()
	defer l.unlock()
	if err := s.b.rows.admits(also); err != nil {
		return failed("delete", err)
	}
	if e := l.get(ref); e != nil && (sub.IsZero() || e.subject() == sub) {
		l.drop(ref)
		if next := e.bound().next; !next.IsZero() {
			l.drop(next)
		}
	}
	s.b.rows.add(also...)
	return nil
}

// Raise implements [session.Store].
func (s sessions) Raise(ctx context.Context, scope identity.Scope, also ...store.Row) error {
	if scope.Validate() != nil {
		return malformed("raise", "scope")
	}
	if err := portargs.Rows(also); err != nil {
		return failed("raise", err)
	}
	if err := alive(ctx, "raise"); err != nil {
		return err
	}
	l := s.b.lock()
	defer l.unlock()
	if err := s.b.rows.admits(also); err != nil {
		return failed("raise", err)
	}
	l.raise(scope, s.b.epochs.At(scope)+1)
	s.b.rows.add(also...)
	return nil
}

// Watch implements [session.Store].
func (s sessions) Watch(ctx context.Context) (session.Watch, error) {
	if err := alive(ctx, "watch"); err != nil {
		return nil, err
	}
	return s.b.hub.Watch(), nil
}

// Epochs implements [session.Store].
func (s sessions) Epochs(ctx context.Context, sub identity.Subject) (identity.Epochs, error) {
	if !portargs.WholeSubject(sub) {
		return identity.Epochs{}, malformed("epochs", "subject")
	}
	if err := alive(ctx, "epochs"); err != nil {
		return identity.Epochs{}, err
	}
	return s.b.epochs.of(sub), nil
}
