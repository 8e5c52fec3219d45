package storetest_test

import (
	"testing"

	"github.com/axess-go/axess/backend"
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
