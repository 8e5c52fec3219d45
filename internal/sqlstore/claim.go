package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

const (
	selectKnown = `SELECT rev FROM axess_sessions WHERE ref = ?`

	selectOld = `SELECT prev_ref, rev, superseded, tenant_id, user_id, login_id, actor_user_id, epoch_g, epoch_t, epoch_u
FROM axess_sessions WHERE ref = ? AND ends_at > ? {lock}`

	// A live session is registered by being there: it has a subject, is not
	// superseded, not over and not revoked.
	fromRegistered = ` FROM axess_sessions s
WHERE s.tenant_id = ? AND s.user_id = ? AND s.superseded = 0 AND s.ends_at > ?
 AND s.epoch_g >= ? AND s.epoch_t >= ? AND s.epoch_u >= ?`

	// One that an administrator acts in takes nobody's place and is listed until
	// either of the two is revoked (SES-018). The global epoch is that of the
	// session itself.
	fromLive = fromRegistered + `
 AND (s.actor_user_id IS NULL OR
 NOT EXISTS (SELECT 1 FROM axess_epochs a WHERE a.scope = 2 AND a.tenant_id = s.actor_tenant_id AND a.epoch > s.actor_epoch_t)
 AND NOT EXISTS (SELECT 1 FROM axess_epochs a WHERE a.scope = 3 AND a.tenant_id = s.actor_tenant_id
  AND a.user_id = s.actor_user_id AND a.epoch > s.actor_epoch_u))`

	fromCounted = fromRegistered + ` AND s.actor_user_id IS NULL`

	countLive = `SELECT COUNT(*)` + fromCounted

	selectOldest = `SELECT s.ref, s.prev_ref, s.login_id` + fromCounted + ` ORDER BY s.auth_at, s.ref LIMIT ?`

	insertSession = `INSERT INTO axess_sessions
 (ref, prev_ref, rev, superseded, tenant_id, user_id, login_id, auth_at, created_at, idle_until, abs_until, ends_at,
  sweep_at, seen_at, epoch_g, epoch_t, epoch_u, kid, sealed, actor_tenant_id, actor_user_id, actor_epoch_t, actor_epoch_u)
VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	supersede = `UPDATE axess_sessions SET superseded = 1, prev_ref = NULL, next_ref = ?,
 sweep_at = CASE WHEN ? < ends_at THEN ? ELSE sweep_at END,
 ends_at = CASE WHEN ? < ends_at THEN ? ELSE ends_at END,
 idle_until = CASE WHEN ? < idle_until THEN ? ELSE idle_until END
WHERE ref = ? AND rev = ? AND superseded = 0`

	deleteOld = `DELETE FROM axess_sessions WHERE ref = ? AND rev = ? AND superseded = 0`
)

// Create implements [session.Store].
func (s sessions) Create(ctx context.Context, rec session.Record, c session.Claim, also ...store.Row) ([]session.Ref, error) {
	const verb = "create"
	if err := portargs.NewRecord(&rec, &c, also); err != nil {
		return nil, s.b.failed(verb, err)
	}
	var evicted []session.Ref
	err := s.b.write(ctx, verb, func(ctx context.Context, l *lane) (err error) {
		evicted, err = install(ctx, l, &rec, &c, nil, also)
		return err
	})
	if err != nil {
		return nil, err
	}
	return evicted, nil
}

// predecessor is what a rotation needs to know about the old record.
type predecessor struct {
	prev       session.Ref
	rev        uint64
	superseded bool
	subject    identity.Subject
	login      identity.LoginID
	actor      identity.UserID
	epochs     identity.Epochs
}

// Rotate implements [session.Store].
func (s sessions) Rotate(ctx context.Context, old session.Ref, prevRev uint64, next session.Record, c session.Claim, grace time.Duration, also ...store.Row) ([]session.Ref, error) {
	const verb = "rotate"
	if old.IsZero() || prevRev == 0 || grace < 0 {
		return nil, s.b.malformed(verb, "ref, rev or grace")
	}
	if err := portargs.NewRecord(&next, &c, also); err != nil {
		return nil, s.b.failed(verb, err)
	}
	if grace > 0 {
		next.Prev = old
	}
	var evicted []session.Ref
	err := s.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		var was predecessor
		err := l.scan(ctx, selectOld, []any{old, micro(c.Now)}, optional{&was.prev}, number{&was.rev}, &was.superseded,
			optional{&was.subject.Tenant}, optional{&was.subject.User}, optional{&was.login}, optional{&was.actor},
			number{&was.epochs.Global}, number{&was.epochs.Tenant}, number{&was.epochs.User})
		switch {
		case err != nil:
			return absent(err)
		case was.superseded || was.rev != prevRev:
			return store.ErrConflict
		}
		if evicted, err = install(ctx, l, &next, &c, &was, also); err != nil {
			return err
		}
		if err := remove(ctx, l, was.prev); err != nil {
			return err
		}
		if was.login != next.Login || was.subject != next.Subject {
			l.tell(was.login)
		}
		return retire(ctx, l, old, prevRev, next.Ref, c.Now, grace)
	})
	if err != nil {
		return nil, err
	}
	return evicted, nil
}

// retire deletes the old record or leaves it to its grace, if it is still the one
// that was judged.
func retire(ctx context.Context, l *lane, old session.Ref, rev uint64, next session.Ref, now time.Time, grace time.Duration) error {
	var n int64
	var err error
	if grace > 0 {
		until := micro(now.Add(grace))
		n, err = l.exec(ctx, supersede, next, until, hourUp(until), until, until, until, until, old, int64(rev))
	} else {
		n, err = l.exec(ctx, deleteOld, old, int64(rev))
	}
	if err == nil && n != 1 {
		return store.ErrConflict
	}
	return err
}

// install judges the claim and makes the record, all in one transaction.
func install(ctx context.Context, l *lane, rec *session.Record, c *session.Claim, old *predecessor, also []store.Row) ([]session.Ref, error) {
	var rev uint64
	err := l.scan(ctx, selectKnown, []any{rec.Ref}, number{&rev})
	switch {
	case err == nil:
		return nil, store.ErrExists
	case !errors.Is(err, sql.ErrNoRows):
		return nil, err
	}
	var evicted []session.Ref
	if !c.Subject.IsZero() {
		if evicted, err = admit(ctx, l, c, old); err != nil {
			return nil, err
		}
	}
	if err := insert(ctx, l, rec, c); err != nil {
		return nil, err
	}
	return evicted, appendRows(ctx, l, also)
}

// admit holds the epochs of the subject, makes room and says who went for it.
func admit(ctx context.Context, l *lane, c *session.Claim, old *predecessor) ([]session.Ref, error) {
	current, err := holdEpochs(ctx, l, c.Subject)
	if err != nil {
		return nil, err
	}
	if current != c.Expect {
		return nil, session.ErrEpoch
	}
	if !c.Actor.IsZero() {
		if current, err = holdEpochs(ctx, l, c.Actor); err == nil && current != c.ActorExpect {
			err = session.ErrEpoch
		}
		return nil, err
	}
	if c.Raise {
		return nil, raise(ctx, l, identity.UserScope(c.Subject))
	}
	if old != nil && old.subject == c.Subject && old.actor.IsZero() && old.epochs.Covers(current) {
		return nil, nil // it takes the place of a live one
	}
	live := []any{
		c.Subject.Tenant, c.Subject.User, micro(c.Now), int64(current.Global), int64(current.Tenant), int64(current.User),
	}
	var n int
	if err := l.scan(ctx, countLive, live, &n); err != nil {
		return nil, err
	}
	bound := session.HardSessionLimit
	if c.Limit.Max > 0 {
		if c.Limit.RefuseNew && n >= c.Limit.Max {
			return nil, session.ErrSessionLimit
		}
		bound = min(bound, c.Limit.Max)
	}
	if n < bound {
		return nil, nil
	}
	return evict(ctx, l, append(live, n-bound+1))
}

// evict removes the oldest logins of a subject.
func evict(ctx context.Context, l *lane, oldest []any) ([]session.Ref, error) {
	ends, err := rows(ctx, l, selectOldest, oldest, func(r *bound) []any {
		return []any{&r.ref, optional{&r.prev}, optional{&r.login}}
	})
	if err != nil {
		return nil, err
	}
	var evicted, all []session.Ref
	for _, r := range ends {
		evicted, all = append(evicted, r.ref), append(all, r.ref, r.prev)
		l.tell(r.login)
	}
	return evicted, remove(ctx, l, all...)
}

// refAndPrev takes a session and the one that it stands in for, if any.
func refAndPrev(pair *[2]session.Ref) []any { return []any{&pair[0], optional{&pair[1]}} }

func insert(ctx context.Context, l *lane, r *session.Record, c *session.Claim) error {
	ends := r.IdleUntil
	if r.AbsUntil.Before(ends) {
		ends = r.AbsUntil
	}
	_, err := l.exec(ctx, insertSession,
		r.Ref, nullable(r.Prev), int64(r.Rev), nullable(r.Subject.Tenant), nullable(r.Subject.User), nullable(r.Login),
		micro(r.AuthAt), micro(r.CreatedAt), micro(r.IdleUntil), micro(r.AbsUntil), micro(ends), hourUp(micro(ends)), micro(c.Now),
		int64(r.Epochs.Global), int64(r.Epochs.Tenant), int64(r.Epochs.User), r.Kid[:], blob(r.Sealed),
		nullable(r.Actor.Tenant), nullable(r.Actor.User), int64(c.ActorExpect.Tenant), int64(c.ActorExpect.User))
	if is(err, Unique) {
		return store.ErrExists
	}
	return err
}
