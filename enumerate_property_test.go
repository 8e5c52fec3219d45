package axess_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/internal/draws"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/store"
)

// elsewhere is an address with an account in another tenant alone.
const elsewhere = "other@example.org"

// world is a site as somebody sees it who has proved nothing: two browsers of two
// networks, and what each request led to.
type world struct {
	*twoTenants
	browsers []*fronttest.Browser
	hashes   uint64
}

func newWorld(t *testing.T, options ...func(*axess.Config)) *world {
	t.Helper()
	return &world{twoTenants: newTwoTenants(t, options...)}
}

// opens is when the strangers come: hours after whatever made the world what it is.
func (w *world) opens() {
	w.Clock.Advance(2 * time.Hour)
	for _, addr := range []string{"127.0.0.2:1", "127.0.0.3:1"} {
		b := w.Browser()
		b.Addr = addr
		w.browsers = append(w.browsers, b)
	}
	w.Ports.Take()
	w.Ports.TakeRows(store.TopicAudit)
	w.hashes = axess.Hashes(w.Auth)
}

// sees makes one request and says all that can be known of it.
func (w *world) sees(q request) string {
	b := w.browsers[q.browser]
	before := maps.Clone(b.Cookies)
	if q.method == "POST" && b.Cookies[b.Cookie("-csrf")] == "" {
		b.Get("/auth/sign-in")
	}
	a := b.Send(b.Request(q.method, q.path, q.form))
	calls := slices.DeleteFunc(w.Ports.Take(), func(c string) bool {
		return strings.HasPrefix(c, "outbox.") || c == "session.Kids" // of background jobs
	})
	was := w.hashes
	w.hashes = axess.Hashes(w.Auth)
	return fmt.Sprintf("%d %s %s %v\n%s\n%s\ncalls %v, events %d, hashes %d, cookies %v", a.Status, q.method, q.path, q.form,
		headers(a, q.about), masked(a.Body, q.about), calls, w.Ports.TakeRows(store.TopicAudit), w.hashes-was, shapes(before, b.Cookies))
}

// request is what a stranger asks.
type request struct {
	browser      int
	method, path string
	form         fronttest.Form
	about        string // the address that it names, which a page may repeat
	times        int    // in a row
}

// strangers are the requests of those who have proved nothing, about an address, one
// that nobody has, and text that is none. Their passwords and codes are nobody's.
func strangers(who string) *rapid.Generator[request] {
	return rapid.Custom(func(rt *rapid.T) request {
		of := func(options ...string) string { return rapid.SampledFrom(options).Draw(rt, "of") }
		q := request{browser: rapid.IntRange(0, 1).Draw(rt, "browser"), about: who, method: "POST", times: 1}
		name := func() string { return of(who, who, who, strings.ToUpper(who), "nobody@example.org", "no@@body", "") }
		password := func() string { return of("a wrong password altogether", "mallory chose this one", "short", "") }
		code := func() string { return of("123456", "000000", "12345678", "not a code", "") }
		switch rapid.IntRange(0, 11).Draw(rt, "what") {
		case 0, 1:
			q.path, q.form = "/auth/sign-in", fronttest.Form{"identifier": name(), "password": password()}
			q.times = rapid.SampledFrom([]int{1, 1, 3, 6}).Draw(rt, "times")
		case 2:
			q.path, q.form = "/auth/sign-in", fronttest.Form{"identifier": name()}
		case 3, 4:
			q.path, q.form = "/auth/factor/password", fronttest.Form{"password": password()}
		case 5:
			q.path, q.form = of("/auth/factor/totp", "/auth/factor/email_otp", "/auth/factor/password"), fronttest.Form{"code": code()}
		case 6:
			q.path, q.form = "/auth/sign-up", fronttest.Form{"email": name(), "name": "Mallory", "password": of("mallory chose this one", "short")}
		case 7:
			q.path, q.form = "/auth/verify", rapid.SampledFrom([]fronttest.Form{nil, {"password": "mallory chose this one"}, {"code": "123456"}}).Draw(rt, "form")
		case 8:
			q.path, q.form = "/auth/reset", fronttest.Form{"identifier": name()}
		case 9:
			q.path, q.form = of("/auth/reset/new", "/auth/rebind", "/auth/address", "/auth/undo", "/auth/activate"),
				fronttest.Form{"email": who, "name": "Mallory", "password": "mallory chose this one", "code": "123456"}
		case 10:
			q.path, q.form = of("/auth/sign-out", "/auth/account", "/auth/account/password"), fronttest.Form{}
		case 11:
			q.method, q.path = "GET", of("/auth/sign-in", "/auth/sign-up", "/auth/sign-up/sent", "/auth/verify", "/auth/reset", "/auth/reset/sent",
				"/auth/reset/new", "/auth/factor/password", "/auth/factor/totp", "/auth/account", "/auth/activate", "/notes",
				"/auth/verify?token=nonsense", "/auth/reset/new?token="+strings.Repeat("A", 48), "/auth/undo?token="+strings.Repeat("A", 64))
		}
		return q
	})
}

// AUN-I1, AUN-I2, AUN-I11, AUN-I18, AUN-030, AUN-033, FUZ-063: two worlds that differ
// in one thing, what is stored under one address, answer whatever strangers ask, in
// any order, from two networks and at any time, with the same bytes, the same cookies,
// the same calls of the stores, the same hashes and the same number of events.
func TestStrangers_learn_nothing_in_any_order(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		oneIn   int
		options func(t *testing.T) []func(*axess.Config)
	}{
		"memory": {5, func(*testing.T) []func(*axess.Config) { return nil }},
		"two factors": {20, func(*testing.T) []func(*axess.Config) {
			return []func(*axess.Config){func(c *axess.Config) { c.Methods = authn.MFAMethods() }}
		}},
		"sqlite": {25, func(t *testing.T) []func(*axess.Config) {
			return []func(*axess.Config){func(c *axess.Config) { c.Stores = openFile(t, filepath.Join(t.TempDir(), "app.db")).Stores() }}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verdicts := map[string]bool{}
			draws.OneIn(t, tc.oneIn, func(rt *rapid.T) {
				who := rapid.SampledFrom(append(classes()[1:], elsewhere)).Draw(rt, "fact")
				empty, other := newWorld(t, tc.options(t)...), newWorld(t, tc.options(t)...)
				if who == elsewhere {
					other.joins(acmeOrigin, who, "Somebody")
				} else {
					prepare(t, other.Site, who)
				}
				empty.opens()
				other.opens()
				for i, q := range rapid.SliceOfN(strangers(who), 8, 24).Draw(rt, "requests") {
					for range q.times {
						want, got := empty.sees(q), other.sees(q)
						if want != got {
							rt.Fatalf("%s: request %d tells it from nobody: %s", who, i, apart(got, want))
						}
						verdicts[want[:3]+" "+q.path] = true
					}
					wait := rapid.SampledFrom([]time.Duration{0, 0, 0, time.Second, 40 * time.Second, 16 * time.Minute, time.Hour}).Draw(rt, "wait")
					empty.Clock.Advance(wait)
					other.Clock.Advance(wait)
				}
			})
			for _, status := range []string{"303", "401", "422", "429"} {
				if name == "memory" && !slices.ContainsFunc(slices.Collect(maps.Keys(verdicts)), func(v string) bool { return strings.HasPrefix(v, status) }) {
					t.Errorf("no answer was %s: %v", status, slices.Sorted(maps.Keys(verdicts)))
				}
			}
		})
	}
}
