package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/store"
)

// queue is the outbox port.
type queue struct{ b *Backend }

const (
	insertRow = `INSERT INTO axess_outbox (id, topic, at, body, attempts, due_at) VALUES (?, ?, ?, ?, 0, ?)`

	selectAnyDue = `SELECT 1 FROM axess_outbox WHERE topic = ? AND due_at <= ? LIMIT 1`

	selectDue = `SELECT id, at, body, attempts FROM axess_outbox
WHERE topic = ? AND due_at <= ? ORDER BY at, id LIMIT ? {lock}`

	leaseRow = `UPDATE axess_outbox SET attempts = attempts + 1, due_at = ? WHERE id = ?`

	deleteRow = `DELETE FROM axess_outbox WHERE id = ? AND topic = ?`

	deferRow = `UPDATE axess_outbox SET due_at = ? WHERE id = ? AND topic = ?`
)

// dueAtOnce is before every clock.
const dueAtOnce = math.MinInt64

// appendRows writes rows in the transaction of the change that they describe.
func appendRows(ctx context.Context, l *lane, rows []store.Row) error {
	for i := range rows {
		r := &rows[i]
		_, err := l.exec(ctx, insertRow, id16(r.ID), string(r.Topic), micro(r.At), blob(r.Body), int64(dueAtOnce))
		if is(err, Unique) {
			return fmt.Errorf("row: %w", store.ErrExists)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Append implements [store.Outbox].
func (q queue) Append(ctx context.Context, rows ...store.Row) error {
	const verb = "append"
	if err := portargs.Rows(rows); err != nil {
		return q.b.failed(verb, err)
	}
	return q.b.write(ctx, verb, func(ctx context.Context, l *lane) error { return appendRows(ctx, l, rows) })
}

// Lease implements [store.Outbox]. Relays ask often and mostly there is nothing;
// so a read asks first, and the writer is bothered only if there is something.
func (q queue) Lease(ctx context.Context, topic store.Topic, limit int, now, until time.Time) ([]store.Pending, error) {
	const verb = "lease"
	if topic == "" || limit < 1 || now.IsZero() || !until.After(now) {
		return nil, q.b.malformed(verb, "topic, limit or times")
	}
	var one int
	err := q.b.read(ctx, verb, func(ctx context.Context, l *lane) error {
		err := l.scan(ctx, selectAnyDue, []any{string(topic), micro(now)}, &one)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil || one == 0 {
		return nil, err
	}
	var out []store.Pending
	err = q.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		out, err = rows(ctx, l, selectDue, []any{string(topic), micro(now), limit}, func(p *store.Pending) []any {
			p.Topic = topic
			return []any{exact(p.ID[:]), moment{&p.At}, &p.Body, &p.Attempts}
		})
		if err != nil {
			return err
		}
		for i := range out {
			out[i].Attempts++
			if _, err := l.exec(ctx, leaseRow, micro(until), id16(out[i].ID)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Done implements [store.Outbox].
func (q queue) Done(ctx context.Context, topic store.Topic, ids ...[16]byte) error {
	const verb = "done"
	if topic == "" {
		return q.b.malformed(verb, "no topic")
	}
	return q.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		for _, id := range ids {
			if _, err := l.exec(ctx, deleteRow, id16(id), string(topic)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Defer implements [store.Outbox].
func (q queue) Defer(ctx context.Context, topic store.Topic, id [16]byte, due time.Time) error {
	const verb = "defer"
	if topic == "" || id == [16]byte{} {
		return q.b.malformed(verb, "topic or id")
	}
	return q.b.update(ctx, verb, func(ctx context.Context, l *lane) error {
		_, err := l.exec(ctx, deferRow, micro(due), id16(id), string(topic))
		return err
	})
}
