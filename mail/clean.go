package mail

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// harmful reports whether r has no place in a mail: controls (a line end makes
// a header, an escape moves the terminal's cursor) and bidi controls, which show
// one address and mean another. Joiners stay: scripts and emoji need them.
func harmful(r rune) bool {
	switch r {
	case '\u2028', '\u2029', '\ufeff':
		return true
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// cleanLine makes s one harmless line within MaxSubject.
func cleanLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if harmful(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	if len(s) > MaxSubject {
		cut := MaxSubject
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut]
	}
	return strings.TrimSpace(s)
}

// cleanText takes everything harmful out but line ends.
func cleanText(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if harmful(r) && r != '\n' {
			return -1
		}
		return r
	}, s)
}

// fold breaks lines at spaces so that none is wider than Columns. What comes
// after a break is indented: a word that a user chose must not begin a line
// because the line before it was long (UIX-092).
func fold(text string) string {
	var out strings.Builder
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			out.WriteByte('\n')
		}
		for utf8.RuneCountInString(line) > Columns && !holdsLink(strings.TrimSpace(line)) {
			head, rest := cutLine(line)
			out.WriteString(head)
			out.WriteByte('\n')
			line = "  " + rest
		}
		out.WriteString(line)
	}
	return out.String()
}

// cutLine splits a line that is too long at its last space within Columns, at
// the first one after if a link fills the line, and anywhere if it must.
func cutLine(line string) (head, rest string) {
	limit, n := len(line), 0
	for i := range line {
		if n == Columns {
			limit = i
			break
		}
		n++
	}
	indent := len(line) - len(strings.TrimLeft(line, " "))
	if at := strings.LastIndexByte(line[:limit+1], ' '); at > indent {
		return line[:at], strings.TrimLeft(line[at:], " ")
	}
	if word, _, more := strings.Cut(line[indent:], " "); more && holdsLink(word) {
		return line[:indent+len(word)], strings.TrimLeft(line[indent+len(word):], " ")
	}
	return line[:limit], line[limit:]
}

// holdsLink reports whether s is one word with a web address in it, perhaps in
// brackets: such a word is never broken.
func holdsLink(s string) bool {
	return (strings.Contains(s, "https://") || strings.Contains(s, "http://")) && !strings.ContainsRune(s, ' ')
}
