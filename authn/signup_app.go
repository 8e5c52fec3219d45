package authn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
)

// signUpEntered names the password that was chosen in a browser that has opened
// the link of a sign-up which it did not begin. It waits in that session, sealed,
// as long as the link lives.
const signUpEntered machine.CeremonyKind = "signup_entered"

// ours is the workflow of this browser for the sign-up of a token: the one that
// began it, or the one in which the link was opened and a password chosen. The
// second has a kind of its own and counts only with what was entered: the password
// that waits in the store may be a stranger's. A subject is one sign-up's, so it
// stands for the link.
func (a *Accounts) ours(ctx context.Context, sess *session.Session, t identity.Token) (*machine.WorkflowData, []byte, error) {
	if flow := own(sess, t, machine.WorkflowSignup); flow != nil {
		return flow, nil, nil
	}
	flow := own(sess, t, machine.WorkflowEmailVerification)
	if flow == nil {
		return nil, nil, nil
	}
	body, ok := sess.PeekCeremony(ctx, signUpEntered)
	if !ok {
		return nil, nil, nil
	}
	held, err := decodeClaim(body)
	return flow, held.Password, err
}

// waitingApp is the app that is being set up in this workflow, nil if none is.
func (a *Accounts) waitingApp(ctx context.Context, sess *session.Session, name string) (*Enrolment, error) {
	rec, err := a.pending(ctx, sess)
	if errors.Is(err, ErrNoEnrolment) {
		return nil, nil //nolint:nilnil // nothing is being set up
	}
	if err != nil {
		return nil, err
	}
	e, err := a.show(rec, name)
	return &e, err
}

// beginApp makes the key of an app in the one browser that has proven the mailed
// link together with a password of this sign-up: the one that began it, or one
// that chooses a password now. Nobody else is shown a key, and the account is
// still a Candidate, which signs nobody in (AUN-032).
func (a *Accounts) beginApp(ctx context.Context, sess *session.Session, c confirming, view identity.TenantView, password seal.Secret) (Confirmed, error) {
	if machine.IsAuthenticated(sess.State()) {
		return Confirmed{}, ErrSignedIn
	}
	if c.flow == nil {
		if err := a.choosePassword(ctx, sess, c, view, password); err != nil {
			return Confirmed{}, err
		}
	}
	rules, err := a.totpRules(view, c.acct.Policies, a.clock.Now())
	if err != nil {
		return Confirmed{}, err
	}
	if _, err := a.newSeed(ctx, sess, rules); err != nil {
		return Confirmed{}, err
	}
	return Confirmed{NeedsApp: true}, nil
}

// choosePassword takes a password for the sign-up and keeps its record in this
// session. The one that waits in the store stays until the account is made, and
// opens nothing.
func (a *Accounts) choosePassword(ctx context.Context, sess *session.Session, c confirming, view identity.TenantView, password seal.Secret) error {
	u := c.acct.User
	address, _ := u.Email() // confirming has looked
	rules, err := a.passwordRules(view, c.acct.Policies, a.clock.Now())
	if err != nil {
		return err
	}
	if err := a.judgeNew(ctx, rules, password, address.Canonical, u.DisplayName); err != nil {
		return err
	}
	if err := a.chargeLink(ctx, c.link); err != nil {
		return err
	}
	body, err := a.hash(ctx, password)
	if err != nil {
		return err
	}
	kept, err := claimDetails{Email: address.Typed, Password: body}.encode()
	if err != nil {
		return err
	}
	flow := machine.WorkflowData{
		Kind: machine.WorkflowEmailVerification, Total: 1, Deadline: c.ends, Then: machine.ThenAuthenticated,
		Subject: u.Subject(), Address: address.Typed,
	}
	if flow.Epochs, err = a.sessions.Epochs(ctx, flow.Subject); err != nil {
		return err
	}
	if _, err := sess.Transition(ctx, machine.StartWorkflow{Flow: flow}, session.Commit{}); err != nil {
		return overtaken(err)
	}
	return sess.PutCeremony(ctx, signUpEntered, c.ends, kept)
}

// CompleteSignup makes the account of a sign-up under a tenant that asks everybody
// for an authenticator app, if the code fits the app that was set up in this
// browser: link consumed, address proven, password and app stored, account active
// and events written in one step. Before it the account is a Candidate, whatever
// was done (AUN-124). The session is then signed in with both factors, under a new
// id; the code is spent.
//
// Outcomes: Completed, Rejected. Errors: ErrTokenInvalid; ErrNoEnrolment when the
// link was not confirmed in this browser or the app's key has run out;
// ErrSignUpClosed when nobody with a password and an app could sign in;
// ErrFlowSuperseded when the account is there and this session moved; store errors.
func (a *Accounts) CompleteSignup(ctx context.Context, sess *session.Session, text string, code Code) (FactorOutcome, error) {
	defer code.Wipe()
	out, err := a.completeSignup(ctx, sess, text, code)
	if err != nil && !errors.Is(err, ErrTokenInvalid) {
		err = fmt.Errorf("authn: complete sign-up: %w", err)
	}
	return out, err
}

func (a *Accounts) completeSignup(ctx context.Context, sess *session.Session, text string, code Code) (FactorOutcome, error) {
	now := a.clock.Now()
	c, err := a.confirming(ctx, sess, text, now)
	if err != nil {
		return nil, err
	}
	if c.flow == nil {
		return nil, ErrNoEnrolment
	}
	rec, err := a.pending(ctx, sess)
	if err != nil {
		return nil, err
	}
	view, err := a.ident.TenantByID(ctx, c.acct.User.Tenant)
	switch {
	case err != nil:
		return nil, err
	case !TakesSignUps(a.methodsOf(view)), !admits(ctx, view):
		return nil, ErrSignUpClosed
	case !demandsApp(a.methodsOf(view)) && !c.acct.HoldsConsole():
		// Nobody is asked any more, but this person was promised to be.
		c.consume = append(c.consume, identity.PutMethod{Scope: identity.UserScope(c.acct.User.Subject()), Method: withTOTP()})
	}
	rules, err := a.totpRules(view, c.acct.Policies, now)
	if err != nil {
		return nil, err
	}
	confirmed, verdict := totp.Confirm(now, rules, rec, code.Secret)
	if verdict != factor.Accepted {
		return Rejected{Of: factor.TOTP}, nil
	}
	done, epochs, err := a.activateWithApp(ctx, sess, c, confirmed, now)
	if err != nil {
		return nil, err
	}
	a.wake()
	for _, kind := range []machine.CeremonyKind{signUpEntered, enrolTOTP} {
		if err := sess.DropCeremony(ctx, kind); err != nil {
			return nil, overtaken(err)
		}
	}
	if _, err := sess.Transition(ctx, machine.StepWorkflow{}, session.Commit{}); err != nil {
		return nil, overtaken(err)
	}
	login := identity.NewLoginID(a.entropy)
	evidence := []identity.Evidence{emailLink(now), password.Evidence(done.password.ID, c.flow.Started), totp.Evidence(done.app.ID, now)}
	_, err = sess.Transition(ctx, machine.FinishWorkflow{
		Evidence: evidence, Login: login, Profile: profile(done.user), Epochs: epochs,
	}, session.Commit{Also: a.events.signedUp(ctx, done.user, evidence, login)})
	if err != nil {
		return nil, overtaken(err)
	}
	if err := a.arrived(ctx, sess, done.user, evidence, now); err != nil {
		return nil, err
	}
	return Completed{}, nil
}

// activateWithApp is the one change set of a sign-up with an app, and the epochs
// that the login runs under.
func (a *Accounts) activateWithApp(ctx context.Context, sess *session.Session, c confirming, app totp.Record, now time.Time) (admitted, identity.Epochs, error) {
	done, epochs := admitted{user: c.acct.User}, c.flow.Epochs
	sub := done.user.Subject()
	changes := c.consume
	if c.entered == nil {
		held := a.open(ctx, c.acct, factor.Password, time.Time{})
		if len(held) != 1 {
			return done, epochs, ErrTokenInvalid // as where no app is asked for (AUN-124)
		}
		done.password = held[0].Credential
	} else {
		var err error
		if done.password, err = a.newCredential(sub, factor.Password, "", c.entered, now); err != nil {
			return done, epochs, err
		}
		// Whoever typed the password that waits keeps nothing: neither it nor the
		// workflow in their browser.
		changes = append(changes, identity.VoidCredentials{Subject: sub}, identity.PutCredential{Credential: done.password},
			identity.RaiseEpoch{Scope: identity.UserScope(sub), Check: true, From: epochs.User})
		epochs.User++
		address, _ := done.user.Email() // confirming has looked
		notice, err := a.notes.row(ctx, address.Canonical, Note{Kind: NotePasswordSet, At: now, Client: sess.View().Client})
		if err != nil {
			return done, epochs, err
		}
		changes = append(changes, identity.Append{Row: notice})
		if tag := language(ctx); tag != "" {
			// Whoever began may read another one.
			changes = append(changes, identity.SetLanguage{Subject: sub, Language: tag, By: sub.User, At: now})
		}
	}
	var err error
	if done.app, err = a.newCredential(sub, factor.TOTP, "", app.Encode(), now); err != nil {
		return done, epochs, err
	}
	if done.set, err = a.freshCodes(ctx, identity.Account{User: done.user}, now); err != nil {
		return done, epochs, err
	}
	if err = a.hand(ctx, sess, done.set); err != nil {
		return done, epochs, overtaken(err)
	}
	changes = append(changes, identity.PutCredential{Credential: done.app})
	changes = append(changes, done.set.changes...)
	changes = append(changes, a.events.changes(a.events.signupCompleted(ctx, done.user))...)
	changes = append(changes, a.events.changes(a.events.factorAdded(ctx, done.user, done.app))...)
	err = a.apply(ctx, changes)
	unhand(ctx, sess, done.set, err)
	return done, epochs, err
}
