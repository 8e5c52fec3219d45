package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// comesIn gives the password at a tenant that asks for an app: the outcome is the
// workflow that sets one up.
func (b *browser) comesIn(email string) authn.Enrolment {
	b.r.t.Helper()
	b.begin(email)
	out := b.try(pw(goodPassword))
	if w, ok := out.(authn.Workflow); !ok || w.Kind != authn.WorkflowEnrol {
		b.r.t.Fatalf("the password: %#v", out)
	}
	e, err := b.pendingEnrolment()
	must(b.r.t, err)
	return e
}

func (b *browser) pendingEnrolment() (e authn.Enrolment, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { e, err = b.r.accounts.PendingEnrolment(ctx, s) })
	return e, err
}

func (b *browser) renewEnrolment() (e authn.Enrolment, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { e, err = b.r.accounts.RenewEnrolment(ctx, s) })
	return e, err
}

func (b *browser) completeEnrolment(typed string) (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		out, err = b.r.accounts.CompleteEnrolment(ctx, s, code(typed))
	})
	return out, err
}

// AUN-032, AUN-121, FAC-005, FAC-007: a tenant that begins to ask for an app locks
// nobody out who never had one: the password leads to the workflow that sets it up, and
// the session that follows has both factors.
func TestWayIn_sets_up_what_was_never_there(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	before := r.browser().signIn(ada)
	strict(r)
	b := r.browser()
	e := b.comesIn(ada)
	st, ok := b.state().(session.PendingWorkflow)
	if !ok || st.Kind() != authn.WorkflowEnrol || !st.Deadline().Equal(r.clock.Now().Add(time.Hour)) || st.Address() != ada {
		t.Fatalf("state: %+v", b.state())
	}
	if len(r.apps(ada)) != 0 || e.Account != ada || len(e.Key.Reveal()) == 0 {
		t.Fatalf("before the code: %d apps, %+v", len(r.apps(ada)), e)
	}
	half, show := b.cookie(), r.codes(e)
	if out, err := b.completeEnrolment("000000"); err != nil || !is[authn.Rejected](out) || b.signedIn() {
		t.Fatalf("a wrong code: %T, %v", out, err)
	}
	typed := show()
	if out, err := b.completeEnrolment(typed); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	login, ok := b.state().(session.Authenticated)
	if !ok || b.cookie() == half {
		t.Fatalf("state %T, new id %v", b.state(), b.cookie() != half)
	}
	if ev := login.Evidence(); fmt.Sprint(kinds(ev)) != "[password totp]" || identity.Assess(ev).AAL != identity.AAL2 || login.DisplayName() != "Somebody" {
		t.Errorf("evidence: %+v", ev)
	}
	if before.signedIn() {
		t.Error("a session from before goes on")
	}
	acct, _ := r.account(ada)
	if len(r.apps(ada)) != 1 || !acct.User.LastLoginAt.Equal(r.clock.Now()) || len(acct.Methods) != 0 {
		t.Errorf("account: %+v, methods %v", acct.User, acct.Methods)
	}
	if r.eventsOf("factor_enabled") != 1 || r.eventsOf("authenticated") != 2 {
		t.Errorf("events: %d, %d", r.eventsOf("factor_enabled"), r.eventsOf("authenticated"))
	}
	if m := r.mails()[0]; m.Kind != "factor_added" || m.To != ada {
		t.Errorf("mail: %+v", m)
	}
	// The code is spent, and so is the workflow.
	if out, err := b.completeEnrolment(typed); !errors.Is(err, authn.ErrNoFlow) {
		t.Errorf("twice: %T, %v", out, err)
	}
	other := r.browser()
	other.begin(ada)
	if out := other.try(pw(goodPassword)); !is[authn.StepRequired](out) {
		t.Fatalf("the next sign-in: %T", out)
	}
	if out := other.try(code(typed)); !is[authn.Rejected](out) {
		t.Errorf("the code of the enrolment signs in: %T", out)
	}
	r.clock.Advance(time.Minute)
	if out := other.try(code(show())); !is[authn.Completed](out) {
		t.Errorf("the next code: %T", out)
	}
	// Whoever takes the app away leaves a mark: nobody comes by another with a password.
	must(t, r.stores.Identity.Apply(t.Context(), identity.DropCredential{Subject: u.Subject(), ID: r.apps(ada)[0], Expect: r.held(ada, factor.TOTP)[0].Version}))
	again := r.browser()
	again.begin(ada)
	if out := again.try(pw(goodPassword)); !is[authn.StepRequired](out) {
		t.Errorf("after the app has gone: %T", out)
	}
}

// AUN-032, AUN-115, AUN-136: a password alone comes by an app only where there never was
// one, and where nobody has said otherwise.
func TestWayIn_is_not_for_who_had_a_factor(t *testing.T) {
	t.Parallel()
	never := authn.EnrolmentPolicy{Inline: authn.InlineNever}
	for name, tc := range map[string]struct {
		opts   []option
		before func(o *office, u identity.User)
	}{
		"removed by its owner": {nil, func(o *office, _ identity.User) {
			b := o.browser().signIn(ada)
			b.enrols("phone")
			out, err := b.removeTOTP(o.apps(ada)[0])
			must(o.t, want[authn.Completed](out, err))
		}},
		"removed, as one that no mark tells of": {nil, func(o *office, u identity.User) {
			o.app(u)
			o.clock.Advance(time.Minute)
			must(o.t, o.stores.Identity.Apply(o.t.Context(), identity.PutMethod{Scope: identity.UserScope(u.Subject()), Method: authn.MFAMethods()[0], Remove: true}))
			b := o.browser().signIn(ada)
			b.proves(ada, func() string { return o.codesOf(ada) })
			out, err := b.removeTOTP(o.apps(ada)[0])
			must(o.t, want[authn.Completed](out, err))
		}},
		"taken away": {nil, func(o *office, u identity.User) {
			o.app(u)
			must(o.t, o.admin.ResetFactors(o.t.Context(), o.order(u)))
		}},
		"taken away in a tenant that asks already": {nil, func(o *office, u identity.User) {
			strict(o.rig)
			o.app(u)
			must(o.t, o.stores.Identity.Apply(o.t.Context(), identity.PutMethod{Scope: identity.UserScope(u.Subject()), Method: authn.MFAMethods()[0], Remove: true}))
			must(o.t, o.admin.ResetFactors(o.t.Context(), o.order(u)))
		}},
		"taken away from who had none": {nil, func(o *office, u identity.User) {
			strict(o.rig)
			must(o.t, o.admin.ResetFactors(o.t.Context(), o.order(u)))
		}},
		"switched off": {nil, func(o *office, u identity.User) {
			o.app(u)
			must(o.t, o.admin.DisableFactor(o.t.Context(), o.order(u), o.apps(ada)[0]))
			must(o.t, o.stores.Identity.Apply(o.t.Context(), identity.PutMethod{Scope: identity.UserScope(u.Subject()), Method: authn.MFAMethods()[0], Remove: true}))
		}},
		"not to be opened": {nil, func(o *office, u identity.User) { o.unreadable(u) }},
		"a method of their own": {nil, func(o *office, u identity.User) {
			must(o.t, o.stores.Identity.Apply(o.t.Context(), identity.PutMethod{Scope: identity.UserScope(u.Subject()), Method: authn.MFAMethods()[0]}))
		}},
		"a role of the console": {nil, func(o *office, u identity.User) {
			must(o.t, o.stores.Identity.Apply(o.t.Context(), identity.PutGrant{Grant: identity.Grant{
				Tenant: u.Tenant, User: u.ID, Role: identity.RoleAdmin, Version: 1, At: o.clock.Now(), By: identity.SystemUser,
			}}))
		}},
		"a hold": {nil, func(o *office, u identity.User) {
			must(o.t, o.stores.Identity.Apply(o.t.Context(), identity.PutPolicy{Policy: identity.Policy{
				Scope: identity.UserScope(u.Subject()), Kind: "recovery_hold", Version: 1, Reason: "recovery", By: u.ID,
				At: o.clock.Now(), ExpiresAt: o.clock.Now().Add(time.Hour),
			}}))
		}},
		"the tenant says never":  {nil, func(o *office, _ identity.User) { o.rules(never) }},
		"the program says never": {[]option{func(c *authn.Config, _ *authn.AccountsConfig) { c.Enrolment = never }}, func(*office, identity.User) {}},
		"a floor says never": {[]option{func(c *authn.Config, _ *authn.AccountsConfig) { c.Floors.NoInlineEnrolment = true }}, func(o *office, u identity.User) {
			o.stored(identity.TenantScope(u.Tenant), authn.PolicyEnrolment, `{"inline":"first"}`)
		}},
		"an administrator says never": {nil, func(o *office, u identity.User) {
			must(o.t, o.admin.PutPolicy(o.t.Context(), o.order(u), authn.OwnPolicy{Policy: never}))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, tc.opts...)
			o := &office{r, r.desk(), r.person(eve)}
			tc.before(o, o.person(ada))
			strict(r)
			b := o.browser()
			b.begin(ada)
			if out := b.try(pw(goodPassword)); !is[authn.StepRequired](out) {
				t.Fatalf("the password: %T", out)
			}
			if _, err := b.pendingEnrolment(); !errors.Is(err, authn.ErrNoFlow) {
				t.Errorf("a key is shown: %v", err)
			}
			if out, err := b.completeEnrolment("123456"); !errors.Is(err, authn.ErrNoFlow) {
				t.Errorf("%T, %v", out, err)
			}
			if out := b.try(code("123456")); !is[authn.Rejected](out) || b.signedIn() {
				t.Errorf("the step: %T", out)
			}
		})
	}
}

// AUN-032: the exceptions that let somebody in: of the tenant against the program, of
// one person against the tenant.
func TestWayIn_by_exception(t *testing.T) {
	t.Parallel()
	first := authn.EnrolmentPolicy{Inline: authn.InlineFirst}
	never := func(c *authn.Config, _ *authn.AccountsConfig) { c.Enrolment.Inline = authn.InlineNever }
	r := newRig(t, never)
	r.person(ada)
	r.rules(first)
	strict(r).browser().comesIn(ada)

	r = newRig(t, never)
	o := &office{r, r.desk(), r.person(eve)}
	u := o.person(ada)
	must(t, o.admin.PutPolicy(t.Context(), o.order(u), authn.OwnPolicy{Policy: first}))
	b := strict(r).browser()
	if out, err := b.completeEnrolment(r.codes(b.comesIn(ada))()); err != nil || !is[authn.Completed](out) {
		t.Errorf("%T, %v", out, err)
	}
	// Nobody lifts the mark that is left.
	if err := o.admin.DropPolicy(t.Context(), o.order(u), "had_totp", 1); !ofField("Kind")(err) {
		t.Errorf("the mark: %v", err)
	}
	for field, c := range map[string]authn.Config{
		"Enrolment.Inline": {Enrolment: authn.EnrolmentPolicy{Inline: "always"}},
		"Floors":           {Enrolment: first, Floors: authn.Floors{NoInlineEnrolment: true}},
	} {
		if _, err := authn.New(c); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if err := r.tenants().PutPolicy(t.Context(), opScope(t), authn.PolicyChange{Tenant: r.tenant, Policy: authn.EnrolmentPolicy{}}); !ofField("Inline")(err) {
		t.Errorf("nothing said: %v", err)
	}
}

// AUN-032, AUN-036, AUN-105: no factor comes before another was verified, nor on top of
// a login, nor for a step that is not the last.
func TestWayIn_takes_a_factor_first(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada)
	if out, err := b.stepsUp(authn.Requirement{AnyOf: []identity.Kind{factor.TOTP}}); err != nil || !is[authn.StepUpImpossible](out) {
		t.Errorf("a step-up: %T, %v", out, err)
	}
	r.offers(identity.Method{Name: "password", Enabled: true, Steps: []identity.Step{identity.Required(factor.TOTP), identity.Required(factor.Password)}})
	b = r.browser()
	b.begin(ada)
	if _, err := b.pendingEnrolment(); !errors.Is(err, authn.ErrNoFlow) {
		t.Errorf("before anything: %v", err)
	}
	if out := b.try(code("123456")); !is[authn.Rejected](out) || b.signedIn() {
		t.Errorf("the app first: %T", out)
	}
	// What proves no more than a mailbox is no factor, and a step in the middle is not
	// the last one.
	r.accounts.Teach(judging{factor.Traits{Kind: paper, AMR: []string{"otp"}}, func(a factor.Attempt) factor.Result {
		if len(a.Records) == 0 || string(a.Secret.Reveal()) != "apple-7" {
			return factor.Result{Verdict: factor.Rejected}
		}
		return factor.Result{Verdict: factor.Accepted}
	}})
	acct, _ := r.account(ada)
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutCredential{Credential: r.row(acct.User.Subject(), paper, []byte("x"))}))
	r.clock.Advance(time.Minute)
	for name, steps := range map[string][]identity.Step{
		"a mailbox":                  {identity.Required(paper), identity.Required(factor.TOTP)},
		"a mailbox and two steps":    {identity.Required(paper), identity.Required(factor.TOTP), identity.Required(factor.Password)},
		"a password, with two steps": {identity.Required(factor.Password), identity.Required(factor.TOTP), identity.Required(paper)},
	} {
		r.offers(identity.Method{Name: "password", Enabled: true, Steps: steps})
		b = r.browser()
		b.begin(ada)
		var first authn.Credential = listed("apple-7")
		if steps[0].Has(factor.Password) {
			first = pw(goodPassword)
		}
		if out := b.try(first); !is[authn.StepRequired](out) {
			t.Errorf("%s: %T", name, out)
		}
	}
	r.offers(identity.Method{Name: "password", Enabled: true, Steps: []identity.Step{identity.Required(factor.TOTP), identity.Required(factor.Password)}})
	// A password does not come by itself, either.
	u := r.bare("carol@example.org", identity.Active)
	show := r.app(u)
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutMethod{Scope: identity.UserScope(u.Subject()), Method: authn.MFAMethods()[0], Remove: true}))
	r.clock.Advance(time.Minute)
	b = r.browser()
	b.begin("carol@example.org")
	if out := b.try(code(show())); !is[authn.StepRequired](out) {
		t.Errorf("without a password: %T", out)
	}
}

// AUN-032, AUN-046, AUN-111: whatever changes while the app is set up ends it, and none
// is stored. What raises no epoch stands for backends that raise it a moment later.
func TestWayIn_ends_with_what_it_rests_on(t *testing.T) {
	t.Parallel()
	apply := func(r *rig, c ...identity.Change) { must(r.t, r.stores.Identity.Apply(context.Background(), c...)) }
	for name, meanwhile := range map[string]func(*office, identity.User){
		"suspended": func(o *office, u identity.User) { must(o.t, o.admin.Suspend(context.Background(), o.order(u))) },
		"erased":    func(o *office, u identity.User) { must(o.t, o.admin.Erase(context.Background(), o.order(u))) },
		"factors taken away": func(o *office, u identity.User) {
			must(o.t, o.admin.ResetFactors(context.Background(), o.order(u)))
		},
		"another password": func(o *office, u identity.User) {
			link := o.asksReset(ada)
			must(o.t, o.resets(link, "another horse battery staple"))
		},
		"raised": func(o *office, u identity.User) {
			apply(o.rig, identity.RaiseEpoch{Scope: identity.UserScope(u.Subject())})
		},
		"the tenant suspended": func(o *office, u identity.User) {
			must(o.t, o.tenants().SuspendTenant(context.Background(), opScope(o.t), o.tenant))
		},
		"the tenant says never": func(o *office, _ identity.User) { o.rules(authn.EnrolmentPolicy{Inline: authn.InlineNever}) },
		"suspended, not raised": func(o *office, u identity.User) {
			apply(o.rig, identity.Transition{Subject: u.Subject(), From: identity.Active, To: identity.Suspended, Detail: identity.StateDetail{Since: o.clock.Now()}})
		},
		"a mark, not raised": func(o *office, u identity.User) {
			apply(o.rig, identity.PutPolicy{Policy: identity.Policy{
				Scope: identity.UserScope(u.Subject()), Kind: "had_totp", Version: 1, Reason: "enrolled", By: u.ID, At: o.clock.Now(),
			}})
		},
		"another app, not raised": func(o *office, u identity.User) { o.app(u) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			u := o.person(ada)
			b := strict(o.rig).browser()
			show := o.codes(b.comesIn(ada))
			meanwhile(o, u)
			had := len(o.held(ada, factor.TOTP))
			out, err := b.completeEnrolment(show())
			if !errors.Is(err, authn.ErrNoFlow) && !errors.Is(err, authn.ErrFlowExpired) && !errors.Is(err, authn.ErrFlowSuperseded) {
				t.Errorf("%T, %v", out, err)
			}
			if len(o.held(ada, factor.TOTP)) != had || b.signedIn() {
				t.Error("an app is there, or somebody is in")
			}
		})
	}
}

// AUN-136: a hold that begins meanwhile is told.
func TestWayIn_and_a_hold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := strict(r).browser()
	show := r.codes(b.comesIn(ada))
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutPolicy{Policy: identity.Policy{
		Scope: identity.UserScope(u.Subject()), Kind: "recovery_hold", Version: 1, Reason: "recovery", By: u.ID,
		At: r.clock.Now(), ExpiresAt: r.clock.Now().Add(time.Hour),
	}}))
	if out, err := b.completeEnrolment(show()); !errors.Is(err, authn.ErrRecoveryHold) || len(r.apps(ada)) != 0 {
		t.Errorf("%T, %v", out, err)
	}
}

// AUN-032: a mark that is made between the look at the account and the commit wins:
// nobody who has a factor taken away from them gets one by password.
func TestWayIn_racing_a_reset_of_factors(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.person(ada)
	b := strict(o.rig).browser()
	show := o.codes(b.comesIn(ada))
	struck := false
	o.ident.hook(func(verb string) error {
		if !strings.HasPrefix(verb, "Apply/") || struck {
			return nil
		}
		struck = true
		// Of another process, on backends that raise a moment later.
		return o.stores.Identity.Apply(context.Background(), identity.PutPolicy{Policy: identity.Policy{
			Scope: identity.UserScope(u.Subject()), Kind: "had_totp", Version: 1, Reason: "enrolled", By: u.ID, At: o.clock.Now(),
		}})
	})
	out, err := b.completeEnrolment(show())
	if !struck || !errors.Is(err, authn.ErrFlowSuperseded) || len(o.held(ada, factor.TOTP)) != 0 || b.signedIn() {
		t.Errorf("%T, %v, %d apps", out, err, len(o.held(ada, factor.TOTP)))
	}
}

// AUN-032, AUN-I3: of 64 that complete one workflow at once, and 64 in browsers of
// their own, one adds an app.
func TestWayIn_is_single(t *testing.T) {
	t.Parallel()
	for name, several := range map[string]bool{"one workflow": false, "64 workflows": true} {
		r := newRig(t)
		r.person(ada)
		strict(r)
		first := r.browser()
		show := r.codes(first.comesIn(ada))
		var tabs []*browser
		var codes []func() string
		for i := range 64 {
			tab, its := first.jar(), show
			if several {
				tab = r.browser()
				tab.addr = fmt.Sprintf("192.0.2.%d:1", i+1)
				its = r.codes(tab.comesIn(ada))
			}
			tabs, codes = append(tabs, tab), append(codes, its)
		}
		var wins atomic.Int32
		var wg sync.WaitGroup
		start := make(chan struct{})
		for i, tab := range tabs {
			typed := codes[i]()
			wg.Go(func() {
				<-start
				if out, err := tab.completeEnrolment(typed); err == nil && is[authn.Completed](out) {
					wins.Add(1)
				}
			})
		}
		close(start)
		wg.Wait()
		in := 0
		for _, tab := range tabs {
			if tab.signedIn() {
				in++
			}
		}
		if n := len(r.apps(ada)); n != 1 || wins.Load() != 1 || in != 1 {
			t.Errorf("%s: %d apps, %d completed, %d in", name, n, wins.Load(), in)
		}
	}
}

// AUN-121, FAC-006: the key is shown for ten minutes and made anew while the workflow
// lasts, which is an hour. It is one browser's, and only its own verbs work in it.
func TestWayIn_in_time_and_place(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	strict(r)
	b := r.browser()
	stale := r.codes(b.comesIn(ada))
	elsewhere := r.browser()
	if out, err := elsewhere.completeEnrolment(stale()); !errors.Is(err, authn.ErrNoFlow) {
		t.Errorf("another browser: %T, %v", out, err)
	}
	if _, err := elsewhere.renewEnrolment(); !errors.Is(err, authn.ErrNoFlow) {
		t.Errorf("another browser, a key: %v", err)
	}
	if out, err := b.verify(code(stale())); !errors.Is(err, authn.ErrNoFlow) {
		t.Errorf("as a step: %T, %v", out, err)
	}
	if _, err := b.beginTOTP(); !errors.Is(err, authn.ErrNotAuthenticated) {
		t.Errorf("as an enrolment of the account: %v", err)
	}
	if out, err := b.act(r.accounts.LogoutOthers); !errors.Is(err, authn.ErrNotAuthenticated) {
		t.Errorf("as a login: %v, %v", out, err)
	}
	r.clock.Advance(10*time.Minute - time.Second)
	if _, err := b.pendingEnrolment(); err != nil {
		t.Errorf("a second before its end: %v", err)
	}
	r.clock.Advance(time.Second)
	if _, err := b.pendingEnrolment(); !errors.Is(err, authn.ErrNoEnrolment) {
		t.Errorf("after ten minutes: %v", err)
	}
	if out, err := b.completeEnrolment(stale()); !errors.Is(err, authn.ErrNoEnrolment) {
		t.Errorf("after ten minutes: %T, %v", out, err)
	}
	e, err := b.renewEnrolment()
	must(t, err)
	show := r.codes(e)
	if out, err := b.completeEnrolment(stale()); err != nil || !is[authn.Rejected](out) {
		t.Errorf("the key from before: %T, %v", out, err)
	}
	// Who begins again begins from the start, and the workflow is over.
	again := b.jar()
	again.begin(ada)
	if again.signedIn() || !is[session.Authenticating](again.state()) {
		t.Errorf("begun again: %T", again.state())
	}
	if out, err := again.completeEnrolment(show()); !errors.Is(err, authn.ErrNoFlow) {
		t.Errorf("begun again: %T, %v", out, err)
	}
	show = r.codes(again.comesIn(ada))
	r.clock.Advance(time.Hour)
	if out, err := again.completeEnrolment(show()); !errors.Is(err, authn.ErrFlowExpired) && !errors.Is(err, authn.ErrNoFlow) {
		t.Errorf("after an hour: %T, %v", out, err)
	}
	if len(r.apps(ada)) != 0 {
		t.Error("an app is there")
	}
}

// AUN-053, AUN-059, AUN-060, AUN-162: wrong codes of the app cost nothing, earlier
// guesses are forgotten with the login and not before, and while the name is locked, or
// nobody counts, nobody gets in.
func TestWayIn_and_the_ledger(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	strict(r)
	guesses := func(n int) (last authn.FactorOutcome) {
		mallory := r.browser()
		mallory.addr = "203.0.113.9:1"
		mallory.begin(ada)
		for range n {
			last = mallory.try(pw(mallorys))
		}
		return last
	}
	guesses(4)
	b := r.browser()
	b.addr = "198.51.100.9:1"
	show := r.codes(b.comesIn(ada))
	for range 12 {
		if out, err := b.completeEnrolment("000000"); err != nil || !is[authn.Rejected](out) {
			t.Fatalf("a wrong code: %T, %v", out, err)
		}
	}
	other := b.jar()
	guesses(1) // the fifth
	if out, err := b.completeEnrolment(show()); err != nil || !is[authn.Throttled](out) || len(r.apps(ada)) != 0 {
		t.Fatalf("while locked: %T, %v", out, err)
	}
	r.clock.Advance(16 * time.Minute)
	e, err := b.renewEnrolment()
	must(t, err)
	show = r.codes(e)
	r.ledger.hook(func(string) error { return errPlug })
	if out, err := other.completeEnrolment(show()); err != nil || !is[authn.Unavailable](out) || len(r.apps(ada)) != 0 {
		t.Fatalf("without a ledger: %T, %v", out, err)
	}
	r.ledger.hook(nil)
	if out, err := b.completeEnrolment(show()); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	if !strings.Contains(strings.Join(r.subjects(), " "), "signed_in_after_lock") {
		t.Errorf("mails: %v", r.subjects())
	}
	// The allowance is whole again.
	if guesses(4); !r.opens(ada, goodPassword) {
		t.Error("four guesses after it lock")
	}
}

// AUN-033, AUN-I2, AUN-I18: before the password nothing tells who has no app: not the
// answers and not the work, where everybody is asked for one.
func TestWayIn_is_invisible_before_the_password(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.app(r.person(bob))
	strict(r)
	r.clock.Advance(time.Minute)
	var first string
	for _, who := range []string{"nobody@example.org", ada, bob} {
		b := r.browser()
		r.work.take()
		out := b.begin(who)
		menu := out.(authn.StepRequired).Menu
		menu.Identifier = ""
		got := fmt.Sprintf("%+v %s", menu, r.work.take())
		step := b.try(pw("not the right password"))
		got += fmt.Sprintf(" %T %s %T", step, r.work.take(), b.state())
		if first == "" {
			first = got
		}
		if got != first {
			t.Errorf("%s:\n%s\nnobody:\n%s", who, got, first)
		}
	}
}

// FAC-005: where the tenant lets people choose, who has come in by the method with an
// app is asked for it from then on, as by the account page.
func TestWayIn_by_choice_stays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	m := authn.MFAMethods()[0]
	m.Name, m.Priority = "app", 5
	r.offers(m)
	b := r.browser()
	b.begin(ada)
	if _, err := b.selects("app"); err != nil {
		t.Fatal(err)
	}
	out := b.try(pw(goodPassword))
	e, err := b.pendingEnrolment()
	if !is[authn.Workflow](out) || err != nil {
		t.Fatalf("%T, %v", out, err)
	}
	if out, err := b.completeEnrolment(r.codes(e)()); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	b = r.browser()
	b.begin(ada)
	if out := b.try(pw(goodPassword)); !is[authn.StepRequired](out) {
		t.Errorf("the password alone: %T", out)
	}
}

// wayInVerbs signs somebody in who never had an app, at a tenant that asks for one, and
// then asks nobody any more.
func wayInVerbs(r *rig, c *canaries, in func(*browser, func(context.Context, *session.Session) error), note func(error)) {
	r.person("late@example.org")
	strict(r)
	b := r.browser()
	in(b, func(ctx context.Context, s *session.Session) error {
		_, err := r.accounts.BeginLogin(ctx, s, authn.LoginRequest{Identifier: "late@example.org"})
		return err
	})
	in(b, func(ctx context.Context, s *session.Session) error {
		_, err := r.accounts.VerifyFactor(ctx, s, pw(goodPassword))
		return err
	})
	var show func() string
	marked := func(e authn.Enrolment, err error) error {
		if err == nil {
			c.mark("a seed, as typed", strings.ReplaceAll(string(e.Key.Reveal()), " ", ""))
			c.mark("a seed, as shown", string(e.Key.Reveal()))
			show = r.codes(e)
		}
		return err
	}
	in(b, func(ctx context.Context, s *session.Session) error { return marked(r.accounts.RenewEnrolment(ctx, s)) })
	in(b, func(ctx context.Context, s *session.Session) error {
		return marked(r.accounts.PendingEnrolment(ctx, s))
	})
	for _, right := range []bool{false, true} {
		typed := "141421"
		if right && show != nil {
			typed = show()
		}
		c.codes[typed] = true
		in(b, func(ctx context.Context, s *session.Session) error {
			_, err := r.accounts.CompleteEnrolment(ctx, s, code(typed))
			return err
		})
	}
	r.offers(authn.DefaultMethods()[0])
}
