//go:build !race

package axess_test

import (
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/store/memory"
)

// unread is a response writer that keeps no body.
type unread struct {
	header http.Header
	status int
}

func (u *unread) Header() http.Header         { return u.header }
func (u *unread) Write(p []byte) (int, error) { return len(p), nil }
func (u *unread) WriteHeader(status int)      { u.status = status }

// MID-001, SES-243: what everything that Handler puts around a program allocates for a
// page of somebody who is signed in, guard included, and what the line in the log
// adds. Not parallel: AllocsPerRun counts the whole process.
func TestChain_allocations(t *testing.T) {
	s := fronttest.New(t, fronttest.Standard, func(c *axess.Config) { c.Stores = memory.New(memory.Config{}).Stores() })
	ada := s.Person("ada@example.org")
	for _, tc := range []struct {
		name string
		log  slog.Handler
		most float64
	}{{"no log", slog.DiscardHandler, 11}, {"log", slog.NewJSONHandler(io.Discard, nil), 12}} {
		cfg := axess.Config{
			Stores: s.Beneath(), Mail: s.Mail, Clock: s.Clock, Entropy: entropy.Seeded(3),
			Logger: slog.New(tc.log), PasswordCost: password.InsecureCheap(),
		}
		fronttest.Standard(&cfg)
		// The same keys, and the stores without the counting in front of them.
		auth, err := axess.New(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = auth.Close(t.Context()) })
		h := auth.Handler(auth.RequireAuthn(func(w http.ResponseWriter, _ *http.Request, _ axess.Authenticated) {
			w.WriteHeader(http.StatusNoContent)
		}))
		w := &unread{header: http.Header{}}
		r := ada.Request(http.MethodGet, "/", nil)
		got := testing.AllocsPerRun(200, func() {
			clear(w.header)
			h.ServeHTTP(w, r)
		})
		if w.status != http.StatusNoContent {
			t.Fatalf("%s: %d", tc.name, w.status)
		}
		if got > tc.most {
			t.Errorf("%s: %v allocations, want at most %v", tc.name, got, tc.most)
		}
	}
}
