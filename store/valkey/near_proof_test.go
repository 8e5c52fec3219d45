package valkey

import (
	"testing"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/clock"
)

// stepped is a clock whose two times move apart, as when a machine sleeps or is set.
type stepped struct {
	clock.Clock
	mono time.Duration
	wall time.Time
}

func (c *stepped) Mono() time.Duration { return c.mono }
func (c *stepped) Now() time.Time      { return c.wall }

// A copy is used for a second after something was asked that has been answered, by both
// of the clocks, and not at all after a doubt.
//
// SES-208
func TestNear_trusts_what_was_proved(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	setup := func() (*near, *stepped) {
		c := &stepped{Clock: clock.System(), mono: time.Hour, wall: start}
		n := newNear(c)
		n.serve(driver.ClientModeCluster)
		n.open(driver.CacheStoreOption{})
		c.mono++
		n.proved(7, n.now(), 1)
		return n, c
	}
	for what, is := range map[string]struct {
		moves func(*near, *stepped)
		slot  int
		fresh bool
	}{
		"at once":                    {func(*near, *stepped) {}, 7, true},
		"another slot":               {func(*near, *stepped) {}, 8, false},
		"almost a second later":      {func(_ *near, c *stepped) { c.mono += proofLife - 1; c.wall = start.Add(proofLife - 1) }, 7, true},
		"a second later":             {func(_ *near, c *stepped) { c.mono += proofLife; c.wall = start.Add(proofLife) }, 7, false},
		"the machine slept":          {func(_ *near, c *stepped) { c.wall = start.Add(time.Minute) }, 7, false},
		"its clock was set back":     {func(_ *near, c *stepped) { c.mono += time.Minute; c.wall = start }, 7, false},
		"set back further than that": {func(_ *near, c *stepped) { c.wall = start.Add(-time.Minute) }, 7, false},
		"a doubt":                    {func(n *near, c *stepped) { c.mono++; n.distrust() }, 7, false},
		"a doubt at the same moment": {func(n *near, _ *stepped) { n.distrust() }, 7, false},
		"proved again after a doubt": {func(n *near, c *stepped) { n.distrust(); c.mono++; n.proved(7, n.now(), 1) }, 7, true},
		"asked before the doubt": {func(n *near, c *stepped) {
			asked := n.now()
			c.mono++
			n.distrust()
			c.mono++
			n.proved(7, asked, 1)
		}, 7, false},
		"an older proof comes later": {func(n *near, c *stepped) {
			asked := n.now()
			c.mono += proofLife / 2
			c.wall = start.Add(proofLife / 2)
			n.proved(7, n.now(), 1)
			n.proved(7, asked, 1)
			c.mono += proofLife / 2
			c.wall = start.Add(proofLife)
		}, 7, true},
	} {
		n, c := setup()
		is.moves(n, c)
		if got := n.fresh(is.slot, n.now(), nil); got != is.fresh {
			t.Errorf("%s: %t", what, got)
		}
	}
	n := newNear(clock.System())
	if n.serve(driver.ClientModeStandalone); len(n.slots) != 1 {
		t.Errorf("one server has %d slots", len(n.slots))
	}
}
