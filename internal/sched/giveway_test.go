package sched_test

import (
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/axess-go/axess/internal/sched"
)

// FAC-013. Not parallel: with one processor, a goroutine that is ready runs only if the
// one that computes lets it, or after ten milliseconds.
func TestGiveWay_lets_a_goroutine_that_is_ready_run(t *testing.T) {
	before := runtime.GOMAXPROCS(1)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	const tries = 20
	late := 0
	for range tries {
		var ran atomic.Bool
		go ran.Store(true)
		sched.GiveWay()
		if !ran.Load() {
			late++
		}
	}
	if late > tries/2 {
		t.Errorf("%d of %d waited on though somebody gave way", late, tries)
	}
}
