package sqlstore

import (
	"context"
	"errors"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/store"
)

// Apply implements [identity.Admin].
func (p people) Apply(ctx context.Context, changes ...identity.Change) error {
	return apply(ctx, p.b, "apply", changes)
}

// Record implements [identity.AuthnLog].
func (p people) Record(ctx context.Context, changes ...identity.LogChange) error {
	return apply(ctx, p.b, "record", changes)
}

func apply[C identity.Change](ctx context.Context, b *Backend, verb string, changes []C) error {
	for i, c := range changes {
		if err := portargs.Change(c); err != nil {
			return b.failed(verb, &identity.ChangeError{Index: i, Err: err})
		}
	}
	return b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		for i, c := range changes {
			err := change(ctx, l, c)
			if err == nil {
				continue
			}
			if f := (*fault)(nil); errors.As(err, &f) {
				return err // not a condition: nobody knows of which change it would be
			}
			return &identity.ChangeError{Index: i, Err: err}
		}
		return nil
	})
}

// change makes one change if its condition holds, seeing the ones before it.
func change(ctx context.Context, l *lane, c identity.Change) error {
	switch c := c.(type) {
	case identity.NewTenant:
		return newTenant(ctx, l, c)
	case identity.UpdateTenant:
		return changeTenant(ctx, l, &c)
	case identity.MoveTenant:
		return moveTenant(ctx, l, &c)
	case identity.DropTenant:
		return dropTenant(ctx, l, &c)
	case identity.NewUser:
		return newUser(ctx, l, &c.User)
	case identity.Transition:
		return transition(ctx, l, &c)
	case identity.SetIdentifiers:
		return setIdentifiers(ctx, l, &c)
	case identity.SetLanguage:
		return setLanguage(ctx, l, &c)
	case identity.SetDisplayName:
		return setDisplayName(ctx, l, &c)
	case identity.PutCredential:
		return putCredential(ctx, l, &c)
	case identity.DropCredential:
		return dropCredential(ctx, l, &c)
	case identity.VoidCredentials:
		_, err := l.exec(ctx, deleteCredentials, c.Subject.Tenant, c.Subject.User)
		return err
	case identity.PutMethod:
		return putMethod(ctx, l, &c)
	case identity.PutPolicy:
		return putPolicy(ctx, l, &c)
	case identity.DropPolicy:
		return dropPolicy(ctx, l, &c)
	case identity.PutLink:
		return putLink(ctx, l, &c.Link)
	case identity.DropLink:
		return dropLink(ctx, l, &c)
	case identity.PutGrant:
		return putGrant(ctx, l, &c)
	case identity.DropGrant:
		return dropGrant(ctx, l, &c)
	case identity.RequireNoRole:
		return requireNoRole(ctx, l, c)
	case identity.RequireHolder:
		return requireHolder(ctx, l, c)
	case identity.PutToken:
		return putToken(ctx, l, &c)
	case identity.CountTry:
		return count(ctx, l, &c)
	case identity.ConsumeToken:
		return consume(ctx, l, &c)
	case identity.VoidTokens:
		if c.Purpose == "" {
			_, err := l.exec(ctx, deleteTokens, c.Subject.Tenant, c.Subject.User)
			return err
		}
		if !c.Since.IsZero() {
			_, err := l.exec(ctx, voidNewTokens, c.Subject.Tenant, c.Subject.User, string(c.Purpose), micro(c.Since))
			return err
		}
		_, err := l.exec(ctx, voidTokens, c.Subject.Tenant, c.Subject.User, string(c.Purpose))
		return err
	case identity.EraseUser:
		return erase(ctx, l, c.Subject, c.From)
	case identity.RaiseEpoch:
		if c.Check {
			return raiseFrom(ctx, l, c.Scope, c.From)
		}
		return raise(ctx, l, c.Scope)
	case identity.AdvanceCredential:
		return advance(ctx, l, &c.Credential)
	case identity.RecordLogin:
		return recordLogin(ctx, l, &c)
	case identity.Append:
		return appendRows(ctx, l, []store.Row{c.Row})
	}
	return store.ErrBadArgument // portargs has refused it
}

// refused makes violations of keys the answers that the ports give.
func refused(err error) error {
	switch {
	case is(err, Unique):
		return store.ErrExists
	case is(err, ForeignKey):
		return store.ErrNotFound
	}
	return err
}
