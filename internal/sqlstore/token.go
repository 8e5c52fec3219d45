package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

const (
	insertToken = `INSERT INTO axess_tokens
 (selector, digest, purpose, tenant_id, user_id, address, created_at, expires_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)`

	// The database compares digests byte by byte, and not in equal time. That
	// tells nothing: they are MACs over 32 random bytes, which nobody can aim.
	consumeToken = `DELETE FROM axess_tokens WHERE selector = ? AND digest = ? AND purpose = ? AND expires_at > ?`

	countTry = `UPDATE axess_tokens SET tries = tries + 1
WHERE selector = ? AND digest = ? AND purpose = ? AND expires_at > ? AND tries < ?`

	selectTries = `SELECT tries FROM axess_tokens WHERE selector = ? AND digest = ? AND purpose = ? AND expires_at > ?`

	selectOthers = `SELECT selector FROM axess_tokens WHERE tenant_id = ? AND user_id = ? AND purpose = ? AND selector <> ?
ORDER BY created_at DESC, selector DESC`

	deleteToken = `DELETE FROM axess_tokens WHERE selector = ?`

	voidTokens = `DELETE FROM axess_tokens WHERE tenant_id = ? AND user_id = ? AND purpose = ?`

	voidNewTokens = voidTokens + ` AND created_at >= ?`

	deleteTokens = `DELETE FROM axess_tokens WHERE tenant_id = ? AND user_id = ?`

	selectExpired = `SELECT selector FROM axess_tokens WHERE expires_at <= ? ORDER BY expires_at, selector LIMIT ?`

	deleteExpired = `DELETE FROM axess_tokens WHERE selector = ? AND expires_at <= ?`

	listCandidates = `SELECT tenant_id, id FROM axess_users WHERE state = ? AND created_at <= ?
ORDER BY created_at, id LIMIT ?`

	holdCandidates = listCandidates + ` {lock}`
)

// putToken holds the user while it counts, so that two at once leave no more than
// one would, and while it writes what an erasure must not miss. Nobody's tokens are counted all the same, and held by nothing: they
// open nothing, and the work is equal (AUN-122).
func putToken(ctx context.Context, l *lane, p *identity.PutToken) error {
	t := &p.Token
	if p.Keep > 0 || t.Purpose.NeedsUser() {
		err := holdUser(ctx, l, identity.Subject{Tenant: t.Tenant, User: t.User})
		if err != nil && (t.Purpose.NeedsUser() || !errors.Is(err, store.ErrNotFound)) {
			return err
		}
	}
	_, err := l.exec(ctx, insertToken, id16(t.Selector), id32(t.Digest), string(t.Purpose), t.Tenant, t.User, t.Address,
		micro(t.CreatedAt), micro(t.ExpiresAt))
	if err != nil || p.Keep == 0 {
		return refused(err)
	}
	return evictTokens(ctx, l, t, p.Keep)
}

// evictTokens leaves the newest tokens of a user and purpose, the one that was just
// put among them whatever its time.
func evictTokens(ctx context.Context, l *lane, fresh *identity.Token, keep int) error {
	others, err := rows(ctx, l, selectOthers, []any{fresh.Tenant, fresh.User, string(fresh.Purpose), id16(fresh.Selector)},
		func(selector *[16]byte) []any { return []any{exact(selector[:])} })
	if err != nil {
		return err
	}
	for _, selector := range others[min(keep-1, len(others)):] {
		if _, err := l.exec(ctx, deleteToken, id16(selector)); err != nil {
			return err
		}
	}
	return nil
}

// count is one statement: of any number of tries at once no more than Max find room.
func count(ctx context.Context, l *lane, c *identity.CountTry) error {
	key := []any{id16(c.Selector), id32(c.Digest), string(c.Purpose), micro(c.Now)}
	n, err := l.exec(ctx, countTry, append(key[:4:4], c.Max)...)
	return overtaken(ctx, l, n, err, selectTries, key...)
}

// consume removes a live token: of any number of callers at most one finds it
// (FAC-I11).
func consume(ctx context.Context, l *lane, c *identity.ConsumeToken) error {
	n, err := l.exec(ctx, consumeToken, id16(c.Selector), id32(c.Digest), string(c.Purpose), micro(c.Now))
	if err == nil && n != 1 {
		return store.ErrNotFound
	}
	return err
}

// Sweep implements [identity.Admin].
func (p people) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	const verb = "sweep"
	if now.IsZero() || limit < 1 {
		return 0, p.b.malformed(verb, "time or limit")
	}
	swept := 0
	err := p.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		tokens, err := sweepTokens(ctx, l, now, limit)
		if err != nil {
			return err
		}
		methods, err := sweepOver(ctx, l, selectOverMethods, deleteOverMethod, now, limit)
		if err != nil {
			return err
		}
		policies, err := sweepOver(ctx, l, selectOverPolicies, deleteOverPolicy, now, limit)
		if err != nil {
			return err
		}
		waiting, err := sweepCandidates(ctx, l, now, limit)
		swept = tokens + methods + policies + waiting
		return err
	})
	if err != nil {
		return 0, err
	}
	return swept, nil
}

func sweepTokens(ctx context.Context, l *lane, now time.Time, limit int) (int, error) {
	end := micro(now.Add(-identity.TokenKept))
	expired, err := rows(ctx, l, selectExpired, []any{end, limit}, func(selector *[16]byte) []any {
		return []any{exact(selector[:])}
	})
	if err != nil {
		return 0, err
	}
	swept := 0
	for _, selector := range expired {
		n, err := l.exec(ctx, deleteExpired, id16(selector), end)
		if err != nil {
			return 0, err
		}
		swept += int(n)
	}
	return swept, nil
}

// candidates are those who have not confirmed in their time, oldest first.
func candidates(ctx context.Context, l *lane, text string, now time.Time, limit int) ([]identity.Subject, error) {
	return rows(ctx, l, text,
		[]any{int64(identity.Candidate), micro(now.Add(-identity.CandidateLife)), limit},
		func(s *identity.Subject) []any { return []any{&s.Tenant, &s.User} })
}

// Overdue implements [identity.Admin].
func (p people) Overdue(ctx context.Context, now time.Time, limit int) ([]identity.Subject, error) {
	const verb = "overdue"
	if now.IsZero() || limit < 1 {
		return nil, p.b.malformed(verb, "time or limit")
	}
	var out []identity.Subject
	err := p.b.read(ctx, verb, func(ctx context.Context, l *lane) (err error) {
		out, err = candidates(ctx, l, listCandidates, now, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func sweepCandidates(ctx context.Context, l *lane, now time.Time, limit int) (int, error) {
	waiting, err := candidates(ctx, l, holdCandidates, now, limit)
	if err != nil {
		return 0, err
	}
	for _, s := range waiting {
		if err := erase(ctx, l, s, identity.Candidate); err != nil {
			return 0, err
		}
		if err := raise(ctx, l, identity.UserScope(s)); err != nil {
			return 0, err
		}
	}
	return len(waiting), nil
}
