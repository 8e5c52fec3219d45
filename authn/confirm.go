package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// LinkView is what the confirm page shows. Looking consumes nothing.
type LinkView struct {
	// Address is the address that the link proves, masked unless this browser
	// asked for the link.
	Address string
	// NeedsPassword is true in any other browser: the password that waits was
	// typed by whoever started, who need not be the owner of the address
	// (decisions §7).
	NeedsPassword bool
	// Second is true for an address that is to stand beside the others of the account,
	// and NeedsSignIn where the person is not signed in, who alone confirms it.
	Second, NeedsSignIn bool
	// Invited is true for an account that somebody else has made (IDN-052).
	Invited bool
	// App is what sets up the authenticator app that this tenant asks for, once the
	// link was confirmed in this browser; nil otherwise.
	App *Enrolment
}

// Confirmed is what confirming a sign-up led to.
type Confirmed struct {
	// SignedIn is false when somebody is already signed in in this browser: their
	// session is left alone.
	SignedIn bool
	// NeedsApp is true when the tenant lets nobody in without an app: nothing has
	// been written yet, ViewLink shows the app, CompleteSignup makes the account.
	NeedsApp bool
	// Second is true for an address that stands beside the others now.
	Second bool
}

// ViewLink describes the link of a sign-up or of an invitation. Errors:
// ErrTokenInvalid.
func (a *Accounts) ViewLink(ctx context.Context, sess *session.Session, text string) (LinkView, error) {
	t, _, err := a.opening(ctx, text, a.clock.Now())
	if errors.Is(err, ErrTokenInvalid) {
		return LinkView{}, err
	}
	if err != nil {
		return LinkView{}, fmt.Errorf("authn: view link: %w", err)
	}
	if flow, _, err := a.ours(ctx, sess, t); flow != nil || err != nil {
		v := LinkView{Address: t.Address, Invited: t.Purpose == identity.TokenActivation}
		if err == nil {
			v.App, err = a.waitingApp(ctx, sess, t.Address)
		}
		if err != nil {
			return LinkView{}, fmt.Errorf("authn: view link: %w", err)
		}
		return v, nil
	}
	return LinkView{Address: maskAddress(t.Address), NeedsPassword: true, Invited: t.Purpose == identity.TokenActivation}, nil
}

// opening finds the live token of a link that leads to a new account.
func (a *Accounts) opening(ctx context.Context, text string, now time.Time) (identity.Token, link, error) {
	return a.token(ctx, text, now, identity.TokenSignUp, identity.TokenActivation)
}

// token finds a live token of one of some purposes. All refusals look and cost the
// same: one read and one comparison.
func (a *Accounts) token(ctx context.Context, text string, now time.Time, purposes ...identity.TokenPurpose) (identity.Token, link, error) {
	l, ok := parseLink(text)
	if !ok {
		l = link{}
	}
	t, err := a.ident.TokenBySelector(ctx, l.selector)
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrBadArgument) {
		return t, l, fmt.Errorf("link: %w", err)
	}
	genuine := a.tokens.opens(t, l)
	if err != nil || !ok || !genuine || !slices.Contains(purposes, t.Purpose) || !here(ctx, t.Tenant) || !now.Before(t.ExpiresAt) {
		return identity.Token{}, l, ErrTokenInvalid
	}
	return t, l, nil
}

// own is the workflow of a kind of this browser if the token belongs to it.
func own(sess *session.Session, t identity.Token, kind machine.WorkflowKind) *machine.WorkflowData {
	st, ok := sess.State().(machine.PendingWorkflow)
	if !ok {
		return nil
	}
	flow := machine.WorkflowOf(st)
	if flow == nil || flow.Decoy || flow.Kind != kind ||
		flow.Subject != (identity.Subject{Tenant: t.Tenant, User: t.User}) {
		return nil
	}
	return flow
}

// ConfirmSignup consumes the link of a sign-up, or of an account that an administrator
// has made, which waits without credentials: it is confirmed like a sign-up in another
// browser. In the browser that holds the sign-up it
// activates the account as it was asked for; anywhere else it proves the address
// only, voids the credentials that wait, and takes the password given here. Of
// any number of calls with one link at most one succeeds (AUN-I15).
//
// Where the tenant asks everybody for an authenticator app, it writes nothing and
// leaves the link alive: the browser goes on to set up the app, and
// [Accounts.CompleteSignup] does all of it at once. ErrSignedIn then means that
// somebody is signed in here, and ErrSignUpClosed that nobody with a password and
// an app could sign in.
//
// Errors: ErrTokenInvalid; *password.PolicyError, which leaves the link usable;
// *ThrottledError beyond 20 passwords an hour for one link; ErrFlowSuperseded when the account was activated and then stopped, or this
// session moved, before the person was signed in; password.ErrBusy; store errors.
func (a *Accounts) ConfirmSignup(ctx context.Context, sess *session.Session, text string, password seal.Secret) (Confirmed, error) {
	defer password.Wipe()
	done, err := a.confirm(ctx, sess, text, password)
	if err != nil && !errors.Is(err, ErrTokenInvalid) {
		err = fmt.Errorf("authn: confirm sign-up: %w", err)
	}
	return done, err
}

func (a *Accounts) confirm(ctx context.Context, sess *session.Session, text string, password seal.Secret) (Confirmed, error) {
	now := a.clock.Now()
	c, err := a.confirming(ctx, sess, text, now)
	if err != nil {
		return Confirmed{}, err
	}
	view, err := a.ident.TenantByID(ctx, c.acct.User.Tenant)
	switch {
	case err != nil:
		return Confirmed{}, err
	case !TakesSignUps(a.methodsOf(view)), !admits(ctx, view):
		return Confirmed{}, ErrSignUpClosed // as when it began (IDN-038)
	case demandsApp(a.methodsOf(view)), c.acct.HoldsConsole(): // PRD-017
		return a.beginApp(ctx, sess, c, view, password)
	case c.flow != nil && c.entered == nil:
		return a.activateHere(ctx, sess, c.acct, c.flow, c.consume, now)
	}
	return a.activateElsewhere(ctx, sess, c.acct, view, c.consume, password, now)
}

// confirming is a sign-up whose link is live.
type confirming struct {
	link link
	ends time.Time // of the link
	acct identity.Account
	// consume ends the link and activates the account; of two commits that hold it
	// one succeeds.
	consume []identity.Change
	// flow is the workflow of this browser, nil if it has none for this sign-up;
	// entered is the password record that was chosen after the link was opened
	// here, nil if the sign-up began here.
	flow    *machine.WorkflowData
	entered []byte
}

func (a *Accounts) confirming(ctx context.Context, sess *session.Session, text string, now time.Time) (c confirming, err error) {
	t, l, err := a.opening(ctx, text, now)
	if err != nil {
		return c, err
	}
	from := identity.Candidate
	if t.Purpose == identity.TokenActivation {
		from = identity.PendingActivation
	}
	c.link, c.ends = l, t.ExpiresAt
	sub := identity.Subject{Tenant: t.Tenant, User: t.User}
	c.acct, err = a.ident.AccountByID(ctx, sub)
	if errors.Is(err, store.ErrNotFound) {
		return c, ErrTokenInvalid
	}
	if err != nil {
		return c, err
	}
	if c.acct.User.State != from || c.acct.Tenant != identity.TenantActive || !owns(c.acct.User, t.Address) {
		return c, ErrTokenInvalid
	}
	c.consume = []identity.Change{
		identity.ConsumeToken{Selector: t.Selector, Digest: t.Digest, Purpose: t.Purpose, Now: now},
		identity.VoidTokens{Subject: sub, Purpose: t.Purpose},
		identity.Transition{
			Subject: sub, From: from, To: identity.Active,
			Detail: identity.StateDetail{Since: now}, By: sub.User, EmailVerifiedAt: now,
		},
	}
	c.flow, c.entered, err = a.ours(ctx, sess, t)
	return c, err
}

// owns reports whether an address is still one of the user's.
func owns(u identity.User, address string) bool {
	return isNamed(u, identity.Identifier{Kind: identity.Email, Canonical: address})
}

// activateHere finishes the workflow of this browser.
func (a *Accounts) activateHere(ctx context.Context, sess *session.Session, acct identity.Account, flow *machine.WorkflowData, consume []identity.Change, now time.Time) (Confirmed, error) {
	held := a.open(ctx, acct, factor.Password, time.Time{})
	if len(held) != 1 {
		// Nothing usable was set in this workflow, so nothing can be activated by
		// it (AUN-124).
		return Confirmed{}, ErrTokenInvalid
	}
	if err := a.apply(ctx, append(consume, a.events.changes(a.events.signupCompleted(ctx, acct.User))...)); err != nil {
		return Confirmed{}, err
	}
	login := identity.NewLoginID(a.entropy)
	evidence := []identity.Evidence{emailLink(now), password.Evidence(held[0].Credential.ID, flow.Started)}
	if _, err := sess.Transition(ctx, machine.StepWorkflow{}, session.Commit{}); err != nil {
		return Confirmed{}, overtaken(err)
	}
	_, err := sess.Transition(ctx, machine.FinishWorkflow{
		Evidence: evidence, Login: login, Profile: profile(acct.User),
	}, session.Commit{Also: a.events.signedUp(ctx, acct.User, evidence, login)})
	if err != nil {
		return Confirmed{}, overtaken(err)
	}
	if err := a.arrived(ctx, sess, acct.User, evidence, now); err != nil {
		return Confirmed{}, err
	}
	return Confirmed{SignedIn: true}, nil
}

// arrived ends a sign-up like any login (AUN-124): read once more, then done.
// ErrFlowSuperseded: the account was stopped meanwhile, and the session has ended.
func (a *Accounts) arrived(ctx context.Context, sess *session.Session, u identity.User, ev []identity.Evidence, now time.Time) error {
	stays, err := a.reread(ctx, sess, u, ev, now)
	switch {
	case err == nil && stays:
		a.metrics.ended(flowSignup, audit.Success, "")
	case err == nil:
		a.metrics.ended(flowSignup, audit.Failure, audit.ReasonNotActive)
		err = ErrFlowSuperseded
	}
	return err
}

// activateElsewhere trusts nothing but the address: whoever typed the waiting
// password may be somebody else. The user epoch is raised in the same commit, so
// that the workflow in the other browser ends with it.
func (a *Accounts) activateElsewhere(ctx context.Context, sess *session.Session, acct identity.Account, view identity.TenantView, consume []identity.Change, secret seal.Secret, now time.Time) (Confirmed, error) {
	sub := acct.User.Subject()
	address, _ := acct.User.Email() // confirm has looked
	rules, err := a.passwordRules(view, acct.Policies, now)
	if err != nil {
		return Confirmed{}, err
	}
	if err := a.judgeNew(ctx, rules, secret, address.Canonical, acct.User.DisplayName); err != nil {
		return Confirmed{}, err
	}
	body, err := a.hash(ctx, secret)
	if err != nil {
		return Confirmed{}, err
	}
	row, err := a.newCredential(sub, factor.Password, "", body, now)
	if err != nil {
		return Confirmed{}, err
	}
	notice, err := a.notes.row(ctx, address.Canonical, Note{
		Kind: NotePasswordSet, At: now, Client: sess.View().Client,
	})
	if err != nil {
		return Confirmed{}, err
	}
	before, err := a.sessions.Epochs(ctx, sub)
	if err != nil {
		return Confirmed{}, err
	}
	changes := append(consume, //nolint:gocritic // consume is this call's own
		identity.VoidCredentials{Subject: sub},
		identity.PutCredential{Credential: row},
		identity.RaiseEpoch{Scope: identity.UserScope(sub), Check: true, From: before.User},
		identity.Append{Row: notice})
	if tag := language(ctx); tag != "" {
		// Whoever began may read another one.
		changes = append(changes, identity.SetLanguage{Subject: sub, Language: tag, By: sub.User, At: now})
	}
	changes = append(changes, a.events.changes(append(a.events.signupCompleted(ctx, acct.User), a.events.passwordReplaced(ctx, acct.User)...))...)
	if err := a.apply(ctx, changes); err != nil {
		return Confirmed{}, err
	}
	a.wake()
	if machine.IsAuthenticated(sess.State()) {
		return Confirmed{}, nil
	}
	login := identity.NewLoginID(a.entropy)
	after := before
	after.User++
	evidence := []identity.Evidence{emailLink(now), password.Evidence(row.ID, now)}
	_, err = sess.Transition(ctx, machine.Adopt{Login: machine.LoginData{
		Subject: sub, AuthTime: now, Evidence: evidence, Origin: machine.OriginSignup,
		Login: login, Epochs: after, Profile: profile(acct.User),
	}}, session.Commit{Also: a.events.signedUp(ctx, acct.User, evidence, login)})
	if err != nil {
		return Confirmed{}, overtaken(err)
	}
	if err := a.arrived(ctx, sess, acct.User, evidence, now); err != nil {
		return Confirmed{}, err
	}
	return Confirmed{SignedIn: true}, nil
}

// apply maps a lost race for the token to the one answer that links have.
func (a *Accounts) apply(ctx context.Context, changes []identity.Change) error {
	err := a.admin.Apply(ctx, changes...)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) {
		return ErrTokenInvalid
	}
	return err
}

// emailLink is evidence that a mailbox was read. It is never a step of a method
// and raises no assurance (AUN-014).
func emailLink(now time.Time) identity.Evidence {
	return identity.Evidence{Kind: factor.EmailLink, At: now}
}

// maskAddress keeps the first letter of the local part and the domain.
func maskAddress(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	_, n := utf8.DecodeRuneInString(local)
	return local[:n] + "•••@" + domain
}
