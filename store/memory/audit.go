package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
)

// DefaultEvents is the number of audit events that a backend holds unless told
// otherwise.
const DefaultEvents = 100_000

// events is the audit port, under a lock of its own.
type events struct {
	mu       sync.RWMutex
	capacity int
	known    map[identity.EventID]audit.Record
	lists    map[about][]audit.Cursor // ascending
	order    []identity.EventID       // as they came, from the oldest
	numbers  map[source]uint64
}

// about is what a list of events is about: an account, by its handle, or with a zero one
// the whole tenant. Whatever looks for the events of one person looks at no other's.
type about struct {
	tenant identity.TenantID
	handle [16]byte
}

// listsOf are those in which an event stands.
func listsOf(r audit.Record) []about {
	whole, account := about{tenant: r.Tenant}, about{r.Tenant, r.Handle}
	if whole == account {
		return []about{whole}
	}
	return []about{whole, account}
}

// source is what numbers its events by itself; its counter outlives them.
type source struct {
	node string
	boot [16]byte
}

func (e *events) init(capacity int) {
	e.capacity = capacity
	e.known = map[identity.EventID]audit.Record{}
	e.lists = map[about][]audit.Cursor{}
	e.numbers = map[source]uint64{}
}

func compareCursors(a, b audit.Cursor) int {
	return cmp.Or(a.At.Compare(b.At), compareIDs(a.ID.Bytes(), b.ID.Bytes()))
}

// Append implements [audit.Store]. Beyond the capacity the events that came
// first are forgotten.
func (e *events) Append(ctx context.Context, records ...audit.Record) ([]uint64, error) {
	if err := audit.CheckAppend(records); err != nil {
		return nil, failed("append events", err)
	}
	if err := alive(ctx, "append events"); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	numbers := make([]uint64, len(records))
	for i, r := range records {
		if old, known := e.known[r.ID]; known {
			numbers[i] = old.Seq
			continue
		}
		from := source{r.Node, r.Boot}
		e.numbers[from]++
		r.Seq, r.Body = e.numbers[from], bytes.Clone(r.Body)
		numbers[i] = r.Seq
		e.keep(r)
	}
	return numbers, nil
}

func (e *events) keep(r audit.Record) {
	e.known[r.ID] = r
	e.order = append(e.order, r.ID)
	for _, of := range listsOf(r) {
		list := e.lists[of]
		at, _ := slices.BinarySearchFunc(list, r.Cursor(), compareCursors)
		e.lists[of] = slices.Insert(list, at, r.Cursor())
	}
	for len(e.order) > e.capacity {
		e.forget(e.known[e.order[0]])
		e.order = e.order[1:]
	}
}

func (e *events) forget(r audit.Record) {
	delete(e.known, r.ID)
	for _, of := range listsOf(r) {
		list := e.lists[of]
		if at, found := slices.BinarySearchFunc(list, r.Cursor(), compareCursors); found {
			list = slices.Delete(list, at, at+1)
		}
		if e.lists[of] = list; len(list) == 0 {
			delete(e.lists, of)
		}
	}
}

// Query implements [audit.Store].
func (e *events) Query(ctx context.Context, t identity.TenantID, f audit.Filter) ([]audit.Record, error) {
	f, err := f.Check(t)
	if err != nil {
		return nil, failed("query events", err)
	}
	if err := alive(ctx, "query events"); err != nil {
		return nil, err
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	list := e.lists[about{t, f.Handle}]
	at := len(list)
	if !f.Before.IsZero() {
		at, _ = slices.BinarySearchFunc(list, f.Before, compareCursors)
	}
	out := []audit.Record{}
	for at--; at >= 0 && len(out) < f.Limit; at-- {
		r := e.known[list[at].ID]
		if len(f.Kinds) > 0 && !slices.Contains(f.Kinds, r.Kind) {
			continue
		}
		out = append(out, r)
	}
	return out, nil
}
