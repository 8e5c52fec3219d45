package overlay

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
)

// Each does something for each of n faults, at most so many at once, and tells of each
// in their order as soon as it and all before it are done. One that fails is not told
// of; the error is that of all who have failed, or why it could not be waited for them.
func Each(ctx context.Context, n, parallel int, do func(ctx context.Context, i int) error, tell func(i int)) error {
	s := sched.Of(clock.System())
	errs, done := make([]error, n), make([]*sched.Gate, n)
	for i := range done {
		done[i] = s.NewGate("overlay")
	}
	var next atomic.Int64
	for range parallel {
		s.Go(ctx, "overlay", func(ctx context.Context) error {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				errs[i] = do(ctx, i)
				done[i].Open()
			}
			return nil
		})
	}
	for i := range done {
		if err := done[i].Wait(ctx); err != nil {
			return err //nolint:wrapcheck // the caller's context has ended
		}
		if errs[i] == nil {
			tell(i)
		}
	}
	return errors.Join(errs...)
}
