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
