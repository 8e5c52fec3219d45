package valkey_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// A process never meets what was there before its own write: 10,000 writes of every
// kind, each followed at once by a load, while others load the same all the time.
//
// STO-033, SES-198, SES-208
func TestLocalCache_shows_own_writes_at_once(t *testing.T) {
	t.Parallel()
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newDuo(t, s)
			var loads, writes atomic.Int64
			racers(t, 8, func() {
				for writes.Load() < 10_000/3+1 {
					p.life(&loads, &writes)
				}
			})
			t.Logf("%d writes among %d loads", writes.Load(), loads.Load())
		})
	}
}

// racers runs n of the same.
func racers(t *testing.T, n int, do func()) {
	t.Helper()
	done := make(chan struct{})
	for range n {
		go func() {
			defer func() { done <- struct{}{} }()
			do()
		}()
	}
	for range n {
		<-done
	}
}

// life is a session from its sign-in to its end, which others load all the while.
func (p *duo) life(loads, writes *atomic.Int64) {
	r := p.signIn(p.here)
	now := atomic.Pointer[session.Record]{}
	now.Store(&r)
	turns := make(chan struct{}, 16)
	others := make(chan struct{})
	for range 2 {
		go func() {
			defer func() { others <- struct{}{} }()
			for range turns {
				_, _, err := p.here.Load(p.Context(), now.Load().Ref, noon())
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					p.Error(err)
				}
				loads.Add(1)
			}
		}()
	}
	p.turns(r, now.Store, func() {
		writes.Add(1)
		for range cap(turns) - len(turns) {
			turns <- struct{}{} // loads that go on while the next is written
		}
	})
	close(turns)
	<-others
	<-others
}

func (p *duo) turns(r session.Record, shared func(*session.Record), wrote func()) {
	st, ctx := p.here, p.Context()
	must := func(what string, err error) {
		wrote()
		if err != nil {
			p.Errorf("%s: %v", what, err)
		}
	}
	shows := func(what string, want session.Record, user uint64) {
		got, e, err := p.load(st, want)
		if err != nil || got.Rev != want.Rev || !got.IdleUntil.Equal(want.IdleUntil) || string(got.Sealed) != string(want.Sealed) || e.User != user {
			p.Errorf("after %s: rev %d of %d, %s of %s, %q, epoch %d of %d: %v", what, got.Rev, want.Rev, got.IdleUntil, want.IdleUntil, got.Sealed, e.User, user, err)
		}
	}
	gone := func(what string, ref session.Ref) {
		if _, _, err := st.Load(ctx, ref, noon()); !errors.Is(err, store.ErrNotFound) {
			p.Errorf("after %s: %v", what, err)
		}
	}
	shows("a sign-in", r, 0)
	for i := range 5 {
		r.Rev++
		r.Sealed = fmt.Appendf(nil, "body %d", i)
		must("update", st.Update(ctx, r, r.Rev-1, noon()))
		shows("an update", r, 0)
		r.IdleUntil = r.IdleUntil.Add(time.Minute)
		must("touch", st.Touch(ctx, r.Ref, r.IdleUntil, noon()))
		shows("a touch", r, 0)
	}
	next := record(r.Subject)
	next.Login = r.Login
	shared(&next)
	_, err := st.Rotate(ctx, r.Ref, r.Rev, next, claimFor(next), time.Minute)
	must("rotate", err)
	shows("a rotation", next, 0)
	if got, _, err := p.load(st, r); err != nil || !got.Superseded {
		p.Errorf("after a rotation with grace: superseded %t, %v", got.Superseded, err)
	}
	must("raise", st.Raise(ctx, identity.UserScope(r.Subject)))
	shows("a raise", next, 1)
	again := record(r.Subject)
	again.Epochs.User = 1
	evicting := claimFor(again)
	evicting.Limit.Max = 1
	shared(&again)
	_, err = st.Create(ctx, again, evicting)
	must("create", err)
	shows("a sign-in", again, 1)
	must("delete", st.Delete(ctx, again.Ref, again.Subject))
	gone("a sign-out", again.Ref)
	must("delete", st.Delete(ctx, next.Ref, identity.Subject{}))
	gone("a sign-out", next.Ref)
	gone("the sign-out of its successor", r.Ref)
}

// Who loses a race is shown the winner when they look again: else they would lose for as
// long as they are not told.
//
// STO-033, SES-101
func TestLocalCache_shows_who_won(t *testing.T) {
	t.Parallel()
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newDuo(t, s)
			guest, r := record(identity.Subject{}), record(person())
			p.create(p.here, guest)
			p.create(p.here, r)
			for i := range uint64(300) {
				for _, rec := range []*session.Record{&guest, &r} {
					p.warm(p.here, *rec)
					rec.Rev++
					if err := p.far.Update(t.Context(), *rec, rec.Rev-1, noon()); err != nil {
						t.Fatal(err)
					}
					next := record(r.Subject)
					err := p.here.Update(t.Context(), *rec, rec.Rev-1, noon())
					if i%2 == 0 {
						_, err = p.here.Rotate(t.Context(), rec.Ref, rec.Rev-1, next, claimFor(next), 0)
					}
					if got, _, seen := p.load(p.here, *rec); !errors.Is(err, store.ErrConflict) || seen != nil || got.Rev != rec.Rev {
						t.Fatalf("told %v, and then shown rev %d of %d, %v", err, got.Rev, rec.Rev, seen)
					}
				}
			}
		})
	}
}
