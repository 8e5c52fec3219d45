// Package sqltest holds what the tests of all adapters that speak SQL do alike: each
// has its own migrations of one schema.
//
//	b := open(t, dsn)
//	sqltest.Before(t, b.Stores(), func(text string, args ...any) {
//		if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
//			t.Fatal(err)
//		}
//	})
//
// What the ports promise is package store/storetest.
//
// Requirements: STO-068.
package sqltest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

func at(d time.Duration) time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(d) }

// before is a database on which the release before and this one run.
type before struct {
	*testing.T
	id   backend.Identity
	exec func(string, ...any)
	sub  identity.Subject
	// mark is the handle of the user and the digest of the token.
	mark     [32]byte
	selector [16]byte
}

// Before holds a schema to the release before it, which runs on it while the nodes of
// a service are exchanged (STO-068): what that one writes is found, with the default
// of everything that it does not know, and what it erases is gone. exec sends a
// statement whose parameters are question marks: bytes, texts and integers.
func Before(t *testing.T, s backend.Stores, exec func(text string, args ...any)) {
	t.Helper()
	src := entropy.System()
	b := &before{
		T: t, id: s.Identity, exec: exec, mark: entropy.Bytes32(src), selector: entropy.Bytes16(src),
		sub: identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)},
	}
	b.write()
	b.read()
	b.erase()
}

func (b *before) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *before) equal(what string, got, want any) {
	b.Helper()
	if !reflect.DeepEqual(got, want) {
		b.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

// write sends the statements of the release before.
func (b *before) write() {
	tenant, user, zero := b.sub.Tenant.Bytes(), b.sub.User.Bytes(), make([]byte, 16)
	now, never := at(0).UnixMicro(), time.Time{}.UnixMicro()
	b.exec(`INSERT INTO axess_tenants (id, slug, display_name, status, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)`,
		tenant[:], "before", "Before", int64(identity.TenantActive), now, now)
	b.exec(`INSERT INTO axess_users (tenant_id, id, display_name, state, reason, since, until, webauthn_handle, audit_handle,
 created_by, created_at, updated_by, updated_at, last_login_at, email_verified_at, language)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		tenant[:], user[:], "Ada", int64(identity.Active), "", now, never, b.mark[:], b.selector[:],
		zero, now, zero, now, never, never, "")
	b.exec(`INSERT INTO axess_methods (tenant_id, user_id, name, priority, enabled, reason, steps) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		tenant[:], user[:], "own", int64(1), int64(1), "self", []byte("\x01\x01\x02\x01\x08password"))
	b.exec(`INSERT INTO axess_tokens (selector, digest, purpose, tenant_id, user_id, address, created_at, expires_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		b.selector[:], b.mark[:], string(identity.TokenSignUp), tenant[:], user[:], "ada@example.test", now, now+1000)
}

// read finds what was written, with defaults.
func (b *before) read() {
	ctx := b.Context()
	view, err := b.id.TenantByID(ctx, b.sub.Tenant)
	b.must(err)
	b.equal("tenant", view.Tenant, identity.Tenant{
		ID: b.sub.Tenant, Slug: "before", DisplayName: "Before", Status: identity.TenantActive, Version: 1, CreatedAt: at(0), UpdatedAt: at(0),
	})
	account, err := b.id.AccountByHandle(ctx, b.sub.Tenant, b.mark)
	b.must(err)
	b.equal("methods", account.Methods, []identity.Method{{
		Name: "own", Priority: 1, Enabled: true, Reason: "self", Steps: []identity.Step{identity.Required("password")},
	}})
	token, err := b.id.TokenBySelector(ctx, b.selector)
	b.must(err)
	b.equal("tries", token.Tries, 0)
	n, err := b.id.Sweep(ctx, at(time.Hour), 10)
	b.must(err)
	b.equal("swept, though nothing is over", n, 0)
	b.must(b.id.Apply(ctx,
		identity.CountTry{Selector: b.selector, Digest: b.mark, Purpose: identity.TokenSignUp, Max: 1, Now: at(0)},
		identity.UpdateTenant{Tenant: b.sub.Tenant, Expect: 1, Slug: "before", DisplayName: "After", At: at(0)}))
}

// erase removes a user like the release before, which does not know all that there
// is, and then the tenant like this one.
func (b *before) erase() {
	ctx, tenant, user := b.Context(), b.sub.Tenant.Bytes(), b.sub.User.Bytes()
	link := identity.Link{Tenant: b.sub.Tenant, User: b.sub.User, Issuer: "issuer.example", External: "ada", At: at(0), By: b.sub.User}
	policy := identity.Policy{
		Scope: identity.UserScope(b.sub), Kind: "lockout", Version: 1, Reason: "test", By: b.sub.User, At: at(0),
	}
	b.must(b.id.Apply(ctx, identity.PutLink{Link: link}, identity.PutPolicy{Policy: policy}))
	b.exec(`DELETE FROM axess_tokens WHERE tenant_id = ? AND user_id = ?`, tenant[:], user[:])
	b.exec(`DELETE FROM axess_methods WHERE tenant_id = ? AND user_id = ?`, tenant[:], user[:])
	b.exec(`DELETE FROM axess_users WHERE tenant_id = ? AND id = ?`, tenant[:], user[:])
	if _, err := b.id.AccountByLink(ctx, b.sub.Tenant, link.Issuer, link.External); !errors.Is(err, store.ErrNotFound) {
		b.Errorf("the link of one who is gone: %v", err)
	}
	b.must(b.id.Apply(ctx, identity.MoveTenant{
		Tenant: b.sub.Tenant, From: identity.TenantActive, To: identity.TenantDeleting,
		Detail: identity.TenantDetail{Since: at(0), PurgeAt: at(0)},
	}, identity.DropTenant{Tenant: b.sub.Tenant, Now: at(0)}))
}
