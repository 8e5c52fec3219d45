package fault

import (
	"context"
	"time"

	"github.com/axess-go/axess/store"
)

type faultyValues struct{ f *Faults }

func (w faultyValues) s() store.KV { return w.f.inner.Load().Throttle.KV() }

// Get implements [store.KV].
func (w faultyValues) Get(ctx context.Context, name string, now time.Time) ([]byte, error) {
	return call(ctx, w.f, "values.Get", handed{}, func(ctx context.Context) ([]byte, error) { return w.s().Get(ctx, name, now) })
}

// Put implements [store.KV].
func (w faultyValues) Put(ctx context.Context, name string, value []byte, expires, now time.Time) error {
	return run(ctx, w.f, "values.Put", handed{}, func(ctx context.Context) error { return w.s().Put(ctx, name, value, expires, now) })
}

// PutIfAbsent implements [store.KV].
func (w faultyValues) PutIfAbsent(ctx context.Context, name string, value []byte, expires, now time.Time) error {
	return run(ctx, w.f, "values.PutIfAbsent", handed{}, func(ctx context.Context) error {
		return w.s().PutIfAbsent(ctx, name, value, expires, now)
	})
}

// Swap implements [store.KV].
func (w faultyValues) Swap(ctx context.Context, name string, was, value []byte, expires, now time.Time) error {
	return run(ctx, w.f, "values.Swap", handed{}, func(ctx context.Context) error {
		return w.s().Swap(ctx, name, was, value, expires, now)
	})
}

// Take implements [store.KV].
func (w faultyValues) Take(ctx context.Context, name string, now time.Time) ([]byte, error) {
	return call(ctx, w.f, "values.Take", handed{}, func(ctx context.Context) ([]byte, error) { return w.s().Take(ctx, name, now) })
}

// Remove implements [store.KV].
func (w faultyValues) Remove(ctx context.Context, name string) error {
	return run(ctx, w.f, "values.Remove", handed{}, func(ctx context.Context) error { return w.s().Remove(ctx, name) })
}

// Sweep implements [store.KV].
func (w faultyValues) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	return call(ctx, w.f, "values.Sweep", handed{}, func(ctx context.Context) (int, error) { return w.s().Sweep(ctx, now, limit) })
}
