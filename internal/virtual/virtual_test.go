package virtual_test

import (
	"context"
	"errors"
	"testing"

	"github.com/axess-go/axess/internal/virtual"
)

// SIM-004: a simulator waits for the end of a context without a goroutine, also behind
// values, and is told where that is not to be had.
func TestOnEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := virtual.WithCancel(t.Context())
	cause := errors.New("why")
	var told []string
	for name, c := range map[string]context.Context{"itself": ctx, "behind a value": context.WithValue(ctx, t, 1)} {
		if _, ok := virtual.OnEnd(c, func() { told = append(told, name) }); !ok {
			t.Errorf("%s: not to be waited for", name)
		}
	}
	stop, _ := virtual.OnEnd(ctx, func() { told = append(told, "taken back") })
	if !stop() {
		t.Error("it could not be taken back")
	}
	cancel(cause)
	if len(told) != 2 || context.Cause(ctx) != cause {
		t.Errorf("told %q, because %v", told, context.Cause(ctx))
	}
	late := false
	if stop, ok := virtual.OnEnd(ctx, func() { late = true }); !ok || !late || stop() {
		t.Error("an end that has been is not told at once")
	}
	for name, c := range map[string]context.Context{"no end": context.Background(), "without it": context.WithoutCancel(ctx)} {
		if _, ok := virtual.OnEnd(c, func() { t.Errorf("%s: told", name) }); !ok {
			t.Errorf("%s: refused", name)
		}
	}
	foreign, end := context.WithCancel(context.Background())
	defer end()
	if _, ok := virtual.OnEnd(foreign, func() { t.Error("told") }); ok {
		t.Error("a foreign context was taken")
	}
}
