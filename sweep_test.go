package axess_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/clock"
)

// pauses is a clock that notes waits instead of waiting.
type pauses struct {
	clock.Clock
	got []time.Duration
	err error
}

func (p *pauses) Sleep(_ context.Context, d time.Duration) error {
	p.got = append(p.got, d)
	return p.err
}

// STO-063: batches with pauses between them, until a short one.
func TestSweep_leaves_room_between_batches(t *testing.T) {
	t.Parallel()
	left := 1200
	var took []int
	batch := func(_ context.Context, _ time.Time, limit int) (int, error) {
		n := min(left, limit)
		left -= n
		took = append(took, n)
		return n, nil
	}
	c := &pauses{Clock: clock.System()}
	if err := axess.Sweep(t.Context(), c, batch); err != nil || !slices.Equal(took, []int{500, 500, 200}) {
		t.Errorf("took %v, %v", took, err)
	}
	if want := []time.Duration{50 * time.Millisecond, 50 * time.Millisecond}; !slices.Equal(c.got, want) {
		t.Errorf("paused %v, want %v", c.got, want)
	}
	left, took, c.err = 1200, nil, context.Canceled
	if err := axess.Sweep(t.Context(), c, batch); !errors.Is(err, context.Canceled) || len(took) != 1 {
		t.Errorf("cancelled in a pause: took %v, %v", took, err)
	}
}
