package problem

import (
	"net/http"
	"strconv"
	"strings"
)

// IsNavigation reports whether a person's browser is going to a page: GET or
// HEAD, HTML preferred, and not a script's fetch. Only such a request is ever
// redirected to a sign-in page, so that a fetch does not follow one (GRD-014).
func IsNavigation(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	mode := r.Header["Sec-Fetch-Mode"]
	if len(mode) > 1 || len(mode) == 1 && mode[0] != "navigate" {
		return false
	}
	html, json := preference(r.Header["Accept"])
	return html > json
}

// WantsHTML decides the representation, of any method: the one with the higher
// q in Accept. With neither, or both alike, HTML for what the browser calls a
// navigation, else JSON. A failed form post therefore gets a page.
func WantsHTML(r *http.Request) bool {
	html, json := preference(r.Header["Accept"])
	if html != json {
		return html > json
	}
	mode := r.Header["Sec-Fetch-Mode"]
	return len(mode) == 1 && mode[0] == "navigate"
}

// preference returns the quality of HTML and of JSON in thousandths. The most
// specific range decides for each (RFC 9110 §12.5.1).
func preference(accept []string) (html, json int) {
	htmlRank, jsonRank := 0, 0
	take := func(q, rank int, value, best *int) {
		if rank > *best || rank == *best && q > *value {
			*value, *best = q, rank
		}
	}
	for _, line := range accept {
		for item := range strings.SplitSeq(line, ",") {
			media, params, _ := strings.Cut(item, ";")
			q := quality(params)
			switch strings.ToLower(strings.Trim(media, " \t")) {
			case "text/html":
				take(q, 3, &html, &htmlRank)
			case "application/json", "application/problem+json":
				take(q, 3, &json, &jsonRank)
			case "text/*":
				take(q, 2, &html, &htmlRank)
			case "application/*":
				take(q, 2, &json, &jsonRank)
			case "*/*":
				take(q, 1, &html, &htmlRank)
				take(q, 1, &json, &jsonRank)
			}
		}
	}
	return html, json
}

// quality reads the q parameter; a malformed one counts as 0, since a range
// that cannot be understood was not asked for.
func quality(params string) int {
	for p := range strings.SplitSeq(params, ";") {
		k, v, ok := strings.Cut(strings.Trim(p, " \t"), "=")
		if !ok || !strings.EqualFold(k, "q") {
			continue
		}
		f, err := strconv.ParseFloat(v, 64)
		if err != nil || !(f >= 0 && f <= 1) || len(v) > 5 {
			return 0
		}
		return int(f*1000 + 0.5)
	}
	return 1000
}
