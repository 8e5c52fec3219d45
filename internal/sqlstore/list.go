package sqlstore

import (
	"context"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/session"
)

const (
	selectPlace = `SELECT s.auth_at` + fromLive + ` AND s.ref = ?`

	selectFirstPage = `SELECT` + sessionColumns + `, s.seen_at` + fromLive + `
ORDER BY s.auth_at DESC, s.ref DESC LIMIT ?`

	selectNextPage = `SELECT` + sessionColumns + `, s.seen_at` + fromLive + `
 AND s.auth_at <= ? AND (s.auth_at < ? OR s.ref < ?)
ORDER BY s.auth_at DESC, s.ref DESC LIMIT ?`
)

// Sessions implements [session.Store]. Epochs, place and page are read from one
// state of the database.
func (s sessions) Sessions(ctx context.Context, sub identity.Subject, after session.Ref, limit int, now time.Time) ([]session.Listed, error) {
	const verb = "sessions"
	if !sub.Valid() || limit < 1 || limit > portargs.MaxPage || now.IsZero() {
		return nil, s.b.malformed(verb, "subject, limit or time")
	}
	var out []session.Listed
	err := s.b.snapshot(ctx, verb, func(ctx context.Context, l *lane) error {
		current, err := epochsOf(ctx, l, sub)
		if err != nil {
			return err
		}
		text := selectFirstPage
		args := []any{sub.Tenant, sub.User, micro(now), int64(current.Global), int64(current.Tenant), int64(current.User)}
		if !after.IsZero() {
			var place time.Time
			if err := absent(l.scan(ctx, selectPlace, append(args, after), moment{&place})); err != nil {
				return err
			}
			text = selectNextPage
			args = append(args, micro(place), micro(place), after)
		}
		out, err = rows(ctx, l, text, append(args, limit), func(row *session.Listed) []any {
			return append(recordDest(&row.Record), moment{&row.Seen})
		})
		return err
	})
	return out, err
}
