package authn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// signUpLife bounds a sign-up from its start (SES §0).
const signUpLife = 24 * time.Hour

// NewUser is what a person may say about the account they ask for. Id, tenant,
// state and audit fields are the service's and have no place here (AUN-120).
type NewUser struct {
	Email       string
	DisplayName string
	Password    seal.Secret
}

// LinkSent says what every sign-up that is well-formed leads to, whether the
// address is new, waiting or taken (AUN-122).
type LinkSent struct {
	Address string
	Works   time.Duration
}

// BeginSignup creates a Candidate and mails a link to its address, or, if the
// address belongs to an account, mails its owner; outcome, work and session are
// the same. A Candidate that already waits for this address is erased first with
// everything attached to it, so that whoever began earlier keeps nothing
// (AUN-123).
//
// Errors: *FieldError and *password.PolicyError for input, which never depend on
// existing data; ErrSignUpClosed; password.ErrBusy; store errors.
func (a *Accounts) BeginSignup(ctx context.Context, sess *session.Session, n NewUser) (LinkSent, error) {
	defer n.Password.Wipe()
	if a.signUp != SignUpOpen {
		return LinkSent{}, ErrSignUpClosed
	}
	now := a.clock.Now()
	address, err := a.checkNewUser(n)
	if err != nil {
		return LinkSent{}, err
	}
	pass, err := a.gate.Enter(ctx, a.hasher.Cost(nil))
	if err != nil {
		return LinkSent{}, fmt.Errorf("authn: sign up: %w", err)
	}
	body, err := a.hasher.Hash(a.entropy, n.Password)
	pass.Leave()
	if err != nil {
		return LinkSent{}, fmt.Errorf("authn: sign up: %w", err)
	}
	// Two sign-ups of one address race for the unique key; the loser reads again
	// and finds a Candidate to start over from.
	const tries = 3
	for range tries {
		flow, err := a.trySignup(ctx, n, address, body, now)
		if errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return LinkSent{}, fmt.Errorf("authn: sign up: %w", err)
		}
		a.wake()
		if _, err := sess.Transition(ctx, machine.StartWorkflow{Flow: flow}, session.Commit{}); err != nil {
			return LinkSent{}, fmt.Errorf("authn: sign up: %w", err)
		}
		return LinkSent{address.Typed, a.linkLife}, nil
	}
	return LinkSent{}, fmt.Errorf("authn: sign up: %w", store.ErrConflict)
}

// checkNewUser judges input by rules that know nothing of what is stored.
func (a *Accounts) checkNewUser(n NewUser) (identity.Identifier, error) {
	address, err := identity.NewIdentifier(identity.Email, n.Email)
	if err != nil {
		return address, fieldError("email", "is not an address that mail can reach")
	}
	if err := a.reserved.Check(address); err != nil {
		return address, fieldError("email", "is not an address that mail can reach")
	}
	if err := identity.CheckDisplayName(n.DisplayName); err != nil {
		return address, fieldError("display_name", "is too long or has characters that cannot be shown")
	}
	if err := a.policy.Check(n.Password, address.Canonical, n.DisplayName); err != nil {
		return address, err
	}
	return address, nil
}

// trySignup makes one Apply of seven changes whatever it finds (decisions §7).
func (a *Accounts) trySignup(ctx context.Context, n NewUser, address identity.Identifier, body []byte, now time.Time) (machine.WorkflowData, error) {
	flow := machine.WorkflowData{
		Kind: machine.WorkflowSignup, Total: 1, Deadline: now.Add(signUpLife), Then: machine.ThenAuthenticated,
		Address: address.Typed,
	}
	acct, err := a.ident.AccountByIdentifier(ctx, a.tenant, identity.Email, address.Canonical)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return flow, err
	}
	taken := err == nil && acct.User.State != identity.Candidate

	l := newLink(a.entropy)
	user := a.candidate(n, address, now)
	row, err := a.newCredential(user.Subject(), factor.Password, "", append([]byte(nil), body...), now)
	if err != nil {
		return flow, err
	}
	token := identity.Token{
		Selector: l.selector, Digest: l.digest(), Purpose: identity.TokenSignUp,
		Tenant: a.tenant, User: user.ID, Address: address.Canonical,
		CreatedAt: now, ExpiresAt: now.Add(a.linkLife),
	}
	message, err := a.signUpMail(ctx, address, taken, l, now)
	if err != nil {
		return flow, err
	}
	changes := make([]identity.Change, 0, 7)
	if err := a.erasePrior(&changes, acct, taken, now); err != nil {
		return flow, err
	}
	if taken {
		token.Purpose, token.User = identity.TokenVoid, a.decoySubject(a.tenant, identity.Email, address.Canonical).User
		changes = append(changes, a.void(now), a.void(now), identity.PutToken{Token: token})
	} else {
		changes = append(changes, identity.NewUser{User: user},
			identity.PutCredential{Credential: row}, identity.PutToken{Token: token})
	}
	changes = append(changes, a.events.changes(a.events.signupStarted(ctx, user, taken))...)
	changes = append(changes, identity.Append{Row: message})
	if err := a.admin.Apply(ctx, changes...); err != nil {
		return flow, err
	}
	flow.Subject, flow.Decoy = user.Subject(), taken
	if taken {
		flow.Subject.User = token.User
	}
	// A new user's epochs are zero but the tenant's and the global one may not
	// be: a decoy reads them too, so both paths ask.
	flow.Epochs, err = a.sessions.Epochs(ctx, flow.Subject)
	return flow, err
}

// erasePrior removes the Candidate that waits for the address, and with it its
// credentials and tokens; raising its epoch ends its pending workflows.
func (a *Accounts) erasePrior(changes *[]identity.Change, acct identity.Account, taken bool, now time.Time) error {
	if taken || acct.User.ID.IsZero() {
		*changes = append(*changes, a.void(now), a.void(now))
		return nil
	}
	sub := acct.User.Subject()
	*changes = append(*changes,
		identity.EraseUser{Subject: sub, From: identity.Candidate},
		identity.RaiseEpoch{Scope: identity.UserScope(sub)})
	return nil
}

func (a *Accounts) candidate(n NewUser, address identity.Identifier, now time.Time) identity.User {
	return identity.User{
		ID: identity.NewUserID(a.entropy), Tenant: a.tenant,
		Identifiers: []identity.Identifier{address}, DisplayName: n.DisplayName,
		State: identity.Candidate, Detail: identity.StateDetail{Since: now},
		WebAuthnHandle: entropy.Bytes32(a.entropy), AuditHandle: entropy.Bytes16(a.entropy),
		CreatedAt: now, UpdatedAt: now,
	}
}

// signUpMail words the message, or a row for nobody when the address has had its
// share: three links an hour, one "you already have an account" (AUN-122,
// AUN-128). The ledger keeps the count, so the answer outside is unchanged.
func (a *Accounts) signUpMail(ctx context.Context, address identity.Identifier, taken bool, l link, now time.Time) (store.Row, error) {
	perHour := 3
	if taken {
		perHour = 1
	}
	tb := a.tenant.Bytes()
	lever := Lever{a.levers.key('m', tb[:], []byte{byte(perHour)}, []byte(address.Canonical)), mailBudget(perHour)}
	within, err := a.charge(ctx, lever, now)
	if err != nil {
		return store.Row{}, err
	}
	var subject, text string
	kind := "verify"
	if taken {
		kind = "already_registered"
		subject, text = a.texts.AlreadyRegistered(a.base + "/sign-in")
	} else {
		subject, text = a.texts.Verify(a.base+"/verify?token="+l.text(), a.linkLife)
	}
	row, err := a.mailRow(address.Typed, kind, subject, text, now)
	if err == nil && !within {
		row.Topic, row.Body = store.TopicVoid, nil
	}
	return row, err
}

// charge takes one unit of an allowance and reports whether there was one.
func (a *Accounts) charge(ctx context.Context, l Lever, now time.Time) (bool, error) {
	res, err := a.ledger.Reserve(ctx, Attempt{Levers: []Lever{l}}, now)
	var t *ThrottledError
	if errors.As(err, &t) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = a.ledger.Commit(ctx, res, Failed, []Lever{l}, now)
	return true, err
}
