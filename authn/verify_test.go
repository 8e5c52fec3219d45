package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
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

// FAC-003: after a change of keys a use of a credential leaves it under the new
// ones, in the write that the use makes anyway, and says nothing to anybody.
func TestVerify_seals_under_the_primary_key(t *testing.T) {
	t.Parallel()
	for _, ring := range []string{"data", "index"} {
		var rings seal.Keys
		r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { rings = c.Keys })
		u := r.person(ada)
		show := r.app(u)
		r.clock.Advance(time.Minute)
		turn(t, r, map[string]*seal.Ring{"data": rings.Data, "index": rings.Index}[ring])
		row := func(k identity.Kind) identity.Credential { return r.held(ada, k)[0] }
		if !r.vault.IsStale(row(factor.Password)) || !r.vault.IsStale(row(factor.TOTP)) {
			t.Fatal("the keys have not changed")
		}
		b := r.browser()
		b.begin(ada)
		b.try(pw("not the right password"))
		if !r.vault.IsStale(row(factor.Password)) {
			t.Fatal("a wrong password renewed the record")
		}
		b.try(pw(goodPassword))
		if out := b.try(code(show())); !is[authn.Completed](out) {
			t.Fatalf("%s: %T", ring, out)
		}
		for _, k := range []identity.Kind{factor.Password, factor.TOTP} {
			if c := row(k); r.vault.IsStale(c) || c.Version != 2 {
				t.Errorf("%s: %s stale %v, version %d", ring, k, r.vault.IsStale(c), c.Version)
			}
		}
		r.clock.Advance(time.Minute)
		again := r.browser()
		again.begin(ada)
		again.try(pw(goodPassword))
		if c := row(factor.Password); c.Version != 2 {
			t.Errorf("%s: written again without need", ring)
		}
		if n := strings.Count(r.audited(), `"password_rehashed"`); n != 0 {
			t.Errorf("%s: %d events of a new hash", ring, n)
		}
	}
}

// turn makes a fresh key primary and keeps the old one.
func turn(t *testing.T, r *rig, ring *seal.Ring) {
	t.Helper()
	old := ring.Keys()[0]
	fresh, err := seal.NewRing(ring.Purpose(), seal.GenerateKey(r.entropy, r.clock.Now()))
	must(t, err)
	next, err := fresh.WithPreviousKey(old)
	must(t, err)
	must(t, ring.Replace(next))
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

// AUN-055: one network of IPv6 is one address.
func TestLock_of_an_address_counts_a_network(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	guess := func(addr string) authn.FactorOutcome {
		b := r.browser()
		b.addr = addr
		b.begin("victim-of-" + strings.NewReplacer(":", "-", "[", "", "]", "").Replace(addr) + "@example.org")
		return b.try(pw("one password for everybody"))
	}
	for i := range 10 {
		if out := guess(fmt.Sprintf("[2001:db8:0:7::%x]:1", i+1)); !is[authn.Rejected](out) {
			t.Fatalf("guess %d: %T", i, out)
		}
	}
	if out := guess("[2001:db8:0:7:ffff::1]:1"); !is[authn.Throttled](out) {
		t.Fatalf("the same network: %T", out)
	}
	if out := guess("[2001:db8:0:8::1]:1"); !is[authn.Rejected](out) {
		t.Fatalf("the next network: %T", out)
	}
}

// AUN-055, AUN-059: a login clears what was charged to the person, not to the
// address: else one account of one's own would buy guesses at all others.
func TestLock_of_an_address_survives_a_login_from_it(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser()
	for i := range 10 {
		if i == 9 {
			r.browser().signIn(ada)
		}
		b.begin(fmt.Sprintf("victim%d@example.org", i))
		b.try(pw("one password for everybody"))
	}
	b.begin(bob)
	if out := b.try(pw("one password for everybody")); !is[authn.Throttled](out) {
		t.Fatalf("%T", out)
	}
}

// FAC-013, AUN-042: when the hash gate is full nothing is charged, nobody passes,
// and who waits is told when to come back.
func TestGate_full_charges_nothing(t *testing.T) {
	t.Parallel()
	var gate *password.Gate
	clk := clock.NewFake(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC))
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) {
		var err error
		gate, err = password.NewGate(password.GateConfig{Clock: clk, Params: password.InsecureCheap(), Parallel: 1})
		must(t, err)
		c.Gate = gate
	})
	r.person(ada)
	b, changing, asked := r.browser(), r.browser().signIn(ada), r.browser()
	link := asked.asks(bob, goodPassword)
	b.begin(ada)
	pass, err := gate.Enter(t.Context(), r.hasher.Cost(nil))
	must(t, err)
	r.work.take()
	hashes := r.hasher.Evaluations()
	// full runs a verb that must give up after the wait at the gate.
	full := func(name string, f func() bool) {
		t.Helper()
		done := make(chan bool, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer cancel()
			done <- f()
		}()
		_ = clk.Await(ctx, "", 1) // or it did not wait at all, and has answered
		clk.Advance(3 * time.Second)
		if !<-done {
			t.Errorf("%s: not busy", name)
		}
	}
	full("verify", func() bool { out, err := b.verify(pw(goodPassword)); return err == nil && is[authn.Busy](out) })
	full("change", func() bool {
		out, err := changing.changes(goodPassword, owners)
		return err == nil && is[authn.Busy](out)
	})
	full("sign up", func() bool {
		_, err := r.browser().signUp("new@example.org", goodPassword)
		return errors.Is(err, password.ErrBusy)
	})
	full("confirm", func() bool {
		_, err := r.browser().confirm(link, owners)
		return errors.Is(err, password.ErrBusy)
	})
	if w := r.work.take(); strings.Contains(w, "Reserve") || strings.Contains(w, "Apply") || r.hasher.Evaluations() != hashes {
		t.Errorf("work behind a full gate: %s", w)
	}
	pass.Leave()
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Fatalf("afterwards: %T", out)
	}
	if _, err := asked.confirm(link, ""); err != nil {
		t.Fatalf("the link afterwards: %v", err)
	}
}

// AUN-043, AUN-045: whoever loses the write of a one-time code is a replay: not
// passed, not charged, and reported.
func TestCode_that_loses_its_write_is_a_replay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	show := r.app(r.person(ada))
	r.clock.Advance(time.Minute)
	b := r.browser()
	b.begin(ada)
	b.try(pw(goodPassword))
	for _, lost := range []error{store.ErrConflict, store.ErrNotFound} {
		r.ident.hook(func(verb string) error {
			if strings.HasPrefix(verb, "Record/identity.AdvanceCredential") {
				return fmt.Errorf("lost: %w", lost)
			}
			return nil
		})
		r.work.take()
		if out := b.try(code(show())); !is[authn.Rejected](out) {
			t.Errorf("%v: %T", lost, out)
		}
		if w := r.work.take(); !strings.Contains(w, "Release=1") || strings.Contains(w, "Commit") {
			t.Errorf("%v: charged: %s", lost, w)
		}
	}
	if n := strings.Count(r.audited(), `"reason":"replay"`); n != 2 {
		t.Errorf("%d events", n)
	}
	r.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Record/identity.AdvanceCredential") {
			return store.ErrUnavailable
		}
		return nil
	})
	if out := b.try(code(show())); !is[authn.Unavailable](out) || b.signedIn() {
		t.Errorf("a code that could not be spent: %T", out)
	}
	r.ident.hook(nil)
	if out := b.try(code(show())); !is[authn.Completed](out) {
		t.Errorf("the same code, spent by nobody: %T", out)
	}
}

// AUN-053: the first refusal of a lock and every tenth are events, the others are
// not: a locked account must not flood the audit trail.
func TestLock_reports_the_first_refusal_and_every_tenth(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser()
	for range 5 {
		b.begin(ada)
		b.try(pw("not the right password"))
	}
	for range 20 {
		if out := b.try(pw("not the right password")); !is[authn.Throttled](out) {
			t.Fatalf("%T", out)
		}
	}
	if n := strings.Count(r.audited(), `"reason":"locked"`); n != 3 {
		t.Fatalf("%d events of 20 refusals", n)
	}
}

// AUN-012: what the person has no credential for is not offered, once it may be
// known who they are.
func TestMenu_leaves_out_what_is_not_enrolled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	r.app(u)
	step := identity.AnyOf(factor.EmailLink, factor.TOTP)
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutMethod{
		Scope: identity.UserScope(u.Subject()), Method: identity.Method{
			Name: "password", Enabled: true, Steps: []identity.Step{identity.Required(factor.Password), step},
		},
	}))
	b := r.browser()
	b.begin(ada)
	out, ok := b.try(pw(goodPassword)).(authn.StepRequired)
	if !ok || fmt.Sprint(out.Menu.Options) != "[totp]" {
		t.Fatalf("%+v", out)
	}
}

// A password that was set a moment ago signs in, although the flow remembers its
// start in whole milliseconds and the credential its own in microseconds.
// AUN-043, SES-230
func TestVerify_in_the_millisecond_in_which_the_password_was_set(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.clock.Advance(941 * time.Microsecond)
	r.person(ada)
	r.browser().signIn(ada)
}
