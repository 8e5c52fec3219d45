package sqlstore

import (
	"context"
	"time"

	"github.com/axess-go/axess/store"
)

// values is the port to small values that end by themselves.
type values struct{ b *Backend }

const (
	selectValue = `SELECT body FROM axess_values WHERE name = ? AND expires_at > ?`

	holdValue = selectValue + ` {lock}`

	insertValue = `INSERT INTO axess_values (name, body, expires_at) VALUES (?, ?, ?)`

	replaceValue = `UPDATE axess_values SET body = ?, expires_at = ? WHERE name = ?`

	// A dead value counts as absent, swept or not.
	replaceDead = `UPDATE axess_values SET body = ?, expires_at = ? WHERE name = ? AND expires_at <= ?`

	swapValue = `UPDATE axess_values SET body = ?, expires_at = ? WHERE name = ? AND expires_at > ? AND body = ?`

	takeValue = `DELETE FROM axess_values WHERE name = ? AND expires_at > ?`

	deleteValue = `DELETE FROM axess_values WHERE name = ?`

	selectDeadValues = `SELECT name FROM axess_values WHERE expires_at <= ? ORDER BY expires_at, name LIMIT ? {lock}`

	deleteDeadValue = `DELETE FROM axess_values WHERE name = ? AND expires_at <= ?`
)

// KV returns the port to small values.
func (b *Backend) KV() store.KV { return values{b} }

func (v values) named(verb, name string, now time.Time) error {
	if err := store.CheckName(name); err != nil {
		return v.b.failed(verb, err)
	}
	if now.IsZero() {
		return v.b.malformed(verb, "time")
	}
	return nil
}

// Get implements [store.KV].
func (v values) Get(ctx context.Context, name string, now time.Time) ([]byte, error) {
	const verb = "get value"
	if err := v.named(verb, name, now); err != nil {
		return nil, err
	}
	var out []byte
	err := v.b.read(ctx, verb, func(ctx context.Context, l *lane) error {
		return absent(l.scan(ctx, selectValue, []any{[]byte(name), micro(now)}, &out))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Put implements [store.KV].
func (v values) Put(ctx context.Context, name string, body []byte, expires, now time.Time) error {
	const verb = "put value"
	if err := store.CheckEntry(name, body, expires, now); err != nil {
		return v.b.failed(verb, err)
	}
	return v.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		n, err := l.exec(ctx, replaceValue, blob(body), micro(expires), []byte(name))
		if err != nil || n == 1 {
			return err
		}
		if _, err = l.exec(ctx, insertValue, []byte(name), blob(body), micro(expires)); is(err, Unique) {
			return &fault{Retry, err} // somebody has just made it: begin again, and replace it
		}
		return err
	})
}

// PutIfAbsent implements [store.KV].
func (v values) PutIfAbsent(ctx context.Context, name string, body []byte, expires, now time.Time) error {
	const verb = "put absent value"
	if err := store.CheckEntry(name, body, expires, now); err != nil {
		return v.b.failed(verb, err)
	}
	return v.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		n, err := l.exec(ctx, replaceDead, blob(body), micro(expires), []byte(name), micro(now))
		if err != nil || n == 1 {
			return err
		}
		_, err = l.exec(ctx, insertValue, []byte(name), blob(body), micro(expires))
		return refused(err)
	})
}

// Swap implements [store.KV].
func (v values) Swap(ctx context.Context, name string, was, body []byte, expires, now time.Time) error {
	const verb = "swap value"
	if err := store.CheckEntry(name, body, expires, now); err != nil {
		return v.b.failed(verb, err)
	}
	return v.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		n, err := l.exec(ctx, swapValue, blob(body), micro(expires), []byte(name), micro(now), blob(was))
		if err != nil || n == 1 {
			return err
		}
		var other []byte
		if err := absent(l.scan(ctx, selectValue, []any{[]byte(name), micro(now)}, &other)); err != nil {
			return err
		}
		return store.ErrConflict
	})
}

// Take implements [store.KV].
func (v values) Take(ctx context.Context, name string, now time.Time) ([]byte, error) {
	const verb = "take value"
	if err := v.named(verb, name, now); err != nil {
		return nil, err
	}
	var out []byte
	err := v.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		out = nil
		if err := absent(l.scan(ctx, holdValue, []any{[]byte(name), micro(now)}, &out)); err != nil {
			return err
		}
		n, err := l.exec(ctx, takeValue, []byte(name), micro(now))
		if err == nil && n != 1 {
			return store.ErrNotFound
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Remove implements [store.KV].
func (v values) Remove(ctx context.Context, name string) error {
	const verb = "remove value"
	if err := store.CheckName(name); err != nil {
		return v.b.failed(verb, err)
	}
	return v.b.update(ctx, verb, func(ctx context.Context, l *lane) error {
		_, err := l.exec(ctx, deleteValue, []byte(name))
		return err
	})
}

// Sweep implements [store.KV].
func (v values) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	const verb = "sweep values"
	if now.IsZero() || limit < 1 {
		return 0, v.b.malformed(verb, "time or limit")
	}
	end := micro(now.Add(-store.KVLag))
	swept := 0
	err := v.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		swept = 0
		dead, err := rows(ctx, l, selectDeadValues, []any{end, limit}, func(name *[]byte) []any { return []any{name} })
		if err != nil {
			return err
		}
		for _, name := range dead {
			n, err := l.exec(ctx, deleteDeadValue, name, end)
			if err != nil {
				return err
			}
			swept += int(n)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return swept, nil
}
