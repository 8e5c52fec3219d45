package authn_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// doomed is a tenant with people whose time has come, beside one that stays.
func doomed(t *testing.T, people int) *rig {
	t.Helper()
	r := newRig(t)
	stays := r.tenant
	r.tenant = identity.NewTenantID(r.entropy)
	must(t, r.stores.Identity.Apply(t.Context(), identity.NewTenant{
		Tenant: identity.Tenant{ID: r.tenant, Slug: "doomed", Status: identity.TenantActive, CreatedAt: r.clock.Now(), UpdatedAt: r.clock.Now()},
	}))
	for i := range people {
		r.person(fmt.Sprintf("p%d@example.org", i))
	}
	goes := r.tenant
	r.tenant = stays
	r.person(ada)
	r.tenant = goes
	_, err := r.tenants().DeleteTenant(t.Context(), opScope(t), goes, 24*time.Hour)
	must(t, err)
	r.clock.Advance(24*time.Hour + 5*time.Minute)
	return r
}

// purged sums what the events say was removed.
func (r *rig) purged() string {
	r.t.Helper()
	users, credentials, tenants := 0, 0, 0
	for _, line := range strings.Split(strings.TrimSpace(r.audited()), "\n") {
		var e struct {
			Kind   string
			Tenant string `json:"tenant_id"`
			Data   struct {
				Phase              string
				Users, Credentials int
			}
		}
		must(r.t, json.Unmarshal([]byte(line), &e))
		if e.Kind != "tenant_purged" {
			continue
		}
		if e.Tenant != identity.SystemTenant.String() {
			r.t.Errorf("an event in the log of %s", e.Tenant)
		}
		users, credentials = users+e.Data.Users, credentials+e.Data.Credentials
		if e.Data.Phase == "tenant" {
			tenants++
		}
	}
	return fmt.Sprint(users, credentials, tenants)
}

func (r *rig) gone() bool {
	_, err := r.stores.Identity.TenantByID(r.t.Context(), r.tenant)
	return errors.Is(err, store.ErrNotFound)
}

// IDN-035: in batches, and nobody of another tenant.
func TestPurge_removes_in_batches_and_counts(t *testing.T) {
	t.Parallel()
	r := doomed(t, 45)
	for _, want := range []int{30, 15} {
		if r.gone() {
			t.Error("gone too early")
		}
		if n, err := r.tenants().Purge(t.Context(), r.clock.Now(), 30); err != nil || n != want {
			t.Errorf("%d, %v, want %d", n, err, want)
		}
	}
	if n, err := r.tenants().Purge(t.Context(), r.clock.Now(), 30); n != 0 || err != nil || !r.gone() {
		t.Errorf("%d, %v", n, err)
	}
	if got := r.purged(); got != "45 45 1" {
		t.Errorf("counted %s", got)
	}
	r.browser().signIn(ada)
	for _, bad := range []struct {
		at    time.Time
		limit int
	}{{time.Time{}, 1}, {r.clock.Now(), 0}} {
		if _, err := r.tenants().Purge(t.Context(), bad.at, bad.limit); !errors.Is(err, store.ErrBadArgument) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

// IDN-035: not before the time has come, and not what is not being deleted.
func TestPurge_waits_for_its_time(t *testing.T) {
	t.Parallel()
	r := doomed(t, 1)
	if n, err := r.tenants().Purge(t.Context(), r.clock.Now().Add(-time.Microsecond), 10); n != 0 || err != nil || r.gone() {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := r.tenants().Purge(t.Context(), r.clock.Now(), 10); n != 1 || err != nil || !r.gone() {
		t.Errorf("%d, %v", n, err)
	}
}

// IDN-035: ended at any call, before its effect or after it, it goes on where it
// was, and the counts are right.
func TestPurge_goes_on_wherever_it_was_ended(t *testing.T) {
	t.Parallel()
	for nth := 1; ; nth++ {
		r := doomed(t, 45)
		hit := r.cut(nth)
		_, err := r.tenants().Purge(t.Context(), r.clock.Now(), 100)
		r.mend()
		if hit() == "" {
			must(t, err)
			break
		}
		if !errors.Is(err, errPlug) {
			t.Errorf("without %s: %v", hit(), err)
		}
		if _, err := r.tenants().Purge(t.Context(), r.clock.Now(), 100); err != nil || !r.gone() || r.purged() != "45 45 1" {
			t.Errorf("after %s: %v, counted %s", hit(), err, r.purged())
		}
	}
	for nth := 1; nth <= 4; nth++ {
		r := doomed(t, 45)
		inner := r.ident.Admin
		r.ident.Admin = &lostAck{inner, nth}
		if _, err := r.tenants().Purge(t.Context(), r.clock.Now(), 100); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("answer %d lost: %v", nth, err)
		}
		r.ident.Admin = inner
		if _, err := r.tenants().Purge(t.Context(), r.clock.Now(), 100); err != nil || !r.gone() || r.purged() != "45 45 1" {
			t.Errorf("answer %d lost: %v, counted %s", nth, err, r.purged())
		}
	}
}

// IDN-035: a tenant that is restored between the look and the commit loses nobody,
// even if two clocks disagree about its time.
func TestPurge_takes_nobody_from_a_tenant_that_is_restored_meanwhile(t *testing.T) {
	t.Parallel()
	r := doomed(t, 3)
	ahead := r.clock.Now()
	r.clock.Set(ahead.Add(-time.Hour))
	once := false
	r.ident.hook(func(verb string) error {
		if verb == "AccountByID" && !once {
			once = true
			return r.stores.Identity.Apply(t.Context(), identity.MoveTenant{
				Tenant: r.tenant, From: identity.TenantDeleting, To: identity.TenantSuspended, Detail: identity.TenantDetail{Since: r.clock.Now()},
			}, identity.RaiseEpoch{Scope: identity.TenantScope(r.tenant)})
		}
		return nil
	})
	if n, err := r.tenants().Purge(t.Context(), ahead, 10); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if users, err := r.stores.Identity.Users(t.Context(), r.tenant, identity.UserCursor{}, 10); err != nil || len(users) != 3 || !once {
		t.Errorf("%d users, %v", len(users), err)
	}
}

// IDN-035, IDN-067: several nodes at once remove each person once.
func TestPurge_by_many_at_once(t *testing.T) {
	t.Parallel()
	r := doomed(t, 70)
	ts, now := r.tenants(), r.clock.Now()
	var over sync.WaitGroup
	for range 8 {
		over.Go(func() {
			if _, err := ts.Purge(t.Context(), now, 200); err != nil && !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
		})
	}
	over.Wait()
	if _, err := ts.Purge(t.Context(), now, 200); err != nil || !r.gone() || r.purged() != "70 70 1" {
		t.Errorf("%v, counted %s", err, r.purged())
	}
}
