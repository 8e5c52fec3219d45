package sched

import (
	"context"
	"sync"
)

func Go(ctx context.Context) {
	_, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan int)
	var group sync.WaitGroup
	group.Add(1)
	go func() { done <- 1 }()
	<-done
}
