package problem_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/internal/respond"
)

var update = flag.Bool("update", false, "write docs/errors.md from the table of codes")

func ExampleWrite() {
	rec := httptest.NewRecorder()
	problem.Write(rec, httptest.NewRequest(http.MethodGet, "/", nil), problem.Unauthenticated)
	fmt.Println(rec.Code, rec.Header().Get("Content-Type"))
	fmt.Println(rec.Body)
	// Output:
	// 401 application/problem+json
	// {"type":"urn:axess:problem:unauthenticated","title":"You are not signed in.","status":401,"code":"unauthenticated"}
}

func ExampleSafeNext() {
	fmt.Println(problem.SafeNext("/docs/7?tab=2"))
	_, ok := problem.SafeNext("//evil.example/")
	fmt.Println(ok)
	// Output:
	// /docs/7?tab=2 true
	// false
}

func ExampleWithNext() {
	fmt.Println(problem.WithNext("/auth/sign-in?next=%2Fold&nextstep=1", "/docs/7"))
	// Output: /auth/sign-in?nextstep=1&next=%2Fdocs%2F7
}

func ExampleRecover() {
	log := slog.New(slog.DiscardHandler)
	h := problem.Recover(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		respond.From(r.Context()).Set(respond.SlotLogger, log)
		panic("boom")
	}))
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	fmt.Println(rec.Code)
	// Output: 500
}

func ExampleLimitBody() {
	h := problem.LimitBody(4, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); problem.TooLarge(err) {
			problem.Write(w, r, problem.PayloadTooLarge)
		}
	}))
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("12345")))
	fmt.Println(rec.Code)
	// Output: 413
}

// MID-061: the enumeration is complete, unique, snake case and documented.
func TestTable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range problem.Codes() {
		name := c.String()
		if seen[name] || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			t.Errorf("code %d is %q: empty, twice, or not snake case", c, name)
		}
		seen[name] = true
		for what, s := range map[string]string{"title": c.Title(), "cause": c.Cause(), "cure": c.Cure()} {
			if s == "" || !strings.HasSuffix(s, ".") || strings.ContainsFunc(s, unicode.IsControl) {
				t.Errorf("%s: %s %q is no sentence", name, what, s)
			}
		}
		if st := c.Status(); st != 0 && (st < 400 || st > 599 || http.StatusText(st) == "") {
			t.Errorf("%s: status %d", name, st)
		}
	}
	for _, c := range []problem.Code{0, 255} {
		if c.String() != "internal" || c.Status() != http.StatusInternalServerError {
			t.Errorf("Code(%d) is %s: what is no code must fail closed", c, c)
		}
	}
}

// PRD-050: the document is the table.
func TestErrorsDocument(t *testing.T) {
	t.Parallel()
	const path = "../../docs/errors.md"
	var b strings.Builder
	b.WriteString("# Error codes\n\nGenerated from the table in `internal/problem`; a test compares. Adding a code is a minor change, changing the meaning of one a major change.\n\n" +
		"Answers are `application/problem+json` (RFC 9457) with `type` = `urn:axess:problem:<code>`, `title`, `status`, `code`, `request_id`, and where they apply `errors` and `retry_at`. Clients that prefer `text/html` get a page with the same status.\n")
	group := func(head string, starts func(problem.Code) bool) {
		fmt.Fprintf(&b, "\n## %s\n", head)
		for _, c := range problem.Codes() {
			if !starts(c) {
				continue
			}
			status := ""
			if c.Status() != 0 {
				status = fmt.Sprintf("%d %s. ", c.Status(), http.StatusText(c.Status()))
			}
			fmt.Fprintf(&b, "\n### %s\n%s%s\n- **Cause:** %s\n- **Cure:** %s\n", c, status, c.Title(), c.Cause(), c.Cure())
		}
	}
	group("Answers to requests", func(c problem.Code) bool { return c.Status() != 0 })
	group("Found while starting", func(c problem.Code) bool { return c.Status() == 0 })
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != b.String() {
		t.Errorf("docs/errors.md differs from the table (%v); go test ./internal/problem -update", err)
	}
}

type document struct {
	Type, Title, Code string
	Status            int
	RequestID         string `json:"request_id"`
	RetryAt           string `json:"retry_at"`
	Errors            []struct{ Field, Rule, Detail string }
}

// MID-060, MID-063, GRD-019
func TestWrite(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 600_000_000, time.UTC)
	for _, c := range problem.Codes() {
		if c.Status() == 0 {
			continue
		}
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			rec := httptest.NewRecorder()
			s, w, r, _ := respond.Ensure(rec, httptest.NewRequest(http.MethodPost, "/", nil))
			s.SetRequestID("id-1")
			w.Header().Set("Content-Length", "3")
			w.Header().Set("Vary", "Cookie")
			w.Header().Set("Cache-Control", "public")
			problem.Write(w, r, c, problem.Allow("GET", "HEAD"))
			var d document
			if err := json.Unmarshal(rec.Body.Bytes(), &d); err != nil {
				t.Fatalf("body %q: %v", rec.Body, err)
			}
			want := document{Type: "urn:axess:problem:" + c.String(), Title: c.Title(), Code: c.String(), Status: c.Status(), RequestID: "id-1"}
			if fmt.Sprint(d) != fmt.Sprint(want) || rec.Code != c.Status() {
				t.Errorf("got %d %+v, want %+v", rec.Code, d, want)
			}
			h := rec.Header()
			if h.Get("Content-Type") != "application/problem+json" || h.Get("Cache-Control") != "no-store" ||
				h.Get("Content-Length") != "" || strings.Join(h["Vary"], ",") != "Cookie,Accept" {
				t.Errorf("headers %v", h)
			}
			for name, on := range map[string]bool{
				"Www-Authenticate": c.Status() == 401, "Allow": c.Status() == 405,
				"Retry-After": c.Status() == 429 || c.Status() == 503,
			} {
				if (h.Get(name) != "") != on {
					t.Errorf("%s is %q", name, h.Get(name))
				}
			}
		})
	}
	t.Run("details", func(t *testing.T) {
		t.Parallel()
		rec := httptest.NewRecorder()
		problem.Write(rec, httptest.NewRequest(http.MethodPost, "/", nil), problem.Throttled,
			problem.RetryAt(now.Add(1500*time.Millisecond), now),
			problem.Fields(problem.FieldError{Field: "email", Rule: "shape", Detail: "a \"b\" </script>"}, problem.FieldError{Field: "x"}))
		var d document
		if err := json.Unmarshal(rec.Body.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		if rec.Header().Get("Retry-After") != "2" || d.RetryAt != "2030-01-02T03:04:07Z" ||
			len(d.Errors) != 2 || d.Errors[0].Detail != "a \"b\" </script>" || strings.Contains(rec.Body.String(), "</") {
			t.Errorf("got %v %s", rec.Header(), rec.Body)
		}
		rec = httptest.NewRecorder()
		problem.Write(rec, httptest.NewRequest(http.MethodPost, "/", nil), problem.Busy, problem.RetryAfter(3*time.Second))
		if rec.Header().Get("Retry-After") != "3" {
			t.Errorf("Retry-After %q", rec.Header().Get("Retry-After"))
		}
	})
	t.Run("HEAD has no body", func(t *testing.T) {
		t.Parallel()
		rec := httptest.NewRecorder()
		problem.Write(rec, httptest.NewRequest(http.MethodHead, "/", nil), problem.NotFound)
		if rec.Code != http.StatusNotFound || rec.Body.Len() != 0 {
			t.Errorf("got %d %q", rec.Code, rec.Body)
		}
	})
	t.Run("a start-up code never answers a request", func(t *testing.T) {
		t.Parallel()
		rec := httptest.NewRecorder()
		problem.Write(rec, httptest.NewRequest(http.MethodGet, "/", nil), problem.KeysMissing)
		if rec.Code != http.StatusInternalServerError || !strings.Contains(rec.Body.String(), `"code":"internal"`) {
			t.Errorf("got %d %s", rec.Code, rec.Body)
		}
	})
}

type page struct{ err error }

func (p page) RenderProblem(_ *http.Request, pr problem.Problem) ([]byte, error) {
	return []byte("<h1>" + pr.Code.String() + " " + pr.RequestID), p.err
}

// MID-060: HTML through the renderer when Accept prefers it, the document else
// and when rendering fails.
func TestWriteHTML(t *testing.T) {
	t.Parallel()
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, c := range []struct {
		name, accept string
		renderer     any
		html         bool
	}{
		{"browser", browser, page{}, true},
		{"script", "application/json", page{}, false},
		{"anything", "*/*", page{}, false},
		{"no renderer", browser, nil, false},
		{"renderer fails", browser, page{errors.New("template")}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rec := httptest.NewRecorder()
			req := httptest.NewRequest(http.MethodPost, "/", nil)
			req.Header.Set("Accept", c.accept)
			s, w, r, _ := respond.Ensure(rec, req)
			s.SetRequestID("id-1")
			s.Set(respond.SlotRenderer, c.renderer)
			s.Set(respond.SlotLogger, slog.New(slog.DiscardHandler))
			problem.Write(w, r, problem.CSRFFailed)
			html := rec.Header().Get("Content-Type") == "text/html; charset=utf-8"
			if html != c.html || rec.Code != http.StatusForbidden || c.html != (rec.Body.String() == "<h1>csrf_failed id-1") {
				t.Errorf("got %v %s", rec.Header(), rec.Body)
			}
		})
	}
}

// SES-075: a failed commit answers with a problem in the place of the page.
func TestReplace(t *testing.T) {
	t.Parallel()
	rec := httptest.NewRecorder()
	s, w, _, _ := respond.Ensure(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	_ = s.Before(respond.StageSession, func(h *respond.Head) { problem.Replace(h, problem.Unavailable) })
	w.Header().Set("Content-Type", "text/plain")
	_, err := io.WriteString(w, "account page")
	if !errors.Is(err, respond.ErrResponseReplaced) || rec.Code != http.StatusServiceUnavailable ||
		rec.Header().Get("Retry-After") != "1" || rec.Header().Get("Content-Type") != "application/problem+json" ||
		!strings.Contains(rec.Body.String(), `"code":"unavailable"`) {
		t.Errorf("got %v, %d %v %s", err, rec.Code, rec.Header(), rec.Body)
	}
}

// FUZ-F08, MID-083: valid JSON on one line, equal in meaning to what went in,
// as encoding/json reads it.
func FuzzProblemJSON(f *testing.F) {
	f.Add("id", "field", "a\nb\u2028</script>\x00\xff\"\\")
	f.Fuzz(func(t *testing.T, id, field, detail string) {
		p := problem.Problem{Code: problem.BadRequest, RequestID: id, Errors: []problem.FieldError{{Field: field, Rule: "r", Detail: detail}}}
		b := p.AppendJSON(nil)
		for _, c := range string(b) {
			if unicode.IsControl(c) || c == 0x2028 || c == 0x2029 || c == '<' || c == '>' {
				t.Fatalf("%q in %s", c, b)
			}
		}
		var d document
		if err := json.Unmarshal(b, &d); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		valid := func(s string) string { // every bad byte becomes one U+FFFD
			return string([]rune(s))
		}
		if d.RequestID != valid(id) || d.Errors[0].Field != valid(field) || d.Errors[0].Detail != valid(detail) {
			t.Fatalf("%+v from %q %q %q", d, id, field, detail)
		}
	})
}
