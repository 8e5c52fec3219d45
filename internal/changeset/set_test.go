package changeset_test

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
	"github.com/axess-go/axess/store"
)

// The suite of all ports (store/storetest) shows on two backends what each change
// does; here is what only a backend of its own could get wrong.

type rows map[[16]byte]bool

func (r rows) Known(id [16]byte) bool { return r[id] }

type counters map[identity.Scope]uint64

func (c counters) At(s identity.Scope) uint64 { return c[s] }

// tables are tables with one tenant.
func tables() (changeset.Tables, identity.Tenant) {
	t := identity.Tenant{ID: identity.NewTenantID(entropy.Seeded(1)), Slug: "acme", Status: identity.TenantActive}
	return changeset.Tables{
		Tenants:  changeset.Map[identity.TenantID, *changeset.Tenant]{t.ID: {Tenant: t}},
		Slugs:    changeset.Map[string, identity.TenantID]{t.Slug: t.ID},
		Users:    changeset.Map[identity.Subject, *changeset.User]{},
		Names:    changeset.Map[changeset.Name, identity.UserID]{},
		Handles:  changeset.Map[changeset.Handle, identity.UserID]{},
		Links:    changeset.Map[changeset.LinkKey, identity.UserID]{},
		Members:  changeset.Map[identity.TenantID, int]{},
		Holders:  changeset.Map[changeset.Holding, int]{},
		Tokens:   changeset.Map[[16]byte, identity.Token]{},
		TokensOf: changeset.Map[identity.Subject, [][16]byte]{},
		Outbox:   rows{{1}: true},
		Epochs:   counters{},
	}, t
}

func user(t identity.Tenant, n uint64, name string) identity.User {
	return identity.User{
		Tenant: t.ID, ID: identity.NewUserID(entropy.Seeded(n)), State: identity.Active,
		Identifiers: []identity.Identifier{{Kind: identity.Username, Typed: name, Canonical: name}},
	}
}

func fails(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// A backend that keeps its epochs elsewhere must not seem to have raised one.
//
// SES-196, IDN-066
func TestChange_refuses_a_raise_without_epochs(t *testing.T) {
	t.Parallel()
	of, _ := tables()
	of.Epochs = nil
	set := changeset.New(of)
	fails(t, "raise", set.Change(identity.RaiseEpoch{Scope: identity.GlobalScope()}), store.ErrBadArgument)
	if len(set.Raised) > 0 {
		t.Errorf("staged: %v", set.Raised)
	}
}

// SES-196
func TestChange_raises_each_scope_once_from_where_it_is(t *testing.T) {
	t.Parallel()
	of, tenant := tables()
	scope := identity.TenantScope(tenant.ID)
	of.Epochs = counters{scope: 7}
	set := changeset.New(of)
	for _, c := range []identity.Change{
		identity.RaiseEpoch{Scope: scope, Check: true, From: 7}, identity.RaiseEpoch{Scope: identity.GlobalScope()},
		identity.RaiseEpoch{Scope: scope, Check: true, From: 8},
	} {
		if err := set.Change(c); err != nil {
			t.Error(err)
		}
	}
	want := []changeset.Raise{{Scope: scope, To: 9}, {Scope: identity.GlobalScope(), To: 1}}
	if len(set.Raised) != 2 || set.Raised[0] != want[0] || set.Raised[1] != want[1] {
		t.Errorf("raised %v, want %v", set.Raised, want)
	}
	fails(t, "overtaken", set.Change(identity.RaiseEpoch{Scope: scope, Check: true, From: 8}), store.ErrConflict)
}

// IDN-066
func TestChange_touches_no_table(t *testing.T) {
	t.Parallel()
	of, tenant := tables()
	set := changeset.New(of)
	ada := user(tenant, 2, "ada")
	token := identity.Token{Selector: [16]byte{2}, Digest: [32]byte{3}, Purpose: identity.TokenSignUp, Tenant: tenant.ID, User: ada.ID, ExpiresAt: time.Unix(9, 0)}
	for i, c := range []identity.Change{
		identity.NewUser{User: ada}, identity.PutToken{Token: token},
		identity.PutGrant{Grant: identity.Grant{Tenant: tenant.ID, User: ada.ID, Role: "editor", Version: 1}},
		identity.PutMethod{Scope: identity.TenantScope(tenant.ID), Method: identity.Method{Name: "m"}},
		identity.Append{Row: store.Row{ID: [16]byte{2}, Topic: store.TopicMail}},
	} {
		if err := set.Change(c); err != nil {
			t.Fatalf("change %d: %v", i, err)
		}
	}
	row, _ := of.Tenants.Get(tenant.ID)
	_, isUser := of.Users.Get(ada.Subject())
	_, isToken := of.Tokens.Get(token.Selector)
	_, isHeld := of.Holders.Get(changeset.Holding{Tenant: tenant.ID, Role: "editor"})
	if isUser || isToken || isHeld || len(row.Methods) > 0 {
		t.Errorf("the tables have user %t, token %t, role %t, methods %v", isUser, isToken, isHeld, row.Methods)
	}
	count := 0
	set.Users.Each(func(s identity.Subject, u *changeset.User, gone bool) {
		count++
		if s != ada.Subject() || gone || len(u.Grants) != 1 {
			t.Errorf("staged %v: %+v, gone %t", s, u, gone)
		}
	})
	if count != 1 || len(set.Rows) != 1 {
		t.Errorf("staged %d users and %d rows, want one each", count, len(set.Rows))
	}
	fails(t, "a row twice", set.Change(identity.Append{Row: store.Row{ID: [16]byte{2}}}), store.ErrExists)
	fails(t, "a known row", set.Change(identity.Append{Row: store.Row{ID: [16]byte{1}}}), store.ErrExists)
}
