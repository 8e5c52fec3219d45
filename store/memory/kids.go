package memory

import (
	"bytes"
	"context"
	"slices"

	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// CredentialKids implements [identity.Admin].
func (p people) CredentialKids(ctx context.Context) ([]store.KidCount, error) {
	if err := alive(ctx, "credential kids"); err != nil {
		return nil, err
	}
	t := tally{}
	p.b.book.RLock()
	defer p.b.book.RUnlock()
	for _, u := range p.b.dir.users {
		for i := range u.Creds {
			t.add(u.Creds[i].Body)
		}
	}
	return t.counts(), nil
}

// RowKids implements [store.Outbox].
func (q queue) RowKids(ctx context.Context, topic store.Topic) ([]store.KidCount, error) {
	if topic == "" {
		return nil, malformed("row kids", "no topic")
	}
	if err := alive(ctx, "row kids"); err != nil {
		return nil, err
	}
	t := tally{}
	q.b.book.RLock()
	defer q.b.book.RUnlock()
	for _, id := range q.b.rows.topics[topic] {
		t.add(q.b.rows.rows[id].Body)
	}
	return t.counts(), nil
}

// tally counts what is sealed by its key.
type tally map[seal.KeyID]int

func (t tally) add(envelope []byte) {
	if kid, ok := seal.EnvelopeKey(envelope); ok {
		t[kid]++
	}
}

func (t tally) counts() []store.KidCount {
	out := make([]store.KidCount, 0, len(t))
	for kid, n := range t {
		out = append(out, store.KidCount{Kid: kid, Count: n})
	}
	slices.SortFunc(out, func(x, y store.KidCount) int { return bytes.Compare(x.Kid[:], y.Kid[:]) })
	return out
}
