package ending_test

import (
	"context"
	"fmt"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/ending"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/session"
)

func ExampleNewHub() {
	hub := ending.NewHub("example", sched.Of(clock.System()))
	w := hub.Watch()
	defer w.Close()
	hub.Tell(session.Ending{Scope: identity.GlobalScope()})
	ended, err := w.Next(context.Background())
	fmt.Println(len(ended), ended[0].Scope == identity.GlobalScope(), err)
	// Output: 1 true <nil>
}
