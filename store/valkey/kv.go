package valkey

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/axess-go/axess/store"
)

// buckets is into how many slots values are spread. Each keeps a list of deadlines
// beside its values, so that a sweep finds the oldest. The number is part of the
// names of keys and never changes.
const buckets = 16

// values is the port to small values. One is its deadline in decimal, a space, and
// the bytes.
type values struct{ b *base }

// KV returns the port to small values that end by themselves, that of the
// Throttle group. The server removes what is long dead, so sweeping is not needed to
// bound it.
func (b *Backend) KV() store.KV { return values{b.base} }

func (v values) bucket(name string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return int(h.Sum32() % buckets)
}

func (v values) tag(bucket int) string {
	return fmt.Sprintf("{%s:kv:%d}", v.b.prefix, bucket)
}

func (v values) deadlines(bucket int) string { return v.b.key(v.tag(bucket), "until") }

func (v values) key(name string) string { return v.b.key(v.tag(v.bucket(name)), "value", name) }

func (v values) keys(name string) []string {
	return []string{v.key(name), v.deadlines(v.bucket(name))}
}

func (v values) named(verb, name string, now time.Time) error {
	if err := store.CheckName(name); err != nil {
		return v.b.failed(verb, err)
	}
	if now.IsZero() {
		return v.b.malformed(verb, "time")
	}
	return nil
}

// split parts a stored value.
func (v values) split(verb string, held []byte) (value []byte, ends int64, err error) {
	head, value, ok := bytes.Cut(held, []byte(" "))
	ends, bad := strconv.ParseInt(string(head), 10, 64)
	if !ok || bad != nil {
		return nil, 0, v.b.corrupt(verb, "value")
	}
	return value, ends, nil
}

// Get implements [store.KV].
func (v values) Get(ctx context.Context, name string, now time.Time) ([]byte, error) {
	const verb = "get value"
	if err := v.named(verb, name, now); err != nil {
		return nil, err
	}
	m, err := v.b.do(ctx, verb, v.b.c.B().Get().Key(v.key(name)).Build())
	if err != nil {
		return nil, err
	}
	if m.IsNil() {
		return nil, v.b.failed(verb, store.ErrNotFound)
	}
	held, err := m.AsBytes()
	if err != nil {
		return nil, v.b.corrupt(verb, "value")
	}
	value, ends, err := v.split(verb, held)
	if err == nil && now.UnixMicro() >= ends {
		err = v.b.failed(verb, store.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return bytes.Clone(value), nil
}

func (v values) put(ctx context.Context, verb, how, name string, value []byte, expires, now time.Time, was ...string) error {
	if err := store.CheckEntry(name, value, expires, now); err != nil {
		return v.b.failed(verb, err)
	}
	args := append([]string{
		how, name, micros(now), micros(expires), v.b.ttl(expires, now), string(value),
	}, was...)
	m, err := v.b.run(ctx, verb, "kv_put", v.keys(name), args...)
	if err != nil {
		return err
	}
	switch said, _ := m.ToString(); said {
	case "ok":
		return nil
	case "exists":
		return v.b.failed(verb, store.ErrExists)
	case "absent":
		return v.b.failed(verb, store.ErrNotFound)
	case "conflict":
		return v.b.failed(verb, store.ErrConflict)
	}
	return v.b.corrupt(verb, "answer")
}

// Put implements [store.KV].
func (v values) Put(ctx context.Context, name string, value []byte, expires, now time.Time) error {
	return v.put(ctx, "put value", "put", name, value, expires, now)
}

// PutIfAbsent implements [store.KV].
func (v values) PutIfAbsent(ctx context.Context, name string, value []byte, expires, now time.Time) error {
	return v.put(ctx, "put absent value", "absent", name, value, expires, now)
}

// Swap implements [store.KV].
func (v values) Swap(ctx context.Context, name string, was, value []byte, expires, now time.Time) error {
	return v.put(ctx, "swap value", "swap", name, value, expires, now, string(was))
}

// Take implements [store.KV].
func (v values) Take(ctx context.Context, name string, now time.Time) ([]byte, error) {
	const verb = "take value"
	if err := v.named(verb, name, now); err != nil {
		return nil, err
	}
	m, err := v.b.run(ctx, verb, "kv_take", v.keys(name), name, micros(now))
	if err != nil {
		return nil, err
	}
	if m.IsNil() {
		return nil, v.b.failed(verb, store.ErrNotFound)
	}
	held, err := m.AsBytes()
	if err != nil {
		return nil, v.b.corrupt(verb, "value")
	}
	value, _, err := v.split(verb, held)
	return bytes.Clone(value), err
}

// Remove implements [store.KV].
func (v values) Remove(ctx context.Context, name string) error {
	const verb = "remove value"
	if err := store.CheckName(name); err != nil {
		return v.b.failed(verb, err)
	}
	_, err := v.b.run(ctx, verb, "kv_take", v.keys(name), name)
	return err
}

// dead is an entry of a bucket's list.
type dead struct {
	name   string
	bucket int
	ends   float64
}

// Sweep implements [store.KV]. It counts the entries of values that it removes,
// also of those that the server has removed by itself.
func (v values) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	const verb = "sweep values"
	if now.IsZero() || limit < 1 {
		return 0, v.b.malformed(verb, "time or limit")
	}
	last := micros(now.Add(-store.KVLag))
	found, err := v.oldest(ctx, verb, last, limit)
	if err != nil {
		return 0, err
	}
	var byBucket [buckets][]dead
	for _, d := range found {
		byBucket[d.bucket] = append(byBucket[d.bucket], d)
	}
	total := 0
	for i, of := range byBucket {
		if len(of) == 0 {
			continue
		}
		keys, args := []string{v.deadlines(i)}, []string{last}
		for _, d := range of {
			keys, args = append(keys, v.key(d.name)), append(args, d.name)
		}
		m, err := v.b.run(ctx, verb, "kv_sweep", keys, args...)
		if err != nil {
			return total, err
		}
		n, err := m.ToInt64()
		if err != nil || n < 0 || n > math.MaxInt32 {
			return total, v.b.corrupt(verb, "answer")
		}
		total += int(n)
	}
	return total, nil
}

// oldest finds what has been dead longest, over all buckets.
func (v values) oldest(ctx context.Context, verb, last string, limit int) ([]dead, error) {
	cmds := make([]completed, buckets)
	for i := range cmds {
		cmds[i] = v.b.c.B().Zrangebyscore().Key(v.deadlines(i)).Min("-inf").Max(last).Withscores().Limit(0, int64(limit)).Build()
	}
	results, err := v.b.doMulti(ctx, verb, cmds...)
	if err != nil {
		return nil, err
	}
	var found []dead
	for i, r := range results {
		m, err := v.b.message(ctx, verb, r)
		if err != nil {
			return nil, err
		}
		entries, err := m.AsZScores()
		if err != nil {
			return nil, v.b.corrupt(verb, "answer")
		}
		for _, e := range entries {
			found = append(found, dead{e.Member, i, e.Score})
		}
	}
	slices.SortFunc(found, func(a, b dead) int {
		return cmp.Or(cmp.Compare(a.ends, b.ends), cmp.Compare(a.name, b.name))
	})
	return found[:min(limit, len(found))], nil
}
