package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axess-go/axess/clock"
)

func TestSystem_now_is_utc_in_whole_microseconds_without_monotonic_part(t *testing.T) {
	t.Parallel()
	c := clock.System()
	for range 1000 {
		now := c.Now()
		if now.Location() != time.UTC || now.Nanosecond()%1000 != 0 {
			t.Fatalf("now %v", now)
		}
		if back := time.UnixMicro(now.UnixMicro()).UTC(); back != now {
			t.Fatalf("%#v does not survive a round trip: %#v", now, back)
		}
	}
}

func TestFake_now_is_utc_in_whole_microseconds(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(time.Date(2030, 1, 1, 1, 0, 0, 1999, time.FixedZone("", 3600)))
	c.Advance(500)
	if want := start.Add(time.Microsecond); c.Now() != want {
		t.Fatalf("now %v, want %v", c.Now(), want)
	}
	c.Set(time.Date(2031, 1, 1, 1, 0, 0, 1999, time.FixedZone("", 3600)))
	if want := time.Date(2031, 1, 1, 0, 0, 0, 1000, time.UTC); c.Now() != want {
		t.Fatalf("now %v, want %v", c.Now(), want)
	}
}

func TestSystem_waits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clock.System()
		began := c.Now()
		if err := c.Sleep(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		if c.Mono() != time.Minute || c.Now().Sub(began) != time.Minute {
			t.Fatalf("mono %v, wall %v", c.Mono(), c.Now().Sub(began))
		}

		ctx, cancel := clock.WithTimeout(t.Context(), c, time.Second)
		defer cancel()
		if err := c.Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		if c.Mono() != time.Minute+time.Second {
			t.Fatalf("the sleep outlived its context: %v", c.Mono())
		}
		if err := c.Sleep(ctx, -1); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("an ended context must win over a sleep of nothing: %v", err)
		}

		ran := make(chan time.Duration)
		c.AfterFunc(time.Second, "ran", func() { ran <- c.Mono() })
		if got := <-ran; got != time.Minute+2*time.Second {
			t.Fatalf("ran at %v", got)
		}
		if !c.AfterFunc(time.Second, "never", func() { t.Error("ran") }).Stop() {
			t.Fatal("stopped too late")
		}

		why := errors.New("why")
		ctx, end := c.WithCancel(t.Context())
		end(why)
		if !errors.Is(context.Cause(ctx), why) {
			t.Fatalf("cause %v", context.Cause(ctx))
		}
	})
}

func TestTicker_keeps_its_beat_and_drops_what_was_missed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clock.System()
		tick := clock.NewTicker(c, 10*time.Second)
		for i, step := range []struct{ busy, at time.Duration }{
			{0, 10}, {3, 20}, {9, 30}, // in time
			{25, 55}, // ticks 40 and 50 passed: one comes at once, one is dropped
			{0, 60}, {0, 70},
			{10, 80}, // exactly on the beat
			{0, 90},
		} {
			if err := c.Sleep(t.Context(), step.busy*time.Second); err != nil {
				t.Fatal(err)
			}
			if _, err := tick.Next(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := c.Mono(); got != step.at*time.Second {
				t.Fatalf("tick %d at %v, want %ds", i, got, step.at)
			}
		}
		ctx, cancel := clock.WithTimeout(t.Context(), c, time.Second)
		defer cancel()
		if _, err := tick.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		if _, err := tick.Next(t.Context()); err != nil || c.Mono() != 100*time.Second {
			t.Fatalf("a wait that was given up moved the beat: %v, %v", c.Mono(), err)
		}
	})
}

func TestTicker_refuses_an_interval_of_nothing(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("made a ticker that would spin")
		}
	}()
	clock.NewTicker(clock.System(), 0)
}
