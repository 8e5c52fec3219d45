package respond_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/respond"
)

// SES-068, CSR-016: every way to the first byte runs the hooks exactly once,
// in stage order, and the headers they set are the ones sent.
func TestHooksRunOnceBeforeTheFirstByte(t *testing.T) {
	t.Parallel()
	ways := map[string]http.HandlerFunc{
		"WriteHeader": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) },
		"Write":       func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("x")) },
		"WriteString": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") },
		"Flush":       func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() },
		"FlushError": func(w http.ResponseWriter, _ *http.Request) {
			_ = http.NewResponseController(w).Flush()
		},
		"ReadFrom": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, struct{ io.Reader }{strings.NewReader("x")})
		},
		"return": func(http.ResponseWriter, *http.Request) {},
		"many writes": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("x"))
			w.(http.Flusher).Flush()
			_, _ = w.Write([]byte("y"))
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var order []string
			var late error
			note := func(s string) func(*respond.Head) {
				return func(h *respond.Head) { order = append(order, s); h.Header().Add("X-Stage", s) }
			}
			h := chain(func(s *respond.Scope) {
				for _, st := range []struct {
					stage respond.Stage
					name  string
				}{
					{respond.StageLog, "log"}, {respond.StageHeaders, "headers"}, {respond.StageCSRF, "csrf"},
					{respond.StageSession, "session1"}, {respond.StageSession, "session2"},
					{respond.StageHeaders, "headers2"}, {respond.StageLog, "log2"}, {respond.StageCSRF, "csrf2"},
				} {
					if err := s.Before(st.stage, note(st.name)); err != nil {
						t.Errorf("Before: %v", err)
					}
				}
			}, func(w http.ResponseWriter, r *http.Request) {
				way(w, r)
				late = respond.From(r.Context()).Before(respond.StageLog, note("late"))
			})
			rec := httptest.NewRecorder()
			h(rec, get())
			want := "session1 session2 csrf csrf2 headers headers2 log log2"
			if name == "return" {
				want += " late"
			} else if !errors.Is(late, respond.ErrCommitted) {
				t.Errorf("Before after the first byte: %v, want ErrCommitted", late)
			}
			if got := strings.Join(order, " "); got != want {
				t.Errorf("hooks ran %q, want %q", got, want)
			}
			if got := strings.Join(rec.Result().Header["X-Stage"], " "); got != want {
				t.Errorf("sent %q, want %q", got, want)
			}
		})
	}
}

func TestHookRegistration(t *testing.T) {
	t.Parallel()

	t.Run("a hook may add one for a later stage, not for an earlier", func(t *testing.T) {
		t.Parallel()
		var earlier error
		ran := 0
		rec := httptest.NewRecorder()
		chain(func(s *respond.Scope) {
			_ = s.Before(respond.StageCSRF, func(h *respond.Head) {
				earlier = h.Scope().Before(respond.StageSession, func(*respond.Head) { ran += 100 })
				_ = h.Scope().Before(respond.StageHeaders, func(*respond.Head) { ran++ })
			})
		}, func(http.ResponseWriter, *http.Request) {})(rec, get())
		if !errors.Is(earlier, respond.ErrCommitted) || ran != 1 {
			t.Errorf("earlier %v, ran %d", earlier, ran)
		}
	})

	t.Run("a hook that writes through the writer is refused", func(t *testing.T) {
		t.Parallel()
		var got error
		var writer http.ResponseWriter
		rec := httptest.NewRecorder()
		chain(func(s *respond.Scope) {
			_ = s.Before(respond.StageSession, func(*respond.Head) {
				writer.WriteHeader(http.StatusTeapot)
				_, got = writer.Write([]byte("early"))
			})
		}, func(w http.ResponseWriter, _ *http.Request) {
			writer = w
			_, _ = w.Write([]byte("body"))
		})(rec, get())
		if !errors.Is(got, respond.ErrInHook) || rec.Code != http.StatusOK || rec.Body.String() != "body" {
			t.Errorf("err %v, status %d, body %q", got, rec.Code, rec.Body)
		}
	})

	t.Run("an invalid status panics before any hook", func(t *testing.T) {
		t.Parallel()
		ran := false
		defer func() {
			if recover() == nil || ran {
				t.Errorf("no panic, or the hook ran (%t)", ran)
			}
		}()
		chain(func(s *respond.Scope) {
			_ = s.Before(respond.StageSession, func(*respond.Head) { ran = true })
		}, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(99) })(httptest.NewRecorder(), get())
	})
}

// SES-075: a hook that replaces the response decides alone what the client gets.
func TestReplace(t *testing.T) {
	t.Parallel()
	replace := func(s *respond.Scope) {
		_ = s.Before(respond.StageSession, func(h *respond.Head) {
			h.Header().Set("Set-Cookie", "session=new")
			h.Replace(http.StatusServiceUnavailable, http.Header{"Retry-After": {"1"}}, []byte("sorry"))
			h.Replace(http.StatusTeapot, nil, []byte("second"))
		})
		_ = s.Before(respond.StageHeaders, func(h *respond.Head) {
			h.Header().Set("X-Seen", fmt.Sprint(h.Status(), h.Replaced()))
			h.Replace(http.StatusTeapot, nil, nil)
		})
	}
	ways := map[string]func(http.ResponseWriter) error{
		"Write":       func(w http.ResponseWriter) error { _, err := w.Write([]byte("secret")); return err },
		"WriteString": func(w http.ResponseWriter) error { _, err := io.WriteString(w, "secret"); return err },
		"Flush":       func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() },
		"WriteHeader": func(w http.ResponseWriter) error {
			w.WriteHeader(http.StatusOK)
			_, err := w.Write([]byte("secret"))
			return err
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := httptest.NewRecorder()
			rec.Header().Set("X-Outer", "kept")
			var first, second error
			var scope *respond.Scope
			chain(replace, func(w http.ResponseWriter, r *http.Request) {
				scope = respond.From(r.Context())
				w.Header().Set("X-Handler", "gone")
				w.Header().Set("Content-Length", "6")
				first = way(w)
				_, second = w.Write([]byte("secret"))
			})(rec, get())
			if !errors.Is(first, respond.ErrResponseReplaced) || !errors.Is(second, respond.ErrResponseReplaced) {
				t.Errorf("handler got %v, %v", first, second)
			}
			h := rec.Result().Header
			if rec.Code != http.StatusServiceUnavailable || rec.Body.String() != "sorry" || h.Get("Retry-After") != "1" {
				t.Errorf("client got %d %q %v", rec.Code, rec.Body, h)
			}
			if h.Get("X-Handler")+h.Get("Set-Cookie")+h.Get("Content-Length") != "" || h.Get("X-Outer") != "kept" {
				t.Errorf("headers %v: want the handler's gone and the outer ones kept", h)
			}
			if h.Get("X-Seen") != "503 true" {
				t.Errorf("the header stage saw %q", h.Get("X-Seen"))
			}
			if scope.Status() != http.StatusServiceUnavailable || scope.Bytes() != 5 {
				t.Errorf("logged %d, %d bytes", scope.Status(), scope.Bytes())
			}
		})
	}
	t.Run("too late from the headers on", func(t *testing.T) {
		t.Parallel()
		rec := httptest.NewRecorder()
		chain(func(s *respond.Scope) {
			s.Set(respond.SlotLogger, slog.New(slog.DiscardHandler))
			_ = s.Before(respond.StageHeaders, func(h *respond.Head) { h.Header().Set("X-Secure", "1") })
			_ = s.Before(respond.StageHeaders, func(h *respond.Head) { h.Replace(http.StatusTeapot, nil, nil) })
		}, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") })(rec, get())
		if rec.Code != http.StatusOK || rec.Body.String() != "page" || rec.Header().Get("X-Secure") == "" {
			t.Errorf("client got %d %q %v", rec.Code, rec.Body, rec.Header())
		}
	})
	t.Run("on return", func(t *testing.T) {
		t.Parallel()
		rec := httptest.NewRecorder()
		chain(replace, func(http.ResponseWriter, *http.Request) {})(rec, get())
		if rec.Code != http.StatusServiceUnavailable || rec.Body.String() != "sorry" {
			t.Errorf("client got %d %q", rec.Code, rec.Body)
		}
	})
}

// SES-078: a panic commits nothing; whoever recovers answers without the
// session's and the CSRF layer's hooks, and with the headers'.
func TestPanic(t *testing.T) {
	t.Parallel()
	stages := func(ran *[]string) func(*respond.Scope) {
		return func(s *respond.Scope) {
			for st, name := range map[respond.Stage]string{
				respond.StageSession: "session", respond.StageCSRF: "csrf", respond.StageHeaders: "headers",
			} {
				_ = s.Before(st, func(*respond.Head) { *ran = append(*ran, name) })
			}
		}
	}
	t.Run("Finish is passed by", func(t *testing.T) {
		t.Parallel()
		var ran []string
		defer func() {
			if v := recover(); v != http.ErrAbortHandler || len(ran) != 0 {
				t.Errorf("recovered %v, ran %v", v, ran)
			}
		}()
		chain(stages(&ran), func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		})(httptest.NewRecorder(), get())
	})
	t.Run("Abandon leaves the headers", func(t *testing.T) {
		t.Parallel()
		var ran []string
		rec := httptest.NewRecorder()
		s, w, _, _ := respond.Ensure(rec, get())
		stages(&ran)(s)
		w.Header().Set("Content-Type", "image/png")
		s.Abandon()
		if !s.Restart() {
			t.Fatal("nothing was sent, yet Restart refuses")
		}
		w.WriteHeader(http.StatusInternalServerError)
		if fmt.Sprint(ran) != "[headers]" || rec.Header().Get("Content-Type") != "" {
			t.Errorf("ran %v, headers %v", ran, rec.Header())
		}
		if s.Restart() {
			t.Error("Restart after the headers were sent")
		}
	})
	t.Run("in a hook: the others still run for the answer", func(t *testing.T) {
		t.Parallel()
		var ran []string
		rec := httptest.NewRecorder()
		s, w, _, _ := respond.Ensure(rec, get())
		_ = s.Before(respond.StageSession, func(h *respond.Head) {
			ran = append(ran, "panicking")
			h.Replace(http.StatusTeapot, nil, []byte("half"))
			panic("hook")
		})
		_ = s.Before(respond.StageHeaders, func(*respond.Head) { ran = append(ran, "headers") })
		func() {
			defer func() { _ = recover() }()
			w.WriteHeader(http.StatusOK)
		}()
		s.Abandon()
		s.Restart()
		w.WriteHeader(http.StatusInternalServerError)
		if fmt.Sprint(ran) != "[panicking headers]" || rec.Code != http.StatusInternalServerError || rec.Body.Len() != 0 {
			t.Errorf("ran %v, status %d, body %q", ran, rec.Code, rec.Body)
		}
	})
}
