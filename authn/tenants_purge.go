package authn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

const (
	// purgeBatch is how many people one commit erases.
	purgeBatch = 20
	// purgeLag keeps a purge away from the last moment of a restore, whose clock may
	// be another node's.
	purgeLag = 5 * time.Minute
)

// Purge removes for good what deleted tenants hold whose time came five minutes ago
// or earlier, at most limit (from 1) people, and reports how many; fewer than limit
// means that nothing is left. It may run on every node at once and be ended at any
// time: each commit erases some people with all that belongs to them, or the tenant
// when it has nobody left, together with an event in the log of the system tenant
// that counts them (IDN-035). A tenant that was restored meanwhile loses nobody.
//
// Their sessions ended when the deletion began; the sweep of the sessions removes
// them. Epochs and the tenant's own events stay. Errors: store errors.
func (t *Tenants) Purge(ctx context.Context, now time.Time, limit int) (int, error) {
	if now.IsZero() || limit < 1 {
		return 0, wrapped("purge", store.ErrBadArgument)
	}
	h, err := identity.System("purge of deleted tenants")
	if err != nil {
		return 0, wrapped("purge", err)
	}
	op, err := identity.Operate(h)
	if err != nil {
		return 0, wrapped("purge", err)
	}
	gone, after := 0, ""
	for gone < limit {
		page, err := t.a.admin.Tenants(ctx, op, after, identity.MaxPage)
		if err != nil {
			return gone, wrapped("purge", err)
		}
		for _, x := range page {
			if !purgeable(x, now) || gone >= limit {
				continue
			}
			n, err := t.purge(ctx, x.ID, now, limit-gone)
			gone += n
			if err != nil {
				return gone, wrapped("purge", err)
			}
		}
		if len(page) < identity.MaxPage {
			break
		}
		after = page[len(page)-1].Slug
	}
	return gone, nil
}

func purgeable(x identity.Tenant, now time.Time) bool {
	return x.Status == identity.TenantDeleting && !x.Detail.PurgeAt.IsZero() && !now.Before(x.Detail.PurgeAt.Add(purgeLag)) &&
		x.ID != identity.SystemTenant
}

// purge goes on with one tenant until it is gone or limit people are. What another
// node has removed meanwhile is looked at again.
func (t *Tenants) purge(ctx context.Context, id identity.TenantID, now time.Time, limit int) (int, error) {
	const tries = 8
	gone, lost := 0, 0
	for gone < limit {
		n, over, err := t.purgeStep(ctx, id, now, min(purgeBatch, limit-gone))
		gone += n
		switch {
		case errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound):
			if lost++; lost == tries {
				return gone, err
			}
		case err != nil || over:
			return gone, err
		default:
			lost = 0
		}
	}
	return gone, nil
}

// purgeStep is one commit. The epoch that it is conditioned on is read first: a
// restore raises it. over says that there is nothing to do here any more.
func (t *Tenants) purgeStep(ctx context.Context, id identity.TenantID, now time.Time, limit int) (gone int, over bool, err error) {
	a := t.a
	before, err := a.sessions.Epochs(ctx, identity.Subject{Tenant: id, User: identity.SystemUser})
	if err != nil {
		return 0, false, err
	}
	view, err := a.ident.TenantByID(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !purgeable(view.Tenant, now) {
		return 0, true, nil
	}
	if err != nil {
		return 0, false, err
	}
	users, err := a.ident.Users(ctx, id, identity.UserCursor{}, limit)
	if err != nil {
		return 0, false, err
	}
	count := audit.TenantPurged{Purged: id, Phase: audit.PurgeUsers, Users: len(users)}
	changes := []identity.Change{identity.RaiseEpoch{Scope: identity.TenantScope(id), Check: true, From: before.Tenant}}
	for _, u := range users {
		acct, err := a.ident.AccountByID(ctx, u.Subject())
		if err != nil {
			return 0, false, fmt.Errorf("account: %w", err)
		}
		count.Credentials += len(acct.Credentials)
		count.Methods += len(acct.Methods)
		count.Policies += len(acct.Policies)
		count.Links += len(acct.Links)
		count.Grants += len(acct.Grants)
		changes = append(changes, identity.EraseUser{Subject: u.Subject(), From: acct.User.State})
	}
	if len(users) == 0 {
		count.Phase, count.Methods, count.Policies = audit.PurgeTenant, len(view.Methods), len(view.Policies)
		changes = append(changes, identity.DropTenant{Tenant: id, Now: now})
	}
	changes = append(changes, a.events.changes(a.events.tenant(ctx, identity.SystemTenant, count))...)
	if err := a.admin.Apply(ctx, changes...); err != nil && !errors.Is(err, identity.ErrNotRevoked) {
		return 0, false, err
	}
	return len(users), len(users) == 0, nil // an epoch that is still owed ends nobody who is there
}
