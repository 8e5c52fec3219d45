package httpscan

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxHeader is what all headers of an answer may take, in bytes.
const maxHeader = 8 << 10

// minHSTS is a year in seconds.
const minHSTS = 31536000

func (c *check) headerRules() {
	h := c.a.Header
	size := 0
	for k, values := range h {
		for _, v := range values {
			size += len(k) + len(": \r\n") + len(v)
		}
	}
	if size > maxHeader {
		c.find(HeaderSize, "%d bytes", size)
	}
	if v := h["X-Content-Type-Options"]; len(v) != 1 || v[0] != "nosniff" {
		c.find(NoSniff, "X-Content-Type-Options is %q", v)
	}
	c.hsts(h["Strict-Transport-Security"])
	// Of a redirect nobody sees the page.
	if redirect := c.a.Status/100 == 3; !redirect && c.mediaType() == "text/html" && len(c.a.Body) > 0 {
		c.csp(h["Content-Security-Policy"])
	}
	for _, k := range slices.Sorted(maps.Keys(h)) {
		if banner(k, strings.Join(h[k], " ")) {
			c.find(Banner, "%s: %s", k, h.Get(k))
		}
	}
}

func (c *check) hsts(lines []string) {
	if !c.at.https() {
		if len(lines) > 0 && !c.at.proxied {
			c.find(HSTS, "is sent over plain http")
		}
		return
	}
	if c.at.loopback() && len(lines) == 0 {
		return
	}
	age := -1
	if len(lines) == 1 {
		for d := range strings.SplitSeq(lines[0], ";") {
			if k, v, ok := strings.Cut(strings.TrimSpace(d), "="); ok && strings.EqualFold(k, "max-age") {
				if n, err := strconv.Atoi(strings.Trim(v, `"`)); err == nil {
					age = n
				}
			}
		}
	}
	if age < minHSTS {
		c.find(HSTS, "Strict-Transport-Security is %q", lines)
	}
}

func (c *check) csp(lines []string) {
	if len(lines) != 1 {
		c.find(CSP, "%d policies", len(lines))
		return
	}
	policy := map[string]string{}
	for d := range strings.SplitSeq(strings.ToLower(lines[0]), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(d), " ")
		if _, twice := policy[name]; !twice && name != "" { // the first one counts
			policy[name] = strings.TrimSpace(value)
		}
	}
	source := func(name string) (string, bool) {
		v, ok := policy[name]
		if !ok {
			v, ok = policy["default-src"]
		}
		return v, ok
	}
	for _, name := range []string{"script-src", "style-src", "object-src"} {
		v, ok := source(name)
		switch {
		case !ok:
			c.find(CSP, "neither %s nor default-src", name)
		case strings.Contains(v, "'unsafe-eval'"), strings.Contains(v, "'unsafe-inline'") && !strings.Contains(v, "'nonce-") && !strings.Contains(v, "'sha"):
			c.find(CSP, "%s allows what is written into the page", name)
		case name == "script-src" && slices.ContainsFunc(strings.Fields(v), func(s string) bool {
			return s == "*" || s == "http:" || s == "https:" || s == "data:"
		}):
			c.find(CSP, "script-src allows every host")
		}
	}
	if v, ok := source("object-src"); ok && v != "'none'" && v != "'self'" {
		c.find(CSP, "object-src is %q", v)
	}
	if v, ok := policy["base-uri"]; !ok || v != "'none'" && v != "'self'" {
		c.find(CSP, "base-uri is %q", v)
	}
	if _, ok := policy["frame-ancestors"]; !ok {
		c.find(CSP, "no frame-ancestors: other sites may frame the page")
	}
}

// banner reports headers that name what runs here. A product without a version
// is let pass in Server: it says little, and proxies add it.
func banner(name, value string) bool {
	switch name {
	case "X-Powered-By", "X-Aspnet-Version", "X-Aspnetmvc-Version", "X-Generator", "X-Runtime", "X-Version":
		return true
	case "Server":
		return strings.ContainsAny(value, "0123456789/")
	}
	return false
}

func (c *check) redirectRule() {
	lines, present := c.a.Header["Location"]
	switch c.a.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if len(lines) != 1 {
			c.find(Redirect, "%d Location headers", len(lines))
			return
		}
	default:
		if !present {
			return
		}
	}
	for _, to := range lines {
		if c.foreign(to) {
			c.find(Redirect, "leads to %q", redact(c, to))
		}
	}
}

// foreign reports whether a browser would leave the origin. Browsers read a
// backslash as a slash, and drop tabs and line breaks (WHATWG URL §4.4).
func (c *check) foreign(to string) bool {
	if to == "" || strings.ContainsAny(to, "\\") || strings.ContainsFunc(to, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return true
	}
	base := &url.URL{Scheme: c.at.scheme, Host: c.at.host, Path: "/"}
	u, err := base.Parse(to)
	if err != nil || u.User != nil {
		return true
	}
	own := u.Scheme == base.Scheme && strings.EqualFold(u.Host, base.Host)
	return !own && !slices.Contains(c.scan.cfg.Origins, u.Scheme+"://"+u.Host)
}

func (c *check) corsRule() {
	allowed := c.a.Header.Get("Access-Control-Allow-Origin")
	if allowed == "" {
		return
	}
	credentials := strings.EqualFold(c.a.Header.Get("Access-Control-Allow-Credentials"), "true")
	own := strings.EqualFold(allowed, c.at.scheme+"://"+c.at.host) || slices.Contains(c.scan.cfg.Origins, allowed)
	switch {
	case allowed == "null":
		c.find(CORS, "the origin null may read, which any sandboxed frame has")
	case allowed == "*" && credentials:
		c.find(CORS, "everybody may read, with credentials")
	case allowed != "*" && !own && (credentials || allowed == c.r.Header.Get("Origin")):
		c.find(CORS, "%s may read", allowed)
	}
}
