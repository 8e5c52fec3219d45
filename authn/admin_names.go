package authn

import (
	"context"
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// AddName gives somebody another name: a user name or a number at once, which ends their
// sessions and tells all of their proven addresses. To an address a link is mailed, and
// it counts when they confirm it where they are signed in: an administrator who could
// read the mail would otherwise have the account by it (AUN-115). Never to one's own
// account: that has a page, which asks for a factor. An administrator is told what is
// taken.
//
// Errors: *FieldError for what is no name or reserved; ErrAddressKept; ErrNamesFull;
// ErrNameTaken; identity.ErrStateTransition for an account that is being erased, and
// with an address for one that may not sign in; ErrNoAddress with an address for one
// whose own were never proven; others as [Admin.Suspend].
func (a *Admin) AddName(ctx context.Context, o Order, name identity.Identifier) error {
	const verb = "add name"
	if oneself(o) {
		return ordered(verb, ErrSelf)
	}
	if name.Kind == identity.Email {
		return a.addAddress(ctx, verb, o, name)
	}
	return a.renames(ctx, verb, o, func(u identity.User) (renaming, error) {
		if name.Kind == identity.Username {
			return a.people.withUsername(u, name.Typed)
		}
		number, err := identity.NewIdentifier(identity.Phone, name.Typed)
		switch {
		case name.Kind != identity.Phone || err != nil || a.people.reserved.Check(number) != nil:
			return renaming{}, fieldError("name", "is not a name that can be had")
		case isNamed(u, number):
			return renaming{}, ErrAddressKept
		case len(u.Identifiers) >= identity.MaxIdentifiers:
			return renaming{}, ErrNamesFull
		}
		return renaming{next: append(slices.Clone(u.Identifiers), number), what: NamesPhoneAdded}, nil
	})
}

// RemoveName takes a name away from somebody, the primary one too: then the next of
// their addresses is the first. Their sessions end, every link that was mailed to them
// goes with an address, and all of their proven addresses are told.
//
// Errors: ErrNameNeeded for the last name and for the last address;
// store.ErrNotFound also for the name; others as [Admin.AddName].
func (a *Admin) RemoveName(ctx context.Context, o Order, name identity.Identifier) error {
	const verb = "remove name"
	if oneself(o) {
		return ordered(verb, ErrSelf)
	}
	return a.renames(ctx, verb, o, func(u identity.User) (renaming, error) {
		r, err := withoutName(u, name)
		if err != nil {
			return r, err
		}
		_, mailed := identity.User{Identifiers: r.next}.Email()
		if len(r.next) == 0 || name.Kind == identity.Email && !mailed {
			return renaming{}, ErrNameNeeded
		}
		return r, nil
	})
}

func (a *Admin) renames(ctx context.Context, verb string, o Order, plan func(identity.User) (renaming, error)) error {
	err := a.alter(ctx, verb, o, harmful, func(acct identity.Account, o order) ([]identity.Change, error) {
		u := acct.User
		if u.State == identity.Erasing {
			return nil, identity.ErrStateTransition
		}
		r, err := plan(u)
		if err != nil {
			return nil, err
		}
		changes, err := a.people.renamed(ctx, u, r, Note{At: o.now}, o.of.Actor, o.about(u), o.by)
		return append(changes, identity.RaiseEpoch{Scope: identity.UserScope(u.Subject())}), err
	})
	if failedAt(err, 0, store.ErrExists) {
		return ordered(verb, ErrNameTaken)
	}
	return err
}

func (a *Admin) addAddress(ctx context.Context, verb string, o Order, name identity.Identifier) error {
	p := a.people
	address, err := identity.NewIdentifier(identity.Email, name.Typed)
	if err == nil {
		err = p.reserved.Check(address)
	}
	if err != nil {
		return ordered(verb, fieldError("email", "is not an address that mail can reach"))
	}
	return a.alter(ctx, verb, o, harmful, func(acct identity.Account, o order) ([]identity.Change, error) {
		u := acct.User
		_, err := reachable(acct, o.now)
		switch {
		case err != nil:
			return nil, err
		case isNamed(u, address):
			return nil, ErrAddressKept
		case len(u.Identifiers) >= identity.MaxIdentifiers:
			return nil, ErrNamesFull
		}
		owner, taken, err := p.owner(ctx, u.Tenant, address)
		if err == nil && taken {
			err = ErrNameTaken
		}
		if err != nil {
			return nil, err
		}
		return p.addressAsked(ctx, request{beside(), u, o.about(u), address, owner.User, false, true, o.now})
	})
}
