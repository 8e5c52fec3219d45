package authn_test

import (
	"bytes"
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// FAC-005, FAC-032, SES-226, IDN-025
func TestEnrol_adds_a_second_step_and_ends_every_other_session(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	thief := b.jar()
	login := b.state().(session.Authenticated).LoginID()
	e, err := b.beginTOTP()
	must(t, err)
	if e.Account != ada || !strings.HasPrefix(string(e.URI.Reveal()), "otpauth://totp/Test:") {
		t.Fatalf("enrolment: %+v", e)
	}
	show := r.codes(e)
	used := show()
	before := b.cookie()
	if out, err := b.confirmTOTP(used, "my phone"); err != nil || !is[authn.Completed](out) {
		t.Fatalf("confirm: %T, %v", out, err)
	}
	st, ok := b.state().(session.Authenticated)
	if !ok || st.LoginID() != login || b.cookie() == before {
		t.Fatalf("the acting session: %T, new id %v", b.state(), b.cookie() != before)
	}
	if a := identity.Assess(st.Evidence()); a.AAL != identity.AAL2 {
		t.Fatalf("assurance: %+v", a)
	}
	for who, s := range map[string]*browser{"other browser": other, "old id": thief} {
		if s.signedIn() {
			t.Errorf("the %s is still signed in", who)
		}
	}
	if got := fmt.Sprint(r.subjects()); got != "[factor_added]" || r.mails()[0].To != ada {
		t.Fatalf("mails: %s", got)
	}
	if apps := r.held(ada, factor.TOTP); len(apps) != 1 || apps[0].Label != "my phone" {
		t.Fatalf("credentials: %+v", apps)
	}
	if !strings.Contains(r.audited(), `"factor_enabled"`) {
		t.Fatal("no event")
	}
	// From now on a sign-in asks for a code, and not for the one that confirmed.
	other.begin(ada)
	if out := other.try(pw(goodPassword)); !is[authn.StepRequired](out) || other.signedIn() {
		t.Fatalf("the password alone: %T", out)
	}
	if out := other.try(code(used)); !is[authn.Rejected](out) || other.signedIn() {
		t.Fatalf("the confirming code: %T", out)
	}
	r.clock.Advance(30 * time.Second)
	if out := other.try(code(show())); !is[authn.Completed](out) {
		t.Fatalf("the next code: %T", out)
	}
}

// FAC-006
func TestEnrol_pending_seed_waits_ten_minutes_in_this_session(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	e, err := b.beginTOTP()
	must(t, err)
	show := r.codes(e)
	if out, err := b.confirmTOTP("000000", ""); err != nil || out.(authn.Rejected).Of != factor.TOTP {
		t.Fatalf("a wrong code: %+v, %v", out, err)
	}
	for _, bad := range []string{"", strings.Repeat("1", 5000), "abcdef"} {
		if out, err := b.confirmTOTP(bad, ""); err != nil || !is[authn.Rejected](out) {
			t.Fatalf("%.10q: %T, %v", bad, out, err)
		}
	}
	b.do(func(ctx context.Context, s *session.Session) {
		again, err := r.accounts.PendingTOTP(ctx, s)
		if err != nil || !again.Key.Equal(e.Key) {
			t.Errorf("the pending enrolment: %v", err)
		}
	})
	if _, err := other.confirmTOTP(show(), ""); !errors.Is(err, authn.ErrNoEnrolment) {
		t.Fatalf("from another session of the same person: %v", err)
	}
	r.clock.Advance(10*time.Minute - time.Second)
	b.do(func(ctx context.Context, s *session.Session) {
		if _, err := r.accounts.PendingTOTP(ctx, s); err != nil {
			t.Errorf("a second before the end: %v", err)
		}
	})
	r.clock.Advance(time.Second)
	if _, err := b.confirmTOTP(show(), ""); !errors.Is(err, authn.ErrNoEnrolment) {
		t.Fatalf("after ten minutes: %v", err)
	}
	b.do(func(ctx context.Context, s *session.Session) {
		if _, err := r.accounts.PendingTOTP(ctx, s); !errors.Is(err, authn.ErrNoEnrolment) {
			t.Errorf("after ten minutes: %v", err)
		}
	})
	if len(r.apps(ada)) != 0 || len(r.mails()) != 0 {
		t.Fatal("something was enrolled")
	}
}

// FAC-006: the seed is nowhere in the clear, and in the store only when confirmed.
func TestEnrol_pending_seed_is_sealed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser().signIn(ada)
	e, err := b.beginTOTP()
	must(t, err)
	key := strings.ReplaceAll(string(e.Key.Reveal()), " ", "")
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key)
	must(t, err)
	list, err := r.stores.Session.Sessions(t.Context(), u.Subject(), session.Ref{}, 10, r.clock.Now())
	must(t, err)
	for _, rec := range list {
		if bytes.Contains(rec.Sealed, seed) || bytes.Contains(rec.Sealed, []byte(key)) {
			t.Fatal("the seed lies open in the session")
		}
	}
	if len(r.apps(ada)) != 0 {
		t.Fatal("an unconfirmed seed is a credential")
	}
	if s := fmt.Sprintf("%v %+v %#v", e, e, e); strings.Contains(s, key) || strings.Contains(s, string(seed)) {
		t.Fatal("an enrolment prints its seed")
	}
}

// FAC-006: one per kind.
func TestEnrol_again_replaces_the_pending_seed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada)
	first, err := b.beginTOTP()
	must(t, err)
	second, err := b.beginTOTP()
	must(t, err)
	if out, err := b.confirmTOTP(r.codes(first)(), ""); err != nil || !is[authn.Rejected](out) {
		t.Fatalf("the replaced seed: %T, %v", out, err)
	}
	if out, err := b.confirmTOTP(r.codes(second)(), ""); err != nil || !is[authn.Completed](out) {
		t.Fatalf("the second seed: %T, %v", out, err)
	}
	if _, err := b.confirmTOTP(r.codes(second)(), ""); !errors.Is(err, authn.ErrNoEnrolment) {
		t.Fatalf("the same seed twice: %v", err)
	}
}

// decisions on credential changes: a revocation that lands in between ends this
// session, wherever it lands.
func TestEnrol_racing_a_revocation(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"Apply/8", "Rotate/0"} {
		r := newRig(t)
		u := r.person(ada)
		b := r.browser().signIn(ada)
		e, err := b.beginTOTP()
		must(t, err)
		landed := false
		strike := func(verb string) error {
			if verb != at || landed {
				return nil
			}
			landed = true
			return r.stores.Session.Raise(context.Background(), identity.UserScope(u.Subject()))
		}
		r.ident.hook(strike)
		r.store.hook(strike)
		if out, err := b.confirmTOTP(r.codes(e)(), ""); !errors.Is(err, authn.ErrFlowSuperseded) || out != nil {
			t.Errorf("%s: %T, %v", at, out, err)
		}
		if !landed || b.signedIn() {
			t.Errorf("%s: landed %v, signed in %v", at, landed, b.signedIn())
		}
		if at == "Apply/8" && (len(r.apps(ada)) != 0 || len(r.mails()) != 0) {
			t.Errorf("%s: a revoked session enrolled", at)
		}
	}
}

// FAC-006, FAC-I11: of any number of confirmations one wins, and its browser
// stays signed in.
func TestEnrol_confirmed_in_parallel_has_one_winner(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada)
	e, err := b.beginTOTP()
	must(t, err)
	same := r.codes(e)()
	var won atomic.Int32
	var wg sync.WaitGroup
	start := make(chan struct{})
	for range 16 {
		wg.Go(func() {
			<-start
			out, err := b.confirmTOTP(same, "")
			switch {
			case is[authn.Completed](out):
				won.Add(1)
			case errors.Is(err, authn.ErrNoEnrolment), errors.Is(err, authn.ErrNotAuthenticated), errors.Is(err, authn.ErrFlowSuperseded),
				errors.Is(err, authn.ErrStepUpRequired): // the app that has won is the stronger factor now
			default:
				t.Errorf("%T, %v", out, err)
			}
		})
	}
	close(start)
	wg.Wait()
	if won.Load() != 1 || len(r.apps(ada)) != 1 || !b.signedIn() {
		t.Fatalf("%d won, %d apps, signed in %v", won.Load(), len(r.apps(ada)), b.signedIn())
	}
	if got := fmt.Sprint(r.subjects()); got != "[factor_added]" {
		t.Fatalf("mails: %s", got)
	}
}

// FAC-035
func TestEnrol_label(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada)
	e, err := b.beginTOTP()
	must(t, err)
	show := r.codes(e)
	for _, bad := range []string{strings.Repeat("x", authn.MaxLabel+1), "a\nb", "a\u202eb", "\x00", "a\xffb", strings.Repeat("é", authn.MaxLabel+1)} {
		var field *authn.FieldError
		if _, err := b.confirmTOTP(show(), bad); !errors.As(err, &field) || field.Field != "label" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	longest := strings.Repeat("é", authn.MaxLabel)
	if out, err := b.confirmTOTP(show(), longest); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%d characters: %T, %v", authn.MaxLabel, out, err)
	}
	if got := r.held(ada, factor.TOTP)[0].Label; got != longest {
		t.Fatalf("stored %q", got)
	}
}

// FAC-036: an address may be longer than what an app can show.
func TestEnrol_with_a_long_address(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	long := strings.Repeat("a", 60) + "@" + strings.Repeat("b", 60) + "." + strings.Repeat("c", 60) + ".example"
	r.person(long)
	b := r.browser().signIn(long)
	e, err := b.beginTOTP()
	if err != nil || !strings.Contains(string(e.URI.Reveal()), strings.Repeat("a", 60)) {
		t.Fatalf("%+v, %v", e.Account, err)
	}
}

// FAC-035: five apps, each of which signs in.
func TestEnrol_five_at_most(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada)
	var shows []func() string
	for i := range totp.MaxCredentials {
		shows = append(shows, b.enrols(fmt.Sprint("app ", i)))
		r.clock.Advance(30 * time.Second)
	}
	if _, err := b.beginTOTP(); !errors.Is(err, authn.ErrLimit) {
		t.Fatalf("the sixth: %v", err)
	}
	for i, show := range shows {
		in := r.browser()
		in.begin(ada)
		in.try(pw(goodPassword))
		if out := in.try(code(show())); !is[authn.Completed](out) {
			t.Errorf("app %d: %T", i, out)
		}
	}
}

// AUN-093: nobody but a signed-in, active person has factors to change.
func TestAccount_verbs_are_for_the_signed_in(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	u := r.person(bob)
	show := r.app(u)
	half := r.browser()
	half.begin(bob)
	half.try(pw(goodPassword))
	_ = show
	stopped := r.browser().signIn(ada)
	acct, _ := r.account(ada)
	// The state alone, without the epoch that goes with it: the read must see it.
	must(t, r.stores.Identity.Apply(t.Context(), identity.Transition{
		Subject: acct.User.Subject(), From: identity.Active, To: identity.Suspended, Detail: identity.StateDetail{Since: r.clock.Now()},
	}))
	waiting := r.browser()
	waiting.asks("new@example.org", goodPassword)
	for who, b := range map[string]*browser{"guest": r.browser(), "half signed in": half, "suspended": stopped, "signing up": waiting} {
		verbs := map[string]func(ctx context.Context, s *session.Session) error{
			"self": func(ctx context.Context, s *session.Session) error { _, err := r.accounts.Self(ctx, s); return err },
			"begin": func(ctx context.Context, s *session.Session) error {
				_, err := r.accounts.BeginTOTP(ctx, s)
				return err
			},
			"pending": func(ctx context.Context, s *session.Session) error {
				_, err := r.accounts.PendingTOTP(ctx, s)
				return err
			},
			"confirm": func(ctx context.Context, s *session.Session) error {
				_, err := r.accounts.ConfirmTOTP(ctx, s, code("000000"), "")
				return err
			},
			"remove": func(ctx context.Context, s *session.Session) error {
				_, err := r.accounts.RemoveTOTP(ctx, s, r.apps(bob)[0])
				return err
			},
		}
		for verb, f := range verbs {
			b.do(func(ctx context.Context, s *session.Session) {
				if err := f(ctx, s); !errors.Is(err, authn.ErrNotAuthenticated) {
					t.Errorf("%s, %s: %v", who, verb, err)
				}
			})
		}
	}
}

// FAC-007, AUN-046: a login that began before an enrolment does not end after it.
func TestEnrol_ends_logins_that_are_under_way(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b, half := r.browser().signIn(ada), r.browser()
	half.begin(ada)
	b.enrols("phone")
	if out, err := half.verify(pw(goodPassword)); !errors.Is(err, authn.ErrFlowSuperseded) || half.signedIn() {
		t.Fatalf("one factor of two: %T, %v", out, err)
	}
}

// AUN-060: a store that is down while the pending enrolment is taken says so; the
// person is not told to begin anew, and what they have scanned still works.
func TestConfirmTOTP_outage_while_the_enrolment_is_taken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada)
	e, err := b.beginTOTP()
	must(t, err)
	show := r.codes(e)
	r.store.hook(func(verb string) error {
		if verb == "Update" {
			return store.ErrUnavailable
		}
		return nil
	})
	if _, err := b.confirmTOTP(show(), "phone"); !errors.Is(err, store.ErrUnavailable) || errors.Is(err, authn.ErrNoEnrolment) {
		t.Errorf("the store is down: %v", err)
	}
	r.mend()
	if out, err := b.confirmTOTP(show(), "phone"); err != nil || !is[authn.Completed](out) {
		t.Errorf("it is back: %T, %v", out, err)
	}
}
