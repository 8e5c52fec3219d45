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
func (s sessions) Kids(ctx context.Context) ([]session.KidCount, error) {
	var out []session.KidCount
	err := s.b.read(ctx, "kids", func(ctx context.Context, l *lane) error {
		out = []session.KidCount{}
		var row session.KidCount
		return l.each(ctx, countKids, nil, func() []any {
			return []any{exact(row.Kid[:]), &row.Count}
		}, func() error {
			out = append(out, row)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UnderKid implements [session.Store].
func (s sessions) UnderKid(ctx context.Context, kid seal.KeyID, after session.Ref, limit int) ([]session.Ref, error) {
	const verb = "under kid"
	if limit < 1 || limit > session.MaxRefs {
		return nil, s.b.malformed(verb, "limit")
	}
	var out []session.Ref
	err := s.b.read(ctx, verb, func(ctx context.Context, l *lane) error {
		out = []session.Ref{}
		var ref session.Ref
		behind := after.Bytes()
		return l.each(ctx, selectUnderKid, []any{kid[:], behind[:], limit}, func() []any {
			return []any{&ref}
		}, func() error {
			out = append(out, ref)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
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
