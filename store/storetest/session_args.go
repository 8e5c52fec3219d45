package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// What is refused before anything is touched.
func testSessionArguments(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"malformed_arguments_are_ErrBadArgument", sessionArguments},
		{"malformed_claims_are_ErrBadArgument", claimArguments},
		{"a_cancelled_context_leaves_nothing", sessionCancelled},
		{"check_answers", sessionCheck},
	})
}

// SES-100, STO-004
func sessionArguments(k *kit) {
	s := k.subject()
	half := identity.Subject{Tenant: s.Tenant}
	r := k.create(k.rec(s))
	u := r
	u.Rev = 2
	st, ctx, zero := k.s.Session, k.ctx(), time.Time{}
	update := func(edit func(*session.Record), prev uint64, now time.Time) error {
		rec := u
		edit(&rec)
		return st.Update(ctx, rec, prev, now)
	}
	same := func(*session.Record) {}
	for what, err := range map[string]error{
		"load, zero ref":           second(st.Load(ctx, session.Ref{}, at(0))),
		"load, zero time":          second(st.Load(ctx, r.Ref, zero)),
		"update, zero ref":         update(func(r *session.Record) { r.Ref = session.Ref{} }, 1, at(0)),
		"update, rev 0":            update(func(r *session.Record) { r.Rev = 1 }, 0, at(0)),
		"update, rev skips":        update(func(r *session.Record) { r.Rev = 3 }, 1, at(0)),
		"update, rev stays":        update(func(r *session.Record) { r.Rev = 1 }, 1, at(0)),
		"update, zero time":        update(same, 1, zero),
		"update, zero deadline":    update(func(r *session.Record) { r.IdleUntil = zero }, 1, at(0)),
		"touch, zero ref":          st.Touch(ctx, session.Ref{}, at(0), at(0)),
		"touch, zero deadline":     st.Touch(ctx, r.Ref, zero, at(0)),
		"touch, zero time":         st.Touch(ctx, r.Ref, at(idle), zero),
		"delete, zero ref":         st.Delete(ctx, session.Ref{}, s),
		"delete, half a subject":   st.Delete(ctx, r.Ref, half),
		"raise, zero scope":        st.Raise(ctx, identity.Scope{}),
		"raise, half a scope":      st.Raise(ctx, identity.UserScope(half)),
		"epochs, half a subject":   first(st.Epochs(ctx, half)),
		"list, zero subject":       first(st.Sessions(ctx, identity.Subject{}, session.Ref{}, 1, at(0))),
		"list, half a subject":     first(st.Sessions(ctx, half, session.Ref{}, 1, at(0))),
		"list, limit 0":            first(st.Sessions(ctx, s, session.Ref{}, 0, at(0))),
		"list, limit 101":          first(st.Sessions(ctx, s, session.Ref{}, 101, at(0))),
		"list, zero time":          first(st.Sessions(ctx, s, session.Ref{}, 1, zero)),
		"sweep, limit 0":           first(st.Sweep(ctx, at(0), 0)),
		"sweep, negative limit":    first(st.Sweep(ctx, at(0), -1)),
		"sweep, zero time":         first(st.Sweep(ctx, zero, 1)),
		"delete, row without id":   st.Delete(ctx, r.Ref, s, store.Row{Topic: store.TopicAudit}),
		"raise, row without topic": st.Raise(ctx, identity.GlobalScope(), store.Row{ID: [16]byte{1}}),
	} {
		k.fails(what, err, store.ErrBadArgument)
	}
	k.holds(r, at(0))
	equal(k, "epochs", k.epochs(s), identity.Epochs{})
}

func first[T any](_ T, err error) error          { return err }
func second[A, B any](_ A, _ B, err error) error { return err }

// SES-201, SES-202
func claimArguments(k *kit) {
	s := k.subject()
	old := k.create(k.rec(s))
	for what, edit := range map[string]func(*session.Record, *session.Claim){
		"zero ref":             func(r *session.Record, _ *session.Claim) { r.Ref = session.Ref{} },
		"rev 0":                func(r *session.Record, _ *session.Claim) { r.Rev = 0 },
		"rev 2":                func(r *session.Record, _ *session.Claim) { r.Rev = 2 },
		"superseded":           func(r *session.Record, _ *session.Claim) { r.Superseded = true },
		"predecessor":          func(r *session.Record, _ *session.Claim) { r.Prev = old.Ref },
		"no creation time":     func(r *session.Record, _ *session.Claim) { r.CreatedAt = time.Time{} },
		"no idle deadline":     func(r *session.Record, _ *session.Claim) { r.IdleUntil = time.Time{} },
		"no absolute deadline": func(r *session.Record, _ *session.Claim) { r.AbsUntil = time.Time{} },
		"zero time":            func(_ *session.Record, c *session.Claim) { c.Now = time.Time{} },
		"negative limit":       func(_ *session.Record, c *session.Claim) { c.Limit.Max = -1 },
		"half a subject": func(r *session.Record, c *session.Claim) {
			r.Subject.User = identity.UserID{}
			c.Subject = r.Subject
		},
		"claim for nobody":       func(_ *session.Record, c *session.Claim) { c.Subject = identity.Subject{} },
		"claim for another":      func(_ *session.Record, c *session.Claim) { c.Subject = k.subject() },
		"record of nobody":       func(r *session.Record, _ *session.Claim) { r.Subject = identity.Subject{} },
		"stamp above the claim":  func(r *session.Record, _ *session.Claim) { r.Epochs.Tenant++ },
		"raise without stamp":    func(_ *session.Record, c *session.Claim) { c.Raise = true },
		"raise, stamped too far": func(r *session.Record, c *session.Claim) { c.Raise = true; r.Epochs.User += 2 },
		"raise for nobody": func(r *session.Record, c *session.Claim) {
			*c = session.Claim{Raise: true, Now: at(0)}
			r.Subject, r.Epochs.User = identity.Subject{}, 1
		},
	} {
		next := k.rec(s)
		claim := claimOf(next)
		edit(&next, &claim)
		k.fails("create, "+what, first(k.s.Session.Create(k.ctx(), next, claim)), store.ErrBadArgument)
		k.fails("rotate, "+what, first(k.s.Session.Rotate(k.ctx(), old.Ref, 1, next, claim, 0)), store.ErrBadArgument)
	}
	next := k.rec(s)
	rotate := func(old session.Ref, prev uint64, grace time.Duration) error {
		return first(k.s.Session.Rotate(k.ctx(), old, prev, next, claimOf(next), grace))
	}
	k.fails("rotate, zero ref", rotate(session.Ref{}, 1, 0), store.ErrBadArgument)
	k.fails("rotate, rev 0", rotate(old.Ref, 0, 0), store.ErrBadArgument)
	k.fails("rotate, negative grace", rotate(old.Ref, 1, -time.Second), store.ErrBadArgument)
	k.holds(old, at(0))
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{old.Ref})
	equal(k, "epochs", k.epochs(s), identity.Epochs{})
}

// IDN-060, STO-001
func sessionCancelled(k *kit) {
	s := k.subject()
	r := k.create(k.rec(s))
	next := k.rec(s)
	u := r
	u.Rev, u.Sealed = 2, []byte("never")
	st, ctx, row := k.s.Session, k.cancelled(), k.row(store.TopicAudit)
	for what, err := range map[string]error{
		"load":     second(st.Load(ctx, r.Ref, at(0))),
		"create":   first(st.Create(ctx, next, claimOf(next), row)),
		"update":   st.Update(ctx, u, 1, at(0)),
		"rotate":   first(st.Rotate(ctx, r.Ref, 1, next, claimOf(next), 0, row)),
		"touch":    st.Touch(ctx, r.Ref, at(time.Hour), at(0)),
		"delete":   st.Delete(ctx, r.Ref, s, row),
		"raise":    st.Raise(ctx, identity.UserScope(s), row),
		"epochs":   first(st.Epochs(ctx, s)),
		"sessions": first(st.Sessions(ctx, s, session.Ref{}, 1, at(0))),
		"sweep":    first(st.Sweep(ctx, at(24*time.Hour), 10)),
		"watch":    first(st.Watch(ctx)),
		"check":    st.Check(ctx),
	} {
		k.fails(what, err, context.Canceled)
	}
	k.holds(r, at(0))
	k.lacks("next", next.Ref, at(0))
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{r.Ref})
	equal(k, "epochs", k.epochs(s), identity.Epochs{})
	equal(k, "rows", k.rows(store.TopicAudit), [][16]byte{})
}

// STO-001
func sessionCheck(k *kit) { k.must(k.s.Session.Check(k.ctx())) }
