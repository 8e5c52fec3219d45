package authn_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
)

// FAC-015: a record with other parameters is renewed by a right password, also of
// somebody with a second step, and the login does not depend on it.
func TestRehash_follows_a_right_password(t *testing.T) {
	t.Parallel()
	for _, second := range []bool{false, true} {
		r := newRig(t)
		u := r.person(ada)
		show := func() string { return "" }
		if second {
			show = r.app(u)
		}
		other, err := password.New(password.Config{Params: password.Lean()})
		must(t, err)
		body, err := other.Hash(r.entropy, secret(goodPassword))
		must(t, err)
		must(t, r.stores.Identity.Apply(t.Context(),
			identity.DropCredential{Subject: u.Subject(), ID: r.held(ada, factor.Password)[0].ID, Expect: 1},
			identity.PutCredential{Credential: r.row(u.Subject(), factor.Password, body)}))
		r.clock.Advance(time.Minute)
		version := func() uint64 { return r.held(ada, factor.Password)[0].Version }
		b := r.browser()
		b.begin(ada)
		b.try(pw("not the right password"))
		if version() != 1 {
			t.Fatal("a wrong password renewed the record")
		}
		out := b.try(pw(goodPassword))
		if second {
			out = b.try(code(show()))
		}
		if !is[authn.Completed](out) || version() != 2 {
			t.Fatalf("second step %v: %T, version %d", second, out, version())
		}
		if !r.opens(ada, goodPassword) || version() != 2 {
			t.Fatal("the renewed record does not verify, or is renewed again")
		}
		if n := strings.Count(r.audited(), `"password_rehashed"`); n != 1 {
			t.Fatalf("%d events", n)
		}
	}
}

// AUN-046: an account that was stopped after the login began is not even judged,
// though its epoch was not raised.
func TestVerify_of_an_account_that_was_stopped(t *testing.T) {
	t.Parallel()
	for _, tenant := range []bool{false, true} {
		r := newRig(t)
		u := r.person(ada)
		r.app(u)
		r.clock.Advance(time.Minute)
		b := r.browser()
		b.begin(ada)
		if tenant {
			r.ident.Admin = stoppedTenant{r.ident.Admin}
		} else {
			must(t, r.stores.Identity.Apply(t.Context(), identity.Transition{
				Subject: u.Subject(), From: identity.Active, To: identity.Suspended, Detail: identity.StateDetail{Since: r.clock.Now()},
			}))
		}
		if out := b.try(pw(goodPassword)); !is[authn.Rejected](out) {
			t.Errorf("tenant %v: the right password: %T", tenant, out)
		}
	}
}

// AUN-059: a completed login forgets the failures before it.
func TestLock_is_cleared_by_a_completed_login(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	for round := range 3 {
		for range 4 {
			b := r.browser()
			b.addr = fmt.Sprintf("203.0.113.%d:1", round)
			b.begin(ada)
			if out := b.try(pw("not the right password")); !is[authn.Rejected](out) {
				t.Fatalf("round %d: %T", round, out)
			}
		}
		r.browser().signIn(ada)
	}
}

// FAC-002: what was disabled is as good as absent, and costs the same.
func TestCredential_disabled_does_not_count(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	row := r.held(ada, factor.Password)[0]
	body, err := r.hasher.Hash(r.entropy, secret(goodPassword))
	must(t, err)
	off := row
	off.State, off.Version = identity.CredentialDisabled, 2
	off, err = r.vault.Seal(off, body)
	must(t, err)
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutCredential{Credential: off, Expect: 1}))
	hashes := r.hasher.Evaluations()
	if r.opens(ada, goodPassword) {
		t.Fatal("a disabled password opens the account")
	}
	if n := r.hasher.Evaluations() - hashes; n != 1 {
		t.Fatalf("%d evaluations", n)
	}
}
