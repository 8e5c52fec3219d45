package identity_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/identity"
)

// AUN-014
func TestAssess(t *testing.T) {
	t.Parallel()
	const uv = identity.Possession | identity.Inherence
	ev := func(class identity.Class, amr ...string) identity.Evidence {
		return identity.Evidence{Kind: "k", AMR: amr, Class: class}
	}
	password, totp := ev(identity.Knowledge, "pwd"), ev(identity.Possession, "otp")
	synced := ev(uv|identity.PhishingResistant, "swk", "user")
	key := ev(uv|identity.PhishingResistant|identity.DeviceBound|identity.Attested, "hwk", "user")
	for name, c := range map[string]struct {
		in    []identity.Evidence
		aal   identity.AAL
		amr   []string
		phish bool
		bound bool
	}{
		"nothing":                    {nil, identity.AAL0, nil, false, false},
		"mailed link":                {[]identity.Evidence{ev(0, "email")}, identity.AAL0, []string{"email"}, false, false},
		"password":                   {[]identity.Evidence{password}, identity.AAL1, []string{"pwd"}, false, false},
		"totp alone":                 {[]identity.Evidence{totp}, identity.AAL1, []string{"otp"}, false, false},
		"password and totp":          {[]identity.Evidence{password, totp}, identity.AAL2, []string{"pwd", "otp", "mfa"}, false, false},
		"password and link":          {[]identity.Evidence{password, ev(0)}, identity.AAL1, []string{"pwd"}, false, false},
		"two passwords":              {[]identity.Evidence{password, password}, identity.AAL1, []string{"pwd"}, false, false},
		"two things somebody has":    {[]identity.Evidence{totp, ev(identity.Possession, "sms")}, identity.AAL1, []string{"otp", "sms"}, false, false},
		"knows and is, has nothing":  {[]identity.Evidence{password, ev(identity.Inherence, "face")}, identity.AAL1, []string{"pwd", "face", "mfa"}, false, false},
		"claimed mfa":                {[]identity.Evidence{ev(identity.Knowledge, "mfa", "pwd")}, identity.AAL1, []string{"pwd"}, false, false},
		"synced passkey":             {[]identity.Evidence{synced}, identity.AAL2, []string{"swk", "user", "mfa"}, true, false},
		"attested key":               {[]identity.Evidence{key}, identity.AAL3, []string{"hwk", "user", "mfa"}, true, true},
		"attested key without a PIN": {[]identity.Evidence{ev(key.Class&^identity.Inherence, "hwk")}, identity.AAL1, []string{"hwk"}, true, true},
		"the same with a password":   {[]identity.Evidence{password, ev(key.Class&^identity.Inherence, "hwk")}, identity.AAL2, []string{"pwd", "hwk", "mfa"}, true, true},
		"key without attestation":    {[]identity.Evidence{ev(key.Class&^identity.Attested, "hwk")}, identity.AAL2, []string{"hwk", "mfa"}, true, true},
		"parts do not add up": {[]identity.Evidence{ev(uv), ev(identity.Knowledge | identity.PhishingResistant | identity.DeviceBound | identity.Attested)},
			identity.AAL2, []string{"mfa"}, true, true},
		"properties of no factor": {[]identity.Evidence{ev(identity.PhishingResistant | identity.DeviceBound | identity.Attested)}, identity.AAL0, nil, false, false},
	} {
		got := identity.Assess(c.in)
		if got.AAL != c.aal || !slices.Equal(got.AMR, c.amr) || got.PhishingResistant != c.phish || got.DeviceBound != c.bound {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// AUN-014
func TestAssess_never_falls_with_more_evidence_and_ignores_order(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		one := rapid.Custom(func(t *rapid.T) identity.Evidence {
			return identity.Evidence{Class: identity.Class(rapid.Uint8Range(0, 63).Draw(t, "class"))}
		})
		in := rapid.SliceOfN(one, 0, 5).Draw(t, "evidence")
		all := identity.Assess(in)
		for n := range in {
			if identity.Assess(in[:n]).AAL > all.AAL {
				t.Fatalf("%v is less than its beginning", in)
			}
		}
		slices.Reverse(in)
		if identity.Assess(in).AAL != all.AAL {
			t.Fatal("order decides the level")
		}
		twice := identity.Assess(append(slices.Clone(in), in...))
		if twice.AAL != all.AAL {
			t.Fatal("the same evidence twice adds up")
		}
	})
}

func TestAAL_String(t *testing.T) {
	t.Parallel()
	for a, want := range map[identity.AAL]string{identity.AAL0: "aal0", identity.AAL3: "aal3", 4: "aal?"} {
		if a.String() != want {
			t.Errorf("%s, want %s", a, want)
		}
	}
}
