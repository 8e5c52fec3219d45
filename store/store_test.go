package store_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
)

func Example() {
	err := fmt.Errorf("session: load: %w", store.ErrNotFound)
	fmt.Println(errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrUnavailable))
	// Output: true false
}

// What a backend checks before any I/O.
func ExampleCheckEntry() {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	fmt.Println(store.CheckName("app/nonce/n-1"))
	fmt.Println(errors.Is(store.CheckName("App nonce"), store.ErrBadArgument))
	fmt.Println(store.CheckEntry("app/nonce/n-1", []byte{1}, now.Add(time.Minute), now))
	// Output:
	// <nil>
	// true
	// <nil>
}

// The job of rows that exist for equal work only.
func ExampleDropVoid() {
	stores := memory.New(memory.Config{}).Stores()
	fmt.Println(store.DropVoid(context.Background(), stores.Identity, time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)))
	// Output: <nil>
}
