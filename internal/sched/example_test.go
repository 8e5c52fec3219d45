package sched_test

import (
	"context"
	"fmt"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
)

func ExampleSched_Go() {
	s := sched.Of(clock.System())
	ready := s.NewGate("ready")
	task := s.Go(context.Background(), "worker", func(ctx context.Context) error {
		return ready.Wait(ctx)
	})
	ready.Open()
	fmt.Println(task.Wait(context.Background()))
	// Output: <nil>
}

func ExampleNewFlight() {
	f := sched.NewFlight[string, int](sched.Of(clock.System()), "keys")
	v, err := f.Do(context.Background(), "issuer", func(context.Context) (int, error) { return 42, nil })
	fmt.Println(v, err)
	// Output: 42 <nil>
}

func ExampleNewQueue() {
	q := sched.NewQueue[string](sched.Of(clock.System()), 1)
	fmt.Println(q.TryPush("first"), q.TryPush("second"))
	v, err := q.Pop(context.Background())
	fmt.Println(v, err)
	// Output:
	// true false
	// first <nil>
}

func ExampleGiveWay() {
	sum := 0
	for i := range 1000 { // long work without a wait
		sum += i
		if i%100 == 0 {
			sched.GiveWay()
		}
	}
	fmt.Println(sum)
	// Output: 499500
}
