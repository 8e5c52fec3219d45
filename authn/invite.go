package authn

import (
	"context"
	"errors"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// NewAccount is what somebody else may say about an account that they make. A
// password is not among it: its owner chooses one behind the mailed link, and nobody
// else ever knows it (IDN-052, AUN-115).
type NewAccount struct {
	Email       string // an address; at most 256 bytes
	DisplayName string // identity.CheckDisplayName; may be empty
	Language    string // that its owner reads, as a BCP 47 tag; empty when not known
}

// invitation is an account that somebody makes for somebody else.
type invitation struct {
	NewAccount
	tenant identity.TenantID
	of     audit.Of // who makes it, without subject
	by     audit.By // ByAdmin or BySystem
	now    time.Time
}

// invited words an account that waits for its owner: user, link, mail and events,
// for one Apply together with whatever else that is to hold. The link works for
// LinkLife. Input is judged before anything is read. Of two accounts with one name
// the second fails as a whole: store.ErrExists.
//
// Errors: *FieldError for the input, which does not depend on existing data.
func (a *Accounts) invited(ctx context.Context, i invitation) (identity.User, []identity.Change, error) {
	address, err := identity.NewIdentifier(identity.Email, i.Email)
	if err == nil {
		err = a.reserved.Check(address)
	}
	switch {
	case err != nil:
		return identity.User{}, nil, fieldError("email", "is not an address that mail can reach")
	case identity.CheckDisplayName(i.DisplayName) != nil:
		return identity.User{}, nil, fieldError("display_name", "is too long or has characters that cannot be shown")
	case identity.CheckLanguage(i.Language) != nil:
		return identity.User{}, nil, fieldError("language", "is not a language tag")
	}
	by := i.of.Actor
	if by.IsZero() {
		by = identity.SystemUser
	}
	u := identity.User{
		ID: identity.NewUserID(a.entropy), Tenant: i.tenant,
		Identifiers: []identity.Identifier{address}, DisplayName: i.DisplayName, Language: i.Language,
		State: identity.PendingActivation, Detail: identity.StateDetail{Since: i.now},
		WebAuthnHandle: entropy.Bytes32(a.entropy), AuditHandle: entropy.Bytes16(a.entropy),
		CreatedAt: i.now, CreatedBy: by, UpdatedAt: i.now, UpdatedBy: by,
	}
	link, err := a.activation(ctx, u, NoteActivation, "/verify", i.now)
	if err != nil {
		return u, nil, err
	}
	source := audit.SourceAdmin
	if i.by == audit.BySystem {
		source = audit.SourceOperator
	}
	of := aboutUser(u)
	of.Actor, of.ActorHandle = i.of.Actor, i.of.ActorHandle
	changes := append([]identity.Change{identity.NewUser{User: u}}, link...)
	says := audit.UserCreated{Outcome: audit.Success, By: i.by, Source: source}
	return u, append(changes, a.events.changes(a.events.row(ctx, of, says))...), nil
}

// activation are the changes that send somebody a link to set up what they sign in
// with. Of the links of this purpose only the newest works.
func (a *Accounts) activation(ctx context.Context, u identity.User, kind NoteKind, page string, now time.Time) ([]identity.Change, error) {
	address, _ := u.Email() // callers have looked
	l := newLink(a.entropy)
	message, err := a.notes.row(ctx, address.Canonical, Note{
		Kind: kind, Language: u.Language, At: now, Link: a.baseOf(u.Tenant) + page + "?token=" + l.text(), Works: a.linkLife,
	})
	if err != nil {
		return nil, err
	}
	return []identity.Change{
		identity.PutToken{Token: a.tokens.sealed(identity.Token{
			Purpose: identity.TokenActivation, Tenant: u.Tenant, User: u.ID, Address: address.Canonical,
			CreatedAt: now, ExpiresAt: now.Add(a.linkLife),
		}, l), Keep: 1},
		identity.Append{Row: message},
	}, nil
}

// CreateUser makes an account that waits for its owner, who gets a mail with a link:
// behind it they choose a password and set up whatever the tenant asks for, and only
// then the account can sign in. o.Subject names the tenant alone. A sign-up that
// waits for the address is started over from, as a new sign-up would (AUN-123).
//
// Errors: *FieldError for n; ErrIdentifierTaken; others as [Admin.Suspend].
func (a *Admin) CreateUser(ctx context.Context, o Order, n NewAccount) (identity.Subject, error) {
	sub, err := a.createUser(ctx, o, n)
	return sub, ordered("create user", err)
}

func (a *Admin) createUser(ctx context.Context, o Order, n NewAccount) (identity.Subject, error) {
	o.Subject.User = identity.UserID{}
	t, err := a.take(ctx, "create", o, harmless)
	if err != nil {
		return identity.Subject{}, err
	}
	if t.Subject.Tenant != t.of.Tenant {
		return identity.Subject{}, a.missing(ctx, t)
	}
	view, err := a.people.ident.TenantByID(ctx, t.Subject.Tenant)
	if err != nil {
		return identity.Subject{}, err
	}
	if view.Tenant.Status != identity.TenantActive {
		return identity.Subject{}, ErrTenantStatus
	}
	u, changes, err := a.people.invited(ctx, invitation{NewAccount: n, tenant: t.Subject.Tenant, of: t.of, by: t.by, now: t.now})
	if err != nil {
		return identity.Subject{}, err
	}
	const tries = 3
	for range tries {
		var first []identity.Change
		acct, err := a.people.ident.AccountByIdentifier(ctx, u.Tenant, identity.Email, u.Primary().Canonical)
		switch {
		case err == nil && acct.User.State != identity.Candidate, errors.Is(err, store.ErrCorrupt):
			return identity.Subject{}, ErrIdentifierTaken
		case err == nil:
			first = a.people.erasePrior(acct, false, t.now)
		case !errors.Is(err, store.ErrNotFound):
			return identity.Subject{}, err
		}
		err = a.people.admin.Apply(ctx, append(first, changes...)...)
		switch {
		case err == nil:
			a.people.wake()
			return u.Subject(), nil
		case !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound):
			return identity.Subject{}, err
		}
	}
	return identity.Subject{}, ErrIdentifierTaken
}

// ResendActivation mails a new link to somebody whose account waits for them; the
// link before it ends. Errors: identity.ErrStateTransition for an account that does
// not wait; others as [Admin.Suspend].
func (a *Admin) ResendActivation(ctx context.Context, o Order) error {
	return a.alter(ctx, "resend activation", o, harmless, func(acct identity.Account, o order) ([]identity.Change, error) {
		if acct.User.State != identity.PendingActivation {
			return nil, identity.ErrStateTransition
		}
		if _, ok := acct.User.Email(); !ok {
			return nil, ErrNoAddress
		}
		return a.people.activation(ctx, acct.User, NoteActivation, "/verify", o.now)
	})
}
