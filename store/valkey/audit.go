package valkey

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
)

// events is the audit port. An event is its number in decimal, a space, and the
// record of event.go under its id; indexes of its tenant order the ids by time. All
// is in the slot of accounts.
type events struct{ b *base }

// Info implements [backend.Audit].
func (e events) Info() backend.Info { return e.b.info(&e.b.homePlace) }

func (e events) key(id string) string { return e.b.home("event", id) }

func (e events) counters() string { return e.b.home("event-numbers") }

// index names the list of a tenant's events, or of a part of them.
func (e events) index(t identity.TenantID, part ...string) string {
	return e.b.home(append([]string{"events", t.String()}, part...)...)
}

func (e events) ofHandle(t identity.TenantID, handle [16]byte) string {
	return e.index(t, "handle", hex.EncodeToString(handle[:]))
}

func (e events) ofKind(t identity.TenantID, kind audit.Kind) string {
	return e.index(t, "kind", string(kind))
}

func eventID(id identity.EventID) string {
	b := id.Bytes()
	return hex.EncodeToString(b[:])
}

// Append implements [audit.Store].
func (e events) Append(ctx context.Context, records ...audit.Record) ([]uint64, error) {
	const verb = "append events"
	if err := audit.CheckAppend(records); err != nil {
		return nil, e.b.failed(verb, err)
	}
	if len(records) == 0 {
		return nil, nil
	}
	keys, args := []string{e.counters()}, []string(nil)
	for i := range records {
		r := &records[i]
		id := eventID(r.ID)
		keys = append(keys, e.key(id), e.index(r.Tenant), e.ofHandle(r.Tenant, r.Handle), e.ofKind(r.Tenant, r.Kind))
		args = append(args, id, hex.EncodeToString(r.Boot[:])+r.Node, micros(r.At), flagged(r.Handle), string(encodeEvent(r)))
	}
	m, err := e.b.run(ctx, verb, "audit_append", keys, args...)
	if err != nil {
		return nil, err
	}
	said, err := m.AsIntSlice()
	if err != nil || len(said) != len(records) {
		return nil, e.b.corrupt(verb, "answer")
	}
	numbers := make([]uint64, len(said))
	for i, n := range said {
		if n < 1 {
			return nil, e.b.corrupt(verb, "number")
		}
		numbers[i] = uint64(n)
	}
	return numbers, nil
}

// Query implements [audit.Store].
func (e events) Query(ctx context.Context, t identity.TenantID, f audit.Filter) ([]audit.Record, error) {
	const verb = "query events"
	f, err := f.Check(t)
	if err != nil {
		return nil, e.b.failed(verb, err)
	}
	indexes, sift := e.plan(t, f)
	before := spot{at: "+inf"}
	if !f.Before.IsZero() {
		before = spot{micros(f.Before.At), eventID(f.Before.ID)}
	}
	out := []audit.Record{}
	for {
		page, err := e.page(ctx, verb, indexes, before, f.Limit)
		if err != nil {
			return nil, err
		}
		records, err := e.read(ctx, verb, t, page)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if len(sift) == 0 || slices.Contains(sift, r.Kind) {
				out = append(out, r)
			}
		}
		if len(out) >= f.Limit || len(page) < f.Limit {
			return out[:min(len(out), f.Limit)], nil
		}
		before = page[len(page)-1]
	}
}

// plan chooses the indexes of a filter. One person's events are sifted by kind
// after reading: there is no index for every pair of both.
func (e events) plan(t identity.TenantID, f audit.Filter) (indexes []string, sift []audit.Kind) {
	switch {
	case f.Handle != [16]byte{}:
		return []string{e.ofHandle(t, f.Handle)}, f.Kinds
	case len(f.Kinds) == 0:
		return []string{e.index(t)}, nil
	}
	kinds := slices.Clone(f.Kinds)
	slices.Sort(kinds)
	for _, k := range slices.Compact(kinds) {
		indexes = append(indexes, e.ofKind(t, k))
	}
	return indexes, nil
}

// spot is a place in the order of events, as an index has it.
type spot struct{ at, id string }

// page finds the newest events of some indexes that come after a place.
func (e events) page(ctx context.Context, verb string, indexes []string, before spot, limit int) ([]spot, error) {
	m, err := e.b.run(ctx, verb, "audit_page", indexes, strconv.Itoa(limit), before.at, before.id)
	if err != nil {
		return nil, err
	}
	said, err := m.AsStrSlice()
	if err != nil || len(said)%2 != 0 {
		return nil, e.b.corrupt(verb, "answer")
	}
	out := make([]spot, 0, len(said)/2)
	for i := 0; i < len(said); i += 2 {
		out = append(out, spot{at: said[i+1], id: said[i]})
	}
	if len(indexes) > 1 {
		slices.SortFunc(out, func(a, b spot) int {
			return cmp.Or(cmp.Compare(len(b.at), len(a.at)), strings.Compare(b.at, a.at), strings.Compare(b.id, a.id))
		})
	}
	return out[:min(limit, len(out))], nil
}

// atOnce bounds how many events one command reads: they are up to 64 KiB each.
const atOnce = 100

func (e events) read(ctx context.Context, verb string, t identity.TenantID, page []spot) ([]audit.Record, error) {
	out := make([]audit.Record, 0, len(page))
	for some := range slices.Chunk(page, atOnce) {
		keys := make([]string, len(some))
		for i, p := range some {
			keys[i] = e.key(p.id)
		}
		m, err := e.b.do(ctx, verb, e.b.c.B().Mget().Key(keys...).Build())
		if err != nil {
			return nil, err
		}
		held, err := m.ToArray()
		if err != nil || len(held) != len(some) {
			return nil, e.b.corrupt(verb, "answer")
		}
		for i := range held {
			raw, err := held[i].AsBytes()
			if err != nil {
				return nil, e.b.corrupt(verb, "event")
			}
			r, ok := decodeEvent(some[i].id, bytes.Clone(raw))
			if !ok || r.Tenant != t {
				return nil, e.b.corrupt(verb, "event")
			}
			out = append(out, r)
		}
	}
	return out, nil
}
