package sqlstore

import (
	"context"
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

const (
	selectIdentifiers = `SELECT kind, typed, canonical FROM axess_identifiers
WHERE tenant_id = ? AND user_id = ? ORDER BY place`

	insertIdentifier = `INSERT INTO axess_identifiers (tenant_id, kind, canonical, user_id, place, typed)
VALUES (?, ?, ?, ?, ?, ?)`

	deleteIdentifiers = `DELETE FROM axess_identifiers WHERE tenant_id = ? AND user_id = ?`

	updateNamed = `UPDATE axess_users SET email_verified_at = COALESCE(?, email_verified_at), updated_by = ?, updated_at = ?
WHERE tenant_id = ? AND id = ?`
)

func identifiersOf(ctx context.Context, l *lane, s identity.Subject) ([]identity.Identifier, error) {
	return rows(ctx, l, selectIdentifiers, []any{s.Tenant, s.User}, func(i *identity.Identifier) []any {
		return []any{(*string)(&i.Kind), &i.Typed, &i.Canonical}
	})
}

// putIdentifiers stores names in their order; store.ErrExists if somebody of the
// tenant has one of them (IDN-I5).
func putIdentifiers(ctx context.Context, l *lane, s identity.Subject, list []identity.Identifier) error {
	for place, i := range list {
		if _, err := l.exec(ctx, insertIdentifier, s.Tenant, string(i.Kind), i.Canonical, s.User, place, i.Typed); err != nil {
			return refused(err)
		}
	}
	return nil
}

// setIdentifiers reads the names that there are under the lock of their owner: who
// else replaces them waits, and finds others than it has seen.
func setIdentifiers(ctx context.Context, l *lane, c *identity.SetIdentifiers) error {
	s := c.Subject
	if err := holdUser(ctx, l, s); err != nil {
		return err
	}
	are, err := identifiersOf(ctx, l, s)
	if err != nil {
		return err
	}
	if !sameNames(are, c.Was) {
		return store.ErrConflict
	}
	if _, err := l.exec(ctx, deleteIdentifiers, s.Tenant, s.User); err != nil {
		return err
	}
	if err := putIdentifiers(ctx, l, s, c.Next); err != nil {
		return err
	}
	_, err = l.exec(ctx, updateNamed, when(c.EmailVerifiedAt), c.By, micro(c.At), s.Tenant, s.User)
	return err
}

// sameNames reports equal keys in any order; no list has one twice.
func sameNames(a, b []identity.Identifier) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(x identity.Identifier) bool {
		return !slices.ContainsFunc(b, func(y identity.Identifier) bool { return x.Kind == y.Kind && x.Canonical == y.Canonical })
	})
}
