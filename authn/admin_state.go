package authn

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// plan is what one order comes to for an account as it was read.
type plan struct {
	path []identity.UserState // the states to pass through, in one commit
	ends bool                 // sessions and links end with it
	says audit.Event          // nil for a repetition
}

// Suspend keeps an active account from signing in, until o.Until if that is set.
// Every session ends, every login in progress, and every mailed link, in the same
// commit. A suspended account takes the new reason and end; repeating an order ends
// sessions again, and is no event.
//
// Errors of all verbs: [ErrReason]; [*FieldError] for Until; [ErrNotAuthenticated]
// for an actor who may not act; [ErrSelf]; store.ErrNotFound for an account that is
// not there or in another tenant; [ErrLastAdmin] where an order ends the account of an
// administrator; identity.ErrStateTransition for a state that the
// order does not lead from; *[RevocationError] if the state is changed and the end
// of the sessions is not acknowledged: repeat; store errors, after which the order
// may be repeated too.
func (a *Admin) Suspend(ctx context.Context, o Order) error {
	return a.give(ctx, "suspend", o, harmful, func(u identity.User, o order) (plan, error) {
		says := audit.AccountSuspended{Outcome: audit.Success, Cause: audit.CauseAdmin, By: o.by, Until: o.Until}
		if u.State != identity.Suspended {
			return plan{[]identity.UserState{identity.Suspended}, true, says}, nil
		}
		if u.Detail.Reason == o.Reason && u.Detail.Until.Equal(o.Until) {
			return plan{ends: true}, nil
		}
		// There is no move from a state to itself, and no moment between two of a commit.
		return plan{[]identity.UserState{identity.Active, identity.Suspended}, true, says}, nil
	})
}

// Activate lets an account sign in that waits for it or is suspended; a suspension
// that is over by itself is rewritten (IDN-021). Locks, factors and sessions stay as
// they are (AUN-112). An active account is success. Who has confirmed no address is
// not for an order: the password that waits there may be anybody's, and only the
// mailed link tells (AUN-123); nor is who was invited and has not come yet, who has
// nothing to sign in with (IDN-052). Errors: as [Admin.Suspend].
func (a *Admin) Activate(ctx context.Context, o Order) error {
	return a.give(ctx, "activate", o, harmless, func(u identity.User, o order) (plan, error) {
		cause := audit.CauseAdmin
		switch {
		case u.State == identity.Active:
			return plan{}, nil
		case u.State == identity.Archived, u.State == identity.Candidate,
			u.State == identity.PendingActivation && u.EmailVerifiedAt.IsZero():
			return plan{}, identity.ErrStateTransition
		case u.StateAt(o.now) == identity.Active:
			cause = audit.CauseExpired
		}
		return plan{
			path: []identity.UserState{identity.Active},
			says: audit.AccountActivated{Outcome: audit.Success, Cause: cause, By: o.by},
		}, nil
	})
}

// Terminate ends an account for good; its row stays. Sessions and links end as with
// [Admin.Suspend], and its errors are the same.
func (a *Admin) Terminate(ctx context.Context, o Order) error {
	return a.give(ctx, "terminate", o, harmful, func(u identity.User, o order) (plan, error) {
		return over(u, o, identity.Terminated, audit.CauseTerminated)
	})
}

// Archive puts an account away that is active or terminated. Sessions and links end
// as with [Admin.Suspend], and its errors are the same.
func (a *Admin) Archive(ctx context.Context, o Order) error {
	return a.give(ctx, "archive", o, harmful, func(u identity.User, o order) (plan, error) {
		return over(u, o, identity.Archived, audit.CauseArchived)
	})
}

// Restore makes an archived account active again. Only the system may: for anybody
// else there is no such move (IDN-022). An active account is success. Errors: as
// [Admin.Suspend].
func (a *Admin) Restore(ctx context.Context, o Order) error {
	return a.give(ctx, "restore", o, harmless, func(u identity.User, o order) (plan, error) {
		switch {
		case !o.Actor.IsSystem():
			return plan{}, identity.ErrStateTransition
		case u.State == identity.Active:
			return plan{}, nil
		case u.State != identity.Archived:
			return plan{}, identity.ErrStateTransition
		}
		return plan{
			path: []identity.UserState{identity.Active},
			says: audit.AccountActivated{Outcome: audit.Success, Cause: audit.CauseArchived, By: o.by},
		}, nil
	})
}

// over is the plan for an account that is not to come back by itself.
func over(u identity.User, o order, to identity.UserState, cause audit.Cause) (plan, error) {
	p := plan{[]identity.UserState{to}, true, audit.AccountDeleted{Outcome: audit.Success, Cause: cause, By: o.by}}
	switch {
	case u.State == to:
		return plan{ends: true}, nil
	case !identity.CanMove(u.State, to) && u.StateAt(o.now) == identity.Active:
		p.path = []identity.UserState{identity.Active, to}
	}
	return p, nil
}

// give carries an order out.
func (a *Admin) give(ctx context.Context, verb string, o Order, h harm, what func(identity.User, order) (plan, error)) error {
	t, err := a.take(ctx, verb, o, h)
	if err == nil {
		_, err = a.carry(ctx, t, what)
	}
	return ordered(verb, err)
}

// ordered names the order that a refusal answers.
func ordered(verb string, err error) error {
	if err != nil {
		return fmt.Errorf("authn: %s: %w", verb, err)
	}
	return nil
}

// alter carries out an order that changes something else of an account than its
// state, and hurries the mail that tells its owner.
func (a *Admin) alter(ctx context.Context, verb string, o Order, h harm, plan func(identity.Account, order) ([]identity.Change, error)) error {
	t, err := a.take(ctx, strings.ReplaceAll(verb, " ", "_"), o, h)
	if err == nil {
		_, err = a.attempt(ctx, t, plan)
		a.people.wake()
	}
	return ordered(verb, err)
}

// carry makes the changes of an order under the condition that the account is still
// in the state that they were planned for; whoever was overtaken plans anew. It
// returns the account as it was before.
func (a *Admin) carry(ctx context.Context, o order, what func(identity.User, order) (plan, error)) (identity.Account, error) {
	return a.attempt(ctx, o, func(acct identity.Account, o order) ([]identity.Change, error) {
		p, err := what(acct.User, o)
		if err != nil {
			return nil, err
		}
		changes, err := a.changes(ctx, acct.User, o, p)
		if err != nil || !p.ends {
			return changes, err
		}
		first, err := a.witness(ctx, acct, o)
		return append(first, changes...), err
	})
}

// attempt makes what an order comes to for an account as it was read, and plans anew
// when that was overtaken.
func (a *Admin) attempt(ctx context.Context, o order, plan func(identity.Account, order) ([]identity.Change, error)) (identity.Account, error) {
	var last error
	for range 8 {
		acct, err := a.find(ctx, o)
		if err != nil {
			return acct, err
		}
		changes, err := plan(acct, o)
		if err != nil || len(changes) == 0 {
			return acct, err
		}
		switch last = a.people.admin.Apply(ctx, changes...); {
		case errors.Is(last, identity.ErrNotRevoked):
			return acct, &RevocationError{Changed: true, Err: last}
		case !errors.Is(last, store.ErrConflict) && !errors.Is(last, store.ErrNotFound):
			return acct, last
		}
	}
	return identity.Account{}, last
}

// changes words a plan for the store. The state comes before the end of the
// sessions (AUN-111).
func (a *Admin) changes(ctx context.Context, u identity.User, o order, p plan) ([]identity.Change, error) {
	var changes []identity.Change
	from, sub := u.State, u.Subject()
	by := o.of.Actor
	if by.IsZero() {
		by = u.ID
	}
	for _, to := range p.path {
		if !identity.CanMove(from, to) {
			return nil, identity.ErrStateTransition
		}
		detail := identity.StateDetail{Reason: o.Reason, Since: o.now}
		if to == identity.Suspended {
			detail.Until = o.Until
		}
		changes = append(changes, identity.Transition{Subject: sub, From: from, To: to, Detail: detail, By: by})
		from = to
	}
	if p.ends {
		changes = append(changes,
			identity.VoidTokens{Subject: sub}, identity.RaiseEpoch{Scope: identity.UserScope(sub)})
	}
	if from == identity.Erasing && len(p.path) > 0 {
		changes = append(changes, a.begun(sub, o.now))
	}
	if p.says != nil {
		changes = append(changes, a.people.events.changes(a.people.events.row(ctx, o.about(u), p.says))...)
	}
	return changes, nil
}

// about names account and actor for an event.
func (o order) about(u identity.User) audit.Of {
	of := aboutUser(u)
	of.Actor, of.ActorHandle = o.of.Actor, o.of.ActorHandle
	return of
}
