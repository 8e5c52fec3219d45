package authn_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// FAC-005
func TestRemove_of_the_last_app_removes_the_second_step(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada)
	show := b.enrols("first")
	r.clock.Advance(30 * time.Second)
	b.enrols("second")
	ids := r.apps(ada)
	other := r.browser()
	other.begin(ada)
	other.try(pw(goodPassword))
	r.clock.Advance(30 * time.Second)
	if out := other.try(code(show())); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	before := b.cookie()
	if out, err := b.removeTOTP(ids[0]); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	if other.signedIn() || !b.signedIn() || b.cookie() == before {
		t.Fatalf("other signed in %v, this one %v", other.signedIn(), b.signedIn())
	}
	other.begin(ada)
	if out := other.try(pw(goodPassword)); !is[authn.StepRequired](out) {
		t.Fatalf("one app is left: %T", out)
	}
	r.clock.Advance(30 * time.Second)
	if out := other.try(code(show())); !is[authn.Rejected](out) {
		t.Fatalf("a code of the removed app: %T", out)
	}
	if out, err := b.removeTOTP(ids[1]); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	acct, _ := r.account(ada)
	if len(acct.Methods) != 0 || len(acct.Credentials) != 1 {
		t.Fatalf("left: %+v", acct)
	}
	r.browser().signIn(ada) // with the password alone
	if got := fmt.Sprint(r.subjects()); got != "[factor_added factor_added factor_removed factor_removed]" {
		t.Fatalf("mails: %s", got)
	}
	if n := strings.Count(r.audited(), `"factor_disabled"`); n != 2 {
		t.Fatalf("%d events", n)
	}
}

// FAC-005, AUN-103, IDN-031: only one's own, and not with an old cookie.
func TestRemove_of_what_is_not_ones_own(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.person(bob)
	b, other := r.browser().signIn(ada), r.browser().signIn(bob)
	show := b.enrols("ada's")
	other.enrols("bob's")
	for name, id := range map[string]identity.CredentialID{
		"unknown": identity.NewCredentialID(r.entropy), "bob's": r.apps(bob)[0], "zero": {}, "the password": r.held(ada, factor.Password)[0].ID,
	} {
		if _, err := b.removeTOTP(id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(r.apps(bob)) != 1 || len(r.apps(ada)) != 1 || !other.signedIn() || !b.signedIn() {
		t.Fatal("something was removed, or somebody signed out")
	}
	r.clock.Advance(6 * time.Minute)
	if out, err := b.removeTOTP(r.apps(ada)[0]); !errors.Is(err, authn.ErrStepUpRequired) {
		t.Fatalf("with an old cookie: %T, %v", out, err)
	}
	if len(r.apps(ada)) != 1 {
		t.Fatal("removed")
	}
	b.proves(ada, show)
	if out, err := b.removeTOTP(r.apps(ada)[0]); err != nil || !is[authn.Completed](out) {
		t.Fatalf("with the app: %T, %v", out, err)
	}
}

// FAC-002: two removals of one app are one.
func TestRemove_in_parallel_is_one(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada)
	b.enrols("one")
	id := r.apps(ada)[0]
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			out, err := b.removeTOTP(id)
			switch {
			case is[authn.Completed](out):
				won.Add(1)
			case errors.Is(err, store.ErrNotFound), errors.Is(err, authn.ErrNotAuthenticated), errors.Is(err, authn.ErrFlowSuperseded):
			default:
				t.Errorf("%T, %v", out, err)
			}
		})
	}
	wg.Wait()
	if got := fmt.Sprint(slices.Sorted(slices.Values(r.subjects()))); won.Load() != 1 || got != "[factor_added factor_removed]" || !b.signedIn() {
		t.Fatalf("%d won, mails %s, signed in %v", won.Load(), got, b.signedIn())
	}
}
