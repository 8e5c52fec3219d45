package audit

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

var errDown = errors.New("down")

// outbox and memStore are the two ports as their comments say, in memory. fail
// is asked before (after false) and after each verb.
type outbox struct {
	mu   sync.Mutex
	rows []boxed
	fail func(verb string, after bool) error
}

type boxed struct {
	store.Pending
	due time.Time
}

func newOutbox() *outbox { return &outbox{fail: func(string, bool) error { return nil }} }

func (o *outbox) put(rows ...store.Row) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range rows {
		o.rows = append(o.rows, boxed{Pending: store.Pending{Row: r}})
	}
	slices.SortStableFunc(o.rows, func(a, b boxed) int { return a.At.Compare(b.At) })
}

func (o *outbox) Append(_ context.Context, rows ...store.Row) error {
	o.put(rows...)
	return nil
}

func (o *outbox) Lease(_ context.Context, topic store.Topic, limit int, now, until time.Time) ([]store.Pending, error) {
	if err := o.fail("lease", false); err != nil {
		return nil, err
	}
	o.mu.Lock()
	var out []store.Pending
	for i := range o.rows {
		if r := &o.rows[i]; r.Topic == topic && !r.due.After(now) && len(out) < limit {
			r.due = until
			r.Attempts++
			out = append(out, r.Pending)
		}
	}
	o.mu.Unlock()
	return out, o.fail("lease", true)
}

func (o *outbox) Done(_ context.Context, topic store.Topic, ids ...[16]byte) error {
	if err := o.fail("done", false); err != nil {
		return err
	}
	o.mu.Lock()
	o.rows = slices.DeleteFunc(o.rows, func(r boxed) bool { return r.Topic == topic && slices.Contains(ids, r.ID) })
	o.mu.Unlock()
	return o.fail("done", true)
}

func (o *outbox) RowKids(context.Context, store.Topic) ([]store.KidCount, error) { return nil, nil }

func (o *outbox) Defer(_ context.Context, _ store.Topic, id [16]byte, due time.Time) error {
	if err := o.fail("defer", false); err != nil {
		return err
	}
	o.mu.Lock()
	for i := range o.rows {
		if o.rows[i].ID == id {
			o.rows[i].due = due
		}
	}
	o.mu.Unlock()
	return o.fail("defer", true)
}

func (o *outbox) len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.rows)
}

type memStore struct {
	mu      sync.Mutex
	records []Record
	refuse  func(Record) error
	fail    func(verb string, after bool) error
}

func newMemStore() *memStore {
	return &memStore{refuse: func(Record) error { return nil }, fail: func(string, bool) error { return nil }}
}

func (m *memStore) Append(_ context.Context, records ...Record) ([]uint64, error) {
	if err := CheckAppend(records); err != nil {
		return nil, err
	}
	if err := m.fail("append", false); err != nil {
		return nil, err
	}
	for _, r := range records {
		if err := m.refuse(r); err != nil {
			return nil, err
		}
	}
	m.mu.Lock()
	seqs := make([]uint64, len(records))
	for i, r := range records {
		at := slices.IndexFunc(m.records, func(o Record) bool { return o.ID == r.ID })
		if at < 0 {
			for _, o := range m.records {
				if o.Node == r.Node && o.Boot == r.Boot {
					r.Seq = max(r.Seq, o.Seq)
				}
			}
			r.Seq++
			m.records, at = append(m.records, r), len(m.records)
		}
		seqs[i] = m.records[at].Seq
	}
	m.mu.Unlock()
	return seqs, m.fail("append", true)
}

func (m *memStore) Query(context.Context, identity.TenantID, Filter) ([]Record, error) {
	return nil, errors.ErrUnsupported
}

func relay(t testing.TB, b bench, o store.Outbox, s Store, log *slog.Logger) *Relay {
	t.Helper()
	r, err := NewRelay(RelayConfig{Outbox: o, Store: s, Clock: b.clock, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
