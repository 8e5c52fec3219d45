package health_test

import (
	"context"
	"fmt"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/health"
)

func ExampleComposite_Report() {
	parts, err := health.New(health.Config{Clock: clock.System()},
		health.Check{Name: "search", Run: func(context.Context) health.Result {
			return health.IsDegraded("the index is two minutes behind")
		}})
	if err != nil {
		panic(err)
	}
	r := parts.Report(context.Background())
	fmt.Println(r.Status, r.Status.Ready(), r.Findings[0].Name+":", r.Findings[0].Reason)
	// Output: degraded true search: the index is two minutes behind
}

// A check of a program's own answers one of three results.
func ExampleCheck() {
	queue := 0
	check := health.Check{Name: "queue", Run: func(context.Context) health.Result {
		if queue > 100 {
			return health.IsUnhealthy("more than 100 letters wait")
		}
		return health.IsHealthy()
	}}
	fmt.Println(check.Run(context.Background()).Status)
	queue = 500
	fmt.Println(check.Run(context.Background()).Status)
	// Output:
	// healthy
	// unhealthy
}
