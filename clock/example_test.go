package clock_test

import (
	"context"
	"fmt"
	"time"

	"github.com/axess-go/axess/clock"
)

func ExampleNewFake() {
	c := clock.NewFake(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	ctx, cancel := clock.WithTimeout(context.Background(), c, 30*time.Second)
	defer cancel()

	c.Advance(29 * time.Second)
	fmt.Println(c.Now().Format(time.TimeOnly), ctx.Err())
	c.Advance(time.Second)
	fmt.Println(c.Now().Format(time.TimeOnly), ctx.Err())
	// Output:
	// 00:00:29 <nil>
	// 00:00:30 context deadline exceeded
}

func ExampleFake_Await() {
	c := clock.NewFake(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = c.Sleep(context.Background(), time.Hour)
		fmt.Println("slept an hour")
	}()
	_ = c.Await(context.Background(), clock.SleepName, 1) // it sleeps now
	c.Advance(time.Hour)
	<-done
	// Output: slept an hour
}

func ExampleNewTicker() {
	c := clock.System()
	tick := clock.NewTicker(c, time.Millisecond)
	for range 2 {
		if _, err := tick.Next(context.Background()); err != nil {
			return // the context ended
		}
		fmt.Println("tick")
	}
	// Output:
	// tick
	// tick
}

func ExampleDeadline() {
	c := clock.NewFake(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	ctx, cancel := clock.WithTimeout(context.Background(), c, time.Minute)
	defer cancel()
	at, ok := clock.Deadline(ctx)
	fmt.Println(at.Format(time.TimeOnly), ok)
	// Output: 00:01:00 true
}

func ExampleSystem() {
	c := clock.System()
	fmt.Println(c.Now().Location(), c.Sleep(context.Background(), time.Microsecond))
	// Output: UTC <nil>
}

// Who lost a race waits a moment, and tries again; in a test nothing waits.
func ExamplePause() {
	c := clock.NewFake(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	fmt.Println(clock.Pause(context.Background(), c, 20*time.Millisecond), c.Now().Format(time.TimeOnly))
	// Output: <nil> 00:00:00
}
