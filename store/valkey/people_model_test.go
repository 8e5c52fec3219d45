package valkey_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/valkey"
)

func minute(minutes int) time.Time {
	return time.Date(2026, 3, 1, 12, minutes, 0, 0, time.UTC)
}

// cast is who random changes are about: few, so that they meet.
type cast struct {
	rnd    *rand.Rand
	tenant identity.Tenant
	users  []identity.User
}

func newCast(seed uint64) *cast {
	src := entropy.Seeded(seed)
	c := &cast{rnd: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // a test repeats its run
	c.tenant = identity.Tenant{ID: identity.NewTenantID(src), Slug: "acme", Status: identity.TenantActive, CreatedAt: minute(0), UpdatedAt: minute(0)}
	for i := range 3 {
		name := fmt.Sprintf("user-%d", i/2) // two of them want one name
		c.users = append(c.users, identity.User{
			ID: identity.NewUserID(src), Tenant: c.tenant.ID, DisplayName: "Somebody", State: identity.Candidate,
			Identifiers:    []identity.Identifier{{Kind: identity.Username, Typed: name, Canonical: name}},
			WebAuthnHandle: entropy.Bytes32(src), AuditHandle: entropy.Bytes16(src), CreatedAt: minute(i), UpdatedAt: minute(i),
		})
	}
	return c
}

func (c *cast) change() identity.Change {
	u := c.users[c.rnd.IntN(len(c.users))]
	n := uint64(c.rnd.IntN(3)) //nolint:gosec // small
	id := identity.FromNamespaced[identity.CredentialID]("model", fmt.Sprint(u.ID, c.rnd.IntN(2)))
	cred := identity.Credential{
		ID: id, Tenant: u.Tenant, User: u.ID, Kind: "password", State: identity.CredentialActive, Version: n + 1,
		CreatedAt: minute(int(id.Bytes()[0])), Body: []byte{byte(n)}, MAC: [32]byte{byte(n)},
	}
	token := identity.Token{
		Selector: [16]byte{1, byte(c.rnd.IntN(4))}, Digest: [32]byte{1}, Purpose: identity.TokenSignUp, Tenant: u.Tenant, User: u.ID,
		CreatedAt: minute(0), ExpiresAt: minute(c.rnd.IntN(5)),
	}
	grant := identity.Grant{Tenant: u.Tenant, User: u.ID, Role: "editor", Version: n + 1, At: minute(1), By: u.ID}
	link := identity.Link{Tenant: u.Tenant, User: u.ID, Issuer: "issuer.example", External: fmt.Sprint("e", n), At: minute(1), By: u.ID}
	states := []identity.UserState{identity.Active, identity.Suspended, identity.Terminated}
	all := []identity.Change{
		identity.NewTenant{Tenant: c.tenant}, identity.NewUser{User: u}, identity.NewUser{User: u},
		identity.Transition{Subject: u.Subject(), From: identity.Candidate, To: identity.Active},
		identity.Transition{Subject: u.Subject(), From: identity.Active, To: identity.Suspended},
		identity.SetLanguage{Subject: u.Subject(), Language: "de", By: u.ID, At: minute(2)},
		identity.SetDisplayName{Subject: u.Subject(), DisplayName: "Grace", By: u.ID, At: minute(2)},
		identity.SetIdentifiers{Subject: u.Subject(), Was: c.name(0), Next: c.name(c.rnd.IntN(2)), By: u.ID, At: minute(3)},
		identity.UpdateTenant{Tenant: u.Tenant, Expect: n + 1, Slug: []string{"acme", "umbrella"}[n%2], At: minute(2)},
		identity.MoveTenant{Tenant: u.Tenant, From: identity.TenantActive, To: identity.TenantSuspended, Detail: identity.TenantDetail{Since: minute(1)}},
		identity.MoveTenant{Tenant: u.Tenant, From: identity.TenantSuspended, To: identity.TenantActive, Detail: identity.TenantDetail{Since: minute(1)}},
		identity.MoveTenant{
			Tenant: u.Tenant, From: identity.TenantSuspended, To: identity.TenantDeleting,
			Detail: identity.TenantDetail{Since: minute(1), PurgeAt: minute(2)},
		},
		identity.MoveTenant{Tenant: u.Tenant, From: identity.TenantDeleting, To: identity.TenantSuspended, Detail: identity.TenantDetail{Since: minute(1)}},
		identity.DropTenant{Tenant: u.Tenant, Now: minute(int(n) + 1)}, //nolint:gosec // small
		identity.PutPolicy{Policy: identity.Policy{
			Scope: identity.UserScope(u.Subject()), Kind: "lockout", Version: n + 1, Reason: "r", By: u.ID, At: minute(1), ExpiresAt: minute(int(n)), //nolint:gosec // small
		}, Expect: n},
		identity.PutPolicy{Policy: identity.Policy{Scope: identity.TenantScope(u.Tenant), Kind: "lockout", Version: n + 1, By: u.ID, At: minute(1)}, Expect: n},
		identity.DropPolicy{Scope: identity.UserScope(u.Subject()), Kind: "lockout", Expect: n + 1},
		identity.PutLink{Link: link}, identity.DropLink{Subject: u.Subject(), Issuer: link.Issuer, External: link.External},
		identity.CountTry{Selector: token.Selector, Digest: token.Digest, Purpose: token.Purpose, Max: 2, Now: minute(1)},
		identity.PutToken{Token: token, Keep: 2}, identity.VoidTokens{Subject: u.Subject()},
		identity.PutCredential{Credential: cred, Expect: n}, identity.DropCredential{Subject: u.Subject(), ID: id, Expect: n + 1},
		identity.VoidCredentials{Subject: u.Subject()},
		identity.PutMethod{Scope: identity.TenantScope(u.Tenant), Method: identity.Method{Name: "m", Priority: int(n)}, Remove: n == 2}, //nolint:gosec // small
		identity.PutGrant{Grant: grant, Expect: n}, identity.DropGrant{Subject: u.Subject(), Role: "editor", Expect: n + 1},
		identity.RequireNoRole{Tenant: u.Tenant, Role: "editor"},
		identity.PutToken{Token: token}, identity.ConsumeToken{Selector: token.Selector, Digest: token.Digest, Purpose: token.Purpose, Now: minute(1)},
		identity.VoidTokens{Subject: u.Subject(), Purpose: identity.TokenSignUp},
		identity.EraseUser{Subject: u.Subject(), From: states[c.rnd.IntN(len(states))]},
		identity.RecordLogin{Subject: u.Subject(), At: minute(c.rnd.IntN(9)), Used: []identity.CredentialID{id}},
		identity.Append{Row: store.Row{ID: [16]byte{2, byte(c.rnd.IntN(30))}, At: minute(int(n)), Topic: store.TopicMail, Body: []byte("b")}}, //nolint:gosec // small
	}
	return all[c.rnd.IntN(len(all))]
}

// name is a list of one name that two users want.
func (c *cast) name(i int) []identity.Identifier { return c.users[2*i].Identifiers }

// seen is what the ports show of the cast.
func (c *cast) seen(t *testing.T, id backend.Identity) []any {
	t.Helper()
	var out []any
	note := func(v any, err error) {
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%+v", v), err == nil)
	}
	note(id.TenantBySlug(t.Context(), "acme"))
	note(id.TenantBySlug(t.Context(), "umbrella"))
	note(id.HasRole(t.Context(), c.tenant.ID, "editor"))
	note(id.Users(t.Context(), c.tenant.ID, identity.UserCursor{}, 2))
	for i := range 3 {
		note(id.AccountByLink(t.Context(), c.tenant.ID, "issuer.example", fmt.Sprint("e", i)))
	}
	for _, u := range c.users {
		note(id.AccountByID(t.Context(), u.Subject()))
		note(id.AccountByHandle(t.Context(), u.Tenant, u.WebAuthnHandle))
		note(id.AccountByIdentifier(t.Context(), u.Tenant, identity.Username, u.Identifiers[0].Canonical))
	}
	for i := range 4 {
		note(id.TokenBySelector(t.Context(), [16]byte{1, byte(i)}))
	}
	note(id.Overdue(t.Context(), minute(60*24*30), 9))
	note(id.CredentialKids(t.Context()))
	return out
}

// The same changes in the same order leave the same, and are refused alike, down to
// the change that is named.
//
// STO-011, IDN-066
func TestPeople_do_what_memory_does(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		c := newCast(seed)
		model, server := memory.New(memory.Config{}).Stores().Identity, single.open(t).Stores().Identity
		for step := range 250 {
			var set []identity.Change
			for range 1 + c.rnd.IntN(4) {
				set = append(set, c.change())
			}
			want, got := model.Apply(t.Context(), set...), server.Apply(t.Context(), set...)
			if verdict(want) != verdict(got) {
				t.Fatalf("seed %d, step %d, %+v:\n got %v\nwant %v", seed, step, set, got, want)
			}
			if step%10 == 0 {
				if want, got := c.seen(t, model), c.seen(t, server); !reflect.DeepEqual(want, got) {
					t.Fatalf("seed %d, step %d, after %+v:\n got %v\nwant %v", seed, step, set, got, want)
				}
			}
		}
	}
}

// verdict is an error without the backend's name.
func verdict(err error) string {
	var failed *identity.ChangeError
	if errors.As(err, &failed) {
		return failed.Error()
	}
	return fmt.Sprint(err)
}

// Two processes race as the goroutines of one do.
//
// IDN-067, FAC-I11, AUN-043, PRD-062
func TestPeople_of_two_clients_win_once(t *testing.T) {
	t.Parallel()
	prefix := fmt.Sprintf("two%d", prefixes.Add(1))
	clients := []backend.Identity{
		cluster.open(t, valkey.WithPrefix(prefix)).Stores().Identity, cluster.open(t, valkey.WithPrefix(prefix)).Stores().Identity,
	}
	c := newCast(7)
	u := c.users[0]
	cred := identity.Credential{
		ID: identity.NewCredentialID(entropy.Seeded(9)), Tenant: u.Tenant, User: u.ID, Kind: "totp", State: identity.CredentialActive, Version: 1,
	}
	token := identity.Token{Selector: [16]byte{1}, Digest: [32]byte{1}, Purpose: identity.TokenClaim, Tenant: u.Tenant, User: u.ID, ExpiresAt: minute(9)}
	if err := clients[0].Apply(t.Context(), identity.NewTenant{Tenant: c.tenant}, identity.NewUser{User: u},
		identity.PutCredential{Credential: cred}, identity.PutToken{Token: token}); err != nil {
		t.Fatal(err)
	}
	next := cred
	next.Version = 2
	for what, set := range map[string][]identity.Change{
		"consume": {identity.ConsumeToken{Selector: token.Selector, Digest: token.Digest, Purpose: token.Purpose, Now: minute(0)}},
		"advance": {identity.AdvanceCredential{Credential: next}},
		"claim": {
			identity.RequireNoRole{Tenant: u.Tenant, Role: identity.RoleAdmin},
			identity.PutGrant{Grant: identity.Grant{Tenant: u.Tenant, User: u.ID, Role: identity.RoleAdmin, Version: 1, At: minute(0), By: u.ID}},
		},
	} {
		errs := make([]error, 64)
		var done sync.WaitGroup
		for i := range errs {
			done.Go(func() { errs[i] = clients[i%2].Apply(t.Context(), set...) })
		}
		done.Wait()
		won := 0
		for _, err := range errs {
			var failed *identity.ChangeError
			if err == nil {
				won++
			} else if !errors.As(err, &failed) {
				t.Errorf("%s: %v is no condition", what, err)
			}
		}
		if won != 1 {
			t.Errorf("%s: %d have won", what, won)
		}
	}
}

// Alone the group refuses what it cannot keep: the epochs are in another slot.
//
// SES-196
func TestPeople_refuse_a_raise(t *testing.T) {
	t.Parallel()
	id := single.open(t).Stores().Identity
	err := id.Apply(t.Context(), identity.Append{Row: store.Row{ID: [16]byte{1}, Topic: store.TopicMail}}, identity.RaiseEpoch{Scope: identity.GlobalScope()})
	var failed *identity.ChangeError
	if !errors.Is(err, store.ErrBadArgument) || !errors.As(err, &failed) || failed.Index != 1 {
		t.Errorf("got %v, want ErrBadArgument of change 1", err)
	}
	if rows, err := id.Lease(t.Context(), store.TopicMail, 1, minute(0), minute(1)); err != nil || len(rows) > 0 {
		t.Errorf("a refused change set has left %v, %v", rows, err)
	}
}
