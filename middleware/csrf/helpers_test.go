package csrf_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/axesstest/httpscan"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/logtest"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/middleware/csrf"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
)

var t0 = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

const (
	sessionCookie = "__Host-axess"
	csrfCookie    = "__Host-axess-csrf"
	host          = "https://app.example"
)

// testKey is a public key that every reader can compute: for tests alone.
func testKey(name string, s seal.State) seal.Key {
	m := sha256.Sum256([]byte("axess public test key: " + name))
	k := seal.Key{Master: seal.NewSecret(m[:]), State: s, Created: t0}
	if s == seal.Retiring {
		k.NotAfter = t0.AddDate(1, 0, 0)
	}
	return k
}

func ring(t testing.TB, p seal.Purpose, keys ...seal.Key) *seal.Ring {
	t.Helper()
	r, err := seal.NewRing(p, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// site is the whole chain over the real session layer, with the pages that a
// test needs.
type site struct {
	t     testing.TB
	keys  seal.Keys
	src   entropy.Source
	fake  *clock.Fake
	db    *faulty
	m     *session.Manager
	p     *csrf.Protection
	rec   *metric.Recorder
	logs  *logtest.Buffer
	mu    sync.Mutex
	heard []csrf.Event
	ran   int // unsafe handlers
	body  string
	mux   *http.ServeMux
	scan  *httpscan.Scanner // looks at every answer (ASR-009)
	http.Handler
}

// faulty is the store with switches.
type faulty struct {
	session.Store
	mu         sync.Mutex
	down, full bool // for reading, for writing
}

func (f *faulty) set(to func(*faulty)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	to(f)
}

func (f *faulty) Update(ctx context.Context, rec session.Record, prev uint64, now time.Time) error {
	f.mu.Lock()
	full := f.full
	f.mu.Unlock()
	if full {
		return errors.New("full")
	}
	return f.Store.Update(ctx, rec, prev, now)
}

func (f *faulty) Load(ctx context.Context, ref session.Ref, now time.Time) (session.Record, session.Current, error) {
	f.mu.Lock()
	down := f.down
	f.mu.Unlock()
	if down {
		return session.Record{}, session.Current{}, errors.New("down")
	}
	return f.Store.Load(ctx, ref, now)
}

func setup(t testing.TB, change ...func(*csrf.Config)) *site {
	t.Helper()
	g := &site{
		t: t, src: entropy.Seeded(7), fake: clock.NewFake(t0), rec: &metric.Recorder{}, logs: &logtest.Buffer{},
		keys: seal.Keys{
			Cookie:  ring(t, seal.Cookie, testKey("cookie-a", seal.Primary)),
			Session: ring(t, seal.Session, testKey("session-a", seal.Primary)),
		},
		db: &faulty{Store: memory.New(memory.Config{}).Stores().Session},
	}
	const bare = "the headers are another layer's (middleware/secure)"
	g.scan = httpscan.For(t, httpscan.Config{
		ScriptCookies: []string{csrfCookie}, // as a single-page program has it (csrf.SPA)
		Except: []httpscan.Exception{
			{Rule: httpscan.NoSniff, Reason: bare}, {Rule: httpscan.CSP, Reason: bare}, {Rule: httpscan.HSTS, Reason: bare},
		},
	})
	log := slog.New(slog.NewJSONHandler(g.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg := csrf.Config{
		Keys: g.keys, Entropy: g.src, Metrics: g.rec, Logger: log,
		Events: func(_ context.Context, e csrf.Event) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.heard = append(g.heard, e)
		},
	}
	for _, c := range change {
		c(&cfg)
	}
	var err error
	if g.p, err = csrf.New(cfg); err != nil {
		t.Fatal(err)
	}
	g.m, err = session.New(session.Config{
		Store: g.db, Keys: g.keys, Clock: g.fake, Entropy: g.src, Logger: log,
		Cookie: session.CookieConfig{InsecureHTTP: cfg.InsecureHTTP},
	})
	if err != nil {
		t.Fatal(err)
	}
	g.mux = http.NewServeMux()
	g.pages()
	g.Handler = g.p.Origin(g.m.Wrap(g.p.Token(g.mux)))
	return g
}

// changed is what an unsafe handler does first: it is what no attacker may
// reach.
func (g *site) changed(r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ran++
	g.body = string(b)
}

func (g *site) unsafeRuns() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ran
}

func (g *site) events() []csrf.Event {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]csrf.Event(nil), g.heard...)
}

func (g *site) pages() {
	g.mux.HandleFunc("/form", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			g.changed(r)
		}
		_, _ = io.WriteString(w, "<form method=post>"+string(csrf.Field(r.Context()))+"</form>")
	})
	g.mux.HandleFunc("GET /csrf", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, csrf.Token(r.Context()))
	})
	g.mux.HandleFunc("GET /static", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		_, _ = io.WriteString(w, "static")
	})
	g.mux.HandleFunc("GET /plain", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "plain") })
	g.mux.HandleFunc("POST /do", func(w http.ResponseWriter, r *http.Request) {
		g.changed(r)
		w.WriteHeader(http.StatusNoContent)
	})
	g.mux.HandleFunc("POST /who", func(w http.ResponseWriter, r *http.Request) {
		g.changed(r)
		s, err := session.From(r.Context())
		if err != nil {
			g.t.Error(err)
			return
		}
		if session.IsAuthenticated(s.State()) {
			_, _ = io.WriteString(w, "in")
			return
		}
		_, _ = io.WriteString(w, "guest")
	})
	move := func(do func(r *http.Request, s *session.Session) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			g.changed(r)
			s, err := session.From(r.Context())
			if err == nil {
				err = do(r, s)
			}
			if err != nil {
				g.t.Error(r.URL.Path, err)
			}
			http.Redirect(w, r, "/form", http.StatusSeeOther)
		}
	}
	login := func(r *http.Request, s *session.Session) error {
		if session.IsAuthenticated(s.State()) {
			return s.Rotate(r.Context())
		}
		_, err := s.Transition(r.Context(), machine.Adopt{Login: g.login()}, session.Commit{})
		return err
	}
	rotate := func(r *http.Request, s *session.Session) error { return s.Rotate(r.Context()) }
	g.mux.Handle("POST /login", move(login))
	g.mux.Handle("POST /rotate", move(rotate))
	g.mux.Handle("POST /logout", move(func(r *http.Request, s *session.Session) error { return s.Logout(r.Context()) }))
	// Pages that do it the wrong way: a token before and after, in one answer.
	g.mux.HandleFunc("POST /login-inline", func(w http.ResponseWriter, r *http.Request) {
		s, err := session.From(r.Context())
		if err != nil {
			g.t.Error(err)
			return
		}
		before := csrf.Token(r.Context())
		if err := login(r, s); err != nil {
			g.t.Error(err)
		}
		_, _ = io.WriteString(w, before+" "+csrf.Token(r.Context()))
	})
	g.mux.HandleFunc("POST /login-before", func(w http.ResponseWriter, r *http.Request) {
		s, _ := session.From(r.Context())
		before := csrf.Token(r.Context())
		if err := login(r, s); err != nil {
			g.t.Error(err)
		}
		_, _ = io.WriteString(w, before)
	})
}

// login is a login that was proven elsewhere.
func (g *site) login() machine.LoginData {
	return machine.LoginData{
		Subject:  identity.Subject{Tenant: identity.NewTenantID(g.src), User: identity.NewUserID(g.src)},
		AuthTime: g.fake.Now(), Origin: machine.OriginFactors, Login: identity.NewLoginID(g.src),
		Evidence: []identity.Evidence{{Kind: "password", At: g.fake.Now(), AMR: []string{"pwd"}, Class: identity.Knowledge}},
		Profile:  machine.Profile{DisplayName: "Somebody", AuditHandle: [16]byte{1}},
	}
}

// browser behaves: it keeps cookies, names where requests come from, and shows
// the tokens of the page it is on.
type browser struct {
	g       *site
	cookies map[string]string
	token   string // of the form on the page shown
	last    *http.Response
	body    string
}

func (g *site) browser() *browser { return &browser{g: g, cookies: map[string]string{}} }

// send sends a request as it is, with the browser's cookies, and keeps what
// comes back.
func (b *browser) send(r *http.Request) *http.Response {
	b.g.t.Helper()
	for _, name := range []string{sessionCookie, csrfCookie, "axess-dev", "axess-dev-csrf"} {
		if v, ok := b.cookies[name]; ok {
			r.Header["Cookie"] = append(r.Header["Cookie"], name+"="+v) // each in a line of its own
		}
	}
	w := httptest.NewRecorder()
	b.g.scan.Handler(b.g).ServeHTTP(w, r)
	b.last, b.body = w.Result(), w.Body.String()
	for _, c := range b.last.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	if t := formToken(b.body); t != "" {
		b.token = t
	}
	return b.last
}

func (b *browser) get(path string) *http.Response {
	b.g.t.Helper()
	r := httptest.NewRequest(http.MethodGet, host+path, nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Accept", "text/html")
	return b.send(r)
}

// post submits the form of the page shown.
func (b *browser) post(path string) *http.Response {
	b.g.t.Helper()
	return b.send(b.form(path, b.token))
}

func (b *browser) form(path, token string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, host+path, strings.NewReader(url.Values{"_csrf": {token}, "a": {"1 2"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Origin", host)
	return r
}

// in is a browser that is signed in and on a page with a form.
func (g *site) in() *browser {
	g.t.Helper()
	b := g.browser()
	b.get("/form")
	if got := b.post("/login"); got.StatusCode != http.StatusSeeOther {
		g.t.Fatal(got.Status, b.body)
	}
	b.get("/form")
	return b
}

func formToken(body string) string {
	_, rest, ok := strings.Cut(body, `name="_csrf" value="`)
	if !ok {
		return ""
	}
	v, _, _ := strings.Cut(rest, `"`)
	return v
}

// refused checks that the answer is the refusal with this code, and says no
// more.
func (b *browser) refused(code string) {
	b.g.t.Helper()
	if b.last.StatusCode != http.StatusForbidden || !strings.Contains(b.body, `"code":"`+code+`"`) {
		b.g.t.Errorf("got %s %s, want 403 %s", b.last.Status, b.body, code)
	}
}

func (b *browser) sets(name string) (value string, ok bool) {
	for _, c := range b.last.Cookies() {
		if c.Name == name {
			return c.Value, true
		}
	}
	return "", false
}
