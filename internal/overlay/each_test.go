package overlay

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
)

// What is done at once is told in order, and what has failed is not told.
func TestEach_tells_in_order(t *testing.T) {
	t.Parallel()
	errBad := errors.New("bad")
	second := make(chan struct{})
	var told []int
	var mu sync.Mutex
	at, most := 0, 0
	err := Each(t.Context(), 6, 2, func(_ context.Context, i int) error {
		mu.Lock()
		at++
		most = max(most, at)
		mu.Unlock()
		defer func() {
			mu.Lock()
			at--
			mu.Unlock()
		}()
		switch i {
		case 0:
			<-second // the first is done when the second is
		case 1:
			close(second)
		case 3:
			return errBad
		}
		return nil
	}, func(i int) { told = append(told, i) })
	if !errors.Is(err, errBad) || !slices.Equal(told, []int{0, 1, 2, 4, 5}) || most > 2 {
		t.Errorf("told of %v, %d at once: %v", told, most, err)
	}
}

func TestEach_ends_with_its_context(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	err := Each(ctx, 1, 1, func(context.Context, int) error {
		cancel()
		<-release
		return nil
	}, func(int) { t.Error("told of what is not done") })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
