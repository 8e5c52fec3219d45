package timemiss

import (
	"context"
	"time"
)

type clock interface {
	Now() time.Time
	Sleep(context.Context, time.Duration) error
}

type Timer struct{}

func After(a, b time.Time) bool { return a.After(b) }

func use(c clock, ctx context.Context) time.Time {
	_ = c.Sleep(context.WithoutCancel(context.WithValue(ctx, 1, 2)), time.Second)
	_ = After(c.Now(), time.Unix(0, 0))
	return c.Now().Add(time.Minute).UTC()
}
