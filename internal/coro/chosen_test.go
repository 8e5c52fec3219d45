package coro_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/coro"
)

// SIM-012: somebody else may choose, by what a task was started with and by its number;
// the run ends when it is told to.
func TestChosen(t *testing.T) {
	t.Parallel()
	type name struct{}
	var said strings.Builder
	numbers := map[string]uint64{}
	choose := func(ready []coro.Ready) int {
		best := 0
		for i, r := range ready {
			if r.Context.Value(name{}).(string) > ready[best].Context.Value(name{}).(string) {
				best = i
			}
			if n, ok := numbers[r.Context.Value(name{}).(string)]; ok && n != r.ID {
				t.Errorf("it is %d, and was %d", r.ID, n)
			}
		}
		return best
	}
	w := world(t, coro.Config{Strategy: coro.Chosen(choose)})
	node := w.Node("n")
	for _, n := range []string{"a", "c", "b"} {
		node.Go(context.WithValue(context.Background(), name{}, n), n, func(context.Context) {
			numbers[n] = w.Running()
			for range 2 {
				said.WriteString(n)
				w.Switch()
			}
		})
	}
	done := func() bool { return said.Len() == 5 }
	if stop := w.Run(coro.Limits{Done: done}); stop != coro.Spent || said.String() != "ccbba" || w.Running() != 0 {
		t.Errorf("%v: %q", stop, said.String())
	}
	// Time may pass before somebody who could go on does.
	w = world(t, coro.Config{Strategy: coro.Chosen(func(ready []coro.Ready) int {
		if len(ready) == 1 && ready[0].Context.Value(name{}) == "waits" {
			return -1
		}
		return len(ready) - 1
	})})
	node = w.Node("n")
	said.Reset()
	node.Go(context.WithValue(context.Background(), name{}, "waits"), "waits", func(context.Context) { said.WriteString("second") })
	node.AfterFunc(time.Hour, "timer", func() { said.WriteString("first ") })
	if w.Run(coro.Limits{}); said.String() != "first " || w.Elapsed() != time.Hour {
		t.Errorf("%q after %v", said.String(), w.Elapsed())
	}
	if _, err := coro.Chosen(choose).MarshalText(); err != nil {
		t.Error(err)
	}
}
