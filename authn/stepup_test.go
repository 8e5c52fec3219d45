package authn_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// stepsUp asks the session of a browser for more.
func (b *browser) stepsUp(req authn.Requirement) (out authn.StepUpOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { out, err = b.r.accounts.RequireStepUp(ctx, s, req) })
	return out, err
}

// mustStep is stepsUp where a step must follow, of these kinds.
func (b *browser) mustStep(req authn.Requirement, kinds ...identity.Kind) {
	b.r.t.Helper()
	out, err := b.stepsUp(req)
	step, ok := out.(authn.StepRequired)
	if err != nil || !ok || !slices.Equal(step.Menu.Options, kinds) {
		b.r.t.Fatalf("step-up: %+v, %v, want a step of %v", out, err, kinds)
	}
}

func (b *browser) abandons() error {
	_, err := b.act(func(ctx context.Context, s *session.Session) error { return b.r.accounts.AbandonStepUp(ctx, s) })
	return err
}

func (b *browser) login() (l session.Authenticated) {
	b.r.t.Helper()
	l, ok := b.state().(session.Authenticated)
	if !ok {
		b.r.t.Fatal("not signed in")
	}
	return l
}

func anyOf(kinds ...identity.Kind) authn.Requirement { return authn.Requirement{AnyOf: kinds} }

// mfa is somebody who signed in with password and app a while ago.
func (r *rig) mfa(ago time.Duration) (*browser, func() string) {
	r.t.Helper()
	show := r.app(r.person(ada))
	r.clock.Advance(time.Minute)
	b := r.browser()
	b.begin(ada)
	b.try(pw(goodPassword))
	if out := b.try(code(show())); !is[authn.Completed](out) {
		r.t.Fatalf("sign-in: %T", out)
	}
	r.clock.Advance(ago)
	return b, show
}

// AUN-100, AUN-102, AUN-103, SES-016
func TestStepUp_adds_evidence_and_nothing_else(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, show := r.mfa(6 * time.Minute)
	before, cookie := b.login(), b.cookie()
	b.mustStep(anyOf(factor.TOTP), factor.TOTP)
	if b.cookie() != cookie {
		t.Error("beginning gave a new id")
	}
	if out := b.try(code(show())); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	after := b.login()
	if b.cookie() == cookie {
		t.Error("no new id")
	}
	ev := after.Evidence()
	if len(ev) != len(before.Evidence())+1 || ev[2].Kind != factor.TOTP || !ev[2].At.Equal(r.clock.Now()) || !ev[0].At.Equal(before.Evidence()[0].At) {
		t.Errorf("evidence %+v", ev)
	}
	if !after.AuthTime().Equal(before.AuthTime()) || after.Subject() != before.Subject() {
		t.Error("the login has changed")
	}
	if out, err := b.stepsUp(anyOf(factor.TOTP)); err != nil || !is[authn.Satisfied](out) {
		t.Errorf("at once again: %T, %v", out, err)
	}
	r.clock.Advance(authn.DefaultMaxAge + time.Second)
	b.mustStep(anyOf(factor.TOTP), factor.TOTP)
	r.clock.Advance(25 * time.Second)
	if got := r.audited(); strings.Count(got, `"step_up"`) != 1 || !strings.Contains(got, `"achieved":"aal2"`) || strings.Count(got, `"authenticated"`) != 1 {
		t.Errorf("events: %s", got)
	}
}

// AUN-100, SES-007, SES-017: while it lasts, given up, or out of time, the login is
// what it was, in this tab and in all others.
func TestStepUp_leaves_the_login_standing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, _ := r.mfa(time.Hour)
	before := b.login()
	b.mustStep(anyOf(factor.TOTP), factor.TOTP)
	if list, err := b.sessions(session.Ref{}, 10); err != nil || len(list) != 1 {
		t.Errorf("the list of sessions: %v, %v", list, err)
	}
	if _, err := b.beginTOTP(); err != nil {
		t.Errorf("another tab: %v", err)
	}
	must(t, b.abandons())
	must(t, b.abandons())
	if got := b.login(); len(got.Evidence()) != len(before.Evidence()) {
		t.Errorf("given up: %+v", got.Evidence())
	}
	b.mustStep(anyOf(factor.TOTP), factor.TOTP)
	r.clock.Advance(10 * time.Minute)
	if _, err := b.verify(code("123456")); !errors.Is(err, authn.ErrNoFlow) && !errors.Is(err, authn.ErrFlowExpired) {
		t.Errorf("past the deadline: %v", err)
	}
	if got := b.login(); len(got.Evidence()) != len(before.Evidence()) {
		t.Errorf("out of time: %+v", got.Evidence())
	}
	b.mustStep(anyOf(factor.TOTP), factor.TOTP)
	if _, err := b.act(func(ctx context.Context, s *session.Session) error { return r.accounts.LogoutOthers(ctx, s) }); err != nil {
		t.Errorf("ending the others: %v", err)
	}
	b.login()
	b.mustStep(anyOf(factor.TOTP), factor.TOTP)
	if _, err := b.act(func(ctx context.Context, s *session.Session) error { return r.accounts.Logout(ctx, s) }); err != nil || !is[session.Guest](b.state()) {
		t.Errorf("signing out: %v", err)
	}
	if !strings.Contains(r.audited(), `"logout_attempt"`) {
		t.Error("a sign-out without its event")
	}
}

// AUN-101: the ledger counts, its lock sends back to the login, and the person is
// told; or the login ends.
func TestStepUp_failures(t *testing.T) {
	t.Parallel()
	for _, ends := range []bool{false, true} {
		r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { c.EndOnStepUpFailure = ends })
		b, show := r.mfa(time.Hour)
		b.mustStep(anyOf(factor.TOTP), factor.TOTP)
		for range 5 {
			if out := b.try(code("000000")); !is[authn.Rejected](out) {
				t.Fatalf("%T", out)
			}
		}
		if _, err := b.verify(code(show())); !errors.Is(err, authn.ErrNoFlow) {
			t.Errorf("after five failures: %v", err)
		}
		if signedIn := b.signedIn(); signedIn == ends {
			t.Errorf("ends %t: signed in %t", ends, signedIn)
		}
		if m := r.mails(); len(m) != 1 || m[0].Subject != string(authn.NoteStepUpFailed) {
			t.Errorf("told: %v", m)
		}
		got := r.audited()
		if !strings.Contains(got, `"step_up"`) || strings.Contains(got, `"cause":"step_up"`) != ends {
			t.Errorf("events: %s", got)
		}
		if ends {
			continue
		}
		b.mustStep(anyOf(factor.TOTP), factor.TOTP)
		if out := b.try(code(show())); !is[authn.Throttled](out) {
			t.Errorf("the right code while locked: %T", out)
		}
		if len(b.mustBase().Evidence()) != 2 {
			t.Error("evidence came from nowhere")
		}
	}
}

// mustBase is the login under a step-up.
func (b *browser) mustBase() session.Authenticated {
	b.r.t.Helper()
	st, ok := b.state().(session.Authenticating)
	if !ok {
		b.r.t.Fatalf("%T", b.state())
	}
	base, ok := st.Base()
	if !ok {
		b.r.t.Fatal("no login under it")
	}
	return base
}

// AUN-104, AUN-105, AUN-I13: what is asked for is what the person has, as little as
// answers, and old factors do not add up with new ones.
func TestStepUp_asks_for_what_is_missing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, show := r.mfa(time.Hour)
	for name, c := range map[string]struct {
		req   authn.Requirement
		kinds []identity.Kind
	}{
		"either":         {anyOf(factor.Password, factor.TOTP), []identity.Kind{factor.TOTP, factor.Password}},
		"password":       {anyOf(factor.Password), []identity.Kind{factor.Password}},
		"any level":      {authn.Requirement{MinAAL: identity.AAL1}, []identity.Kind{factor.TOTP, factor.Password}},
		"both, one each": {authn.Requirement{MinAAL: identity.AAL2}, []identity.Kind{factor.Password}},
	} {
		t.Run(name, func(t *testing.T) { //nolint:paralleltest // one browser
			b.mustStep(c.req, c.kinds...)
		})
	}
	b.mustStep(authn.Requirement{MinAAL: identity.AAL2}, factor.Password)
	if out := b.try(pw(goodPassword)); !is[authn.StepRequired](out) {
		t.Fatalf("half of it: %T", out)
	}
	if got := b.mustBase().Evidence(); len(got) != 2 {
		t.Fatalf("half of it counts: %+v", got)
	}
	if out := b.try(code(show())); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	if out, err := b.stepsUp(authn.Requirement{MinAAL: identity.AAL2}); err != nil || !is[authn.Satisfied](out) {
		t.Errorf("%T, %v", out, err)
	}
	r.clock.Advance(4 * time.Minute)
	b.mustStep(authn.Requirement{AnyOf: []identity.Kind{factor.TOTP}, MaxAge: time.Minute}, factor.TOTP)
	r.clock.Advance(time.Hour)
	b.mustStep(anyOf(factor.Password), factor.Password)
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	// What is fresh is not asked for again.
	b.mustStep(authn.Requirement{MinAAL: identity.AAL2}, factor.TOTP)
	r.clock.Advance(31 * time.Second)
	for name, req := range map[string]authn.Requirement{
		"a passkey": anyOf(factorPasskey), "level 3": {MinAAL: identity.AAL3}, "no phishing": {PhishingResistant: true},
	} {
		must(t, b.abandons())
		if out, err := b.stepsUp(req); err != nil || !is[authn.StepUpImpossible](out) {
			t.Errorf("%s: %T, %v", name, out, err)
		}
		b.login()
	}
	if got := strings.Count(r.audited(), `"reason":"no_method"`); got != 3 {
		t.Errorf("%d events say that nothing answers", got)
	}
}

const factorPasskey identity.Kind = "passkey"

// AUN-100, AUN-103: what is malformed, and who has no login.
func TestStepUp_refusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser().signIn(ada)
	if _, err := b.stepsUp(authn.Requirement{}); !errors.Is(err, authn.ErrRequirementEmpty) {
		t.Errorf("empty: %v", err)
	}
	var field *authn.FieldError
	for _, req := range []authn.Requirement{{MinAAL: 1, MaxAge: -1}, {MinAAL: 4}} {
		if _, err := b.stepsUp(req); !errors.As(err, &field) {
			t.Errorf("%+v: %v", req, err)
		}
	}
	for _, nobody := range []*browser{r.browser(), func() *browser { n := r.browser(); n.begin(ada); return n }()} {
		if _, err := nobody.stepsUp(anyOf(factor.Password)); !errors.Is(err, authn.ErrNotAuthenticated) {
			t.Errorf("nobody: %v", err)
		}
	}
	// No choice leads to something weaker than what was demanded.
	r.clock.Advance(time.Hour)
	b.mustStep(anyOf(factor.Password), factor.Password)
	if _, err := b.selects("password"); !errors.Is(err, authn.ErrMethodUnknown) {
		t.Errorf("choosing: %v", err)
	}
	guest := r.browser()
	guest.begin(ada)
	must(t, guest.abandons())
	if st := guest.state(); !is[session.Authenticating](st) {
		t.Errorf("giving up what is none: %T", st)
	}
	if _, err := b.verify(code("123456")); !errors.Is(err, authn.ErrStepMismatch) {
		t.Errorf("another kind: %v", err)
	}
	must(t, r.suspend(u.Subject(), identity.Active))
	if out, err := b.stepsUp(anyOf(factor.Password)); !errors.Is(err, authn.ErrNotAuthenticated) {
		t.Errorf("suspended: %T, %v", out, err)
	}
}

// AUN-142: whoever acts as somebody else cannot prove to be them.
func TestStepUp_not_for_somebody_else(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	target := r.person("bob@example.org")
	b := r.browser().signIn(ada).acts(target)
	if out, err := b.stepsUp(anyOf(factor.Password)); err != nil || !is[authn.StepUpImpossible](out) {
		t.Errorf("%T, %v", out, err)
	}
}

// volley presents one credential from all browsers at once: no call of the verb that
// begins so goes on before every browser has come to it. It answers which passed.
func (r *rig) volley(verb string, tabs []*browser, c func() authn.Credential) (passed []*browser) {
	r.t.Helper()
	var come atomic.Int32
	all := make(chan struct{})
	gather := func(v string) error {
		if strings.HasPrefix(v, verb) {
			if come.Add(1) == int32(len(tabs)) {
				close(all)
			}
			<-all
		}
		return nil
	}
	r.ident.hook(gather)
	r.ledger.hook(gather)
	defer r.mend()
	outs := make([]authn.FactorOutcome, len(tabs))
	var wg sync.WaitGroup
	for i, tab := range tabs {
		tab.addr = fmt.Sprintf("203.0.113.%d:1", i) // the address lever stays out of it
		wg.Go(func() { outs[i], _ = tab.verify(c()) })
	}
	wg.Wait()
	for i, out := range outs {
		if is[authn.Completed](out) {
			passed = append(passed, tabs[i])
		}
	}
	return passed
}

// AUN-I13, AUN-042, SES-106: 64 tabs of one login send one code at once, and one adds
// its evidence.
func TestStepUp_one_code_in_64_tabs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, show := r.mfa(time.Hour)
	b.mustStep(anyOf(factor.TOTP), factor.TOTP)
	typed, tabs := show(), make([]*browser, 64)
	for i := range tabs {
		tabs[i] = b.jar()
	}
	passed := r.volley("Reserve", tabs, func() authn.Credential { return code(typed) })
	if len(passed) != 1 || len(passed[0].login().Evidence()) != 3 {
		t.Errorf("%d passed", len(passed))
	}
}

// AUN-I13, AUN-043: 16 logins of one person step up with one code, which all have
// found right before any has spent it, and one login gets the evidence.
func TestStepUp_one_code_in_16_logins(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) {
		c.UserLock = authn.UserLock()
		c.UserLock.Threshold = 1000 // the lock is for another test
	})
	show := r.app(r.person(ada))
	tabs := make([]*browser, 16)
	for i := range tabs {
		r.clock.Advance(time.Minute)
		tabs[i] = r.browser()
		tabs[i].begin(ada)
		tabs[i].try(pw(goodPassword))
		tabs[i].try(code(show()))
	}
	r.clock.Advance(10 * time.Minute)
	for _, tab := range tabs {
		tab.mustStep(anyOf(factor.TOTP), factor.TOTP)
	}
	typed := show()
	passed := r.volley("Record/identity.AdvanceCredential", tabs, func() authn.Credential { return code(typed) })
	if len(passed) != 1 {
		t.Errorf("%d passed", len(passed))
	}
	for _, tab := range tabs {
		must(t, tab.abandons())
		want := 2
		if slices.Contains(passed, tab) {
			want = 3
		}
		if got := len(tab.login().Evidence()); got != want {
			t.Errorf("%d pieces of evidence, want %d", got, want)
		}
	}
}

// AUN-100, SES-201: a login that is revoked while it steps up does not come back
// by the right code, and neither does somebody who was suspended.
func TestStepUp_of_a_login_that_ends_meanwhile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, show := r.mfa(time.Hour)
	acct, _ := r.account(ada)
	b.mustStep(anyOf(factor.TOTP), factor.TOTP)
	must(t, r.stores.Session.Raise(t.Context(), identity.UserScope(acct.User.Subject())))
	if out, err := b.verify(code(show())); is[authn.Completed](out) || b.signedIn() {
		t.Errorf("revoked: %T, %v", out, err)
	}
	r.clock.Advance(time.Minute)
	b.begin(ada)
	b.try(pw(goodPassword))
	b.try(code(show()))
	r.clock.Advance(time.Hour)
	b.mustStep(anyOf(factor.TOTP), factor.TOTP)
	// Without the epoch that goes with it: the account alone refuses.
	must(t, r.stores.Identity.Apply(t.Context(), identity.Transition{
		Subject: acct.User.Subject(), From: identity.Active, To: identity.Suspended, Detail: identity.StateDetail{Since: r.clock.Now()},
	}))
	if out := b.try(code(show())); !is[authn.Rejected](out) {
		t.Errorf("suspended: %T", out)
	}
	must(t, b.abandons())
	if out, err := b.stepsUp(anyOf(factor.TOTP)); !errors.Is(err, authn.ErrNotAuthenticated) {
		t.Errorf("suspended, once more: %T, %v", out, err)
	}
}

// AUN-059, AUN-101: what passes is given back to the ledger, and forgives no failure
// from before: whoever has a stolen cookie and one factor does not guess for ever.
func TestStepUp_neither_costs_nor_clears_guesses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, show := r.mfa(time.Hour)
	for range 6 {
		b.mustStep(anyOf(factor.Password), factor.Password)
		if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
			t.Fatalf("%T", out)
		}
		r.clock.Advance(6 * time.Minute)
	}
	b.mustStep(anyOf(factor.TOTP), factor.TOTP)
	for range 4 {
		b.try(code("000000"))
	}
	must(t, b.abandons())
	b.mustStep(anyOf(factor.Password), factor.Password)
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	b.mustStep(anyOf(factor.TOTP), factor.TOTP)
	b.try(code("000000"))
	if _, err := b.verify(code(show())); !errors.Is(err, authn.ErrNoFlow) {
		t.Errorf("the fifth failure with a success between: %v", err)
	}
}

// AUN-102, FAC-015: a password that is proved in a step-up is brought to the
// parameters of today, like at a sign-in.
func TestStepUp_renews_a_password(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser().signIn(ada)
	other, err := password.New(password.Config{Params: password.Lean()})
	must(t, err)
	body, err := other.Hash(r.entropy, secret(goodPassword))
	must(t, err)
	r.replacePassword(u, body)
	r.clock.Advance(time.Hour)
	b.mustStep(anyOf(factor.Password), factor.Password)
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	if got := r.held(ada, factor.Password)[0].Version; got != 2 {
		t.Errorf("version %d", got)
	}
}

// AUN-104
func TestStrongest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	strongest := func() []identity.Kind {
		acct, _ := r.account(ada)
		return r.accounts.Strongest(t.Context(), acct).AnyOf
	}
	if got := strongest(); !slices.Equal(got, []identity.Kind{factor.Password}) {
		t.Errorf("with a password: %v", got)
	}
	r.app(u)
	if got := strongest(); !slices.Equal(got, []identity.Kind{factor.TOTP}) {
		t.Errorf("with an app: %v", got)
	}
}
