package store

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"
)

// Store keeps values of one kind, each for a time. It is an interface so that one
// may be put in the place of another at run time; a [Map] is one on every backend.
type Store[K comparable, V any] interface {
	// Get returns the value of a key; ErrNotFound if there is none or its time is
	// over.
	Get(ctx context.Context, key K, now time.Time) (V, error)
	// Put keeps a value for ttl, to the microsecond; ErrBadTTL outside
	// [MinTTL, MaxTTL].
	Put(ctx context.Context, key K, v V, ttl time.Duration, now time.Time) error
	// Delete removes a value; absent is success.
	Delete(ctx context.Context, key K) error
	// Sweep removes up to limit values that are long over, of this and of every
	// other kind on the same backend, and reports how many.
	Sweep(ctx context.Context, now time.Time, limit int) (int, error)
}

// CAS adds the steps of which one caller wins.
type CAS[K comparable, V any] interface {
	Store[K, V]
	// PutIfAbsent is Put if nothing is there; ErrExists.
	PutIfAbsent(ctx context.Context, key K, v V, ttl time.Duration, now time.Time) error
	// CompareAndSwap replaces old by next. ErrNotFound: nothing is there;
	// ErrConflict: it is not old, or somebody else wrote meanwhile.
	CompareAndSwap(ctx context.Context, key K, old, next V, ttl time.Duration, now time.Time) error
	// Take removes the value and returns it; ErrNotFound.
	Take(ctx context.Context, key K, now time.Time) (V, error)
}

// Seal hides values from whoever holds the database. The name is bound to the
// value: moved to another name it does not open. seal.Named is one.
type Seal interface {
	Seal(name string, plain []byte) ([]byte, error)
	Open(name string, sealed []byte) ([]byte, error)
}

// MapConfig says how a [Map] keeps its values. Seal alone may be nil.
type MapConfig[K comparable, V any] struct {
	KV KV
	// Prefix is the program's, Kind says what the values are: 1 to 32 of a-z, 0-9,
	// "_" and "-".
	Prefix, Kind string
	// Key is the text of a key: the same for equal keys, different for others, never
	// empty.
	Key func(K) string
	// Encode and Decode turn a value into bytes and back. Equal values have equal
	// bytes: CompareAndSwap compares them.
	Encode func(V) ([]byte, error)
	Decode func([]byte) (V, error)
	// Seal, if set, hides the values, and adds its overhead to their size.
	Seal Seal
}

// Map is a [CAS] over the port that every backend has.
type Map[K comparable, V any] struct{ cfg MapConfig[K, V] }

// NewMap checks the configuration. It sends nothing.
func NewMap[K comparable, V any](cfg MapConfig[K, V]) (*Map[K, V], error) {
	switch {
	case cfg.KV == nil || cfg.Key == nil || cfg.Encode == nil || cfg.Decode == nil:
		return nil, errors.New("store: MapConfig needs KV, Key, Encode and Decode")
	case !word.MatchString(cfg.Prefix) || !word.MatchString(cfg.Kind):
		return nil, errors.New(`store: MapConfig.Prefix and Kind are 1 to 32 of a-z, 0-9, "_" and "-"`)
	}
	return &Map[K, V]{cfg}, nil
}

func (m *Map[K, V]) name(key K) string { return m.cfg.Prefix + "/" + m.cfg.Kind + "/" + m.cfg.Key(key) }

// Get implements [Store].
func (m *Map[K, V]) Get(ctx context.Context, key K, now time.Time) (V, error) {
	name := m.name(key)
	b, err := m.cfg.KV.Get(ctx, name, now)
	return m.read(name, b, err)
}

// Take implements [CAS]. A value that cannot be read is gone nevertheless.
func (m *Map[K, V]) Take(ctx context.Context, key K, now time.Time) (V, error) {
	name := m.name(key)
	b, err := m.cfg.KV.Take(ctx, name, now)
	return m.read(name, b, err)
}

// Put implements [Store].
func (m *Map[K, V]) Put(ctx context.Context, key K, v V, ttl time.Duration, now time.Time) error {
	return m.write(key, v, ttl, now, func(name string, b []byte, expires time.Time) error {
		return m.cfg.KV.Put(ctx, name, b, expires, now)
	})
}

// PutIfAbsent implements [CAS].
func (m *Map[K, V]) PutIfAbsent(ctx context.Context, key K, v V, ttl time.Duration, now time.Time) error {
	return m.write(key, v, ttl, now, func(name string, b []byte, expires time.Time) error {
		return m.cfg.KV.PutIfAbsent(ctx, name, b, expires, now)
	})
}

// CompareAndSwap implements [CAS]. Sealed values differ each time they are sealed,
// so what is there is opened and compared, and replaced only if it is still that.
func (m *Map[K, V]) CompareAndSwap(ctx context.Context, key K, old, next V, ttl time.Duration, now time.Time) error {
	return m.write(key, next, ttl, now, func(name string, b []byte, expires time.Time) error {
		want, err := m.cfg.Encode(old)
		if err != nil {
			return err
		}
		was, err := m.cfg.KV.Get(ctx, name, now)
		if err != nil {
			return err
		}
		plain, err := m.open(name, was)
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare(plain, want) != 1 {
			return ErrConflict
		}
		return m.cfg.KV.Swap(ctx, name, was, b, expires, now)
	})
}

// Delete implements [Store].
func (m *Map[K, V]) Delete(ctx context.Context, key K) error {
	return wrap(m.cfg.KV.Remove(ctx, m.name(key)))
}

// Sweep implements [Store].
func (m *Map[K, V]) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	n, err := m.cfg.KV.Sweep(ctx, now, limit)
	return n, wrap(err)
}

func (m *Map[K, V]) write(key K, v V, ttl time.Duration, now time.Time, put func(name string, b []byte, expires time.Time) error) error {
	if ttl < MinTTL || ttl > MaxTTL {
		return wrap(ErrBadTTL)
	}
	name := m.name(key)
	b, err := m.cfg.Encode(v)
	if err != nil {
		return wrap(err)
	}
	if m.cfg.Seal != nil {
		if b, err = m.cfg.Seal.Seal(name, b); err != nil {
			return wrap(err)
		}
	}
	// Up to the microsecond, the resolution of every backend, never down.
	expires := now.Add(ttl + time.Microsecond - 1).Truncate(time.Microsecond)
	if longest := now.Add(MaxTTL); expires.After(longest) {
		expires = longest
	}
	return wrap(put(name, b, expires))
}

func (m *Map[K, V]) read(name string, b []byte, err error) (V, error) {
	var none V
	if err != nil {
		return none, wrap(err)
	}
	if b, err = m.open(name, b); err != nil {
		return none, wrap(err)
	}
	v, err := m.cfg.Decode(b)
	if err != nil {
		return none, fmt.Errorf("store: map: %w: %w", ErrCorrupt, err)
	}
	return v, nil
}

// open never takes a value that does not open for one that is absent.
func (m *Map[K, V]) open(name string, b []byte) ([]byte, error) {
	if m.cfg.Seal == nil {
		return b, nil
	}
	plain, err := m.cfg.Seal.Open(name, b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return plain, nil
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: map: %w", err)
}
