package authn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// claimLife is how long a claim link works (PRD-060).
const claimLife = 24 * time.Hour

// Errors of the claim.
var (
	// ErrAdminExists means that there is nothing to claim: an account holds the
	// administrator's role.
	ErrAdminExists = errors.New("authn: there is an administrator already")
	// ErrIdentifierTaken means that an account has the address. Only the holder of
	// a claim link is told.
	ErrIdentifierTaken = errors.New("authn: the address belongs to an account")
)

// ClaimLink mints the link with which somebody becomes the first administrator,
// an absolute address that works for 24 h. All earlier links are void. Who prints
// or stores it must keep it from everybody else: it is worth the whole program.
// Errors: ErrAdminExists, store errors.
func (a *Accounts) ClaimLink(ctx context.Context) (string, error) {
	l, now, tenant := newLink(a.entropy), a.clock.Now(), a.tenantOf(ctx, identity.TenantID{})
	err := a.admin.Apply(ctx,
		identity.RequireNoRole{Tenant: tenant, Role: identity.RoleAdmin},
		a.voidClaims(tenant),
		identity.PutToken{Token: a.tokens.sealed(identity.Token{
			Purpose: identity.TokenClaim, Tenant: tenant, User: identity.SystemUser,
			CreatedAt: now, ExpiresAt: now.Add(claimLife),
		}, l)})
	if failedAt(err, 0, store.ErrExists) {
		return "", ErrAdminExists
	}
	if err != nil {
		return "", fmt.Errorf("authn: claim link: %w", err)
	}
	return a.baseOf(tenant) + "/activate?token=" + l.text(), nil
}

// voidClaims ends every claim link of a tenant.
func (a *Accounts) voidClaims(t identity.TenantID) identity.Change {
	return identity.VoidTokens{Subject: identity.Subject{Tenant: t, User: identity.SystemUser}, Purpose: identity.TokenClaim}
}

// failedAt reports that the change at an index was refused with an error.
func failedAt(err error, index int, with error) bool {
	var failed *identity.ChangeError
	return errors.As(err, &failed) && failed.Index == index && errors.Is(err, with)
}

// CheckClaim says whether a token opens the claim. It writes nothing.
// Errors: ErrTokenInvalid, store errors.
func (a *Accounts) CheckClaim(ctx context.Context, text string) error {
	_, _, err := a.liveClaim(ctx, text)
	return claimFault("check", err)
}

// liveClaim finds the token of a live claim link. A role that was given in
// another way voids the links; nothing is claimed even if it did not.
func (a *Accounts) liveClaim(ctx context.Context, text string) (identity.Token, link, error) {
	t, l, err := a.token(ctx, text, a.clock.Now(), identity.TokenClaim)
	if err != nil {
		return t, l, err
	}
	taken, err := a.ident.HasRole(ctx, t.Tenant, identity.RoleAdmin)
	if err == nil && taken {
		err = ErrTokenInvalid
	}
	return t, l, err
}
