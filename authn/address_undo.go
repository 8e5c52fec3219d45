package authn

import (
	"context"
	"slices"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// ViewUndo describes the link that undoes a change of address: the address that it
// gives back, masked. Looking consumes nothing. Errors: ErrTokenInvalid, store errors.
func (a *Accounts) ViewUndo(ctx context.Context, text string) (LinkView, error) {
	t, _, err := a.token(ctx, text, a.clock.Now(), identity.TokenUndo)
	if err != nil {
		return LinkView{}, viewed("view undo", err)
	}
	return LinkView{Address: maskAddress(t.Address)}, nil
}

// UndoAddress gives an account back the address that a change took from it: every other
// address goes, every session ends, every link that is out is void, later ones of this
// kind too, and a link to choose a new password goes to the address that is back
// (AUN-127). Nobody is signed in. Links of earlier changes stay: otherwise whoever took
// an account over would change its address twice and undo the second change.
//
// Errors: as [Accounts.ConfirmAddress].
func (a *Accounts) UndoAddress(ctx context.Context, text string) error {
	if err := a.undoAddress(ctx, text); err != nil {
		return viewed("undo change of address", err)
	}
	return nil
}

func (a *Accounts) undoAddress(ctx context.Context, text string) error {
	now := a.clock.Now()
	m, err := a.moving(ctx, text, now, identity.TokenUndo)
	if err != nil {
		return err
	}
	changes := append(m.take, m.voids()...)
	changes = append(changes, identity.VoidTokens{Subject: m.subject, Purpose: identity.TokenUndo, Since: m.token.CreatedAt})
	changes = append(changes, m.renames(restored(m.acct.User.Identifiers, m.address), now)...)
	if holds(m.acct, factor.Password) {
		l := newLink(a.entropy)
		message, err := a.notes.row(ctx, m.address.Canonical, Note{
			Kind: NoteReset, Language: m.acct.User.Language, At: now,
			Link: a.baseOf(m.subject.Tenant) + "/reset/new?token=" + l.text(), Works: a.reset,
		})
		if err != nil {
			return err
		}
		changes = append(changes, identity.PutToken{Token: a.tokens.sealed(identity.Token{
			Purpose: identity.TokenReset, Tenant: m.subject.Tenant, User: m.subject.User, Address: m.address.Canonical,
			CreatedAt: now, ExpiresAt: now.Add(a.reset),
		}, l)}, identity.Append{Row: message})
	}
	changes = append(changes, a.events.changes(a.events.addressChanged(ctx, m.acct.User))...)
	return a.moved(a.admin.Apply(ctx, changes...))
}

// restored are the names with one address alone, where the first one was.
func restored(names []identity.Identifier, address identity.Identifier) []identity.Identifier {
	at := slices.IndexFunc(names, func(i identity.Identifier) bool { return i.Kind == identity.Email })
	next := slices.DeleteFunc(slices.Clone(names), func(i identity.Identifier) bool { return i.Kind == identity.Email })
	return slices.Insert(next, max(at, 0), address)
}
