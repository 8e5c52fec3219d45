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
	Email       string      // an address; at most 256 bytes
	DisplayName string      // identity.CheckDisplayName; may be empty
	Password    seal.Secret // at most 1,024 bytes, judged by AccountsConfig.Policy; wiped
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
// existing data; ErrSignUpClosed, also for a tenant that is not active; ErrSignedIn; password.ErrBusy; store errors.
func (a *Accounts) BeginSignup(ctx context.Context, sess *session.Session, n NewUser) (LinkSent, error) {
	defer n.Password.Wipe()
	if a.signUp != SignUpOpen {
		return LinkSent{}, ErrSignUpClosed
	}
	if machine.IsAuthenticated(sess.State()) {
		return LinkSent{}, ErrSignedIn
	}
	address, err := a.checkNewUser(n)
	if err != nil {
		return LinkSent{}, err
	}
	tenant := a.tenantOf(ctx, identity.TenantID{})
	view, err := a.takesSignUps(ctx, tenant)
	if err != nil {
		return LinkSent{}, err
	}
	rules, err := a.passwordRules(view, nil, a.clock.Now())
	if err != nil {
		return LinkSent{}, fmt.Errorf("authn: sign up: %w", err)
	}
	if err := a.judgeNew(ctx, rules, n.Password, address.Canonical, n.DisplayName); err != nil {
		return LinkSent{}, err
	}
	body, err := a.hash(ctx, n.Password)
	if err != nil {
		return LinkSent{}, fmt.Errorf("authn: sign up: %w", err)
	}
	flow, err := a.register(ctx, &applicant{tenant: tenant, name: n.DisplayName, address: address, body: body, now: a.clock.Now()})
	if err != nil {
		return LinkSent{}, fmt.Errorf("authn: sign up: %w", err)
	}
	a.wake()
	if _, err := sess.Transition(ctx, machine.StartWorkflow{Flow: flow}, session.Commit{}); err != nil {
		return LinkSent{}, fmt.Errorf("authn: sign up: %w", overtaken(err))
	}
	return LinkSent{address.Typed, a.linkLife}, nil
}

// takesSignUps refuses a tenant that is not active, or in which nobody could sign
// in with what a sign-up sets up, as if sign-up were closed: it could never be
// completed, and would cost its owner a mail and us a hash (AUN-122).
func (a *Accounts) takesSignUps(ctx context.Context, tenant identity.TenantID) (identity.TenantView, error) {
	view, err := a.ident.TenantByID(ctx, tenant)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return view, ErrSignUpClosed
	case err != nil:
		return view, fmt.Errorf("authn: sign up: %w", err)
	case view.Tenant.Status != identity.TenantActive, !TakesSignUps(a.methodsOf(view)), !admits(ctx, view):
		return view, ErrSignUpClosed
	}
	return view, nil
}

// hash makes the record of a new password, inside the gate.
func (a *Accounts) hash(ctx context.Context, secret seal.Secret) ([]byte, error) {
	pass, err := a.hashing(ctx, a.hasher.Cost(nil))
	if err != nil {
		return nil, err
	}
	defer pass.Leave()
	return a.hasher.Hash(a.entropy, secret)
}

// applicant is one sign-up whose input is in order.
type applicant struct {
	tenant  identity.TenantID
	name    string
	address identity.Identifier
	body    []byte // the password's record
	now     time.Time
	budget  [2]allowance // of a new and of a taken address
}

// allowance remembers what the mail budget said: a sign-up that starts over after
// a lost race is charged once.
type allowance struct{ asked, within bool }

// register stores the sign-up. Two of them race for the unique key of one
// address; the loser reads again and finds a Candidate to start over from. Who
// keeps losing ends like the owner of a taken address and gets no mail: an error
// would say that the address is new, because a taken one races for nothing.
func (a *Accounts) register(ctx context.Context, p *applicant) (machine.WorkflowData, error) {
	const tries = 3
	for range tries {
		acct, err := a.ident.AccountByIdentifier(ctx, p.tenant, identity.Email, p.address.Canonical)
		taken := err == nil && acct.User.State != identity.Candidate
		switch {
		case errors.Is(err, store.ErrCorrupt):
			a.alarm(ctx, alarmDataIntegrity, err)
			taken = true
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return machine.WorkflowData{}, err
		}
		within, err := a.mailBudget(ctx, p, taken)
		if err != nil {
			return machine.WorkflowData{}, err
		}
		flow, err := a.applySignup(ctx, p, acct, taken, within)
		if lost := errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound); !lost {
			return a.stamped(ctx, flow, err)
		}
	}
	flow, err := a.applySignup(ctx, p, identity.Account{}, true, false)
	return a.stamped(ctx, flow, err)
}

// stamped gives a sign-up that has been written the epochs that it runs under. A new
// user's own is zero but the tenant's and the global one may not be: a decoy reads
// them too, so both paths ask. Whatever fails here is no lost race any more.
func (a *Accounts) stamped(ctx context.Context, flow machine.WorkflowData, err error) (machine.WorkflowData, error) {
	if err != nil {
		return flow, err
	}
	flow.Epochs, err = a.sessions.Epochs(ctx, flow.Subject)
	return flow, err
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
	return address, nil
}

// applySignup makes one Apply of seven changes whatever was found (decisions §7).
func (a *Accounts) applySignup(ctx context.Context, p *applicant, prior identity.Account, taken, mailed bool) (machine.WorkflowData, error) {
	flow := machine.WorkflowData{
		Kind: machine.WorkflowSignup, Total: 1, Deadline: p.now.Add(signUpLife), Then: machine.ThenAuthenticated,
		Address: p.address.Typed, Decoy: taken,
	}
	l := newLink(a.entropy)
	user := a.candidate(p, language(ctx))
	// For a taken address this is nobody's id, and nobody else's: a decoy login for
	// the same address must not have it, or the two flows would meet.
	flow.Subject = user.Subject()
	row, err := a.newCredential(user.Subject(), factor.Password, "", append([]byte(nil), p.body...), p.now)
	if err != nil {
		return flow, err
	}
	token := identity.Token{
		Purpose: identity.TokenSignUp, Tenant: p.tenant, User: user.ID, Address: p.address.Canonical,
		CreatedAt: p.now, ExpiresAt: p.now.Add(a.linkLife),
	}
	if taken {
		token.Purpose, token.Address = identity.TokenVoid, toNobody
	}
	token = a.tokens.sealed(token, l)
	message, err := a.signUpMail(ctx, p, prior.User, taken, mailed, l)
	if err != nil {
		return flow, err
	}
	changes := a.erasePrior(prior, taken, p.now)
	if taken {
		changes = append(changes, a.void(p.now), a.void(p.now), identity.PutToken{Token: token})
	} else {
		changes = append(changes, identity.NewUser{User: user},
			identity.PutCredential{Credential: row}, identity.PutToken{Token: token})
	}
	changes = append(changes, a.events.changes(a.events.signupStarted(ctx, user, taken))...)
	changes = append(changes, identity.Append{Row: message})
	return flow, a.admin.Apply(ctx, changes...)
}

// erasePrior removes the Candidate that waits for the address, and with it its
// credentials and tokens; raising its epoch ends its pending workflows.
func (a *Accounts) erasePrior(prior identity.Account, taken bool, now time.Time) []identity.Change {
	if taken || prior.User.ID.IsZero() {
		return []identity.Change{a.void(now), a.void(now)}
	}
	sub := prior.User.Subject()
	return []identity.Change{
		identity.EraseUser{Subject: sub, From: identity.Candidate},
		identity.RaiseEpoch{Scope: identity.UserScope(sub)},
	}
}

func (a *Accounts) candidate(p *applicant, language string) identity.User {
	u := identity.User{
		ID: identity.NewUserID(a.entropy), Tenant: p.tenant,
		Identifiers: []identity.Identifier{p.address}, DisplayName: p.name, Language: language,
		State: identity.Candidate, Detail: identity.StateDetail{Since: p.now},
		WebAuthnHandle: entropy.Bytes32(a.entropy), AuditHandle: entropy.Bytes16(a.entropy),
		CreatedAt: p.now, UpdatedAt: p.now,
	}
	u.CreatedBy, u.UpdatedBy = u.ID, u.ID
	return u
}

// signUpMail words the message, or a row for nobody when the address has had its
// share. It goes to the canonical form of the address, which is the one that it
// proves: what was typed may be a look-alike with a mailbox of its own.
func (a *Accounts) signUpMail(ctx context.Context, p *applicant, owner identity.User, taken, mailed bool, l link) (store.Row, error) {
	note := Note{Kind: NoteVerify, At: p.now, Link: a.baseOf(p.tenant) + "/verify?token=" + l.text(), Works: a.linkLife}
	if taken {
		note.Kind, note.Link, note.Works = NoteAlreadyRegistered, a.baseOf(p.tenant)+"/sign-in", 0
		note.Language = owner.Language
	}
	row, err := a.notes.row(ctx, p.address.Canonical, note)
	if err == nil && !mailed {
		row.Topic, row.Body = store.TopicVoid, nil
	}
	return row, err
}

// mailBudget is mayMail, once for a sign-up: an address that is taken has a budget of
// its own, one "you already have an account" an hour (AUN-122, AUN-128).
func (a *Accounts) mailBudget(ctx context.Context, p *applicant, taken bool) (bool, error) {
	kind, said := mailSignUp, &p.budget[0]
	if taken {
		kind, said = mailTaken, &p.budget[1]
	}
	if said.asked {
		return said.within, nil
	}
	within, err := a.mayMail(ctx, p.tenant, kind, []byte(p.address.Canonical), p.now)
	*said = allowance{true, within}
	return within, err
}
