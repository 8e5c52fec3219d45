package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

func (b *browser) setLanguage(tag string) (err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { err = b.r.accounts.SetLanguage(ctx, s, tag) })
	return err
}

// UIX-086
func TestSetLanguage_keeps_it_with_the_account(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { c.Notes.Texts = tonguesOnly{} })
	r.person(ada)
	r.person(bob)
	b := r.browser().signIn(ada)
	must(t, b.setLanguage("de-AT"))
	if acct, _ := r.account(ada); acct.User.Language != "de-AT" || acct.User.UpdatedBy != acct.User.ID {
		t.Fatalf("kept %+v", acct.User)
	}
	if acct, _ := r.account(bob); acct.User.Language != "" {
		t.Fatalf("somebody else's is %q", acct.User.Language)
	}
	if n := strings.Count(r.audited(), `"language"`); n != 1 {
		t.Fatalf("%d events", n)
	}
	r.work.take()
	must(t, b.setLanguage("de-AT"))
	if w := r.work.take(); strings.Contains(w, "Apply") {
		t.Errorf("what is kept already is written again: %s", w)
	}

	// It is the language of every mail to this account, whoever causes it.
	b.do(func(ctx context.Context, s *session.Session) {
		must(t, r.accounts.LogoutOthers(authn.WithLanguage(ctx, "en"), s))
	})
	r.clock.Advance(time.Second)
	r.browser().do(func(ctx context.Context, s *session.Session) {
		_, err := r.accounts.BeginSignup(authn.WithLanguage(ctx, "en"), s, authn.NewUser{Email: ada, DisplayName: "Mallory", Password: secret(mallorys)})
		must(t, err)
	})
	r.lockAndWait(ada)
	r.browser().signIn(ada)
	if got := fmt.Sprint(r.subjects()); got != "[sessions_ended:de-AT already_registered:de-AT signed_in_after_lock:de-AT]" {
		t.Errorf("mails: %s", got)
	}
}

func TestSetLanguage_refuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	if err := r.browser().setLanguage("de"); !errors.Is(err, authn.ErrNotAuthenticated) {
		t.Errorf("a guest: %v", err)
	}
	b := r.browser().signIn(ada)
	var field *authn.FieldError
	for _, tag := range []string{"de_AT", "a b", "<b>", strings.Repeat("a", 36), "de\r\n"} {
		if err := b.setLanguage(tag); !errors.As(err, &field) || field.Field != "language" {
			t.Errorf("%q: %v", tag, err)
		}
	}
	r.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Apply") {
			return store.ErrUnavailable
		}
		return nil
	})
	if err := b.setLanguage("de"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("without a store: %v", err)
	}
	r.ident.hook(nil)
	must(t, r.suspend(u.Subject(), identity.Active))
	if err := b.setLanguage("de"); err == nil {
		t.Error("a suspended person keeps a language")
	}
}

// UIX-086: an account has the language of the request that made it, or of the
// one that took it over; what is no tag is none.
func TestSignup_keeps_the_language_of_the_request(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{"de": "de", "": "", "a\r\nb": "", strings.Repeat("x", 50): ""} {
		r := newRig(t)
		r.browser().do(func(ctx context.Context, s *session.Session) {
			_, err := r.accounts.BeginSignup(authn.WithLanguage(ctx, said), s, authn.NewUser{Email: ada, DisplayName: "Somebody", Password: secret(goodPassword)})
			must(t, err)
		})
		if acct, ok := r.account(ada); !ok || acct.User.Language != want {
			t.Errorf("%q: kept %q", said, acct.User.Language)
		}
		link := r.link()
		r.browser().do(func(ctx context.Context, s *session.Session) {
			_, err := r.accounts.ConfirmSignup(authn.WithLanguage(ctx, "en"), s, link, secret(owners))
			must(t, err)
		})
		if acct, _ := r.account(ada); acct.User.Language != "en" {
			t.Errorf("taken over from %q: kept %q", said, acct.User.Language)
		}
	}
}
