package authn

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// ErrRoleNeedsMFA means that an account with a role of the console must have a
// second factor: the role is not given without one, and the last one does not go
// (PRD-017).
var ErrRoleNeedsMFA = errors.New("authn: a role of the console needs a second factor")

// grants makes and checks the MAC of grants. It is the only owner of that MAC, as
// factor.Vault is of the one of credentials.
type grants struct{ mac *seal.MAC }

// sealed is the row with its MAC.
func (g grants) sealed(row identity.Grant) identity.Grant {
	_, row.MAC = g.mac.Sum(canonicalGrant(row))
	return row
}

// genuine reports whether the row is one that this program has written.
func (g grants) genuine(row identity.Grant) bool {
	_, err := g.mac.VerifyAny(row.MAC[:], canonicalGrant(row))
	return err == nil
}

// canonicalGrant is what the MAC covers: every field, times in microseconds.
func canonicalGrant(row identity.Grant) []byte {
	t, u, by := row.Tenant.Bytes(), row.User.Bytes(), row.By.Bytes()
	var fixed [16]byte
	binary.BigEndian.PutUint64(fixed[:8], row.Version)
	binary.BigEndian.PutUint64(fixed[8:], uint64(row.At.UnixMicro()))
	return seal.AppendFields(nil, seal.PrefixIdentityRow, []byte("grant"), []byte(row.Role), t[:], u[:], by[:], fixed[:])
}

// Roles are the roles that an account holds, ascending. A row that is not
// authentic gives none: it raises an alarm and writes an event.
func (s *Service) Roles(ctx context.Context, acct identity.Account) []identity.Role {
	var held []identity.Role
	for _, g := range acct.Grants {
		if g.Subject() == acct.User.Subject() && s.grants.genuine(g) {
			held = append(held, g.Role)
			continue
		}
		s.alarm(ctx, alarmGrant, fmt.Errorf("authn: grant of a role is not authentic: %w", store.ErrCorrupt))
		s.events.record(ctx, s.ident, s.events.roleRefused(ctx, acct.User, g.Role))
	}
	return held
}

// demanded are the steps of a login with what the account's roles ask for on top:
// who holds a role of the console never signs in with one factor, whatever the
// tenant's method says (PRD-017). Rows are enough for a demand, authentic or not:
// whoever can forge one gains a step, not a right, and looking costs no key.
func (s *Service) demanded(steps []identity.Step, acct identity.Account) []identity.Step {
	if !acct.HoldsConsole() {
		return steps
	}
	second, other := false, false
	for _, step := range steps {
		second = second || s.proves(step, identity.Possession)
		other = other || s.proves(step, identity.Knowledge|identity.Inherence)
	}
	steps = steps[:len(steps):len(steps)]
	if !second {
		steps = append(steps, identity.Required(factor.TOTP))
	}
	if !other {
		steps = append(steps, identity.Required(factor.Password)) // an app alone is one factor too
	}
	return steps
}

// proves reports a step of which every option proves something of a class.
func (s *Service) proves(step identity.Step, class identity.Class) bool {
	for i := range step.Len() {
		if s.factors.Traits(step.At(i)).Class&class == 0 {
			return false
		}
	}
	return step.Len() > 0
}

// RoleChange says which role somebody gets or loses, and by whose decision.
type RoleChange struct {
	Subject identity.Subject
	Role    identity.Role
	// By is an account of the same tenant; zero for the program itself.
	By identity.UserID
}

// GrantRole gives an active account a role. Its sessions end in the same commit:
// what signed in without the role has not proven what the role asks for. A role
// that is held already is success. With the administrator's role every claim link
// is void.
//
// Errors: *identity.InvalidError for the role; ErrRoleNeedsMFA; store.ErrNotFound
// for an account or granter that is not there or not active; store.ErrConflict
// when something else changed the account's credentials meanwhile; store errors.
func (a *Accounts) GrantRole(ctx context.Context, c RoleChange) error {
	if err := a.grantRole(ctx, c); err != nil {
		return fmt.Errorf("authn: grant role: %w", err)
	}
	return nil
}

func (a *Accounts) grantRole(ctx context.Context, c RoleChange) error {
	of, before, acct, err := a.roleChange(ctx, &c)
	if err != nil {
		return err
	}
	now := a.clock.Now()
	if !usable(acct, now) {
		return fmt.Errorf("account is not active: %w", store.ErrNotFound)
	}
	row := identity.Grant{Tenant: c.Subject.Tenant, User: c.Subject.User, Role: c.Role, At: now, By: c.By}
	for _, g := range acct.Grants {
		if g.Role != c.Role {
			continue
		}
		if a.grants.genuine(g) {
			return nil
		}
		row.Version = g.Version
	}
	// Read after the epoch that the commit is conditioned on: an app that is
	// removed in between raises it.
	if c.Role.IsConsole() && len(a.seconds(ctx, acct)) == 0 {
		return ErrRoleNeedsMFA
	}
	expect := row.Version
	row.Version++
	changes := []identity.Change{
		identity.PutGrant{Grant: a.grants.sealed(row), Expect: expect},
		identity.RaiseEpoch{Scope: identity.UserScope(c.Subject), Check: true, From: before.User},
	}
	if c.Role == identity.RoleAdmin {
		changes = append(changes, a.voidClaims(c.Subject.Tenant))
	}
	return a.admin.Apply(ctx, append(changes, a.events.changes(a.events.roleGranted(ctx, of, c))...)...)
}

// RevokeRole takes a role away and ends the account's sessions in the same
// commit. A role that is not held is success. The account need not be active:
// who is stopped must not get the role back with the account. The last administrator of
// a tenant who may sign in stays one, unless the program itself decides it, which can
// make another.
//
// Errors: as [Accounts.GrantRole], without ErrRoleNeedsMFA; ErrLastAdmin.
func (a *Accounts) RevokeRole(ctx context.Context, c RoleChange) error {
	const tries = 3
	var err error
	for range tries {
		// Whoever was to stay an administrator may have stopped being one meanwhile:
		// then another one is looked for.
		if err = a.revokeRole(ctx, c); !failedAt(err, 0, store.ErrConflict) && !failedAt(err, 0, store.ErrNotFound) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("authn: revoke role: %w", err)
	}
	return nil
}

func (a *Accounts) revokeRole(ctx context.Context, c RoleChange) error {
	of, before, acct, err := a.roleChange(ctx, &c)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(acct.Grants, func(g identity.Grant) bool { return g.Role == c.Role })
	if at < 0 {
		return nil
	}
	var changes []identity.Change
	if c.Role == identity.RoleAdmin && c.By != identity.SystemUser {
		changes, err = a.successor(ctx, acct, identity.Subject{Tenant: c.Subject.Tenant, User: c.By})
		if err != nil {
			return err
		}
	}
	changes = append(changes,
		identity.DropGrant{Subject: c.Subject, Role: c.Role, Expect: acct.Grants[at].Version},
		identity.RaiseEpoch{Scope: identity.UserScope(c.Subject), Check: true, From: before.User})
	return a.admin.Apply(ctx, append(changes, a.events.changes(a.events.roleRevoked(ctx, of, c))...)...)
}

// roleChange reads what a change of roles is conditioned on, the epoch first.
func (a *Accounts) roleChange(ctx context.Context, c *RoleChange) (of audit.Of, before identity.Epochs, acct identity.Account, err error) {
	if err := c.Role.Validate(); err != nil {
		return of, before, acct, err
	}
	if before, err = a.sessions.Epochs(ctx, c.Subject); err != nil {
		return of, before, acct, err
	}
	if acct, err = a.ident.AccountByID(ctx, c.Subject); err != nil {
		return of, before, acct, err
	}
	of = aboutUser(acct.User)
	if c.By.IsZero() || c.By == identity.SystemUser {
		c.By = identity.SystemUser
		of.Actor = c.By
		return of, before, acct, nil
	}
	if c.By == c.Subject.User {
		return of, before, acct, nil
	}
	by, err := a.ident.AccountByID(ctx, identity.Subject{Tenant: c.Subject.Tenant, User: c.By})
	if err == nil && !usable(by, a.clock.Now()) {
		err = fmt.Errorf("granter is not active: %w", store.ErrNotFound)
	}
	of.Actor, of.ActorHandle = c.By, by.User.AuditHandle
	return of, before, acct, err
}
