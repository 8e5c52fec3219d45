package requestid_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/middleware/requestid"
)

var (
	start = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	uuid7 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
)

func setup(t testing.TB, accept requestid.Accept) *requestid.Layer {
	t.Helper()
	proxies, err := clientip.New(clientip.Config{Trusted: []string{"10.0.0.0/8"}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := requestid.New(requestid.Config{Clock: clock.NewFake(start), Entropy: entropy.Seeded(1), Accept: accept, Proxies: proxies})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// ask runs one request through h and returns the id seen inside and the ids on
// the response.
func ask(wrap func(http.Handler) http.Handler, peer string, inbound ...string) (string, []string) {
	var inside string
	rec := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = peer
	if inbound != nil {
		r.Header[requestid.Header] = inbound
	}
	wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inside = requestid.From(r.Context())
		w.Header().Set(requestid.Header, "handler-attempt")
		w.WriteHeader(http.StatusNoContent)
	})).ServeHTTP(rec, r)
	return inside, rec.Result().Header[requestid.Header]
}

func ExampleNew() {
	ids, err := requestid.New(requestid.Config{Clock: clock.NewFake(start), Entropy: entropy.Seeded(1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := ids.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(len(requestid.From(r.Context())))
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	// Output: 36
}

// MID-030
func TestID(t *testing.T) {
	t.Parallel()
	l := setup(t, requestid.TrustedPeers)
	a, sent := ask(l.Wrap, "198.51.100.1:1")
	b, _ := ask(l.Wrap, "198.51.100.1:1")
	if !uuid7.MatchString(a) || a == b || fmt.Sprint(sent) != "["+a+"]" {
		t.Errorf("ids %q, %q, sent %q", a, b, sent)
	}
	if want := fmt.Sprintf("%012x", start.UnixMilli()); strings.ReplaceAll(a, "-", "")[:12] != want {
		t.Errorf("id %s does not carry the injected time %s", a, want)
	}
	if again, _ := ask(setup(t, requestid.TrustedPeers).Wrap, "198.51.100.1:1"); again != a {
		t.Errorf("same clock and seed gave %s and %s", a, again)
	}
	if got := requestid.From(httptest.NewRequest(http.MethodGet, "/", nil).Context()); got != "" {
		t.Errorf("without the layer: %q", got)
	}
}

// MID-031
func TestInbound(t *testing.T) {
	t.Parallel()
	const stranger, proxy, good = "198.51.100.1:1", "10.0.0.2:1", "Edge-1.2_3"
	for _, c := range []struct {
		name    string
		accept  requestid.Accept
		peer    string
		inbound []string
		kept    bool
	}{
		{"stranger", requestid.TrustedPeers, stranger, []string{good}, false},
		{"trusted proxy", requestid.TrustedPeers, proxy, []string{good}, true},
		{"never", requestid.Never, proxy, []string{good}, false},
		{"always", requestid.Always, stranger, []string{good}, true},
		{"8 characters", requestid.Always, stranger, []string{"12345678"}, true},
		{"64 characters", requestid.Always, stranger, []string{strings.Repeat("a", 64)}, true},
		{"7 characters", requestid.Always, stranger, []string{"1234567"}, false},
		{"65 characters", requestid.Always, stranger, []string{strings.Repeat("a", 65)}, false},
		{"space", requestid.Always, stranger, []string{"12345678 9"}, false},
		{"line break", requestid.Always, stranger, []string{"12345678\r\nX: 1"}, false},
		{"markup", requestid.Always, stranger, []string{"<script>123"}, false},
		{"other script", requestid.Always, stranger, []string{"１２３４５６７８"}, false},
		{"two lines", requestid.Always, stranger, []string{good, good}, false},
		{"empty", requestid.Always, stranger, []string{""}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			id, sent := ask(setup(t, c.accept).Wrap, c.peer, c.inbound...)
			if kept := id == c.inbound[0]; kept != c.kept || !kept && !uuid7.MatchString(id) || fmt.Sprint(sent) != "["+id+"]" {
				t.Errorf("id %q, sent %q, kept want %t", id, sent, c.kept)
			}
		})
	}
	t.Run("a client address layer further out decides too", func(t *testing.T) {
		t.Parallel()
		proxies, _ := clientip.New(clientip.Config{Trusted: []string{"192.0.2.0/24"}})
		l, err := requestid.New(requestid.Config{Clock: clock.NewFake(start), Entropy: entropy.Seeded(1)})
		if err != nil {
			t.Fatal(err)
		}
		chain := func(h http.Handler) http.Handler { return proxies.Wrap(l.Wrap(h)) }
		if id, _ := ask(chain, "192.0.2.1:1", good); id != good {
			t.Errorf("proxy's id became %q", id)
		}
		if id, _ := ask(chain, proxy, good); id == good {
			t.Error("a stranger's id was kept")
		}
	})
}

// MID-002, MID-032, MID-081: one id, mounted twice or not, and the problem
// document shows it.
func TestOneID(t *testing.T) {
	t.Parallel()
	l, other := setup(t, requestid.TrustedPeers), setup(t, requestid.Always)
	var inside string
	h := problem.Recover(l.Wrap(other.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inside = requestid.From(r.Context())
		problem.Write(w, r, problem.NotFound)
	}))))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set(requestid.Header, "stranger-1")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	var doc struct {
		RequestID string `json:"request_id"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if sent := rec.Result().Header[requestid.Header]; !uuid7.MatchString(inside) || doc.RequestID != inside || len(sent) != 1 || sent[0] != inside {
		t.Errorf("inside %q, document %q, sent %q", inside, doc.RequestID, sent)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	clk, src := clock.NewFake(start), entropy.Seeded(1)
	for field, cfg := range map[string]requestid.Config{
		"Clock":   {Entropy: src},
		"Entropy": {Clock: clk},
		"Accept":  {Clock: clk, Entropy: src, Accept: 9},
	} {
		if _, err := requestid.New(cfg); !errors.Is(err, requestid.ErrConfig) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// FUZ-F07, MID-083: whatever stands in the header, the id is plain and short.
func FuzzInbound(f *testing.F) {
	f.Add("12345678")
	f.Add("a\r\nb")
	l := setup(f, requestid.Always)
	grammar := regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)
	f.Fuzz(func(t *testing.T, s string) {
		id, sent := ask(l.Wrap, "198.51.100.1:1", s)
		if strings.ContainsAny(id, "\r\n") || !grammar.MatchString(id) || len(sent) != 1 || sent[0] != id {
			t.Fatalf("%q became %q, sent %q", s, id, sent)
		}
		if kept := id == s; kept != (grammar.MatchString(s) && !strings.HasSuffix(s, "\n")) {
			t.Fatalf("%q kept %t", s, kept)
		}
	})
}
