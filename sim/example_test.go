package sim_test

import (
	"fmt"

	"github.com/axess-go/axess/sim"
)

func ExampleRun() {
	for _, faults := range []sim.Faults{sim.Light(), sim.Default(), sim.Heavy()} {
		r := sim.Run(sim.Config{Seed: 1, Steps: 2000, Faults: faults})
		if r.Broken() {
			fmt.Print(r.Story())
		}
		fmt.Println(r.Steps)
	}
	// Output:
	// 2000
	// 2000
	// 2000
}
