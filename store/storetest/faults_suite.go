package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/storetest/fault"
)

// What a caller finds who lost an answer, or whose message arrived twice. The
// backend does nothing special here: its conditions must be such that reading
// back tells what happened and repeating does no harm.
func testFaults(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"an_error_before_leaves_nothing", faultBefore},
		{"a_lost_acknowledgement_is_found_by_reading_back", faultAfter},
		{"a_message_delivered_twice_applies_once", faultTwice},
		{"a_context_that_ends_meanwhile_leaves_all_or_nothing", faultMeanwhile},
		{"calls_are_recorded_with_their_parts", faultCalls},
	})
}

// faulty is the same kit over wrapped stores.
func (k *kit) faulty(p fault.Plan) (*kit, *fault.Faults) {
	f := fault.New(k.s)
	f.Use(p)
	return &kit{T: k.T, s: f.Stores(), src: k.src}, f
}

// STO-010, IDN-067
func faultBefore(k *kit) {
	w := newWorld(k)
	before := w.image()
	r := k.create(k.rec(w.user.Subject()))
	next := k.rec(r.Subject)
	broken, _ := k.faulty(func(fault.Call) fault.Injection { return fault.Injection{Before: fault.ErrLost} })
	k.fails("apply", broken.s.Identity.Apply(k.ctx(), identity.VoidCredentials{Subject: w.user.Subject()}), store.ErrUnavailable)
	k.fails("rotate", first(broken.s.Session.Rotate(k.ctx(), r.Ref, 1, next, claimOf(next), 0)), store.ErrUnavailable)
	k.fails("raise", broken.s.Session.Raise(k.ctx(), identity.UserScope(r.Subject)), store.ErrUnavailable)
	k.holds(r, at(0))
	if after := w.image(); after != before {
		k.Errorf("calls that never arrived have changed\n%s\ninto\n%s", before, after)
	}
}

// STO-010, IDN-067
func faultAfter(k *kit) {
	w := newWorld(k)
	s := w.user.Subject()
	lost, _ := k.faulty(func(fault.Call) fault.Injection { return fault.Injection{After: fault.ErrLost} })
	// A rotation: the old record is gone, so nobody repeats it by accident.
	r, next := k.create(k.rec(s)), k.rec(s)
	k.fails("rotate", first(lost.s.Session.Rotate(k.ctx(), r.Ref, 1, next, claimOf(next), 0)), store.ErrUnavailable)
	k.holds(next, at(0))
	k.fails("rotate again", first(k.s.Session.Rotate(k.ctx(), r.Ref, 1, next, claimOf(next), 0)), store.ErrNotFound)
	// A credential: the version tells.
	advance := identity.AdvanceCredential{Credential: advanced(w.first)}
	k.fails("record", lost.s.Identity.Record(k.ctx(), advance), store.ErrUnavailable)
	equal(k, "read back", w.account().Credentials[0], advance.Credential)
	k.fails("record again", k.s.Identity.Record(k.ctx(), advance), store.ErrConflict)
	// A login: whoever lost the answer has no proof of success, and the attempt
	// is charged when nobody settles it.
	lv := k.lever()
	lv.Policy.Threshold = 1
	k.fails("reserve", first(lost.s.Throttle.Reserve(k.ctx(), authn.Attempt{Levers: []authn.Lever{lv}}, at(0))), store.ErrUnavailable)
	k.throttled("in flight", time.Second, 2*time.Second, 0, lv)
	k.throttled("charged", 30*time.Second, 15*time.Minute, 0, lv)
}

// STO-010, IDN-067, SES-105
func faultTwice(k *kit) {
	w := newWorld(k)
	s := w.user.Subject()
	again, _ := k.faulty(func(fault.Call) fault.Injection { return fault.Injection{Twice: true} })
	r, next := k.rec(s), k.rec(s)
	k.fails("create", first(again.s.Session.Create(k.ctx(), r, claimOf(r), k.row(store.TopicMail))), store.ErrExists)
	// The old record has moved on and the new one is there: either may be named.
	if err := first(again.s.Session.Rotate(k.ctx(), r.Ref, 1, next, claimOf(next), time.Minute)); !errors.Is(err, store.ErrExists) {
		k.fails("rotate", err, store.ErrConflict)
	}
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{next.Ref})
	consume := identity.ConsumeToken{Selector: w.signUp.Selector, Digest: w.signUp.Digest, Purpose: w.signUp.Purpose, Now: at(0)}
	k.fails("consume", again.s.Identity.Apply(k.ctx(), consume, identity.Append{Row: k.row(store.TopicMail)}), store.ErrNotFound)
	k.fails("raise, checked", again.s.Identity.Apply(k.ctx(), identity.RaiseEpoch{Scope: identity.UserScope(s), Check: true}), store.ErrConflict)
	equal(k, "epochs", k.epochs(s), identity.Epochs{User: 1})
	k.must(again.s.Session.Delete(k.ctx(), next.Ref, s))
	k.must(again.s.Session.Touch(k.ctx(), next.Ref, at(time.Hour), at(0)))
	if n := len(k.rows(store.TopicMail)); n != 2 {
		k.Errorf("%d rows, want the two of the first deliveries", n)
	}
}

// STO-001, STO-010: wherever the context ends, the verb is whole or absent, and an
// error of the context is store.ErrUnavailable too, so that a caller who knows only
// the port's errors does not take it for an answer.
func faultMeanwhile(k *kit) {
	for looks := range int32(12) {
		w := newWorld(k)
		s := w.user.Subject()
		r := k.create(k.rec(s))
		next, row := k.rec(s), k.row(store.TopicMail)
		ctx, cancel := fault.Fading(k.ctx(), looks)
		err := k.s.Identity.Apply(ctx,
			identity.VoidCredentials{Subject: s}, identity.RaiseEpoch{Scope: identity.UserScope(s)}, identity.Append{Row: row})
		cancel()
		k.whole(looks, "apply", err, len(w.account().Credentials) == 0, k.epochs(s).User == 1, slices.Contains(k.rows(store.TopicMail), row.ID))
		if err == nil {
			fresh := k.subject()
			r, next = k.create(k.rec(fresh)), k.rec(fresh)
		}
		ctx, cancel = fault.Fading(k.ctx(), looks)
		_, err = k.s.Session.Rotate(ctx, r.Ref, 1, next, claimOf(next), 0)
		cancel()
		_, _, old := k.s.Session.Load(k.ctx(), r.Ref, at(0))
		_, _, fresh := k.s.Session.Load(k.ctx(), next.Ref, at(0))
		k.whole(looks, "rotate", err, errors.Is(old, store.ErrNotFound), fresh == nil)
	}
}

// whole checks that the parts of a verb are all done or all not, and that an error
// means that they are not.
func (k *kit) whole(looks int32, what string, err error, done ...bool) {
	k.Helper()
	if slices.Contains(done, true) && slices.Contains(done, false) {
		k.Errorf("%s, context ended at look %d: half done: %v", what, looks+1, done)
	}
	if (err == nil) != done[0] {
		k.Errorf("%s, context ended at look %d: %v, done: %v", what, looks+1, err, done[0])
	}
	if err != nil && (!errors.Is(err, context.Canceled) || !errors.Is(err, store.ErrUnavailable)) {
		k.Errorf("%s, context ended at look %d: %v", what, looks+1, err)
	}
}

// STO-010
func faultCalls(k *kit) {
	w := newWorld(k)
	overtaken := errors.New("no such thing")
	var f *fault.Faults
	slow, f := k.faulty(fault.On("session.Load", 2, fault.Injection{Delay: func() {
		overtaken = k.s.Session.Raise(k.ctx(), identity.UserScope(w.user.Subject()))
	}}))
	r := k.rec(w.user.Subject())
	k.must(first(slow.s.Session.Create(k.ctx(), r, claimOf(r), k.row(store.TopicAudit))))
	for n := range uint64(2) {
		_, e, err := slow.s.Session.Load(k.ctx(), r.Ref, at(0))
		k.must(err)
		equal(k, "epoch", e.User, n)
	}
	k.must(overtaken)
	k.must(slow.s.Identity.Apply(k.ctx(),
		identity.VoidTokens{Subject: w.user.Subject(), Purpose: "x"}, identity.Append{Row: k.row(store.TopicMail)}))
	var got []string
	for _, c := range f.Calls() {
		got = append(got, c.String())
	}
	want := []string{"session.Create[audit]", "session.Load", "session.Load", "identity.Apply[VoidTokens Append]"}
	if !slices.Equal(got, want) {
		k.Errorf("calls %v, want %v", got, want)
	}
	f.Reset()
	f.Use(fault.Always("session.Check", fault.Injection{Before: fault.ErrLost}))
	for range 2 {
		k.fails("check", slow.s.Session.Check(k.ctx()), store.ErrUnavailable)
	}
	if n := f.Calls()[1].N; n != 2 {
		k.Errorf("the second call of a verb has number %d", n)
	}
}
