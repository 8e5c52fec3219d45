package sqlstore

import (
	"context"
	"time"

	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

const (
	countKids = `SELECT kid, COUNT(*) FROM axess_sessions GROUP BY kid ORDER BY kid`

	selectUnderKid = `SELECT ref FROM axess_sessions WHERE kid = ? AND ref > ? AND superseded = 0 ORDER BY ref LIMIT ?`

	resealSession = `UPDATE axess_sessions SET kid = ?, sealed = ? WHERE ref = ? AND rev = ? AND kid = ? AND ends_at > ?`
)

// Kids implements [session.Store].
func (s sessions) Kids(ctx context.Context) ([]store.KidCount, error) {
	return s.b.kids(ctx, "kids", countKids)
}

// UnderKid implements [session.Store].
func (s sessions) UnderKid(ctx context.Context, kid seal.KeyID, after session.Ref, limit int) ([]session.Ref, error) {
	const verb = "under kid"
	if limit < 1 || limit > session.MaxRefs {
		return nil, s.b.malformed(verb, "limit")
	}
	return list(ctx, s.b, verb, selectUnderKid, []any{kid[:], after, limit}, func(ref *session.Ref) []any {
		return []any{ref}
	})
}

// Reseal implements [session.Store].
func (s sessions) Reseal(ctx context.Context, rec session.Record, from seal.KeyID, now time.Time) error {
	const verb = "reseal"
	if err := portargs.Resealed(&rec, now); err != nil {
		return s.b.failed(verb, err)
	}
	return s.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		n, err := l.exec(ctx, resealSession, rec.Kid[:], blob(rec.Sealed), rec.Ref, int64(rec.Rev), from[:], micro(now))
		if err != nil || n == 1 {
			return err
		}
		var end time.Time
		if err := absent(l.scan(ctx, selectLife, []any{rec.Ref, micro(now)}, moment{&end})); err != nil {
			return err
		}
		return store.ErrConflict
	})
}
