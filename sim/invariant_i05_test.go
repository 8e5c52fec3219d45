package sim

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/internal/coro"
)

// SIM-I05: what is guessed at before an account is known to be there is not that account:
// an address that nobody has, and each sign-up for it, have an allowance each.
func TestGuessBound_counts_from_when_there_is_an_account(t *testing.T) {
	t.Parallel()
	w := newWorld(Config{Seed: 1})
	t.Cleanup(w.close)
	p, n := w.person("ada", Origin), authn.UserLock().Threshold
	guess := func(times int, at time.Duration) int {
		for range times {
			r := httptest.NewRequest(http.MethodPost, "/auth/sign-in", nil)
			w.ghost.guessed(&ask{b: w.browser("somebody", ""), r: r, claims: p, at: at}, answer{Code: http.StatusUnauthorized})
		}
		return len(w.ghost.wrong)
	}
	if got := guess(3*n, lag+1); got != 0 {
		t.Errorf("%d findings before there is an account", got)
	}
	p.known = 1
	if got := guess(3*n, lag); got != 0 {
		t.Errorf("%d findings while a copy may not know of the account", got)
	}
	if got := guess(n, lag+1); got != 0 {
		t.Errorf("%d findings within the allowance", got)
	}
	if got := guess(1, lag+1); got == 0 {
		t.Error("one guess too many is not found")
	}
}

// SIM-I05, AUN-059: a right password forgets the guesses before it only where it is the
// last step of a sign-in.
func TestGuessBound_is_not_lifted_by_half_a_sign_in(t *testing.T) {
	t.Parallel()
	w := newWorld(Config{Seed: 1})
	t.Cleanup(w.close)
	w.coro.Run(coro.Limits{Steps: 5})
	for name, c := range map[string]struct {
		app    *app
		within bool
		path   string
		forget bool
	}{
		"a password alone":          {path: "/auth/sign-in", forget: true},
		"a password before an app":  {path: "/auth/sign-in", app: &app{sure: 1}},
		"a step-up":                 {path: "/auth/factor/password", within: true},
		"the last step":             {path: "/auth/factor/password", forget: true},
		"a password that is chosen": {path: "/auth/sign-in/password", forget: true},
	} {
		p := w.person("ada", Origin)
		if c.app != nil {
			p.apps = append(p.apps, c.app)
		}
		p.wrong = []time.Duration{1}
		b := w.browser("ada's", "")
		b.flow = p
		if c.within {
			b.login = &login{of: p, jar: b.jar}
		}
		r := httptest.NewRequest(http.MethodPost, c.path, nil)
		w.ghost.asks(b, r, url.Values{"identifier": {p.addresses[0]}, "password": {p.password}, "new_password": {p.password}})
		if forgot := len(p.wrong) == 0; forgot != c.forget {
			t.Errorf("%s forgets the guesses: %v", name, forgot)
		}
		w.ghost.people = nil
	}
}

// SIM-I05, AUN-059: what lifts a lock without an order of an administrator is not believed.
func TestGuessBound_believes_in_no_clearing_without_an_order(t *testing.T) {
	t.Parallel()
	for _, ordered := range []bool{false, true} {
		w := newWorld(Config{Seed: 1})
		t.Cleanup(w.close)
		ledger := tappedLedger{countless{}, w.ghost}
		if ordered {
			w.ghost.lifting = time.Hour
		}
		lever := authn.Lever{Key: authn.Key{1}, Policy: authn.UserLock()}
		for i := range lever.Policy.Threshold {
			w.ghost.tried(lever, [16]byte{byte(i)})
			w.ghost.failed(lever.Key, [16]byte{byte(i)})
		}
		if err := ledger.Clear(t.Context(), lever.Key, time.Time{}); err != nil {
			t.Fatal(err)
		}
		w.ghost.tried(lever, [16]byte{99})
		if found := len(w.ghost.wrong) > 0; found == ordered {
			t.Errorf("ordered %v: found %v", ordered, found)
		}
	}
}

// SIM-I05, AUN-050: an attempt that is in flight outlives a sign-in, but not where another
// server may take it for a failure already.
func TestGuessBound_keeps_what_is_surely_in_flight(t *testing.T) {
	t.Parallel()
	lever := authn.Lever{Key: authn.Key{1}, Policy: authn.UserLock()}
	for name, c := range map[string]struct {
		faults Faults
		kept   int
	}{
		"clocks that agree": {kept: 1},
		"clocks that jump":  {faults: Faults{Jump: 1}},
		"calls that wait":   {faults: Faults{Delay: 1}},
	} {
		w := newWorld(Config{Seed: 1})
		t.Cleanup(w.close)
		w.cfg.Faults = c.faults
		w.ghost.tried(lever, [16]byte{1})
		w.ghost.tried(lever, [16]byte{2})
		w.ghost.failed(lever.Key, [16]byte{2})
		w.ghost.cleared(lever.Key)
		if got := len(w.ghost.levers[lever.Key].list); got != c.kept {
			t.Errorf("%s: %d attempts are left, want %d", name, got, c.kept)
		}
	}
}
