package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// sessions is the session port.
type sessions struct{ b *Backend }

// ends_at is the earlier of idle_until and abs_until, kept beside them: one
// column and one predicate (ends_at > now) say everywhere whether a record lives.
// sweep_at is ends_at rounded up to the hour, and the one that is indexed: a touch
// inside the hour changes no index (STO-023). It is where a sweep looks, and decides
// nothing.
const (
	sessionColumns = ` s.ref, s.prev_ref, s.rev, s.superseded, s.tenant_id, s.user_id, s.login_id,
 s.auth_at, s.created_at, s.idle_until, s.abs_until, s.epoch_g, s.epoch_t, s.epoch_u, s.kid, s.sealed,
 s.actor_tenant_id, s.actor_user_id`

	loadSession = `SELECT` + sessionColumns + `,
 COALESCE((SELECT g.epoch FROM axess_epochs g WHERE g.scope = 1 AND g.tenant_id = ? AND g.user_id = ?), 0),
 COALESCE((SELECT t.epoch FROM axess_epochs t WHERE t.scope = 2 AND t.tenant_id = s.tenant_id AND t.user_id = ?), 0),
 COALESCE((SELECT u.epoch FROM axess_epochs u WHERE u.scope = 3 AND u.tenant_id = s.tenant_id AND u.user_id = s.user_id), 0)
FROM axess_sessions s
WHERE s.ref = ? AND s.ends_at > ?`

	updateSession = `UPDATE axess_sessions SET rev = ?, auth_at = ?, kid = ?, sealed = ?, seen_at = ?, idle_until = ?,
 sweep_at = CASE WHEN ? < abs_until THEN ? ELSE` + hourOfEnd + ` END,
 ends_at = CASE WHEN ? < abs_until THEN ? ELSE abs_until END
WHERE ref = ? AND rev = ? AND superseded = 0 AND ends_at > ?`

	selectLife = `SELECT ends_at FROM axess_sessions WHERE ref = ? AND ends_at > ?`

	hourOfEnd = ` abs_until + 3599999999 - (abs_until + 3599999999) % 3600000000`

	// The columns are set in this order because in one dialect an assignment
	// sees those before it.
	touchColumns = ` ends_at = CASE WHEN ? <= idle_until OR abs_until <= idle_until THEN ends_at WHEN ? < abs_until THEN ? ELSE abs_until END,
 idle_until = CASE WHEN ? <= idle_until OR abs_until <= idle_until THEN idle_until WHEN ? < abs_until THEN ? ELSE abs_until END,
 seen_at = CASE WHEN ? > seen_at THEN ? ELSE seen_at END
WHERE ref = ? AND superseded = 0 AND ends_at > ?`

	// A database may write an index whose column is set to what it was.
	touchInside = `UPDATE axess_sessions SET` + touchColumns + ` AND sweep_at >= ?`

	touchBeyond = `UPDATE axess_sessions SET
 sweep_at = CASE WHEN ? <= idle_until OR abs_until <= idle_until THEN sweep_at WHEN ? < abs_until THEN ? ELSE` + hourOfEnd + ` END,
` + touchColumns

	selectBound = `SELECT tenant_id, user_id, login_id, superseded, prev_ref, next_ref FROM axess_sessions WHERE ref = ? {lock}`

	deleteSession = `DELETE FROM axess_sessions WHERE ref = ?`

	// In the order of the index, whose end is not looked at then.
	selectDead = `SELECT ref, prev_ref FROM axess_sessions WHERE sweep_at < ? AND ends_at < ?
ORDER BY sweep_at, ref LIMIT ? {skip}`

	// A predecessor goes with its successor, whatever is left of its grace.
	deleteDead = `DELETE FROM axess_sessions WHERE (ends_at < ? OR superseded = 1) AND ref IN (` + tenRefs + `, ` + tenRefs + `, ` + tenRefs + `, ` +
		tenRefs + `, ` + tenRefs + `)`
	tenRefs  = `?, ?, ?, ?, ?, ?, ?, ?, ?, ?`
	deadRefs = 50
)

// recordDest are the places of sessionColumns.
func recordDest(r *session.Record) []any {
	return []any{
		&r.Ref, optional{&r.Prev}, number{&r.Rev}, &r.Superseded,
		optional{&r.Subject.Tenant}, optional{&r.Subject.User}, optional{&r.Login},
		moment{&r.AuthAt}, moment{&r.CreatedAt}, moment{&r.IdleUntil}, moment{&r.AbsUntil},
		number{&r.Epochs.Global}, number{&r.Epochs.Tenant}, number{&r.Epochs.User}, exact(r.Kid[:]), &r.Sealed,
		orNone(&r.Actor.Tenant), orNone(&r.Actor.User),
	}
}

// Load implements [session.Store]: one statement, so record and epochs belong to
// one moment (STO-022). The epochs of an actor come with a second one, which only
// their sessions pay for: epochs never fall, so reading them later can only find
// more that is revoked.
func (s sessions) Load(ctx context.Context, ref session.Ref, now time.Time) (session.Record, session.Current, error) {
	const verb = "load"
	if ref.IsZero() || now.IsZero() {
		return session.Record{}, session.Current{}, s.b.malformed(verb, "ref or time")
	}
	if s.b.dialect.Direct == nil {
		return s.load(ctx, verb, ref, now)
	}
	if err := s.b.ready(verb); err != nil {
		return session.Record{}, session.Current{}, err
	}
	if ctx.Err() != nil {
		return session.Record{}, session.Current{}, s.b.lost(ctx, verb)
	}
	r, e, err := s.direct(ctx, ref, now)
	if is(err, Retry) {
		return s.load(ctx, verb, ref, now)
	}
	if err != nil {
		return session.Record{}, session.Current{}, s.b.answer(ctx, verb, err)
	}
	return r, e, nil
}

// direct is load past database/sql, and without a second try.
func (s sessions) direct(ctx context.Context, ref session.Ref, now time.Time) (session.Record, session.Current, error) {
	l, err := s.b.readers.take(ctx)
	if err != nil {
		return session.Record{}, session.Current{}, err
	}
	defer s.b.readers.give(l)
	var e session.Current
	r, own, err := l.load(ctx, ref, now)
	if e.Epochs = own; err == nil && !r.Actor.IsZero() {
		e.Actor, err = epochsOf(ctx, l, r.Actor)
	}
	if err != nil {
		return session.Record{}, session.Current{}, err
	}
	return r, e, nil
}

// load is the way that every driver has.
func (s sessions) load(ctx context.Context, verb string, ref session.Ref, now time.Time) (session.Record, session.Current, error) {
	var r session.Record
	var e session.Current
	err := s.b.read(ctx, verb, func(ctx context.Context, l *lane) error {
		none := zeroID()
		err := absent(l.scan(ctx, loadSession, []any{none, none, none, ref, micro(now)},
			append(recordDest(&r), number{&e.Global}, number{&e.Tenant}, number{&e.User})...))
		if err != nil || r.Actor.IsZero() {
			return err
		}
		e.Actor, err = epochsOf(ctx, l, r.Actor)
		return err
	})
	if err != nil {
		return session.Record{}, session.Current{}, err
	}
	return r, e, nil
}

// absent makes the want of a row an answer.
func absent(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNotFound
	}
	return err
}

// Update implements [session.Store].
func (s sessions) Update(ctx context.Context, rec session.Record, prevRev uint64, now time.Time) error {
	const verb = "update"
	if rec.Ref.IsZero() || prevRev == 0 || rec.Rev != prevRev+1 || now.IsZero() || rec.IdleUntil.IsZero() {
		return s.b.malformed(verb, "ref, rev or time")
	}
	if len(rec.Sealed) > session.MaxSealed {
		return s.b.failed(verb, store.ErrTooLarge)
	}
	idle := micro(rec.IdleUntil)
	return s.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		n, err := l.exec(ctx, updateSession,
			int64(rec.Rev), micro(rec.AuthAt), rec.Kid[:], blob(rec.Sealed), micro(now), idle,
			idle, hourUp(idle), idle, idle,
			rec.Ref, int64(prevRev), micro(now))
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

// Touch implements [session.Store].
func (s sessions) Touch(ctx context.Context, ref session.Ref, idleUntil, now time.Time) error {
	const verb = "touch"
	if ref.IsZero() || idleUntil.IsZero() || now.IsZero() {
		return s.b.malformed(verb, "ref or time")
	}
	to, at := micro(idleUntil), micro(now)
	return s.b.update(ctx, verb, func(ctx context.Context, l *lane) error {
		columns := []any{to, to, to, to, to, to, at, at, ref, at}
		n, err := l.exec(ctx, touchInside, append(columns, hourUp(to))...)
		if err != nil || n == 1 {
			return err
		}
		_, err = l.exec(ctx, touchBeyond, append([]any{to, to, hourUp(to)}, columns...)...)
		return err
	})
}

// Delete implements [session.Store].
func (s sessions) Delete(ctx context.Context, ref session.Ref, sub identity.Subject, also ...store.Row) error {
	const verb = "delete"
	if ref.IsZero() || !portargs.WholeSubject(sub) {
		return s.b.malformed(verb, "ref or subject")
	}
	if err := portargs.Rows(also); err != nil {
		return s.b.failed(verb, err)
	}
	return s.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		if err := end(ctx, l, ref, sub); err != nil {
			return err
		}
		return appendRows(ctx, l, also)
	})
}

// end removes a record of a subject (of anybody, if it is zero), with the half
// that hangs on it: ending either ends both (SES-106).
func end(ctx context.Context, l *lane, ref session.Ref, sub identity.Subject) error {
	r, err := boundOf(ctx, l, ref)
	if err != nil || r.ref.IsZero() || !sub.IsZero() && r.owner != sub {
		return err
	}
	if !r.next.IsZero() {
		next, err := boundOf(ctx, l, r.next)
		if err != nil {
			return err
		}
		l.tell(next.login)
	}
	l.tell(r.login)
	return remove(ctx, l, ref, r.prev, r.next)
}

// bound is whose a record is and what hangs on it. The login of a superseded one is
// zero: it goes on in the next.
type bound struct {
	ref, prev, next session.Ref
	owner           identity.Subject
	login           identity.LoginID
}

// boundOf reads a record for its end; the zero bound if it is not there.
func boundOf(ctx context.Context, l *lane, ref session.Ref) (bound, error) {
	r := bound{ref: ref}
	var superseded bool
	err := l.scan(ctx, selectBound, []any{ref}, optional{&r.owner.Tenant}, optional{&r.owner.User},
		optional{&r.login}, &superseded, optional{&r.prev}, optional{&r.next})
	if errors.Is(err, sql.ErrNoRows) {
		return bound{}, nil
	}
	if superseded {
		r.login = identity.LoginID{}
	}
	return r, err
}

func remove(ctx context.Context, l *lane, refs ...session.Ref) error {
	for _, ref := range refs {
		if ref.IsZero() {
			continue
		}
		if _, err := l.exec(ctx, deleteSession, ref); err != nil {
			return err
		}
	}
	return nil
}

// sweepLag is how long a dead record stays: the clocks of several instances
// differ, and none may meet a record that another has already removed as dead
// while it still counts as alive here (SES-230).
const sweepLag = 5 * time.Minute

// Sweep implements [session.Store]: longest dead first, to the hour.
func (s sessions) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	const verb = "sweep"
	if now.IsZero() || limit < 1 {
		return 0, s.b.malformed(verb, "time or limit")
	}
	if err := s.b.sweepRevocations(ctx, now, limit); err != nil {
		return 0, err
	}
	gone := micro(now.Add(-sweepLag))
	search := []any{gone + hour, gone, limit}
	var found [][2]session.Ref
	if s.b.dialect.SkipLocked == "" {
		// Looked for without the lock of writers: each row is judged again as it goes.
		var err error
		found, err = list(ctx, s.b, verb, selectDead, search, refAndPrev)
		if err != nil || len(found) == 0 {
			return 0, err
		}
	}
	swept := 0
	err := s.b.write(ctx, verb, func(ctx context.Context, l *lane) (err error) {
		dead := found
		if dead == nil {
			if dead, err = rows(ctx, l, selectDead, search, refAndPrev); err != nil {
				return err
			}
		}
		swept, err = removeDead(ctx, l, dead, gone)
		return err
	})
	if err != nil {
		return 0, err
	}
	return swept, nil
}

// removeDead takes many rows with each statement: locks are held until the last of
// them, and most of that time would be spent on the way to the server and back.
func removeDead(ctx context.Context, l *lane, dead [][2]session.Ref, gone int64) (int, error) {
	var refs []session.Ref
	for _, pair := range dead {
		if refs = append(refs, pair[0]); !pair[1].IsZero() {
			refs = append(refs, pair[1])
		}
	}
	swept := 0
	for some := range slices.Chunk(refs, deadRefs) {
		args := []any{gone}
		for _, ref := range some {
			args = append(args, ref)
		}
		for len(args) <= deadRefs {
			args = append(args, some[0]) // the statement is always the same
		}
		n, err := l.exec(ctx, deleteDead, args...)
		if err != nil {
			return 0, err
		}
		swept += int(n)
	}
	return swept, nil
}

// Check implements [session.Store].
func (s sessions) Check(ctx context.Context) error { return s.b.Check(ctx) }
