package authn_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// wrong gives n wrong passwords, each in a login of its own, so far apart that no lock
// of the person closes.
func (r *rig) wrong(identifier string, n int) (last authn.FactorOutcome) {
	r.t.Helper()
	for range n {
		r.clock.Advance(25 * time.Hour)
		b := r.browser()
		b.begin(identifier)
		last = b.try(pw("not the right password"))
		if !is[authn.Rejected](last) {
			r.t.Fatalf("a wrong password: %T", last)
		}
	}
	return last
}

func (r *rig) right(identifier string) authn.FactorOutcome {
	r.t.Helper()
	r.clock.Advance(25 * time.Hour)
	b := r.browser()
	b.begin(identifier)
	return b.try(pw(goodPassword))
}

// AUN-058: a hundred wrong passwords in a row, over months, and the right one is no
// use any more; one that is right in between begins the count anew.
func TestStreak_switches_a_password_off(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.wrong(ada, 99)
	if out := r.right(ada); !is[authn.Completed](out) {
		t.Fatalf("after 99: %T", out)
	}
	r.wrong(ada, 99)
	if got := r.held(ada, factor.Password)[0].State; got != identity.CredentialActive {
		t.Fatalf("state %d after 99", got)
	}
	r.wrong(ada, 1)
	if got := r.held(ada, factor.Password)[0].State; got != identity.CredentialDisabled {
		t.Fatalf("state %d after 100", got)
	}
	if out := r.right(ada); !is[authn.Rejected](out) {
		t.Errorf("after 100: %T", out)
	}
	if m := r.mails()[0]; m.Kind != "factor_disabled" || m.To != ada {
		t.Errorf("mail: %+v", m)
	}
	if got := r.audited(); !strings.Contains(got, `"kind":"factor_disabled"`) || !strings.Contains(got, `"by":"system"`) {
		t.Error("no event")
	}
	// Its owner chooses another one behind the mailed link.
	_, err := r.accounts.BeginReset(t.Context(), ada)
	must(t, err)
	must(t, r.accounts.CompleteReset(t.Context(), r.link(), secret("another horse battery staple")))
	r.clock.Advance(25 * time.Hour)
	b := r.browser()
	b.begin(ada)
	if out := b.try(pw("another horse battery staple")); !is[authn.Completed](out) {
		t.Errorf("after the reset: %T", out)
	}
}

// AUN-058: what a crash leaves undone after the hundredth failure the next attempt
// does, and evaluates nothing.
func TestStreak_survives_a_crash(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.wrong(ada, 99)
	r.ident.hook(func(verb string) error {
		if strings.Contains(verb, "AdvanceCredential") {
			return errPlug
		}
		return nil
	})
	r.wrong(ada, 1)
	if got := r.held(ada, factor.Password)[0].State; got != identity.CredentialActive {
		t.Fatalf("state %d: nothing was cut", got)
	}
	if out := r.right(ada); !is[authn.Rejected](out) {
		t.Errorf("while nothing can be written: %T", out)
	}
	r.mend()
	if out := r.right(ada); !is[authn.Rejected](out) {
		t.Errorf("afterwards: %T", out)
	}
	if got := r.held(ada, factor.Password)[0].State; got != identity.CredentialDisabled {
		t.Errorf("state %d", got)
	}
}

// AUN-058, AUN-I11: nobody is told apart from somebody by it.
func TestStreak_of_nobody_looks_the_same(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	for i := range 103 {
		r.wrong(ada, 1)
		one := r.work.take()
		r.wrong("nobody@example.org", 1)
		if other := r.work.take(); other != one && i != 99 {
			t.Errorf("%d: %s\n%s", i, one, other)
		}
	}
}

// AUN-058, AUN-115: an administrator switches it on again, and the count begins anew.
func TestEnableFactor_after_a_streak(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.person(ada)
	o.wrong(ada, 100)
	id := o.held(ada, factor.Password)[0].ID
	o.mails()
	must(t, o.admin.EnableFactor(t.Context(), o.order(u), id))
	if m := o.mails()[0]; m.Kind != "factor_reenabled" {
		t.Errorf("mail: %+v", m)
	}
	if o.wrong(ada, 99); !is[authn.Completed](o.right(ada)) {
		t.Error("after 99 more")
	}
	if err := o.admin.EnableFactor(t.Context(), o.order(o.boss), id); !errors.Is(err, authn.ErrSelf) {
		t.Errorf("one's own: %v", err)
	}
}
