package storetest

import (
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// The life of a tenant.
func testTenants(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_tenant_is_updated_by_version", tenantUpdate},
		{"a_tenant_moves_between_its_statuses", tenantMoves},
		{"a_tenant_goes_when_it_is_over_and_empty", tenantDrop},
		{"race/one_update_of_a_version_wins", raceUpdateTenant},
		{"race/a_user_and_the_end_of_the_tenant_never_both_win", raceDropTenant},
	})
}

// updated is a change of everything that a tenant decides about itself.
func (w *world) updated(expect uint64) identity.UpdateTenant {
	return identity.UpdateTenant{
		Tenant: w.tenant.ID, Expect: expect, Slug: "renamed-" + w.tenant.ID.String()[:8], DisplayName: "Renamed",
		Settings: identity.TenantSettings{Friendly: true}, Secrets: []byte("another"), At: at(time.Hour),
	}
}

func (w *world) moved(from, to identity.TenantStatus) identity.MoveTenant {
	return identity.MoveTenant{
		Tenant: w.tenant.ID, From: from, To: to, Detail: identity.TenantDetail{Reason: "moved", Since: at(time.Hour)},
	}
}

func (w *world) view() identity.TenantView {
	w.Helper()
	v, err := w.s.Identity.TenantByID(w.ctx(), w.tenant.ID)
	w.must(err)
	return v
}

// IDN-030
func tenantUpdate(k *kit) {
	w := newWorld(k)
	was := w.tenant.Slug
	c := w.updated(1)
	k.apply(c)
	want := w.tenant
	want.Slug, want.DisplayName, want.Settings, want.Secrets = c.Slug, c.DisplayName, c.Settings, c.Secrets
	want.Version, want.UpdatedAt = 2, c.At
	equal(k, "updated", w.view().Tenant, want)
	equal(k, "what else it has", w.view().Methods, []identity.Method{w.tenantMethod})
	got, err := k.s.Identity.TenantBySlug(k.ctx(), c.Slug)
	k.must(err)
	equal(k, "by its new slug", got.Tenant, want)
	k.fails("by its old slug", first(k.s.Identity.TenantBySlug(k.ctx(), was)), store.ErrNotFound)
	// The same slug again, and the old one for somebody else.
	same := w.updated(2)
	same.Settings, same.Secrets = identity.TenantSettings{}, nil
	k.apply(same)
	want.Settings, want.Secrets, want.Version = identity.TenantSettings{}, nil, 3
	equal(k, "updated again", w.view().Tenant, want)
	heir := k.tenant("heir")
	heir.Slug = was
	k.apply(identity.NewTenant{Tenant: heir})
	k.fails("the first version again", k.s.Identity.Apply(k.ctx(), w.updated(1)), store.ErrConflict)
}

// IDN-034, IDN-035
func tenantMoves(k *kit) {
	w := newWorld(k)
	deleting := w.moved(identity.TenantActive, identity.TenantDeleting)
	deleting.Detail.PurgeAt = at(30 * 24 * time.Hour)
	for _, c := range []identity.MoveTenant{
		deleting, w.moved(identity.TenantDeleting, identity.TenantSuspended), w.moved(identity.TenantSuspended, identity.TenantActive),
		w.moved(identity.TenantActive, identity.TenantSuspended),
	} {
		k.apply(c)
		want := w.tenant
		want.Status, want.Detail, want.UpdatedAt = c.To, c.Detail, c.Detail.Since
		equal(k, "moved", w.view().Tenant, want)
		account := w.account()
		equal(k, "status seen by a login", account.Tenant, c.To)
		err := k.s.Identity.Record(k.ctx(), identity.RecordLogin{Subject: w.user.Subject(), At: at(2 * time.Hour)})
		if open := c.To == identity.TenantActive; open != (err == nil) {
			k.Errorf("a login at status %d: %v", c.To, err)
		}
	}
}

// IDN-035
func tenantDrop(k *kit) {
	w := newWorld(k)
	end := at(30 * 24 * time.Hour)
	deleting := w.moved(identity.TenantActive, identity.TenantDeleting)
	deleting.Detail.PurgeAt = end
	drop := identity.DropTenant{Tenant: w.tenant.ID, Now: end}
	k.apply(deleting)
	w.changeFails("with a user", 0, store.ErrConflict, drop)
	k.apply(identity.EraseUser{Subject: w.user.Subject(), From: identity.Active})
	early := drop
	early.Now = end.Add(-time.Millisecond)
	w.changeFails("before its time", 0, store.ErrConflict, early)
	k.apply(w.moved(identity.TenantDeleting, identity.TenantSuspended))
	w.changeFails("taken back", 0, store.ErrConflict, drop)
	again := deleting
	again.From = identity.TenantSuspended
	k.apply(again, drop)
	k.fails("by id", first(k.s.Identity.TenantByID(k.ctx(), w.tenant.ID)), store.ErrNotFound)
	k.fails("by slug", first(k.s.Identity.TenantBySlug(k.ctx(), w.tenant.Slug)), store.ErrNotFound)
	k.fails("once more", k.s.Identity.Apply(k.ctx(), drop), store.ErrNotFound)
	// Nothing of it waits for a successor with its id.
	next := w.tenant
	k.apply(identity.NewTenant{Tenant: next})
	if v := w.view(); len(v.Methods) > 0 || len(v.Policies) > 0 {
		k.Errorf("its successor has %+v", v)
	}
	equal(k, "its successor", w.view().Tenant, next)
	got, err := k.s.Identity.TenantByID(k.ctx(), w.foreign.ID)
	k.must(err)
	equal(k, "the other tenant", got.Tenant, w.foreign)
}

// IDN-067
func raceUpdateTenant(k *kit) {
	w := newWorld(k)
	k.winners(k.raceApply(func(i int) []identity.Change {
		c := w.updated(1)
		c.DisplayName = racer(i)
		return []identity.Change{c}
	}), 1, store.ErrConflict)
	equal(k, "version", w.view().Tenant.Version, 2)
}

// IDN-035, IDN-067
func raceDropTenant(k *kit) {
	for i := range rounds {
		t := k.tenant("brief")
		t.Status, t.Detail.PurgeAt = identity.TenantDeleting, at(time.Hour)
		k.apply(identity.NewTenant{Tenant: t})
		u := k.user(t, "one@example.test", "one")
		errs := race(func(i int) error {
			switch i {
			case 0:
				return k.s.Identity.Apply(k.ctx(), identity.NewUser{User: u})
			case 1:
				return k.s.Identity.Apply(k.ctx(), identity.DropTenant{Tenant: t.ID, Now: at(2 * time.Hour)})
			}
			return nil
		})
		if (errs[0] == nil) == (errs[1] == nil) {
			k.Errorf("round %d: the user: %v, the end: %v", i, errs[0], errs[1])
		}
		_, err := k.s.Identity.AccountByID(k.ctx(), u.Subject())
		if (errs[0] == nil) != (err == nil) {
			k.Errorf("round %d: the user: %v, found: %v", i, errs[0], err)
		}
	}
}
