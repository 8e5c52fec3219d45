package axesstest

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
)

// The jar keeps and gives what browsers keep and give (RFC 6265bis §5).
func TestJar(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from, cookie, to string
		cross, top       bool
		later            time.Duration
		want             bool
	}{
		"same host":                  {"https://a.example", "n=v", "https://a.example/x", false, false, 0, true},
		"other host":                 {"https://a.example", "n=v", "https://b.example/x", false, false, 0, false},
		"subdomain, host only":       {"https://example.org", "n=v", "https://a.example.org/", false, false, 0, false},
		"subdomain":                  {"https://example.org", "n=v; Domain=example.org", "https://a.example.org/", false, false, 0, true},
		"for its parent":             {"https://a.example.org", "n=v; Domain=.example.org", "https://b.example.org/", false, false, 0, true},
		"for a public suffix":        {"https://a.co.uk", "n=v; Domain=co.uk", "https://b.co.uk/", false, false, 0, false},
		"for somebody else":          {"https://a.example.org", "n=v; Domain=b.example.org", "https://b.example.org/", false, false, 0, false},
		"host prefix":                {"https://a.example", "__Host-n=v; Secure; Path=/", "https://a.example/x", false, false, 0, true},
		"host prefix, domain":        {"https://a.example.org", "__Host-n=v; Secure; Path=/; Domain=example.org", "https://a.example.org/", false, false, 0, false},
		"host prefix, path":          {"https://a.example", "__host-n=v; Secure; Path=/x", "https://a.example/x", false, false, 0, false},
		"host prefix, not secure":    {"https://a.example", "__Host-n=v; Path=/", "https://a.example/x", false, false, 0, false},
		"secure prefix":              {"https://a.example", "__Secure-n=v; Secure", "https://a.example/x", false, false, 0, true},
		"secure prefix, not secure":  {"https://a.example", "__Secure-n=v", "https://a.example/x", false, false, 0, false},
		"secure from http":           {"http://a.example", "n=v; Secure", "https://a.example/x", false, false, 0, false},
		"secure to http":             {"https://a.example", "n=v; Secure", "http://a.example/x", false, false, 0, false},
		"path":                       {"https://a.example", "n=v; Path=/x", "https://a.example/x/y", false, false, 0, true},
		"path itself":                {"https://a.example", "n=v; Path=/x", "https://a.example/x", false, false, 0, true},
		"path beside":                {"https://a.example", "n=v; Path=/x", "https://a.example/xy", false, false, 0, false},
		"path of the page":           {"https://a.example/p/q", "n=v", "https://a.example/p/r", false, false, 0, true},
		"path above the page":        {"https://a.example/p/q", "n=v", "https://a.example/", false, false, 0, false},
		"lax, another site's post":   {"https://a.example", "n=v; SameSite=Lax", "https://a.example/", true, false, 0, false},
		"lax, another site's link":   {"https://a.example", "n=v; SameSite=Lax", "https://a.example/", true, true, 0, true},
		"nothing said, post":         {"https://a.example", "n=v", "https://a.example/", true, false, 0, false},
		"strict, link":               {"https://a.example", "n=v; SameSite=Strict", "https://a.example/", true, true, 0, false},
		"none, post":                 {"https://a.example", "n=v; SameSite=None; Secure", "https://a.example/", true, false, 0, true},
		"kept":                       {"https://a.example", "n=v; Max-Age=60", "https://a.example/", false, false, 59 * time.Second, true},
		"run out":                    {"https://a.example", "n=v; Max-Age=60", "https://a.example/", false, false, 60 * time.Second, false},
		"run out by date":            {"https://a.example", "n=v; Expires=Thu, 01 Jan 2026 00:00:30 GMT", "https://a.example/", false, false, 31 * time.Second, false},
		"dropped at once":            {"https://a.example", "n=v; Max-Age=0", "https://a.example/", false, false, 0, false},
		"for the rest of the window": {"https://a.example", "n=v", "https://a.example/", false, false, 1e6 * time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := clock.NewFake(start)
			j := newJar(fake)
			from, err := url.Parse(c.from)
			if err != nil {
				t.Fatal(err)
			}
			to, err := url.Parse(c.to)
			if err != nil {
				t.Fatal(err)
			}
			ck, err := http.ParseSetCookie(c.cookie)
			if err != nil {
				t.Fatal(err)
			}
			j.put(from, ck)
			fake.Advance(c.later)
			if got := len(j.give(to, c.cross, c.top)) == 1; got != c.want {
				t.Errorf("given: %v, want %v", got, c.want)
			}
			if n := len(j.clone().give(to, c.cross, c.top)); (n == 1) != c.want {
				t.Errorf("the copy gives %d", n)
			}
		})
	}
}

// What a browser says of where a request comes from (Fetch Metadata).
func TestRelation(t *testing.T) {
	t.Parallel()
	to, err := url.Parse("https://app.example.com/x")
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]string{
		"": "none", "https://app.example.com": "same-origin", "https://APP.example.com": "same-origin",
		"https://blog.example.com": "same-site", "https://app.example.com:8443": "same-site",
		"http://app.example.com": "cross-site", "https://evil.example": "cross-site", "null": "cross-site", "%zz": "cross-site",
	} {
		if got := relation(from, to); got != want {
			t.Errorf("%s: %s, want %s", from, got, want)
		}
	}
}

// RFC 6238, appendix B: the last six of the eight digits.
func TestTOTP_vectors(t *testing.T) {
	t.Parallel()
	const key = "GEZD GNBV GY3T QOJQ gezd gnbv gy3t qojq" // "12345678901234567890"
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471",
		1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got, err := TOTP(key, time.Unix(at, 0)); err != nil || got != want {
			t.Errorf("at %d: %s, %v; want %s", at, got, err, want)
		}
	}
	if _, err := TOTP("not base32 1", time.Unix(0, 0)); err == nil {
		t.Error("accepted a key that is none")
	}
}

func TestSample_paths(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"/": "GET /", "GET /notes": "GET /notes", "DELETE /notes/{id}": "DELETE /notes/1", "POST host/a/{x}/{rest...}": "POST /a/1/1", "GET /{$}": "GET /",
	} {
		if method, path := sample(pattern); method+" "+path != want {
			t.Errorf("%s: %s %s, want %s", pattern, method, path, want)
		}
	}
}
