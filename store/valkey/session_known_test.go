package valkey_test

import (
	"errors"
	"testing"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/valkey"
)

// distant is a process that keeps no copies, and one that changes what it reads.
func distant(t *testing.T, s *server) *duo {
	t.Helper()
	p := newDuo(t, s)
	p.here = s.open(t, valkey.WithPrefix(p.prefix), valkey.WithoutLocalCache("a test")).Stores().Session
	return p
}

// A session that the process has loaded before is loaded in one round trip, record and
// epochs together.
//
// SES-081, STO-029
func TestLoad_asks_once_for_what_it_knows(t *testing.T) {
	t.Parallel()
	s := own(t, ownServer)
	x := newRelay(t, s.nodes[0].Addr, nil)
	p := &duo{T: t, here: (&server{url: x.url(s)}).open(t, valkey.WithoutLocalCache("a test")).Stores().Session}
	r := p.signIn(p.here)
	p.warm(p.here, r)
	const loads = 200
	before := x.turns.taken()
	for range loads {
		if got, e, err := p.load(p.here, r); !valid(got, e, err) || got.Ref != r.Ref {
			t.Fatal(err)
		}
	}
	// The driver asks now and then whether the server is alive.
	if turns := x.turns.taken() - before; turns < loads || turns > loads*11/10 {
		t.Errorf("%d loads took %d round trips", loads, turns)
	}
}

// Where a session was is a guess, and nothing is answered from it: whatever has become of
// the session, its epochs or its place is seen by the next load.
//
// SES-195, SES-208, STO-029
func TestLoad_believes_no_guess(t *testing.T) {
	t.Parallel()
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := distant(t, s)
			ctx := t.Context()
			for what, is := range map[string]struct {
				change func(r session.Record) error
				want   func(session.Record, session.Current, error) bool
			}{
				"deleted": {func(r session.Record) error { return p.far.Delete(ctx, r.Ref, r.Subject) }, isGone},
				"somebody else's": {func(r session.Record) error { return p.again(r, person()) }, func(got session.Record, e session.Current, err error) bool {
					return valid(got, e, err)
				}},
				"nobody's": {func(r session.Record) error { return p.again(r, identity.Subject{}) }, func(got session.Record, e session.Current, err error) bool {
					return valid(got, e, err) && got.Subject.IsZero()
				}},
				"a raised user":   {func(r session.Record) error { return p.far.Raise(ctx, identity.UserScope(r.Subject)) }, isRevoked},
				"a raised tenant": {func(r session.Record) error { return p.far.Raise(ctx, identity.TenantScope(r.Subject.Tenant)) }, isRevoked},
				"rotated": {func(r session.Record) error {
					next := record(r.Subject)
					_, err := p.far.Rotate(ctx, r.Ref, 1, next, claimFor(next), 0)
					return err
				}, isGone},
				"unchanged": {func(session.Record) error { return nil }, valid},
			} {
				r := p.signIn(p.far)
				p.warm(p.here, r)
				if err := is.change(r); err != nil {
					t.Fatal(what, err)
				}
				for range 3 {
					if got, e, err := p.load(p.here, r); !is.want(got, e, err) {
						t.Errorf("%s: %+v, %+v, %v", what, got.Subject, e, err)
					}
				}
			}
		})
	}
}

func isGone(_ session.Record, _ session.Current, err error) bool {
	return errors.Is(err, store.ErrNotFound)
}

func isRevoked(r session.Record, e session.Current, err error) bool {
	return err == nil && !r.Epochs.Covers(e.Epochs)
}

// again ends a session and makes another of the same ref.
func (p *duo) again(r session.Record, sub identity.Subject) error {
	if err := p.far.Delete(p.Context(), r.Ref, r.Subject); err != nil {
		return err
	}
	other := record(sub)
	other.Ref = r.Ref
	_, err := p.far.Create(p.Context(), other, claimFor(other))
	return err
}

// Two sessions of which the process can keep one guess are not mistaken for each other.
//
// STO-029, SES-195
func TestLoad_mistakes_nobody_for_another(t *testing.T) {
	t.Parallel()
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := distant(t, s)
			one, two := p.signIn(p.far), record(person())
			a, b := one.Ref.Bytes(), two.Ref.Bytes()
			copy(b[2:4], a[2:4])
			two.Ref = identity.FromBytes[session.Ref](b)
			p.create(p.far, two)
			never := two.Ref.Bytes()
			never[15]++
			for range 3 {
				for _, r := range []session.Record{one, two} {
					if got, e, err := p.load(p.here, r); !valid(got, e, err) || got.Ref != r.Ref || got.Subject != r.Subject {
						t.Errorf("%v of %v: %v", got.Subject, r.Subject, err)
					}
				}
				if got, _, err := p.here.Load(t.Context(), identity.FromBytes[session.Ref](never), noon()); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("nobody is %v, %v", got.Subject, err)
				}
			}
		})
	}
}

// Many load the same and others at the same time, over what is kept of them.
//
// STO-029
func TestLoad_shares_what_it_knows(t *testing.T) {
	t.Parallel()
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := distant(t, s)
			recs := []session.Record{p.signIn(p.far), p.signIn(p.far), p.signIn(p.far)}
			racers(t, 8, func() {
				for i := range 100 {
					r := recs[i%len(recs)]
					if got, e, err := p.load(p.here, r); !valid(got, e, err) || got.Ref != r.Ref || got.Subject != r.Subject {
						t.Errorf("%v, %v", got.Ref, err)
					}
				}
			})
		})
	}
}
