package sqlite_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/sqlite"
)

// statements notes what SQLite runs, on every connection.
type statements struct {
	mu  sync.Mutex
	ran []string
}

func (s *statements) watch(c *sqlite3.Conn) error {
	return c.Trace(sqlite3.TRACE_STMT, func(_ sqlite3.TraceEvent, st, _ any) error {
		s.mu.Lock()
		s.ran = append(s.ran, st.(*sqlite3.Stmt).SQL())
		s.mu.Unlock()
		return nil
	})
}

// since returns what ran after the last call.
func (s *statements) since() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ran := s.ran
	s.ran = nil
	return ran
}

// STO-022: what a signed-in request costs, request after request, is one
// statement that only reads: session, epochs and deadlines come with it.
func TestAuthenticated_read_is_one_statement_and_no_write(t *testing.T) {
	t.Parallel()
	var seen statements
	b := open(t, file(t), sqlite.WithWatch(seen.watch))
	src, clk := entropy.Seeded(1), clock.NewFake(at(0))
	rings, err := keys.Ephemeral(src).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m, err := session.New(session.Config{Store: b.Stores().Session, Keys: rings, Clock: clk, Entropy: src})
	if err != nil {
		t.Fatal(err)
	}
	login := machine.LoginData{
		Subject: subject(1), AuthTime: at(0), Origin: machine.OriginFactors, Login: identity.NewLoginID(src),
		Evidence: []identity.Evidence{{Kind: "password", At: at(0), Credential: identity.NewCredentialID(src), AMR: []string{"pwd"}, Class: identity.Knowledge}},
	}
	signIn := m.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, err := session.From(r.Context())
		if err == nil {
			_, err = s.Transition(r.Context(), machine.Adopt{Login: login}, session.Commit{})
		}
		if err != nil {
			t.Error(err)
		}
	}))
	page := m.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := session.From(r.Context())
		if err != nil {
			t.Error(err)
			return
		}
		if who, ok := s.State().(session.Authenticated); !ok || who.Subject() != subject(1) {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	rec := httptest.NewRecorder()
	signIn.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "https://app.example.com/", nil))
	cookies := rec.Result().Cookies()
	seen.since()
	for range 5 {
		clk.Advance(time.Second)
		req := httptest.NewRequest(http.MethodGet, "https://app.example.com/", nil)
		for _, c := range cookies {
			req.AddCookie(c)
		}
		rec := httptest.NewRecorder()
		page.ServeHTTP(rec, req)
		if rec.Code != http.StatusOK {
			t.Fatalf("not signed in: %d", rec.Code)
		}
		ran := slices.DeleteFunc(seen.since(), func(s string) bool { return strings.HasPrefix(s, "PRAGMA") }) // of a new connection
		if len(ran) != 1 || !strings.HasPrefix(ran[0], "SELECT") || !strings.Contains(ran[0], "axess_epochs") {
			t.Errorf("a request ran %d statements: %q", len(ran), ran)
		}
	}
}

// STO-003: the way past database/sql refuses what the other refuses.
func TestLoad_of_a_row_that_was_tampered_with_is_ErrCorrupt(t *testing.T) {
	t.Parallel()
	for _, edit := range []string{
		"UPDATE axess_sessions SET rev = -1",
		"UPDATE axess_sessions SET epoch_t = -1",
		"UPDATE axess_sessions SET prev_ref = x'01'",
		"UPDATE axess_sessions SET tenant_id = x''",
		"UPDATE axess_sessions SET login_id = zeroblob(17)",
		"UPDATE axess_sessions SET kid = x'010203'",
		"UPDATE axess_epochs SET epoch = -1 WHERE scope = 3",
	} {
		t.Run(edit, func(t *testing.T) {
			t.Parallel()
			path := file(t)
			s := open(t, path).Stores()
			r := record(1)
			if _, err := s.Session.Create(t.Context(), r, claim(r)); err != nil {
				t.Fatal(err)
			}
			if err := s.Session.Raise(t.Context(), identity.UserScope(r.Subject)); err != nil {
				t.Fatal(err)
			}
			if err := load(t, s, 1); err != nil {
				t.Fatal(err)
			}
			execute(t, path, "PRAGMA ignore_check_constraints = on; "+edit)
			if err := load(t, s, 1); !errors.Is(err, store.ErrCorrupt) || errors.Is(err, store.ErrNotFound) {
				t.Errorf("got %v, want ErrCorrupt", err)
			}
		})
	}
}

// STO-022: a revocation that was acknowledged is seen by the very next load, on
// every connection that reads.
func TestLoad_sees_every_commit_at_once(t *testing.T) {
	t.Parallel()
	s := open(t, file(t)).Stores().Session
	r := record(1)
	if _, err := s.Create(t.Context(), r, claim(r)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	for range 6 { // so that each load may meet any of the connections
		busy.Go(func() {
			for ctx.Err() == nil {
				if _, _, err := s.Load(t.Context(), r.Ref, at(0)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := range uint64(150) {
		if err := s.Raise(t.Context(), identity.UserScope(r.Subject)); err != nil {
			t.Error(err)
			break
		}
		for range 4 {
			if _, now, err := s.Load(t.Context(), r.Ref, at(0)); err != nil || now.User != n+1 {
				t.Errorf("after raise %d: epoch %d, %v", n+1, now.User, err)
			}
		}
	}
	stop()
	busy.Wait()
}

// STO-001: an end in the middle of loads is clean, and each of them has a whole
// answer or none.
func TestClose_while_others_load(t *testing.T) {
	t.Parallel()
	b := openOnce(t, file(t))
	s := b.Stores().Session
	r := record(1)
	if _, err := s.Create(t.Context(), r, claim(r)); err != nil {
		t.Fatal(err)
	}
	var busy sync.WaitGroup
	first := make(chan struct{})
	var once sync.Once
	for range 8 {
		busy.Go(func() {
			for {
				got, _, err := s.Load(t.Context(), r.Ref, at(0))
				once.Do(func() { close(first) })
				if errors.Is(err, store.ErrUnavailable) {
					return
				}
				if err != nil || string(got.Sealed) != "sealed 1" {
					t.Errorf("got %q, %v", got.Sealed, err)
					return
				}
			}
		})
	}
	<-first
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	busy.Wait()
}

// STO-062: a statement past database/sql ends with its context as well, without a
// goroutine that watches, and serves the next caller.
func TestDirect_ends_with_its_context(t *testing.T) {
	t.Parallel()
	conn, err := raw(t, filepath.Join(t.TempDir(), "raw.db")).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		st, err := sqlite.PrepareDirect(c, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n WHERE i < ?")
		if err != nil {
			return err
		}
		defer st.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := st.Step(ctx); !errors.Is(err, sqlite3.INTERRUPT) {
			t.Errorf("got %v, want an interruption", err)
		}
		_ = st.Reset() // says again that it was interrupted
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := st.Step(gone); !errors.Is(err, sqlite3.INTERRUPT) {
			t.Errorf("got %v, want not to begin", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.PrepareDirect("no connection", ""); err == nil {
		t.Error("a statement on something else")
	}
}

// STO-022: what the read of every request costs in memory.
func TestLoad_allocates_little_beyond_what_it_returns(t *testing.T) {
	s := open(t, file(t)).Stores().Session
	r := record(1)
	if _, err := s.Create(t.Context(), r, claim(r)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := testing.AllocsPerRun(200, func() {
		if _, _, err := s.Load(ctx, r.Ref, at(0)); err != nil {
			t.Fatal(err)
		}
	})
	if got > 3 {
		t.Errorf("%v allocations, want at most 3", got)
	}
}
