package authn_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// lockAndWait fills the allowance of a person with wrong guesses and waits for
// the lock to end.
func (r *rig) lockAndWait(identifier string) {
	r.t.Helper()
	mallory := r.browser()
	mallory.addr = "198.51.100.9:1"
	for range 5 {
		mallory.begin(identifier)
		mallory.try(pw(mallorys))
	}
	if out := mallory.try(pw(goodPassword)); !is[authn.Throttled](out) {
		r.t.Fatalf("not locked: %T", out)
	}
	r.clock.Advance(16 * time.Minute)
}

// AUN-162: success after a lock is told, once, in the commit that signs in, and
// in the language of whoever signed in.
func TestNotes_success_after_a_lock_is_told(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.browser().signIn(ada)
	wrongOnce := r.browser()
	wrongOnce.begin(ada)
	wrongOnce.try(pw(mallorys))
	wrongOnce.try(pw(goodPassword))
	if got := r.subjects(); len(got) != 0 {
		t.Fatalf("told without a lock: %v", got)
	}

	r.lockAndWait(ada)
	b := r.browser()
	b.begin(ada)
	r.store.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Rotate") {
			return store.ErrUnavailable
		}
		return nil
	})
	if _, err := b.verify(pw(goodPassword)); err == nil {
		t.Fatal("signed in without a store")
	}
	r.store.hook(nil)
	if got := r.subjects(); len(got) != 0 {
		t.Fatalf("told of what did not happen: %v", got)
	}

	b = r.browser()
	b.begin(ada)
	b.do(func(ctx context.Context, s *session.Session) {
		out, err := r.accounts.VerifyFactor(authn.WithLanguage(ctx, "de"), s, pw(goodPassword))
		if err != nil || !is[authn.Completed](out) {
			t.Errorf("%T, %v", out, err)
		}
	})
	if got := fmt.Sprint(r.subjects()); got != "[signed_in_after_lock]" {
		t.Fatalf("mails: %s", got)
	}
	if m := r.mails()[0]; m.To != ada || !strings.HasPrefix(m.Text, "de ") || m.Kind != "signed_in_after_lock" {
		t.Fatalf("mail: %+v", m)
	}
	r.browser().signIn(ada)
	if got := len(r.subjects()); got != 1 {
		t.Fatalf("told again: %d mails", got)
	}
}

// A lock that the policy has forgotten is no news.
func TestNotes_a_forgotten_lock_is_not_told(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.lockAndWait(ada)
	r.clock.Advance(25 * time.Hour)
	r.browser().signIn(ada)
	if got := r.subjects(); len(got) != 0 {
		t.Fatalf("mails: %v", got)
	}
}

// AUN-162: ending many sessions is told, not more than three times an hour, and
// works when telling does not.
func TestNotes_ending_sessions_is_told(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(*authn.Accounts, context.Context, *session.Session) error{
		"others": func(a *authn.Accounts, ctx context.Context, s *session.Session) error { return a.LogoutOthers(ctx, s) },
		"everywhere": func(a *authn.Accounts, ctx context.Context, s *session.Session) error {
			return a.LogoutEverywhere(ctx, s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.person(ada)
			do := func(before func()) {
				t.Helper()
				b, other := r.browser().signIn(ada), r.browser().signIn(ada)
				before()
				b.do(func(ctx context.Context, s *session.Session) {
					if err := act(r.accounts, ctx, s); err != nil {
						t.Error(err)
					}
				})
				if other.signedIn() {
					t.Error("the other session goes on")
				}
			}
			for range 5 {
				do(func() {})
			}
			if got := fmt.Sprint(r.subjects()); got != "[sessions_ended sessions_ended sessions_ended]" || r.mails()[0].To != ada {
				t.Fatalf("mails: %s", got)
			}
			// Nothing of this may stand in the way of ending sessions.
			r.clock.Advance(2 * time.Hour)
			do(func() {
				r.ident.hook(func(verb string) error {
					if strings.HasPrefix(verb, "AccountByID") {
						return store.ErrUnavailable
					}
					return nil
				})
			})
			r.ident.hook(nil)
			if got := len(r.subjects()); got != 3 {
				t.Errorf("%d mails", got)
			}
			// Told once too often rather than not at all.
			do(func() { r.ledger.hook(func(string) error { return store.ErrUnavailable }) })
			if got := len(r.subjects()); got != 4 {
				t.Errorf("%d mails", got)
			}
		})
	}
}

// A service without notes tells nobody and works.
func TestNotes_are_optional_for_a_service_alone(t *testing.T) {
	t.Parallel()
	var alone *authn.Service
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) {
		silent := *c
		silent.Notes = authn.Notes{}
		var err error
		alone, err = authn.New(silent)
		must(t, err)
		if _, err := authn.NewAccounts(authn.AccountsConfig{Service: alone}); err == nil || !strings.Contains(err.Error(), "Notes") {
			t.Errorf("accounts without mail: %v", err)
		}
		silent.Notes.Texts = plainTexts{}
		if _, err := authn.New(silent); err == nil || !strings.Contains(err.Error(), "Notes") {
			t.Errorf("texts without a queue: %v", err)
		}
	})
	r.person(ada)
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	b.do(func(ctx context.Context, s *session.Session) {
		if err := alone.LogoutOthers(ctx, s); err != nil {
			t.Error(err)
		}
	})
	if other.signedIn() || len(r.subjects()) != 0 {
		t.Errorf("other %v, mails %v", other.signedIn(), r.subjects())
	}
}

// UIX-086: a sign-up's mails are in the language of the request.
func TestNotes_of_a_sign_up_speak_the_language_of_the_request(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { c.Notes.Texts = tonguesOnly{} })
	r.person(bob)
	for _, email := range []string{ada, bob} {
		r.browser().do(func(ctx context.Context, s *session.Session) {
			_, err := r.accounts.BeginSignup(authn.WithLanguage(ctx, "de-AT"), s, authn.NewUser{
				Email: email, DisplayName: "Somebody", Password: secret(goodPassword),
			})
			must(t, err)
		})
		r.clock.Advance(time.Second)
	}
	if got := fmt.Sprint(r.subjects()); got != "[verify:de-AT already_registered:de-AT]" {
		t.Errorf("mails: %s", got)
	}
}

// tonguesOnly puts the language into the subject.
type tonguesOnly struct{}

func (tonguesOnly) Mail(n authn.Note) (string, string) {
	return string(n.Kind) + ":" + n.Language, "text\n"
}
