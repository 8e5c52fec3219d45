package problem

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"
)

// NextParam is the query parameter that says where to go after signing in.
const NextParam = "next"

// maxNext is the longest return target in bytes (GRD-016).
const maxNext = 2048

// Next returns where the request wanted to go: path and query of the original
// target, as the client sent it, before any prefix was stripped. Only a GET
// has a target worth returning to; a longer or an odd one is left out.
func Next(r *http.Request) (string, bool) {
	if r.Method != http.MethodGet {
		return "", false
	}
	target := r.RequestURI
	if !strings.HasPrefix(target, "/") { // absolute form, or a request never on a wire
		u, err := url.Parse(target)
		if err != nil || target == "" {
			u = r.URL
		}
		target = u.RequestURI()
	}
	return SafeNext(target)
}

// SafeNext checks a return target that came from outside and returns it
// without fragment. It accepts a path with optional query on this very origin,
// as browsers and net/url both read it, and refuses everything that any of
// them might take for another host: two slashes, backslashes, control
// characters, dot segments, encoded or not. A path in except, the sign-in and
// sign-out pages for instance, is refused as well, with everything below it.
func SafeNext(s string, except ...string) (string, bool) {
	if len(s) == 0 || len(s) > maxNext || s[0] != '/' || !utf8.ValidString(s) {
		return "", false
	}
	for _, c := range s {
		if c <= ' ' || c == '\\' || c >= 0x7f && c < 0xa0 {
			return "", false
		}
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return "", false
	}
	// Path is decoded: an intermediary that decodes once more must not arrive
	// at something else either.
	if strings.HasPrefix(s, "//") || strings.HasPrefix(u.Path, "//") || strings.ContainsFunc(u.Path, func(c rune) bool {
		return c < ' ' || c == '\\' || c == 0x7f
	}) {
		return "", false
	}
	for seg := range strings.SplitSeq(u.Path, "/") {
		if seg == "." || seg == ".." {
			return "", false
		}
	}
	clean := path.Clean(u.Path)
	for _, e := range except {
		if clean == e || strings.HasPrefix(clean, e+"/") {
			return "", false
		}
	}
	out := u.EscapedPath()
	if u.RawQuery != "" || u.ForceQuery {
		out += "?" + u.RawQuery
	}
	return out, true
}

// WithNext returns target with the return target as its parameter next, which
// replaces one of exactly that name and no other (GRD-017). An empty next
// removes it.
func WithNext(target, next string) string {
	rest, fragment, hasFragment := strings.Cut(target, "#")
	base, query, _ := strings.Cut(rest, "?")
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		key, _, _ := strings.Cut(part, "=")
		if name, err := url.QueryUnescape(key); part != "" && (err != nil || name != NextParam) {
			kept = append(kept, part)
		}
	}
	if next != "" {
		kept = append(kept, NextParam+"="+url.QueryEscape(next))
	}
	if len(kept) > 0 {
		base += "?" + strings.Join(kept, "&")
	}
	if hasFragment {
		base += "#" + fragment
	}
	return base
}
