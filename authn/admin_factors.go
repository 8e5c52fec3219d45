package authn

import (
	"context"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// InitiateReset mails somebody the link to choose a new password, as if they had asked
// for it: what it leads to and how long it works is the same, and nobody but them
// learns of it. Locks and guesses stay as they are (AUN-115).
//
// Errors: identity.ErrStateTransition for an account that may not sign in; ErrNoMethod
// for one without a password; ErrNoAddress; others as [Admin.Suspend].
func (a *Admin) InitiateReset(ctx context.Context, o Order) error {
	return a.alter(ctx, "initiate reset", o, harmless, func(acct identity.Account, o order) ([]identity.Change, error) {
		p, u := a.people, acct.User
		address, err := reachable(acct, o.now)
		if err != nil {
			return nil, err
		}
		if !holds(acct, factor.Password) {
			return nil, ErrNoMethod
		}
		l := newLink(p.entropy)
		token := identity.Token{
			Purpose: identity.TokenReset, Tenant: u.Tenant, User: u.ID, Address: address,
			CreatedAt: o.now, ExpiresAt: o.now.Add(p.reset),
		}
		mail, err := p.notes.row(ctx, address, Note{
			Kind: NoteReset, Language: u.Language, At: o.now, Link: p.baseOf(u.Tenant) + "/reset/new?token=" + l.text(), Works: p.reset,
		})
		if err != nil {
			return nil, err
		}
		says := audit.PasswordResetRequested{
			Outcome: audit.Success, IdentifierMAC: p.events.identifierMAC(u.Tenant, address), Expires: token.ExpiresAt,
		}
		changes := []identity.Change{identity.PutToken{Token: p.tokens.sealed(token, l), Keep: maxResets}, identity.Append{Row: mail}}
		return append(changes, p.events.changes(p.events.row(ctx, o.about(u), says))...), nil
	})
}

// oneself reports an order about the account of who gives it.
func oneself(o Order) bool { return !o.Actor.IsSystem() && o.Subject == o.Actor.Subject() }

// reachable is the address of an account that may sign in and has proven one.
func reachable(acct identity.Account, now time.Time) (string, error) {
	address, ok := acct.User.Email()
	switch {
	case !usable(acct, now):
		return "", identity.ErrStateTransition
	case !ok || acct.User.EmailVerifiedAt.IsZero():
		return "", ErrNoAddress
	}
	return address.Canonical, nil
}

// DisableFactor switches off one credential of somebody: it proves nothing from that
// moment on, and every session of theirs ends. A method that asks for it still does:
// who has nothing else to answer with cannot sign in before [Admin.EnableFactor], or
// before they have chosen a new password behind a link, or another app after
// [Admin.ResetFactors]. The owner is told. One that is off already is success, and
// ends sessions again.
//
// Errors: identity.ErrStateTransition for an account that is being erased;
// store.ErrNotFound also for the credential; others as [Admin.Suspend].
func (a *Admin) DisableFactor(ctx context.Context, o Order, id identity.CredentialID) error {
	return a.alter(ctx, "disable factor", o, harmful, func(acct identity.Account, o order) ([]identity.Change, error) {
		return a.toggle(ctx, acct, o, id, identity.CredentialDisabled)
	})
}

// EnableFactor switches a credential on again that was switched off, by an order or
// after a hundred wrong guesses, which are forgotten (AUN-058). Never one's own. Its
// owner is told. One that is on is success. Errors: as [Admin.DisableFactor].
func (a *Admin) EnableFactor(ctx context.Context, o Order, id identity.CredentialID) error {
	if oneself(o) {
		return ordered("enable factor", ErrSelf)
	}
	return a.alter(ctx, "enable factor", o, harmful, func(acct identity.Account, o order) ([]identity.Change, error) {
		for _, c := range acct.Credentials {
			if c.ID == id {
				if err := a.people.ledger.Clear(ctx, a.people.levers.streakKey(acct.User.Subject(), c.Kind), o.now); err != nil {
					return nil, err
				}
			}
		}
		return a.toggle(ctx, acct, o, id, identity.CredentialActive)
	})
}

func (a *Admin) toggle(ctx context.Context, acct identity.Account, o order, id identity.CredentialID, to identity.CredentialState) ([]identity.Change, error) {
	p, u := a.people, acct.User
	if u.State == identity.Erasing {
		return nil, identity.ErrStateTransition
	}
	ends := identity.RaiseEpoch{Scope: identity.UserScope(u.Subject())}
	for _, c := range acct.Credentials {
		if c.ID != id {
			continue
		}
		if c.State == to && to == identity.CredentialActive {
			return nil, nil
		}
		if c.State == to {
			return []identity.Change{ends}, nil // the first time it may not have been acknowledged
		}
		row, err := p.switched(c, to)
		if err != nil {
			return nil, err
		}
		note := Note{Kind: NoteFactorDisabled, At: o.now, Factor: c.Kind, Label: c.Label}
		var says audit.Event = audit.FactorDisabled{Outcome: audit.Success, Factor: c.Kind, Credential: c.ID, By: o.by}
		if to == identity.CredentialActive {
			note.Kind = NoteFactorReenabled
			says = audit.FactorEnabled{Outcome: audit.Success, Factor: c.Kind, Credential: c.ID, By: o.by}
		}
		notices, err := p.everywhere(ctx, u, note)
		if err != nil {
			return nil, err
		}
		changes := append([]identity.Change{
			identity.PutCredential{Credential: row, Expect: c.Version}, ends,
		}, notices...)
		return append(changes, p.events.changes(p.events.row(ctx, o.about(u), says))...), nil
	}
	return nil, store.ErrNotFound
}

// ResetFactors takes every second factor away from somebody who has lost them, ends
// their sessions and voids every link that is out. From then on they are asked for an
// app, whatever they were asked for before, and have none: the mailed link leads to
// one, with their password ([Accounts.BeginRebind]). All addresses of theirs are told.
// Repeating it sends a new link. Never one's own, whatever AllowSelf says: whoever has
// taken over a session would make do with less.
//
// Errors: identity.ErrStateTransition for an account that may not sign in; ErrNoMethod
// for one without a password, or where a password with an app signs nobody in;
// ErrNoAddress; others as [Admin.Suspend].
func (a *Admin) ResetFactors(ctx context.Context, o Order) error {
	if oneself(o) {
		return ordered("reset factors", ErrSelf)
	}
	return a.alter(ctx, "reset factors", o, harmful, func(acct identity.Account, o order) ([]identity.Change, error) {
		return a.people.unbound(ctx, acct, o)
	})
}

// unbound are the changes of a reset of factors.
func (a *Accounts) unbound(ctx context.Context, acct identity.Account, o order) ([]identity.Change, error) {
	u, sub := acct.User, acct.User.Subject()
	main, err := reachable(acct, o.now)
	if err != nil {
		return nil, err
	}
	view, err := a.ident.TenantByID(ctx, u.Tenant)
	if err != nil {
		return nil, err
	}
	if !holds(acct, factor.Password) || !TakesSignUps(a.methodsOf(view)) {
		return nil, ErrNoMethod
	}
	var changes []identity.Change
	says := func(kind identity.Kind, id identity.CredentialID) audit.Event {
		return audit.FactorReset{Outcome: audit.Success, Factor: kind, Credential: id, By: o.by}
	}
	var events []store.Row
	for _, c := range acct.Credentials {
		if c.Kind == factor.Password {
			continue
		}
		changes = append(changes, identity.DropCredential{Subject: sub, ID: c.ID, Expect: c.Version})
		if c.Kind != factor.Recovery { // the codes go with what they stand for
			events = append(events, a.events.row(ctx, o.about(u), says(c.Kind, c.ID))...)
		}
	}
	if len(events) == 0 {
		events = a.events.row(ctx, o.about(u), says(factor.TOTP, identity.CredentialID{}))
	}
	if !demandsApp(a.methodsOf(view)) && !demandsApp(inForce(acct.Methods, o.now)) {
		changes = append(changes, identity.PutMethod{Scope: identity.UserScope(sub), Method: withTOTP()})
	}
	changes = append(changes, hadNow(acct, factor.TOTP, o.now)...)
	changes = append(changes, identity.VoidTokens{Subject: sub}, identity.RaiseEpoch{Scope: identity.UserScope(sub)})
	link, err := a.activation(ctx, u, NoteRebind, "/rebind", o.now)
	if err != nil {
		return nil, err
	}
	notices, err := a.everywhere(ctx, u, Note{Kind: NoteFactorsReset, At: o.now}, main)
	if err != nil {
		return nil, err
	}
	changes = append(append(changes, link...), notices...)
	return append(changes, a.events.changes(events)...), nil
}

// everywhere mails a note to every address of somebody who has proven one, but for
// some (AUN-135).
func (a *Accounts) everywhere(ctx context.Context, u identity.User, note Note, but ...string) ([]identity.Change, error) {
	var out []identity.Change
	note.Language = u.Language
	for _, to := range proven(u) {
		if slices.Contains(but, to) {
			continue
		}
		row, err := a.notes.row(ctx, to, note)
		if err != nil {
			return nil, err
		}
		out = append(out, identity.Append{Row: row})
	}
	return out, nil
}

// proven are the addresses of somebody who has proven one.
func proven(u identity.User) []string {
	var out []string
	for _, i := range u.Identifiers {
		if i.Kind == identity.Email && !u.EmailVerifiedAt.IsZero() {
			out = append(out, i.Canonical)
		}
	}
	return out
}
