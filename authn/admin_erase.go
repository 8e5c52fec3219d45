package authn

import (
	"context"
	"errors"
	"fmt"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// Erase removes an account for good, in two steps. The first can be vetoed, and
// makes the account one that is being erased: with that commit sessions, logins in
// progress and mailed links end, and nothing leads back. The second forgets the
// guesses at it and removes the row with its names, factors, methods, links, roles
// and tokens; the names are free at once (AUN-113, AUN-114). What is left is the
// handle that events are found by.
//
// A call that fails between the two is resumed by repeating it, without asking for
// the veto again, or by [Admin.FinishErasures]. An account that is erased is not there: store.ErrNotFound. Errors:
// those of the veto, and as [Admin.Suspend].
func (a *Admin) Erase(ctx context.Context, o Order) error {
	if err := a.erase(ctx, o); err != nil {
		return fmt.Errorf("authn: erase: %w", err)
	}
	return nil
}

func (a *Admin) erase(ctx context.Context, o Order) error {
	t, err := a.take(ctx, "erase", o, harmful)
	if err != nil {
		return err
	}
	acct, err := a.carry(ctx, t, func(u identity.User, t order) (plan, error) {
		if u.State == identity.Erasing {
			return plan{}, nil
		}
		if err := a.veto(ctx, u.Subject()); err != nil {
			return plan{}, err
		}
		says := audit.AccountDeleted{Outcome: audit.Success, Cause: audit.CauseErased, By: t.by}
		return plan{[]identity.UserState{identity.Erasing}, true, says}, nil
	})
	if err != nil {
		return err
	}
	return a.forget(ctx, acct.User, t.about(acct.User), t.by)
}

// forget is the second step, for an account that is being erased.
func (a *Admin) forget(ctx context.Context, u identity.User, of audit.Of, by audit.By) error {
	now := a.people.clock.Now()
	for _, k := range a.people.levers.of(u) {
		if err := a.people.ledger.Clear(ctx, k, now); err != nil {
			return err
		}
	}
	changes := []identity.Change{
		identity.EraseUser{Subject: u.Subject(), From: identity.Erasing},
		// Once more: the first raise may be one that is still owed, and who hears of
		// success is to be right.
		identity.RaiseEpoch{Scope: identity.UserScope(u.Subject())},
	}
	says := audit.UserErased{Outcome: audit.Success, By: by}
	changes = append(changes, a.people.events.changes(a.people.events.row(ctx, of, says))...)
	err := a.people.admin.Apply(ctx, changes...)
	switch {
	case errors.Is(err, identity.ErrNotRevoked):
		return &RevocationError{Changed: true, Err: err}
	case errors.Is(err, store.ErrNotFound):
		return nil // somebody else has resumed it
	}
	return err
}

// of are the keys of an account in the ledger: the guesses at it, and the budgets of
// its mails.
func (l levers) of(u identity.User) []Key {
	t, id := u.Tenant.Bytes(), u.ID.Bytes()
	keys := []Key{l.userKey(u.Subject()), l.key('r', t[:], id[:]), l.key('R', t[:], id[:])}
	for _, kind := range []identity.Kind{factor.Password, factor.TOTP, factor.Recovery} {
		keys = append(keys, l.streakKey(u.Subject(), kind))
	}
	for _, kind := range NoteKinds() {
		keys = append(keys, l.key('n', t[:], id[:], []byte(kind)))
	}
	for _, i := range u.Identifiers { // of sign-ups for the same address
		for _, perHour := range []byte{1, 3} {
			keys = append(keys, l.key('m', t[:], []byte{perHour}, []byte(i.Canonical)))
		}
	}
	return keys
}

// ClearAttempts lifts the lock that wrong guesses at an account have closed, and
// forgets them (AUN-059). Never one's own: whoever has taken over a session would
// guess on. The lock of an address stays. Errors: as [Admin.Suspend].
func (a *Admin) ClearAttempts(ctx context.Context, o Order) error {
	if err := a.clearAttempts(ctx, o); err != nil {
		return fmt.Errorf("authn: clear attempts: %w", err)
	}
	return nil
}

func (a *Admin) clearAttempts(ctx context.Context, o Order) error {
	if !o.Actor.IsSystem() && o.Subject == o.Actor.Subject() {
		return ErrSelf
	}
	t, err := a.take(ctx, "clear_attempts", o, harmful)
	if err != nil {
		return err
	}
	acct, err := a.find(ctx, t)
	if err != nil {
		return err
	}
	if err := a.people.ledger.Clear(ctx, a.people.levers.userKey(acct.User.Subject()), t.now); err != nil {
		return err
	}
	rows := a.people.events.row(ctx, t.about(acct.User), audit.LockoutCleared{Scope: audit.ScopeUser, ClearedBy: t.by})
	return a.people.ident.Record(ctx, a.people.events.logChanges(rows)...)
}
