package authn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
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
	l, now := newLink(a.entropy), a.clock.Now()
	err := a.admin.Apply(ctx,
		identity.RequireNoRole{Tenant: a.tenant, Role: identity.RoleAdmin},
		a.voidClaims(a.tenant),
		identity.PutToken{Token: identity.Token{
			Selector: l.selector, Digest: l.digest(), Purpose: identity.TokenClaim,
			Tenant: a.tenant, User: identity.SystemUser, CreatedAt: now, ExpiresAt: now.Add(claimLife),
		}})
	if failedAt(err, 0, store.ErrExists) {
		return "", ErrAdminExists
	}
	if err != nil {
		return "", fmt.Errorf("authn: claim link: %w", err)
	}
	return a.base + "/activate?token=" + l.text(), nil
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

// ClaimView is where a claim stands in this browser.
type ClaimView struct {
	// Email and DisplayName are what was entered here; empty before.
	Email, DisplayName string
	// App is what sets up the authenticator app, the second of two steps; nil
	// while the first is to be done.
	App *Enrolment
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
	t, l, err := a.token(ctx, identity.TokenClaim, text, a.clock.Now())
	if err != nil {
		return t, l, err
	}
	taken, err := a.ident.HasRole(ctx, t.Tenant, identity.RoleAdmin)
	if err == nil && taken {
		err = ErrTokenInvalid
	}
	return t, l, err
}

// ViewClaim shows a claim. text is the link's token, or empty for the one with
// which this browser has begun. Looking consumes nothing, and writes only a fresh
// key for the app into the session of who has done the first step (FAC-006).
//
// Errors: ErrTokenInvalid, also once there is an administrator; ErrSignedIn.
func (a *Accounts) ViewClaim(ctx context.Context, sess *session.Session, text string) (ClaimView, error) {
	c, err := a.claiming(ctx, sess, text)
	if err != nil || c.flow == nil {
		return ClaimView{}, claimFault("view", err)
	}
	v := ClaimView{Email: c.held.Email, DisplayName: c.held.Name}
	rec, err := a.pending(ctx, sess)
	if errors.Is(err, ErrNoEnrolment) {
		rec, err = a.newSeed(ctx, sess)
	}
	if err != nil {
		return v, claimFault("view", err)
	}
	app, err := a.show(rec, c.held.Email)
	if err != nil {
		return v, claimFault("view", err)
	}
	v.App = &app
	return v, nil
}

// claiming is a claim whose link is live. flow is nil until this browser has entered
// the details under that link.
type claiming struct {
	token identity.Token
	link  link
	flow  *machine.WorkflowData
	held  claimDetails
}

// claiming judges the link before anything else is looked at: whoever has none
// learns nothing and costs one read, whatever they post (PRD-062).
func (a *Accounts) claiming(ctx context.Context, sess *session.Session, text string) (claiming, error) {
	var c claiming
	if st, ok := sess.State().(machine.PendingWorkflow); ok && st.Kind() == machine.WorkflowClaim {
		if body, ok := sess.PeekCeremony(ctx, claimEntered); ok {
			held, err := decodeClaim(body)
			if err != nil {
				return c, err
			}
			c.flow, c.held = machine.WorkflowOf(st), held
		}
	}
	if text == "" {
		text = c.held.Link
	}
	var err error
	c.token, c.link, err = a.liveClaim(ctx, text)
	if errors.Is(err, ErrTokenInvalid) && c.held.Link != "" && c.held.Link != text {
		// Another link was opened in between, of a sign-up perhaps.
		text = c.held.Link
		c.token, c.link, err = a.liveClaim(ctx, text)
	}
	if err != nil {
		return claiming{}, err
	}
	if machine.IsAuthenticated(sess.State()) {
		return claiming{}, ErrSignedIn
	}
	// What was entered under another link is not this one's.
	if c.flow != nil && !seal.Equal([]byte(c.held.Link), []byte(text)) {
		c.flow, c.held = nil, claimDetails{}
	}
	return c, nil
}

// BeginClaim takes the details of the first administrator and keeps them, sealed,
// in the session of this browser until the link ends. Nothing else is written:
// there is no account before [Accounts.CompleteClaim]. Repeating it replaces them.
//
// Errors: ErrTokenInvalid, ErrSignedIn; *FieldError, *password.PolicyError and
// ErrIdentifierTaken for input; *ThrottledError beyond 20 tries an hour with one
// link; password.ErrBusy; store errors.
func (a *Accounts) BeginClaim(ctx context.Context, sess *session.Session, text string, n NewUser) error {
	defer n.Password.Wipe()
	c, err := a.claiming(ctx, sess, text)
	if err != nil {
		return claimFault("begin", err)
	}
	address, err := a.checkNewUser(n)
	if err != nil {
		return err
	}
	if _, err := a.waiting(ctx, address); err != nil {
		return claimFault("begin", err)
	}
	if err := a.chargeLink(ctx, c.link); err != nil {
		return claimFault("begin", err)
	}
	body, err := a.hash(ctx, n.Password)
	if err != nil {
		return claimFault("begin", err)
	}
	details := claimDetails{Link: c.link.text(), Email: address.Typed, Name: n.DisplayName, Password: body}
	return claimFault("begin", a.enter(ctx, sess, c.token, details))
}

// enter starts the workflow that the details wait in.
func (a *Accounts) enter(ctx context.Context, sess *session.Session, t identity.Token, d claimDetails) error {
	kept, err := d.encode()
	if err != nil {
		return err
	}
	flow := machine.WorkflowData{
		Kind: machine.WorkflowClaim, Total: 1, Deadline: t.ExpiresAt, Then: machine.ThenAuthenticated,
		Subject: identity.Subject{Tenant: t.Tenant, User: identity.NewUserID(a.entropy)}, Address: d.Email,
	}
	if flow.Epochs, err = a.sessions.Epochs(ctx, flow.Subject); err != nil {
		return err
	}
	if _, err := sess.Transition(ctx, machine.StartWorkflow{Flow: flow}, session.Commit{}); err != nil {
		return overtaken(err)
	}
	if err := sess.PutCeremony(ctx, claimEntered, t.ExpiresAt, kept); err != nil {
		return err
	}
	_, err = a.newSeed(ctx, sess)
	return err
}

// chargeLink bounds the hashes that one link buys.
func (a *Accounts) chargeLink(ctx context.Context, l link) error {
	const perHour = 20
	lever := Lever{a.levers.key('c', l.selector[:]), mailBudget(perHour)}
	now := a.clock.Now()
	res, err := a.ledger.Reserve(ctx, Attempt{Levers: []Lever{lever}}, now)
	if err != nil {
		return err
	}
	_, err = a.ledger.Commit(ctx, res, Failed, []Lever{lever}, now)
	return err
}

// waiting is the Candidate that has the address, if any; ErrIdentifierTaken for
// every other account.
func (a *Accounts) waiting(ctx context.Context, address identity.Identifier) (identity.Account, error) {
	acct, err := a.ident.AccountByIdentifier(ctx, a.tenant, identity.Email, address.Canonical)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return identity.Account{}, nil
	case errors.Is(err, store.ErrCorrupt):
		a.alarm(ctx, "data_integrity", err)
		return identity.Account{}, ErrIdentifierTaken
	case err != nil:
		return identity.Account{}, err
	case acct.User.State != identity.Candidate:
		return identity.Account{}, ErrIdentifierTaken
	}
	return acct, nil
}

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
	done, err := a.admit(ctx, c, confirmed, now)
	if err != nil {
		return nil, claimFault("complete", err)
	}
	return a.enthrone(ctx, sess, c, done, now)
}

// admitted is an administrator who has come to be.
type admitted struct {
	user          identity.User
	password, app identity.Credential
}

// admit writes the administrator. A Candidate that waits for the address goes
// first, as in a sign-up that starts over (AUN-123); somebody who takes or leaves
// the address in the same moment makes it look again.
func (a *Accounts) admit(ctx context.Context, c claiming, app totp.Record, now time.Time) (admitted, error) {
	const tries = 3
	address, err := identity.NewIdentifier(identity.Email, c.held.Email)
	if err != nil {
		return admitted{}, fmt.Errorf("entered address: %w", err)
	}
	done, err := a.administrator(c, address, app, language(ctx), now)
	if err != nil {
		return admitted{}, err
	}
	for range tries {
		prior, err := a.waiting(ctx, address)
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
		identity.ConsumeToken{Selector: c.link.selector, Digest: c.link.digest(), Purpose: identity.TokenClaim, Now: now},
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
	return append(changes, a.events.changes(a.events.claimed(ctx, u, done.app))...)
}

// administrator is the account as it will be. Nobody has proven the address.
func (a *Accounts) administrator(c claiming, address identity.Identifier, app totp.Record, language string, now time.Time) (admitted, error) {
	sub := c.flow.Subject
	u := identity.User{
		ID: sub.User, Tenant: sub.Tenant,
		Identifiers: []identity.Identifier{address}, DisplayName: c.held.Name, Language: language,
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
	return admitted{u, word, second}, err
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
	evidence := []identity.Evidence{passwordSet(done.password, c.flow.Started), totp.Evidence(done.app.ID, now)}
	if _, err := sess.Transition(ctx, machine.StepWorkflow{}, session.Commit{}); err != nil {
		return nil, claimFault("complete", overtaken(err))
	}
	_, err := sess.Transition(ctx, machine.FinishWorkflow{
		Evidence: evidence, Login: login, Profile: profile(done.user),
	}, session.Commit{Also: a.events.claimedIn(ctx, done.user, evidence, login)})
	if err != nil {
		return nil, claimFault("complete", overtaken(err))
	}
	if _, err := a.arrived(ctx, sess, done.user, evidence, now); err != nil {
		return nil, claimFault("complete", err)
	}
	return Completed{}, nil
}

func claimFault(verb string, err error) error {
	if err == nil || errors.Is(err, ErrTokenInvalid) {
		return err
	}
	return fmt.Errorf("authn: %s claim: %w", verb, err)
}
