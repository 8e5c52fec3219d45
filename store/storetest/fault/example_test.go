package fault_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/storetest/fault"
)

func ExampleNew() {
	f := fault.New(memory.New(memory.Config{}).Stores())
	// The first raise takes effect, but its answer is lost.
	f.Use(fault.On("session.Raise", 1, fault.Injection{After: store.ErrUnavailable}))

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
