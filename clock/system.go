package clock

import (
	"context"
	"time"
)

// System returns the machine's clock. Its contexts are the standard ones.
func System() Clock {
	// The origin of Mono is read here and not in a package variable: a package
	// is loaded outside a synctest bubble, and Mono would differ by years.
	return system{origin: time.Now()}
}

type system struct{ origin time.Time }

func (system) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func (s system) Mono() time.Duration { return time.Since(s.origin) }

func (system) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (system) AfterFunc(d time.Duration, _ string, f func()) Timer { return time.AfterFunc(d, f) }

func (system) WithDeadline(ctx context.Context, t time.Time) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, t)
}

func (system) WithCancel(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	return context.WithCancelCause(ctx)
}
