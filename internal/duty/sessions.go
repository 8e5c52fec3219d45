package duty

import (
	"context"
	"fmt"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// sessions is the Session group with the outbox in another place.
type sessions struct {
	backend.Session
	d *Duties
}

// LoadNearby implements [session.Nearby] where the group does: a read owes nothing.
func (s sessions) LoadNearby(ctx context.Context, ref session.Ref, now time.Time) (session.Record, session.Current, bool) {
	if near, has := s.Session.(session.Nearby); has {
		return near.LoadNearby(ctx, ref, now)
	}
	return session.Record{}, session.Current{}, false
}

// Create implements [session.Store].
func (s sessions) Create(ctx context.Context, rec session.Record, c session.Claim, also ...store.Row) ([]session.Ref, error) {
	if err := portargs.Rows(also); err != nil {
		return nil, fmt.Errorf("duty: create: %w", err)
	}
	evicted, err := s.Session.Create(ctx, rec, c)
	if err == nil {
		err = s.d.follow(ctx, "create", also)
	}
	return evicted, err
}

// Rotate implements [session.Store].
func (s sessions) Rotate(ctx context.Context, old session.Ref, prevRev uint64, next session.Record, c session.Claim, grace time.Duration, also ...store.Row) ([]session.Ref, error) {
	if err := portargs.Rows(also); err != nil {
		return nil, fmt.Errorf("duty: rotate: %w", err)
	}
	evicted, err := s.Session.Rotate(ctx, old, prevRev, next, c, grace)
	if err == nil {
		err = s.d.follow(ctx, "rotate", also)
	}
	return evicted, err
}

// Delete implements [session.Store].
func (s sessions) Delete(ctx context.Context, ref session.Ref, sub identity.Subject, also ...store.Row) error {
	if err := portargs.Rows(also); err != nil {
		return fmt.Errorf("duty: delete: %w", err)
	}
	if err := s.Session.Delete(ctx, ref, sub); err != nil {
		return err
	}
	return s.d.follow(ctx, "delete", also)
}

// Raise implements [session.Store].
func (s sessions) Raise(ctx context.Context, scope identity.Scope, also ...store.Row) error {
	if err := portargs.Rows(also); err != nil {
		return fmt.Errorf("duty: raise: %w", err)
	}
	if err := s.Session.Raise(ctx, scope); err != nil {
		return err
	}
	return s.d.follow(ctx, "raise", also)
}

// follow appends the rows of a verb that has taken effect. Without them the verb
// is not acknowledged: what happened would be missing from the audit trail.
func (d *Duties) follow(ctx context.Context, verb string, rows []store.Row) error {
	if len(rows) == 0 {
		return nil
	}
	ctx, cancel := clock.WithTimeout(context.WithoutCancel(ctx), d.cfg.Clock, patience)
	defer cancel()
	if err := d.cfg.Stores.Identity.Append(ctx, rows...); err != nil {
		return fmt.Errorf("duty: rows after %s: %w", verb, err)
	}
	return nil
}
