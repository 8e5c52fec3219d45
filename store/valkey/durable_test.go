package valkey_test

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/valkey"
)

// pair starts a primary and its replica.
func pair(t *testing.T) (primary, replica *dbtest.RedisServer) {
	t.Helper()
	primary, err := dbtest.Redis()
	dbtest.Need(t, err)
	t.Cleanup(func() { stopped(t, primary) })
	replica, err = dbtest.RedisReplica(primary)
	dbtest.Need(t, err)
	t.Cleanup(func() { stopped(t, replica) })
	return primary, replica
}

func stopped(t *testing.T, s *dbtest.RedisServer) {
	t.Helper()
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}

// member is a person with everything that can be spent.
type member struct {
	*testing.T
	admin identity.Admin
	user  identity.User
	cred  identity.Credential
	token identity.Token
}

func newMember(t *testing.T, admin identity.Admin) *member {
	t.Helper()
	src := entropy.System()
	tenant := identity.Tenant{ID: identity.NewTenantID(src), Status: identity.TenantActive, CreatedAt: noon(), UpdatedAt: noon()}
	tenant.Slug = "t" + tenant.ID.String()[:8]
	m := &member{T: t, admin: admin}
	m.user = identity.User{
		ID: identity.NewUserID(src), Tenant: tenant.ID, State: identity.Active, DisplayName: "Somebody",
		Identifiers:    []identity.Identifier{{Kind: identity.Username, Typed: "somebody", Canonical: "somebody"}},
		WebAuthnHandle: entropy.Bytes32(src), AuditHandle: entropy.Bytes16(src), CreatedAt: noon(), UpdatedAt: noon(),
	}
	m.cred = identity.Credential{
		ID: identity.NewCredentialID(src), Tenant: tenant.ID, User: m.user.ID, Kind: "totp", Version: 1,
		State: identity.CredentialActive, CreatedAt: noon(), Body: []byte("sealed"), MAC: entropy.Bytes32(src),
	}
	m.token = identity.Token{
		Selector: entropy.Bytes16(src), Digest: entropy.Bytes32(src), Purpose: identity.TokenSignUp, Tenant: tenant.ID, User: m.user.ID,
		CreatedAt: noon(), ExpiresAt: noon().Add(time.Hour),
	}
	err := admin.Apply(t.Context(), identity.NewTenant{Tenant: tenant}, identity.NewUser{User: m.user},
		identity.PutCredential{Credential: m.cred}, identity.PutToken{Token: m.token})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// guarded is a change that a fail-over must not undo, and what its repetition is told.
type guarded struct {
	make func() error
	then error
}

func (m *member) guarded() map[string]guarded {
	next := m.cred
	next.Version++
	sub := m.user.Subject()
	return map[string]guarded{
		"a step of a one-time password": {func() error {
			return m.admin.Record(m.Context(), identity.AdvanceCredential{Credential: next})
		}, store.ErrConflict},
		"a link": {func() error {
			return m.admin.Apply(m.Context(), identity.ConsumeToken{Selector: m.token.Selector, Digest: m.token.Digest, Purpose: m.token.Purpose, Now: noon()})
		}, store.ErrNotFound},
		"a suspension": {func() error {
			return m.admin.Apply(m.Context(), identity.Transition{Subject: sub, From: identity.Active, To: identity.Suspended})
		}, store.ErrConflict},
		"a second role of one name": {func() error {
			return m.admin.Apply(m.Context(), identity.RequireNoRole{Tenant: sub.Tenant, Role: "editor"},
				identity.PutGrant{Grant: identity.Grant{Tenant: sub.Tenant, User: sub.User, Role: "editor", Version: 1, At: noon(), By: sub.User}})
		}, store.ErrExists},
	}
}

// While the replica is silent, nothing that guards an account is acknowledged, and
// whoever repeats it is not told that it was made either. That somebody signed in is.
//
// SES-210, STO-029
func TestAccounts_wait_for_a_replica(t *testing.T) {
	t.Parallel()
	primary, replica := pair(t)
	b := (&server{url: primary.URL}).open(t)
	m := newMember(t, b.Stores().Identity)
	if err := replica.Pause(); err != nil {
		t.Fatal(err)
	}
	changes := m.guarded()
	for what, g := range changes {
		for range 2 {
			if err := g.make(); !errors.Is(err, valkey.ErrNotDurable) || !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s, without a replica: %v", what, err)
			}
		}
	}
	other := (&server{url: primary.URL}).open(t, valkey.WithPrefix("another"))
	err := other.Stores().Identity.Apply(t.Context(), identity.ConsumeToken{
		Selector: m.token.Selector, Digest: m.token.Digest, Purpose: m.token.Purpose, Now: noon(),
	})
	if !errors.Is(err, valkey.ErrNotDurable) {
		t.Errorf("who looks first, and finds nothing to write: %v", err)
	}
	a, err := m.admin.AccountByID(t.Context(), m.user.Subject())
	if err != nil || a.User.State != identity.Suspended || a.Credentials[0].Version != 2 {
		t.Errorf("what was made is there: %+v, %v", a, err)
	}
	row := fullRow()
	if err := m.admin.Record(t.Context(), identity.Append{Row: row}); err != nil {
		t.Errorf("an event: %v", err)
	}
	if err := replica.Resume(); err != nil {
		t.Fatal(err)
	}
	for what, g := range changes {
		if err := g.make(); !errors.Is(err, g.then) {
			t.Errorf("%s, repeated with a replica: %v", what, err)
		}
	}
}

// A guess that failed is counted on the replica before it is answered; one that passed
// needs none.
//
// SES-210
func TestLedger_waits_for_a_replica(t *testing.T) {
	t.Parallel()
	primary, replica := pair(t)
	g := (&server{url: primary.URL}).open(t).Stores().Throttle
	levers := []authn.Lever{{Key: authn.Key{1}, Policy: authn.LockPolicy{
		Threshold: 5, Window: time.Hour, Lock: time.Minute, Factor: 2, Cap: time.Hour, Decay: time.Hour,
	}}}
	if err := replica.Pause(); err != nil {
		t.Fatal(err)
	}
	for verdict, want := range map[authn.Verdict]error{authn.Failed: valkey.ErrNotDurable, authn.Passed: nil, authn.Cleared: nil} {
		r, err := g.Reserve(t.Context(), authn.Attempt{Levers: levers}, noon())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Commit(t.Context(), r, verdict, levers, noon()); !errors.Is(err, want) {
			t.Errorf("verdict %v without a replica: %v", verdict, err)
		}
	}
}

// A replica that comes after the backend was opened is waited for as soon as a check
// has seen it, and still when it has gone.
//
// SES-210
func TestCheck_finds_a_new_replica(t *testing.T) {
	t.Parallel()
	primary, err := dbtest.Redis("--repl-timeout", "2", "--repl-ping-replica-period", "1")
	dbtest.Need(t, err)
	t.Cleanup(func() { stopped(t, primary) })
	b := (&server{url: primary.URL}).open(t)
	m := newMember(t, b.Stores().Identity)
	replica, err := dbtest.RedisReplica(primary)
	dbtest.Need(t, err)
	if err := b.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := replica.Stop(); err != nil {
		t.Fatal(err)
	}
	for what, g := range m.guarded() {
		if err := g.make(); !errors.Is(err, valkey.ErrNotDurable) {
			t.Errorf("%s, the replica has gone: %v", what, err)
		}
	}
	if err := b.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// What was acknowledged is on the replica when the primary dies at once.
//
// SES-210
func TestAccounts_survive_the_primary(t *testing.T) {
	t.Parallel()
	primary, replica := pair(t)
	b := (&server{url: primary.URL}).open(t, valkey.WithPrefix("promoted"))
	people := make([]*member, 4)
	for i := range people {
		people[i] = newMember(t, b.Stores().Identity)
		for what, g := range people[i].guarded() {
			if err := g.make(); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
	}
	if err := primary.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := replica.Say("REPLICAOF", "NO", "ONE"); err != nil {
		t.Fatal(err)
	}
	after := (&server{url: replica.URL}).open(t, valkey.WithPrefix("promoted")).Stores().Identity
	for _, m := range people {
		m.admin = after
		for what, g := range m.guarded() {
			if err := g.make(); !errors.Is(err, g.then) {
				t.Errorf("%s, again after the fail-over: %v", what, err)
			}
		}
	}
}

func fullRow() store.Row {
	return store.Row{ID: entropy.Bytes16(entropy.System()), At: noon(), Topic: store.TopicMail, Body: []byte("body")}
}
