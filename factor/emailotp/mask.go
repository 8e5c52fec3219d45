package emailotp

import (
	"strings"
	"unicode/utf8"
)

// Mask shows of an address what its owner knows it by, "a•••@e•••.com": the first letters
// of both parts, and the last label (FAC-065).
func Mask(address string) string {
	local, domain, ok := strings.Cut(address, "@")
	if !ok {
		return ""
	}
	out := first(local) + "•••@" + first(domain) + "•••"
	if dot := strings.LastIndexByte(domain, '.'); dot > 0 {
		out += domain[dot:]
	}
	return out
}

func first(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}
