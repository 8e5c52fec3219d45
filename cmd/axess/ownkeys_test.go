package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
)

// late is a server's view of a database that another one begins right after it has
// found it empty.
type late struct {
	backend.Identity
	looks  int // before it sees that
	begins func()
}

func (l *late) TenantBySlug(ctx context.Context, slug string) (identity.TenantView, error) {
	if l.looks--; l.looks == 0 {
		defer l.begins()
	}
	if l.looks >= 0 {
		return identity.TenantView{}, store.ErrNotFound
	}
	return l.Identity.TenantBySlug(ctx, slug)
}

// PRD-033: of two servers that come to one empty database at once, each with a
// directory of its own, one makes its keys. The other is told to take them, at once
// and at every later start, and has sealed nothing.
func TestOwnKeys_two_servers_begin_one_database(t *testing.T) {
	t.Parallel()
	for _, looks := range []int{1, 2} { // before the tenant is looked for, or while it is made
		stores := memory.New(memory.Config{}).Stores()
		file := filepath.Join(t.TempDir(), "axess.keys")
		start := func(people backend.Identity) error {
			mixed := stores
			mixed.Identity = people
			log := slog.New(slog.DiscardHandler)
			auth, err := axess.New(t.Context(), axess.Config{
				Origin: "http://localhost:8080", Stores: mixed, Logger: log, Keys: &ownKeys{path: file, people: people, log: log},
			})
			if err == nil {
				err = auth.Close(t.Context())
			}
			return err
		}
		other := func() {
			auth, err := axess.New(t.Context(), axess.Config{Origin: "http://localhost:8080", Stores: stores, Logger: slog.New(slog.DiscardHandler)})
			if err == nil {
				err = auth.Close(t.Context())
			}
			if err != nil {
				t.Error(err)
			}
		}
		if err := start(&late{stores.Identity, looks, other}); !errors.Is(err, axess.ConfigCode("keys_missing")) {
			t.Fatalf("at once: %v", err)
		}
		if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a key file that belongs to nothing is left: %v", err)
		}
		if err := start(stores.Identity); !errors.Is(err, axess.ConfigCode("keys_missing")) {
			t.Errorf("later: %v", err)
		}
	}
}
