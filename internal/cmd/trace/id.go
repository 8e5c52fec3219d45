package main

import (
	"regexp"
	"slices"
)

// A prefix and either three digits, a letter with up to three digits, or three
// digits with a letter: SES-064, IDN-I5, FUZ-L01, UIX-027a.
const idPattern = `[A-Z]{2,4}-(?:[0-9]{3}[a-z]?|[A-Z][0-9]{1,3})`

var (
	idRegexp = regexp.MustCompile(`\b` + idPattern + `\b`)
	// A range hides which ids a test shows, so it is refused, not guessed at.
	rangeRegexp = regexp.MustCompile(`\b` + idPattern + `(?:…|\.\.+|–)(?:` + idPattern + `|[A-Z]?[0-9]+)\b`)
)

// prefixes is the closed set of id prefixes. Anything else that has the form of
// an id (SHA-256, AES-128) is prose.
type prefixes map[string]bool

func (p prefixes) of(id string) bool {
	for i := range len(id) {
		if id[i] == '-' {
			return p[id[:i]]
		}
	}
	return false
}

// find returns the distinct ids of text in the order of their first appearance,
// and the ranges it contains. Ids inside a range are not returned.
func (p prefixes) find(text string) (ids, ranges []string) {
	rest := rangeRegexp.ReplaceAllStringFunc(text, func(r string) string {
		if !p.of(r) {
			return r
		}
		ranges = append(ranges, r)
		return ""
	})
	for _, id := range idRegexp.FindAllString(rest, -1) {
		if p.of(id) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, ranges
}
