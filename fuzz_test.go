package axess_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess/axesstest/httpscan"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/internal/problem"
)

// Whatever a client writes on the wire, by nobody or by somebody signed in, gets
// exactly one defined answer: no fault of ours, every header of every answer, and
// no way off this origin. FUZ-F29, MID-082, MID-083, GRD-032
func FuzzRequest(f *testing.F) {
	s := guarded(fronttest.New(f))
	ada := s.Person("ada@example.org")
	session := ada.Cookie("") + "=" + ada.Cookies[ada.Cookie("")]
	token := ada.Cookies[ada.Cookie("-csrf")]
	s.Log.Take()
	for path := range map[string]bool{
		"/": true, "/notes?page=2": true, "/half": true, "/auth/sign-in?next=//evil.example": true, "/auth/verify?token=x": true,
		"/auth/account": true, "/auth/account/sessions/x/end": true, "/auth/assets/x": true, "/auth/../notes": true, "//evil.example/": true,
		"/%2e%2e/notes": true, "/notes/": true, "*": true, "http://evil.example/": true, "x:@evil.example/": true, "/auth": true, "/\\evil.example": true,
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "TRACE", "CONNECT", "QUERY"} {
			f.Add(method, path, "Host: localhost:8080\r\nAccept: text/html\r\n", "", true)
			f.Add(method, path, "Host: 127.0.0.1:8080\r\nAccept: text/html;q=0.5, */*\r\nSec-Fetch-Mode: navigate\r\n", "", false)
		}
	}
	f.Add("POST", "/auth/sign-in", "Host: localhost:8080\r\nContent-Type: application/x-www-form-urlencoded\r\nCookie: axess-dev-csrf="+token+"\r\n",
		"identifier=ada%40example.org&password=x&next=%2F%2Fevil.example&_csrf="+token, true)
	f.Add("POST", "/auth/account/factors/totp", "Host: localhost:8080\r\nTransfer-Encoding: chunked\r\nX-Forwarded-For: 1.2.3.4\r\n", "5\r\nhello\r\n0\r\n\r\n", true)
	f.Add("GET", "/", "Host: localhost:8080\r\nCookie: axess-dev=x; axess-dev=y; axess-dev-link=z; axess-dev-notice=a\r\nX-Request-Id: <script>\r\n", "", false)

	scan := httpscan.New(httpscan.Config{Origins: []string{s.Origin}, ScriptCookies: []string{ada.Cookie("-csrf")}})
	f.Fuzz(func(t *testing.T, method, target, headers, body string, signedIn bool) {
		text := method + " " + target + " HTTP/1.1\r\n" + headers
		if signedIn {
			text += "Cookie: " + session + "\r\nUser-Agent: " + fronttest.Agent + "\r\n"
		}
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text + "\r\n" + body)))
		if err != nil {
			return // net/http has answered 400
		}
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(r.Body, 1<<21), r.Body}
		r.RemoteAddr = "127.0.0.1:4711"
		w := httptest.NewRecorder()
		s.Handler.ServeHTTP(w, r)
		res := w.Result()
		switch {
		case res.StatusCode >= 500 && res.StatusCode != http.StatusServiceUnavailable:
			t.Fatalf("%d\n%s", res.StatusCode, s.Log.Take())
		case res.StatusCode < 200:
			t.Fatalf("%d", res.StatusCode)
		}
		for _, k := range secured {
			if len(res.Header[http.CanonicalHeaderKey(k)]) != 1 {
				t.Fatalf("%d: %s is %q", res.StatusCode, k, res.Header[http.CanonicalHeaderKey(k)])
			}
		}
		if to := res.Header.Get("Location"); to != "" {
			base, err := url.Parse(s.Origin + "/")
			if err != nil {
				t.Fatal(err)
			}
			u, err := base.Parse(to)
			if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || strings.Contains(to, "\\") {
				t.Fatalf("%d leads to %q", res.StatusCode, to)
			}
		}
		a := fronttest.Answer{Status: res.StatusCode, Header: res.Header, Body: w.Body.String()}
		if rows := rowsOf(r, a); r.URL.Path == "/notes" && len(rows) != 1 {
			t.Fatalf("the guard's answer %s is %d rows of the table: %v", brief(a), len(rows), rows)
		}
		seen := httpscan.Answer{Status: a.Status, Header: a.Header, Body: w.Body.Bytes()}
		if r.Method == http.MethodHead {
			seen.Body = nil // net/http drops it on the way
		}
		for _, found := range scan.Check(r, seen) {
			t.Fatalf("%s\n%v", found, a.Header)
		}
		if passed := bytes.HasPrefix(w.Body.Bytes(), []byte("notes of ")); passed && !signedIn {
			t.Fatal("a guard let nobody pass")
		}
		if res.StatusCode >= 400 && res.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d: Cache-Control %q", res.StatusCode, res.Header.Get("Cache-Control"))
		}
		if log := s.Log.Take(); strings.Contains(log, "panicked") || strings.Contains(log, session) {
			t.Fatalf("the log says %s", log)
		}
	})
}

// rowsOf are the answers of the table of guards (GRD-013) that an answer of a page
// for people who are signed in can be taken for; what is answered before any guard
// is one more. FUZ-F29, GRD-032
func rowsOf(r *http.Request, a fronttest.Answer) (rows []string) {
	var doc struct{ Code string }
	code := ""
	if json.Unmarshal([]byte(a.Body), &doc) == nil {
		code = doc.Code
	} else if m := codeOn.FindStringSubmatch(a.Body); m != nil {
		code = m[1]
	}
	to, _, _ := strings.Cut(a.Header.Get("Location"), "?")
	bare := r.Method == http.MethodHead && a.Body == ""
	for name, is := range map[string]bool{
		"passed":                       a.Status == 200 && (strings.HasPrefix(a.Body, "notes of ") || bare),
		"not signed in":                a.Status == 401 && (code == "unauthenticated" || code == "session_revoked" || bare) && a.Header.Get("WWW-Authenticate") != "",
		"not signed in, a navigation":  a.Status == 303 && to == "/auth/sign-in" && problem.IsNavigation(r),
		"a factor is missing":          a.Status == 401 && code == "factor_required",
		"a factor, a navigation":       a.Status == 303 && strings.HasPrefix(to, "/auth/factor/"),
		"a workflow waits":             a.Status == 403 && code == "workflow_pending",
		"a workflow, a navigation":     a.Status == 303 && to == "/auth/sign-up/sent",
		"unavailable":                  a.Status == 503 && (code == "unavailable" || bare),
		"two credentials":              a.Status == 400 && (code == "ambiguous_credentials" || code == "bad_request" || bare),
		"another host, before guards":  a.Status == 421 && (code == "misdirected" || bare),
		"another name of this machine": a.Status == 303 && r.Host != "localhost:8080" && strings.HasPrefix(to, "http://localhost:8080/"), // development
		"another origin, before them":  a.Status == 403 && (code == "csrf_failed" || code == "csrf_stale" || code == "forbidden" || bare),
		"too much, before them":        a.Status == 413 && code == "payload_too_large" || a.Status == 415 && code == "unsupported_media_type",
		"no such method or expectancy": a.Status == 405 && (code == "method_not_allowed" || bare) || a.Status == 406 || a.Status == 417,
		"the mux tidies the path":      a.Status == 301 || a.Status == 307 || a.Status == 404 && (code == "not_found" || bare),
	} {
		if is {
			rows = append(rows, name)
		}
	}
	slices.Sort(rows)
	return rows
}
