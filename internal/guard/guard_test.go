package guard_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/axess-go/axess/axesstest/httpscan"
	"github.com/axess-go/axess/internal/guard"
	"github.com/axess-go/axess/internal/logtest"
	"github.com/axess-go/axess/session"
)

func table(log *logtest.Buffer) guard.Table {
	return guard.Table{
		SignIn: "/auth/sign-in", Factor: "/auth/factor/", Home: "/", SignOut: "/auth/sign-out",
		Workflow: func(session.PendingWorkflow) string { return "" },
		Log:      slog.New(slog.NewJSONHandler(log, nil)),
	}
}

// Every verdict has one answer for navigations and one for everything else; the
// verdicts that a sessionless request can be given stand here, the states in the
// front door's own test. A verdict that nobody has thought of is a fault.
// GRD-013, GRD-014, GRD-015, GRD-032
func TestRefuse(t *testing.T) {
	t.Parallel()
	scan := httpscan.For(t, httpscan.Config{Except: []httpscan.Exception{
		{Rule: httpscan.NoSniff, Reason: "the headers of redirects are another layer's (middleware/secure)"},
	}})
	for v, want := range map[guard.Verdict][2]string{
		guard.Miswired:             {"500 ", "500 internal"},
		guard.Pass:                 {"500 ", "500 internal"},
		guard.Unauthenticated:      {"303 /auth/sign-in?next=%2Fnotes%3Fa%3D1", "401 unauthenticated"},
		guard.Revoked:              {"303 /auth/sign-in?next=%2Fnotes%3Fa%3D1", "401 session_revoked"},
		guard.FactorRequired:       {"303 /auth/sign-in?next=%2Fnotes%3Fa%3D1", "401 factor_required"},
		guard.WorkflowPending:      {"403 ", "403 workflow_pending"},
		guard.AlreadyAuthenticated: {"303 /", "409 already_authenticated"},
		guard.Unavailable:          {"503 ", "503 unavailable"},
		guard.StepUpRequired:       {"401 ", "401 step_up_required"},
		guard.Verdict(99):          {"500 ", "500 internal"},
	} {
		for i, accept := range []string{"text/html", "application/json"} {
			var log logtest.Buffer
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodGet, "/notes?a=1", http.NoBody)
			r.Header.Set("Accept", accept)
			scan.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { table(&log).Refuse(w, r, v) })).ServeHTTP(w, r)
			got := fmt.Sprint(w.Code, " ", w.Header().Get("Location"))
			if i == 1 {
				_, code, _ := strings.Cut(w.Body.String(), `"code":"`)
				code, _, _ = strings.Cut(code, `"`)
				got = fmt.Sprint(w.Code, " ", code)
			}
			if got != want[i] {
				t.Errorf("verdict %d for %s: %s, want %s", v, accept, got, want[i])
			}
			if w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("verdict %d for %s may be cached", v, accept)
			}
			if said := strings.Contains(log.Take(), "auth.Handler(mux)"); said != (v == guard.Miswired) {
				t.Errorf("verdict %d: the log names the missing line: %t", v, said)
			}
		}
	}
}

// SES-083, GRD-002: without a session layer nobody passes, not even as nobody.
func TestGuards_without_sessions(t *testing.T) {
	t.Parallel()
	if _, _, v := guard.Authn(context.Background()); v != guard.Miswired {
		t.Errorf("authn: %d", v)
	}
	if _, _, v := guard.Partial(context.Background()); v != guard.Miswired {
		t.Errorf("partial: %d", v)
	}
	var zero guard.Verdict
	if zero == guard.Pass {
		t.Error("the zero verdict passes")
	}
}

// GRD-016
func TestReturn(t *testing.T) {
	t.Parallel()
	tb := table(nil)
	for next, want := range map[string]bool{
		"/notes": true, "/auth/account": true, "/auth/sign-in-help": true, "/": true,
		"/auth/sign-in": false, "/auth/sign-in/": false, "/auth/sign-in?x": false, "/auth/sign-out": false, "/auth/factor/totp": false, "/auth/factor": false,
		"//evil.example": false, "https://evil.example": false, "": false,
	} {
		if _, ok := tb.Return(next); ok != want {
			t.Errorf("%q: %t", next, ok)
		}
	}
}
