package store_test

import (
	"errors"
	"fmt"

	"github.com/axess-go/axess/store"
)

func Example() {
	err := fmt.Errorf("session: load: %w", store.ErrNotFound)
	fmt.Println(errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrUnavailable))
	// Output: true false
}
