package authn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// Bounds of resets (AUN-131, AUN-133).
const (
	maxResets = 3  // live links of one person
	maxTries  = 10 // passwords that one link may be given
)

// ResetSent says what every request for a reset leads to, whether there is such an
// account or not.
type ResetSent struct{ Works time.Duration }

// toNobody is the address of what is written for equal work: an erasure does not find
// such a row, so it names nobody (AUN-I7).
const toNobody = "nobody@invalid"

// resetting is who a reset is about, as far as the store can tell.
type resetting struct {
	subject identity.Subject
	nobody  bool         // the subject is made up
	reason  audit.Reason // why no link is sent; empty for one that is
	acct    identity.Account
	to      string // where a mail goes
	mac     string
}

// BeginReset mails a link to choose a new password to whoever is named, by any
// identifier: to the address that was typed, if it is one, else to the first that the
// account has, if they are proven. Who signs in without a password is told how, instead.
// For nobody, for an account that may not sign in and beyond the budget of mails,
// outcome, work and rows are the same and no mail goes out (AUN-131, AUN-134). No
// more than three links of one person are alive, the newest.
//
// Errors: store errors; never one that depends on who was named.
func (a *Accounts) BeginReset(ctx context.Context, identifier string) (ResetSent, error) {
	now := a.clock.Now()
	who, err := a.resetting(ctx, identifier, now)
	var within bool
	if err == nil {
		within, err = a.mayMailUser(ctx, mailReset, who.subject, now)
	}
	if err == nil {
		err = a.sendReset(ctx, who, within, now)
	}
	if failedAt(err, 0, store.ErrNotFound) {
		// Erased since: the link would be all that is left of them (AUN-I7).
		if who, err = a.resetting(ctx, identifier, now); err == nil {
			err = a.sendReset(ctx, who, within, now)
		}
	}
	if err != nil {
		err = fmt.Errorf("authn: begin reset: %w", err)
	}
	return ResetSent{a.reset}, err
}

// sendReset is the one Apply of a request for a reset.
func (a *Accounts) sendReset(ctx context.Context, who resetting, within bool, now time.Time) error {
	silent := who.nobody || !within
	if !within && who.reason == "" {
		who.reason = audit.ReasonLimit
	}
	l := newLink(a.entropy)
	token := identity.Token{
		Purpose: identity.TokenReset, Tenant: who.subject.Tenant, User: who.subject.User, Address: who.to,
		CreatedAt: now, ExpiresAt: now.Add(a.reset),
	}
	note := Note{
		Kind: NoteReset, Language: who.acct.User.Language, At: now,
		Link: a.baseOf(who.subject.Tenant) + "/reset/new?token=" + l.text(), Works: a.reset,
	}
	if who.reason != "" {
		token.Purpose, token.Address = identity.TokenVoid, toNobody
		note.Kind, note.Link, note.Works = NoteNoPassword, a.baseOf(who.subject.Tenant)+"/sign-in", 0
	}
	message, err := a.notes.row(ctx, who.to, note)
	if err != nil {
		return err
	}
	if silent {
		message.Topic, message.Body = store.TopicVoid, nil
	}
	changes := []identity.Change{identity.PutToken{Token: a.tokens.sealed(token, l), Keep: maxResets}}
	changes = append(changes, a.events.changes(a.events.resetRequested(ctx, who, token.ExpiresAt))...)
	changes = append(changes, identity.Append{Row: message})
	if err := a.admin.Apply(ctx, changes...); err != nil {
		return err
	}
	a.wake()
	return nil
}

// resetting reads tenant and account, with the same calls for every class of input.
func (a *Accounts) resetting(ctx context.Context, identifier string, now time.Time) (resetting, error) {
	kind, canonical, wellFormed := a.canonical(identifier)
	tenant := a.tenantOf(ctx, identity.TenantID{})
	who := resetting{
		subject: a.decoySubject(tenant, kind, canonical), nobody: true, to: toNobody,
		mac: a.events.identifierMAC(tenant, canonical),
	}
	view, err := a.ident.TenantByID(ctx, tenant)
	open := err == nil && view.Tenant.Status == identity.TenantActive
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return who, err
	}
	acct, err := a.ident.AccountByIdentifier(ctx, tenant, kind, canonical)
	if errors.Is(err, store.ErrCorrupt) {
		a.alarm(ctx, alarmDataIntegrity, err)
	} else if err != nil && !errors.Is(err, store.ErrNotFound) {
		return who, err
	}
	address, mailed := acct.User.Email()
	switch {
	case !wellFormed:
		who.reason = audit.ReasonBadInput
	case !open:
		who.reason = audit.ReasonTenantInactive
	case !admits(ctx, view):
		who.reason = audit.ReasonNetwork
	case err != nil || identity.IsReserved(acct.User.ID):
		who.reason = audit.ReasonUnknownUser
	case !usable(acct, now) || !mailed || acct.User.EmailVerifiedAt.IsZero():
		who.reason = audit.ReasonNotActive
	default:
		who.acct, who.subject, who.nobody, who.to = acct, acct.User.Subject(), false, address.Canonical
		if kind == identity.Email {
			who.to = canonical // one of theirs: all that an account has are proven
		}
		if !holds(acct, factor.Password) {
			who.reason = audit.ReasonNoMethod
		}
	}
	return who, nil
}

// ViewReset describes the link of a reset: whose password it is about, masked.
// Looking consumes nothing. Errors: ErrTokenInvalid, store errors.
func (a *Accounts) ViewReset(ctx context.Context, text string) (LinkView, error) {
	t, _, err := a.token(ctx, text, a.clock.Now(), identity.TokenReset)
	switch {
	case errors.Is(err, ErrTokenInvalid):
		return LinkView{}, err
	case err != nil:
		return LinkView{}, fmt.Errorf("authn: view reset: %w", err)
	case t.Tries >= maxTries:
		return LinkView{}, ErrTokenInvalid
	}
	return LinkView{Address: maskAddress(t.Address), NeedsPassword: true}, nil
}

// CompleteReset gives an account the password that was chosen behind the link. With
// it all sessions of the person end and all their links of resets are void; nobody
// is signed in, and every other factor is asked for as before (AUN-133, AUN-134). A
// lock stays: whoever reads the mailbox must not be able to lift it. A password that
// breaks a rule leaves the link alive, ten times. Of any number of calls with one
// link at most one succeeds.
//
// Errors: ErrTokenInvalid, also for an account that may not sign in any more;
// *password.PolicyError; ErrFlowSuperseded when something else changed the account
// meanwhile, and the link still works; *RevocationError; password.ErrBusy; store
// errors.
func (a *Accounts) CompleteReset(ctx context.Context, text string, next seal.Secret) error {
	defer next.Wipe()
	err := a.completeReset(ctx, text, next)
	if err != nil && !errors.Is(err, ErrTokenInvalid) {
		err = fmt.Errorf("authn: complete reset: %w", err)
	}
	return err
}

func (a *Accounts) completeReset(ctx context.Context, text string, next seal.Secret) error {
	now := a.clock.Now()
	t, _, err := a.token(ctx, text, now, identity.TokenReset)
	if err != nil {
		return err
	}
	sub := identity.Subject{Tenant: t.Tenant, User: t.User}
	before, err := a.sessions.Epochs(ctx, sub) // before what the commit rests on
	if err != nil {
		return err
	}
	acct, err := a.ident.AccountByID(ctx, sub)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	held := a.openHeld(ctx, acct, factor.Password)
	if err != nil || !usable(acct, now) || !owns(acct.User, t.Address) || len(held) == 0 || t.Tries >= maxTries {
		return ErrTokenInvalid
	}
	view, err := a.tenantView(ctx, sub.Tenant)
	if err != nil {
		return err
	}
	if !admits(ctx, view) { // the link goes on working from where it may (IDN-038)
		return ErrTokenInvalid
	}
	rules, err := a.passwordRules(view, acct.Policies, now)
	if err != nil {
		return err
	}
	if err := a.judgeNew(ctx, rules, next, known(acct.User)...); err != nil {
		return a.tried(ctx, t, now, err)
	}
	row, err := a.replaced(ctx, held[0], next, rules, now)
	if errors.Is(err, password.ErrPolicy) {
		return a.tried(ctx, t, now, err)
	}
	if err != nil {
		return err
	}
	notices, err := a.everywhere(ctx, acct.User, Note{Kind: NotePasswordSet, At: now})
	if err != nil {
		return err
	}
	// Before the commit: a guess more at a password that is about to go costs less than
	// a new one that the old one's count keeps shut (AUN-058, AUN-059).
	if err := a.ledger.Clear(ctx, a.levers.streakKey(sub, factor.Password), now); err != nil {
		return err
	}
	changes := []identity.Change{
		identity.ConsumeToken{Selector: t.Selector, Digest: t.Digest, Purpose: identity.TokenReset, Now: now},
		identity.VoidTokens{Subject: sub, Purpose: identity.TokenReset},
		// A link to bind another factor asks for the password that was there: else the
		// mailbox alone would be enough for both (AUN-135).
		identity.VoidTokens{Subject: sub, Purpose: identity.TokenActivation},
		identity.PutCredential{Credential: row, Expect: row.Version - 1},
	}
	for _, more := range held[1:] { // whoever knew one of several still would
		changes = append(changes, identity.DropCredential{Subject: sub, ID: more.Credential.ID, Expect: more.Credential.Version})
	}
	changes = append(changes,
		identity.RaiseEpoch{Scope: identity.UserScope(sub), Check: true, From: before.User})
	changes = append(changes, notices...)
	changes = append(changes, a.events.changes(a.events.passwordReset(ctx, acct.User))...)
	return a.finishReset(a.admin.Apply(ctx, changes...))
}

// finishReset says what the commit of a reset led to: the loser of a race for the
// link has an invalid one, the loser of another race may try again.
func (a *Accounts) finishReset(err error) error {
	var which *identity.ChangeError
	switch {
	case err == nil:
		a.wake()
		return nil
	case errors.Is(err, identity.ErrNotRevoked):
		a.wake()
		return &RevocationError{Changed: true, Err: err}
	case errors.As(err, &which) && which.Index == 0 && errors.Is(err, store.ErrNotFound):
		return ErrTokenInvalid
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%w: %w", ErrFlowSuperseded, err)
	}
	return err
}

// tried counts a password that was refused against its link.
func (a *Accounts) tried(ctx context.Context, t identity.Token, now time.Time, refused error) error {
	err := a.ident.Record(ctx, identity.CountTry{
		Selector: t.Selector, Digest: t.Digest, Purpose: t.Purpose, Max: maxTries, Now: now,
	})
	switch {
	case err == nil:
		return refused
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		return ErrTokenInvalid
	}
	return err
}
