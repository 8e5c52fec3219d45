package authn_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
)

// IDN-I8, IDN-034: sign-ins, step-ups, changes of names and endings by two people in four
// browsers, while their tenant is suspended, given back, marked for deletion and restored
// in any order: once a verb that stops it has returned, no request of it is served as
// signed in, and no login that began before it is ever completed.
func TestSuspendTenant_in_any_order(t *testing.T) {
	t.Parallel()
	served, stopped := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		r := newRig(t)
		people := []string{ada, bob}
		for _, p := range people {
			r.person(p)
		}
		type seat struct {
			*browser
			who   string
			stale bool // its login, or the flow that it is in, is from before a stop
		}
		var seats []*seat
		for i, addr := range []string{"192.0.2.7:1", "198.51.100.7:1", "203.0.113.7:1", "203.0.113.8:1"} {
			b := r.browser()
			b.addr = addr
			seats = append(seats, &seat{browser: b, who: people[i%2]})
		}
		tenants, op, status := r.tenants(), opScope(t), identity.TenantActive
		stop := func() {
			stopped++
			for _, s := range seats {
				s.stale = true
			}
		}
		pick := func(rt *rapid.T) *seat { return rapid.SampledFrom(seats).Draw(rt, "browser") }
		rt.Repeat(map[string]func(*rapid.T){
			"begin": func(rt *rapid.T) {
				if s := pick(rt); !s.signedIn() {
					if out := s.begin(s.who); is[authn.StepRequired](out) {
						s.stale = status != identity.TenantActive
					}
				}
			},
			"password": func(rt *rapid.T) {
				s := pick(rt)
				out, err := s.verify(pw(goodPassword))
				if err == nil && is[authn.Completed](out) {
					if status != identity.TenantActive || s.stale {
						rt.Fatalf("a login is completed: tenant %v, from before %v", status, s.stale)
					}
					served++
				}
			},
			"name": func(rt *rapid.T) {
				s := pick(rt)
				if err := s.addsUsername(rapid.StringMatching(`[a-z]{3}`).Draw(rt, "name")); err == nil && (status != identity.TenantActive || s.stale) {
					rt.Fatal("a name was changed")
				}
			},
			"time": func(rt *rapid.T) {
				r.clock.Advance(time.Duration(rapid.SampledFrom([]int{1, 60, 400}).Draw(rt, "seconds")) * time.Second)
			},
			"suspend": func(*rapid.T) {
				if tenants.SuspendTenant(t.Context(), op, r.tenant) == nil {
					status = identity.TenantSuspended
					stop()
				}
			},
			"unsuspend": func(*rapid.T) {
				if tenants.UnsuspendTenant(t.Context(), op, r.tenant) == nil {
					status = identity.TenantActive
				}
			},
			"delete": func(*rapid.T) {
				if _, err := tenants.DeleteTenant(t.Context(), op, r.tenant, 0); err == nil {
					status = identity.TenantDeleting
					stop()
				}
			},
			"restore": func(*rapid.T) {
				if tenants.RestoreTenant(t.Context(), op, r.tenant) == nil && status == identity.TenantDeleting {
					status = identity.TenantSuspended
				}
			},
			"": func(rt *rapid.T) {
				if status != r.tenantNow().Status {
					rt.Fatalf("is %v, want %v", r.tenantNow().Status, status)
				}
				for i, s := range seats {
					if s.signedIn() && (s.stale || status != identity.TenantActive) {
						rt.Fatalf("browser %d is served: tenant %v, from before %v", i, status, s.stale)
					}
				}
			},
		})
	})
	if served == 0 || stopped == 0 {
		t.Errorf("%d signed in, %d stops", served, stopped)
	}
}
