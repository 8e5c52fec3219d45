package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// The rows that concern a subject: scope 1 is everybody, 2 the tenant, 3 the user
// (identity.ScopeKind). An absent row reads as 0; rows are never removed, because
// an epoch that came back as 0 would bring old sessions back to life.
const (
	selectEpochs = `SELECT
 COALESCE((SELECT epoch FROM axess_epochs WHERE scope = 1 AND tenant_id = ? AND user_id = ?), 0),
 COALESCE((SELECT epoch FROM axess_epochs WHERE scope = 2 AND tenant_id = ? AND user_id = ?), 0),
 COALESCE((SELECT epoch FROM axess_epochs WHERE scope = 3 AND tenant_id = ? AND user_id = ?), 0)`

	anchorEpoch = `INSERT INTO axess_epochs (scope, tenant_id, user_id, epoch) VALUES (?, ?, ?, 0) {ifabsent}`

	selectEpoch = `SELECT epoch FROM axess_epochs WHERE scope = ? AND tenant_id = ? AND user_id = ?`

	lockEpoch = selectEpoch + ` {lock}`

	shareEpoch = selectEpoch + ` {share}`

	touchEpoch = `UPDATE axess_epochs SET held = held + 1 WHERE scope = ? AND tenant_id = ? AND user_id = ?`

	raiseEpoch = `UPDATE axess_epochs SET epoch = epoch + 1 WHERE scope = ? AND tenant_id = ? AND user_id = ?`

	raiseEpochFrom = `UPDATE axess_epochs SET epoch = epoch + 1
 WHERE scope = ? AND tenant_id = ? AND user_id = ? AND epoch = ?`

	insertEpoch = `INSERT INTO axess_epochs (scope, tenant_id, user_id, epoch) VALUES (?, ?, ?, 1)`
)

// epochArgs are the ids of the three rows of a subject, the zero one included.
func epochArgs(s identity.Subject) []any {
	none := zeroID()
	return []any{none, none, s.Tenant, none, s.Tenant, s.User}
}

// epochsOf reads the epochs of a subject.
func epochsOf(ctx context.Context, l *lane, s identity.Subject) (identity.Epochs, error) {
	var e identity.Epochs
	err := l.scan(ctx, selectEpochs, epochArgs(s), number{&e.Global}, number{&e.Tenant}, number{&e.User})
	return e, err
}

// holdEpochs reads the epochs of a subject for a claim, so that no raise lands
// before the transaction ends (STO-024). Where a transaction does not exclude
// others anyway, that takes the locks of the three rows, which must exist. Logins
// of one user go one after the other; those of different people share the rows of
// tenant and system, which only a raise has for itself.
func holdEpochs(ctx context.Context, l *lane, s identity.Subject) (identity.Epochs, error) {
	if l.d.ForUpdate == "" {
		return epochsOf(ctx, l, s)
	}
	var e identity.Epochs
	for _, row := range []struct {
		scope identity.Scope
		text  string
		to    *uint64
	}{
		{identity.GlobalScope(), shareEpoch, &e.Global},
		{identity.TenantScope(s.Tenant), shareEpoch, &e.Tenant},
		{identity.UserScope(s), lockEpoch, &e.User},
	} {
		key := scopeKey(row.scope)
		err := l.scan(ctx, row.text, key, number{row.to})
		if errors.Is(err, sql.ErrNoRows) {
			if _, err = l.exec(ctx, anchorEpoch, key...); err == nil {
				err = l.scan(ctx, row.text, key, number{row.to})
			}
			if errors.Is(err, sql.ErrNoRows) { // somebody else's, made after this transaction began
				err = &fault{Retry, err}
			}
		}
		if err != nil {
			return identity.Epochs{}, err
		}
	}
	// Two logins at two servers must not both find room. Those of tenant and system
	// need no more than they have: a raise elsewhere is above the stamp of the
	// session, so that it never loads.
	return e, holdRow(ctx, l, touchEpoch, scopeKey(identity.UserScope(s))...)
}

// holdRow makes a change of a row that is locked, where a lock holds on one server
// alone: of two transactions that hold the same row one does not commit.
func holdRow(ctx context.Context, l *lane, text string, key ...any) error {
	if !l.d.HoldByWrite {
		return nil
	}
	_, err := l.exec(ctx, text, key...)
	return err
}

func scopeKey(s identity.Scope) []any {
	sub := s.Subject()
	return []any{int64(s.Kind()), sub.Tenant, sub.User}
}

// raise adds one to an epoch.
func raise(ctx context.Context, l *lane, s identity.Scope) error {
	l.ended = append(l.ended, session.Ending{Scope: s})
	n, err := l.exec(ctx, raiseEpoch, scopeKey(s)...)
	if err != nil || n == 1 {
		return err
	}
	return firstRaise(ctx, l, s)
}

// firstRaise makes the row. If somebody else has just made it, the transaction
// begins again and finds it.
func firstRaise(ctx context.Context, l *lane, s identity.Scope) error {
	_, err := l.exec(ctx, insertEpoch, scopeKey(s)...)
	if is(err, Unique) {
		return &fault{Retry, err}
	}
	return err
}

// raiseFrom is raise if the epoch is still what the caller has read.
func raiseFrom(ctx context.Context, l *lane, s identity.Scope, from uint64) error {
	l.ended = append(l.ended, session.Ending{Scope: s})
	n, err := l.exec(ctx, raiseEpochFrom, append(scopeKey(s), int64(from))...)
	if err != nil || n == 1 {
		return err
	}
	if from != 0 {
		return store.ErrConflict
	}
	if _, err = l.exec(ctx, insertEpoch, scopeKey(s)...); is(err, Unique) {
		return store.ErrConflict
	}
	return err
}

// Raise implements [session.Store].
func (s sessions) Raise(ctx context.Context, scope identity.Scope, also ...store.Row) error {
	const verb = "raise"
	if scope.Validate() != nil {
		return s.b.malformed(verb, "scope")
	}
	if err := portargs.Rows(also); err != nil {
		return s.b.failed(verb, err)
	}
	return s.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		if err := raise(ctx, l, scope); err != nil {
			return err
		}
		return appendRows(ctx, l, also)
	})
}

// Epochs implements [session.Store].
func (s sessions) Epochs(ctx context.Context, sub identity.Subject) (identity.Epochs, error) {
	const verb = "epochs"
	if !portargs.WholeSubject(sub) {
		return identity.Epochs{}, s.b.malformed(verb, "subject")
	}
	var e identity.Epochs
	err := s.b.read(ctx, verb, func(ctx context.Context, l *lane) (err error) {
		e, err = epochsOf(ctx, l, sub)
		return err
	})
	return e, err
}
