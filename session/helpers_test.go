package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
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
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

var t0 = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// testKey is a public key that every reader can compute: for tests alone.
func testKey(name string, s seal.State) seal.Key {
	m := sha256.Sum256([]byte("axess public test key: " + name))
	k := seal.Key{Master: seal.NewSecret(m[:]), State: s, Created: t0}
	return k
}

func testRing(t testing.TB, p seal.Purpose, keys ...seal.Key) *seal.Ring {
	t.Helper()
	r, err := seal.NewRing(p, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// hexBytes is a byte string in the vectors.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(b []byte) error {
	d, err := hex.DecodeString(string(b))
	*h = d
	return err
}

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

// rig is a manager on a store of its own, with everything a test looks at.
type rig struct {
	*Manager
	t     testing.TB
	db    *memStore
	fake  *clock.Fake
	src   entropy.Source
	rec   *metric.Recorder
	logs  *logtest.Buffer
	subj  identity.Subject
	keys  seal.Keys
	mu    sync.Mutex
	event []Event
	scan  *httpscan.Scanner // looks at every answer (ASR-009)
}

func newRig(t testing.TB, change ...func(*Config)) *rig {
	t.Helper()
	g := &rig{
		t: t, db: newMemStore(), fake: clock.NewFake(t0), src: entropy.Seeded(7), rec: &metric.Recorder{}, logs: &logtest.Buffer{},
		keys: seal.Keys{
			Cookie:  testRing(t, seal.Cookie, testKey("cookie-a", seal.Primary)),
			Session: testRing(t, seal.Session, testKey("session-a", seal.Primary)),
		},
	}
	g.subj = identity.Subject{Tenant: identity.NewTenantID(g.src), User: identity.NewUserID(g.src)}
	const bare = "the headers are another layer's (middleware/secure)"
	g.scan = httpscan.For(t, httpscan.Config{Except: []httpscan.Exception{
		{Rule: httpscan.NoSniff, Reason: bare}, {Rule: httpscan.CSP, Reason: bare}, {Rule: httpscan.HSTS, Reason: bare},
	}})
	g.Manager = g.manager(change...)
	return g
}

// manager makes another instance on the same store.
func (g *rig) manager(change ...func(*Config)) *Manager {
	g.t.Helper()
	cfg := Config{
		Store: g.db, Keys: g.keys, Clock: g.fake, Entropy: g.src, Metrics: g.rec, Outbox: memOutbox{m: g.db},
		Logger: slog.New(slog.NewJSONHandler(g.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Events: func(_ context.Context, e Event) []store.Row {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.event = append(g.event, e)
			return []store.Row{{ID: [16]byte{byte(e.Kind)}, Topic: store.TopicAudit}}
		},
	}
	for _, c := range change {
		c(&cfg)
	}
	m, err := New(cfg)
	if err != nil {
		g.t.Fatal(err)
	}
	return m
}

// browser keeps the one cookie, as a browser would.
type browser struct {
	g      *rig
	cookie string // "name=value", empty for none
	agent  string // User-Agent; testAgent unless given, noAgent for none
	// dress changes a request before it is sent.
	dress func(*http.Request)
	last  *http.Response
	body  string
}

// testAgent is the browser of tests that do not care.
const (
	testAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
	noAgent   = "none"
)

func (b *browser) ua() string {
	if b.agent == "" {
		return testAgent
	}
	return b.agent
}

func (g *rig) browser() *browser {
	return &browser{g: g}
}

// do runs one request whose handler is f.
func (b *browser) do(f func(w http.ResponseWriter, r *http.Request, s *Session)) *http.Response {
	return b.doOn(b.g.Manager, f)
}

func (b *browser) doOn(m *Manager, f func(w http.ResponseWriter, r *http.Request, s *Session)) *http.Response {
	b.g.t.Helper()
	return b.serve(m.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := From(r.Context())
		if err != nil {
			b.g.t.Error(err)
			return
		}
		f(w, r, s)
	})))
}

func (b *browser) serve(h http.Handler) *http.Response {
	b.g.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel() // as a server does when the handler has returned
	r := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
	r.Header.Set("User-Agent", b.ua())
	if b.agent == noAgent {
		r.Header.Del("User-Agent")
	}
	if b.cookie != "" {
		r.Header.Set("Cookie", b.cookie)
	}
	if b.dress != nil {
		b.dress(r)
	}
	w := httptest.NewRecorder()
	b.g.scan.Handler(h).ServeHTTP(w, r)
	b.last, b.body = w.Result(), w.Body.String()
	b.keep(b.last)
	return b.last
}

func (b *browser) keep(resp *http.Response) {
	for _, c := range resp.Cookies() {
		if c.Name != b.g.cookies.name {
			continue
		}
		if b.cookie = c.Name + "=" + c.Value; c.MaxAge < 0 {
			b.cookie = ""
		}
	}
}

// sets reports whether the last response set or cleared the cookie.
func (b *browser) sets() bool { return len(b.last.Header["Set-Cookie"]) > 0 }

// id is the secret id in the cookie.
func (b *browser) id() secretID {
	b.g.t.Helper()
	_, v, _ := strings.Cut(b.cookie, "=")
	h, err := b.g.cookies.verify(v)
	if err != nil {
		b.g.t.Fatalf("cookie %q: %v", b.cookie, err)
	}
	return h.id
}

func (b *browser) state() (st State) {
	b.g.t.Helper()
	b.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) { st = s.State() })
	return st
}

func (b *browser) view() (v View) {
	b.g.t.Helper()
	b.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) { v = s.View() })
	return v
}

// move makes one transition in a request of its own.
func (b *browser) move(ev machine.Event, c ...Commit) (err error) {
	b.g.t.Helper()
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		_, err = s.Transition(r.Context(), ev, append(c, Commit{})[0])
	})
	return err
}

func (b *browser) must(ev machine.Event, c ...Commit) {
	b.g.t.Helper()
	if err := b.move(ev, c...); err != nil {
		b.g.t.Fatal(err)
	}
}

// login is a login that was proven elsewhere, stamped with what holds now.
func (g *rig) login(s identity.Subject) machine.LoginData {
	g.db.mu.Lock()
	defer g.db.mu.Unlock()
	return machine.LoginData{
		Subject: s, AuthTime: g.now(), Origin: machine.OriginFactors, Login: identity.NewLoginID(g.src),
		Evidence: []identity.Evidence{{Kind: "password", At: g.now(), AMR: []string{"pwd"}, Class: identity.Knowledge}},
		Epochs:   g.db.now(s), Profile: machine.Profile{DisplayName: "Somebody", AuditHandle: [16]byte{1}},
	}
}

// flow is a beginning of password and then totp.
func (g *rig) flow(s identity.Subject) machine.FlowData {
	g.db.mu.Lock()
	defer g.db.mu.Unlock()
	return machine.FlowData{
		ID: machine.FlowID(entropy.Bytes16(g.src)), Subject: s, Method: "password+totp",
		Steps:    []identity.Step{identity.Required("password"), identity.Required("totp")},
		Deadline: g.now().Add(15 * time.Minute), Epochs: g.db.now(s),
	}
}

func (g *rig) evidence(k identity.Kind) identity.Evidence {
	return identity.Evidence{Kind: k, At: g.now(), AMR: []string{"otp"}, Class: identity.Possession}
}

// in is a browser that is signed in.
func (g *rig) in() *browser {
	g.t.Helper()
	b := g.browser()
	b.must(machine.Adopt{Login: g.login(g.subj)})
	if _, ok := b.state().(Authenticated); !ok {
		g.t.Fatal("not signed in")
	}
	return b
}

func (g *rig) other() identity.Subject {
	return identity.Subject{Tenant: identity.NewTenantID(g.src), User: identity.NewUserID(g.src)}
}
