package authn_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// IDN-071, IDN-075: a policy of one user has a reason and perhaps an end, holds for
// nobody else, counts as absent when it is over, and is made anew in its place.
func TestAdminPutPolicy(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u, v := o.person(ada), o.person("bob@example.org")
	ctx := t.Context()
	own := authn.OwnPolicy{Policy: authn.StepUpPolicy{MaxAge: time.Minute}, Ends: o.clock.Now().Add(time.Hour)}
	must(t, o.admin.PutPolicy(ctx, o.order(u), own))
	age := func(u identity.User) time.Duration {
		acct, err := o.stores.Identity.AccountByID(ctx, u.Subject())
		must(t, err)
		return o.accounts.Strongest(ctx, acct).MaxAge
	}
	if age(u) != time.Minute || age(v) != authn.DefaultMaxAge {
		t.Errorf("hers %v, his %v", age(u), age(v))
	}
	acct, _ := o.account(ada)
	if p := acct.Policies[0]; p.Reason != "ticket 7" || p.By != o.boss.ID || p.Version != 1 {
		t.Errorf("%+v", p)
	}
	if err := o.admin.PutPolicy(ctx, o.order(u), own); !errors.Is(err, store.ErrExists) {
		t.Errorf("a second one: %v", err)
	}
	x, err := o.admin.Explain(ctx, o.order(u))
	must(t, err)
	if r, err := x.Of(authn.PolicyStepUp); err != nil || r.Scope != identity.UserScope(u.Subject()) || r.Reason != "ticket 7" || r.Until != own.Ends {
		t.Errorf("%+v, %v", r, err)
	}
	o.clock.Advance(time.Hour)
	if age(u) != authn.DefaultMaxAge {
		t.Errorf("over, and %v", age(u))
	}
	own.Ends = time.Time{}
	must(t, o.admin.PutPolicy(ctx, o.order(u), own))
	if age(u) != time.Minute {
		t.Errorf("made anew: %v", age(u))
	}
	if err := o.admin.DropPolicy(ctx, o.order(u), authn.PolicyStepUp, 1); !errors.Is(err, store.ErrConflict) {
		t.Errorf("another version: %v", err)
	}
	must(t, o.admin.DropPolicy(ctx, o.order(u), authn.PolicyStepUp, 2))
	if age(u) != authn.DefaultMaxAge {
		t.Errorf("dropped, and %v", age(u))
	}
	if n := strings.Count(o.audited(), "policy_step_up"); n != 3 {
		t.Errorf("%d events", n)
	}
}

// IDN-072, AUN-I18, FAC-020: nobody's own rules are weaker than the floor or than what
// the tenant asks of everybody, and a lock is nobody's own.
func TestAdminPutPolicy_refuses(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.person(ada)
	o.rules(authn.PasswordPolicy{Min: 20})
	for name, tc := range map[string]struct {
		own  authn.OwnPolicy
		fits func(error) bool
	}{
		"lock":      {authn.OwnPolicy{Policy: tight()}, ofField("Policy")},
		"nothing":   {authn.OwnPolicy{}, ofField("Policy")},
		"over":      {authn.OwnPolicy{Policy: authn.StepUpPolicy{MaxAge: time.Minute}, Ends: o.clock.Now()}, ofField("Ends")},
		"shorter":   {authn.OwnPolicy{Policy: authn.PasswordPolicy{Min: 15}}, ofField("Min")},
		"a version": {authn.OwnPolicy{Policy: authn.StepUpPolicy{MaxAge: time.Minute}, Expect: 1}, func(err error) bool { return errors.Is(err, store.ErrNotFound) }},
	} {
		if err := o.admin.PutPolicy(t.Context(), o.order(u), tc.own); !tc.fits(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// One that was written beside the program changes no lock.
	o.stored(identity.UserScope(u.Subject()), authn.PolicyLockout, encoded(t, tight()))
	if got := o.failures(ada); got != 5 {
		t.Errorf("locked after %d", got)
	}
	order := o.order(u)
	order.Reason = ""
	if err := o.admin.PutPolicy(t.Context(), order, authn.OwnPolicy{Policy: authn.StepUpPolicy{MaxAge: time.Minute}}); !errors.Is(err, authn.ErrReason) {
		t.Errorf("without a reason: %v", err)
	}
}

// IDN-075, IDN-073, IDN-032: what holds for somebody and where it is from; of another
// tenant nothing is said.
func TestExplain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.person(ada)
	x, err := o.admin.Explain(t.Context(), o.order(u))
	must(t, err)
	if len(x.Policies) != 7 || x.MethodScope != identity.TenantScope(o.tenant) || len(x.Methods) != 1 || x.NoMethod {
		t.Errorf("%+v", x)
	}
	for _, r := range x.Policies {
		if r.Scope.Kind() != identity.ScopeGlobal || len(r.Clamped) > 0 {
			t.Errorf("%+v", r)
		}
	}
	if _, err := x.Of("nothing"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v", err)
	}
	o.rules(authn.SessionPolicy{Max: 4})
	o.app(u)
	x, err = o.admin.Explain(t.Context(), o.order(u))
	must(t, err)
	if r, _ := x.Of(authn.PolicySession); r.Scope != identity.TenantScope(o.tenant) || r.Policy != (authn.SessionPolicy{Max: 4}) {
		t.Errorf("%+v", r)
	}
	if x.MethodScope != identity.UserScope(u.Subject()) || len(x.Methods[0].Steps) != 2 {
		t.Errorf("%+v", x)
	}
	off := steps("password", factor.Password)
	off.Enabled = false
	must(t, o.stores.Identity.Apply(t.Context(), identity.PutMethod{Scope: identity.UserScope(u.Subject()), Method: off}))
	if x, err = o.admin.Explain(t.Context(), o.order(u)); err != nil || !x.NoMethod || len(x.Methods) != 0 {
		t.Errorf("all disabled: %+v, %v", x, err)
	}
	o.stored(identity.UserScope(u.Subject()), authn.PolicyTOTP, "{}")
	if _, err := o.admin.Explain(t.Context(), o.order(u)); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("damaged: %v", err)
	}
	elsewhere := o.order(u)
	elsewhere.Subject.Tenant = identity.NewTenantID(o.entropy)
	if _, err := o.admin.Explain(t.Context(), elsewhere); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another tenant: %v", err)
	}
}
