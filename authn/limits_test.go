package authn_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
)

// AUN-001: a value at its limit is taken, one beyond it is refused by name.
func TestConfig_limits(t *testing.T) {
	t.Parallel()
	var cfg authn.Config
	var acc authn.AccountsConfig
	newRig(t, func(c *authn.Config, a *authn.AccountsConfig) { cfg, acc = *c, *a })
	lock := authn.UserLock()
	with := func(change func(*authn.LockPolicy)) authn.LockPolicy {
		p := lock
		change(&p)
		return p
	}
	for field, tc := range map[string]struct {
		good, bad []func(*authn.Config, *authn.AccountsConfig)
	}{
		"FlowDeadline": {
			deadlines(func(c *authn.Config, _ *authn.AccountsConfig, d time.Duration) { c.FlowDeadline = d }, 0, time.Minute, time.Hour),
			deadlines(func(c *authn.Config, _ *authn.AccountsConfig, d time.Duration) { c.FlowDeadline = d }, -1, time.Minute-1, time.Hour+1),
		},
		"LinkLife": {
			deadlines(func(_ *authn.Config, a *authn.AccountsConfig, d time.Duration) { a.LinkLife = d }, 0, 5*time.Minute, 7*24*time.Hour),
			deadlines(func(_ *authn.Config, a *authn.AccountsConfig, d time.Duration) { a.LinkLife = d }, -1, 5*time.Minute-1, 7*24*time.Hour+1),
		},
		"FreshFor": {
			deadlines(func(_ *authn.Config, a *authn.AccountsConfig, d time.Duration) { a.FreshFor = d }, 0, 1, time.Hour),
			deadlines(func(_ *authn.Config, a *authn.AccountsConfig, d time.Duration) { a.FreshFor = d }, -1),
		},
		"TenantMails": {
			[]func(*authn.Config, *authn.AccountsConfig){func(_ *authn.Config, a *authn.AccountsConfig) { a.TenantMails = 10 }, func(_ *authn.Config, a *authn.AccountsConfig) { a.TenantMails = 100_000 }},
			[]func(*authn.Config, *authn.AccountsConfig){func(_ *authn.Config, a *authn.AccountsConfig) { a.TenantMails = 9 }, func(_ *authn.Config, a *authn.AccountsConfig) { a.TenantMails = 100_001 }, func(_ *authn.Config, a *authn.AccountsConfig) { a.TenantMails = -1 }},
		},
		"BaseURL": {
			urls("http://localhost:8080/auth", "https://app.example"),
			urls("", "app.example", "//app.example/auth", "https:///auth", "https://app.example?a", "https://app.example#a", "https://u@app.example", "https://%zz"),
		},
		"UserLock": {
			locks(lock, with(func(p *authn.LockPolicy) { p.Threshold, p.Factor = 1, 1 }), with(func(p *authn.LockPolicy) { p.Cap = p.Lock }),
				with(func(p *authn.LockPolicy) { p.Lock, p.Cap, p.Window, p.Decay = 1, 1, 1, 1 })),
			locks(with(func(p *authn.LockPolicy) { p.Threshold = 0 }), with(func(p *authn.LockPolicy) { p.Factor = 0 }), with(func(p *authn.LockPolicy) { p.Cap = p.Lock - 1 }),
				with(func(p *authn.LockPolicy) { p.Lock = 0 }), with(func(p *authn.LockPolicy) { p.Window = 0 }), with(func(p *authn.LockPolicy) { p.Decay = 0 })),
		},
	} {
		for i, change := range slices.Concat(tc.good, tc.bad) {
			c, a := cfg, acc
			change(&c, &a)
			s, err := authn.New(c)
			if err == nil {
				a.Service = s
				_, err = authn.NewAccounts(a)
			}
			if good := i < len(tc.good); (err == nil) != good || err != nil && !strings.Contains(err.Error(), field) {
				t.Errorf("%s, value %d (good: %v): %v", field, i, good, err)
			}
		}
	}
}

type change = func(*authn.Config, *authn.AccountsConfig)

func deadlines(set func(*authn.Config, *authn.AccountsConfig, time.Duration), values ...time.Duration) (all []change) {
	for _, d := range values {
		all = append(all, func(c *authn.Config, a *authn.AccountsConfig) { set(c, a, d) })
	}
	return all
}

func urls(values ...string) (all []change) {
	for _, u := range values {
		all = append(all, func(_ *authn.Config, a *authn.AccountsConfig) { a.BaseURL = u })
	}
	return all
}

func locks(values ...authn.LockPolicy) (all []change) {
	for _, p := range values {
		all = append(all, func(c *authn.Config, _ *authn.AccountsConfig) { c.UserLock = p })
	}
	return all
}

// Defaults are those of the documentation.
func TestConfig_defaults(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if r.accounts.LinkLife() != 24*time.Hour || r.accounts.PasswordPolicy().Min != password.MinAlone || r.accounts.SignUp() != authn.SignUpOpen {
		t.Errorf("links live %v, passwords have %d", r.accounts.LinkLife(), r.accounts.PasswordPolicy().Min)
	}
	eight := newRig(t, func(_ *authn.Config, a *authn.AccountsConfig) { a.Policy.Min = 8 })
	if eight.accounts.PasswordPolicy().Min != 8 {
		t.Errorf("asked for 8, got %d", eight.accounts.PasswordPolicy().Min)
	}
}

// PRD-060: taking one role away leaves the others.
func TestRevokeRole_leaves_other_roles(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	r.app(u)
	must(t, r.grant(u, identity.RoleAdmin))
	must(t, r.grant(u, "editor"))
	must(t, r.accounts.RevokeRole(t.Context(), authn.RoleChange{Subject: u.Subject(), Role: "editor"}))
	if got := r.roles(u); len(got) != 1 || got[0] != identity.RoleAdmin {
		t.Errorf("left with %v", got)
	}
}

// AUD-020: what happened to a login stands in the record, with its kind, its
// outcome and its cause.
func TestEvents_of_a_login(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser().signIn(ada)
	other := r.browser().signIn(ada)
	must(t, b.revokes(other.ref()))
	if _, err := b.act(r.accounts.LogoutOthers); err != nil {
		t.Fatal(err)
	}
	if _, err := b.act(r.accounts.Logout); err != nil {
		t.Fatal(err)
	}
	if _, err := r.browser().signUp(ada, goodPassword); err != nil { // taken
		t.Fatal(err)
	}
	if _, err := r.browser().signUp("new@example.org", goodPassword); err != nil {
		t.Fatal(err)
	}
	all := r.audited()
	for kind, want := range map[string]int{
		"authenticated": 2, "factor_verified": 2, "session_invalidated": 2, "logout_attempt": 1, "signup_started": 2,
	} {
		if n := strings.Count(all, fmt.Sprintf(`"kind":%q`, kind)); n != want {
			t.Errorf("%d of %s, want %d\n%s", n, kind, want, all)
		}
	}
	for _, line := range strings.Split(all, "\n") {
		if strings.Contains(line, `"kind":"authenticated"`) && (!strings.Contains(line, u.ID.String()) || !strings.Contains(line, `"success"`)) {
			t.Errorf("of whom, and how: %s", line)
		}
	}
	if n := strings.Count(all, `"exists"`); n != 1 {
		t.Errorf("%d sign-ups of a taken address\n%s", n, all)
	}
}
