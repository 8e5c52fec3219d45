package clock

import (
	"context"
	"sync"
	"time"
)

var group sync.WaitGroup

func Now() time.Time { return time.Now().UTC() }

func Sleep(ctx context.Context) {
	t := time.NewTimer(0)
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
