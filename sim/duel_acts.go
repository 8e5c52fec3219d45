package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// next is a new password of one side.
func next(by side) string { return fmt.Sprintf("ten green ducks cross road %d", by) }

func (s *scene) signUp(ctx context.Context, b *browser) {
	b.open(ctx, "/auth/sign-up")
	b.submit(ctx, "/auth/sign-up", url.Values{"email": {s.address}, "password": {s.password}})
}

// member signs the left one up and in.
func (s *scene) member(ctx context.Context) {
	s.signUp(ctx, s.left)
	s.left.open(ctx, s.mailed(ctx, "/auth/verify"))
	if a := s.left.submit(ctx, "/auth/verify", nil); a.Code != http.StatusSeeOther {
		s.fails("the sign-up answers %d", a.Code)
	}
	v := s.left.send(ctx, http.MethodGet, "/me", nil).view()
	if v == nil {
		s.fails("nobody is signed in")
		return
	}
	s.user.Tenant, s.user.User = v.Tenant, v.User
}

// idle lets pass so much time that the next request writes down that there was one.
func (s *scene) idle(ctx context.Context) {
	s.w.outside.Sleep(ctx, 2*time.Minute) //nolint:errcheck // only time
}

// stale lets what was proved become too old for what is precious, while it is used.
func (s *scene) stale(ctx context.Context) {
	for range 6 {
		s.w.outside.Sleep(ctx, time.Minute) //nolint:errcheck // only time
		s.left.send(ctx, http.MethodGet, "/me", nil)
	}
}

// asked has a browser asked for the password again, and fills it in.
func (s *scene) asked(ctx context.Context, by side, b *browser) {
	b.open(ctx, "/vault")
	s.ready(by, b, "/auth/factor/password", url.Values{"password": {s.password}})
}

// reach opens a page of the account, past the password that it asks for.
func (s *scene) reach(ctx context.Context, b *browser, path string) answer {
	a := b.open(ctx, path)
	if strings.HasPrefix(b.at, "/auth/factor/password") {
		a = b.follow(ctx, b.submit(ctx, "/auth/factor/password", url.Values{"password": {s.password}}))
	}
	return a
}

// entered says that an answer signs in.
func (a answer) entered() bool { return a.Code == http.StatusSeeOther && a.location() == "/" }

// enters signs in.
func (s *scene) enters(ctx context.Context, b *browser) {
	if a := s.signsIn(ctx, b, s.address, s.password); !a.entered() {
		s.fails("the sign-in answers %d", a.Code)
	}
}

// entering has two new browsers that are about to sign in.
func (s *scene) entering(ctx context.Context) {
	for by, b := range []*browser{s.left, s.right} {
		b.cookies = nil
		b.open(ctx, "/auth/sign-in")
		s.ready(side(by), b, "/auth/sign-in", url.Values{"identifier": {s.address}, "password": {s.password}})
	}
}

func (s *scene) signsIn(ctx context.Context, b *browser, address, password string) answer {
	b.open(ctx, "/auth/sign-in")
	return b.submit(ctx, "/auth/sign-in", url.Values{"identifier": {address}, "password": {password}})
}

// opens reports that a password signs in, in a new browser.
func (s *scene) opens(ctx context.Context, password string) bool {
	return s.signsIn(ctx, s.browser("new", 9), s.address, password).entered()
}

// served reports that a browser is taken for somebody. Failures pass.
func (s *scene) served(ctx context.Context, b *browser) bool {
	return s.sure(ctx, func() answer { return b.send(ctx, http.MethodGet, "/me", nil) }).Code == http.StatusOK
}

// sure repeats what fails.
func (s *scene) sure(ctx context.Context, ask func() answer) answer {
	a := ask()
	for range 20 {
		if !a.failed() {
			break
		}
		s.w.outside.Sleep(ctx, 5*time.Second) //nolint:errcheck // only time
		a = ask()
	}
	return a
}

// mailed is the newest link to a path, which is waited for.
func (s *scene) mailed(ctx context.Context, path string) string {
	find := regexp.MustCompile(regexp.QuoteMeta(Origin+path) + `\?token=\S+`)
	for range 60 {
		for _, m := range slices.Backward(s.w.post.letters) {
			if found := find.FindString(m.Text); found != "" {
				return strings.TrimPrefix(found, Origin)
			}
		}
		if s.w.outside.Sleep(ctx, 5*time.Second) != nil {
			break
		}
	}
	return ""
}

// hasApp sets an authenticator up.
func (s *scene) hasApp(ctx context.Context, b *browser) {
	s.pairs(s.reach(ctx, b, "/auth/account/factors/totp"))
	if s.phone == nil {
		return
	}
	if a := b.submit(ctx, "/auth/account/factors/totp", url.Values{"code": {s.code()}, "label": {"phone"}}); a.Code != http.StatusSeeOther {
		s.fails("setting an app up answers %d", a.Code)
	}
	s.w.outside.Sleep(ctx, 2*period*time.Second) //nolint:errcheck // until the next code
}

// pairs makes an app from the key that a page shows.
func (s *scene) pairs(a answer) {
	found := key.FindStringSubmatch(a.Body)
	if found == nil {
		s.fails("no key is shown: %d", a.Code)
		return
	}
	phone, err := newApp("phone", strings.ReplaceAll(found[1], " ", ""))
	if err != nil {
		s.fails("%v", err)
		return
	}
	s.phone = phone
}

// code is what the app shows.
func (s *scene) code() string { return s.phone.code(s.w.coro.Time().Unix() / period) }

// gives lets a program give an order about the account, as an operator would.
func (s *scene) gives(ctx context.Context, what string, verb func(*authn.Admin, context.Context, authn.Order) error) error {
	by, err := identity.System("a duel")
	if err != nil {
		return err
	}
	return s.orders(ctx, what, func(ctx context.Context, auth *axess.Axess) error {
		return verb(auth.Admin(), ctx, authn.Order{Actor: by, Subject: s.user, Reason: "a duel"})
	})
}

// order is a side that gives one.
func order(by side, what string, verb func(*authn.Admin, context.Context, authn.Order) error) func(context.Context, *scene) {
	return func(ctx context.Context, s *scene) { s.done[by] = s.gives(ctx, what, verb) == nil }
}

// until repeats an order of a side, as whoever was not told that it was carried out would.
func (s *scene) until(ctx context.Context, by side, what string, verb func(*authn.Admin, context.Context, authn.Order) error) bool {
	for range 10 {
		if s.done[by] {
			break
		}
		s.w.outside.Sleep(ctx, 5*time.Second) //nolint:errcheck // only time
		err := s.gives(ctx, what, verb)
		s.done[by] = err == nil || errors.Is(err, store.ErrNotFound) // whoever is gone was erased
	}
	return s.done[by]
}
