package authn

import (
	"context"
	"errors"
	"fmt"

	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// ClaimView is where a claim stands in this browser.
type ClaimView struct {
	// Email and DisplayName are what was entered here; empty before.
	Email, DisplayName string
	// App is what sets up the authenticator app, the second of two steps; nil
	// while the first is to be done.
	App *Enrolment
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
		rec, err = a.claimSeed(ctx, sess, c.token.Tenant)
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
	view, err := a.tenantView(ctx, c.token.Tenant)
	if err != nil {
		return claimFault("begin", err)
	}
	rules, err := a.passwordRules(view, nil, a.clock.Now())
	if err != nil {
		return claimFault("begin", err)
	}
	if err := a.judgeNew(ctx, rules, n.Password, address.Canonical, n.DisplayName); err != nil {
		return err
	}
	if _, err := a.waiting(ctx, c.token.Tenant, address); err != nil {
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
	return claimFault("begin", a.enter(ctx, sess, c.token, view, details))
}

// enter starts the workflow that the details wait in.
func (a *Accounts) enter(ctx context.Context, sess *session.Session, t identity.Token, view identity.TenantView, d claimDetails) error {
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
	rules, err := a.totpRules(view, nil, a.clock.Now())
	if err != nil {
		return err
	}
	_, err = a.newSeed(ctx, sess, rules)
	return err
}

// claimSeed is a fresh key for whose own has run out.
func (a *Accounts) claimSeed(ctx context.Context, sess *session.Session, tenant identity.TenantID) (totp.Record, error) {
	view, err := a.tenantView(ctx, tenant)
	if err != nil {
		return totp.Record{}, err
	}
	rules, err := a.totpRules(view, nil, a.clock.Now())
	if err != nil {
		return totp.Record{}, err
	}
	return a.newSeed(ctx, sess, rules)
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
func (a *Accounts) waiting(ctx context.Context, tenant identity.TenantID, address identity.Identifier) (identity.Account, error) {
	acct, err := a.ident.AccountByIdentifier(ctx, tenant, identity.Email, address.Canonical)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return identity.Account{}, nil
	case errors.Is(err, store.ErrCorrupt):
		a.alarm(ctx, alarmDataIntegrity, err)
		return identity.Account{}, ErrIdentifierTaken
	case err != nil:
		return identity.Account{}, err
	case acct.User.State != identity.Candidate:
		return identity.Account{}, ErrIdentifierTaken
	}
	return acct, nil
}

func claimFault(verb string, err error) error {
	if err == nil || errors.Is(err, ErrTokenInvalid) {
		return err
	}
	return fmt.Errorf("authn: %s claim: %w", verb, err)
}
