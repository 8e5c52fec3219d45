package authn_test

import (
	"strings"
	"testing"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
)

// IDN-065: who counts no guesses says why, and is told so.
func TestWithoutLockout_counts_nothing(t *testing.T) {
	t.Parallel()
	var cfg authn.Config
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) {
		cfg = *c
		c.Ledger, c.WithoutLockout = nil, "a test of hashing"
	})
	r.person(ada)
	b := r.browser()
	b.begin(ada)
	for range 12 { // the lever of a person holds five, that of an address ten
		if out := b.try(pw("not the right password")); !is[authn.Rejected](out) {
			t.Fatalf("%T", out)
		}
	}
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Errorf("%T", out)
	}
	if !strings.Contains(r.logs.String(), "a test of hashing") {
		t.Errorf("nobody is warned: %s", r.logs)
	}
	if got, set := r.metrics.Level(authn.MetricLockoutDisabled); got != 1 || !set {
		t.Errorf("the gauge is %v, %t", got, set)
	}
	if got, set := newRig(t).metrics.Level(authn.MetricLockoutDisabled); got != 0 || !set {
		t.Errorf("the gauge of a service that counts is %v, %t", got, set)
	}

	both, unwritten, allowed := cfg, cfg, cfg
	both.WithoutLockout = "why"
	unwritten.Identity = identity.NoopAuthnLog(cfg.Identity)
	allowed.Identity, allowed.Ledger, allowed.WithoutLockout = unwritten.Identity, nil, "why"
	for want, c := range map[string]authn.Config{"WithoutLockout": both, "Identity": unwritten} {
		if _, err := authn.New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := authn.New(allowed); err != nil {
		t.Error(err)
	}
}
