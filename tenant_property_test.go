package axess_test

import (
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/draws"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/store"
)

// busies does something in the second tenant, to people of the same names.
func (w *world) busies(rt *rapid.T) {
	rt.Helper()
	of := func(options ...string) string { return rapid.SampledFrom(options).Draw(rt, "at acme") }
	person := of(known, fresh, "nobody@example.org")
	b := w.at(acmeOrigin)
	b.Addr = of("127.0.0.2:1", "127.0.0.9:1")
	guesser := "127.0.0.9:1" // an address that guesses too often is stopped in every tenant (AUN-055)
	ctx := rt.Context()
	applied := func(change ...identity.Change) {
		_ = w.Beneath().Identity.Apply(ctx, change...) // refused, perhaps
	}
	acct, err := w.Beneath().Identity.AccountByIdentifier(ctx, w.acme.ID, identity.Email, person)
	there := err == nil
	switch what := of("sign in", "sign in", "guess", "sign up", "reset", "lock", "method", "stop", "start", "suspend", "erase", "password", "name"); what {
	case "sign in", "guess":
		secret := map[string]string{"sign in": fronttest.Password, "guess": "a wrong password altogether"}[what]
		b.Addr = guesser
		b.Get("/auth/sign-in")
		b.Post("/auth/sign-in", fronttest.Form{"identifier": person, "password": secret})
		b.Get("/notes")
	case "sign up":
		b.Get("/auth/sign-up")
		b.Post("/auth/sign-up", fronttest.Form{"email": person, "name": "Of acme", "password": fronttest.Password})
	case "reset":
		b.Get("/auth/reset")
		b.Post("/auth/reset", fronttest.Form{"identifier": person})
	case "lock":
		lock := authn.UserLock()
		lock.Threshold = rapid.IntRange(1, 4).Draw(rt, "threshold")
		_ = w.tenants.PutPolicy(ctx, w.op, authn.PolicyChange{Tenant: w.acme.ID, Policy: lock}) // of another version, perhaps
	case "password":
		_ = w.tenants.PutPolicy(ctx, w.op, authn.PolicyChange{Tenant: w.acme.ID, Policy: authn.PasswordPolicy{Min: 30}, Expect: 1})
	case "method":
		_ = w.tenants.PutMethod(ctx, w.op, w.acme.ID, identity.Method{
			Name: "both", Enabled: rapid.Bool().Draw(rt, "enabled"), Steps: []identity.Step{identity.Required(factor.Password), identity.Required(factor.TOTP)},
		})
	case "stop":
		_ = w.tenants.SuspendTenant(ctx, w.op, w.acme.ID)
	case "start":
		_ = w.tenants.UnsuspendTenant(ctx, w.op, w.acme.ID)
	case "suspend":
		if there {
			applied(identity.Transition{Subject: acct.User.Subject(), From: acct.User.State, To: identity.Suspended}, identity.RaiseEpoch{Scope: identity.UserScope(acct.User.Subject())})
		}
	case "erase":
		if there {
			applied(identity.EraseUser{Subject: acct.User.Subject(), From: acct.User.State}, identity.RaiseEpoch{Scope: identity.UserScope(acct.User.Subject())})
		}
	case "name":
		_, _ = w.tenants.CreateTenant(ctx, w.op, authn.Bootstrap{Slug: of("more", "others"), Admin: &authn.NewAccount{Email: person}})
	}
}

// AUN-030, IDN-031, IDN-I7: two worlds with the same people, one of which has a second
// tenant that is busy: sign-ins, guesses, sign-ups, resets, policies, methods, stops and
// erasures of people with the same names, from the same networks. Whatever is asked in
// the first tenant is answered alike in both, with the same bytes, the same calls of the
// stores in the same order, the same hashes and events.
func TestTenants_do_not_change_each_other_in_any_order(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		oneIn   int
		options func(t *testing.T) []func(*axess.Config)
	}{
		"memory": {5, func(*testing.T) []func(*axess.Config) { return nil }},
		"sqlite": {34, func(t *testing.T) []func(*axess.Config) {
			return []func(*axess.Config){func(c *axess.Config) { c.Stores = openFile(t, filepath.Join(t.TempDir(), "app.db")).Stores() }}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			draws.OneIn(t, tc.oneIn, func(rt *rapid.T) {
				alone, beside := newWorld(t, tc.options(t)...), newWorld(t, tc.options(t)...)
				for _, w := range []*world{alone, beside} {
					prepare(t, w.Site, known)
					if w == beside {
						w.joins(acmeOrigin, known, "Of acme")
					}
					w.opens()
					w.browsers = append(w.browsers, w.SignIn(known))
				}
				requests := rapid.OneOf(strangers(known), lives())
				for i := range rapid.IntRange(8, 24).Draw(rt, "requests") {
					for range rapid.IntRange(0, 3).Draw(rt, "meanwhile") {
						beside.busies(rt)
					}
					beside.forgets()
					alone.forgets()
					q := requests.Draw(rt, "request")
					for range q.times {
						if want, got := alone.sees(q), beside.sees(q); want != got {
							rt.Fatalf("request %d differs beside another tenant: %s", i, apart(got, want))
						}
					}
					wait := rapid.SampledFrom([]time.Duration{0, 0, 0, time.Second, 40 * time.Second, 16 * time.Minute}).Draw(rt, "wait")
					alone.Clock.Advance(wait)
					beside.Clock.Advance(wait)
				}
			})
		})
	}
}

// forgets takes what was called until now for no part of the next request.
func (w *world) forgets() {
	w.Ports.Take()
	w.Ports.TakeRows(store.TopicAudit)
	w.hashes = axess.Hashes(w.Auth)
}

// lives are the requests of somebody who is signed in, in the third browser. A history
// is filled in the background and says when it was.
func lives() *rapid.Generator[request] {
	return rapid.Custom(func(rt *rapid.T) request {
		q := request{browser: 2, about: known, method: "GET", times: 1}
		q.path = rapid.SampledFrom([]string{
			"/notes", "/auth/account", "/auth/account/sessions", "/auth/account/password", "post",
		}).Draw(rt, "page")
		if q.path == "post" {
			q.method, q.path = "POST", "/auth/account/sessions/end-others"
		}
		return q
	})
}
