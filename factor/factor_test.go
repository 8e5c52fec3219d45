package factor_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// AUN-010
func TestKinds_have_stable_tags(t *testing.T) {
	t.Parallel()
	for k, tag := range map[identity.Kind]string{factor.Password: "password", factor.TOTP: "totp", factor.EmailLink: "email_link"} {
		if string(k) != tag {
			t.Errorf("%s, want %s", k, tag)
		}
	}
}

// AUN-010: the tags of a program have a form of their own, so that none is one of ours,
// today or later.
func TestNewRegistry_refuses(t *testing.T) {
	t.Parallel()
	good := factor.Traits{Kind: factor.Custom("badge"), AMR: []string{"otp"}}
	if _, err := factor.NewRegistry(kind(good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*factor.Traits){
		"no tag":             func(x *factor.Traits) { x.Kind = "" },
		"a plain word":       func(x *factor.Traits) { x.Kind = "badge" },
		"evidence only":      func(x *factor.Traits) { x.Kind = factor.EmailLink },
		"no name":            func(x *factor.Traits) { x.Kind = factor.Custom("") },
		"a capital":          func(x *factor.Traits) { x.Kind = factor.Custom("Badge") },
		"a digit first":      func(x *factor.Traits) { x.Kind = factor.Custom("2fa") },
		"a slash":            func(x *factor.Traits) { x.Kind = factor.Custom("a/b") },
		"too long":           func(x *factor.Traits) { x.Kind = factor.Custom("a23456789012345678901234567890123") },
		"no reference":       func(x *factor.Traits) { x.AMR = nil },
		"too much input":     func(x *factor.Traits) { x.Limit = 16<<10 + 1 },
		"an unknown field":   func(x *factor.Traits) { x.Field = 99 },
		"a guess at nothing": func(x *factor.Traits) { x.Field = factor.FieldNone },
	} {
		bad := good
		change(&bad)
		if _, err := factor.NewRegistry(kind(bad)); !errors.Is(err, factor.ErrRegistry) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := factor.NewRegistry(kind(good), kind(good)); !errors.Is(err, factor.ErrRegistry) {
		t.Errorf("one kind twice: %v", err)
	}
	if _, err := factor.NewRegistry(nil); !errors.Is(err, factor.ErrRegistry) {
		t.Errorf("no verifier: %v", err)
	}
}

// AUN-104: a step-up asks for the strongest.
func TestRegistry_orders_kinds_by_strength(t *testing.T) {
	t.Parallel()
	const know, have, safe = identity.Knowledge, identity.Possession, identity.PhishingResistant
	r, err := factor.NewRegistry(
		kind{Kind: factor.Passkey, AMR: []string{"swk"}, Class: have | identity.Inherence | safe},
		kind{Kind: factor.MTLS, AMR: []string{"swk"}, Class: have | safe},
		kind{Kind: factor.TOTP, AMR: []string{"otp"}, Class: have},
		kind{Kind: factor.Password, AMR: []string{"pwd"}, Class: know},
		kind{Kind: factor.HOTP, AMR: []string{"otp"}, Class: have},
		kind{Kind: factor.EmailOTP, AMR: []string{"otp"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []identity.Kind{factor.EmailOTP, factor.Password, factor.TOTP, factor.HOTP, factor.MTLS, factor.Passkey}
	if got := r.Kinds(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if r.Has("custom:other") || r.Traits("custom:other").Kind != "" {
		t.Error("knows what nobody verifies")
	}
}

func TestTraits_takes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of   factor.Traits
		n    int
		want bool
	}{
		{factor.Traits{}, 0, false}, {factor.Traits{}, 1, true}, {factor.Traits{}, 64, true}, {factor.Traits{}, 65, false},
		{factor.Traits{Limit: 1024}, 1024, true}, {factor.Traits{Limit: 1024}, 1025, false},
		{factor.Traits{Field: factor.FieldNone}, 0, true}, {factor.Traits{Field: factor.FieldNone}, 1, false},
	} {
		if c.of.Takes(c.n) != c.want {
			t.Errorf("%+v takes %d bytes: %v", c.of, c.n, !c.want)
		}
	}
}

// kind is a verifier of which only the traits are asked.
type kind factor.Traits

func (k kind) Traits() factor.Traits { return factor.Traits(k) }

func (kind) Works(factor.Record) bool { return true }

func (kind) Verify(context.Context, factor.Attempt) factor.Result {
	return factor.Result{Verdict: factor.Rejected}
}

// AUN-045
func TestVerdict_charges_rejections_and_the_unknown(t *testing.T) {
	t.Parallel()
	for v, want := range map[factor.Verdict]bool{
		factor.Accepted: false, factor.Rejected: true, factor.Replayed: false, factor.Unavailable: false, factor.Misconfigured: false,
		0: true, 99: true,
	} {
		if v.Charged() != want {
			t.Errorf("%s: charged %v", v, !want)
		}
	}
	if factor.Verdict(0).String() != "invalid" || factor.Replayed.String() != "replayed" {
		t.Error("names")
	}
}
