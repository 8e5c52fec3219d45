package authn

import (
	"context"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// MarkCompromised says that others know somebody's password: in one commit every
// session of theirs ends, every login in progress, every mailed link that leads to
// credentials or an address, and the password leads from then on to nothing but
// another one, after every step of the next sign-in ([Accounts.ReplacePassword]), or
// behind the link of a reset. It is for evidence, never for a calendar (SP 800-63B-4
// §3.1.1.2). All addresses of the person are told.
//
// Where a password signs in alone, whoever knows it may be the first who replaces it,
// and the mail tells the owner; if it is being used already, [Admin.DisableFactor] and
// [Admin.InitiateReset] leave the choice to the mailbox.
//
// What is marked already is success, and ends sessions again. Errors: ErrNoMethod for
// an account without a password; identity.ErrStateTransition for one that has not been
// confirmed or is being erased; others as [Admin.Suspend].
func (a *Admin) MarkCompromised(ctx context.Context, o Order) error {
	return a.alter(ctx, "mark compromised", o, harmful, func(acct identity.Account, o order) ([]identity.Change, error) {
		return a.people.marked(ctx, acct, o)
	})
}

// marked are the changes of it. The mark is in the sealed body, beside the password
// that it is about.
func (a *Accounts) marked(ctx context.Context, acct identity.Account, o order) ([]identity.Change, error) {
	u, sub := acct.User, acct.User.Subject()
	if u.State == identity.Candidate || u.State == identity.PendingActivation || u.State == identity.Erasing {
		return nil, identity.ErrStateTransition
	}
	held := a.openHeld(ctx, acct, factor.Password)
	if len(held) == 0 {
		return nil, ErrNoMethod
	}
	var changes []identity.Change
	var events []store.Row
	for _, r := range held {
		if password.IsCompromised(r.Body) {
			continue
		}
		body, err := password.MarkCompromised(r.Body)
		if err != nil {
			return nil, err
		}
		row := r.Credential
		row.Version++
		if row, err = a.vault.Seal(row, body); err != nil {
			return nil, err
		}
		changes = append(changes, identity.PutCredential{Credential: row, Expect: r.Credential.Version})
		events = append(events, a.events.row(ctx, o.about(u), audit.PasswordCompromised{Outcome: audit.Success, Credential: row.ID, By: o.by})...)
	}
	ends := identity.RaiseEpoch{Scope: identity.UserScope(sub)}
	if len(changes) == 0 {
		return []identity.Change{ends}, nil // the first time it may not have been acknowledged
	}
	// The links that undo a change of address stay: they are the owner's way back.
	for _, p := range []identity.TokenPurpose{identity.TokenReset, identity.TokenActivation, identity.TokenAddress} {
		changes = append(changes, identity.VoidTokens{Subject: sub, Purpose: p})
	}
	notices, err := a.everywhere(ctx, u, Note{Kind: NotePasswordCompromised, At: o.now})
	if err != nil {
		return nil, err
	}
	changes = append(append(changes, ends), notices...)
	return append(changes, a.events.changes(events)...), nil
}
