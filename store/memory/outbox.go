package memory

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/store"
)

// outbox is the table of rows. The book guards it.
type outbox struct {
	rows map[[16]byte]*waiting
	// topics holds the ids in ascending order: they are UUIDv7, so that is the
	// order in which the rows were made, and a new one mostly goes to the end.
	topics map[store.Topic][][16]byte
}

type waiting struct {
	store.Pending
	due time.Time
}

func newOutbox() outbox {
	return outbox{rows: map[[16]byte]*waiting{}, topics: map[store.Topic][][16]byte{}}
}

func compareIDs(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) }

// Known implements changeset.Rows. The caller holds the book.
func (o *outbox) Known(id [16]byte) bool {
	_, known := o.rows[id]
	return known
}

// admits says whether all rows can be added; afterwards add cannot fail.
func (o *outbox) admits(rows []store.Row) error {
	for i := range rows {
		id := rows[i].ID
		if o.Known(id) || slices.ContainsFunc(rows[:i], func(r store.Row) bool { return r.ID == id }) {
			return fmt.Errorf("row: %w", store.ErrExists)
		}
	}
	return nil
}

func (o *outbox) add(rows ...store.Row) {
	for _, r := range rows {
		r.Body = bytes.Clone(r.Body)
		o.rows[r.ID] = &waiting{Pending: store.Pending{Row: r}}
		ids := o.topics[r.Topic]
		at, _ := slices.BinarySearchFunc(ids, r.ID, compareIDs)
		o.topics[r.Topic] = slices.Insert(ids, at, r.ID)
	}
}

// queue is the consumer's side.
type queue struct{ b *Backend }

// Append implements [store.Outbox].
func (q queue) Append(ctx context.Context, rows ...store.Row) error {
	if err := portargs.Rows(rows); err != nil {
		return failed("append", err)
	}
	if err := alive(ctx, "append"); err != nil {
		return err
	}
	q.b.book.Lock()
	defer q.b.book.Unlock()
	if err := q.b.rows.admits(rows); err != nil {
		return failed("append", err)
	}
	q.b.rows.add(rows...)
	return nil
}

// Lease implements [store.Outbox].
func (q queue) Lease(ctx context.Context, topic store.Topic, limit int, now, until time.Time) ([]store.Pending, error) {
	if topic == "" || limit < 1 || now.IsZero() || !until.After(now) {
		return nil, malformed("lease", "topic, limit or times")
	}
	if err := alive(ctx, "lease"); err != nil {
		return nil, err
	}
	q.b.book.Lock()
	defer q.b.book.Unlock()
	var out []store.Pending
	for _, id := range q.b.rows.topics[topic] {
		w := q.b.rows.rows[id]
		if w.due.After(now) {
			continue
		}
		w.due = until
		w.Attempts++
		p := w.Pending
		p.Body = bytes.Clone(p.Body)
		if out = append(out, p); len(out) == limit {
			break
		}
	}
	return out, nil
}

// Done implements [store.Outbox].
func (q queue) Done(ctx context.Context, topic store.Topic, ids ...[16]byte) error {
	if topic == "" {
		return malformed("done", "no topic")
	}
	if err := alive(ctx, "done"); err != nil {
		return err
	}
	q.b.book.Lock()
	defer q.b.book.Unlock()
	o := &q.b.rows
	for _, id := range ids {
		w := o.rows[id]
		if w == nil || w.Topic != topic {
			continue
		}
		delete(o.rows, id)
		list := o.topics[topic]
		if at, found := slices.BinarySearchFunc(list, id, compareIDs); found {
			o.topics[topic] = slices.Delete(list, at, at+1)
		}
	}
	return nil
}

// Defer implements [store.Outbox].
func (q queue) Defer(ctx context.Context, topic store.Topic, id [16]byte, due time.Time) error {
	if topic == "" || id == [16]byte{} {
		return malformed("defer", "topic or id")
	}
	if err := alive(ctx, "defer"); err != nil {
		return err
	}
	q.b.book.Lock()
	defer q.b.book.Unlock()
	if w := q.b.rows.rows[id]; w != nil && w.Topic == topic {
		w.due = due
	}
	return nil
}
