package authn_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// rotated are the tenants of a rig under a service whose data key was replaced; the
// former one retires, or is gone.
func rotated(t *testing.T, former seal.State) (r *rig, later *authn.Accounts, kid seal.KeyID) {
	t.Helper()
	var cfg authn.Config
	var acc authn.AccountsConfig
	r = newRig(t, func(c *authn.Config, a *authn.AccountsConfig) { cfg, acc = *c, *a })
	key := seal.GenerateKey(entropy.Seeded(4), time.Time{})
	ring := []seal.Key{key}
	if former == seal.Retiring {
		old := cfg.Keys.Data.Keys()[0]
		old.State = seal.Retiring
		ring = append(ring, old)
	}
	var err error
	cfg.Keys.Data, err = seal.NewRing(seal.Data, ring...)
	must(t, err)
	acc.Service, err = authn.New(cfg)
	must(t, err)
	later, err = authn.NewAccounts(acc)
	must(t, err)
	return r, later, key.ID()
}

// replaceDataKey is what an operator does with the data key of a running program.
func (r *rig) replaceDataKey() {
	r.t.Helper()
	old := r.data.Keys()[0]
	old.State = seal.Retiring
	next, err := seal.NewRing(seal.Data, seal.GenerateKey(entropy.Seeded(4), time.Time{}), old)
	must(r.t, err)
	must(r.t, r.data.Replace(next))
}

// SES-157, IDN-037: what tenants have sealed comes under a new key at once, as it was;
// a former pepper still matches for as long as it did, and the former key may go.
func TestResealSecrets(t *testing.T) {
	t.Parallel()
	r, later, kid := rotated(t, seal.Retiring)
	before, after := r.tenants(), authn.NewTenants(later)
	ctx, op := t.Context(), opScope(t)
	var ids []identity.TenantID
	for i := range 5 {
		x, err := before.CreateTenant(ctx, op, authn.Bootstrap{Slug: fmt.Sprintf("tenant%d", i), DisplayName: "T"})
		must(t, err)
		ids = append(ids, x.ID)
	}
	r.clock.Advance(time.Minute)
	must(t, before.RotateFingerprintPepper(ctx, op, ids[0]))
	must(t, after.RotateFingerprintPepper(ctx, op, ids[4])) // under the new key already
	peppers := func() (out []authn.Peppers) {
		t.Helper()
		for _, id := range ids {
			view, err := r.stores.Identity.TenantByID(ctx, id)
			must(t, err)
			p, err := later.Peppers(view.Tenant)
			must(t, err)
			out = append(out, p)
		}
		return out
	}
	counts := func() string {
		t.Helper()
		kids, err := authn.SecretKids(ctx, r.stores.Identity, op)
		must(t, err)
		new, all := 0, 0
		for _, k := range kids {
			all += k.Count
			if k.Kid == kid {
				new = k.Count
			}
		}
		return fmt.Sprint(new, " of ", all, " under ", len(kids))
	}
	was := peppers()
	if got := counts(); got != "1 of 5 under 2" {
		t.Errorf("before: %s", got)
	}
	n, err := after.ResealSecrets(ctx, op)
	if err != nil || n != 4 || counts() != "5 of 5 under 1" {
		t.Errorf("%d, %v, %s", n, err, counts())
	}
	if fmt.Sprint(peppers()) != fmt.Sprint(was) || was[0].Former == [32]byte{} {
		t.Error("the peppers are others")
	}
	if n, err := after.ResealSecrets(ctx, op); err != nil || n != 0 {
		t.Errorf("again: %d, %v", n, err)
	}
	if _, err := after.ResealSecrets(ctx, identity.OperatorScope{}); !errors.Is(err, store.ErrBadArgument) {
		t.Errorf("without a scope: %v", err)
	}
}

// SES-157: what cannot be opened stays for whoever finds the key, with an alarm; a store
// that does not answer is an error, and whoever is faster wins.
func TestResealSecrets_that_cannot_be(t *testing.T) {
	t.Parallel()
	r, later, _ := rotated(t, 0)
	before, after := r.tenants(), authn.NewTenants(later)
	ctx, op := t.Context(), opScope(t)
	x, err := before.CreateTenant(ctx, op, authn.Bootstrap{Slug: "acme", DisplayName: "T"})
	must(t, err)
	if n, err := after.ResealSecrets(ctx, op); err != nil || n != 0 || r.alarms() != "tenant_secrets=1" {
		t.Errorf("%d, %v, alarms %q", n, err, r.alarms())
	}
	view, err := r.stores.Identity.TenantByID(ctx, x.ID)
	must(t, err)
	if _, err := r.accounts.Peppers(view.Tenant); err != nil {
		t.Errorf("lost: %v", err)
	}

	r, later, _ = rotated(t, seal.Retiring)
	before, after = r.tenants(), authn.NewTenants(later)
	_, err = before.CreateTenant(ctx, op, authn.Bootstrap{Slug: "acme", DisplayName: "T"})
	must(t, err)
	for fault, want := range map[error]error{store.ErrUnavailable: store.ErrUnavailable, store.ErrConflict: nil} {
		r.failing(map[string]error{"Apply/": fault})
		if n, err := after.ResealSecrets(ctx, op); n != 0 || !errors.Is(err, want) {
			t.Errorf("%v: %d, %v", fault, n, err)
		}
		r.failing(nil)
	}
}
