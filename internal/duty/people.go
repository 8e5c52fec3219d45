package duty

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// people is the Identity group with its epochs in another place.
type people struct {
	backend.Identity
	d *Duties
}

// Apply implements [identity.Admin]. A change set without a raise goes through as
// it is, and so does a malformed one, to be refused.
func (p people) Apply(ctx context.Context, changes ...identity.Change) error {
	scopes := raises(changes)
	if len(scopes) == 0 {
		return p.Identity.Apply(ctx, changes...)
	}
	release, err := p.d.queue.take(ctx, scopes)
	if err != nil {
		return fmt.Errorf("duty: apply: %w: %w", store.ErrUnavailable, context.Cause(ctx))
	}
	// Held while the two stores are asked: nobody who holds a lane waits for
	// another one, and a context ends the wait.
	defer release()
	planned, rows, overtaken, err := p.plan(ctx, changes)
	if err != nil {
		return fmt.Errorf("duty: apply: %w", err)
	}
	err = p.Identity.Apply(ctx, planned...)
	var failed *identity.ChangeError
	switch {
	case overtaken < 0 && err == nil:
		return p.d.perform(ctx, scopes, rows)
	case overtaken >= 0 && errors.As(err, &failed) && failed.Index == overtaken:
		return fmt.Errorf("duty: apply: %w", &identity.ChangeError{Index: overtaken, Err: store.ErrConflict})
	case overtaken >= 0 && err == nil:
		return fmt.Errorf("duty: apply: %w", store.ErrCorrupt) // what cannot succeed has
	}
	return err
}

// raises lists the scopes whose epochs a change set raises, in order; none if one
// of them is no scope.
func raises(changes []identity.Change) []identity.Scope {
	var scopes []identity.Scope
	for _, c := range changes {
		if r, ok := c.(identity.RaiseEpoch); ok {
			if r.Scope.Validate() != nil {
				return nil
			}
			scopes = append(scopes, r.Scope)
		}
	}
	return scopes
}

// plan puts a duty in the place of each raise. The condition of one that has been
// overtaken becomes a change that cannot succeed, at the same index: so the
// changes before it are judged first, and nothing takes effect.
func (p people) plan(ctx context.Context, changes []identity.Change) (planned []identity.Change, rows []store.Row, overtaken int, err error) {
	overtaken = -1
	now := p.d.cfg.Clock.Now()
	raised := map[identity.Scope]uint64{}
	for i, c := range changes {
		r, ok := c.(identity.RaiseEpoch)
		if !ok {
			planned = append(planned, c)
			continue
		}
		if r.Check && overtaken < 0 {
			at, err := p.epoch(ctx, r.Scope)
			if err != nil {
				return nil, nil, 0, err
			}
			if at+raised[r.Scope] != r.From {
				overtaken = i
				planned = append(planned, impossible(now, p.d.cfg.Entropy))
				continue
			}
		}
		raised[r.Scope]++
		row := newRow(r.Scope, now, p.d.cfg.Entropy)
		rows = append(rows, row)
		planned = append(planned, identity.Append{Row: row})
	}
	return planned, rows, overtaken, nil
}

// impossible consumes a token that nobody has made.
func impossible(now time.Time, src entropy.Source) identity.Change {
	return identity.ConsumeToken{
		Selector: entropy.Bytes16(src), Digest: entropy.Bytes32(src), Purpose: identity.TokenVoid, Now: now,
	}
}

// epoch reads the one counter of a scope.
func (p people) epoch(ctx context.Context, s identity.Scope) (uint64, error) {
	sub := s.Subject()
	if s.Kind() == identity.ScopeTenant {
		sub.User = identity.SystemUser // any user of the tenant would do; this one is never raised
	}
	e, err := p.d.cfg.Stores.Session.Epochs(ctx, sub)
	switch s.Kind() {
	case identity.ScopeUser:
		return e.User, err
	case identity.ScopeTenant:
		return e.Tenant, err
	case identity.ScopeGlobal:
	}
	return e.Global, err
}

// Sweep implements [identity.Admin]. The group would raise the epochs of whom it
// erases in its own place, so they are erased one by one here; once none is left,
// it has only tokens to remove.
func (p people) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	list, err := p.Overdue(ctx, now, limit)
	if err != nil {
		return 0, err
	}
	gone := 0
	for _, s := range list {
		err := p.Apply(ctx, identity.EraseUser{Subject: s, From: identity.Candidate}, identity.RaiseEpoch{Scope: identity.UserScope(s)})
		switch {
		case err == nil:
			gone++
		case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
			// Confirmed, or erased by another process, meanwhile.
		default:
			return gone, err
		}
	}
	if len(list) == limit {
		return limit, nil // there may be more, and only the one that comes here may erase them
	}
	n, err := p.Identity.Sweep(ctx, now, limit)
	return gone + n, err
}

// perform raises what a change that has been made promised, and clears the
// promise. The end of the caller's context no longer matters: the change stands.
func (d *Duties) perform(ctx context.Context, scopes []identity.Scope, rows []store.Row) error {
	ctx, cancel := clock.WithTimeout(context.WithoutCancel(ctx), d.cfg.Clock, patience)
	defer cancel()
	ids := make([][16]byte, len(rows))
	for i, s := range scopes {
		if err := d.cfg.Stores.Session.Raise(ctx, s); err != nil {
			return fmt.Errorf("duty: %w: %w: %w", identity.ErrNotRevoked, store.ErrUnavailable, err)
		}
		ids[i] = rows[i].ID
	}
	if err := d.cfg.Stores.Identity.Done(ctx, store.TopicDuty, ids...); err != nil {
		// The promise is kept; that it will be kept once more is no failure of the
		// change.
		d.cfg.Logger.WarnContext(ctx, "duty: done and not cleared, it will be done again", "error", err)
	}
	return nil
}
