package sqlstore

import (
	"context"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

const (
	selectLinks = `SELECT issuer, external_id, at, by_user, mac FROM axess_links
WHERE tenant_id = ? AND user_id = ? ORDER BY issuer, external_id`

	insertLink = `INSERT INTO axess_links (tenant_id, issuer, external_id, user_id, at, by_user, mac)
VALUES (?, ?, ?, ?, ?, ?, ?)`

	deleteLink = `DELETE FROM axess_links WHERE tenant_id = ? AND issuer = ? AND external_id = ? AND user_id = ?`

	countLinks = `SELECT COUNT(*) FROM axess_links WHERE tenant_id = ? AND user_id = ?`
)

func linksOf(ctx context.Context, l *lane, s identity.Subject) ([]identity.Link, error) {
	return rows(ctx, l, selectLinks, []any{s.Tenant, s.User}, func(k *identity.Link) []any {
		k.Tenant, k.User = s.Tenant, s.User
		return []any{&k.Issuer, &k.External, moment{&k.At}, &k.By, exact(k.MAC[:])}
	})
}

// putLink counts under the lock of the user, so that two at once do not both find
// room.
func putLink(ctx context.Context, l *lane, k *identity.Link) error {
	if err := holdUser(ctx, l, k.Subject()); err != nil {
		return err
	}
	_, err := l.exec(ctx, insertLink, k.Tenant, k.Issuer, k.External, k.User, micro(k.At), k.By, id32(k.MAC))
	if err != nil {
		return refused(err)
	}
	var n int
	if err := l.scan(ctx, countLinks, []any{k.Tenant, k.User}, &n); err != nil {
		return err
	}
	if n > identity.MaxLinks {
		return store.ErrTooLarge
	}
	return nil
}

func dropLink(ctx context.Context, l *lane, c *identity.DropLink) error {
	n, err := l.exec(ctx, deleteLink, c.Subject.Tenant, c.Issuer, c.External, c.Subject.User)
	if err == nil && n != 1 {
		return store.ErrNotFound
	}
	return err
}
