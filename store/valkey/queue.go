package valkey

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// queue is the outbox.
type queue struct{ *base }

// A row begins with what scripts read of it: version, member of the queue, whether
// its body is sealed, and the key that it is sealed under.
const (
	memberSize = 8 + 16
	// lookedAt is how many rows that were leased before a lease chooses among.
	lookedAt = 1024
	// readAtOnce is how many bodies one answer holds: 4 MiB at the most.
	readAtOnce = 64
	// maxLease bounds one lease, whatever is asked for.
	maxLease = 4096
	// doneAtOnce is how many rows one script removes.
	doneAtOnce = 256
)

// member is a row in its queue: in the order of time, then id.
func member(r *store.Row) string {
	var m [memberSize]byte
	binary.BigEndian.PutUint64(m[:8], uint64(r.At.UnixMicro())^1<<63) //nolint:gosec // order is kept
	copy(m[8:], r.ID[:])
	return string(m[:])
}

func encodeRow(r *store.Row) []byte {
	w := newWriter(64 + len(r.Body))
	w.b = append(w.b, member(r)...)
	kid, sealed := seal.EnvelopeKey(r.Body)
	w.flag(sealed)
	w.b = append(w.b, kid[:]...)
	put(w, r.Topic)
	w.bytes(r.Body)
	return w.b
}

func decodeRow(b []byte) (store.Row, bool) {
	r := newReader(b)
	m := r.take(memberSize)
	if m == nil {
		return store.Row{}, false
	}
	at := int64(binary.BigEndian.Uint64(m[:8]) ^ 1<<63) //nolint:gosec // the inverse
	row := store.Row{ID: [16]byte(m[8:]), At: time.UnixMicro(at).UTC()}
	sealed, under := r.flag(), r.take(4)
	row.Topic, row.Body = text[store.Topic](r), r.bytes()
	if !r.whole() || portargs.Row(&row) != nil {
		return store.Row{}, false
	}
	kid, is := seal.EnvelopeKey(row.Body)
	return row, is == sealed && bytes.Equal(kid[:], under)
}

// row adds a row of the outbox.
func (w *writes) row(b *base, r *store.Row) {
	key := b.rowKey(r.ID)
	w.guess = append(w.guess, key)
	w.add(key, "set", string(encodeRow(r)))
	w.add(b.queueKey(r.Topic), "zadd", "0", member(r))
	if kid, sealed := seal.EnvelopeKey(r.Body); sealed {
		w.add(b.rowKidsKey(r.Topic), "add", string(kid[:]), "1")
	}
}

// Append implements [store.Outbox].
func (q queue) Append(ctx context.Context, rows ...store.Row) error {
	const verb = "append"
	if err := portargs.Rows(rows); err != nil {
		return q.failed(verb, err)
	}
	return q.commit(ctx, verb, quick, func(_ *sight, set *changeset.Set) error {
		for i := range rows {
			if err := set.Change(identity.Append{Row: rows[i]}); err != nil {
				return q.failed(verb, err)
			}
		}
		return nil
	})
}

// Lease implements [store.Outbox].
func (q queue) Lease(ctx context.Context, topic store.Topic, limit int, now, until time.Time) ([]store.Pending, error) {
	const verb = "lease"
	if topic == "" || limit < 1 || now.IsZero() || !until.After(now) {
		return nil, q.malformed(verb, "topic, limit or times")
	}
	keys := []string{q.queueKey(topic), q.leasesKey(topic)}
	m, err := q.run(ctx, verb, "row_lease", keys, strconv.Itoa(min(limit, maxLease)), due(now), due(until), strconv.Itoa(lookedAt))
	if err != nil {
		return nil, err
	}
	list, fine := leases(m)
	if !fine {
		return nil, q.corrupt(verb, "queue")
	}
	slices.SortFunc(list, func(x, y leased) int { return cmp.Compare(x.member, y.member) })
	var out []store.Pending
	var missing []string
	for part := range slices.Chunk(list, readAtOnce) {
		s := q.sight()
		for _, l := range part {
			s.ask(q.rowKey([16]byte([]byte(l.member[8:]))))
		}
		if err := s.look(ctx, verb); err != nil {
			return nil, err
		}
		for _, l := range part {
			raw, there := s.raw(q.rowKey([16]byte([]byte(l.member[8:]))))
			if !there {
				missing = append(missing, l.member)
				continue
			}
			row, fine := decodeRow(raw)
			if !fine || row.Topic != topic || member(&row) != l.member {
				return nil, q.corrupt(verb, "row")
			}
			out = append(out, store.Pending{Row: row, Attempts: l.n})
		}
	}
	if err := q.removed(ctx, verb, topic, missing); err != nil {
		return nil, err
	}
	return out, nil
}

// removed checks that rows which are not there have been done meanwhile, by who had
// them before: then the queue has them no more either. One that it has was lost.
func (q queue) removed(ctx context.Context, verb string, topic store.Topic, members []string) error {
	if len(members) == 0 {
		return nil
	}
	m, err := q.do(ctx, verb, q.c.B().Zmscore().Key(q.queueKey(topic)).Member(members...).Build())
	if err != nil {
		return err
	}
	scores, err := m.ToArray()
	if err != nil {
		return q.corrupt(verb, "queue")
	}
	for i := range scores {
		if !scores[i].IsNil() {
			return q.corrupt(verb, "row")
		}
	}
	return nil
}

// leased is a row that was handed out, for the n-th time.
type leased struct {
	member string
	n      int
}

// leases reads what the script hands out: member and count in turn.
func leases(m driver.ValkeyMessage) ([]leased, bool) {
	flat, err := m.ToArray()
	if err != nil || len(flat)%2 != 0 {
		return nil, false
	}
	var out []leased
	for pair := range slices.Chunk(flat, 2) {
		text, err := pair[0].ToString()
		n, bad := pair[1].AsInt64()
		if err != nil || bad != nil || len(text) != memberSize || n < 1 {
			return nil, false
		}
		out = append(out, leased{text, int(n)})
	}
	return out, true
}

// due is a time as a score of the queue. Zero is for rows that were never leased:
// they are due at once.
func due(t time.Time) string {
	return strconv.FormatInt(max(1, min(mostScore, t.UnixMicro())), 10)
}

// Done implements [store.Outbox].
func (q queue) Done(ctx context.Context, topic store.Topic, ids ...[16]byte) error {
	const verb = "done"
	if topic == "" {
		return q.malformed(verb, "no topic")
	}
	if len(ids) == 0 {
		return q.unasked(ctx, verb)
	}
	for part := range slices.Chunk(ids, doneAtOnce) {
		keys := []string{q.queueKey(topic), q.leasesKey(topic), q.rowKidsKey(topic)}
		for _, id := range part {
			keys = append(keys, q.rowKey(id))
		}
		if _, err := q.run(ctx, verb, "row_done", keys); err != nil {
			return err
		}
	}
	return nil
}

// Defer implements [store.Outbox].
func (q queue) Defer(ctx context.Context, topic store.Topic, id [16]byte, at time.Time) error {
	const verb = "defer"
	if topic == "" || id == [16]byte{} {
		return q.malformed(verb, "topic or id")
	}
	_, err := q.run(ctx, verb, "row_defer", []string{q.queueKey(topic), q.rowKey(id)}, due(at))
	return err
}

// RowKids implements [store.Outbox].
func (q queue) RowKids(ctx context.Context, topic store.Topic) ([]store.KidCount, error) {
	const verb = "row kids"
	if topic == "" {
		return nil, q.malformed(verb, "no topic")
	}
	return q.kids(ctx, verb, q.rowKidsKey(topic))
}
