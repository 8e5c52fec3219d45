package authn

import (
	"context"
	"errors"
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// ErrLastAdmin means that the order would leave a tenant that has an administrator
// without one who may sign in.
var ErrLastAdmin = errors.New("authn: nobody else who may sign in is an administrator")

// witness is the condition under which an order may put an administrator out. Nothing
// is asked of the system, which can bring back whom it has stopped.
func (a *Admin) witness(ctx context.Context, acct identity.Account, o order) ([]identity.Change, error) {
	if o.Actor.IsSystem() {
		return nil, nil
	}
	return a.people.successor(ctx, acct, o.Actor.Subject())
}

// successor is the condition under which somebody may stop being an administrator:
// another one stays who may sign in. It is judged in the commit, so that two who put one
// another out at once do not both succeed. Whoever decides it is asked first, and only
// where that is no administrator the tenant is searched. Nothing is asked for an account
// that is no administrator or not active anyway.
func (a *Accounts) successor(ctx context.Context, acct identity.Account, asked identity.Subject) ([]identity.Change, error) {
	u := acct.User
	if u.State != identity.Active || !heldBy(acct, identity.RoleAdmin) {
		return nil, nil
	}
	stays := func(s identity.Subject) []identity.Change {
		return []identity.Change{identity.RequireHolder{Subject: s, Role: identity.RoleAdmin}}
	}
	fit := func(s identity.Subject) (bool, error) {
		if s == u.Subject() {
			return false, nil
		}
		other, err := a.ident.AccountByID(ctx, s)
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		return err == nil && other.User.State == identity.Active && heldBy(other, identity.RoleAdmin), err
	}
	if ok, err := fit(asked); ok || err != nil {
		return stays(asked), err
	}
	var after identity.UserCursor
	for {
		page, err := a.ident.Users(ctx, u.Tenant, after, identity.MaxPage)
		if err != nil {
			return nil, err
		}
		for _, x := range page {
			if x.State != identity.Active {
				continue
			}
			if ok, err := fit(x.Subject()); ok || err != nil {
				return stays(x.Subject()), err
			}
		}
		if len(page) < identity.MaxPage {
			return nil, ErrLastAdmin
		}
		after = page[len(page)-1].Cursor()
	}
}

func heldBy(acct identity.Account, role identity.Role) bool {
	return slices.ContainsFunc(acct.Grants, func(g identity.Grant) bool { return g.Role == role })
}
