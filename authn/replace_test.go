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

func (b *browser) replaces(next string) (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		out, err = b.r.accounts.ReplacePassword(ctx, s, secret(next))
	})
	return out, err
}

func (b *browser) viewReplacement() (v authn.Replacement, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { v, err = b.r.accounts.ViewReplacement(ctx, s) })
	return v, err
}

// known is somebody whose password is known to others, and who marks it.
func known(t *testing.T, opts ...option) (*office, identity.User) {
	t.Helper()
	r := newRig(t, opts...)
	o := &office{r, r.desk(), r.person(eve)}
	return o, r.person(ada)
}

func (o *office) marks(u identity.User) {
	o.t.Helper()
	must(o.t, o.admin.MarkCompromised(o.t.Context(), o.order(u)))
}

// owes signs in as far as the password that has to be replaced.
func (b *browser) owes(codes ...string) *browser {
	b.r.t.Helper()
	b.begin(ada)
	out := b.try(pw(goodPassword))
	for _, c := range codes {
		out = b.try(code(c))
	}
	if !is[authn.Workflow](out) {
		b.r.t.Fatalf("not asked for another password: %T", out)
	}
	return b
}

// AUN-137, AUN-036, AUN-121: after every factor, not before, the login waits for
// another password, and with it it stands.
func TestMarkCompromised_forces_another_password_after_every_factor(t *testing.T) {
	t.Parallel()
	o, u := known(t)
	show := o.app(u)
	signed := o.browser()
	signed.begin(ada)
	signed.try(pw(goodPassword))
	if out := signed.try(code(show())); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	half := o.browser()
	half.begin(ada)
	half.try(pw(goodPassword))
	link := o.asksReset(ada)
	o.marks(u)
	if signed.signedIn() {
		t.Error("a session goes on under a known password")
	}
	o.clock.Advance(time.Minute)
	// A login in progress had begun before.
	if out, err := half.verify(code(show())); err == nil && !is[authn.Workflow](out) {
		t.Errorf("a login in progress ends in %T", out)
	} else if _, err := half.replaces(betterPassword); !errors.Is(err, authn.ErrFlowSuperseded) && !errors.Is(err, authn.ErrNoFlow) {
		t.Errorf("a login in progress sets the password: %v", err)
	}
	if err := o.resets(link, betterPassword); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("a link of before: %v", err)
	}
	if m := o.mails()[0]; m.Kind != string(authn.NotePasswordCompromised) || m.To != ada {
		t.Errorf("told by %+v", m)
	}
	if o.eventsOf("password_compromised") != 1 {
		t.Error("not on record")
	}

	o.clock.Advance(time.Minute)
	b := o.browser()
	b.begin(ada)
	if out := b.try(pw(goodPassword)); !is[authn.StepRequired](out) {
		t.Fatalf("told after the password alone: %T", out)
	}
	before := b.cookies["axess-dev"]
	out := b.try(code(show()))
	if w, ok := out.(authn.Workflow); !ok || w.Kind != authn.WorkflowChangePassword {
		t.Fatalf("both factors lead to %T", out)
	}
	if b.signedIn() || b.cookies["axess-dev"] == before {
		t.Fatal("signed in, or under the same id")
	}
	if st, ok := b.state().(session.PendingWorkflow); !ok || st.Kind() != authn.WorkflowChangePassword {
		t.Fatalf("%T", b.state())
	}
	v, err := b.viewReplacement()
	if err != nil || v.Account != ada || v.Rules.Min != 15 || !v.Until.Equal(o.clock.Now().Add(time.Hour)) {
		t.Errorf("%+v, %v", v, err)
	}
	for next, rule := range map[string]password.Rule{"short": password.RuleTooShort, goodPassword: password.RuleSame} {
		var broken *password.PolicyError
		if _, err := b.replaces(next); !errors.As(err, &broken) || broken.Rules[0] != rule {
			t.Errorf("%s: %v", next, err)
		}
	}
	waits := o.browser()
	o.clock.Advance(time.Minute)
	waits.owes(show())
	before = b.cookies["axess-dev"]
	if out, err := b.replaces(betterPassword); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	if !b.signedIn() || b.cookies["axess-dev"] == before {
		t.Fatal("not signed in under a new id")
	}
	if ev := b.state().(session.Authenticated).Evidence(); len(ev) != 3 || ev[0].Kind != factor.Password || ev[1].Kind != factor.TOTP || ev[2].Kind != factor.Password {
		t.Errorf("evidence %+v", ev)
	}
	if m := o.mails()[0]; m.Kind != string(authn.NotePasswordSet) || m.To != ada {
		t.Errorf("told by %+v", m)
	}
	if o.eventsOf("password_changed") != 1 || !strings.Contains(o.audited(), `"method":"change-password"`) {
		t.Error("not on record")
	}
	// Another browser that got as far has nothing any more.
	if _, err := waits.replaces("yet another staple of a horse"); !errors.Is(err, authn.ErrFlowSuperseded) {
		t.Errorf("a second workflow: %v", err)
	}
	if _, err := waits.viewReplacement(); !errors.Is(err, authn.ErrFlowSuperseded) {
		t.Errorf("a second workflow shows: %v", err)
	}
	if o.signsIn(ada, goodPassword) {
		t.Error("the known password still works")
	}
	o.clock.Advance(time.Minute)
	free := o.browser()
	free.begin(ada)
	free.try(pw(betterPassword))
	if out := free.try(code(show())); !is[authn.Completed](out) {
		t.Errorf("asked again: %T", out)
	}
}

// AUN-121: in the workflow nothing else works, and it ends after an hour.
func TestReplacement_is_no_login(t *testing.T) {
	t.Parallel()
	o, u := known(t)
	o.marks(u)
	b := o.browser().owes()
	if _, err := b.changes(goodPassword, betterPassword); !errors.Is(err, authn.ErrNotAuthenticated) {
		t.Errorf("change: %v", err)
	}
	if _, err := b.beginTOTP(); !errors.Is(err, authn.ErrNotAuthenticated) {
		t.Errorf("enrol: %v", err)
	}
	if _, err := b.verify(pw(goodPassword)); !errors.Is(err, authn.ErrNoFlow) {
		t.Errorf("verify: %v", err)
	}
	if n, err := o.stores.Session.Sessions(t.Context(), u.Subject(), session.Ref{}, 10, o.clock.Now()); err != nil || len(n) != 0 {
		t.Errorf("%d sessions, %v", len(n), err)
	}
	o.clock.Advance(time.Hour)
	if _, err := b.replaces(betterPassword); !errors.Is(err, authn.ErrFlowExpired) && !errors.Is(err, authn.ErrNoFlow) {
		t.Errorf("after an hour: %v", err)
	}
	// Leaving it leaves the mark.
	b = o.browser().owes()
	if _, err := b.act(o.accounts.Logout); err != nil {
		t.Fatal(err)
	}
	if _, err := b.replaces(betterPassword); !errors.Is(err, authn.ErrNoFlow) && !errors.Is(err, authn.ErrFlowExpired) {
		t.Errorf("after leaving: %v", err)
	}
	o.browser().owes()
	for name, x := range map[string]*browser{"nobody": o.browser(), "somebody signed in": o.browser().signIn(eve)} {
		if _, err := x.replaces(betterPassword); !errors.Is(err, authn.ErrNoFlow) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := x.viewReplacement(); !errors.Is(err, authn.ErrNoFlow) {
			t.Errorf("%s sees: %v", name, err)
		}
	}
}

// AUN-137, AUN-047: what happens to the account meanwhile ends the workflow.
func TestReplacement_ends_with_the_account(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(o *office, u identity.User){
		"suspended":    func(o *office, u identity.User) { must(o.t, o.admin.Suspend(o.t.Context(), o.order(u))) },
		"terminated":   func(o *office, u identity.User) { must(o.t, o.admin.Terminate(o.t.Context(), o.order(u))) },
		"erased":       func(o *office, u identity.User) { must(o.t, o.admin.Erase(o.t.Context(), o.order(u))) },
		"marked again": func(o *office, u identity.User) { o.marks(u) },
		"password dropped": func(o *office, u identity.User) {
			must(o.t, o.stores.Identity.Apply(o.t.Context(), identity.VoidCredentials{Subject: u.Subject()}))
		},
		"tenant suspended": func(o *office, _ identity.User) {
			must(o.t, o.tenants().SuspendTenant(o.t.Context(), opScope(o.t), o.tenant))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, u := known(t)
			o.marks(u)
			b := o.browser().owes()
			meanwhile(o, u)
			if _, err := b.replaces(betterPassword); !errors.Is(err, authn.ErrFlowSuperseded) {
				t.Errorf("%v", err)
			}
			if b.signedIn() {
				t.Error("signed in")
			}
			if len(o.held(ada, factor.Password)) > 0 && o.holdsNow(betterPassword) {
				t.Error("the password is another one")
			}
		})
	}
}

// AUN-137: of any number at once one sets the password and is signed in.
func TestReplacePassword_64_at_once(t *testing.T) {
	t.Parallel()
	o, u := known(t, func(_ *authn.Config, a *authn.AccountsConfig) { a.Policy.History = 3 })
	o.marks(u)
	const n = 64
	tabs := make([]*browser, n)
	one := o.browser().owes()
	for i := range tabs {
		tabs[i] = o.browser()
		for k, v := range one.cookies {
			tabs[i].cookies[k] = v
		}
	}
	errs := make([]error, n)
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i, b := range tabs {
		wg.Go(func() {
			<-start
			var out authn.FactorOutcome
			out, errs[i] = b.replaces(fmt.Sprintf("a staple with number %d on it", i))
			errs[i] = passed[authn.Completed](out, errs[i])
		})
	}
	close(start)
	wg.Wait()
	won := 0
	for i, b := range tabs {
		if right := o.holdsNow(fmt.Sprintf("a staple with number %d on it", i)); right != (errs[i] == nil) {
			t.Errorf("%d: the password is its own: %v, %v", i, right, errs[i])
		}
		if errs[i] == nil {
			won++
			if !b.signedIn() {
				t.Errorf("%d has won and is not signed in", i)
			}
		} else if b.signedIn() {
			t.Errorf("%d has lost and is signed in: %v", i, errs[i])
		}
	}
	if won != 1 || o.eventsOf("password_changed") != 1 {
		t.Errorf("%d have won: %v", won, errs)
	}
}

// holdsNow reports whether a password is that of ada.
func (o *office) holdsNow(text string) bool {
	o.t.Helper()
	body, err := o.vault.Open(o.held(ada, factor.Password)[0])
	must(o.t, err)
	return o.hasher.Verify(o.clock.Now(), body, secret(text)).Verdict == factor.Accepted
}

// AUN-137: the mark goes with the password, whichever way it goes, and stays with it
// whatever else happens.
func TestMarkCompromised_goes_with_the_password_alone(t *testing.T) {
	t.Parallel()
	o, u := known(t)
	o.marks(u)
	// Switched off and on again.
	id := o.held(ada, factor.Password)[0].ID
	must(t, o.admin.DisableFactor(t.Context(), o.order(u), id))
	must(t, o.admin.EnableFactor(t.Context(), o.order(u), id))
	o.browser().owes()
	must(t, o.admin.Suspend(t.Context(), o.order(u)))
	must(t, o.admin.Activate(t.Context(), o.order(u)))
	o.browser().owes()
	// Behind the link of a reset.
	o.mails()
	must(t, o.resets(o.asksReset(ada), betterPassword))
	b := o.browser()
	b.begin(ada)
	if out := b.try(pw(betterPassword)); !is[authn.Completed](out) {
		t.Errorf("asked after a reset: %T", out)
	}
	// Marked while it is switched off, which is when an administrator looks.
	o.clock.Advance(time.Hour)
	must(t, o.admin.DisableFactor(t.Context(), o.order(u), id))
	o.marks(u)
	must(t, o.admin.EnableFactor(t.Context(), o.order(u), id))
	b = o.browser()
	b.begin(ada)
	if out := b.try(pw(betterPassword)); !is[authn.Workflow](out) {
		t.Errorf("the mark of one that was off: %T", out)
	}
}

// AUN-137, FAC-015: renewing the hash of a marked password keeps the mark.
func TestMarkCompromised_survives_a_new_hash(t *testing.T) {
	t.Parallel()
	o, u := known(t)
	o.app(u)
	o.marks(u)
	row := o.held(ada, factor.Password)[0]
	body, err := o.vault.Open(row)
	must(t, err)
	old, err := password.New(password.Config{Params: password.Lean()})
	must(t, err)
	made, err := old.Hash(o.entropy, secret(goodPassword))
	must(t, err)
	row.Version++
	row, err = o.vault.Seal(row, password.Renew(body, made))
	must(t, err)
	must(t, o.stores.Identity.Apply(t.Context(), identity.PutCredential{Credential: row, Expect: row.Version - 1}))
	b := o.browser()
	b.begin(ada)
	b.try(pw(goodPassword))
	again := o.held(ada, factor.Password)[0]
	body, err = o.vault.Open(again)
	must(t, err)
	if again.Version != row.Version+1 || !password.IsCompromised(body) {
		t.Errorf("version %d after %d, marked: %v", again.Version, row.Version, password.IsCompromised(body))
	}
}

// AUN-137, AUN-110: who may say so, of whom, and what repeating it does.
func TestMarkCompromised_is_an_order_like_others(t *testing.T) {
	t.Parallel()
	o, u := known(t)
	ctx := t.Context()
	if err := o.admin.MarkCompromised(ctx, authn.Order{Actor: human(t, o.boss.Subject()), Subject: o.boss.Subject(), Reason: "x"}); !errors.Is(err, authn.ErrSelf) {
		t.Errorf("oneself: %v", err)
	}
	bare := o.person("bare@example.org")
	must(t, o.stores.Identity.Apply(ctx, identity.VoidCredentials{Subject: bare.Subject()}))
	if err := o.admin.MarkCompromised(ctx, o.order(bare)); !errors.Is(err, authn.ErrNoMethod) {
		t.Errorf("without a password: %v", err)
	}
	for i, s := range []identity.UserState{identity.Candidate, identity.PendingActivation, identity.Erasing} {
		if err := o.admin.MarkCompromised(ctx, o.order(o.in(s, fmt.Sprintf("u%d@example.org", i)))); !errors.Is(err, identity.ErrStateTransition) {
			t.Errorf("%v: %v", s, err)
		}
	}
	gone := u
	gone.ID = identity.NewUserID(o.entropy)
	if err := o.admin.MarkCompromised(ctx, o.order(gone)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	to := o.order(u)
	to.Actor = operator(t)
	must(t, o.admin.MarkCompromised(ctx, to))
	mailed := len(o.mails())
	other := o.browser().owes()
	o.marks(u)
	if o.eventsOf("password_compromised") != 1 || len(o.mails()) != mailed {
		t.Error("repeating it is an event")
	}
	if _, err := other.viewReplacement(); !errors.Is(err, authn.ErrFlowSuperseded) {
		t.Errorf("repeating it ends nothing: %v", err)
	}
	if !strings.Contains(o.audited(), `"by":"system"`) {
		t.Error("not the system's doing")
	}
	// A row that nobody can read is nobody's password.
	row := o.held(ada, factor.Password)[0]
	row.Version, row.MAC[0] = row.Version+1, row.MAC[0]^1
	must(t, o.stores.Identity.Apply(ctx, identity.PutCredential{Credential: row, Expect: row.Version - 1}))
	if err := o.admin.MarkCompromised(ctx, o.order(u)); !errors.Is(err, authn.ErrNoMethod) {
		t.Errorf("a forged row: %v", err)
	}
}

// AUN-137: the link that undoes a change of address is the owner's way back.
func TestMarkCompromised_keeps_the_way_back(t *testing.T) {
	t.Parallel()
	o, u := known(t)
	put := func(p identity.TokenPurpose, n byte) identity.Token {
		tok := identity.Token{
			Selector: [16]byte{n}, Digest: [32]byte{n}, Purpose: p, Tenant: u.Tenant, User: u.ID, Address: ada,
			CreatedAt: o.clock.Now(), ExpiresAt: o.clock.Now().Add(time.Hour),
		}
		must(t, o.stores.Identity.Apply(t.Context(), identity.PutToken{Token: tok}))
		return tok
	}
	undo := put(identity.TokenUndo, 1)
	rest := []identity.Token{put(identity.TokenReset, 2), put(identity.TokenActivation, 3), put(identity.TokenAddress, 4)}
	o.marks(u)
	if _, err := o.stores.Identity.TokenBySelector(t.Context(), undo.Selector); err != nil {
		t.Errorf("undo: %v", err)
	}
	for _, tok := range rest {
		if _, err := o.stores.Identity.TokenBySelector(t.Context(), tok.Selector); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", tok.Purpose, err)
		}
	}
}

// AUN-036, AUN-I2: a mark is told to nobody who guesses, and guessing costs the same.
func TestMarkCompromised_shows_to_nobody_who_guesses(t *testing.T) {
	t.Parallel()
	o, u := known(t)
	plain := o.person("plain@example.org")
	o.marks(u)
	_ = plain
	var want string
	for _, name := range []string{"plain@example.org", ada, "nobody@example.org"} {
		b := o.browser()
		o.work.take()
		runs := o.hasher.Evaluations()
		b.begin(name)
		out := b.try(pw("not the right password"))
		got := fmt.Sprintf("%T %s %d", out, o.work.take(), o.hasher.Evaluations()-runs)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
}

// AUN-137: the hashes that a workflow buys are bounded.
func TestReplacePassword_is_bounded(t *testing.T) {
	t.Parallel()
	o, u := known(t)
	o.marks(u)
	b := o.browser().owes()
	var stop *authn.ThrottledError
	for range 20 {
		if _, err := b.replaces(goodPassword); !errors.Is(err, password.ErrPolicy) {
			t.Fatal(err)
		}
	}
	if _, err := b.replaces(betterPassword); !errors.As(err, &stop) || !stop.Until.After(o.clock.Now()) {
		t.Errorf("%v", err)
	}
}

// AUN-162: whose account was locked hears that a sign-in has worked since.
func TestReplacement_follows_a_lock(t *testing.T) {
	t.Parallel()
	o, u := known(t)
	o.marks(u)
	thief := o.browser()
	thief.begin(ada)
	for range 5 {
		thief.try(pw("not the right password"))
	}
	o.clock.Advance(time.Hour)
	o.browser().owes()
	if m := o.mails()[0]; m.Kind != string(authn.NoteSignedInAfterLock) {
		t.Errorf("told by %s", m.Kind)
	}
}

// AUN-137: how many sessions the person may have is asked where the login
// stands in the end.
func TestReplacePassword_keeps_to_the_sessions_of_the_policy(t *testing.T) {
	t.Parallel()
	o, u := known(t)
	o.rules(authn.SessionPolicy{Max: 1})
	o.marks(u)
	b := o.browser().owes()
	if out, err := b.replaces(betterPassword); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	second := o.browser()
	second.begin(ada)
	if out := second.try(pw(betterPassword)); !is[authn.Completed](out) || b.signedIn() {
		t.Errorf("%T, both signed in: %v", out, b.signedIn())
	}
}

// AUN-036, AUN-106, AUN-137: what a device asks for on top is asked for first.
func TestReplacement_comes_after_what_the_device_asks_for(t *testing.T) {
	t.Parallel()
	r, _ := deviceRig(t, authn.DeviceUnknown)
	o := &office{r, r.desk(), r.person(eve)}
	u := r.person(ada)
	show := r.spareApp(u)
	r.clock.Advance(time.Minute)
	o.marks(u)
	b := r.browser()
	b.begin(ada)
	if out := b.try(pw(goodPassword)); !is[authn.StepRequired](out) {
		t.Fatalf("the password alone leads to %T", out)
	}
	if out := b.try(code(show())); !is[authn.Workflow](out) {
		t.Fatalf("both factors lead to %T", out)
	}
}

// AUN-121: who begins to sign in again leaves the workflow with nothing of it.
func TestReplacement_is_left_by_signing_in_again(t *testing.T) {
	t.Parallel()
	o, u := known(t)
	o.marks(u)
	b := o.browser().owes()
	b.begin(ada)
	if _, err := b.replaces(betterPassword); !errors.Is(err, authn.ErrNoFlow) {
		t.Errorf("%v", err)
	}
	b.signIn(eve)
	if st, ok := b.state().(session.Authenticated); !ok || st.Subject() == u.Subject() {
		t.Errorf("%T", b.state())
	}
}

// AUN-032, AUN-036, AUN-137: the app that the person never had comes first, then the
// password that others know; nobody is in before both.
func TestReplacement_comes_after_an_enrolment_on_the_way_in(t *testing.T) {
	t.Parallel()
	o, u := known(t)
	o.marks(u)
	strict(o.rig)
	b := o.browser()
	e := b.comesIn(ada)
	if _, err := b.replaces(betterPassword); !errors.Is(err, authn.ErrNoFlow) {
		t.Errorf("replaced before the app: %v", err)
	}
	out, err := b.completeEnrolment(o.codes(e)())
	if err != nil || out != (authn.Workflow{Kind: authn.WorkflowChangePassword}) {
		t.Fatalf("the app leads to %+v, %v", out, err)
	}
	if b.signedIn() {
		t.Fatal("signed in with a known password")
	}
	if out, err := b.replaces(betterPassword); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	if ev := b.state().(session.Authenticated).Evidence(); len(ev) != 3 || identity.Assess(ev).AAL != identity.AAL2 {
		t.Errorf("evidence %+v", ev)
	}
}
