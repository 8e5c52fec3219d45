package httpscan

import (
	"net/http"
	"slices"
	"strings"
)

// maxCookie is what browsers keep of a cookie, in bytes.
const maxCookie = 4096

// cookies are those that the answer sets or drops, as far as they parse.
func (c *check) cookies() []*http.Cookie {
	res := http.Response{Header: c.a.Header}
	return res.Cookies()
}

func (c *check) cookieRules() {
	lines := c.a.Header["Set-Cookie"]
	if len(lines) == 0 {
		return
	}
	seen := map[string]bool{}
	for _, line := range lines {
		name, _, _ := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		if len(line) > maxCookie {
			c.find(CookieSize, "%s: %d bytes", name, len(line))
		}
		if seen[name] {
			c.find(CookieSize, "%s is set twice", name)
		}
		seen[name] = true
		ck, err := http.ParseSetCookie(line)
		if err != nil {
			c.find(CookieFlags, "%s: not a cookie: %v", name, err)
			continue
		}
		c.cookieFlags(ck)
		c.cookiePrefix(ck)
	}
	if !c.unshared() {
		c.find(CookieCached, "sets %s with Cache-Control %q", strings.Join(names(c.cookies()), ", "), c.a.Header.Get("Cache-Control"))
	}
}

func names(cookies []*http.Cookie) (out []string) {
	for _, ck := range cookies {
		out = append(out, ck.Name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *check) cookieFlags(ck *http.Cookie) {
	if (c.at.https() || ck.SameSite == http.SameSiteNoneMode || ck.Partitioned) && !ck.Secure && prefix(ck.Name) == "" {
		c.find(CookieFlags, "%s lacks Secure", ck.Name)
	}
	if !ck.HttpOnly && !slices.Contains(c.scan.cfg.ScriptCookies, ck.Name) {
		c.find(CookieFlags, "%s lacks HttpOnly", ck.Name)
	}
	if ck.SameSite != http.SameSiteLaxMode && ck.SameSite != http.SameSiteStrictMode {
		c.find(CookieFlags, "%s lacks SameSite Lax or Strict", ck.Name)
	}
}

func (c *check) cookiePrefix(ck *http.Cookie) {
	switch p := prefix(ck.Name); {
	case p == "__host-" && !(ck.Secure && ck.Path == "/" && ck.Domain == ""):
		c.find(CookiePrefix, "%s: browsers refuse it without Secure and Path=/, or with Domain", ck.Name)
	case p == "__secure-" && !ck.Secure:
		c.find(CookiePrefix, "%s: browsers refuse it without Secure", ck.Name)
	case p == "" && c.at.https() && ck.Secure:
		c.find(CookiePrefix, "%s has none", ck.Name)
	}
}

// prefix is the one that binds browsers, in lower case: they match it without
// regard to case.
func prefix(name string) string {
	lower := strings.ToLower(name)
	for _, p := range []string{"__host-", "__secure-"} {
		if strings.HasPrefix(lower, p) {
			return p
		}
	}
	return ""
}
