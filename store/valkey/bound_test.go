package valkey_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/valkey"
)

// stuck is a driver that answers nothing until it is let go, whatever its context says.
type stuck struct {
	driver.Client
	holds atomic.Bool
	free  chan struct{}
}

func (s *stuck) Do(ctx context.Context, cmd driver.Completed) driver.ValkeyResult {
	if s.holds.Load() {
		<-s.free
	}
	return s.Client.Do(ctx, cmd)
}

// A check ends after two seconds and a close after five, whatever the driver does with
// their context; what is under way keeps its connection and ends by itself.
//
// STO-064, STO-065
func TestCheck_and_Close_end_though_the_driver_hangs(t *testing.T) {
	t.Parallel()
	dbtest.Need(t, single.err)
	opt, err := driver.ParseURL(single.url)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := driver.NewClient(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(raw.Close)
	s := &stuck{Client: raw, free: make(chan struct{})}
	c := clock.NewFake(noon())
	b, err := valkey.OpenClient(t.Context(), s, valkey.WithClock(c), valkey.WithPrefix(fmt.Sprintf("t%d", prefixes.Add(1))))
	if err != nil {
		t.Fatal(err)
	}
	s.holds.Store(true)
	ended := func(what string, bound time.Duration, waits int, do func() error) error {
		t.Helper()
		over := make(chan error, 1)
		go func() { over <- do() }()
		if err := c.Await(t.Context(), clock.DeadlineName, waits); err != nil {
			t.Fatal(err)
		}
		c.Advance(bound - time.Millisecond)
		select {
		case err := <-over:
			t.Errorf("%s ended early: %v", what, err)
		default:
		}
		c.Advance(time.Millisecond)
		select {
		case err := <-over:
			return err
		case <-time.After(20 * time.Second):
			t.Fatalf("%s goes on after %v", what, bound)
			return nil
		}
	}
	if err := ended("a check", 2*time.Second, 1, func() error { return b.Check(t.Context()) }); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a check: %v", err)
	}
	raise := make(chan error, 1)
	go func() { raise <- b.Stores().Session.Raise(t.Context(), identity.UserScope(person())) }()
	if err := c.Await(t.Context(), clock.DeadlineName, 1); err != nil {
		t.Fatal(err)
	}
	if err := ended("a close", 5*time.Second, 2, b.Close); err == nil {
		t.Error("a close in the middle of a verb says that all is closed")
	}
	close(s.free)
	if err := <-raise; err != nil && !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("the verb under way: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if err := raw.Do(t.Context(), raw.B().Ping().Build()).Error(); err != nil {
		t.Errorf("the client of the program: %v", err)
	}
}
