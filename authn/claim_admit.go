package authn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// CompleteClaim makes the first administrator, if the code fits the app that was
// set up: account, password, app, role and events in one step with the end of the
// link, and only while nobody holds the role. Of any number of claims, with one
// link or with several, one succeeds, and the others leave nothing (PRD-062). The
// address is not proven by this and stays unverified. The session is then signed
// in with both factors, under a new id.
//
// Outcomes: Completed, Rejected. Errors: ErrTokenInvalid, ErrSignedIn;
// ErrNoEnrolment when the first step is missing or the app's key has run out;
// ErrIdentifierTaken when the address was taken meanwhile; ErrFlowSuperseded when
// the account is there and this session moved; store errors, after which, as the
// answer may be lost, signing in tells.
func (a *Accounts) CompleteClaim(ctx context.Context, sess *session.Session, text string, code Code) (FactorOutcome, error) {
	defer code.Wipe()
	c, err := a.claiming(ctx, sess, text)
	if err != nil {
		return nil, claimFault("complete", err)
	}
	if c.flow == nil {
		return nil, ErrNoEnrolment
	}
	rec, err := a.pending(ctx, sess)
	if err != nil {
		return nil, err
	}
	now := a.clock.Now()
	confirmed, verdict := totp.Confirm(now, a.totp, rec, code.Secret)
	if verdict != factor.Accepted {
		return Rejected{Of: factor.TOTP}, nil
	}
	done, err := a.admit(ctx, sess, c, confirmed, now)
	if err != nil {
		return nil, claimFault("complete", err)
	}
	return a.enthrone(ctx, sess, c, done, now)
}

// admitted is an administrator who has come to be.
type admitted struct {
	user          identity.User
	password, app identity.Credential
	set           codeSet
}

// admit writes the administrator. A Candidate that waits for the address goes
// first, as in a sign-up that starts over (AUN-123); somebody who takes or leaves
// the address in the same moment makes it look again.
func (a *Accounts) admit(ctx context.Context, sess *session.Session, c claiming, app totp.Record, now time.Time) (_ admitted, fault error) {
	const tries = 3
	address, err := identity.NewIdentifier(identity.Email, c.held.Email)
	if err != nil {
		return admitted{}, fmt.Errorf("entered address: %w", err)
	}
	done, err := a.administrator(ctx, c, address, app, now)
	if err != nil {
		return admitted{}, err
	}
	if err := a.hand(ctx, sess, done.set); err != nil {
		return admitted{}, overtaken(err)
	}
	defer func() { unhand(ctx, sess, done.set, fault) }()
	for range tries {
		prior, err := a.waiting(ctx, c.token.Tenant, address)
		if errors.Is(err, ErrIdentifierTaken) {
			// Perhaps by this very claim, sent twice: then it is the link that is gone.
			if _, _, gone := a.liveClaim(ctx, c.link.text()); gone != nil {
				err = gone
			}
		}
		if err != nil {
			return admitted{}, err
		}
		err = a.admin.Apply(ctx, a.admission(ctx, c, done, prior, now)...)
		switch {
		case err == nil:
			return done, nil
		case failedAt(err, 0, store.ErrExists), failedAt(err, 1, store.ErrNotFound):
			return admitted{}, ErrTokenInvalid // somebody else was first, or a newer link
		case !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict):
			return admitted{}, err
		}
	}
	return admitted{}, ErrIdentifierTaken
}

// admission is the one change set of a claim. What it is conditioned on comes
// first.
func (a *Accounts) admission(ctx context.Context, c claiming, done admitted, prior identity.Account, now time.Time) []identity.Change {
	u := done.user
	changes := []identity.Change{
		identity.RequireNoRole{Tenant: u.Tenant, Role: identity.RoleAdmin},
		identity.ConsumeToken{Selector: c.token.Selector, Digest: c.token.Digest, Purpose: identity.TokenClaim, Now: now},
		a.voidClaims(u.Tenant),
	}
	if !prior.User.ID.IsZero() {
		sub := prior.User.Subject()
		changes = append(changes, identity.EraseUser{Subject: sub, From: identity.Candidate},
			identity.RaiseEpoch{Scope: identity.UserScope(sub)})
	}
	changes = append(changes,
		identity.NewUser{User: u},
		identity.PutCredential{Credential: done.password},
		identity.PutCredential{Credential: done.app},
		identity.PutMethod{Scope: identity.UserScope(u.Subject()), Method: withTOTP()},
		identity.PutGrant{Grant: a.grants.sealed(identity.Grant{
			Tenant: u.Tenant, User: u.ID, Role: identity.RoleAdmin, Version: 1, At: now, By: identity.SystemUser,
		})})
	return append(append(changes, a.events.changes(a.events.claimed(ctx, u, done.app))...), done.set.changes...)
}

// administrator is the account as it will be. Nobody has proven the address.
func (a *Accounts) administrator(ctx context.Context, c claiming, address identity.Identifier, app totp.Record, now time.Time) (admitted, error) {
	sub := c.flow.Subject
	u := identity.User{
		ID: sub.User, Tenant: sub.Tenant,
		Identifiers: []identity.Identifier{address}, DisplayName: c.held.Name, Language: language(ctx),
		State: identity.Active, Detail: identity.StateDetail{Since: now},
		WebAuthnHandle: entropy.Bytes32(a.entropy), AuditHandle: entropy.Bytes16(a.entropy),
		CreatedAt: now, CreatedBy: identity.SystemUser, UpdatedAt: now, UpdatedBy: identity.SystemUser,
	}
	if err := u.Validate(a.reserved); err != nil {
		return admitted{}, fmt.Errorf("entered details: %w", err)
	}
	word, err := a.newCredential(sub, factor.Password, "", c.held.Password, now)
	if err != nil {
		return admitted{}, err
	}
	second, err := a.newCredential(sub, factor.TOTP, "", app.Encode(), now)
	if err != nil {
		return admitted{}, err
	}
	set, err := a.freshCodes(ctx, identity.Account{User: u}, now)
	return admitted{u, word, second, set}, err
}

// enthrone turns the workflow into a login with both factors (T10). What was
// entered leaves the session in the same write.
func (a *Accounts) enthrone(ctx context.Context, sess *session.Session, c claiming, done admitted, now time.Time) (FactorOutcome, error) {
	for _, kind := range []machine.CeremonyKind{claimEntered, enrolTOTP} {
		if err := sess.DropCeremony(ctx, kind); err != nil {
			return nil, claimFault("complete", overtaken(err))
		}
	}
	login := identity.NewLoginID(a.entropy)
	evidence := []identity.Evidence{password.Evidence(done.password.ID, c.flow.Started), totp.Evidence(done.app.ID, now)}
	if _, err := sess.Transition(ctx, machine.StepWorkflow{}, session.Commit{}); err != nil {
		return nil, claimFault("complete", overtaken(err))
	}
	if _, err := sess.Transition(ctx, machine.FinishWorkflow{
		Evidence: evidence, Login: login, Profile: profile(done.user),
	}, session.Commit{Also: a.events.claimedIn(ctx, done.user, evidence, login)}); err != nil {
		return nil, claimFault("complete", overtaken(err))
	}
	if err := a.arrived(ctx, sess, done.user, evidence, now); err != nil {
		return nil, claimFault("complete", err)
	}
	return Completed{}, nil
}
