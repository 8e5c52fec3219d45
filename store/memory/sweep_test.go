package memory_test

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
)

// AUN-125, FAC-085
func TestSweep_removes_what_nobody_waits_for(t *testing.T) {
	t.Parallel()
	stores := memory.New(memory.Config{}).Stores()
	src, now := entropy.Seeded(3), time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	tenant := identity.Tenant{ID: identity.NewTenantID(src), Slug: "default", Status: identity.TenantActive, CreatedAt: now, UpdatedAt: now}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(stores.Identity.Apply(t.Context(), identity.NewTenant{Tenant: tenant}))
	user := func(email string, state identity.UserState, created time.Time) identity.User {
		id, err := identity.NewIdentifier(identity.Email, email)
		must(err)
		u := identity.User{
			ID: identity.NewUserID(src), Tenant: tenant.ID, Identifiers: []identity.Identifier{id}, State: state,
			WebAuthnHandle: entropy.Bytes32(src), AuditHandle: entropy.Bytes16(src), CreatedAt: created, UpdatedAt: created,
		}
		token := identity.Token{
			Selector: entropy.Bytes16(src), Digest: entropy.Bytes32(src), Purpose: identity.TokenSignUp, Tenant: tenant.ID, User: u.ID,
			Address: id.Canonical, CreatedAt: created, ExpiresAt: created.Add(24 * time.Hour),
		}
		must(stores.Identity.Apply(t.Context(), identity.NewUser{User: u}, identity.PutToken{Token: token}))
		return u
	}
	old := user("old@example.org", identity.Candidate, now)
	active := user("active@example.org", identity.Active, now)
	young := user("young@example.org", identity.Candidate, now.Add(time.Minute))

	at := now.Add(identity.CandidateLife)
	if n, err := stores.Identity.Sweep(t.Context(), at.Add(-time.Millisecond), 10); err != nil || n != 3 {
		t.Fatalf("before their time: %d rows, %v; want the three expired tokens", n, err)
	}
	if n, err := stores.Identity.Sweep(t.Context(), at, 10); err != nil || n != 1 {
		t.Fatalf("%d rows, %v", n, err)
	}
	for u, want := range map[*identity.User]error{&old: store.ErrNotFound, &active: nil, &young: nil} {
		if _, err := stores.Identity.AccountByID(t.Context(), u.Subject()); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", u.Primary().Typed, err, want)
		}
	}
	e, err := stores.Session.Epochs(t.Context(), old.Subject())
	must(err)
	if e.User != 1 {
		t.Fatal("a pending workflow of the candidate would live on")
	}
	if _, err := stores.Identity.Sweep(t.Context(), at, 0); !errors.Is(err, store.ErrBadArgument) {
		t.Fatalf("limit 0: %v", err)
	}
	// The address is free again.
	user("old@example.org", identity.Candidate, at)
}
