package authn_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// spare is a typed recovery code.
func spare(s string) authn.Code { return authn.Code{Of: factor.Recovery, Secret: secret(s)} }

// newCodes are the codes that the session shows.
func (b *browser) newCodes() (out []string) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		codes, err := b.r.accounts.NewCodes(ctx, s)
		if err != nil && !errors.Is(err, authn.ErrNoEnrolment) {
			b.r.t.Errorf("new codes: %v", err)
		}
		for _, c := range codes {
			out = append(out, c.Reveal())
		}
	})
	return out
}

func (b *browser) replaceCodes() (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { out, err = b.r.accounts.ReplaceCodes(ctx, s) })
	return out, err
}

func (b *browser) viewRecovery() (v authn.RecoveryView, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { v, err = b.r.accounts.ViewRecovery(ctx, s) })
	return v, err
}

func (b *browser) completeRecovery(typed string) (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		out, err = b.r.accounts.CompleteRecovery(ctx, s, code(typed))
	})
	return out, err
}

func (b *browser) keepFactors() (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { out, err = b.r.accounts.KeepFactors(ctx, s) })
	return out, err
}

// left is how many codes an account has; -1 without a set.
func (r *rig) left(email string) int {
	r.t.Helper()
	acct, _ := r.account(email)
	n, ok := r.accounts.CodesLeft(r.t.Context(), acct)
	if !ok {
		return -1
	}
	return n
}

// careful is somebody with an app and codes, a minute later.
func careful(t *testing.T, opts ...option) (r *rig, u identity.User, show func() string, codes []string) {
	t.Helper()
	r = newRig(t, opts...)
	u = r.person(ada)
	b := r.browser().signIn(ada)
	show = b.enrols("phone")
	codes = b.newCodes()
	if len(codes) != 10 {
		t.Fatalf("%d codes", len(codes))
	}
	_, err := b.act(b.r.accounts.CodesKept)
	must(t, err)
	r.clock.Advance(time.Minute)
	return r, u, show, codes
}

// codesOf is a browser of somebody with an app and codes that is asked for either.
func codesOf(r *rig) (*browser, func() string) {
	r.t.Helper()
	r.person(ada)
	b := r.browser().signIn(ada)
	show := b.enrols("phone")
	codes := b.newCodes()
	r.clock.Advance(time.Minute)
	b = r.browser().signIn2(ada)
	b.kept = codes
	return b, show
}

// lostApp signs in as far as a code leads.
func (b *browser) lostApp(code string) authn.FactorOutcome {
	b.r.t.Helper()
	b.begin(ada)
	if out := b.try(pw(goodPassword)); !is[authn.StepRequired](out) {
		b.r.t.Fatalf("password: %T", out)
	}
	return b.try(spare(code))
}

func (b *browser) evidence() (kinds []identity.Kind, aal identity.AAL) {
	if st, ok := b.state().(session.Authenticated); ok {
		for _, e := range st.Evidence() {
			kinds = append(kinds, e.Kind)
		}
		return kinds, identity.Assess(st.Evidence()).AAL
	}
	return nil, 0
}

// FAC-005, FAC-070: the first second factor brings ten codes, in the same commit, which
// are shown in that session alone, until the person has them or ten minutes are over;
// another app brings none.
func TestRecovery_the_first_app_brings_codes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	if r.left(ada) != -1 || b.newCodes() != nil {
		t.Error("codes without an app")
	}
	if _, err := b.replaceCodes(); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("codes that stand for nothing: %v", err)
	}
	b.enrols("phone")
	codes := b.newCodes()
	if len(codes) != 10 || !slices.Equal(codes, b.newCodes()) || r.left(ada) != 10 {
		t.Fatalf("%v, %d left", codes, r.left(ada))
	}
	if other.newCodes() != nil || r.browser().signIn2(ada).newCodes() != nil {
		t.Error("another session shows them")
	}
	if r.eventsOf("recovery_codes_generated") != 1 {
		t.Error("event")
	}
	b.enrols("tablet")
	if r.left(ada) != 10 || r.eventsOf("recovery_codes_generated") != 1 || !slices.Equal(codes, b.newCodes()) {
		t.Error("another app changes the codes")
	}
	r.clock.Advance(10 * time.Minute)
	if b.newCodes() != nil {
		t.Error("shown for longer than ten minutes")
	}
}

// signIn2 gives the password of somebody who is asked for more, and no more.
func (b *browser) signIn2(email string) *browser {
	b.begin(email)
	b.try(pw(goodPassword))
	return b
}

// FAC-005, PRD-060: so do the claim of the first administrator, a sign-up and a sign-in
// that set up an app.
func TestRecovery_codes_of_every_way_to_a_first_app(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]func(r *rig) (*browser, string){
		"claim": func(r *rig) (*browser, string) {
			b := r.browser()
			b.claims(r.claimToken(), boss)
			return b, boss
		},
		"sign-up": func(r *rig) (*browser, string) {
			b := strict(r).browser()
			link := b.asks(ada, goodPassword)
			out, err := b.completes(link, r.codes(b.opensLink(link, goodPassword))())
			must(r.t, passed[authn.Completed](out, err))
			return b, ada
		},
		"sign-in": func(r *rig) (*browser, string) {
			r.person(ada)
			b := strict(r).browser()
			out, err := b.completeEnrolment(r.codes(b.comesIn(ada))())
			must(r.t, passed[authn.Completed](out, err))
			return b, ada
		},
		"rebind": func(r *rig) (*browser, string) {
			o := &office{r, r.desk(), r.person(eve)}
			u := o.person(ada)
			o.app(u)
			must(r.t, o.admin.ResetFactors(r.t.Context(), o.order(u)))
			b := o.browser()
			b.rebinds(o.link(), goodPassword)
			return b, ada
		},
	} {
		r := newRig(t)
		b, who := way(r)
		if codes := b.newCodes(); len(codes) != 10 || r.left(who) != 10 || r.eventsOf("recovery_codes_generated") != 1 {
			t.Errorf("%s: %d codes shown, %d left", name, len(codes), r.left(who))
		}
	}
}

// FAC-072, FAC-073, AUN-135, AUN-136: a code stands for the app of a sign-in once. Every
// other session ends, every address is told, and nobody is in before another app is
// bound, which takes the place of the lost one; a fresh set takes that of the codes.
func TestRecovery_leads_to_another_app(t *testing.T) {
	t.Parallel()
	r, u, show, codes := careful(t)
	before := r.browser().signIn2(ada)
	must(t, passed[authn.Completed](before.verify(code(show()))))
	b := r.browser()
	b.begin(ada)
	out := b.try(pw(goodPassword))
	step, ok := out.(authn.StepRequired)
	if !ok || !slices.Equal(step.Menu.Options, []identity.Kind{factor.TOTP, factor.Recovery}) {
		t.Fatalf("offered: %+v", out)
	}
	if out := b.try(spare(codes[3])); out != (authn.Workflow{Kind: authn.WorkflowRecover}) || b.signedIn() {
		t.Fatalf("%+v, signed in %v", out, b.signedIn())
	}
	if m := r.mails()[0]; m.Kind != "recovery_used" || m.To != ada || r.eventsOf("recovery_code_used") != 1 || r.left(ada) != 9 {
		t.Errorf("mail %s to %s, %d left", m.Kind, m.To, r.left(ada))
	}
	if before.signedIn() {
		t.Error("a session of before lives on")
	}
	v, err := b.viewRecovery()
	if err != nil || v.App == nil || v.Left != 9 || !v.MayKeep || v.Account != ada {
		t.Fatalf("%+v, %v", v, err)
	}
	old := r.apps(ada)
	if out, err := b.completeRecovery("000000"); err != nil || !is[authn.Rejected](out) || b.signedIn() {
		t.Fatalf("a wrong code: %T, %v", out, err)
	}
	next := r.codes(*v.App)
	must(t, passed[authn.Completed](b.completeRecovery(next())))
	if kinds, aal := b.evidence(); !slices.Equal(kinds, []identity.Kind{factor.Password, factor.TOTP}) || aal != identity.AAL2 {
		t.Errorf("signed in with %v at %v", kinds, aal)
	}
	fresh := b.newCodes()
	if apps := r.apps(ada); len(apps) != 1 || apps[0] == old[0] || r.left(ada) != 10 || len(fresh) != 10 || slices.Contains(fresh, codes[0]) {
		t.Errorf("apps %v, was %v; %d codes", apps, old, r.left(ada))
	}
	if m := r.mails()[0]; m.Kind != "factor_added" || r.read(u).State != identity.Active {
		t.Errorf("mail: %s", m.Kind)
	}
	if _, err := b.completeRecovery(next()); !errors.Is(err, authn.ErrNoFlow) {
		t.Errorf("twice: %v", err)
	}
	r.clock.Advance(time.Minute)
	thief := r.browser()
	for _, spent := range codes {
		if out := thief.lostApp(spent); !is[authn.Rejected](out) {
			t.Fatalf("a code of the old set: %T", out)
		}
		r.clock.Advance(time.Hour)
	}
	again := r.browser().signIn2(ada)
	if out := again.try(code(show())); !is[authn.Rejected](out) {
		t.Errorf("the lost app: %T", out)
	}
	must(t, passed[authn.Completed](again.verify(code(next()))))
}

// AUN-136, FAC-073: who has their app elsewhere goes on with it: a login of the password
// alone, which changes no credential, and the other codes stay.
func TestRecovery_keeps_an_app_that_is_only_elsewhere(t *testing.T) {
	t.Parallel()
	r, _, show, codes := careful(t)
	b := r.browser()
	b.lostApp(codes[0])
	apps := r.apps(ada)
	must(t, passed[authn.Completed](b.keepFactors()))
	if kinds, aal := b.evidence(); !slices.Equal(kinds, []identity.Kind{factor.Password, factor.Recovery}) || aal != identity.AAL1 {
		t.Errorf("signed in with %v at %v", kinds, aal)
	}
	if !slices.Equal(apps, r.apps(ada)) || r.left(ada) != 9 {
		t.Errorf("apps %v, %d codes", r.apps(ada), r.left(ada))
	}
	// Neither codes nor apps nor the password are theirs to change.
	e, err := b.beginTOTP()
	must(t, err)
	if _, err := b.confirmTOTP(r.codes(e)(), ""); !errors.Is(err, authn.ErrStepUpRequired) {
		t.Errorf("another app: %v", err)
	}
	if _, err := b.replaceCodes(); !errors.Is(err, authn.ErrStepUpRequired) {
		t.Errorf("codes: %v", err)
	}
	if _, err := b.changes(goodPassword, "another fine long passphrase"); !errors.Is(err, authn.ErrStepUpRequired) {
		t.Errorf("password: %v", err)
	}
	// A step-up takes the app and no code (FAC-072).
	if _, err := b.asksStrongest(ada); err != nil {
		t.Fatal(err)
	}
	if _, err := b.verify(spare(codes[1])); !errors.Is(err, authn.ErrStepMismatch) || r.left(ada) != 9 {
		t.Errorf("a code in a step-up: %v, %d left", err, r.left(ada))
	}
	must(t, passed[authn.Completed](b.verify(code(show()))))
	must(t, passed[authn.Completed](b.replaceCodes()))
}

// FAC-072, FAC-074: a code that is spent, of somebody else, of no set, the first factor,
// or younger than the sign-in leads nowhere, and is charged like any guess.
func TestRecovery_refuses(t *testing.T) {
	t.Parallel()
	r, _, show, codes := careful(t)
	r.person(bob)
	bobs := r.browser().signIn(bob)
	bobs.enrols("bob's")
	foreign := bobs.newCodes()[0]
	first, nobody := r.browser(), r.browser()
	some, none := first.begin(ada).(authn.StepRequired), nobody.begin("nobody@example.org").(authn.StepRequired)
	if none.Menu.Identifier = ada; !reflect.DeepEqual(some, none) {
		t.Errorf("who has codes is told apart: %+v, %+v", some, none)
	}
	if _, err := nobody.verify(spare(codes[0])); !errors.Is(err, authn.ErrStepMismatch) {
		t.Errorf("of nobody: %v", err)
	}
	if _, err := first.verify(spare(codes[0])); !errors.Is(err, authn.ErrStepMismatch) || r.left(ada) != 10 {
		t.Errorf("as the first factor: %v", err)
	}
	r.browser().lostApp(codes[0])
	for name, typed := range map[string]string{"spent": codes[0], "somebody else's": foreign, "none": "0000000000000000000000000O", "empty": ""} {
		b := r.browser()
		if out := b.lostApp(typed); !is[authn.Rejected](out) || b.signedIn() {
			t.Errorf("%s: %T", name, out)
		}
	}
	// Guesses at codes are guesses at the account (FAC-074).
	b := r.browser().signIn2(ada)
	if out := b.try(spare("another guess")); !is[authn.Rejected](out) {
		t.Fatalf("%T", out)
	}
	if out := b.try(code(show())); !is[authn.Throttled](out) {
		t.Errorf("after five of them: %T", out)
	}
	r.clock.Advance(time.Hour)
	// A set that is younger than the flow (FAC-007).
	early := r.browser().signIn2(ada)
	r.clock.Advance(time.Minute)
	owner := r.browser().signIn2(ada)
	must(t, passed[authn.Completed](owner.verify(code(show()))))
	must(t, passed[authn.Completed](owner.replaceCodes()))
	for _, typed := range []string{codes[1], owner.newCodes()[0]} {
		if out := early.try(spare(typed)); !is[authn.Rejected](out) {
			t.Errorf("in a flow of before: %T", out)
		}
	}
	if r.left(ada) != 10 || r.eventsOf("recovery_codes_generated") != 3 {
		t.Errorf("%d left", r.left(ada))
	}
}

// FAC-I11, FAC-072: of any number of uses of one code one leads on, and of using and
// replacing never both win.
func TestRecovery_in_parallel_is_one(t *testing.T) {
	t.Parallel()
	r, _, show, codes := careful(t, func(c *authn.Config, _ *authn.AccountsConfig) {
		c.UserLock = authn.UserLock()
		c.UserLock.Threshold = 1000
	})
	browsers := make([]*browser, 64)
	for i := range browsers {
		browsers[i] = r.browser().signIn2(ada)
	}
	r.clock.Advance(time.Minute)
	var won atomic.Int32
	var wg sync.WaitGroup
	for _, b := range browsers {
		wg.Go(func() {
			if out, err := b.verify(spare(codes[5])); err == nil && is[authn.Workflow](out) {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || r.left(ada) != 9 {
		t.Fatalf("%d won, %d left", won.Load(), r.left(ada))
	}
	for range 8 {
		r.clock.Advance(time.Minute)
		owner, thief := r.browser().signIn2(ada), r.browser().signIn2(ada)
		must(t, passed[authn.Completed](owner.verify(code(show()))))
		var used, renewed bool
		wg.Go(func() {
			out, err := thief.verify(spare(codes[6]))
			used = err == nil && is[authn.Workflow](out)
		})
		wg.Go(func() {
			out, err := owner.replaceCodes()
			renewed = err == nil && is[authn.Completed](out)
		})
		wg.Wait()
		if used && renewed {
			t.Fatal("a code was used and its set replaced")
		}
		if used {
			break
		}
		codes = owner.newCodes()
	}
}

// FAC-005: with the last app go the codes.
func TestRecovery_codes_go_with_the_last_app(t *testing.T) {
	t.Parallel()
	r, _, show, codes := careful(t)
	b := r.browser().signIn2(ada)
	must(t, passed[authn.Completed](b.verify(code(show()))))
	b.enrols("tablet")
	apps := r.apps(ada)
	must(t, passed[authn.Completed](b.removeTOTP(apps[0])))
	if r.left(ada) != 10 {
		t.Fatalf("%d left with an app", r.left(ada))
	}
	must(t, passed[authn.Completed](b.removeTOTP(apps[1])))
	if r.left(ada) != -1 || len(r.held(ada, factor.Recovery)) != 0 {
		t.Errorf("%d left", r.left(ada))
	}
	b.enrols("phone")
	if fresh := b.newCodes(); len(fresh) != 10 || slices.Contains(fresh, codes[0]) {
		t.Errorf("%d codes", len(fresh))
	}
}

// AUN-115: an administrator's reset takes the codes as well, and nobody sees them.
func TestRecovery_codes_go_with_a_reset(t *testing.T) {
	t.Parallel()
	r, u, _, codes := careful(t)
	o := &office{r, r.desk(), r.person(eve)}
	b := r.browser().signIn2(ada)
	must(t, o.admin.ResetFactors(t.Context(), o.order(u)))
	if r.left(ada) != -1 {
		t.Errorf("%d left", r.left(ada))
	}
	if out := b.try(spare(codes[0])); !is[authn.Rejected](out) {
		t.Errorf("%T", out)
	}
}

// AUN-136: what ends the sign-in while it waits ends it: an order, a raise, an hour.
func TestRecovery_ends_with_what_it_rests_on(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		meanwhile func(o *office, u identity.User) error
		want      error
	}{
		"suspended": {func(o *office, u identity.User) error { return o.admin.Suspend(context.Background(), o.order(u)) }, authn.ErrFlowSuperseded},
		"reset":     {func(o *office, u identity.User) error { return o.admin.ResetFactors(context.Background(), o.order(u)) }, authn.ErrFlowSuperseded},
		"erased":    {func(o *office, u identity.User) error { return o.admin.Erase(context.Background(), o.order(u)) }, authn.ErrFlowSuperseded},
		"raised": {func(o *office, u identity.User) error {
			return o.stores.Session.Raise(context.Background(), identity.UserScope(u.Subject()))
		}, authn.ErrFlowSuperseded},
		"late": {func(o *office, _ identity.User) error { o.clock.Advance(time.Hour); return nil }, authn.ErrFlowExpired},
	} {
		r, u, _, codes := careful(t)
		o := &office{r, r.desk(), r.person(eve)}
		b := r.browser()
		b.lostApp(codes[0])
		v, err := b.viewRecovery()
		must(t, err)
		must(t, tc.meanwhile(o, u))
		if _, err := b.keepFactors(); !errors.Is(err, tc.want) {
			t.Errorf("%s: keep: %v", name, err)
		}
		if _, err := b.completeRecovery(r.codes(*v.App)()); !errors.Is(err, tc.want) {
			t.Errorf("%s: complete: %v", name, err)
		}
		if b.signedIn() {
			t.Errorf("%s: signed in", name)
		}
	}
}

// PRD-017, FAC-073: who holds a role of the console, or has nothing left that works, is
// not in before another app is bound.
func TestRecovery_is_no_way_to_keep_what_does_not_work(t *testing.T) {
	t.Parallel()
	r, u, _, codes := careful(t)
	app := r.held(ada, factor.TOTP)[0]
	must(t, r.accounts.GrantRole(t.Context(), authn.RoleChange{Subject: u.Subject(), Role: identity.RoleAdmin}))
	r.clock.Advance(time.Second)
	b := r.browser()
	b.lostApp(codes[0])
	if v, err := b.viewRecovery(); err != nil || v.MayKeep {
		t.Errorf("%+v %v", v, err)
	}
	if _, err := b.keepFactors(); !errors.Is(err, authn.ErrRoleNeedsMFA) || b.signedIn() {
		t.Errorf("an administrator: %v", err)
	}
	must(t, r.accounts.RevokeRole(t.Context(), authn.RoleChange{Subject: u.Subject(), Role: identity.RoleAdmin}))
	must(t, r.stores.Identity.Apply(t.Context(), identity.DropCredential{Subject: u.Subject(), ID: app.ID, Expect: app.Version}))
	b = r.browser()
	b.lostApp(codes[1])
	if _, err := b.keepFactors(); !errors.Is(err, authn.ErrLastFactor) || b.signedIn() {
		t.Errorf("without an app: %v", err)
	}
	v, err := b.viewRecovery()
	must(t, err)
	must(t, passed[authn.Completed](b.completeRecovery(r.codes(*v.App)())))
}

// AUN-136, AUN-137: a hold begins with the new app; a password that others know is
// replaced behind it.
func TestRecovery_holds_and_replaces(t *testing.T) {
	t.Parallel()
	r, u, _, codes := careful(t, func(_ *authn.Config, a *authn.AccountsConfig) { a.RecoveryHold = 24 * time.Hour })
	o := &office{r, r.desk(), r.person(eve)}
	o.marks(u)
	r.clock.Advance(time.Second)
	b := r.browser()
	b.lostApp(codes[0])
	v, err := b.viewRecovery()
	must(t, err)
	if out, err := b.completeRecovery(r.codes(*v.App)()); err != nil || out != (authn.Workflow{Kind: authn.WorkflowChangePassword}) || b.signedIn() {
		t.Fatalf("%+v %v", out, err)
	}
	var out authn.FactorOutcome
	b.do(func(ctx context.Context, s *session.Session) {
		out, err = b.r.accounts.ReplacePassword(ctx, s, secret("another fine long passphrase"))
	})
	must(t, passed[authn.Completed](out, err))
	if _, err := b.replaceCodes(); !errors.Is(err, authn.ErrRecoveryHold) {
		t.Errorf("within the hold: %v", err)
	}
}

// FAC-072: whatever a method names, a code is taken in the last step alone, beside a
// second factor, behind everything else.
func TestRecovery_stands_behind_everything_else(t *testing.T) {
	t.Parallel()
	r, u, _, codes := careful(t)
	for name, steps := range map[string][]identity.Step{
		"named first":   {identity.AnyOf(factor.Password, factor.Recovery), identity.Required(factor.TOTP)},
		"named between": {identity.Required(factor.Password), identity.AnyOf(factor.TOTP, factor.Recovery), identity.Required(factor.Password)},
		"one step":      {identity.AnyOf(factor.Password, factor.TOTP)},
	} {
		// Of the tenant as well: a first step that only the person has is nobody's.
		m := identity.Method{Name: "password", Enabled: true, Reason: "self", Steps: steps}
		must(t, r.stores.Identity.Apply(t.Context(), identity.PutMethod{Scope: identity.UserScope(u.Subject()), Method: m},
			identity.PutMethod{Scope: identity.TenantScope(r.tenant), Method: m}))
		b := r.browser()
		b.begin(ada)
		if _, err := b.verify(spare(codes[0])); !errors.Is(err, authn.ErrStepMismatch) {
			t.Errorf("%s: a code as the first step: %v", name, err)
		}
		if len(steps) == 3 {
			b.try(pw(goodPassword))
			if _, err := b.verify(spare(codes[0])); !errors.Is(err, authn.ErrStepMismatch) {
				t.Errorf("%s: a code between: %v", name, err)
			}
		}
	}
	if r.left(ada) != 10 {
		t.Errorf("%d left", r.left(ada))
	}
}
