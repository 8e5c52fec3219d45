package respond_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/axess-go/axess/internal/respond"
)

type ctxKey string

// chain makes a handler that runs setup on the scope, then next, as a layer
// of the product would.
func chain(setup func(*respond.Scope), next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, w, r, made := respond.Ensure(w, r)
		if setup != nil {
			setup(s)
		}
		next(w, r)
		if made {
			s.Finish()
		}
	}
}

func get() *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) }

func TestEnsure(t *testing.T) {
	t.Parallel()

	t.Run("inner layers find the scope through foreign context and writer", func(t *testing.T) {
		t.Parallel()
		s, w, r, made := respond.Ensure(httptest.NewRecorder(), get())
		if !made {
			t.Fatal("the first layer did not make the scope")
		}
		foreign := struct{ http.ResponseWriter }{w}
		r2 := r.WithContext(context.WithValue(r.Context(), ctxKey("k"), 1))
		s2, w2, r3, made := respond.Ensure(foreign, r2)
		if made || s2 != s || w2 != foreign || r3 != r2 {
			t.Errorf("made %t, same scope %t: want the scope found and nothing wrapped", made, s2 == s)
		}
		if respond.From(r2.Context()) != s || respond.From(context.Background()) != nil {
			t.Error("From does not tell a context with scope from one without")
		}
	})

	t.Run("the scope carries the parent's values, its own and what is published", func(t *testing.T) {
		t.Parallel()
		req := get().WithContext(context.WithValue(context.Background(), ctxKey("outer"), "a"))
		s, _, r, _ := respond.Ensure(httptest.NewRecorder(), req)
		s.Publish(ctxKey("leaf"), "b")
		s.Publish(ctxKey("leaf"), "c")
		s.SetRequestID("id")
		s.Set(respond.SlotGuard, "d")
		ctx := context.WithValue(r.Context(), ctxKey("inner"), "e")
		got := fmt.Sprintln(ctx.Value(ctxKey("outer")), ctx.Value(ctxKey("leaf")), ctx.Value(ctxKey("none")),
			respond.From(ctx).RequestID(), s.Get(respond.SlotGuard), s.Get(respond.SlotAudit), s.Request() == r)
		if got != "a c <nil> id d <nil> true\n" {
			t.Errorf("got %s", got)
		}
	})

	t.Run("printing a context shows no slot", func(t *testing.T) {
		t.Parallel()
		s, _, r, _ := respond.Ensure(httptest.NewRecorder(), get())
		s.Set(respond.SlotSession, "canary-4711")
		if out := fmt.Sprintf("%v %+v %#v %s", r.Context(), s, s, s); bytes.Contains([]byte(out), []byte("canary")) {
			t.Errorf("printed %s", out)
		}
	})

	t.Run("cancellation of the request reaches children", func(t *testing.T) {
		t.Parallel()
		parent, cancel := context.WithCancel(context.Background())
		_, _, r, _ := respond.Ensure(httptest.NewRecorder(), get().WithContext(parent))
		child, stop := context.WithCancel(r.Context())
		defer stop()
		cancel()
		<-child.Done()
	})

	t.Run("a parent that offers AfterFunc gets the children", func(t *testing.T) {
		t.Parallel()
		p := &foreignContext{Context: context.Background(), done: make(chan struct{})}
		_, _, r, _ := respond.Ensure(httptest.NewRecorder(), get().WithContext(p))
		child, stop := context.WithCancel(r.Context())
		defer stop()
		if len(p.children) != 1 {
			t.Fatalf("registered %d children with the parent, want 1: a goroutine hides here", len(p.children))
		}
		close(p.done)
		p.children[0]()
		if child.Err() == nil {
			t.Error("the child ends later than its parent: a goroutine hides here")
		}
	})

	t.Run("slots and hooks may be used while another goroutine commits", func(t *testing.T) {
		t.Parallel()
		s, w, _, _ := respond.Ensure(httptest.NewRecorder(), get())
		var wg sync.WaitGroup
		wg.Go(func() {
			for range 100 {
				s.Set(respond.SlotAudit, s)
				_ = s.Get(respond.SlotAudit)
				_ = s.Before(respond.StageLog, func(*respond.Head) {})
				_, _ = s.Status(), s.Value(ctxKey("x"))
			}
		})
		w.WriteHeader(http.StatusOK)
		wg.Wait()
	})
}

type foreignContext struct {
	context.Context
	done     chan struct{}
	children []func()
}

func (c *foreignContext) Done() <-chan struct{} { return c.done }

func (c *foreignContext) Err() error {
	select {
	case <-c.done:
		return context.Canceled
	default:
		return nil
	}
}

func (c *foreignContext) AfterFunc(f func()) func() bool {
	c.children = append(c.children, f)
	return func() bool { return true }
}

// The whole chain costs two allocations: the scope and the request's copy.
// Not parallel: AllocsPerRun counts the whole process.
func TestEnsureAllocations(t *testing.T) {
	rec, req := httptest.NewRecorder(), get()
	headers := func(h *respond.Head) { h.Header()["X"] = nil }
	v := new(int)
	got := testing.AllocsPerRun(200, func() {
		clear(rec.Header())
		s, w, r, _ := respond.Ensure(rec, req)
		s.Set(respond.SlotSession, v)
		_ = s.Before(respond.StageHeaders, headers)
		inner := respond.From(r.Context())
		_ = inner.Before(respond.StageSession, headers)
		w.WriteHeader(http.StatusNoContent)
		s.Finish()
	})
	if got > 2 {
		t.Errorf("%.0f allocations per request, want 2", got)
	}
}

func BenchmarkEnsure(b *testing.B) {
	rec, req := httptest.NewRecorder(), get()
	headers := func(h *respond.Head) { h.Header()["X"] = nil }
	b.ReportAllocs()
	for b.Loop() {
		clear(rec.Header())
		s, w, r, _ := respond.Ensure(rec, req)
		s.Set(respond.SlotSession, s)
		_ = s.Before(respond.StageHeaders, headers)
		_ = respond.From(r.Context()).Before(respond.StageSession, headers)
		w.WriteHeader(http.StatusNoContent)
		s.Finish()
	}
}

// Slots are read without the lock; what comes second into one must be seen by
// whoever reads afterwards all the same, and the race detector must agree.
func TestSlots(t *testing.T) {
	t.Parallel()
	s, _, _, _ := respond.Ensure(httptest.NewRecorder(), get())
	if v := s.Get(respond.SlotTrace); v != nil {
		t.Errorf("an empty slot holds %v", v)
	}
	for _, v := range []any{1, "two", 3.0, nil, "again"} {
		s.Set(respond.SlotTrace, v)
		if got := s.Get(respond.SlotTrace); got != v {
			t.Errorf("%v, want %v", got, v)
		}
	}
	if v := s.Get(respond.SlotGuard); v != nil {
		t.Errorf("the slot beside it holds %v", v)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for n := range 100 {
				s.Set(respond.SlotAudit, n)
				if _, ok := s.Get(respond.SlotAudit).(int); !ok {
					t.Error("a slot that was filled reads as empty")
				}
			}
		})
	}
	wg.Wait()
}

func TestInstall(t *testing.T) {
	t.Parallel()
	s, w, _, _ := respond.Ensure(httptest.NewRecorder(), get())
	ran := 0
	hook := func(h *respond.Head) { ran += h.Scope().Get(respond.SlotCSRF).(int) }
	if err := s.Install(respond.SlotCSRF, 7, respond.StageCSRF, hook); err != nil {
		t.Fatal(err)
	}
	w.WriteHeader(http.StatusNoContent)
	if ran != 7 {
		t.Errorf("the hook found %d", ran)
	}
	if err := s.Install(respond.SlotSession, 8, respond.StageSession, hook); !errors.Is(err, respond.ErrCommitted) {
		t.Error(err)
	}
	if v := s.Get(respond.SlotSession); v != nil {
		t.Errorf("too late, and the slot holds %v", v)
	}
}

func TestLoggerSlot(t *testing.T) {
	t.Parallel()
	// SES-068: "WriteHeader called twice: second ignored, logged".
	var buf bytes.Buffer
	rec := httptest.NewRecorder()
	chain(func(s *respond.Scope) {
		s.Set(respond.SlotLogger, slog.New(slog.NewTextHandler(&buf, nil)))
	}, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		w.WriteHeader(http.StatusOK)
	})(rec, get())
	if rec.Code != http.StatusTeapot || !bytes.Contains(buf.Bytes(), []byte("superfluous WriteHeader")) {
		t.Errorf("status %d, log %q", rec.Code, buf.String())
	}
}
