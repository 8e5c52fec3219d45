package fault

import (
	"context"
	"sync/atomic"
)

// ending is the context of a call whose context ends at a moment.
func ending(ctx context.Context, at Moment) (context.Context, context.CancelFunc) {
	switch at {
	case Beforehand:
		return Fading(ctx, 0)
	case Meanwhile:
		return Fading(ctx, 1)
	default:
		return ctx, func() {}
	}
}

// Fading returns a context that is alive for so many looks at its error and then
// ends: the same place of a verb each time, without a second goroutine and without
// time. Call cancel when the verb is done.
func Fading(ctx context.Context, looks int32) (fading context.Context, cancel context.CancelFunc) {
	//axess:allow L01 a fault is the end of a context, no time passes
	inner, cancel := context.WithCancel(ctx)
	f := &fade{Context: inner, end: cancel}
	f.left.Store(looks)
	if looks == 0 {
		cancel()
	}
	return f, cancel
}

type fade struct {
	context.Context //nolint:containedctx // it is one

	end  context.CancelFunc
	left atomic.Int32
}

// Err implements [context.Context].
func (f *fade) Err() error {
	if f.left.Add(-1) < 0 {
		f.end()
	}
	return f.Context.Err()
}
