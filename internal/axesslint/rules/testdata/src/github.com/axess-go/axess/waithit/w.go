package waithit

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup" // want `L07: golang.org/x/sync/errgroup: use sched.Go`
)

var (
	group errgroup.Group
	wait  sync.WaitGroup                            // want `L07: sync.WaitGroup: wait for the Task`
	cond  = sync.NewCond(&sync.Mutex{})             // want `L07: sync.NewCond`
	once  sync.Once                                 // want `L07: sync.Once: build it in the constructor`
	value = sync.OnceValue(func() int { return 1 }) // want `L07: sync.OnceValue`
)

func start(ctx context.Context, ch chan int) {
	go start(ctx, ch) // want `L07: go statement: start it with sched.Go`
	ch <- 1           // want `L07: send to a channel: use a sched Gate`
	<-ch              // want `L07: receive from a channel`
	v, ok := <-ch     // want `L07: receive from a channel`
	_, _ = v, ok
	context.AfterFunc(ctx, nil) // want `L07: context.AfterFunc: its callback`
	for range ch {              // want `L07: range over a channel`
	}
	<-ctx.Done()     // want `L07: receive from a channel`
	runtime.Goexit() // want `L07: runtime.Goexit`
}

func choose(ctx context.Context, ch chan int) int {
	select { // want `L07: select`
	case v := <-ch:
		return v
	case ch <- 2:
		<-ch // want `L07: receive from a channel`
	case <-ctx.Done():
	default:
	}
	return 0
}
