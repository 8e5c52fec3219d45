package identity_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
)

func person(t *testing.T) identity.User {
	t.Helper()
	src := entropy.Seeded(5)
	mail, err := identity.NewIdentifier(identity.Email, "Ada@example.test")
	if err != nil {
		t.Fatal(err)
	}
	return identity.User{
		ID: identity.NewUserID(src), Tenant: identity.NewTenantID(src), Identifiers: []identity.Identifier{mail},
		DisplayName: "Ada", State: identity.Candidate,
		WebAuthnHandle: entropy.Bytes32(src), AuditHandle: entropy.Bytes16(src),
	}
}

// IDN-004, IDN-015, IDN-024, IDN-027, IDN-028
func TestUser_Validate(t *testing.T) {
	t.Parallel()
	named := func(typed string) identity.Identifier {
		id, err := identity.NewIdentifier(identity.Username, typed)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	if err := person(t).Validate(identity.ReservedNames{}); err != nil {
		t.Fatalf("a good user: %v", err)
	}
	for name, c := range map[string]struct {
		change func(*identity.User)
		want   error
	}{
		"zero user":       {func(u *identity.User) { u.ID = identity.UserID{} }, identity.ErrInvalidID},
		"zero tenant":     {func(u *identity.User) { u.Tenant = identity.TenantID{} }, identity.ErrInvalidID},
		"system user":     {func(u *identity.User) { u.ID = identity.SystemUser }, identity.ErrIDReserved},
		"system tenant":   {func(u *identity.User) { u.Tenant = identity.SystemTenant }, identity.ErrIDReserved},
		"reserved name":   {func(u *identity.User) { u.Identifiers = append(u.Identifiers, named("Root")) }, identity.ErrNameReserved},
		"no identifier":   {func(u *identity.User) { u.Identifiers = nil }, &identity.InvalidError{Field: "identifiers", Rule: identity.RuleCount}},
		"nine":            {func(u *identity.User) { u.Identifiers = slices.Repeat(u.Identifiers, 9) }, &identity.InvalidError{Field: "identifiers", Rule: identity.RuleCount}},
		"one twice":       {func(u *identity.User) { u.Identifiers = slices.Repeat(u.Identifiers, 2) }, &identity.InvalidError{Field: "identifiers", Rule: identity.RuleTwice}},
		"forged key":      {func(u *identity.User) { u.Identifiers[0].Canonical = "eve@example.test" }, &identity.InvalidError{Field: "email", Rule: identity.RuleCanonical}},
		"display name":    {func(u *identity.User) { u.DisplayName = "a\u202eb" }, &identity.InvalidError{Field: "display_name", Rule: identity.RuleCharacter}},
		"no state":        {func(u *identity.User) { u.State = 0 }, &identity.InvalidError{Field: "state", Rule: identity.RuleState}},
		"unknown state":   {func(u *identity.User) { u.State = identity.Erasing + 1 }, &identity.InvalidError{Field: "state", Rule: identity.RuleState}},
		"no passkey mark": {func(u *identity.User) { u.WebAuthnHandle = [32]byte{} }, &identity.InvalidError{Field: "handle", Rule: identity.RuleMissing}},
		"no audit mark":   {func(u *identity.User) { u.AuditHandle = [16]byte{} }, &identity.InvalidError{Field: "handle", Rule: identity.RuleMissing}},
	} {
		u := person(t)
		c.change(&u)
		err := u.Validate(identity.ReservedNames{})
		var want, got *identity.InvalidError
		if errors.As(c.want, &want) {
			if !errors.As(err, &got) || *got != *want {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
			continue
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// IDN-022
func TestCanMove_knows_exactly_the_moves_of_the_table(t *testing.T) {
	t.Parallel()
	allowed := map[identity.UserState][]identity.UserState{
		identity.Candidate:         {identity.PendingActivation, identity.Active, identity.Terminated, identity.Erasing},
		identity.PendingActivation: {identity.Active, identity.Terminated, identity.Erasing},
		identity.Active:            {identity.Suspended, identity.Terminated, identity.Archived, identity.Erasing},
		identity.Suspended:         {identity.Active, identity.Terminated, identity.Erasing},
		identity.Terminated:        {identity.Archived, identity.Erasing},
		identity.Archived:          {identity.Active, identity.Erasing},
		identity.Erasing:           {},
	}
	for from := identity.UserState(0); from <= identity.Erasing+1; from++ {
		for to := identity.UserState(0); to <= identity.Erasing+1; to++ {
			if got, want := identity.CanMove(from, to), slices.Contains(allowed[from], to); got != want {
				t.Errorf("CanMove(%d, %d) = %v, want %v", from, to, got, want)
			}
		}
	}
}

// IDN-021
func TestStateAt_ends_a_suspension_at_its_end(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	u := identity.User{State: identity.Suspended, Detail: identity.StateDetail{Until: until}}
	for _, c := range []struct {
		u    identity.User
		now  time.Time
		want identity.UserState
	}{
		{u, until.Add(-1), identity.Suspended},
		{u, until, identity.Active},
		{identity.User{State: identity.Suspended}, until.AddDate(9, 0, 0), identity.Suspended},
		{identity.User{State: identity.Terminated, Detail: u.Detail}, until.AddDate(9, 0, 0), identity.Terminated},
	} {
		if got := c.u.StateAt(c.now); got != c.want {
			t.Errorf("%+v at %v: %d, want %d", c.u.Detail, c.now, got, c.want)
		}
	}
}

// IDN-070
func TestScope_chain_and_validity(t *testing.T) {
	t.Parallel()
	src := entropy.Seeded(9)
	s := identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)}
	user, tenant, global := identity.UserScope(s), identity.TenantScope(s.Tenant), identity.GlobalScope()
	for scope, want := range map[identity.Scope][]identity.Scope{
		user: {user, tenant, global}, tenant: {tenant, global}, global: {global}, {}: nil,
	} {
		if got := scope.Chain(); !slices.Equal(got, want) {
			t.Errorf("chain of %v: %v", scope, got)
		}
		if err := scope.Validate(); (err == nil) != (want != nil) {
			t.Errorf("%v: %v", scope, err)
		}
	}
	for _, bad := range []identity.Scope{
		identity.UserScope(identity.Subject{}), identity.UserScope(identity.Subject{Tenant: s.Tenant}),
		identity.UserScope(identity.Subject{User: s.User}), identity.TenantScope(identity.TenantID{}),
	} {
		if err := bad.Validate(); !errors.Is(err, identity.ErrInvalidID) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestEpochs_cover_only_when_none_was_raised(t *testing.T) {
	t.Parallel()
	e := identity.Epochs{Global: 1, Tenant: 2, User: 3}
	if !e.Covers(e) || !e.Covers(identity.Epochs{}) {
		t.Error("current or older epochs are not covered")
	}
	for _, raised := range []identity.Epochs{{2, 2, 3}, {1, 3, 3}, {1, 2, 4}, {0, 0, 4}} {
		if e.Covers(raised) {
			t.Errorf("%v covers %v", e, raised)
		}
	}
}

// IDN-027: mail goes to an address, whatever comes first.
func TestUser_Email(t *testing.T) {
	t.Parallel()
	phone, err := identity.NewIdentifier(identity.Phone, "+49 30 123456")
	if err != nil {
		t.Fatal(err)
	}
	u := identity.User{Identifiers: []identity.Identifier{phone}}
	if got, ok := u.Email(); ok || got != (identity.Identifier{}) {
		t.Errorf("a phone number is an address: %+v", got)
	}
	mail, err := identity.NewIdentifier(identity.Email, "ada@example.test")
	if err != nil {
		t.Fatal(err)
	}
	u.Identifiers = append(u.Identifiers, mail)
	if got, ok := u.Email(); !ok || got != mail {
		t.Errorf("%+v, %v", got, ok)
	}
}

func TestUser_Primary(t *testing.T) {
	t.Parallel()
	u := person(t)
	if u.Primary() != u.Identifiers[0] || u.Subject() != (identity.Subject{Tenant: u.Tenant, User: u.ID}) {
		t.Error("primary identifier or subject")
	}
	if (identity.User{}).Primary() != (identity.Identifier{}) {
		t.Error("primary of nobody")
	}
}
