package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/emailotp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

var (
	passwordThenCode = identity.Method{Name: "password", Enabled: true, Steps: []identity.Step{identity.Required(factor.Password), identity.Required(factor.EmailOTP)}}
	codeAlone        = identity.Method{Name: "password", Enabled: true, Steps: []identity.Step{identity.Required(factor.EmailOTP)}}
)

// mailing is a tenant in which a password is followed by a mailed code, and ada.
func mailing(t *testing.T, opts ...option) *rig {
	t.Helper()
	r := newRig(t, append([]option{with(authn.MailedCodes(emailotp.Policy{}))}, opts...)...)
	r.offers(passwordThenCode)
	r.person(ada)
	r.clock.Advance(time.Minute)
	return r
}

// roomy lets people guess for as long as a mailed code does.
func roomy(c *authn.Config, _ *authn.AccountsConfig) {
	c.UserLock, c.AddressLock = authn.UserLock(), authn.AddressLock()
	c.UserLock.Threshold, c.AddressLock.Threshold = 1000, 1000
}

func byMail(s string) authn.Code { return authn.Code{Of: factor.EmailOTP, Secret: secret(s)} }

// prepares is what a page does when it is shown, asksAgain what its button does.
func (b *browser) prepares() (out authn.PrepareOutcome) {
	b.r.t.Helper()
	return b.preparing(b.r.accounts.PrepareFactor)
}

func (b *browser) asksAgain() (out authn.PrepareOutcome) {
	b.r.t.Helper()
	return b.preparing(b.r.accounts.PrepareFactorAgain)
}

func (b *browser) preparing(f func(context.Context, *session.Session, identity.Kind) (authn.PrepareOutcome, error)) (out authn.PrepareOutcome) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		var err error
		if out, err = f(ctx, s, factor.EmailOTP); err != nil && !errors.Is(err, authn.ErrFlowExpired) {
			b.r.t.Errorf("prepare: %v", err)
		}
	})
	return out
}

// codes are those in the mails to an address, newest first.
func (r *rig) mailedCodes(to string) (out []string) {
	r.t.Helper()
	for _, m := range r.mails() {
		if m.Kind == string(authn.NoteCode) && m.To == to {
			out = append(out, strings.TrimSpace(m.Text))
		}
	}
	return out
}

// asked is a browser that has given the password and was mailed a code.
func (r *rig) asked(email string) (*browser, string) {
	r.t.Helper()
	b := r.half(email)
	before := len(r.mailedCodes(email))
	if out := b.prepares(); !is[authn.CodeSent](out) {
		r.t.Fatalf("asking for a code: %T", out)
	}
	codes := r.mailedCodes(email)
	if len(codes) != before+1 {
		r.t.Fatalf("%d mails, %d before", len(codes), before)
	}
	return b, codes[0]
}

// wrongFor is a code that is not this one.
func wrongFor(code string) string {
	if code[0] == '0' {
		return "1" + code[1:]
	}
	return "0" + code[1:]
}

// FAC-060, FAC-063, FAC-065, FAC-066, AUN-014, AUN-040
func TestMailedCode_is_a_step(t *testing.T) {
	t.Parallel()
	r := mailing(t)
	b := r.with(firefox)
	b.begin(ada)
	if out, ok := b.try(pw(goodPassword)).(authn.StepRequired); !ok || fmt.Sprint(out.Menu.Options) != "[email_otp]" {
		t.Fatalf("%+v", out)
	}
	if out := b.try(byMail("12345678")); !is[authn.Rejected](out) { // before one was asked for
		t.Errorf("%T", out)
	}
	now := r.clock.Now()
	sent, ok := b.prepares().(authn.CodeSent)
	if !ok || sent.To != "a•••@e•••.org" || !sent.Again.Equal(now.Add(time.Minute)) || !sent.Until.Equal(now.Add(5*time.Minute)) {
		t.Errorf("%+v", sent)
	}
	mail := r.mails()[0]
	code := strings.TrimSpace(mail.Text)
	if mail.To != ada || strings.ContainsAny(mail.Subject, "0123456789") || len(code) != 9 || !mail.Until.Equal(now.Add(5*time.Minute)) {
		t.Errorf("%+v", mail)
	}
	r.clock.Advance(time.Minute)
	if again, ok := b.prepares().(authn.AlreadySent); !ok || again.To != sent.To || !again.Until.Equal(sent.Until) || !again.Again.Equal(sent.Again) {
		t.Errorf("the page once more: %+v", again)
	}
	if n := len(r.mailedCodes(ada)); n != 1 {
		t.Errorf("%d mails for one page", n)
	}
	if out := b.try(byMail(wrongFor(code))); !is[authn.Rejected](out) {
		t.Errorf("a wrong one: %T", out)
	}
	out, ok := b.try(byMail(code)).(authn.Completed)
	if !ok || !b.signedIn() {
		t.Fatalf("%T", out)
	}
	if a := identity.Assess(b.login().Evidence()); a.AAL != identity.AAL1 || fmt.Sprint(a.AMR) != "[pwd otp]" {
		t.Errorf("assurance %+v", a)
	}
	if log := r.logs.String(); !strings.Contains(log, "no authenticator") || strings.Contains(log, code) || strings.Contains(log, strings.ReplaceAll(code, " ", "")) {
		t.Error("the log does not say what a mailed code is worth, or says the code")
	}
	if strings.Contains(r.audited(), strings.ReplaceAll(code, " ", "")) {
		t.Error("the trail says the code")
	}
}

// FAC-061: a code that was asked for in one session is useless in another.
func TestMailedCode_belongs_to_its_session(t *testing.T) {
	t.Parallel()
	r := mailing(t)
	mine, first := r.asked(ada)
	theirs, second := r.asked(ada)
	if out := theirs.try(byMail(first)); !is[authn.Rejected](out) {
		t.Errorf("that of another browser: %T", out)
	}
	if out := mine.try(byMail(second)); !is[authn.Rejected](out) {
		t.Errorf("that of another browser: %T", out)
	}
	if out := mine.try(byMail(first)); !is[authn.Completed](out) {
		t.Errorf("its own: %T", out)
	}
	again, _ := r.asked(ada)
	if out := again.try(byMail(second)); !is[authn.Rejected](out) {
		t.Errorf("that of an earlier sign-in: %T", out)
	}
}

// FAC-063: another code voids the one before; a minute apart, three in a flow.
func TestMailedCode_resent(t *testing.T) {
	t.Parallel()
	r := mailing(t)
	b, first := r.asked(ada)
	r.clock.Advance(time.Minute - time.Millisecond)
	if out := b.asksAgain(); !is[authn.AlreadySent](out) || len(r.mailedCodes(ada)) != 1 {
		t.Errorf("too soon: %T", out)
	}
	r.clock.Advance(time.Millisecond)
	if out := b.asksAgain(); !is[authn.CodeSent](out) || len(r.mailedCodes(ada)) != 2 {
		t.Errorf("in time: %T", out)
	}
	second := r.mailedCodes(ada)[0]
	if out := b.try(byMail(first)); !is[authn.Rejected](out) {
		t.Errorf("the one before: %T", out)
	}
	r.clock.Advance(time.Minute)
	third, ok := b.asksAgain().(authn.CodeSent)
	if !ok || !third.Again.IsZero() {
		t.Errorf("the third: %+v", third)
	}
	r.clock.Advance(time.Minute)
	if out := b.asksAgain(); !is[authn.AlreadySent](out) || len(r.mailedCodes(ada)) != 3 {
		t.Errorf("a fourth: %T", out)
	}
	if out := b.try(byMail(second)); !is[authn.Rejected](out) {
		t.Errorf("the second: %T", out)
	}
	if out := b.try(byMail(r.mailedCodes(ada)[0])); !is[authn.Completed](out) {
		t.Errorf("the last: %T", out)
	}
}

// FAC-060: over when its time is over, and then the page has another sent.
func TestMailedCode_expires(t *testing.T) {
	t.Parallel()
	for left, in := range map[time.Duration]bool{time.Microsecond: true, 0: false} {
		r := mailing(t)
		b, code := r.asked(ada)
		r.clock.Advance(5*time.Minute - left)
		if out := b.try(byMail(code)); is[authn.Completed](out) != in {
			t.Errorf("with %s left: %T", left, out)
		}
		if in {
			continue
		}
		if out := b.prepares(); !is[authn.CodeSent](out) {
			t.Errorf("the page, later: %T", out)
		}
		if out := b.try(byMail(r.mailedCodes(ada)[0])); !is[authn.Completed](out) {
			t.Errorf("the next one: %T", out)
		}
	}
}

// FAC-062: five guesses for a flow, over all its codes, of which the sixth is not judged
// though it is right; and nothing is sent to it any more.
func TestMailedCode_has_five_guesses(t *testing.T) {
	t.Parallel()
	r := mailing(t, roomy)
	b, code := r.asked(ada)
	before := r.hasher.Evaluations()
	for i := range 5 {
		if i == 3 {
			r.clock.Advance(time.Minute)
			if out := b.asksAgain(); !is[authn.CodeSent](out) {
				t.Fatalf("%T", out)
			}
			before++ // of the new code
			code = r.mailedCodes(ada)[0]
		}
		if out := b.try(byMail(wrongFor(code))); !is[authn.Rejected](out) {
			t.Fatalf("%T", out)
		}
	}
	if n := r.hasher.Evaluations() - before; n != 5 {
		t.Errorf("%d hashes for five guesses", n)
	}
	if out := b.try(byMail(code)); !is[authn.Rejected](out) || r.hasher.Evaluations()-before != 5 {
		t.Errorf("the sixth: %T", out)
	}
	r.clock.Advance(time.Minute)
	if out := b.asksAgain(); !is[authn.AlreadySent](out) || len(r.mailedCodes(ada)) != 2 {
		t.Errorf("another code for the flow: %T", out)
	}
	if b, code := r.asked(ada); !is[authn.Completed](b.try(byMail(code))) {
		t.Error("another sign-in is refused, too")
	}
}

// FAC-064: what is no code counts, and costs no hash.
func TestMailedCode_that_is_none_counts(t *testing.T) {
	t.Parallel()
	r := mailing(t, roomy)
	b, code := r.asked(ada)
	before := r.hasher.Evaluations()
	for _, typed := range []string{"1234567", "123456789", "12a45678", "12345678x", "????????"} {
		if out := b.try(byMail(typed)); !is[authn.Rejected](out) {
			t.Errorf("%q: %T", typed, out)
		}
	}
	if out := b.try(byMail(code)); !is[authn.Rejected](out) {
		t.Errorf("after five: %T", out)
	}
	if n := r.hasher.Evaluations() - before; n != 0 {
		t.Errorf("%d hashes", n)
	}
}

// FAC-062, FAC-I11, AUN-I3: of many requests with one code one passes, though no ledger
// tells them apart.
func TestMailedCode_passes_once(t *testing.T) {
	t.Parallel()
	r := mailing(t, func(c *authn.Config, _ *authn.AccountsConfig) { c.Ledger, c.WithoutLockout = nil, "a test of one code" })
	b, code := r.asked(ada)
	var wg sync.WaitGroup
	outs := make([]authn.FactorOutcome, 64)
	for i := range outs {
		tab := b.jar()
		wg.Go(func() { outs[i], _ = tab.verify(byMail(code)) })
	}
	wg.Wait()
	in := 0
	for _, out := range outs {
		if is[authn.Completed](out) {
			in++
		}
	}
	if in != 1 {
		t.Errorf("%d of 64 are in", in)
	}
}

// AUN-030, AUN-033, AUN-034, AUN-I1, AUN-I2: asking for a code, and guessing it, costs
// and says the same whoever was named, and only who is somebody is mailed.
func TestMailedCode_of_nobody_is_like_any_other(t *testing.T) {
	t.Parallel()
	r := newRig(t, with(authn.MailedCodes(emailotp.Policy{})), roomy)
	r.offers(codeAlone)
	r.person(ada)
	gone := r.person("gone@example.org")
	must(t, r.suspend(gone.Subject(), identity.Active))
	unproven := r.bare("unproven@example.org", identity.Active)
	must(t, r.stores.Identity.Apply(t.Context(), identity.Transition{Subject: unproven.Subject(), From: identity.Active, To: identity.Suspended}))
	r.clock.Advance(time.Minute)
	type seen struct{ does, work string }
	walk := func(name string) (all []seen) {
		b := r.browser()
		step := func(f func() any) {
			r.work.take()
			before := r.hasher.Evaluations()
			out := f()
			at := fmt.Sprintf("%+v", out)
			at = strings.ReplaceAll(strings.ReplaceAll(at, name, "NAME"), emailotp.Mask(name), "MASK")
			all = append(all, seen{at, fmt.Sprintf("%s hashes=%d", r.work.take(), r.hasher.Evaluations()-before)})
		}
		step(func() any { return b.begin(name) })
		step(func() any { return b.prepares() })
		step(func() any { return b.prepares() })
		step(func() any { return b.asksAgain() })
		for range 6 {
			step(func() any { return b.try(byMail("12345678")) })
		}
		step(func() any { return b.asksAgain() })
		return all
	}
	want := walk(ada)
	for _, name := range []string{"nobody@example.org", "gone@example.org", "unproven@example.org"} {
		for i, got := range walk(name) {
			if got != want[i] {
				t.Errorf("%s, request %d:\n%+v\nada:\n%+v", name, i, got, want[i])
			}
		}
	}
	rows := r.rows(store.TopicMail)
	if void := len(r.rows(store.TopicVoid)); len(rows) != 1 || void != 3 {
		t.Errorf("%d mails wait and %d rows for nobody", len(rows), void)
	}
	if got := r.mails(); len(got) != 1 || got[0].To != ada {
		t.Errorf("mailed: %v", r.subjects())
	}
	for _, row := range r.rows(store.TopicVoid) {
		if len(row.Body) != 0 {
			t.Error("a row for nobody says something")
		}
	}
}

// AUN-I0: nobody is let in by a code that was guessed.
func TestMailedCode_lets_nobody_in(t *testing.T) {
	t.Parallel()
	r := newRig(t, with(authn.MailedCodes(emailotp.Policy{})))
	r.offers(codeAlone)
	u := r.person(ada)
	r.clock.Advance(time.Minute)
	b := r.browser()
	b.begin(ada)
	if out := b.prepares(); !is[authn.CodeSent](out) {
		t.Fatalf("%T", out)
	}
	code := r.mailedCodes(ada)[0]
	must(t, r.suspend(u.Subject(), identity.Active))
	if out := b.try(byMail(code)); !is[authn.Rejected](out) || b.signedIn() {
		t.Errorf("suspended since: %T", out)
	}
}

// FAC-066: a code alone signs in where a tenant wants that, at no level.
func TestMailedCode_alone(t *testing.T) {
	t.Parallel()
	r := newRig(t, with(authn.MailedCodes(emailotp.Policy{})))
	r.offers(codeAlone)
	r.person(ada)
	r.clock.Advance(time.Minute)
	b := r.browser()
	b.begin(ada)
	b.prepares()
	if out := b.try(byMail(r.mailedCodes(ada)[0])); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	if a := identity.Assess(b.login().Evidence()); a.AAL != identity.AAL0 {
		t.Errorf("assurance %+v", a)
	}
}

// FAC-063, AUN-128: five an hour and ten a day for one person, over all sign-ins, and for
// a name that nobody has; beyond it looks as if one were on its way.
func TestMailedCode_has_an_allowance(t *testing.T) {
	t.Parallel()
	for _, name := range []string{ada, "nobody@example.org"} {
		r := newRig(t, with(authn.MailedCodes(emailotp.Policy{})))
		r.offers(codeAlone)
		r.person(ada)
		r.clock.Advance(time.Minute)
		sent := func() bool {
			b := r.browser()
			b.begin(name)
			out := b.prepares()
			r.mails() // before it is of no use any more
			if over, ok := out.(authn.AlreadySent); ok && (over.To != emailotp.Mask(name) || over.Until.IsZero() || over.Again.IsZero()) {
				t.Errorf("%s: %+v", name, over)
			}
			return is[authn.CodeSent](out)
		}
		hour := func() (n int) {
			for range 7 {
				if sent() {
					n++
				}
			}
			r.clock.Advance(time.Hour)
			return n
		}
		if got := []int{hour(), hour(), hour(), hour()}; fmt.Sprint(got) != "[5 5 0 0]" {
			t.Errorf("%s: %v in four hours", name, got)
		}
		r.clock.Advance(24 * time.Hour)
		if n := hour(); n != 5 {
			t.Errorf("%s: %d the next day", name, n)
		}
		if want := map[bool]int{true: 15, false: 0}[name == ada]; len(r.mailedCodes(name)) != want {
			t.Errorf("%s: %d mails", name, len(r.mailedCodes(name)))
		}
	}
}

// FAC-063: what is over the allowance leaves the code that waits as it is.
func TestMailedCode_over_the_allowance_keeps_the_last(t *testing.T) {
	t.Parallel()
	r := mailing(t)
	for range 4 {
		r.asked(ada)
	}
	b, code := r.asked(ada)
	r.clock.Advance(time.Minute)
	if out := b.asksAgain(); !is[authn.AlreadySent](out) || len(r.mailedCodes(ada)) != 5 {
		t.Errorf("%T", out)
	}
	if out := b.try(byMail(code)); !is[authn.Completed](out) {
		t.Errorf("the code that waits: %T", out)
	}
}

// AUN-045, FAC-062: what does not answer lets nobody in, and costs nobody a guess.
func TestMailedCode_when_the_values_are_away(t *testing.T) {
	t.Parallel()
	r := mailing(t)
	b, code := r.asked(ada)
	r.values.hook(func(string) error { return store.ErrUnavailable })
	for range 10 {
		if out := b.try(byMail(code)); !is[authn.Unavailable](out) {
			t.Fatalf("%T", out)
		}
	}
	if out := b.asksAgain(); !is[authn.Unavailable](out) {
		t.Errorf("asking: %T", out)
	}
	r.values.hook(nil)
	if out := b.try(byMail(code)); !is[authn.Completed](out) {
		t.Errorf("when they are back: %T", out)
	}
	b = r.half(ada)
	r.failing(map[string]error{"Record/identity.Append": store.ErrUnavailable})
	if out := b.prepares(); !is[authn.Unavailable](out) {
		t.Errorf("a mail that cannot be queued: %T", out)
	}
	r.mend()
	r.clock.Advance(time.Minute)
	if out := b.asksAgain(); !is[authn.CodeSent](out) {
		t.Errorf("a minute later: %T", out)
	}
}

// AUN-012, AUN-032: in a step that takes an app or a code, who has no app is asked for
// the code, and sets up no app on the way.
func TestMailedCode_beside_an_app(t *testing.T) {
	t.Parallel()
	r := mailing(t)
	r.offers(identity.Method{Name: "password", Enabled: true, Steps: []identity.Step{identity.Required(factor.Password), identity.AnyOf(factor.TOTP, factor.EmailOTP)}})
	b := r.browser()
	b.begin(ada)
	out, ok := b.try(pw(goodPassword)).(authn.StepRequired)
	if !ok || fmt.Sprint(out.Menu.Options) != "[email_otp]" {
		t.Fatalf("%+v", out)
	}
	b.prepares()
	if out := b.try(byMail(r.mailedCodes(ada)[0])); !is[authn.Completed](out) {
		t.Errorf("%T", out)
	}
}

// FAC-020, FAC-066, AUN-104: a mailed code is no second factor: passwords beside it have
// their full length, and it steps up to nothing.
func TestMailedCode_is_no_second_factor(t *testing.T) {
	t.Parallel()
	if !authn.PasswordAlone([]identity.Method{passwordThenCode}) || !authn.TakesSignUps([]identity.Method{passwordThenCode}) {
		t.Error("a password beside a mailed code is not alone, or nobody can sign up")
	}
	r := mailing(t)
	b, code := r.asked(ada)
	if out := b.try(byMail(code)); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	r.clock.Advance(time.Hour)
	b.mustStep(authn.Requirement{AnyOf: []identity.Kind{factor.Password, factor.EmailOTP}, MaxAge: time.Minute}, factor.Password)
	must(t, b.abandons())
	out, err := b.stepsUp(authn.Requirement{AnyOf: []identity.Kind{factor.EmailOTP}, MaxAge: time.Minute})
	if err != nil || !is[authn.StepUpImpossible](out) {
		t.Errorf("%T, %v", out, err)
	}
}

// FAC-I7: whatever is asked for and guessed in whichever sessions, five guesses of a flow
// are evaluated and twenty-five of a person in an hour.
func TestMailedCode_guesses_are_bounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		threshold := rapid.SampledFrom([]int{5, 10}).Draw(rt, "threshold")
		r := newRig(t, with(authn.MailedCodes(emailotp.Policy{})), func(c *authn.Config, _ *authn.AccountsConfig) {
			c.UserLock, c.AddressLock = authn.UserLock(), authn.AddressLock()
			c.UserLock.Threshold, c.AddressLock.Threshold = threshold, 1000
		})
		r.offers(codeAlone)
		r.person(ada)
		tabs := make([]*browser, 12)
		flow := make([]int, len(tabs))
		var guessed []time.Time
		for i := range tabs {
			tabs[i] = r.browser()
			tabs[i].begin(ada)
		}
		for range rapid.IntRange(20, 120).Draw(rt, "requests") {
			i := rapid.IntRange(0, len(tabs)-1).Draw(rt, "tab")
			switch rapid.IntRange(0, 9).Draw(rt, "does") {
			case 0:
				tabs[i].begin(ada)
				flow[i] = 0
			case 1, 2:
				tabs[i].prepares()
			case 3:
				tabs[i].asksAgain()
			case 4:
				r.clock.Advance(time.Duration(rapid.IntRange(1, 16).Draw(rt, "minutes")) * time.Minute)
			default:
				r.work.take()
				_, _ = tabs[i].verify(byMail("00000000"))
				if !strings.Contains(r.work.take(), "Swap=") { // it was not taken
					continue
				}
				now := r.clock.Now()
				flow[i]++
				guessed = append(guessed, now)
				if flow[i] > 5 {
					rt.Fatalf("%d guesses of one flow", flow[i])
				}
				hour := 0
				for _, at := range guessed {
					if now.Sub(at) < time.Hour {
						hour++
					}
				}
				if hour > 25 {
					rt.Fatalf("%d guesses within an hour", hour)
				}
			}
		}
	})
}

// AUN-001: what is missing is named.
func TestMailedCodes_need_what_they_work_with(t *testing.T) {
	t.Parallel()
	for want, opt := range map[string]option{
		"Values": func(c *authn.Config, _ *authn.AccountsConfig) { c.Values = nil },
		"Notes":  func(c *authn.Config, _ *authn.AccountsConfig) { c.Notes = authn.Notes{} },
		"Digits": func(c *authn.Config, _ *authn.AccountsConfig) {
			c.Factors = []factor.Verifier{authn.MailedCodes(emailotp.Policy{Digits: 5})}
		},
		"Life": func(c *authn.Config, _ *authn.AccountsConfig) {
			c.Factors = []factor.Verifier{authn.MailedCodes(emailotp.Policy{Life: 11 * time.Minute})}
		},
		"two verifiers": func(c *authn.Config, _ *authn.AccountsConfig) { c.Factors = append(c.Factors, c.Factors[0]) },
		"TenantMails":   func(c *authn.Config, _ *authn.AccountsConfig) { c.TenantMails = -1 },
	} {
		var cfg authn.Config
		newRig(t, with(authn.MailedCodes(emailotp.Policy{})), func(c *authn.Config, a *authn.AccountsConfig) {
			cfg = *c
			opt(&cfg, a)
		})
		if _, err := authn.New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	v := authn.MailedCodes(emailotp.Policy{})
	if res := v.Verify(t.Context(), factor.Attempt{}); res.Verdict != factor.Misconfigured {
		t.Errorf("outside of a service: %s", res.Verdict)
	}
	if _, err := v.(factor.Preparer).Prepare(t.Context(), factor.Attempt{}); err == nil {
		t.Error("outside of a service a code is sent")
	}
}
