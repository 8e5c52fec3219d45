package factor_test

import (
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

// AUN-014
func TestIsStep_knows_the_kinds_that_a_method_may_ask_for(t *testing.T) {
	t.Parallel()
	for k, want := range map[identity.Kind]bool{factor.Password: true, factor.TOTP: true, factor.EmailLink: false, "new": false} {
		if factor.IsStep(k) != want {
			t.Errorf("%q as a step: %v", k, !want)
		}
	}
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
