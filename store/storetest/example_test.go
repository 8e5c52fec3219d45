package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/storetest"
)

func ExampleRun() {
	// The one test of an adapter; the factory makes empty stores each time.
	_ = func(t *testing.T) {
		storetest.Run(t, func(*testing.T) backend.Stores {
			return memory.New(memory.Config{}).Stores()
		})
	}
}

func ExampleNewFaults() {
	f := storetest.NewFaults(memory.New(memory.Config{}).Stores())
	// The first raise takes effect, but its answer is lost.
	f.Use(storetest.On("session.Raise", 1, storetest.Injection{After: store.ErrUnavailable}))

	ctx, s := context.Background(), f.Stores()
	err := s.Session.Raise(ctx, identity.GlobalScope())
	e, _ := s.Session.Epochs(ctx, identity.Subject{})
	fmt.Println(errors.Is(err, store.ErrUnavailable), e.Global)

	_, _ = s.Session.Sweep(ctx, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 100)
	fmt.Println(f.Calls())
	// Output:
	// true 1
	// [session.Raise session.Epochs session.Sweep]
}
