package timehit

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/time/rate" // want `L01: golang.org/x/time/rate: it reads the wall clock`
)

var limiter rate.Limiter

type job struct {
	timer  *time.Timer // want `L01: time.Timer: take a clock.Clock`
	ticker time.Ticker // want `L01: time.Ticker`
}

func calls() {
	_ = time.Now()                  // want `L01: time.Now: take a clock.Clock at construction`
	_ = time.Since(time.Time{})     // want `L01: time.Since`
	_ = time.Until(time.Time{})     // want `L01: time.Until`
	time.Sleep(time.Second)         // want `L01: time.Sleep`
	_ = time.After(time.Second)     // want `L01: time.After`
	time.AfterFunc(0, func() {})    // want `L01: time.AfterFunc`
	_ = time.Tick(time.Second)      // want `L01: time.Tick`
	_ = time.NewTimer(time.Second)  // want `L01: time.NewTimer`
	_ = time.NewTicker(time.Second) // want `L01: time.NewTicker`
	http.TimeoutHandler(nil, 0, "") // want `L01: net/http.TimeoutHandler`
}

func contexts(ctx context.Context) {
	context.WithTimeout(ctx, 0)                      // want `L01: context.WithTimeout: use clock.WithTimeout`
	context.WithTimeoutCause(ctx, 0, nil)            // want `L01: context.WithTimeoutCause`
	context.WithDeadline(ctx, time.Time{})           // want `L01: context.WithDeadline`
	context.WithDeadlineCause(ctx, time.Time{}, nil) // want `L01: context.WithDeadlineCause`
	context.WithCancel(ctx)                          // want `L01: context.WithCancel`
	context.WithCancelCause(ctx)                     // want `L01: context.WithCancelCause`
}

// A value is as good as a call.
var now = time.Now // want `L01: time.Now`
