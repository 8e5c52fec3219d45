package csrf_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/middleware/csrf"
	"github.com/axess-go/axess/seal"
)

// CSR-032: whatever a well-behaved browser does, one thing after the other, no
// post from a page that it has just loaded is refused. Keys rotate and sessions
// run out meanwhile (CSR-034).
func TestProperty_no_honest_post_is_refused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		spaMode := rapid.Bool().Draw(rt, "spa")
		g := setup(t, func(c *csrf.Config) {
			if spaMode {
				c.Mode = csrf.SPA
			}
		})
		b := g.browser()
		old, key := "", 0
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			switch step := rapid.SampledFrom([]string{"get", "plain", "static", "do", "login", "rotate", "logout", "age", "key"}).Draw(rt, "step"); step {
			case "get":
				b.get("/form")
			case "plain", "static":
				b.get("/" + step)
			case "age":
				g.fake.Advance(time.Duration(rapid.IntRange(1, 100).Draw(rt, "hours")) * time.Hour)
				b.get("/plain")
			case "key":
				name := string(rune('a' + key%20))
				keys := []seal.Key{testKey("next-"+name, seal.Primary)}
				if old == "" {
					keys = append(keys, testKey("cookie-a", seal.Retiring))
				} else {
					keys = append(keys, testKey(old, seal.Retiring))
				}
				keys[1].NotAfter = g.fake.Now().AddDate(1, 0, 0)
				// One previous key, and a visit under the new one before the next.
				if err := g.keys.Cookie.Replace(ring(t, seal.Cookie, keys...)); err != nil {
					rt.Fatal(err)
				}
				old = "next-" + name
				key++
				b.get("/plain")
			default:
				b.visit(spaMode)
				if step == "rotate" && !b.signedIn() {
					continue
				}
				if !spaMode {
					b.visit(spaMode) // asking who it is was a post of its own
				}
				path := "/" + step
				var got *http.Response
				if spaMode {
					r := httptest.NewRequest("POST", host+path, nil)
					r.Header.Set("Sec-Fetch-Site", "same-origin")
					r.Header.Set("X-CSRF-Token", b.cookies[csrfCookie])
					got = b.send(r)
				} else {
					got = b.post(path)
				}
				if got.StatusCode >= 400 {
					rt.Fatalf("%s: %s %s", step, got.Status, b.body)
				}
			}
		}
	})
}

// visit loads the page that the next post comes from. A script that still has
// its cookie needs none.
func (b *browser) visit(spaMode bool) {
	if !spaMode {
		b.get("/form")
		return
	}
	if b.cookies[csrfCookie] == "" || b.cookies[sessionCookie] == "" {
		b.get("/csrf")
	}
}

func (b *browser) signedIn() bool {
	r := httptest.NewRequest("POST", host+"/who", nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("X-CSRF-Token", b.cookies[csrfCookie])
	if got := b.send(r); got.StatusCode != http.StatusOK {
		b.g.t.Error("refused:", got.Status, b.body)
	}
	return b.body == "in"
}

// CSR-033: an attacker can make the browser send any request, cannot read the
// answers, cannot choose what the browser says of itself, and can set cookies
// from a sibling domain. Nothing unsafe runs.
func TestProperty_no_attacker_reaches_an_unsafe_handler(t *testing.T) {
	t.Parallel()
	g := setup(t)
	victim, attacker := g.in(), g.in()
	rapid.Check(t, func(rt *rapid.T) {
		before := g.unsafeRuns()
		token := rapid.SampledFrom([]string{"", "x", attacker.token, attacker.cookies[csrfCookie], strings.Repeat("A", 87), strings.Repeat("A", 174)})
		r := victim.form("/do", token.Draw(rt, "field"))
		r.Method = rapid.SampledFrom([]string{"POST", "PUT", "DELETE", "PATCH", "FROB", "post"}).Draw(rt, "method")
		if rapid.Bool().Draw(rt, "other type") {
			r.Header.Set("Content-Type", rapid.SampledFrom([]string{"text/plain", "multipart/form-data; boundary=x", "application/json"}).Draw(rt, "type"))
		}
		if rapid.Bool().Draw(rt, "with header") {
			r.Header.Set("X-CSRF-Token", token.Draw(rt, "header"))
		}
		r.Header.Del("Sec-Fetch-Site")
		r.Header.Del("Origin")
		if site := rapid.SampledFrom([]string{"", "cross-site", "same-site"}).Draw(rt, "site"); site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		origin := rapid.SampledFrom([]string{"", "null", "https://evil.example", "https://blog.app.example", "http://app.example"}).Draw(rt, "origin")
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		// The victim's own cookies, in any order with tossed ones. A __Host- cookie
		// can not be tossed: this is the case where that fails.
		pairs := []string{sessionCookie + "=" + victim.cookies[sessionCookie]}
		if rapid.Bool().Draw(rt, "own cookie") {
			pairs = append(pairs, csrfCookie+"="+victim.cookies[csrfCookie])
		}
		for range rapid.IntRange(0, 2).Draw(rt, "tossed") {
			pairs = append(pairs, csrfCookie+"="+token.Draw(rt, "cookie"))
		}
		pairs = rapid.Permutation(pairs).Draw(rt, "order")
		r.Header["Cookie"] = []string{strings.Join(pairs, "; ")}
		g.ServeHTTP(httptest.NewRecorder(), r)
		if g.unsafeRuns() != before {
			rt.Fatalf("it ran: %v", r.Header)
		}
	})
	if got := victim.post("/do"); got.StatusCode != http.StatusNoContent {
		t.Error("and the victim is locked out:", got.Status)
	}
}
