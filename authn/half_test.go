package authn_test

import (
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

// SES-199: a change of credentials ends sessions. If it cannot, the verb fails and
// says which half is done; nothing is taken back, and asking again does no harm.
func TestRemove_half_done(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		at    string // the port verb that fails
		with  error
		ended bool
	}{
		"the raise is owed":        {"Apply/", fmt.Errorf("%w: %w", identity.ErrNotRevoked, store.ErrUnavailable), false},
		"this one cannot go on":    {"Rotate/", store.ErrUnavailable, true},
		"this one was revoked too": {"Rotate/", session.ErrEpoch, true},
	} {
		r := newRig(t)
		r.person(ada)
		b := r.browser().signIn(ada)
		b.enrols("phone")
		id := r.apps(ada)[0]
		fail := func(verb string) error {
			if strings.HasPrefix(verb, tc.at) {
				return tc.with
			}
			return nil
		}
		r.ident.hook(fail)
		r.store.hook(fail)
		_, err := b.removeTOTP(id)
		var half *authn.RevocationError
		if !errors.As(err, &half) || !half.Changed || half.Revoked != tc.ended || !errors.Is(err, tc.with) {
			t.Errorf("%s: %v, %+v", name, err, half)
		}
		r.ident.hook(nil)
		r.store.hook(nil)
		if !tc.ended {
			continue // what is owed is paid by the wrapper that has said so
		}
		if len(r.apps(ada)) != 0 || b.signedIn() {
			t.Errorf("%s: %d apps, signed in %v", name, len(r.apps(ada)), b.signedIn())
		}
		again := r.browser().signIn(ada)
		if _, err := again.removeTOTP(id); !errors.Is(err, store.ErrNotFound) || !again.signedIn() {
			t.Errorf("%s, again: %v", name, err)
		}
	}
}

// SES-199, AUN-032: what is half done of an app on the way in is told, nobody is in by it,
// and an app that is stored is asked for at the next sign-in.
func TestWayIn_half_done(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		at    string
		with  error
		ended bool
	}{
		"the raise is owed":       {"Apply/", fmt.Errorf("%w: %w", identity.ErrNotRevoked, store.ErrUnavailable), false},
		"the login does not come": {"Rotate/", store.ErrUnavailable, true},
		"it was revoked too":      {"Rotate/", session.ErrEpoch, true},
		"too many are in":         {"Rotate/", session.ErrSessionLimit, true},
	} {
		r := newRig(t)
		r.person(ada)
		b := strict(r).browser()
		show := r.codes(b.comesIn(ada))
		fail := func(verb string) error {
			if strings.HasPrefix(verb, tc.at) {
				return tc.with
			}
			return nil
		}
		r.ident.hook(fail)
		r.store.hook(fail)
		_, err := b.completeEnrolment(show())
		var half *authn.RevocationError
		if !errors.As(err, &half) || !half.Changed || half.Revoked != tc.ended || !errors.Is(err, tc.with) {
			t.Errorf("%s: %v, %+v", name, err, half)
		}
		r.ident.hook(nil)
		r.store.hook(nil)
		if b.signedIn() {
			t.Errorf("%s: signed in", name)
		}
		if !tc.ended {
			continue
		}
		r.clock.Advance(time.Minute)
		again := r.browser()
		again.begin(ada)
		if out := again.try(pw(goodPassword)); !is[authn.StepRequired](out) {
			t.Errorf("%s, again: %T", name, out)
		}
		if out := again.try(code(show())); !is[authn.Completed](out) {
			t.Errorf("%s, the app: %T", name, out)
		}
	}
}

// SES-199: the texts name the half and the cause.
func TestRevocationError_says_which_half(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range []authn.RevocationError{{Changed: true}, {Revoked: true}, {Changed: true, Revoked: true}} {
		e.Err = store.ErrUnavailable
		if s := e.Error(); seen[s] || !strings.Contains(s, store.ErrUnavailable.Error()) {
			t.Error(s)
		}
		seen[e.Error()] = true
		if !errors.Is(&e, store.ErrUnavailable) {
			t.Error("the cause is lost")
		}
	}
}
