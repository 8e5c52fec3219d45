package sqlstore

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

func at(d time.Duration) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(d)
}

// STO-003: a row that somebody has tampered with is no row of ours, and is not
// taken for an absent one either.
func TestRows_that_fail_validation_are_ErrCorrupt(t *testing.T) {
	t.Parallel()
	ref := identity.FromNamespaced[session.Ref]("test", "ref")
	tenant := identity.FromNamespaced[identity.TenantID]("test", "tenant")
	lever := authn.Lever{Key: authn.Key{1}, Policy: authn.LockPolicy{
		Threshold: 5, Window: time.Hour, Lock: time.Minute, Factor: 2, Cap: time.Hour, Decay: time.Hour,
	}}
	load := func(b *Backend) error {
		_, _, err := b.Stores().Session.Load(t.Context(), ref, at(0))
		return err
	}
	view := func(b *Backend) error {
		_, err := b.Stores().Identity.TenantByID(t.Context(), tenant)
		return err
	}
	reserve := func(b *Backend) error {
		_, err := b.Stores().Throttle.Reserve(t.Context(), authn.Attempt{Levers: []authn.Lever{lever}}, at(0))
		return err
	}
	for _, c := range []struct {
		name, edit string
		read       func(*Backend) error
	}{
		{"negative rev", "UPDATE axess_sessions SET rev = -1", load},
		{"negative stamp", "UPDATE axess_sessions SET epoch_u = -1", load},
		{"status of no tenant", "UPDATE axess_tenants SET status = 0", view},
		{"status beyond all", "UPDATE axess_tenants SET status = 300", view},
		{"settings of another form", "UPDATE axess_tenants SET settings = CAST('{\"friendly\":1}' AS BLOB)", view},
		{"a setting that nobody knows", "UPDATE axess_tenants SET settings = CAST('{\"open\":true}' AS BLOB)", view},
		{"version of no tenant", "UPDATE axess_tenants SET version = -1", view},
		{"version of no policy", "UPDATE axess_policies SET version = -1", view},
		{"steps", "UPDATE axess_methods SET steps = x'01ff'", view},
		{"lever", "UPDATE axess_attempts SET state = x'01'", reserve},
		{"no lever", "UPDATE axess_attempts SET state = x''", reserve},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			s := b.Stores()
			rec := session.Record{Ref: ref, Rev: 1, CreatedAt: at(0), IdleUntil: at(time.Hour), AbsUntil: at(time.Hour)}
			if _, err := s.Session.Create(t.Context(), rec, session.Claim{Now: at(0)}); err != nil {
				t.Fatal(err)
			}
			err := s.Identity.Apply(t.Context(), identity.NewTenant{
				Tenant:  identity.Tenant{ID: tenant, Slug: "acme", Status: identity.TenantActive},
				Methods: []identity.Method{{Name: "password", Steps: []identity.Step{identity.Required("password")}}},
			}, identity.PutPolicy{Policy: identity.Policy{
				Scope: identity.TenantScope(tenant), Kind: "lockout", Version: 1, By: identity.SystemUser, At: at(0),
			}})
			if err != nil {
				t.Fatal(err)
			}
			for _, read := range []func(*Backend) error{load, view, reserve} {
				if err := read(b); err != nil {
					t.Fatal(err)
				}
			}
			b.execute(t, c.edit)
			if err := c.read(b); !errors.Is(err, store.ErrCorrupt) || errors.Is(err, store.ErrNotFound) {
				t.Errorf("got %v, want ErrCorrupt", err)
			}
		})
	}
}
