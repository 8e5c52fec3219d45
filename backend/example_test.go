package backend_test

import (
	"fmt"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store/memory"
)

func ExampleStores_Check() {
	stores := memory.New(memory.Config{}).Stores()
	stores.Session = nil
	fmt.Println(stores.Check())
	fmt.Println(backend.OnePlace("memory"))
	// Output:
	// backend: incomplete: Stores lacks Session
	// {memory memory memory}
}
