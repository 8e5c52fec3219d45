package authn_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// stamp is a kind whose verifier a test decides.
var stamp = factor.Custom("stamp")

// stamped is a tenant in which a password is followed by a stamp, and somebody who has
// one.
func stamped(t *testing.T, traits factor.Traits, answer func(factor.Attempt) factor.Result) (*rig, identity.User) {
	t.Helper()
	traits.Kind, traits.AMR = stamp, []string{"otp"}
	r := newRig(t, with(judging{traits, answer}))
	r.offers(identity.Method{Name: "password", Enabled: true, Steps: []identity.Step{identity.Required(factor.Password), identity.Required(stamp)}})
	u := r.person(ada)
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutCredential{Credential: r.row(u.Subject(), stamp, []byte{0})}))
	r.clock.Advance(time.Second)
	return r, u
}

func shows(s string) authn.Presented { return authn.Presented{Of: stamp, Secret: secret(s)} }

// half is a browser that has given the password.
func (r *rig) half(email string) *browser {
	r.t.Helper()
	b := r.browser()
	b.begin(email)
	if out := b.try(pw(goodPassword)); !is[authn.StepRequired](out) {
		r.t.Fatalf("after the password: %T", out)
	}
	return b
}

// FAC-001: a verifier is given time, input, records and account, and nothing else.
func TestPipeline_gives_a_verifier_what_it_judges(t *testing.T) {
	t.Parallel()
	var got factor.Attempt
	r, u := stamped(t, factor.Traits{}, func(a factor.Attempt) factor.Result {
		got = a
		got.Secret = secret(string(a.Secret.Reveal()))
		return factor.Result{Verdict: factor.Accepted}
	})
	b := r.half(ada)
	if out := b.try(shows("x")); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	if !got.Now.Equal(r.clock.Now()) || string(got.Secret.Reveal()) != "x" || len(got.Records) != 1 || got.Records[0].Body[0] != 0 ||
		got.Subject != u.Subject() || got.User.ID != u.ID || got.Identifier != ada || got.Flow == [16]byte{} {
		t.Errorf("%+v", got)
	}
}

// AUN-I0, AUN-036: a verifier that accepts everything lets in nobody who may not sign in,
// and by no record that is not there.
func TestPipeline_accepts_nobody(t *testing.T) {
	t.Parallel()
	yes := func(factor.Attempt) factor.Result { return factor.Result{Verdict: factor.Accepted} }
	first := identity.Method{Name: "password", Enabled: true, Steps: []identity.Step{identity.Required(stamp)}}
	for _, external := range []bool{false, true} {
		r, u := stamped(t, factor.Traits{External: external}, yes)
		r.offers(first)
		in := func(name string) bool {
			b := r.browser()
			b.begin(name)
			out := b.try(shows("x"))
			return is[authn.Completed](out) || b.signedIn()
		}
		if in("nobody@example.org") {
			t.Errorf("external %v: a name that nobody has is let in", external)
		}
		if !in(ada) {
			t.Errorf("external %v: who may sign in is not let in", external)
		}
		r.person("bea@example.org") // without a record
		r.clock.Advance(time.Second)
		if in("bea@example.org") != external {
			t.Errorf("external %v: without a record it is the other way", external)
		}
		must(t, r.stores.Identity.Apply(t.Context(), identity.Transition{Subject: u.Subject(), From: identity.Active, To: identity.Suspended}))
		if in(ada) {
			t.Errorf("external %v: a suspended account is let in", external)
		}
	}
}

// AUN-I0: what has no record passes one step.
func TestPipeline_without_a_record_passes_one_step(t *testing.T) {
	t.Parallel()
	r, _ := stamped(t, factor.Traits{External: true}, func(factor.Attempt) factor.Result { return factor.Result{Verdict: factor.Accepted, Of: -1} })
	r.offers(identity.Method{Name: "password", Enabled: true, Steps: []identity.Step{identity.AnyOf(factor.Password, stamp), identity.AnyOf(factor.TOTP, stamp)}})
	r.person("bea@example.org")
	b := r.browser()
	b.begin("bea@example.org")
	if out := b.try(shows("x")); !is[authn.StepRequired](out) {
		t.Fatalf("the first step: %T", out)
	}
	if out := b.try(shows("x")); !is[authn.Rejected](out) || b.signedIn() {
		t.Errorf("the second step by the same: %T", out)
	}
}

// AUN-054: what cannot be guessed charges the person nothing: strangers lock nobody out
// of it, and a lock leaves it usable. A sign-in by it forgets the guesses (AUN-059).
func TestPipeline_unguessable(t *testing.T) {
	t.Parallel()
	r, _ := stamped(t, factor.Traits{Unguessable: true, Class: identity.Possession}, func(a factor.Attempt) factor.Result {
		if len(a.Records) == 1 && string(a.Secret.Reveal()) == "right" {
			return factor.Result{Verdict: factor.Accepted}
		}
		return factor.Result{Verdict: factor.Rejected}
	})
	r.offers(identity.Method{Name: "password", Enabled: true, Steps: []identity.Step{identity.AnyOf(stamp, factor.Password)}})
	for range 120 { // more than any lever of a person bears
		b := r.browser()
		b.begin(ada)
		if out := b.try(shows("wrong")); !is[authn.Rejected](out) {
			t.Fatalf("a wrong one: %T", out)
		}
		r.clock.Advance(10 * time.Second) // the address bears ten in a minute
	}
	r.clock.Advance(10 * time.Minute)
	b := r.browser()
	b.begin(ada)
	for range authn.UserLock().Threshold {
		b.try(pw("a wrong password of some length"))
	}
	r.clock.Advance(2 * time.Minute)
	if out := b.try(pw(goodPassword)); !is[authn.Throttled](out) {
		t.Fatalf("the password while locked: %T", out)
	}
	if out := b.try(shows("right")); !is[authn.Completed](out) {
		t.Fatalf("what cannot be guessed while locked: %T", out)
	}
	b = r.browser()
	b.begin(ada)
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Errorf("the password after a sign-in: %T", out)
	}
}

// FAC-042: a rejected attempt changes the records that its verifier says, in the call
// that writes its event; of a rejection that meets another, the event is written all the
// same.
func TestPipeline_counts_failures_in_records(t *testing.T) {
	t.Parallel()
	r, u := stamped(t, factor.Traits{}, func(a factor.Attempt) factor.Result {
		if len(a.Records) == 0 {
			return factor.Result{Verdict: factor.Rejected}
		}
		n := a.Records[0].Body[0]
		return factor.Result{Verdict: factor.Rejected, Changes: []factor.Change{{Of: 0, Body: []byte{n + 1}}}}
	})
	b := r.half(ada)
	for want := byte(1); want <= 3; want++ {
		r.work.take()
		b.try(shows("x"))
		if w := r.work.take(); !strings.Contains(w, "Record/identity.Append/identity.AdvanceCredential=1") {
			t.Errorf("event and count are not one write: %s", w)
		}
		if got := r.bodyOf(u, stamp); got[0] != want {
			t.Errorf("counted %d, want %d", got[0], want)
		}
	}
	acct, _ := r.account(ada)
	for _, c := range acct.Credentials {
		if c.Kind == stamp && !c.LastUsedAt.IsZero() {
			t.Error("a wrong one counts as a use")
		}
	}
}

// bodyOf is what a credential of somebody holds.
func (r *rig) bodyOf(u identity.User, kind identity.Kind) []byte {
	r.t.Helper()
	acct, err := r.stores.Identity.AccountByID(r.t.Context(), u.Subject())
	must(r.t, err)
	for _, c := range acct.Credentials {
		if c.Kind == kind {
			body, err := r.vault.Open(c)
			must(r.t, err)
			return body
		}
	}
	return nil
}

// sending is a kind that is sent first.
type sending struct {
	judging
	prepare func(factor.Attempt) (factor.Prepared, error)
}

func (s sending) Prepare(_ context.Context, a factor.Attempt) (factor.Prepared, error) {
	return s.prepare(a)
}

// AUN-040: what has to be sent is sent when it is asked for, for nobody all the same.
func TestPrepareFactor_of_what_is_sent(t *testing.T) {
	t.Parallel()
	var asked []factor.Attempt
	answer, failure := factor.Prepared{}, error(nil)
	v := sending{
		judging{factor.Traits{Kind: stamp, AMR: []string{"otp"}}, func(factor.Attempt) factor.Result { return factor.Result{Verdict: factor.Rejected} }},
		func(a factor.Attempt) (factor.Prepared, error) { asked = append(asked, a); return answer, failure },
	}
	r := newRig(t, with(v))
	r.offers(identity.Method{Name: "password", Enabled: true, Steps: []identity.Step{identity.Required(stamp)}})
	u := r.person(ada)
	at := r.clock.Now().Add(time.Minute)
	prepare := func(b *browser) (out authn.PrepareOutcome, err error) {
		b.do(func(ctx context.Context, s *session.Session) { out, err = r.accounts.PrepareFactor(ctx, s, stamp) })
		return out, err
	}
	var work []string
	for _, name := range []string{ada, "nobody@example.org"} {
		b := r.browser()
		b.begin(name)
		r.work.take()
		answer = factor.Prepared{Readiness: factor.Sent, To: "a•••", Again: at, Until: at.Add(time.Minute)}
		if out, err := prepare(b); err != nil || !is[authn.CodeSent](out) {
			t.Fatalf("%s: %T, %v", name, out, err)
		} else if got := out.(authn.CodeSent); got.To != "a•••" || !got.Again.Equal(at) || got.Menu.Step != 1 {
			t.Errorf("%s: %+v", name, got)
		}
		work = append(work, r.work.take())
		answer.Readiness = factor.AlreadySent
		if out, err := prepare(b); err != nil || !is[authn.AlreadySent](out) {
			t.Errorf("%s: %T, %v", name, out, err)
		}
		answer.Readiness = factor.Ready
		if out, err := prepare(b); err != nil || !is[authn.Ready](out) {
			t.Errorf("%s: %T, %v", name, out, err)
		}
		for _, r := range []factor.Readiness{factor.Unsent, 0, 99} {
			answer.Readiness = r
			if out, err := prepare(b); err != nil || !is[authn.Unavailable](out) {
				t.Errorf("%s, readiness %d: %T, %v", name, r, out, err)
			}
		}
		failure = errors.New("no way out")
		if out, err := prepare(b); err != nil || !is[authn.Unavailable](out) {
			t.Errorf("%s: %T, %v", name, out, err)
		}
		failure = nil
	}
	if work[0] != work[1] {
		t.Errorf("for somebody %s, for nobody %s", work[0], work[1])
	}
	if asked[0].User.ID != u.ID || !asked[len(asked)-1].User.ID.IsZero() || asked[len(asked)-1].Subject.User.IsZero() {
		t.Error("somebody is nobody, or nobody has an account")
	}
}
