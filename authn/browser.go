package authn

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// browserMemory is how long a browser counts as known after a sign-in with it.
const browserMemory = 90 * 24 * time.Hour

// mailOfEvent names the mail that tells of an event.
const mailOfEvent seal.DigestUse = "axess/authn/event-mail/v1"

// TellNewBrowsers mails people that somebody has signed in to their account with a
// browser (family and platform) which no sign-in of theirs in the 90 days before came
// from (AUN-162). Not told are the first sign-in of an account, sign-ups, and what
// has fewer traces than that: it compares events of kind authenticated in
// AccountsConfig.Events, and looks at no other.
//
// It is for whoever carries events there: [audit.RelayConfig.Stored]. A sign-in waits
// for none of it. The mail of an event has an id of its own, so that one that is
// handed over twice is as a rule told once. Errors: store errors that may pass; what
// can never be told is an alarm.
func (a *Accounts) TellNewBrowsers(ctx context.Context, events []audit.Entry) error {
	if a.notes.silent() || a.trail == nil {
		return nil
	}
	told := false
	for _, e := range events {
		if !interactive(e) {
			continue
		}
		rows, err := a.newBrowser(ctx, e)
		for _, row := range rows {
			if err = a.ident.Record(ctx, identity.Append{Row: row}); err == nil {
				told = true
			}
		}
		switch {
		case err == nil, errors.Is(err, store.ErrExists):
		case lasting(err):
			a.alarm(ctx, alarmNoteLost, err)
		default:
			return fmt.Errorf("authn: new browsers: %w", err)
		}
	}
	if told {
		a.wake()
	}
	return nil
}

// lasting reports an error that the same call would meet again.
func lasting(err error) bool {
	return errors.Is(err, store.ErrCorrupt) || errors.Is(err, store.ErrBadArgument) || errors.Is(err, store.ErrTooLarge)
}

// interactive reports the event of somebody who has signed in to an account that they
// had.
func interactive(e audit.Entry) bool {
	if e.Kind != kindAuthenticated || e.Outcome != audit.Success || e.Subject.ID.IsZero() || e.Handle == [16]byte{} || e.ActorHandle != [16]byte{} {
		return false
	}
	for _, d := range e.Data {
		if d.Name == "flow" {
			return audit.Flow(d.Value) == audit.FlowInteractive
		}
	}
	return false
}

// kindAuthenticated is the kind of [audit.Authenticated].
const kindAuthenticated audit.Kind = "authenticated"

// newBrowser is the mail about one sign-in; no row where none is due.
func (a *Accounts) newBrowser(ctx context.Context, e audit.Entry) ([]store.Row, error) {
	if is, err := a.isNewBrowser(ctx, e); err != nil || !is {
		return nil, err
	}
	acct, err := a.ident.AccountByID(ctx, identity.Subject{Tenant: e.Tenant, User: e.Subject.ID})
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil // nobody is left to be told (AUN-I7)
	}
	if err != nil {
		return nil, err
	}
	return a.toldAs(ctx, acct.User, Note{Kind: NoteNewDevice, At: e.At, Client: clientOf(e.Client)}, mailID(e.ID)), nil
}

// isNewBrowser compares a sign-in with those before it, the newest first: the last one
// answers as a rule.
func (a *Accounts) isNewBrowser(ctx context.Context, e audit.Entry) (bool, error) {
	before, at := false, e.Cursor()
	for limit, scanned := 10, 0; scanned < maxScan; limit = audit.MaxLimit {
		page, err := a.trail.Query(ctx, e.Tenant, audit.Filter{Handle: e.Handle, Kinds: []audit.Kind{kindAuthenticated}, Before: at, Limit: limit})
		if err != nil {
			return false, err
		}
		for _, r := range page {
			before = true
			if e.At.Sub(r.At) > browserMemory {
				return true, nil
			}
			// One that cannot be read is another browser's: telling once too often is the
			// lesser evil.
			if was, err := r.Open(); err == nil && was.Client.Summary == e.Client.Summary {
				return false, nil
			}
			at = r.Cursor()
		}
		if len(page) < limit {
			break
		}
		scanned += limit
	}
	return before, nil
}

// clientOf takes the summary of an event apart.
func clientOf(c audit.Client) session.Client {
	browser, platform, _ := strings.Cut(c.Summary, " on ")
	return session.Client{Browser: browser, Platform: platform}
}

// mailID is the one id that the mail about an event has: of its time, and not the
// event's own, since both rows wait in one table.
func mailID(event identity.EventID) [16]byte {
	id := event.Bytes()
	d := seal.Digest(mailOfEvent, id[:])
	copy(id[9:], d[:]) // version and variant stay
	return id
}
