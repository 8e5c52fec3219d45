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

// A walk puts every verb through every kind of fault; both lists follow from the
// ports, so nothing has to be added for a new verb.
func ExampleKinds() {
	tried := 0
	for _, verb := range fault.Verbs() {
		for _, kind := range fault.Kinds() {
			f := fault.New(memory.New(memory.Config{}).Stores())
			f.Use(fault.Always(verb, kind.Injection))
			tried++ // here the walk would begin
		}
	}
	fmt.Println(tried == len(fault.Verbs())*len(fault.Kinds()), tried > 100)
	// Output: true true
}

// A context that ends at the third look, in the same place each time.
func ExampleFading() {
	ctx, cancel := fault.Fading(context.Background(), 2)
	defer cancel()
	fmt.Println(ctx.Err(), ctx.Err())
	fmt.Println(ctx.Err())
	// Output:
	// <nil> <nil>
	// context canceled
}
