package authn

import (
	"context"
	"errors"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// create makes the account with its link in one commit. A Candidate that waits for
// the address goes with everything that is attached to it, as at a sign-up: whoever
// typed its password has proved nothing, and the issuer speaks for the address
// (AUN-123). The account has no credential: its owner comes back by the issuer.
func (p *Provisioner) create(ctx context.Context, call *provisioning, address identity.Identifier, waiting identity.Account) (ProvisionOutcome, error) {
	tb := call.Tenant.Bytes()
	lever := Lever{p.a.levers.key('p', tb[:]), mailBudget(call.hourly)}
	res, err := p.a.ledger.Reserve(ctx, Attempt{Levers: []Lever{lever}}, call.now)
	var full *ThrottledError
	if errors.As(err, &full) {
		return p.lateComer(ctx, call)
	}
	if err != nil {
		return nil, err
	}
	u := p.newcomer(ctx, call, address)
	var changes []identity.Change
	if prior := waiting.User; !prior.ID.IsZero() {
		changes = append(changes, identity.EraseUser{Subject: prior.Subject(), From: identity.Candidate},
			identity.RaiseEpoch{Scope: identity.UserScope(prior.Subject())})
	}
	changes = append(changes, identity.NewUser{User: u},
		identity.PutLink{Link: p.a.links.sealed(call.link(u.Subject(), identity.SystemUser))})
	changes = append(changes, p.a.events.changes(append(p.a.events.row(ctx, bySystem(u),
		audit.UserCreated{Outcome: audit.Success, By: audit.BySystem, Source: audit.SourceProvisioned}),
		p.a.events.linked(ctx, bySystem(u), call.Issuer, audit.BySystem)...))...)
	err = p.a.admin.Apply(ctx, changes...)
	var failed *identity.ChangeError
	switch {
	case err == nil || errors.Is(err, identity.ErrNotRevoked):
		// What is owed ends sign-ups of a Candidate who is gone: they lead nowhere.
		if _, err := p.a.ledger.Commit(ctx, res, Failed, []Lever{lever}, call.now); err != nil {
			p.a.alarm(ctx, alarmLedger, err) // unsettled, it counts by itself
		}
		return Provisioned{u.Subject(), ProvisionCreated}, nil
	case errors.As(err, &failed):
		// Nothing was made. Whether an error without a change has made something
		// nobody knows: then the reservation stays and counts.
		if err := p.a.ledger.Release(ctx, res, p.a.clock.Now()); err != nil {
			p.a.alarm(ctx, alarmLedger, err)
		}
	}
	return nil, err
}

// lateComer looks once more when the allowance is used up: those who were there at
// the same time may have used it for this very person.
func (p *Provisioner) lateComer(ctx context.Context, call *provisioning) (ProvisionOutcome, error) {
	acct, err := p.a.ident.AccountByLink(ctx, call.Tenant, call.Issuer, call.Subject)
	switch {
	case err == nil:
		return p.known(ctx, call, acct), nil
	case errors.Is(err, store.ErrNotFound):
		return p.refuse(ctx, call, audit.ReasonLimit), nil
	}
	return nil, err
}

// newcomer is the account that somebody gets.
func (p *Provisioner) newcomer(ctx context.Context, call *provisioning, address identity.Identifier) identity.User {
	u := identity.User{
		ID: identity.NewUserID(p.a.entropy), Tenant: call.Tenant, Identifiers: []identity.Identifier{address},
		Language: language(ctx), State: identity.Active, Detail: identity.StateDetail{Since: call.now},
		WebAuthnHandle: entropy.Bytes32(p.a.entropy), AuditHandle: entropy.Bytes16(p.a.entropy),
		CreatedBy: identity.SystemUser, CreatedAt: call.now, UpdatedBy: identity.SystemUser, UpdatedAt: call.now,
		EmailVerifiedAt: call.now,
	}
	if identity.CheckDisplayName(call.DisplayName) == nil {
		u.DisplayName = call.DisplayName
	}
	if call.Language != "" && identity.CheckLanguage(call.Language) == nil {
		u.Language = call.Language
	}
	return u
}

// sync takes over what the policy names of what the issuer says today (AUN-153).
// What it does not say, or what cannot be stored, stays as it is; names that lead to
// the account are never touched. It does not stop a login.
func (p *Provisioner) sync(ctx context.Context, call *provisioning, u identity.User) {
	var changes []identity.Change
	var fields []string
	for _, a := range call.issuer.Sync {
		switch {
		case a == AttributeDisplayName && call.DisplayName != "" && call.DisplayName != u.DisplayName && identity.CheckDisplayName(call.DisplayName) == nil:
			changes = append(changes, identity.SetDisplayName{Subject: u.Subject(), DisplayName: call.DisplayName, By: identity.SystemUser, At: call.now})
		case a == AttributeLanguage && call.Language != "" && call.Language != u.Language && identity.CheckLanguage(call.Language) == nil:
			changes = append(changes, identity.SetLanguage{Subject: u.Subject(), Language: call.Language, By: identity.SystemUser, At: call.now})
		default:
			continue
		}
		fields = append(fields, string(a))
	}
	if len(changes) == 0 {
		return
	}
	changes = append(changes, p.a.events.changes(p.a.events.row(ctx, bySystem(u),
		audit.UserUpdated{Outcome: audit.Success, Fields: fields, By: audit.BySystem}))...)
	if err := p.a.admin.Apply(ctx, changes...); err != nil {
		p.a.alarm(ctx, alarmProvisionSync, err)
	}
}
