package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/sqlite"
)

func TestClose_twice_is_fine_and_verbs_afterwards_answer_at_once(t *testing.T) {
	t.Parallel()
	b, err := sqlite.Open(filepath.Join(t.TempDir(), "app.db"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := b.Stores().Identity.TenantBySlug(ctx, "default"); !errors.Is(err, store.ErrUnavailable) || ctx.Err() != nil {
		t.Fatalf("after the end: %v", err)
	}
}
