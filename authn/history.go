package authn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// How far back a person sees, how many events at once, and how long with the whole
// address (AUN-160).
const (
	HistoryReach   = 90 * 24 * time.Hour
	HistoryLimit   = 100
	historyAddress = 30 * 24 * time.Hour
)

// ErrNoEvents means that this program was not told where its events are.
var ErrNoEvents = errors.New("authn: no store of events")

// HistoryQuery is a page of somebody's own history. The zero value is the newest.
type HistoryQuery struct {
	// Kinds keeps events of these; at most 32, none for all.
	Kinds []audit.Kind
	// Cursor is [HistoryPage.Next] of the page before, for the same kinds.
	Cursor string
	// Limit is clamped to [HistoryLimit], which 0 is too.
	Limit int
}

// HistoryPage is a page of a history, newest first. Next is empty at its end. A page
// that is short, or empty, may still have a next one.
type HistoryPage struct {
	Entries []HistoryEntry
	Next    string
}

// HistoryEntry is one event as the person sees it: no identifier, no session, no text
// of an error.
type HistoryEntry struct {
	At      time.Time
	Kind    audit.Kind
	Outcome audit.Outcome
	Factor  identity.Kind // empty where none was tried or changed
	// By is who did it: themselves or whoever had their browser, an administrator, or
	// the program.
	By audit.By
	// Client is browser and platform ("Firefox on Linux"), and Address where it came
	// from: the network alone after 30 days. Both are empty for what somebody else did,
	// whose they would be.
	Client  string
	Address string
}

// History shows the signed-in person what has happened to their account in the last
// 90 days, newest first (AUN-160): an event is there exactly if they are its subject,
// some seconds after it happened at most once, in the order of time, whatever is
// written while they turn pages (AUN-I17). Whoever acts as them sees the same.
//
// Errors: ErrNotAuthenticated, ErrCursor, [ErrNoEvents], *FieldError for Kinds, store
// errors.
func (a *Accounts) History(ctx context.Context, sess *session.Session, q HistoryQuery) (HistoryPage, error) {
	login := loginOf(sess.State())
	if login == nil {
		return HistoryPage{}, ErrNotAuthenticated
	}
	now := a.clock.Now()
	page, err := a.lately(ctx, list{"history", login.Subject.Tenant, login.Profile.AuditHandle, q.Kinds}, q, now)
	if err != nil {
		return HistoryPage{}, fmt.Errorf("authn: history: %w", err)
	}
	return page, nil
}

func (a *Accounts) lately(ctx context.Context, l list, q HistoryQuery, now time.Time) (HistoryPage, error) {
	if l.handle == [16]byte{} {
		return HistoryPage{}, nil // nobody's events are not theirs
	}
	limit := q.Limit
	if limit <= 0 || limit > HistoryLimit {
		limit = HistoryLimit
	}
	records, next, err := a.page(ctx, l, q.Cursor, limit, everything)
	if err != nil {
		return HistoryPage{}, err
	}
	page := HistoryPage{Next: next}
	for _, r := range records {
		if now.Sub(r.At) > HistoryReach {
			page.Next = ""
			break
		}
		if e, ok := a.historical(ctx, r, now); ok {
			page.Entries = append(page.Entries, e)
		}
	}
	return page, nil
}

// historical is a record as its subject sees it. One that is not what was recorded is
// an alarm, and no entry.
func (a *Accounts) historical(ctx context.Context, r audit.Record, now time.Time) (HistoryEntry, bool) {
	out := HistoryEntry{At: r.At, Kind: r.Kind, Outcome: r.Outcome, By: audit.BySelf}
	e, err := r.Open()
	switch {
	case errors.Is(err, audit.ErrVersion):
		return out, true // that it happened is known, and no more
	case err != nil:
		a.alarm(ctx, alarmEvent, err)
		return out, false
	}
	out.Factor = e.Factor
	switch {
	case e.Actor.Type == "":
	case e.ActorHandle == [16]byte{}:
		out.By = audit.BySystem
	case e.ActorHandle != e.Handle:
		out.By = audit.ByAdmin
	}
	if out.By != audit.BySelf {
		return out, true
	}
	out.Client = e.Client.Summary
	switch {
	case e.Client.IP.IsValid() && now.Sub(r.At) <= historyAddress:
		out.Address = e.Client.IP.String()
	case e.Client.Prefix.IsValid():
		out.Address = e.Client.Prefix.String()
	}
	return out, true
}

// attribution says which events a list is of.
type attribution uint8

const (
	everything attribution = iota
	attributed             // only those about somebody
)

// maxScan bounds what one page reads past, in records.
const maxScan = 5 * audit.MaxLimit

// page reads a page of a list, and the cursor behind it.
func (a *Accounts) page(ctx context.Context, l list, cursor string, limit int, of attribution) (found []audit.Record, next string, err error) {
	if a.trail == nil {
		return nil, "", ErrNoEvents
	}
	if len(l.kinds) > 32 {
		return nil, "", fieldError("Kinds", "must be at most 32")
	}
	at, err := a.place(l, cursor)
	if err != nil {
		return nil, "", err
	}
	for scanned := 0; scanned < maxScan; {
		// One more than is shown tells whether there is more.
		want := min(limit-len(found)+1, audit.MaxLimit)
		batch, err := a.trail.Query(ctx, l.tenant, audit.Filter{Handle: l.handle, Kinds: l.kinds, Before: at, Limit: want})
		if err != nil {
			return nil, "", err
		}
		for _, r := range batch {
			shown := of == everything || r.Handle != [16]byte{}
			if shown && len(found) == limit {
				return found, a.cursor(l, at), nil
			}
			at = r.Cursor()
			if shown {
				found = append(found, r)
			}
		}
		if len(batch) < want {
			return found, "", nil
		}
		scanned += want
	}
	return found, a.cursor(l, at), nil
}
