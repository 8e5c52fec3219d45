package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

const betterPassword = "a staple that no horse has eaten"

// asksReset asks for a link and returns it; empty if none was mailed.
func (r *rig) asksReset(name string) string {
	r.t.Helper()
	sent, err := r.accounts.BeginReset(r.t.Context(), name)
	must(r.t, err)
	if sent.Works != 30*time.Minute && sent.Works != 24*time.Hour {
		r.t.Errorf("works for %v", sent.Works)
	}
	before := len(r.outbox.Messages())
	all := r.mails()
	if len(all) == before {
		return ""
	}
	_, token, _ := strings.Cut(all[0].Text, "token=")
	return strings.TrimSpace(token)
}

func (r *rig) resets(link, next string) error {
	r.t.Helper()
	return r.accounts.CompleteReset(r.t.Context(), link, secret(next))
}

// signsIn reports whether a password is right.
func (r *rig) signsIn(name, with string) bool {
	r.t.Helper()
	b := r.browser()
	b.begin(name)
	out := b.try(pw(with))
	return is[authn.Completed](out) || is[authn.StepRequired](out)
}

// AUN-131, AUN-133, AUN-134: a new password, all sessions over, nobody signed in, and
// told by mail.
func TestReset_sets_a_password_and_nothing_else(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	code := r.app(u)
	other := r.browser()
	other.begin(ada)
	other.try(pw(goodPassword))
	if out := other.try(authnCode(code())); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	link := r.asksReset(ada)
	v, err := r.accounts.ViewReset(t.Context(), link)
	must(t, err)
	if v.Address != "a•••@example.org" || !v.NeedsPassword {
		t.Errorf("%+v", v)
	}
	must(t, r.resets(link, betterPassword))
	if other.signedIn() {
		t.Error("a session outlived the reset")
	}
	if r.signsIn(ada, goodPassword) {
		t.Error("the old password still works")
	}
	b := r.browser()
	b.begin(ada)
	if out := b.try(pw(betterPassword)); !is[authn.StepRequired](out) {
		t.Errorf("the app is no longer asked for: %T", out)
	}
	if got := r.mails()[0]; got.Kind != string(authn.NotePasswordSet) || got.To != ada {
		t.Errorf("told by %+v", got)
	}
	if err := r.resets(link, "another staple that nobody eats"); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("the link works twice: %v", err)
	}
	if _, err := r.accounts.ViewReset(t.Context(), link); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("the link shows twice: %v", err)
	}
}

func authnCode(s string) authn.Code { return code(s) }

// AUN-131, AUN-I1, AUN-I2: nobody learns from asking whether there is an account.
func TestReset_costs_the_same_for_everybody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	waiting := r.person("waiting@example.org")
	stopped := r.person("stopped@example.org")
	bare := r.person("bare@example.org")
	must(t, r.stores.Identity.Apply(t.Context(),
		identity.Transition{Subject: stopped.Subject(), From: identity.Active, To: identity.Suspended},
		identity.Transition{Subject: waiting.Subject(), From: identity.Active, To: identity.Terminated},
		identity.VoidCredentials{Subject: bare.Subject()}))
	var want string
	for _, name := range []string{ada, "nobody@example.org", "stopped@example.org", "waiting@example.org", "bare@example.org", "nobody", "\u202e", strings.Repeat("x", 300), ""} {
		for turn := range 5 { // beyond the budget too
			r.work.take()
			_, err := r.accounts.BeginReset(t.Context(), name)
			must(t, err)
			got := r.work.take()
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%.20q, turn %d: %s\nwant %s", name, turn, got, want)
			}
		}
	}
	kinds := map[string]int{}
	for _, m := range r.mails() {
		kinds[m.Kind+" "+m.To]++
	}
	if len(kinds) != 2 || kinds["reset "+ada] != 3 || kinds["no_password bare@example.org"] != 3 {
		t.Errorf("mailed %v", kinds)
	}
}

// AUN-128: three an hour and ten a day, and the newest three links live.
func TestReset_has_a_budget(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(_ *authn.Config, a *authn.AccountsConfig) { a.ResetLife = 24 * time.Hour })
	r.person(ada)
	var links []string
	for range 26 { // hours
		for range 5 {
			_, err := r.accounts.BeginReset(t.Context(), ada)
			must(t, err)
		}
		r.mails()
		r.clock.Advance(time.Hour)
	}
	all := r.outbox.Messages()
	if len(all) > 10+9 { // the second day has begun
		t.Errorf("%d mails in 26 hours", len(all))
	}
	for _, m := range all {
		if _, token, ok := strings.Cut(m.Text, "token="); ok {
			links = append(links, strings.TrimSpace(token))
		}
	}
	if len(links) != len(all) {
		t.Errorf("%d links in %d mails", len(links), len(all))
	}
}

// AUN-131: three links of one person are alive, the newest.
func TestReset_keeps_the_newest_links(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(_ *authn.Config, a *authn.AccountsConfig) { a.ResetLife = 24 * time.Hour })
	r.person(ada)
	var links []string
	for range 5 {
		links = append(links, r.asksReset(ada))
		r.clock.Advance(time.Hour)
	}
	for i, link := range links {
		if _, err := r.accounts.ViewReset(t.Context(), link); (err == nil) != (i >= 2) {
			t.Errorf("link %d of 5: %v", i+1, err)
		}
	}
	must(t, r.resets(links[2], betterPassword))
	for _, link := range links {
		if _, err := r.accounts.ViewReset(t.Context(), link); !errors.Is(err, authn.ErrTokenInvalid) {
			t.Errorf("a link outlived the reset: %v", err)
		}
	}
}

// AUN-133: a password that is refused leaves the link, ten times.
func TestReset_refuses_a_bad_password_ten_times(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	link := r.asksReset(ada)
	for i, bad := range []struct {
		next string
		rule password.Rule
	}{
		{"short", password.RuleTooShort},
		{goodPassword, password.RuleSame},
		{"ada@example.org", password.RuleContext},
	} {
		var broken *password.PolicyError
		if err := r.resets(link, bad.next); !errors.As(err, &broken) || broken.Rules[0] != bad.rule {
			t.Errorf("%d: %v", i, err)
		}
	}
	must(t, r.resets(link, betterPassword))

	r.clock.Advance(time.Second) // the newest mail is the next one
	link = r.asksReset(ada)
	for range 10 {
		if err := r.resets(link, "short"); !errors.Is(err, password.ErrPolicy) {
			t.Fatal(err)
		}
	}
	for _, next := range []string{"short", "yet another staple of a horse"} {
		if err := r.resets(link, next); !errors.Is(err, authn.ErrTokenInvalid) {
			t.Errorf("after ten tries: %v", err)
		}
	}
}

// AUN-133, FAC-I11: of 64 at once one wins, and its password is the one.
func TestReset_one_link_sets_one_password(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	link := r.asksReset(ada)
	errs := make([]error, 64)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = r.resets(link, fmt.Sprintf("a horse with number %d for a name", i)) })
	}
	wg.Wait()
	won := -1
	for i, err := range errs {
		switch {
		case err == nil && won < 0:
			won = i
		case err == nil:
			t.Errorf("both %d and %d have won", won, i)
		case !errors.Is(err, authn.ErrTokenInvalid) && !errors.Is(err, authn.ErrFlowSuperseded):
			t.Errorf("%d: %v", i, err)
		}
	}
	if won < 0 || !r.signsIn(ada, fmt.Sprintf("a horse with number %d for a name", won)) {
		t.Errorf("the password of %d is not the one", won)
	}
}

// AUN-133, AUN-I4: a lock stays: whoever reads the mailbox must not lift it.
func TestReset_leaves_a_lock(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser()
	b.begin(ada)
	for range 5 {
		b.try(pw("not the right password"))
	}
	link := r.asksReset(ada)
	must(t, r.resets(link, betterPassword))
	c := r.browser()
	c.begin(ada)
	if out := c.try(pw(betterPassword)); !is[authn.Throttled](out) {
		t.Errorf("%T", out)
	}
	r.clock.Advance(16 * time.Minute)
	if !r.signsIn(ada, betterPassword) {
		t.Error("the new password does not work after the lock")
	}
}

// AUN-133: what happens to an account between the mail and the form.
func TestReset_looks_at_the_account_again(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(r *rig, u identity.User) []identity.Change{
		"suspended": func(_ *rig, u identity.User) []identity.Change {
			return []identity.Change{identity.Transition{Subject: u.Subject(), From: identity.Active, To: identity.Suspended}}
		},
		"erased": func(_ *rig, u identity.User) []identity.Change {
			return []identity.Change{identity.EraseUser{Subject: u.Subject(), From: identity.Active}}
		},
		"another address": func(_ *rig, u identity.User) []identity.Change {
			next, _ := identity.NewIdentifier(identity.Email, "new@example.org")
			return []identity.Change{identity.SetIdentifiers{Subject: u.Subject(), Was: u.Identifiers, Next: []identity.Identifier{next}, By: u.ID, At: time.Unix(9, 0)}}
		},
		"tenant suspended": func(r *rig, _ identity.User) []identity.Change {
			return []identity.Change{identity.MoveTenant{
				Tenant: r.tenant, From: identity.TenantActive, To: identity.TenantSuspended, Detail: identity.TenantDetail{Since: time.Unix(9, 0)},
			}}
		},
		"no password any more": func(_ *rig, u identity.User) []identity.Change {
			return []identity.Change{identity.VoidCredentials{Subject: u.Subject()}}
		},
	} {
		r := newRig(t)
		u := r.person(ada)
		link := r.asksReset(ada)
		must(t, r.stores.Identity.Apply(t.Context(), change(r, u)...))
		if err := r.resets(link, betterPassword); !errors.Is(err, authn.ErrTokenInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// AUN-133: a change in the very moment wins, and the link is still good for another
// try.
func TestReset_loses_to_what_happens_in_between(t *testing.T) {
	t.Parallel()
	for what, between := range map[string]func(r *rig, u identity.User) error{
		"everything ended": func(r *rig, u identity.User) error {
			return r.stores.Session.Raise(r.t.Context(), identity.UserScope(u.Subject()))
		},
		"password changed": func(r *rig, _ identity.User) error {
			row := r.held(ada, factor.Password)[0]
			row.Version++
			return r.stores.Identity.Apply(r.t.Context(), identity.PutCredential{Credential: row, Expect: row.Version - 1})
		},
	} {
		r := newRig(t)
		u := r.person(ada)
		link := r.asksReset(ada)
		done := false
		r.ident.hook(func(verb string) error {
			if strings.HasPrefix(verb, "Apply") && !done {
				done = true
				return between(r, u)
			}
			return nil
		})
		if err := r.resets(link, betterPassword); !errors.Is(err, authn.ErrFlowSuperseded) {
			t.Errorf("%s: %v", what, err)
		}
		if r.signsIn(ada, betterPassword) {
			t.Errorf("%s: the password is set", what)
		}
		if _, err := r.accounts.ViewReset(t.Context(), link); err != nil {
			t.Errorf("%s: the link is spent: %v", what, err)
		}
	}
}

// AUN-131, STO-061: a store that does not answer is an error and no answer, and
// nothing is half done.
func TestReset_when_the_store_is_down(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"TenantByID", "AccountByIdentifier", "Apply"} {
		r := newRig(t)
		r.person(ada)
		r.ident.hook(func(v string) error {
			if strings.HasPrefix(v, verb) {
				return store.ErrUnavailable
			}
			return nil
		})
		if _, err := r.accounts.BeginReset(t.Context(), ada); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v", verb, err)
		}
	}
	for _, verb := range []string{"TokenBySelector", "AccountByID", "Apply", "Record"} {
		r := newRig(t)
		r.person(ada)
		link := r.asksReset(ada)
		r.ident.hook(func(v string) error {
			if strings.HasPrefix(v, verb) {
				return store.ErrUnavailable
			}
			return nil
		})
		next := betterPassword
		if verb == "Record" {
			next = "short"
		}
		if err := r.resets(link, next); !errors.Is(err, store.ErrUnavailable) || errors.Is(err, authn.ErrTokenInvalid) {
			t.Errorf("%s: %v", verb, err)
		}
		r.ident.hook(nil)
		must(t, r.resets(link, betterPassword))
	}
}

// AUN-130: the current password, the strongest factor, the rules; then every other
// session and every link is over.
func TestChangePassword(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	change := func(current, next string) (out authn.FactorOutcome, err error) {
		b.do(func(ctx context.Context, s *session.Session) {
			out, err = r.accounts.ChangePassword(ctx, s, pw(current), secret(next))
		})
		return out, err
	}
	r.clock.Advance(time.Hour) // a password-only person gives it again, nothing else
	link := r.asksReset(ada)
	if out, err := change("not the right password", betterPassword); err != nil || !is[authn.Rejected](out) {
		t.Errorf("wrong: %T, %v", out, err)
	}
	if out, err := change("", betterPassword); err != nil || !is[authn.Rejected](out) {
		t.Errorf("none: %T, %v", out, err)
	}
	for next, rule := range map[string]password.Rule{"short": password.RuleTooShort, goodPassword: password.RuleSame} {
		var broken *password.PolicyError
		if _, err := change(goodPassword, next); !errors.As(err, &broken) || broken.Rules[0] != rule {
			t.Errorf("%s: %v", next, err)
		}
	}
	before := b.cookies["axess-dev"]
	if out, err := change(goodPassword, betterPassword); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	if !b.signedIn() || b.cookies["axess-dev"] == before {
		t.Error("this session has not gone on under a new id")
	}
	if other.signedIn() {
		t.Error("another session goes on")
	}
	if r.signsIn(ada, goodPassword) || !r.signsIn(ada, betterPassword) {
		t.Error("the password is not the new one")
	}
	if err := r.resets(link, "yet another staple of a horse"); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("a link of before: %v", err)
	}
	if got := r.mails()[0]; got.Kind != string(authn.NotePasswordSet) {
		t.Errorf("told by %s", got.Kind)
	}
}

// AUN-104: who has an app proves it lately; the password alone is not enough.
func TestChangePassword_asks_for_the_strongest_factor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	show := r.app(r.person(ada))
	b := r.browser()
	b.begin(ada)
	b.try(pw(goodPassword))
	b.try(code(show()))
	r.clock.Advance(10 * time.Minute)
	change := func() (out authn.FactorOutcome, err error) {
		b.do(func(ctx context.Context, s *session.Session) {
			out, err = r.accounts.ChangePassword(ctx, s, pw(goodPassword), secret(betterPassword))
		})
		return out, err
	}
	if _, err := change(); !errors.Is(err, authn.ErrStepUpRequired) {
		t.Fatalf("without the app: %v", err)
	}
	b.do(func(ctx context.Context, s *session.Session) {
		acct, _ := r.account(ada)
		if out, err := r.accounts.RequireStepUp(ctx, s, r.accounts.Strongest(ctx, acct)); err != nil || !is[authn.StepRequired](out) {
			t.Fatalf("%T, %v", out, err)
		}
	})
	if out := b.try(code(show())); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	if out, err := change(); err != nil || !is[authn.Completed](out) {
		t.Errorf("%T, %v", out, err)
	}
}

// AUN-130, AUN-I4: the current password is guessed through the ledger.
func TestChangePassword_is_locked_like_any_guess(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada)
	var out authn.FactorOutcome
	var err error
	try := func(current string) {
		b.do(func(ctx context.Context, s *session.Session) {
			out, err = r.accounts.ChangePassword(ctx, s, pw(current), secret(betterPassword))
		})
	}
	for range 5 {
		try("not the right password")
	}
	if try(goodPassword); err != nil || !is[authn.Throttled](out) {
		t.Errorf("%T, %v", out, err)
	}
}

// AUN-130: of two changes at once one wins, and who lost is signed out.
func TestChangePassword_two_at_once(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	tabs := []*browser{r.browser().signIn(ada), r.browser().signIn(ada)}
	outs, errs := make([]authn.FactorOutcome, 2), make([]error, 2)
	var wg sync.WaitGroup
	for i, b := range tabs {
		wg.Go(func() {
			b.do(func(ctx context.Context, s *session.Session) {
				outs[i], errs[i] = r.accounts.ChangePassword(ctx, s, pw(goodPassword), secret(fmt.Sprintf("a staple with number %d on it", i)))
			})
		})
	}
	wg.Wait()
	won := 0
	for i := range tabs {
		if errs[i] == nil && is[authn.Completed](outs[i]) {
			won++
			if !tabs[i].signedIn() || !r.signsIn(ada, fmt.Sprintf("a staple with number %d on it", i)) {
				t.Errorf("%d has won and is not who counts", i)
			}
		} else if tabs[i].signedIn() {
			t.Errorf("%d has lost and goes on: %T, %v", i, outs[i], errs[i])
		}
	}
	if won != 1 {
		t.Errorf("%d have won: %v", won, errs)
	}
}

// AUN-131: what the trail says of a reset.
func TestReset_is_on_record(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	link := r.asksReset(ada)
	r.asksReset("nobody@example.org")
	must(t, r.resets(link, betterPassword))
	trail := r.audited()
	for kind, want := range map[string]int{`"kind":"password_reset_requested"`: 2, `"kind":"password_reset"`: 1} {
		if got := strings.Count(trail, kind); got != want {
			t.Errorf("%s: %d, want %d", kind, got, want)
		}
	}
	if strings.Contains(trail, ada) || strings.Contains(trail, "nobody@") {
		t.Errorf("an address is on record: %s", trail)
	}
}
