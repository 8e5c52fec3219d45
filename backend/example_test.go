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
	// Output:
	// backend: incomplete: Stores lacks Session
}

func ExampleStores_WithSession() {
	people, sessions := memory.New(memory.Config{}), memory.New(memory.Config{})
	var stores backend.Stores = people.Stores().WithSession(sessions.Stores())
	fmt.Println(stores, stores.Check())
	// Output:
	// memory, Session on memory <nil>
}

// An adapter names its place by itself: what has one owner commits together.
func ExamplePlaceOf() {
	type database struct{ path string }
	a, b := &database{"a.db"}, &database{"b.db"}
	fmt.Println(backend.PlaceOf(a) == backend.PlaceOf(a), backend.PlaceOf(a) == backend.PlaceOf(b))
	// Output: true false
}
