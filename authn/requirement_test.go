package authn_test

import (
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
)

func (b *browser) meets(req authn.Requirement) bool {
	b.r.t.Helper()
	return b.r.accounts.Meets(b.state(), req)
}

// AUN-103, AUN-I13: the age of a factor counts from when it was proved, to the
// millisecond, and no factor lends its age to another.
func TestMeets_what_is_fresh(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, show := r.mfa(0)
	both := authn.Requirement{MinAAL: identity.AAL2}
	r.clock.Advance(authn.DefaultMaxAge)
	if !b.meets(both) || !b.meets(anyOf(factor.TOTP)) {
		t.Error("at five minutes sharp")
	}
	if hasty := anyOf(factor.TOTP); b.meets(authn.Requirement{AnyOf: hasty.AnyOf, MaxAge: authn.DefaultMaxAge - time.Millisecond}) {
		t.Error("an age of its own is not kept")
	}
	r.clock.Advance(time.Millisecond)
	if b.meets(both) || b.meets(anyOf(factor.TOTP)) || b.meets(authn.Requirement{MinAAL: identity.AAL1}) {
		t.Error("a millisecond later")
	}
	if !b.meets(authn.Requirement{MinAAL: identity.AAL2, MaxAge: time.Hour}) {
		t.Error("whoever asks for an hour")
	}
	r.clock.Advance(time.Minute)
	b.mustStep(anyOf(factor.TOTP), factor.TOTP)
	if b.meets(anyOf(factor.TOTP)) {
		t.Error("asked for, not yet proved")
	}
	b.try(code(show()))
	if !b.meets(anyOf(factor.TOTP)) || b.meets(both) || b.meets(anyOf(factor.Password)) {
		t.Error("one that is fresh makes the other fresh")
	}
}

// AUN-103: clocks of two servers differ; what the other has just seen counts here.
func TestMeets_what_another_clock_saw_a_moment_ahead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada)
	st := b.state()
	r.clock.Set(r.clock.Now().Add(-2 * time.Second))
	if !r.accounts.Meets(st, anyOf(factor.Password)) {
		t.Error("proved two seconds ahead of this clock")
	}
}

// AUN-100, AUN-142: nobody, somebody half-way, a requirement that says nothing, and
// whoever acts as somebody else meet nothing.
func TestMeets_nothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	target := r.person("bob@example.org")
	half := r.browser()
	half.begin(ada)
	in := r.browser().signIn(ada)
	if !in.meets(anyOf(factor.Password)) {
		t.Fatal("signed in just now")
	}
	for name, req := range map[string]authn.Requirement{"empty": {}, "impossible": {MinAAL: 4}, "of the past": {MinAAL: 1, MaxAge: -1}} {
		if in.meets(req) {
			t.Errorf("%s: met", name)
		}
	}
	for name, b := range map[string]*browser{"a guest": r.browser(), "half-way": half, "in the name of somebody else": in.acts(target)} {
		// The evidence of acting is of a kind, and fresh, and yet proves nothing.
		for _, req := range []authn.Requirement{anyOf(factor.Password), {MinAAL: identity.AAL1}, anyOf(machine.KindImpersonation)} {
			if b.meets(req) {
				t.Errorf("%s meets %+v", name, req)
			}
		}
	}
}
