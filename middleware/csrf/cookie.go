package csrf

import (
	"net/http"
	"strings"
)

// jar is what a request's Cookie lines hold of ours.
type jar struct {
	value string // of the CSRF cookie, when there is exactly one
	count uint8  // 2 stands for more as well
}

// readJar looks at every pair of every line. A pair that is malformed is passed
// over: an injected "garbage;" would otherwise hide what follows (CSR-011). The
// count matters because two cookies of the name mean that somebody else may set
// cookies for this site, and then neither can be believed (CSR-010).
func readJar(lines []string, name string) (j jar) {
	for _, line := range lines {
		for line != "" {
			pair := line
			if i := strings.IndexByte(line, ';'); i >= 0 {
				pair, line = line[:i], line[i+1:]
			} else {
				line = ""
			}
			value, ok := matches(pair, name)
			if !ok || len(value) > maxValue {
				continue
			}
			j.count = min(j.count+1, 2)
			j.value = value
		}
	}
	return j
}

func matches(pair, name string) (value string, ok bool) {
	for pair != "" && (pair[0] == ' ' || pair[0] == '\t') {
		pair = pair[1:]
	}
	n := len(name)
	if len(pair) <= n || pair[n] != '=' || pair[:n] != name {
		return "", false
	}
	return strings.TrimRight(pair[n+1:], " \t"), true
}

// lendsAuthority reports whether the request carries the session's cookie or
// one of its family (name-rt, name-app, …). Only the names are looked at: a
// cookie that would not verify counts too.
func lendsAuthority(lines []string, session string) bool {
	for _, line := range lines {
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, ";")
			name, _, _ := strings.Cut(strings.TrimLeft(pair, " \t"), "=")
			name = strings.TrimRight(name, " \t")
			if rest, ok := strings.CutPrefix(name, session); ok && (rest == "" || rest[0] == '-') {
				return true
			}
		}
	}
	return false
}

// attributes of the cookie (CSR-007). It ends with the browser's own session at
// the latest: a page that needs a new one gets it. SameSite=Lax, as the
// session's: a form that another site links to must find the cookie.
func (c *Config) attributes() string {
	attr := "; Path=/"
	if c.Mode == Forms {
		attr += "; HttpOnly"
	}
	if !c.InsecureHTTP {
		attr += "; Secure"
	}
	return attr + "; SameSite=Lax"
}

// varyByCookie tells caches that the response depends on the cookie.
func varyByCookie(h http.Header) {
	for _, v := range h["Vary"] {
		for f := range strings.SplitSeq(v, ",") {
			if f = strings.TrimSpace(f); f == "*" || strings.EqualFold(f, "Cookie") {
				return
			}
		}
	}
	h.Add("Vary", "Cookie")
}

// keepPrivate keeps the response out of shared caches. What the handler said to the
// contrary goes: of "public, private" some caches read the first word.
func keepPrivate(h http.Header) {
	varyByCookie(h)
	if keptPrivate(h) {
		return
	}
	var kept []string
	for _, line := range h["Cache-Control"] {
		for d := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(d)), "=")
			if name != "" && name != "public" && name != "s-maxage" {
				kept = append(kept, strings.TrimSpace(d))
			}
		}
	}
	h.Set("Cache-Control", strings.Join(append(kept, "private"), ", "))
}

// keptPrivate reports whether the response already stays out of shared caches.
func keptPrivate(h http.Header) bool {
	for _, v := range h["Cache-Control"] {
		for f := range strings.SplitSeq(v, ",") {
			switch strings.ToLower(strings.TrimSpace(f)) {
			case "no-store", "private":
				return true
			}
		}
	}
	return false
}
