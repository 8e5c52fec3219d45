package authn_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// act runs one verb in a request of its own.
func (b *browser) act(f func(ctx context.Context, s *session.Session) error) (res *http.Response, err error) {
	b.r.t.Helper()
	res = b.do(func(ctx context.Context, s *session.Session) { err = f(ctx, s) })
	return res, err
}

func (b *browser) ref() (ref session.Ref) {
	b.r.t.Helper()
	b.do(func(_ context.Context, s *session.Session) { ref, _ = s.Ref() })
	return ref
}

func (b *browser) sessions(after session.Ref, limit int) (list []session.Info, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		list, err = b.r.accounts.ActiveSessions(ctx, s, after, limit)
	})
	return list, err
}

func (b *browser) revokes(ref session.Ref) error {
	b.r.t.Helper()
	_, err := b.act(func(ctx context.Context, s *session.Session) error { return b.r.accounts.RevokeSession(ctx, s, ref) })
	return err
}

// AUN-090
func TestLogout_ends_this_session_and_no_other(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	thief := b.jar()
	if _, err := b.act(r.accounts.Logout); err != nil {
		t.Fatal(err)
	}
	if b.cookie() != "" || b.signedIn() || thief.signedIn() || !other.signedIn() {
		t.Fatalf("cookie %q, signed in %v, a copy %v, the other %v", b.cookie(), b.signedIn(), thief.signedIn(), other.signedIn())
	}
	if n := strings.Count(r.audited(), `"logout_attempt"`); n != 1 {
		t.Fatalf("%d events", n)
	}
	for range 2 { // a guest's is success, and no event
		if _, err := b.act(r.accounts.Logout); err != nil {
			t.Fatal(err)
		}
	}
	half := r.browser()
	half.begin(ada)
	if _, err := half.act(r.accounts.Logout); err != nil {
		t.Fatal(err)
	}
	if _, err := half.verify(pw(goodPassword)); !errors.Is(err, authn.ErrNoFlow) {
		t.Fatalf("a login that was given up: %v", err)
	}
	if n := strings.Count(r.audited(), `"logout_attempt"`); n != 1 {
		t.Fatalf("%d events", n)
	}
}

// AUN-090, SES-074: a sign-out that fails is none.
func TestLogout_on_a_failing_store_keeps_session_and_cookie(t *testing.T) {
	t.Parallel()
	for name, verb := range map[string]struct {
		at string
		of func(a *authn.Accounts) func(context.Context, *session.Session) error
	}{
		"this":       {"Delete", func(a *authn.Accounts) func(context.Context, *session.Session) error { return a.Logout }},
		"others":     {"Rotate", func(a *authn.Accounts) func(context.Context, *session.Session) error { return a.LogoutOthers }},
		"everywhere": {"Raise", func(a *authn.Accounts) func(context.Context, *session.Session) error { return a.LogoutEverywhere }},
	} {
		r := newRig(t)
		r.person(ada)
		b, other := r.browser().signIn(ada), r.browser().signIn(ada)
		before := b.cookie()
		r.store.hook(func(v string) error {
			if strings.HasPrefix(v, verb.at) {
				return store.ErrUnavailable
			}
			return nil
		})
		res, err := b.act(verb.of(r.accounts))
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
		if len(res.Cookies()) != 0 || b.cookie() != before || !b.signedIn() || !other.signedIn() {
			t.Errorf("%s: cookies %v, signed in %v, other %v", name, res.Cookies(), b.signedIn(), other.signedIn())
		}
		if strings.Contains(r.audited(), `"logout_attempt"`) {
			t.Errorf("%s: an event of what did not happen", name)
		}
		r.store.hook(nil)
		if _, err := b.act(verb.of(r.accounts)); err != nil {
			t.Errorf("%s, again: %v", name, err)
		}
	}
}

// AUN-090, SES-206
func TestLogoutOthers_ends_the_others_in_one_step(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.person(bob)
	b, other, stranger := r.browser().signIn(ada), r.browser().signIn(ada), r.browser().signIn(bob)
	half := r.browser()
	half.begin(ada)
	thief := b.jar()
	login := b.state().(session.Authenticated).LoginID()
	r.work.take()
	if _, err := b.act(r.accounts.LogoutOthers); err != nil {
		t.Fatal(err)
	}
	if w := r.work.take(); w != "AccountByID=1 Commit/1=1 Reserve/1=1 Rotate/2=1" {
		t.Errorf("not one step: %s", w)
	}
	if st, ok := b.state().(session.Authenticated); !ok || st.LoginID() != login {
		t.Fatal("the acting session did not go on")
	}
	if other.signedIn() || thief.signedIn() || !stranger.signedIn() {
		t.Fatalf("other %v, a copy of the old cookie %v, somebody else %v", other.signedIn(), thief.signedIn(), stranger.signedIn())
	}
	if _, err := half.verify(pw(goodPassword)); !errors.Is(err, authn.ErrFlowSuperseded) {
		t.Fatalf("a login under way: %v", err)
	}
	if list, err := b.sessions(session.Ref{}, 10); err != nil || len(list) != 1 {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
}

// SES-206: of two raises one wins; who lost is signed out, never kept.
func TestLogoutOthers_racing_a_revocation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser().signIn(ada)
	r.store.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Rotate") {
			r.store.hook(nil)
			return r.stores.Session.Raise(context.Background(), identity.UserScope(u.Subject()))
		}
		return nil
	})
	if _, err := b.act(r.accounts.LogoutOthers); !errors.Is(err, authn.ErrFlowSuperseded) || b.signedIn() {
		t.Fatalf("%v, signed in %v", err, b.signedIn())
	}
}

// AUN-090, AUN-I6
func TestLogoutEverywhere_ends_all(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.person(bob)
	b, other, stranger := r.browser().signIn(ada), r.browser().signIn(ada), r.browser().signIn(bob)
	if _, err := b.act(r.accounts.LogoutEverywhere); err != nil {
		t.Fatal(err)
	}
	if b.signedIn() || other.signedIn() || b.cookie() != "" || !stranger.signedIn() {
		t.Fatalf("this %v, other %v, cookie %q, somebody else %v", b.signedIn(), other.signedIn(), b.cookie(), stranger.signedIn())
	}
	if n := strings.Count(r.audited(), `"logout_attempt"`); n != 1 {
		t.Fatalf("%d events", n)
	}
	if _, err := b.act(r.accounts.LogoutEverywhere); err != nil {
		t.Fatalf("a guest's: %v", err)
	}
	r.browser().signIn(ada)
}

// AUN-090, SES-199: when the raise is done and the rest fails, the sessions have ended.
func TestLogoutEverywhere_half_done_has_revoked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	r.store.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Delete") {
			return store.ErrUnavailable
		}
		return nil
	})
	_, err := b.act(r.accounts.LogoutEverywhere)
	var half *authn.RevocationError
	if !errors.Is(err, store.ErrUnavailable) || !errors.As(err, &half) || !half.Revoked || half.Changed {
		t.Fatalf("the failure is swallowed, or the half that is done: %v", err)
	}
	if b.signedIn() || other.signedIn() {
		t.Fatal("a session outlived the raise")
	}
	if _, err := b.act(r.accounts.LogoutEverywhere); err != nil {
		t.Fatalf("again: %v", err)
	}
}

// AUN-091, SES-205
func TestSessions_are_listed_newest_first_without_their_ids(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.person(bob)
	r.browser().signIn(bob)
	var mine []*browser
	for range 3 {
		mine = append(mine, r.browser().signIn(ada))
		r.clock.Advance(time.Minute)
	}
	list, err := mine[0].sessions(session.Ref{}, 100)
	must(t, err)
	if len(list) != 3 || list[0].Ref != mine[2].ref() || list[2].Ref != mine[0].ref() {
		t.Fatalf("%d sessions, or in another order", len(list))
	}
	text := fmt.Sprintf("%+v", list)
	for _, b := range mine {
		if strings.Contains(text, b.cookie()) {
			t.Fatal("a list shows a cookie")
		}
	}
	if page, err := mine[0].sessions(list[0].Ref, 1); err != nil || len(page) != 1 || page[0].Ref != list[1].Ref {
		t.Fatalf("the second page: %+v, %v", page, err)
	}
	for _, limit := range []int{-1, 0, 1} {
		if page, err := mine[0].sessions(session.Ref{}, limit); err != nil || len(page) != 1 {
			t.Fatalf("limit %d: %d, %v", limit, len(page), err)
		}
	}
	if _, err := mine[0].sessions(session.Ref{}, 1_000_000); err != nil {
		t.Fatalf("a page over 100 is one of 100: %v", err)
	}
	if _, err := r.browser().sessions(session.Ref{}, 10); !errors.Is(err, authn.ErrNotAuthenticated) {
		t.Fatalf("a guest's: %v", err)
	}
}

// AUN-091, SES-198: one ends one's own, and learns nothing about others'.
func TestRevoke_own_and_foreign(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.person(bob)
	b, other, stranger := r.browser().signIn(ada), r.browser().signIn(ada), r.browser().signIn(bob)
	half := r.browser()
	half.begin(ada)
	unknown := identity.Derived[session.Ref](entropy.Bytes32(r.entropy))
	answer := map[string]string{}
	for name, ref := range map[string]session.Ref{"somebody else's": stranger.ref(), "unknown": unknown, "a flow": half.ref()} {
		r.work.take()
		err := b.revokes(ref)
		answer[name] = fmt.Sprint(err, r.work.take())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, got := range answer {
		if got != answer["unknown"] {
			t.Errorf("%s: %s, unknown: %s", name, got, answer["unknown"])
		}
	}
	if !stranger.signedIn() || !other.signedIn() || !b.signedIn() || !is[session.Authenticating](half.state()) {
		t.Fatal("revoking nothing of one's own ended something")
	}
	if err := b.revokes(other.ref()); err != nil || other.signedIn() || !b.signedIn() {
		t.Fatalf("one's other session: %v, still signed in %v", err, other.signedIn())
	}
	if err := b.revokes(b.ref()); err != nil || b.signedIn() || b.cookie() != "" {
		t.Fatalf("this very session: %v, signed in %v", err, b.signedIn())
	}
	if err := b.revokes(stranger.ref()); !errors.Is(err, authn.ErrNotAuthenticated) || !stranger.signedIn() {
		t.Fatalf("a guest's: %v", err)
	}
}

// SES-100: a session that has moved on under a new id ends as well.
func TestRevoke_follows_a_rotation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	old := other.ref()
	other.do(func(ctx context.Context, s *session.Session) { must(t, s.Rotate(ctx)) })
	if other.ref() == old {
		t.Fatal("not rotated")
	}
	if err := b.revokes(old); err != nil || other.signedIn() {
		t.Fatalf("%v, signed in %v", err, other.signedIn())
	}
}

// AUN-092: no list is better than a wrong one.
func TestSessions_errors_surface(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	ref := other.ref()
	r.store.hook(func(verb string) error {
		if verb == "Sessions" || strings.HasPrefix(verb, "Delete") {
			return store.ErrUnavailable
		}
		return nil
	})
	if list, err := b.sessions(session.Ref{}, 10); !errors.Is(err, store.ErrUnavailable) || list != nil {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := b.revokes(ref); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	if !other.signedIn() {
		t.Fatal("ended all the same")
	}
}
