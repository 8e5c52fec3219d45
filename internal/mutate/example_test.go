package mutate_test

import (
	"context"
	"fmt"

	"github.com/axess-go/axess/internal/mutate"
)

// One package, one kind of fault, on its own tests.
func Example() {
	ctx := context.Background()
	pkg, err := mutate.Load(ctx, "testdata/planted", "used")
	if err != nil {
		panic(err)
	}
	schema, err := mutate.Instrument(pkg)
	if err != nil {
		panic(err)
	}
	result, err := mutate.Run(ctx, schema, mutate.Options{
		Select: func(m mutate.Mutant) bool { return m.Op == mutate.Never || m.Op == mutate.BodyZero },
	})
	if err != nil {
		panic(err)
	}
	for _, o := range result.Outcomes {
		fmt.Printf("%s: %s: %s\n", o.Mutant, o.Source, o.State)
	}
	// Output:
	// used/used.go:4:1 body-zero Double: func Double(n int) int: killed
	// used/used.go:5:5 never Double: n > 99: lived
}
