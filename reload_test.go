package axess_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store/memory"
)

// shelf is a key source that a test exchanges.
type shelf struct {
	keys seal.Keys
	err  error
}

func (s *shelf) Load(context.Context) (seal.Keys, error) { return s.keys, s.err }

func freshKeys(t *testing.T, seed uint64) seal.Keys {
	t.Helper()
	k, err := keys.Generate(entropy.Seeded(seed), time.Unix(1e9, 0))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// CLI-009: keys are exchanged all at once, or stay as they are.
func TestReloadKeys(t *testing.T) {
	t.Parallel()
	s := &shelf{keys: freshKeys(t, 1)}
	auth, err := axess.New(t.Context(), axess.Config{
		Origin: "http://localhost:8080", Stores: memory.New(memory.Config{}).Stores(), Keys: s, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = auth.Close(context.WithoutCancel(t.Context())) })
	if p, why := auth.Profile(); p != axess.Development || why == "" {
		t.Errorf("%v because %q", p, why)
	}
	reload := func(want bool, wantErr error) {
		t.Helper()
		got, err := auth.ReloadKeys(t.Context())
		if got != want || !errors.Is(err, wantErr) {
			t.Errorf("%v, %v", got, err)
		}
	}
	inUse := s.keys // the rings that New took: they change in place
	first := inUse.Cookie.Primary()
	s.keys = freshKeys(t, 1)
	reload(false, nil)

	gone := errors.New("gone")
	s.err = gone
	reload(false, gone)
	s.err = nil

	// The last ring is refused: the three before it are taken back.
	next := freshKeys(t, 2)
	bad := freshKeys(t, 3)
	if err := inUse.Index.Revoke(bad.Index.Primary()); err == nil {
		t.Fatal("a kid the ring does not hold")
	}
	s.keys = seal.Keys{Cookie: next.Cookie, Session: next.Session, Data: next.Data, Index: bad.Index}
	reload(false, seal.ErrRevoked)
	if inUse.Cookie.Primary() != first {
		t.Error("a refused reload has changed a ring")
	}

	s.keys = freshKeys(t, 4)
	reload(true, nil)
	if inUse.Cookie.Primary() == first || inUse.Index.Primary() != s.keys.Index.Primary() {
		t.Error("the rings in use are the old ones")
	}
	reload(false, nil)
}
