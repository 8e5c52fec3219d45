package storetest_test

import (
	"context"
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/jwt"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/storetest"
)

func ExampleRun() {
	// The one test of an adapter; the factory makes empty stores each time.
	_ = func(t *testing.T) {
		storetest.Run(t, func(*testing.T) backend.Stores {
			return memory.New(memory.Config{}).Stores()
		})
	}
}

// An adapter that keeps values holds them to their own contract, too.
func ExampleRunKV() {
	_ = func(t *testing.T) {
		storetest.RunKV(t, func(*testing.T) store.KV { return memory.New(memory.Config{}).KV() })
	}
}

// A store of one's own for tokens that are good for one use.
func ExampleRunReplay() {
	_ = func(t *testing.T) {
		storetest.RunReplay(t, func(t *testing.T) jwt.ReplayStore {
			r, err := jwt.NewReplays(memory.New(memory.Config{}).KV())
			if err != nil {
				t.Fatal(err)
			}
			return r
		})
	}
}

// Sessions that move to another adapter stay what they are.
func ExampleRunCopies() {
	_ = func(t *testing.T) {
		storetest.RunCopies(t, memory.New(memory.Config{}).Stores().Session, memory.New(memory.Config{}).Stores().Session)
	}
}

// Two adapters in one program, whose sessions commit elsewhere than the rest.
func ExampleRunSplit() {
	_ = func(t *testing.T) {
		storetest.RunSplit(t, func(*testing.T) backend.Stores {
			return memory.New(memory.Config{}).Stores().WithSession(memory.New(memory.Config{}).Stores())
		})
	}
}

// An adapter to a server shows that killing it in the middle of work loses nothing
// that was acknowledged.
func ExampleRunOutage() {
	var kill, restart func() error // of a server that only this test uses
	_ = func(t *testing.T) {
		stores := memory.New(memory.Config{}).Stores() // on that server
		storetest.RunOutage(t, storetest.Outage{Stores: stores, Kill: kill, Return: restart})
	}
}

// An adapter to a server shows that it goes on by itself when the server is back.
func ExampleRunRestart() {
	var kill, restart func() error // of a server that only this test uses
	var closeConnections func()    // at the server's end
	_ = func(t *testing.T) {
		stores := memory.New(memory.Config{}).Stores()                // on that server
		check := func(ctx context.Context) error { return ctx.Err() } // the adapter's own
		storetest.RunRestart(t, storetest.Outage{Stores: stores, Kill: kill, Return: restart}, check)
		storetest.RunReconnect(t, stores, closeConnections)
	}
}

// An adapter that has one group only, or not yet all.
func ExampleRunOnly() {
	_ = func(t *testing.T) {
		storetest.RunOnly(t, func(*testing.T) backend.Stores {
			own, rest := memory.New(memory.Config{}), memory.New(memory.Config{})
			return rest.Stores().WithThrottle(own.Stores())
		}, storetest.Throttle)
	}
}
