package authn_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
)

func (b *browser) viewRebind(link string) (v authn.RebindView, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { v, err = b.r.accounts.ViewRebind(ctx, s, link) })
	return v, err
}

func (b *browser) beginRebind(link, password string) (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		out, err = b.r.accounts.BeginRebind(ctx, s, link, pw(password))
	})
	return out, err
}

func (b *browser) completeRebind(link, typed string) (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		out, err = b.r.accounts.CompleteRebind(ctx, s, link, code(typed))
	})
	return out, err
}

// lost is an office, somebody whose app an administrator has taken away, and the link.
func lost(t *testing.T, opts ...option) (*office, identity.User, string) {
	t.Helper()
	r := newRig(t, opts...)
	o := &office{r, r.desk(), r.person(eve)}
	u := o.person(ada)
	o.app(u)
	must(t, o.admin.ResetFactors(t.Context(), o.order(u)))
	return o, u, o.link()
}

// rebinds goes through it in one browser.
func (b *browser) rebinds(link, password string) func() string {
	b.r.t.Helper()
	if out, err := b.beginRebind(link, password); err != nil || !is[authn.StepRequired](out) {
		b.r.t.Fatalf("begin: %T %v", out, err)
	}
	v, err := b.viewRebind(link)
	if err != nil || v.App == nil {
		b.r.t.Fatalf("view: %+v %v", v, err)
	}
	show := b.r.codes(*v.App)
	if out, err := b.completeRebind(link, show()); err != nil || !is[authn.Completed](out) {
		b.r.t.Fatalf("complete: %T %v", out, err)
	}
	return show
}

// AUN-115, AUN-135, AUN-136: mailbox and password together bind another app, nobody
// is signed in by it, and signing in takes both factors again.
func TestRebind_takes_mailbox_and_password(t *testing.T) {
	t.Parallel()
	o, u, link := lost(t)
	if m := o.mails()[0]; m.Kind != "rebind" || m.To != ada || !strings.Contains(m.Text, "/auth/rebind?token=") {
		t.Errorf("mail: %+v", m)
	}
	if o.eventsOf("factor_reset") != 1 || len(o.held(ada, factor.TOTP)) != 0 {
		t.Error("event or app")
	}
	// Without an app there is no way in.
	b := o.browser()
	b.begin(ada)
	if out := b.try(pw(goodPassword)); !is[authn.StepRequired](out) || b.signedIn() {
		t.Errorf("the password alone: %T", out)
	}
	b = o.browser()
	if v, err := b.viewRebind(link); err != nil || v.App != nil || v.Address != "a•••@example.org" || b.cookie() != "" {
		t.Errorf("view: %+v %v", v, err)
	}
	if out, err := b.completeRebind(link, "000000"); !errors.Is(err, authn.ErrNoEnrolment) {
		t.Errorf("without the password: %T %v", out, err)
	}
	if out, err := b.beginRebind(link, "not the right password"); err != nil || !is[authn.Rejected](out) {
		t.Errorf("a wrong password: %T %v", out, err)
	}
	show := b.rebinds(link, goodPassword)
	if b.signedIn() || !is[session.Guest](b.state()) {
		t.Errorf("state: %T", b.state())
	}
	if m := o.mails()[0]; m.Kind != "factor_added" || m.To != ada {
		t.Errorf("mail: %+v", m)
	}
	o.clock.Advance(time.Minute)
	b.begin(ada)
	b.try(pw(goodPassword))
	if out := b.try(code(show())); !is[authn.Completed](out) || o.read(u).State != identity.Active {
		t.Errorf("sign-in: %T", out)
	}
	if _, err := o.browser().viewRebind(link); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("twice: %v", err)
	}
}

// AUN-135: who reads the mailbox alone cannot choose a password on the way: a reset
// voids the link. Nor does the link of one purpose open the page of another.
func TestRebind_is_not_for_the_mailbox_alone(t *testing.T) {
	t.Parallel()
	o, _, link := lost(t)
	if _, err := o.accounts.ViewReset(t.Context(), link); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("as a reset: %v", err)
	}
	if _, err := o.browser().confirm(link, goodPassword); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("as an invitation: %v", err)
	}
	_, err := o.accounts.BeginReset(t.Context(), ada)
	must(t, err)
	must(t, o.accounts.CompleteReset(t.Context(), o.link(), secret("the thief's own long password")))
	if out, err := o.browser().beginRebind(link, "the thief's own long password"); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("after a reset: %T %v", out, err)
	}
}

// AUN-115: a new order voids the link before, and so do the end of the account and a
// change of it while the app is set up.
func TestRebind_ends_with_what_it_rests_on(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*office, identity.User) error{
		"another order": func(o *office, u identity.User) error { return o.admin.ResetFactors(context.Background(), o.order(u)) },
		"suspended":     func(o *office, u identity.User) error { return o.admin.Suspend(context.Background(), o.order(u)) },
		"erased":        func(o *office, u identity.User) error { return o.admin.Erase(context.Background(), o.order(u)) },
		"raised": func(o *office, u identity.User) error {
			return o.stores.Identity.Apply(context.Background(), identity.RaiseEpoch{Scope: identity.UserScope(u.Subject())})
		},
	} {
		o, u, link := lost(t)
		b := o.browser()
		if out, err := b.beginRebind(link, goodPassword); err != nil || !is[authn.StepRequired](out) {
			t.Fatalf("begin: %T %v", out, err)
		}
		v, err := b.viewRebind(link)
		must(t, err)
		must(t, meanwhile(o, u))
		if out, err := b.completeRebind(link, o.codes(*v.App)()); !errors.Is(err, authn.ErrTokenInvalid) && !errors.Is(err, authn.ErrNoEnrolment) && !errors.Is(err, authn.ErrFlowSuperseded) {
			t.Errorf("%s: %T %v", name, out, err)
		}
		if len(o.held(ada, factor.TOTP)) != 0 {
			t.Errorf("%s: an app was bound", name)
		}
	}
}

// AUN-135: ten wrong codes end the link, and of 64 that complete it at once one does.
func TestRebind_is_bounded_and_single(t *testing.T) {
	t.Parallel()
	o, _, link := lost(t)
	b := o.browser()
	if out, err := b.beginRebind(link, goodPassword); err != nil || !is[authn.StepRequired](out) {
		t.Fatalf("begin: %T %v", out, err)
	}
	for range 10 {
		if out, err := b.completeRebind(link, "000000"); err != nil || !is[authn.Rejected](out) {
			t.Fatalf("a wrong code: %T %v", out, err)
		}
	}
	if _, err := b.completeRebind(link, "000000"); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("the eleventh: %v", err)
	}

	o, _, link = lost(t)
	b = o.browser()
	_, err := b.beginRebind(link, goodPassword)
	must(t, err)
	v, err := b.viewRebind(link)
	must(t, err)
	typed := o.codes(*v.App)()
	var wins atomic.Int32
	var wg sync.WaitGroup
	start := make(chan struct{})
	for range 64 {
		c := b.jar()
		wg.Go(func() {
			<-start
			if out, err := c.completeRebind(link, typed); err == nil && is[authn.Completed](out) {
				wins.Add(1)
			}
		})
	}
	close(start)
	wg.Wait()
	if n := len(o.held(ada, factor.TOTP)); n != 1 || wins.Load() > 1 {
		t.Errorf("%d apps, %d completed", n, wins.Load())
	}
}

// AUN-136: for as long as the hold lasts nothing that the person signs in with changes.
func TestRebind_begins_a_hold(t *testing.T) {
	t.Parallel()
	o, _, link := lost(t, func(_ *authn.Config, c *authn.AccountsConfig) { c.RecoveryHold = 24 * time.Hour })
	b := o.browser()
	show := b.rebinds(link, goodPassword)
	signIn := func() {
		t.Helper()
		b.begin(ada)
		b.try(pw(goodPassword))
		if out := b.try(code(show())); !is[authn.Completed](out) {
			t.Fatalf("sign-in: %T", out)
		}
	}
	change := func(next string) (out authn.FactorOutcome, err error) {
		b.do(func(ctx context.Context, s *session.Session) {
			out, err = o.accounts.ChangePassword(ctx, s, pw(goodPassword), seal.NewSecret([]byte(next)))
		})
		return out, err
	}
	o.clock.Advance(time.Minute)
	signIn()
	if out, err := change("another horse battery staple"); !errors.Is(err, authn.ErrRecoveryHold) {
		t.Errorf("password: %T %v", out, err)
	}
	if out, err := b.removeTOTP(o.apps(ada)[0]); !errors.Is(err, authn.ErrRecoveryHold) {
		t.Errorf("app: %T %v", out, err)
	}
	o.clock.Advance(24 * time.Hour)
	b = o.browser()
	signIn()
	if out, err := change("another horse battery staple"); err != nil || !is[authn.Completed](out) {
		t.Errorf("after the hold: %T %v", out, err)
	}
	// Another recovery begins another.
	acct, _ := o.account(ada)
	must(t, o.admin.ResetFactors(t.Context(), o.order(acct.User)))
	o.browser().rebinds(o.link(), "another horse battery staple")
}
