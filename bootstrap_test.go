package axess_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store/memory"
)

// written keeps the kinds of changes that reach a store.
type written struct {
	backend.Identity
	mu    sync.Mutex
	kinds []string
}

func (w *written) Apply(ctx context.Context, changes ...identity.Change) error {
	w.mu.Lock()
	for _, c := range changes {
		w.kinds = append(w.kinds, strings.TrimPrefix(fmt.Sprintf("%T", c), "identity."))
	}
	w.mu.Unlock()
	return w.Identity.Apply(ctx, changes...)
}

// IDN-016: a first start makes a tenant and says so, and nobody who could sign in.
func TestNew_makes_no_account(t *testing.T) {
	t.Parallel()
	stores := memory.New(memory.Config{}).Stores()
	w := &written{Identity: stores.Identity}
	stores.Identity = w
	for range 2 {
		auth, err := axess.New(t.Context(), axess.Config{
			Origin: "http://localhost:8080", Stores: stores, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := auth.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if got := strings.Join(w.kinds, " "); got != "NewTenant Append" {
		t.Fatalf("two starts wrote: %s", got)
	}
}
