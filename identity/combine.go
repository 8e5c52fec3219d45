package identity

import "context"

// Combine answers what may be a moment old from a replica, and everything else from
// the primary (IDN-064). A replica that lags behind shows a login yesterday's name or
// method; what a login is decided by, the account by its id, comes from the primary
// at every step, and so do roles and one-time tokens, of which the mail may arrive
// before the replica knows them.
func Combine(replica Lookup, primary AuthnLog) AuthnLog { return combined{primary, replica} }

// combined lists what the replica answers: a verb that is added to [Lookup] goes to
// the primary until somebody decides otherwise.
type combined struct {
	AuthnLog
	replica Lookup
}

// TenantByID implements [Lookup].
func (c combined) TenantByID(ctx context.Context, t TenantID) (TenantView, error) {
	return c.replica.TenantByID(ctx, t)
}

// TenantBySlug implements [Lookup].
func (c combined) TenantBySlug(ctx context.Context, slug string) (TenantView, error) {
	return c.replica.TenantBySlug(ctx, slug)
}

// AccountByIdentifier implements [Lookup].
func (c combined) AccountByIdentifier(ctx context.Context, t TenantID, kind IdentifierKind, canonical string) (Account, error) {
	return c.replica.AccountByIdentifier(ctx, t, kind, canonical)
}

// AccountByHandle implements [Lookup].
func (c combined) AccountByHandle(ctx context.Context, t TenantID, handle [32]byte) (Account, error) {
	return c.replica.AccountByHandle(ctx, t, handle)
}

// AccountByLink implements [Lookup].
func (c combined) AccountByLink(ctx context.Context, t TenantID, issuer, external string) (Account, error) {
	return c.replica.AccountByLink(ctx, t, issuer, external)
}

// Users implements [Lookup].
func (c combined) Users(ctx context.Context, t TenantID, after UserCursor, limit int) ([]User, error) {
	return c.replica.Users(ctx, t, after, limit)
}
