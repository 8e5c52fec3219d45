package sqlstore

import (
	"context"

	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// What is no envelope is damaged: its bytes at the place of a key id name none.
const (
	countCredentialKids = `SELECT substr(body, 2, 4), COUNT(*) FROM axess_credentials
WHERE length(body) >= ? AND substr(body, 1, 1) = ? GROUP BY substr(body, 2, 4) ORDER BY 1`

	countRowKids = `SELECT substr(body, 2, 4), COUNT(*) FROM axess_outbox
WHERE length(body) >= ? AND substr(body, 1, 1) = ? AND topic = ? GROUP BY substr(body, 2, 4) ORDER BY 1`
)

// CredentialKids implements [identity.Admin].
func (p people) CredentialKids(ctx context.Context) ([]store.KidCount, error) {
	return p.b.kids(ctx, "credential kids", countCredentialKids, envelopes()...)
}

// RowKids implements [store.Outbox].
func (q queue) RowKids(ctx context.Context, topic store.Topic) ([]store.KidCount, error) {
	const verb = "row kids"
	if topic == "" {
		return nil, q.b.malformed(verb, "no topic")
	}
	return q.b.kids(ctx, verb, countRowKids, envelopes(string(topic))...)
}

func (b *Backend) kids(ctx context.Context, verb, text string, args ...any) ([]store.KidCount, error) {
	return list(ctx, b, verb, text, args, func(c *store.KidCount) []any {
		return []any{exact(c.Kid[:]), &c.Count}
	})
}

// envelopes are the arguments that tell an envelope from other bytes.
func envelopes(more ...any) []any {
	return append([]any{seal.Overhead, []byte{seal.EnvelopeFormat}}, more...)
}
