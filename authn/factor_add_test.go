package authn_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

func (b *browser) addsFactor(n authn.NewFactor, proof authn.Credential) (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { out, err = b.r.accounts.AddFactor(ctx, s, n, proof) })
	return out, err
}

// getsFactor adds one with a proof that fits.
func (b *browser) getsFactor(kind identity.Kind, body, proof string) error {
	b.r.t.Helper()
	out, err := b.addsFactor(authn.NewFactor{Kind: kind, Body: []byte(body)}, authn.Presented{Of: kind, Secret: secret(proof)})
	if err == nil && !is[authn.Completed](out) {
		return errOutcome
	}
	return err
}

func (b *browser) removesFactor(id identity.CredentialID) (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { out, err = b.r.accounts.RemoveFactor(ctx, s, id) })
	return out, err
}

// asked are the kinds that the current step takes.
func (b *browser) asked() []identity.Kind {
	b.r.t.Helper()
	st, _ := b.state().(session.Authenticating)
	return st.Current().Kinds()
}

func (r *rig) credentials(email string, kind identity.Kind) []identity.Credential {
	r.t.Helper()
	return r.held(email, kind)
}

const list = "apple-7\nbirch-3\ncedar-1\n"

// FAC-005: whoever adds a second factor has shown that they hold it and is asked for it
// from then on; what showed it signs nobody in, every other session ends, and the owner
// is told.
func TestAddFactor(t *testing.T) {
	t.Parallel()
	r := newRig(t, with(paperVerifier{}))
	r.person(ada)
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	if out, err := b.addsFactor(authn.NewFactor{Kind: paper, Label: "Drawer", Body: []byte(list)}, listed("elder-9")); err != nil || !is[authn.Rejected](out) {
		t.Fatalf("a proof that does not fit: %T, %v", out, err)
	}
	if len(r.credentials(ada, paper)) != 0 || !other.signedIn() {
		t.Fatal("a proof that does not fit changed something")
	}
	out, err := b.addsFactor(authn.NewFactor{Kind: paper, Label: "Drawer", Body: []byte(list)}, listed("apple-7"))
	if err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	if got := r.credentials(ada, paper); len(got) != 1 || got[0].Label != "Drawer" {
		t.Fatalf("%+v", got)
	}
	if !b.signedIn() || other.signedIn() {
		t.Error("this session has ended, or another has not")
	}
	if st, ok := b.state().(session.Authenticated); !ok || identity.Assess(st.Evidence()).AAL != identity.AAL2 {
		t.Error("what was shown is no evidence of this session")
	}
	if n := r.mails(); len(n) == 0 {
		t.Error("the owner was not told")
	}
	r.clock.Advance(time.Second)
	b = r.half(ada)
	if out := b.try(listed("apple-7")); !is[authn.Rejected](out) {
		t.Errorf("what showed it signs in: %T", out)
	}
	if out := b.try(listed("birch-3")); !is[authn.Completed](out) {
		t.Errorf("the next one: %T", out)
	}
}

// AUN-104, FAC-005: not by a stolen session, not beyond five, not a body that nobody can
// read, and not what has a way of its own.
func TestAddFactor_refuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, with(paperVerifier{}, judging{factor.Traits{Kind: factor.LDAPBind, AMR: []string{"pwd"}, External: true}, nil}))
	r.person(ada)
	b := r.browser().signIn(ada)
	add := func(kind identity.Kind, label, body string, proof authn.Credential) error {
		_, err := b.addsFactor(authn.NewFactor{Kind: kind, Label: label, Body: []byte(body)}, proof)
		return err
	}
	for name, c := range map[string]struct {
		err, want error
	}{
		"a kind that nobody judges": {add("custom:other", "", "x", authn.Presented{Of: "custom:other"}), authn.ErrKindNotConfigured},
		"a password":                {add(factor.Password, "", "x", pw(goodPassword)), authn.ErrKindNotConfigured},
		"an app":                    {add(factor.TOTP, "", "x", code("123456")), authn.ErrKindNotConfigured},
		"judged elsewhere":          {add(factor.LDAPBind, "", "x", authn.Presented{Of: factor.LDAPBind, Secret: secret("x")}), authn.ErrKindNotConfigured},
		"a proof of another kind":   {add(paper, "", list, code("apple-7")), authn.ErrStepMismatch},
		"no body":                   {add(paper, "", "", listed("apple-7")), authn.ErrKindNotConfigured},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	var field *authn.FieldError
	if err := add(paper, "a\nb", list, listed("apple-7")); !errors.As(err, &field) {
		t.Errorf("a label of two lines: %v", err)
	}
	for range 5 {
		must(t, b.getsFactor(paper, list, "apple-7"))
	}
	if err := add(paper, "", list, listed("apple-7")); !errors.Is(err, authn.ErrLimit) {
		t.Errorf("the sixth: %v", err)
	}
	id := r.credentials(ada, paper)[0].ID
	_, err := b.removesFactor(id)
	must(t, err)
	r.clock.Advance(6 * time.Minute)
	if err := add(paper, "", list, listed("apple-7")); !errors.Is(err, authn.ErrStepUpRequired) {
		t.Errorf("added six minutes after the proof: %v", err)
	}
	if _, err := b.removesFactor(r.credentials(ada, paper)[0].ID); !errors.Is(err, authn.ErrStepUpRequired) {
		t.Errorf("removed six minutes after the proof: %v", err)
	}
}

// FAC-005: with the last second factor goes the second step; one that the tenant asks
// for, or that an administrator signs in with, stays.
func TestRemoveFactor(t *testing.T) {
	t.Parallel()
	r := newRig(t, with(paperVerifier{}))
	u := r.person(ada)
	b := r.browser().signIn(ada)
	must(t, b.getsFactor(paper, list, "apple-7"))
	b.enrols("phone") // either of them is asked for now
	r.clock.Advance(time.Minute)
	in := r.half(ada)
	if got := in.asked(); !slices.Equal(got, []identity.Kind{factor.TOTP, paper, factor.Recovery}) && !slices.Equal(got, []identity.Kind{paper, factor.TOTP, factor.Recovery}) {
		t.Fatalf("asked for %v", got)
	}
	if out := in.try(listed("birch-3")); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	if _, err := in.removesFactor(identity.NewCredentialID(r.entropy)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an id that nobody has: %v", err)
	}
	if _, err := in.removesFactor(r.credentials(ada, factor.Password)[0].ID); !errors.Is(err, authn.ErrLastFactor) {
		t.Errorf("the password: %v", err)
	}
	if out, err := in.removesFactor(r.apps(ada)[0]); err != nil || !is[authn.Completed](out) {
		t.Fatalf("the app: %T, %v", out, err)
	}
	r.clock.Advance(time.Second)
	if got := r.half(ada).asked(); !slices.Equal(got, []identity.Kind{paper, factor.Recovery}) {
		t.Errorf("after the app is gone: %v", got)
	}
	must(t, r.accounts.GrantRole(t.Context(), authn.RoleChange{Subject: u.Subject(), Role: identity.RoleAdmin, By: identity.SystemUser}))
	r.clock.Advance(time.Second)
	in = r.half(ada)
	if out := in.try(listed("cedar-1")); !is[authn.Completed](out) {
		t.Fatalf("an administrator: %T", out)
	}
	// The list is empty now, and is one all the same for whoever counts rows.
	if _, err := in.removesFactor(r.credentials(ada, paper)[0].ID); !errors.Is(err, authn.ErrRoleNeedsMFA) {
		t.Errorf("the last one of an administrator: %v", err)
	}
}

// FAC-005: what a tenant asks for stays.
func TestRemoveFactor_keeps_what_the_tenant_asks_for(t *testing.T) {
	t.Parallel()
	r := newRig(t, with(paperVerifier{}))
	r.person(ada)
	b := r.browser().signIn(ada)
	must(t, b.getsFactor(paper, list, "apple-7"))
	r.offers(identity.Method{Name: "password", Enabled: true, Steps: []identity.Step{identity.Required(factor.Password), identity.AnyOf(factor.TOTP, paper)}})
	if _, err := b.removesFactor(r.credentials(ada, paper)[0].ID); !errors.Is(err, authn.ErrLastFactor) {
		t.Errorf("the only one: %v", err)
	}
	must(t, b.getsFactor(paper, list, "apple-7"))
	if out, err := b.removesFactor(r.credentials(ada, paper)[0].ID); err != nil || !is[authn.Completed](out) {
		t.Errorf("one of two: %T, %v", out, err)
	}
}

// card is a kind whose verifier makes the record of what is shown.
type card struct{ judging }

func (card) Enrol(_ context.Context, a factor.Attempt) ([]byte, factor.Verdict) {
	if string(a.Secret.Reveal()) != "card-1" {
		return nil, factor.Rejected
	}
	return []byte("card-1"), factor.Accepted
}

// FAC-005: a verifier makes the record of what is shown.
func TestAddFactor_of_what_is_shown(t *testing.T) {
	t.Parallel()
	v := card{judging{factor.Traits{Kind: stamp, AMR: []string{"swk"}, Class: identity.Possession}, func(a factor.Attempt) factor.Result {
		if len(a.Records) == 1 && string(a.Records[0].Body) == string(a.Secret.Reveal()) {
			return factor.Result{Verdict: factor.Accepted}
		}
		return factor.Result{Verdict: factor.Rejected}
	}}}
	r := newRig(t, with(v))
	r.person(ada)
	b := r.browser().signIn(ada)
	if out, err := b.addsFactor(authn.NewFactor{Kind: stamp}, shows("card-2")); err != nil || !is[authn.Rejected](out) {
		t.Errorf("what makes no record: %T, %v", out, err)
	}
	if out, err := b.addsFactor(authn.NewFactor{Kind: stamp}, shows("card-1")); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	r.clock.Advance(time.Second)
	if out := r.half(ada).try(shows("card-1")); !is[authn.Completed](out) {
		t.Errorf("signing in: %T", out)
	}
}
