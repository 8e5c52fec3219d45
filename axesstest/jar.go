package axesstest

import (
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/axess-go/axess/clock"
)

// jar keeps cookies as browsers do (RFC 6265bis §5), by the kit's clock: prefixes
// bind, hosts set no cookies for others, Secure ones stay off plain http.
type jar struct {
	clock clock.Clock

	mu      sync.Mutex
	cookies []kept // oldest first
}

type kept struct {
	name, value, domain, path string
	host, secure              bool // only for this very host; only on https
	sameSite                  http.SameSite
	until                     time.Time // zero: until the browser is closed
}

func newJar(c clock.Clock) *jar { return &jar{clock: c} }

func (j *jar) clone() *jar {
	j.mu.Lock()
	defer j.mu.Unlock()
	return &jar{clock: j.clock, cookies: slices.Clone(j.cookies)}
}

// put keeps, replaces or drops a cookie. It reports whether a browser would have
// taken it.
func (j *jar) put(from *url.URL, c *http.Cookie) bool {
	https := from.Scheme == "https"
	k := kept{
		name: c.Name, value: c.Value, domain: strings.ToLower(from.Hostname()), path: c.Path,
		host: c.Domain == "", secure: c.Secure, sameSite: c.SameSite,
	}
	if d := strings.TrimPrefix(strings.ToLower(c.Domain), "."); d != "" {
		if suffix, _ := publicsuffix.PublicSuffix(d); d == suffix || d != k.domain && !strings.HasSuffix(k.domain, "."+d) {
			return false
		}
		k.domain = d
	}
	if !strings.HasPrefix(k.path, "/") {
		k.path = from.Path[:strings.LastIndexByte("/"+from.Path, '/')]
		if k.path == "" {
			k.path = "/"
		}
	}
	lower := strings.ToLower(c.Name)
	switch {
	case c.Secure && !https,
		strings.HasPrefix(lower, "__secure-") && !c.Secure,
		strings.HasPrefix(lower, "__host-") && !(c.Secure && k.host && k.path == "/"):
		return false
	}
	now := j.clock.Now()
	switch {
	case c.MaxAge > 0:
		k.until = now.Add(time.Duration(c.MaxAge) * time.Second)
	case c.MaxAge == 0 && !c.Expires.IsZero():
		k.until = c.Expires
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cookies = slices.DeleteFunc(j.cookies, func(have kept) bool {
		return have.name == k.name && have.domain == k.domain && have.path == k.path
	})
	if c.MaxAge >= 0 && c.Value != "" && (k.until.IsZero() || now.Before(k.until)) {
		j.cookies = append(j.cookies, k)
	}
	return true
}

// give are the cookies that go along; cross says that another site's page caused
// the request, and top that it goes to a page of its own by a link.
func (j *jar) give(to *url.URL, cross, top bool) (out []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	now, host := j.clock.Now(), strings.ToLower(to.Hostname())
	for _, k := range j.cookies {
		switch {
		case k.host && host != k.domain,
			!k.host && host != k.domain && !strings.HasSuffix(host, "."+k.domain),
			k.secure && to.Scheme != "https",
			!k.until.IsZero() && !now.Before(k.until),
			k.path != "/" && to.Path != k.path && !strings.HasPrefix(to.Path, strings.TrimSuffix(k.path, "/")+"/"),
			// Without the attribute Lax is meant.
			cross && k.sameSite == http.SameSiteStrictMode,
			cross && k.sameSite != http.SameSiteNoneMode && !top:
			continue
		}
		out = append(out, &http.Cookie{Name: k.name, Value: k.value})
	}
	return out
}

func (j *jar) all() map[string]string {
	j.mu.Lock()
	defer j.mu.Unlock()
	now, out := j.clock.Now(), map[string]string{}
	for _, k := range j.cookies {
		if k.until.IsZero() || now.Before(k.until) {
			out[k.name] = k.value
		}
	}
	return out
}

// schemeful is the site of an origin: scheme and registrable domain.
func schemeful(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		host = d
	}
	return u.Scheme + "://" + host
}

func sorted(keys iter.Seq[string]) []string { return slices.Sorted(keys) }
