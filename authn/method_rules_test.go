package authn_test

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// AUN-011, AUN-I0
func TestCheckMethods(t *testing.T) {
	t.Parallel()
	pw, app := identity.Required(factor.Password), identity.Required(factor.TOTP)
	either := identity.AnyOf(factor.Password, factor.TOTP)
	on := func(name string, steps ...identity.Step) identity.Method {
		return identity.Method{Name: name, Steps: steps, Enabled: true}
	}
	off := on("off", pw)
	off.Enabled = false
	few := &identity.MethodError{Rule: authn.MethodFewCredentials, Step: -1}
	for name, c := range map[string]struct {
		methods []identity.Method
		want    error
	}{
		"default":                    {authn.DefaultMethods(), nil},
		"mfa":                        {authn.MFAMethods(), nil},
		"two":                        {[]identity.Method{on("a", pw, app), on("b", app, pw)}, nil},
		"one disabled":               {[]identity.Method{on("a", pw), off}, nil},
		"either, then the other":     {[]identity.Method{on("a", either, either)}, nil},
		"either, then password":      {[]identity.Method{on("a", either, pw)}, nil},
		"none":                       {nil, authn.ErrNoMethod},
		"all disabled":               {[]identity.Method{off}, authn.ErrNoMethod},
		"three steps of two factors": {[]identity.Method{on("a", either, either, either)}, few},
		"no verifier":                {[]identity.Method{on("a", pw, identity.AnyOf(factor.TOTP, "passkey"))}, authn.ErrKindNotConfigured},
		"a mailed link":              {[]identity.Method{on("a", identity.Required(factor.EmailLink))}, authn.ErrKindNotConfigured},
		"one name twice":             {[]identity.Method{on("a", pw), on("a", app)}, &identity.MethodError{Rule: authn.MethodNameTwice, Step: -1}},
		"malformed":                  {[]identity.Method{on("A", pw)}, &identity.MethodError{Rule: identity.MethodName, Step: -1}},
		"disabled and malformed":     {[]identity.Method{on("a", pw), {Name: "b"}}, &identity.MethodError{Rule: identity.MethodSteps, Step: -1}},
	} {
		err := authn.CheckMethods(c.methods)
		var rule *identity.MethodError
		if errors.As(c.want, &rule) {
			var got *identity.MethodError
			if !errors.As(err, &got) || *got != *rule {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
			continue
		}
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// AUN-013, AUN-014: a passkey that has verified its user is two factors, so that
// alone it stands beside password and app as a method of one tenant.
func TestPasskey_alone_is_as_strong_as_password_and_app(t *testing.T) {
	t.Parallel()
	const passkey identity.Kind = "passkey"
	methods := []identity.Method{
		{Name: "passkey", Enabled: true, Steps: []identity.Step{identity.Required(passkey)}},
		{Name: "password", Enabled: true, Steps: []identity.Step{identity.Required(factor.Password), identity.AnyOf(factor.TOTP, passkey)}},
	}
	if err := authn.CheckMethodsWith(methods, factor.Password, factor.TOTP, passkey); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kinds           []identity.Kind
		alone, password bool
	}{
		{[]identity.Kind{passkey}, true, false},
		{[]identity.Kind{factor.Password}, false, false},
		{[]identity.Kind{factor.Password, factor.TOTP}, false, true},
		{[]identity.Kind{factor.Password, passkey}, true, true},
	} {
		if a, p := authn.SatisfiableWith(methods[0].Steps, c.kinds...), authn.SatisfiableWith(methods[1].Steps, c.kinds...); a != c.alone || p != c.password {
			t.Errorf("%v: passkey %v, password %v", c.kinds, a, p)
		}
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	proof := func(kind identity.Kind, class identity.Class, amr ...string) identity.Evidence {
		return identity.Evidence{Kind: kind, At: now, AMR: amr, Class: class}
	}
	verified := identity.Possession | identity.Inherence | identity.PhishingResistant
	for name, c := range map[string]struct {
		evidence []identity.Evidence
		want     identity.AAL
		phish    bool
	}{
		"verified by the device":     {[]identity.Evidence{proof(passkey, verified, "swk", "user")}, identity.AAL2, true},
		"by a PIN instead":           {[]identity.Evidence{proof(passkey, identity.Possession|identity.Knowledge|identity.PhishingResistant, "swk", "user")}, identity.AAL2, true},
		"nobody verified":            {[]identity.Evidence{proof(passkey, identity.Possession|identity.PhishingResistant, "swk")}, identity.AAL1, true},
		"nobody verified, password":  {[]identity.Evidence{proof(factor.Password, identity.Knowledge, "pwd"), proof(passkey, identity.Possession|identity.PhishingResistant, "swk")}, identity.AAL2, true},
		"nobody verified, an app":    {[]identity.Evidence{proof(factor.TOTP, identity.Possession, "otp"), proof(passkey, identity.Possession|identity.PhishingResistant, "swk")}, identity.AAL1, true},
		"bound to one device, known": {[]identity.Evidence{proof(passkey, verified|identity.DeviceBound|identity.Attested, "hwk", "user")}, identity.AAL3, true},
		"password and app":           {[]identity.Evidence{proof(factor.Password, identity.Knowledge, "pwd"), proof(factor.TOTP, identity.Possession, "otp")}, identity.AAL2, false},
	} {
		got := identity.Assess(c.evidence)
		if got.AAL != c.want || got.PhishingResistant != c.phish {
			t.Errorf("%s: %+v", name, got)
		}
		if mfa := got.AMR[len(got.AMR)-1] == "mfa"; mfa != (c.want > identity.AAL1) {
			t.Errorf("%s: references %v", name, got.AMR)
		}
	}
}

// AUN-I0, AUN-011: steps that take the same kinds take two credentials.
func TestSignIn_where_two_steps_take_the_same_kinds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	show := r.app(u)
	must(t, r.stores.Identity.Apply(t.Context(),
		identity.PutMethod{Scope: identity.UserScope(u.Subject()), Method: identity.Method{Name: "password"}, Remove: true}))
	either := identity.AnyOf(factor.Password, factor.TOTP)
	m := identity.Method{Name: "password", Enabled: true, Steps: []identity.Step{either, either}}
	must(t, authn.CheckMethods([]identity.Method{m}))
	r.offers(m)
	b := r.browser()
	b.begin(ada)
	if out, ok := b.try(pw(goodPassword)).(authn.StepRequired); !ok || len(out.Menu.Options) != 1 || out.Menu.Options[0] != factor.TOTP {
		t.Errorf("what is left: %+v", out)
	}
	if out := b.try(pw(goodPassword)); !is[authn.Rejected](out) || b.signedIn() {
		t.Fatalf("the password twice: %T", out)
	}
	if out := b.try(code(show())); !is[authn.Completed](out) {
		t.Errorf("password and app: %T", out)
	}
	r.clock.Advance(time.Minute)
	b = r.browser()
	b.begin(ada)
	b.try(code(show()))
	r.clock.Advance(time.Minute)
	if out := b.try(code(show())); !is[authn.Rejected](out) || b.signedIn() {
		t.Fatalf("the app twice: %T", out)
	}
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Errorf("app and password: %T", out)
	}
}
