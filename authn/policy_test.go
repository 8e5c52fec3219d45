package authn_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// rules gives the tenant policies, as an operator does.
func (r *rig) rules(list ...authn.Policy) {
	r.t.Helper()
	for _, p := range list {
		must(r.t, r.tenants().PutPolicy(r.t.Context(), opScope(r.t), authn.PolicyChange{Tenant: r.tenant, Policy: p}))
	}
}

// stored writes a row of a policy beside the program.
func (r *rig) stored(scope identity.Scope, kind identity.PolicyKind, body string) {
	r.t.Helper()
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.PutPolicy{Policy: identity.Policy{
		Scope: scope, Kind: kind, Version: 1, Body: []byte(body), Reason: "because", By: identity.SystemUser, At: r.clock.Now(),
	}}))
}

func encoded(t testing.TB, p authn.Policy) string {
	t.Helper()
	b, err := authn.EncodePolicy(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func tight() authn.LockPolicy {
	l := authn.UserLock()
	l.Threshold = 2
	return l
}

// failures are how many wrong passwords are judged before somebody is locked out.
func (r *rig) failures(name string) int {
	r.t.Helper()
	for n := 0; ; n++ {
		b := r.browser()
		b.addr = fmt.Sprintf("198.51.100.%d:1", n+1)
		b.begin(name)
		if out := b.try(pw("not the right password")); is[authn.Throttled](out) {
			return n
		}
		if n > 20 {
			return -1
		}
	}
}

// IDN-071, AUN-051, AUN-052: the numbers of a tenant's lock bound the guesses at its
// people and at nobody alike, and cost no call more.
func TestPolicy_of_a_lock_takes_effect(t *testing.T) {
	t.Parallel()
	work := map[bool]string{}
	for _, own := range []bool{false, true} {
		r := newRig(t)
		r.person(ada)
		want := 5
		if own {
			r.rules(tight(), authn.SessionPolicy{Max: 3})
			want = 2
		}
		r.work.take()
		r.browser().signIn(ada)
		work[own] = r.work.take()
		for _, name := range []string{ada, "nobody@example.org"} {
			if got := r.failures(name); got != want {
				t.Errorf("own rules %t, %s: locked after %d, want %d", own, name, got, want)
			}
		}
	}
	if work[true] != work[false] || work[true] == "" {
		t.Errorf("a login under own rules does %s, otherwise %s", work[true], work[false])
	}
}

// IDN-071, AUN-104: who is signed in is bound by the lock of the tenant as well: at a
// step-up and where the password is asked for again.
func TestPolicy_of_a_lock_holds_for_who_is_signed_in(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.rules(tight())
	b := r.browser().signIn(ada)
	r.clock.Advance(time.Hour)
	b.mustStep(anyOf(factor.Password), factor.Password)
	for range 2 {
		b.try(pw("not the right password"))
	}
	if out := r.browser().begin(ada); !is[authn.StepRequired](out) {
		t.Fatalf("%T", out)
	}
	if n := r.failures(ada); n != 0 {
		t.Errorf("%d more guesses after a step-up has locked", n)
	}
}

// IDN-071, FAC-020: the least length of a tenant's passwords, wherever one is set.
func TestPolicy_of_passwords_takes_effect(t *testing.T) {
	t.Parallel()
	const short, long = "seventeen letters", "twenty-four letters long"
	r := newRig(t)
	r.person(ada)
	r.rules(authn.PasswordPolicy{Min: 20})
	refused := func(what string, err error) {
		t.Helper()
		var p *password.PolicyError
		if !errors.As(err, &p) || p.Min != 20 {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := r.browser().signUp("fresh@example.org", short)
	refused("sign-up", err)
	link := r.browser().asks("fresh@example.org", long)
	_, err = r.browser().confirm(link, short)
	refused("confirmed elsewhere", err)
	refused("reset", r.resets(r.asksReset(ada), short))
	refused("claim", r.browser().beginClaim(r.claimToken(), "boss@example.org", short))
	b := r.browser().signIn(ada)
	b.do(func(ctx context.Context, s *session.Session) {
		_, err = r.accounts.ChangePassword(ctx, s, pw(goodPassword), secret(short))
	})
	refused("change", err)
	acct, _ := r.account(ada)
	if got := r.accounts.PasswordPolicyFor(t.Context(), acct).Min; got != 20 {
		t.Errorf("pages state %d", got)
	}
	if got := r.accounts.PasswordPolicyFor(t.Context(), identity.Account{}).Min; got != 20 {
		t.Errorf("the sign-up page states %d", got)
	}
}

// IDN-071, AUN-103: how fresh a factor has to be is the tenant's.
func TestPolicy_of_a_step_up_takes_effect(t *testing.T) {
	t.Parallel()
	for age, asked := range map[time.Duration]bool{time.Minute: true, 30 * time.Minute: false} {
		r := newRig(t)
		r.person(ada)
		r.rules(authn.StepUpPolicy{MaxAge: age})
		b := r.browser().signIn(ada)
		r.clock.Advance(2 * time.Minute)
		acct, _ := r.account(ada)
		need := r.accounts.Strongest(t.Context(), acct)
		if b.meets(need) == asked {
			t.Errorf("%v: a factor of two minutes ago: fresh is %t", age, !asked)
		}
		e, err := b.beginTOTP()
		must(t, err)
		_, err = b.confirmTOTP(r.codes(e)(), "phone")
		if errors.Is(err, authn.ErrStepUpRequired) != asked {
			t.Errorf("%v: adding an app: %v", age, err)
		}
	}
}

// AUN-103, AUN-104: where the rule cannot be read, no factor is fresh, and it is not the
// weaker one that is asked for.
func TestPolicy_of_a_step_up_that_cannot_be_read(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, _ := r.mfa(0)
	acct, _ := r.account(ada)
	r.failing(map[string]error{"TenantByID": errPlug})
	need := r.accounts.Strongest(t.Context(), acct)
	if !slices.Equal(need.AnyOf, []identity.Kind{factor.TOTP}) {
		t.Errorf("asks for %v", need.AnyOf)
	}
	r.mend()
	r.clock.Advance(time.Second)
	if b.meets(need) {
		t.Error("a factor is fresh under a rule that nobody knows")
	}
}

// IDN-071: how many sessions one person has is the tenant's.
func TestPolicy_of_sessions_takes_effect(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.rules(authn.SessionPolicy{Max: 2})
	first := r.browser().signIn(ada)
	r.clock.Advance(time.Second)
	second := r.browser().signIn(ada)
	r.clock.Advance(time.Second)
	third := r.browser().signIn(ada)
	if first.signedIn() || !second.signedIn() || !third.signedIn() {
		t.Errorf("three sessions: %t %t %t", first.signedIn(), second.signedIn(), third.signedIn())
	}
}

// IDN-071: how far the clock of an app may be off is the tenant's, and what new apps
// are like.
func TestPolicy_of_codes_takes_effect(t *testing.T) {
	t.Parallel()
	for skew, in := range map[int]bool{1: false, 2: true} {
		r := newRig(t)
		show := r.app(r.person(ada))
		r.rules(authn.TOTPPolicy{Algorithm: totp.SHA256, Digits: 8, Period: 30, Skew: skew})
		late := show()
		r.clock.Advance(61 * time.Second)
		b := r.browser()
		b.begin(ada)
		b.try(pw(goodPassword))
		if out := b.try(code(late)); is[authn.Completed](out) != in {
			t.Errorf("skew %d: a code of a minute ago: %T", skew, out)
		}
	}
	r := newRig(t)
	r.person(ada)
	r.rules(authn.TOTPPolicy{Algorithm: totp.SHA256, Digits: 8, Period: 30, Skew: 1})
	e, err := r.browser().signIn(ada).beginTOTP()
	must(t, err)
	if uri := string(e.URI.Reveal()); !strings.Contains(uri, "digits=8") || !strings.Contains(uri, "SHA256") {
		t.Error("a new app is set up by the program's rule")
	}
}

// IDN-071, IDN-030: nobody signs in under a record that cannot be read: not the program's
// weaker one in its place, and no difference between somebody and nobody.
func TestPolicy_that_is_damaged_lets_nobody_in(t *testing.T) {
	t.Parallel()
	good := encoded(t, tight())
	for name, body := range map[string]string{
		"nothing":        "",
		"no JSON":        "threshold 2",
		"unknown member": strings.Replace(good, `{`, `{"more":1,`, 1),
		"twice":          strings.Replace(good, `{`, `{"threshold":90,`, 1),
		"another case":   strings.Replace(good, `"threshold"`, `"Threshold"`, 1),
		"a space":        strings.Replace(good, `:`, `: `, 1),
		"more behind it": good + "{}",
		"missing member": `{"threshold":2}`,
		"out of range":   strings.Replace(good, `"threshold":2`, `"threshold":101`, 1),
		"null":           "null",
	} {
		if p, err := authn.DecodePolicy(authn.PolicyLockout, []byte(body)); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v, %v", name, p, err)
		}
		r := newRig(t)
		r.person(ada)
		r.stored(identity.TenantScope(r.tenant), authn.PolicyLockout, body)
		if r.opens(ada, goodPassword) {
			t.Errorf("%s: somebody signed in", name)
		}
		if !strings.Contains(r.alarms(), "data_integrity") {
			t.Errorf("%s: no alarm: %s", name, r.alarms())
		}
	}
	r := newRig(t)
	u := r.person(ada)
	r.stored(identity.UserScope(u.Subject()), authn.PolicyTOTP, "{}")
	r.person(eve)
	if r.opens(ada, goodPassword) || !r.opens(eve, goodPassword) {
		t.Error("a damaged record of one user decides about the wrong people")
	}
}

// IDN-071: every record comes back as it was saved.
func TestPolicy_encoding_comes_back(t *testing.T) {
	t.Parallel()
	for _, p := range slices.Concat(authn.PresetDefault().Policies(), []authn.Policy{authn.SessionPolicy{Max: 7, RefuseNew: true}}) {
		got, err := authn.DecodePolicy(p.Kind(), []byte(encoded(t, p)))
		if err != nil || got != p {
			t.Errorf("%v, %v, want %v", got, err, p)
		}
	}
	if _, err := authn.DecodePolicy("somebody_elses", nil); err == nil {
		t.Error("a kind of nobody is read")
	}
}

// IDN-072: what breaks a floor is not saved; what was saved before a floor was raised
// counts as the floor, with one event, and is found.
func TestFloors(t *testing.T) {
	t.Parallel()
	floors := authn.Floors{MaxThreshold: 6, MinPassword: 15, MaxStepUpAge: 10 * time.Minute, MaxSessions: 10, MaxTOTPSkew: 1}
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { c.Floors = floors })
	r.person(ada)
	lax := authn.UserLock()
	lax.Threshold = 7
	r.work.take()
	for _, p := range []authn.Policy{
		lax, authn.PasswordPolicy{Min: 14}, authn.StepUpPolicy{MaxAge: 11 * time.Minute}, authn.SessionPolicy{Max: 11},
		authn.TOTPPolicy{Algorithm: totp.SHA1, Digits: 6, Period: 30, Skew: 2},
	} {
		var f *authn.PolicyFloorError
		err := r.tenants().PutPolicy(t.Context(), opScope(t), authn.PolicyChange{Tenant: r.tenant, Policy: p})
		if !errors.As(err, &f) || f.Kind != p.Kind() || f.Field == "" || !errors.Is(err, authn.ErrPolicyFloor) {
			t.Errorf("%v: %v", p, err)
		}
	}
	if w := r.work.take(); w != "" {
		t.Errorf("work: %s", w)
	}
	r.stored(identity.TenantScope(r.tenant), authn.PolicyLockout, encoded(t, lax))
	if got := r.failures(ada); got != 6 {
		t.Errorf("locked after %d", got)
	}
	if got := r.events("policy_clamped"); got != 1 {
		t.Errorf("%d events", got)
	}
	list, next, err := r.tenants().Offenders(t.Context(), opScope(t), "", 10)
	if err != nil || len(list) != 1 || list[0].Kind != authn.PolicyLockout || fmt.Sprint(list[0].Fields) != "[threshold]" || next != "" {
		t.Errorf("%+v %q %v", list, next, err)
	}
}

// IDN-072, AUN-033: a record of one user that is below a floor is reported with the
// sign-in that it holds for, once, and by no guess; one that is over, or that is nobody's
// own, is not.
func TestFloors_under_one_user(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) {
		c.Floors = authn.Floors{MaxStepUpAge: 10 * time.Minute, MaxSessions: 10, MaxThreshold: 6}
	})
	u := r.person(ada)
	lax := authn.UserLock()
	lax.Threshold = 7
	scope := identity.UserScope(u.Subject())
	r.stored(scope, authn.PolicyStepUp, encoded(t, authn.StepUpPolicy{MaxAge: 11 * time.Minute}))
	r.stored(scope, authn.PolicyLockout, encoded(t, lax))
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutPolicy{Policy: identity.Policy{
		Scope: scope, Kind: authn.PolicySession, Version: 1, Body: []byte(encoded(t, authn.SessionPolicy{Max: 11})),
		Reason: "over", By: identity.SystemUser, At: r.clock.Now(), ExpiresAt: r.clock.Now().Add(time.Second),
	}}))
	r.clock.Advance(time.Minute)
	b := r.browser()
	b.begin(ada)
	b.try(pw(mallorys))
	if got := r.events("policy_clamped"); got != 0 {
		t.Errorf("%d events of a guess", got)
	}
	r.browser().signIn(ada)
	r.browser().signIn(ada)
	if got := r.events("policy_clamped"); got != 1 {
		t.Errorf("%d events", got)
	}
	for _, want := range []string{`"scope":"user"`, `"policy":"step_up"`, `"fields":["max_age"]`} {
		found := false
		for line := range strings.SplitSeq(r.audited(), "\n") {
			found = found || strings.Contains(line, "policy_clamped") && strings.Contains(line, want) && strings.Contains(line, `"subject"`)
		}
		if !found {
			t.Errorf("no event says %s", want)
		}
	}
}

// IDN-072: a program that is below its own floors does not start, nor one whose floors
// nobody can keep.
func TestFloors_of_the_program(t *testing.T) {
	t.Parallel()
	_, err := authn.NewAccounts(authn.AccountsConfig{
		Service: newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) {
			c.Floors = authn.Floors{MinPassword: 15, MaxStepUpAge: 5 * time.Minute}
		}).accounts.Service,
		Policy: password.Policy{Min: 14}, FreshFor: 6 * time.Minute,
	})
	if text := fmt.Sprint(err); !strings.Contains(text, "Policy is below") || !strings.Contains(text, "FreshFor is above") {
		t.Errorf("of the accounts: %v", err)
	}
	for name, f := range map[string]authn.Floors{
		"own lock":     {MaxThreshold: 4},
		"own app":      {MinTOTPDigits: 8},
		"threshold":    {MaxThreshold: 101},
		"password":     {MinPassword: 65},
		"digits":       {MinTOTPDigits: 9},
		"algorithm":    {TOTPAlgorithms: []totp.Algorithm{9}},
		"endless lock": {MinLock: 40 * 24 * time.Hour},
	} {
		_, err := authn.New(authn.Config{Floors: f})
		if err == nil || !strings.Contains(err.Error(), "Floors") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// IDN-071, IDN-030: another version than the one that was seen is not overwritten, and
// what a tenant takes back leaves the program's.
func TestPutPolicy_by_version(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	ts, op, ctx := r.tenants(), opScope(t), t.Context()
	change := authn.PolicyChange{Tenant: r.tenant, Policy: tight()}
	must(t, ts.PutPolicy(ctx, op, change))
	if err := ts.PutPolicy(ctx, op, change); !errors.Is(err, store.ErrExists) {
		t.Errorf("again: %v", err)
	}
	change.Expect = 2
	if err := ts.PutPolicy(ctx, op, change); !errors.Is(err, store.ErrConflict) {
		t.Errorf("another version: %v", err)
	}
	if err := ts.DropPolicy(ctx, op, r.tenant, authn.PolicyLockout, 2); !errors.Is(err, store.ErrConflict) {
		t.Errorf("another version: %v", err)
	}
	must(t, ts.DropPolicy(ctx, op, r.tenant, authn.PolicyLockout, 1))
	if got := r.failures(ada); got != 5 {
		t.Errorf("locked after %d", got)
	}
	if got := r.events("tenant_config_changed"); got != 2 {
		t.Errorf("%d events", got)
	}
	for name, err := range map[string]error{
		"nil":      ts.PutPolicy(ctx, op, authn.PolicyChange{Tenant: r.tenant}),
		"invalid":  ts.PutPolicy(ctx, op, authn.PolicyChange{Tenant: r.tenant, Policy: authn.StepUpPolicy{}}),
		"sessions": ts.PutPolicy(ctx, op, authn.PolicyChange{Tenant: r.tenant, Policy: authn.SessionPolicy{}}),
		"app":      ts.PutPolicy(ctx, op, authn.PolicyChange{Tenant: r.tenant, Policy: authn.TOTPPolicy{Digits: 6}}),
		"short":    ts.PutPolicy(ctx, op, authn.PolicyChange{Tenant: r.tenant, Policy: authn.PasswordPolicy{Min: 8}}),
	} {
		var f *authn.FieldError
		if !errors.As(err, &f) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := ts.PutPolicy(ctx, op, authn.PolicyChange{Tenant: identity.SystemTenant, Policy: tight()}); !errors.Is(err, identity.ErrSystemTenant) {
		t.Errorf("of the system: %v", err)
	}
}

// FAC-020: neither by the order of changes nor by taking a policy back a short password
// comes to sign in alone.
func TestPolicy_of_passwords_and_methods_agree(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(_ *authn.Config, a *authn.AccountsConfig) { a.Policy.Min = 8 })
	ts, op, ctx := r.tenants(), opScope(t), t.Context()
	r.rules(authn.PasswordPolicy{Min: 15})
	if err := ts.DropPolicy(ctx, op, r.tenant, authn.PolicyPassword, 1); !ofField("Methods")(err) {
		t.Errorf("dropped: %v", err)
	}
	if err := ts.PutPolicy(ctx, op, authn.PolicyChange{Tenant: r.tenant, Policy: authn.PasswordPolicy{Min: 9}, Expect: 1}); !ofField("Min")(err) {
		t.Errorf("lowered: %v", err)
	}
	must(t, ts.PutMethod(ctx, op, r.tenant, steps("both", factor.Password, factor.TOTP)))
	must(t, ts.RemoveMethod(ctx, op, r.tenant, "password"))
	must(t, ts.DropPolicy(ctx, op, r.tenant, authn.PolicyPassword, 1))
}

// IDN-071, IDN-072, IDN-I12, IDN-I13: what holds for a user is the first record on the
// chain user, tenant, program; records of others change nothing, and taking the
// narrower one away gives exactly what was there without it.
func TestPolicy_resolution_property(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) {
		c.Floors = authn.Floors{MaxStepUpAge: 40 * time.Minute}
	})
	now := r.clock.Now()
	tenants := []identity.TenantID{r.tenant, identity.NewTenantID(r.entropy)}
	var users []identity.Subject
	for i := range 4 {
		users = append(users, identity.Subject{Tenant: tenants[i%2], User: identity.NewUserID(r.entropy)})
	}
	rapid.Check(t, func(rt *rapid.T) {
		type key struct {
			scope identity.Scope
			kind  identity.PolicyKind
		}
		rows := map[key]identity.Policy{}
		ofTenant := func(id identity.TenantID) (list []identity.Policy) {
			for _, k := range []identity.PolicyKind{authn.PolicyPassword, authn.PolicyStepUp, authn.PolicyLockout} {
				if p, ok := rows[key{identity.TenantScope(id), k}]; ok {
					list = append(list, p)
				}
			}
			return list
		}
		ofUser := func(s identity.Subject) (list []identity.Policy) {
			for _, k := range []identity.PolicyKind{authn.PolicyPassword, authn.PolicyStepUp, authn.PolicyLockout} {
				if p, ok := rows[key{identity.UserScope(s), k}]; ok {
					list = append(list, p)
				}
			}
			return list
		}
		holds := func(s identity.Subject) string {
			x, err := r.accounts.Explained(
				identity.TenantView{Tenant: identity.Tenant{ID: s.Tenant}, Methods: authn.MFAMethods(), Policies: ofTenant(s.Tenant)},
				identity.Account{User: identity.User{ID: s.User, Tenant: s.Tenant}, Policies: ofUser(s)}, now)
			if err != nil {
				rt.Fatal(err)
			}
			return fmt.Sprintf("%+v", x.Policies)
		}
		for range rapid.IntRange(1, 12).Draw(rt, "writes") {
			who := users[rapid.IntRange(0, 3).Draw(rt, "who")]
			scope := identity.TenantScope(who.Tenant)
			own := rapid.Bool().Draw(rt, "own")
			if own {
				scope = identity.UserScope(who)
			}
			var p authn.Policy
			switch rapid.IntRange(0, 2).Draw(rt, "kind") {
			case 0:
				p = authn.PasswordPolicy{Min: rapid.IntRange(8, 64).Draw(rt, "min")}
			case 1:
				p = authn.StepUpPolicy{MaxAge: time.Duration(rapid.IntRange(1, 60).Draw(rt, "age")) * time.Minute}
			default:
				l := authn.UserLock()
				l.Threshold = rapid.IntRange(1, 100).Draw(rt, "threshold")
				p = l
			}
			row := identity.Policy{Scope: scope, Kind: p.Kind(), Version: 1, Body: []byte(encoded(t, p))}
			if own && rapid.Bool().Draw(rt, "over") {
				row.ExpiresAt = now // counts as absent (IDN-075)
			}
			before := make([]string, len(users))
			for i, u := range users {
				before[i] = holds(u)
			}
			k := key{scope, p.Kind()}
			had, was := rows[k]
			rows[k] = row
			for i, u := range users {
				touched := u == who || !own && u.Tenant == who.Tenant
				if got := holds(u); !touched && got != before[i] {
					rt.Fatalf("a record of %v changes what holds for %v", scope, u)
				}
			}
			if was {
				rows[k] = had
			} else {
				delete(rows, k)
			}
			for i, u := range users {
				if got := holds(u); got != before[i] {
					rt.Fatalf("taking %v away gives %s, before it was %s", scope, got, before[i])
				}
			}
			rows[k] = row
		}
		for _, u := range users {
			x, err := r.accounts.Explained(
				identity.TenantView{Tenant: identity.Tenant{ID: u.Tenant}, Methods: authn.MFAMethods(), Policies: ofTenant(u.Tenant)},
				identity.Account{User: identity.User{ID: u.User, Tenant: u.Tenant}, Policies: ofUser(u)}, now)
			if err != nil {
				rt.Fatal(err)
			}
			for _, res := range x.Policies {
				want := identity.GlobalScope()
				mine, has := rows[key{identity.UserScope(u), res.Policy.Kind()}]
				if _, of := rows[key{identity.TenantScope(u.Tenant), res.Policy.Kind()}]; of {
					want = identity.TenantScope(u.Tenant)
				}
				if has && mine.Holds(now) && res.Policy.Kind() != authn.PolicyLockout {
					want = identity.UserScope(u)
				}
				if res.Scope != want {
					rt.Fatalf("%s is from %v, want %v", res.Policy.Kind(), res.Scope, want)
				}
				if p, ok := res.Policy.(authn.StepUpPolicy); ok && p.MaxAge > 40*time.Minute {
					rt.Fatalf("below the floor: %v", p)
				}
			}
		}
	})
}

// AUN-062: the value sets, as a test that reads them fails when one moves.
func TestPresets(t *testing.T) {
	t.Parallel()
	def, pci, aal3 := authn.PresetDefault(), authn.PresetPCI(), authn.PresetAAL3()
	if def.Lockout != authn.UserLock() || def.Password.Min != password.MinAlone || def.StepUp.MaxAge != authn.DefaultMaxAge {
		t.Errorf("default %+v", def)
	}
	if pci.Lockout.Threshold > 10 || pci.Lockout.Lock < 30*time.Minute || pci.Password.Min < 12 {
		t.Errorf("pci %+v", pci)
	}
	if aal3.Lockout.Threshold != 3 || aal3.Lockout.Lock < 30*time.Minute || aal3.StepUp.MaxAge != time.Minute || !aal3.EndOnStepUpFailure || authn.PasswordAlone(aal3.Methods) {
		t.Errorf("aal3 %+v", aal3)
	}
	for _, p := range []authn.Preset{def, pci, aal3} {
		r := newRig(t, func(c *authn.Config, a *authn.AccountsConfig) {
			c.UserLock, c.TOTP, c.EndOnStepUpFailure, c.Methods = p.Lockout, totp.Policy(p.TOTP), p.EndOnStepUpFailure, p.Methods
			a.Policy.Min = p.Password.Min
		})
		r.person(ada)
		if got := r.failures(ada); got != p.Lockout.Threshold {
			t.Errorf("%s: locked after %d", p.Name, got)
		}
		r.clock.Advance(p.Lockout.Lock - time.Second)
		if r.opens(ada, goodPassword) {
			t.Errorf("%s: the lock ends too early", p.Name)
		}
		r.clock.Advance(2 * time.Second)
		if !r.opens(ada, goodPassword) {
			t.Errorf("%s: the lock does not end", p.Name)
		}
		// And by a tenant alone.
		own := newRig(t)
		own.rules(p.Policies()...)
		own.person(ada)
		if got := own.failures(ada); got != p.Lockout.Threshold {
			t.Errorf("%s of a tenant: locked after %d", p.Name, got)
		}
	}
}
