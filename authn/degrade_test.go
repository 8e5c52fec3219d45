package authn_test

import (
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/internal/lever"
)

// local is a change of the rig: guesses are counted in the process in an outage.
func local(c *authn.Config, _ *authn.AccountsConfig) {
	c.UnsafeLocalLedger = authn.LocalLedger{Ledger: lever.NewTable(1000), Reason: "a test of outages"}
}

// AUN-060: with a ledger of its own a process goes on in an outage, counts as always,
// and says so.
func TestLocalLedger_counts_guesses_in_an_outage(t *testing.T) {
	t.Parallel()
	r := newRig(t, local)
	r.person(ada)
	r.person(bob)
	if !strings.Contains(r.logs.String(), "a test of outages") {
		t.Errorf("nobody is warned: %s", r.logs)
	}
	guess, other := r.browser(), r.browser()
	guess.begin(ada)
	other.begin(bob)
	r.ledger.down = true
	for range 5 {
		if out := guess.try(pw("not the right password")); !is[authn.Rejected](out) {
			t.Fatalf("%T", out)
		}
	}
	if out := guess.try(pw(goodPassword)); !is[authn.Throttled](out) || guess.signedIn() {
		t.Errorf("the right password after five wrong ones: %T", out)
	}
	if out := other.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Errorf("somebody else: %T", out)
	}
	if got := r.alarms(); !strings.Contains(got, "ledger_outage=") {
		t.Errorf("an operator hears %q", got)
	}
}

// AUN-060, AUN-050: what was reserved with one ledger is settled with the same, and
// an outage that is over leaves no failure with the wrong one.
func TestLocalLedger_settles_where_it_reserved(t *testing.T) {
	t.Parallel()
	r := newRig(t, local)
	r.person(ada)
	b := r.browser()
	b.begin(ada)
	for range 4 {
		b.try(pw("not the right password"))
	}
	r.ledger.down = true
	r.work.take()
	for range 4 {
		if out := b.try(pw("not the right password")); !is[authn.Rejected](out) {
			t.Fatalf("%T", out)
		}
	}
	if did := r.work.take(); strings.Contains(did, "Commit/") {
		t.Errorf("a verdict went to the ledger that was not asked: %s", did)
	}
	r.ledger.down = false
	if out := b.try(pw("not the right password")); !is[authn.Rejected](out) {
		t.Fatalf("the fifth: %T", out)
	}
	if out := b.try(pw(goodPassword)); !is[authn.Throttled](out) {
		t.Errorf("after the fifth: %T", out)
	}
	r.clock.Advance(16 * time.Minute)
	b.begin(ada)
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Errorf("when the lock is over: %T", out)
	}
}

func TestLocalLedger_is_a_stated_choice(t *testing.T) {
	t.Parallel()
	var cfg authn.Config
	newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { cfg = *c })
	table := lever.NewTable(1000)
	for name, l := range map[string]authn.LocalLedger{"no reason": {Ledger: table}, "no ledger": {Reason: "why"}} {
		c := cfg
		c.UnsafeLocalLedger = l
		if _, err := authn.New(c); err == nil || !strings.Contains(err.Error(), "UnsafeLocalLedger") {
			t.Errorf("%s: %v", name, err)
		}
	}
	none := cfg
	none.Ledger, none.WithoutLockout = nil, "why"
	none.UnsafeLocalLedger = authn.LocalLedger{Ledger: table, Reason: "why"}
	if _, err := authn.New(none); err == nil || !strings.Contains(err.Error(), "UnsafeLocalLedger") {
		t.Errorf("beside WithoutLockout: %v", err)
	}
}
