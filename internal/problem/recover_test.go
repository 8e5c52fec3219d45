package problem_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/internal/respond"
)

// MID-062, SES-078
func TestRecover(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		name := map[bool]string{false: "http1", true: "http2"}[http2]
		setup := func(t *testing.T, handler http.HandlerFunc) (*http.Client, string, *bytes.Buffer) {
			log := &bytes.Buffer{}
			layer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := respond.From(r.Context())
				s.Set(respond.SlotLogger, slog.New(slog.NewTextHandler(log, nil)))
				s.SetRequestID("id-1")
				set := func(k string) func(*respond.Head) {
					return func(h *respond.Head) { h.Header().Set(k, "1") }
				}
				_ = s.Before(respond.StageSession, set("X-Session"))
				_ = s.Before(respond.StageCSRF, set("X-Csrf"))
				_ = s.Before(respond.StageHeaders, set("X-Secure"))
				handler(w, r)
			})
			srv := httptest.NewUnstartedServer(problem.Recover(problem.Recover(layer)))
			srv.EnableHTTP2 = http2
			srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
			srv.StartTLS()
			t.Cleanup(srv.Close)
			return srv.Client(), srv.URL, log
		}
		t.Run(name+"/answers without the session's change", func(t *testing.T) {
			t.Parallel()
			c, url, log := setup(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "image/png")
				w.Header().Set("Set-Cookie", "half=1")
				panic("boom canary-4711")
			})
			res, err := c.Get(url)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			h := res.Header
			if res.StatusCode != http.StatusInternalServerError || !strings.Contains(string(body), `"code":"internal"`) ||
				!strings.Contains(string(body), `"request_id":"id-1"`) || strings.Contains(string(body), "canary") {
				t.Errorf("got %d %s", res.StatusCode, body)
			}
			if h.Get("X-Session")+h.Get("X-Csrf")+h.Get("Set-Cookie") != "" || h.Get("X-Secure") == "" || h.Get("Content-Type") != "application/problem+json" {
				t.Errorf("headers %v", h)
			}
			if !strings.Contains(log.String(), "recover_test.go") || !strings.Contains(log.String(), "id-1") {
				t.Errorf("log %s", log)
			}
		})
		t.Run(name+"/aborts what was begun", func(t *testing.T) {
			t.Parallel()
			c, url, _ := setup(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half a pa")
				_ = http.NewResponseController(w).Flush()
				panic("boom")
			})
			res, err := c.Get(url)
			if err != nil {
				return // cut before the headers arrived: aborted as well
			}
			defer res.Body.Close()
			if body, err := io.ReadAll(res.Body); err == nil {
				t.Errorf("half an answer passed for a whole one: %q", body)
			}
		})
		t.Run(name+"/lets ErrAbortHandler pass", func(t *testing.T) {
			t.Parallel()
			c, url, log := setup(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
			if res, err := c.Get(url); err == nil {
				res.Body.Close()
				t.Errorf("answered %d", res.StatusCode)
			}
			if log.Len() != 0 {
				t.Errorf("logged %s", log)
			}
		})
	}
	t.Run("a hook that panics", func(t *testing.T) {
		t.Parallel()
		rec := httptest.NewRecorder()
		problem.Recover(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			s := respond.From(r.Context())
			s.Set(respond.SlotLogger, slog.New(slog.DiscardHandler))
			_ = s.Before(respond.StageSession, func(*respond.Head) { panic("store") })
		})).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
		if rec.Code != http.StatusInternalServerError {
			t.Errorf("got %d", rec.Code)
		}
	})
}

// MID-064
func TestLimitBody(t *testing.T) {
	t.Parallel()
	var got error
	ran := 0
	h := problem.Recover(problem.LimitBody(10, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ran++
		var body []byte
		if body, got = io.ReadAll(r.Body); problem.TooLarge(got) {
			problem.Write(w, r, problem.PayloadTooLarge)
			return
		}
		_, _ = w.Write(body)
	})))
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	for _, c := range []struct {
		name   string
		body   io.Reader
		status int
		ran    int
	}{
		{"as long as allowed", strings.NewReader("0123456789"), 200, 1},
		{"none", nil, 200, 1},
		{"announced longer", strings.NewReader("0123456789a"), 413, 0},
		{"turns out longer", struct{ io.Reader }{strings.NewReader("0123456789a")}, 413, 1},
	} {
		ran = 0
		res, err := http.Post(srv.URL, "text/plain", c.body)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if ran != c.ran || res.StatusCode != c.status || c.status == 413 && !res.Close {
			t.Errorf("%s: %d, close %t, handler ran %d times", c.name, res.StatusCode, res.Close, ran)
		}
	}
	if problem.TooLarge(errors.New("x")) || problem.TooLarge(nil) {
		t.Error("TooLarge for another error")
	}
}
