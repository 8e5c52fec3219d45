package authn

import (
	"context"
	"errors"
	"fmt"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// EventQuery is a page of a tenant's events. All but Actor may be zero.
type EventQuery struct {
	// Actor is a signed-in person in person, who sees their own tenant, or the system,
	// which names one and sees events about nobody too.
	Actor  identity.Human
	Tenant identity.TenantID
	// User keeps what happened to one account.
	User identity.UserID
	// Kinds keeps events of these; at most 32, none for all.
	Kinds []audit.Kind
	// Cursor is [EventPage.Next] of the page before, for the same query.
	Cursor string
	// Limit is clamped to audit.MaxLimit; 0 is audit.DefaultLimit.
	Limit int
}

// EventPage is a page of events, newest first. Next is empty at their end; a page that
// is short, or empty, may still have a next one.
type EventPage struct {
	Entries []audit.Entry
	Next    string
}

// Events reads a tenant's events. A user of another tenant has none, like one who is
// nowhere; events about nobody (an address that has no account, a refusal before
// anybody was known) are for the system alone (AUN-161).
//
// Errors: ErrNotAuthenticated for an actor who may not act; store.ErrNotFound for the
// tenant of somebody else, after an event (IDN-032); [*FieldError] for a system
// that names no tenant, and for Kinds; ErrCursor; [ErrNoEvents]; store errors.
func (a *Admin) Events(ctx context.Context, q EventQuery) (EventPage, error) {
	page, err := a.eventPage(ctx, q)
	if err != nil {
		return EventPage{}, fmt.Errorf("authn: events: %w", err)
	}
	return page, nil
}

func (a *Admin) eventPage(ctx context.Context, q EventQuery) (EventPage, error) {
	l, of, err := a.readable(ctx, q)
	if err != nil {
		return EventPage{}, err
	}
	limit := min(q.Limit, audit.MaxLimit)
	if limit <= 0 {
		limit = audit.DefaultLimit
	}
	if !q.User.IsZero() {
		acct, err := a.people.ident.AccountByID(ctx, identity.Subject{Tenant: l.tenant, User: q.User})
		switch {
		case errors.Is(err, store.ErrNotFound):
			return EventPage{}, nil
		case err != nil:
			return EventPage{}, err
		}
		l.handle = acct.User.AuditHandle
	}
	records, next, err := a.people.page(ctx, l, q.Cursor, limit, of)
	if err != nil {
		return EventPage{}, err
	}
	page := EventPage{Next: next}
	for _, r := range records {
		e, err := r.Open()
		if err != nil {
			a.people.alarm(ctx, alarmEvent, err)
			e = audit.Entry{Record: r} // what the columns say
		}
		page.Entries = append(page.Entries, e)
	}
	return page, nil
}

// readable says which list somebody may read.
func (a *Admin) readable(ctx context.Context, q EventQuery) (list, attribution, error) {
	l := list{name: "events", tenant: q.Tenant, kinds: q.Kinds}
	if q.Actor.IsSystem() {
		if q.Tenant.IsZero() {
			return l, everything, fieldError("Tenant", "is required")
		}
		return l, everything, nil
	}
	if _, acting := q.Actor.Actor(); !q.Actor.Valid() || acting {
		return l, attributed, ErrNotAuthenticated
	}
	acct, err := a.people.ident.AccountByID(ctx, q.Actor.Subject())
	if errors.Is(err, store.ErrNotFound) || err == nil && !usable(acct, a.people.clock.Now()) {
		return l, attributed, ErrNotAuthenticated
	}
	if err != nil {
		return l, attributed, err
	}
	if own := q.Actor.Tenant(); q.Tenant != own && !q.Tenant.IsZero() {
		of := aboutUser(acct.User)
		a.people.events.record(ctx, a.people.ident, a.people.events.row(ctx, of, audit.CrossTenantRefused{Operation: "events.read", Wanted: q.Tenant}))
		return l, attributed, store.ErrNotFound
	}
	l.tenant = q.Actor.Tenant()
	return l, attributed, nil
}
