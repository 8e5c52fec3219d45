package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

const (
	insertCredential = `INSERT INTO axess_credentials
 (tenant_id, user_id, id, kind, state, version, created_at, body, mac, label, last_used_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	updateCredential = `UPDATE axess_credentials SET kind = ?, state = ?, version = ?, created_at = ?, body = ?, mac = ?,
 label = ?, last_used_at = ?
WHERE tenant_id = ? AND user_id = ? AND id = ? AND version = ?`

	// A label that was edited meanwhile stays (decisions of the person are outside
	// version and MAC).
	advanceCredential = `UPDATE axess_credentials SET version = ?, state = ?, body = ?, mac = ?, last_used_at = ?
WHERE tenant_id = ? AND user_id = ? AND id = ? AND version = ?`

	deleteCredential = `DELETE FROM axess_credentials WHERE tenant_id = ? AND user_id = ? AND id = ? AND version = ?`

	deleteCredentials = `DELETE FROM axess_credentials WHERE tenant_id = ? AND user_id = ?`

	selectCredential = `SELECT version FROM axess_credentials WHERE tenant_id = ? AND user_id = ? AND id = ?`
)

func putCredential(ctx context.Context, l *lane, p *identity.PutCredential) error {
	c := &p.Credential
	if p.Expect == 0 {
		_, err := l.exec(ctx, insertCredential, c.Tenant, c.User, c.ID, string(c.Kind), int64(c.State), int64(c.Version),
			micro(c.CreatedAt), blob(c.Body), id32(c.MAC), c.Label, micro(c.LastUsedAt))
		return refused(err)
	}
	n, err := l.exec(ctx, updateCredential, string(c.Kind), int64(c.State), int64(c.Version), micro(c.CreatedAt),
		blob(c.Body), id32(c.MAC), c.Label, micro(c.LastUsedAt), c.Tenant, c.User, c.ID, int64(p.Expect))
	return overtaken(ctx, l, n, err, selectCredential, c.Tenant, c.User, c.ID)
}

func dropCredential(ctx context.Context, l *lane, d *identity.DropCredential) error {
	n, err := l.exec(ctx, deleteCredential, d.Subject.Tenant, d.Subject.User, d.ID, int64(d.Expect))
	return overtaken(ctx, l, n, err, selectCredential, d.Subject.Tenant, d.Subject.User, d.ID)
}

// advance writes what a verification changed: state, body, MAC, version and the time
// of use, nothing else (AUN-043).
func advance(ctx context.Context, l *lane, c *identity.Credential) error {
	n, err := l.exec(ctx, advanceCredential, int64(c.Version), int64(c.State), blob(c.Body), id32(c.MAC), micro(c.LastUsedAt),
		c.Tenant, c.User, c.ID, int64(c.Version-1))
	return overtaken(ctx, l, n, err, selectCredential, c.Tenant, c.User, c.ID)
}

// overtaken says why a write conditioned on a version has found no row: it is gone,
// or another writer was first. text reads the version of the row with the key.
func overtaken(ctx context.Context, l *lane, n int64, err error, text string, key ...any) error {
	if err != nil || n == 1 {
		return err
	}
	var version uint64
	err = l.scan(ctx, text, key, number{&version})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return store.ErrNotFound
	case err != nil:
		return err
	}
	return store.ErrConflict
}
