package authn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

const (
	// finishAfter leaves an erasure to whoever has begun it, and is how long one that
	// fails waits for its next turn.
	finishAfter = 10 * time.Minute
	finishBatch = 50
)

// begun is the row that makes an erasure that was begun be finished, in the commit of
// its first step: two ids, and nothing else of the person.
func (a *Admin) begun(sub identity.Subject, now time.Time) identity.Change {
	t, u := sub.Tenant.Bytes(), sub.User.Bytes()
	return identity.Append{Row: store.Row{
		ID: identity.NewEventID(now, a.people.entropy).Bytes(), At: now, Topic: store.TopicErasure, Body: append(t[:], u[:]...),
	}}
}

// FinishErasures makes the second step of erasures that began ten minutes ago or
// earlier and were left in between, by a crash or an outage, and removes what reminds
// of those that are complete (AUN-113). It may run on every node at once, and be
// ended at any time. Errors: those of the accounts that could not be finished, which
// get another turn; store errors.
func (a *Admin) FinishErasures(ctx context.Context, reminders store.Outbox, now time.Time) error {
	var failures []error
	for {
		rows, err := reminders.Lease(ctx, store.TopicErasure, finishBatch, now, now.Add(finishAfter))
		if err != nil {
			failures = append(failures, err)
			break
		}
		for i := range rows {
			// Leased for as long as it has to wait: one that is too young, or fails, comes
			// back by itself.
			if now.Before(rows[i].At.Add(finishAfter)) && rows[i].Attempts == 1 {
				continue
			}
			err := a.finish(ctx, rows[i].Body)
			if err == nil {
				err = reminders.Done(ctx, store.TopicErasure, rows[i].ID)
			}
			if err != nil {
				failures = append(failures, err)
			}
		}
		if len(rows) < finishBatch {
			break
		}
	}
	if err := errors.Join(failures...); err != nil {
		return fmt.Errorf("authn: finish erasures: %w", err)
	}
	return nil
}

// finish ends the erasure that a row reminds of, if it is still to be ended.
func (a *Admin) finish(ctx context.Context, body []byte) error {
	var sub identity.Subject
	if len(body) == 32 {
		sub.Tenant, sub.User = identity.FromBytes[identity.TenantID]([16]byte(body[:16])), identity.FromBytes[identity.UserID]([16]byte(body[16:]))
	}
	if sub.Tenant.IsZero() || sub.User.IsZero() {
		a.people.alarm(ctx, alarmDataIntegrity, store.ErrCorrupt)
		return nil
	}
	acct, err := a.people.ident.AccountByID(ctx, sub)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case acct.User.State != identity.Erasing:
		return nil
	}
	of := aboutUser(acct.User)
	of.Actor = identity.SystemUser
	return a.forget(ctx, acct.User, of, audit.BySystem)
}
