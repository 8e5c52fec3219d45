package httpscan

import (
	"bytes"
	"net/http"
	"strings"
)

// directives of Cache-Control, in lower case, without their values.
func directives(h http.Header) map[string]bool {
	found := map[string]bool{}
	for _, line := range h["Cache-Control"] {
		for d := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(d, "=")
			found[strings.ToLower(strings.TrimSpace(name))] = true
		}
	}
	return found
}

// unshared reports whether shared caches keep their hands off the answer.
func (c *check) unshared() bool {
	d := directives(c.a.Header)
	return d["no-store"] || d["private"] && !d["public"] && !d["s-maxage"]
}

func (c *check) cacheRules() {
	d := directives(c.a.Header)
	said := strings.Join(c.a.Header["Cache-Control"], ", ")
	switch {
	case d["no-store"]:
		return
	case c.refusal():
		c.find(NoStore, "a refusal with Cache-Control %q", said)
		return
	}
	for _, p := range c.personal {
		if bytes.Contains(c.a.Body, []byte(p)) {
			c.find(NoStore, "shows a person's data with Cache-Control %q", said)
			return
		}
	}
	if len(d) == 0 && c.credentials && c.a.Status/100 != 3 && len(c.a.Body) > 0 && c.document() {
		c.find(NoStore, "answers credentials with a document and says nothing about keeping it")
	}
}

// refusal reports answers that are about who asked: what follows from missing
// rights or spent allowance, and every document of the product's.
func (c *check) refusal() bool {
	switch c.a.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return true
	}
	return c.a.Status >= 400 && c.mediaType() == "application/problem+json"
}

// document reports whether the answer is a page or data, not a picture or a
// style sheet, which are the same for everybody.
func (c *check) document() bool {
	ct := c.mediaType()
	return ct == "text/html" || ct == "application/json" || strings.HasSuffix(ct, "+json")
}

// mediaType is the type that was said, or that net/http guesses.
func (c *check) mediaType() string {
	ct := c.a.Header.Get("Content-Type")
	if ct == "" && len(c.a.Body) > 0 {
		ct = http.DetectContentType(c.a.Body)
	}
	ct, _, _ = strings.Cut(ct, ";")
	return strings.ToLower(strings.TrimSpace(ct))
}
