package ui

import (
	"strings"
	"time"
	"unicode"
)

// mailColumns is the width of mail texts (UIX-090). A line that is one link
// may be longer: a broken link is worse than a long line.
const mailColumns = 78

// MailTexts makes subject and text of every mail the product sends: plain
// text, what happened, when, from which browser, and what to do if it was
// unexpected (UIX-091). A subject never holds a word a user chose; inside a
// text such words stand quoted after a heading, never at the start of a line,
// stripped of everything that could read as a link or an order to the
// terminal (UIX-092).
//
// The zero value speaks English for "axess" and gives times in UTC.
type MailTexts struct {
	catalog *catalog
	brand   string
	zone    *time.Location
}

// Verify asks the owner of an address to confirm it. The link only opens a
// page with a button; it changes nothing by itself.
func (m MailTexts) Verify(link string, works time.Duration) (subject, text string) {
	return m.message("verify", Args{"brand": m.name(), "duration": works}, nil, link)
}

// AlreadyRegistered answers a sign-up with an address that has an account.
func (m MailTexts) AlreadyRegistered(signInURL string) (subject, text string) {
	return m.message("registered", Args{"brand": m.name()}, nil, signInURL)
}

// FactorAdded says that a way to sign in was added. Kind is the factor's kind,
// label what the person called it, client the browser and platform.
func (m MailTexts) FactorAdded(kind, label string, at time.Time, client string) (subject, text string) {
	return m.message("factor_added", Args{"brand": m.name()}, m.details(kind, label, at, client), "")
}

// FactorRemoved says that a way to sign in was removed.
func (m MailTexts) FactorRemoved(kind, label string, at time.Time, client string) (subject, text string) {
	return m.message("factor_removed", Args{"brand": m.name()}, m.details(kind, label, at, client), "")
}

// PasswordSet says that the account has a new password.
func (m MailTexts) PasswordSet(at time.Time, client string) (subject, text string) {
	return m.message("password_set", Args{"brand": m.name()}, m.details("", "", at, client), "")
}

func (m MailTexts) name() string {
	if m.brand == "" {
		return "axess"
	}
	return m.brand
}

func (m MailTexts) say(key string, args Args) string {
	c := m.catalog
	if c == nil {
		c = englishCatalog()
	}
	text, err := c.say(Text{Key: key, Args: args}, moments{zone: m.zone})
	if err != nil {
		// Only a missing entry gets here, and a test fills every mail. A mail
		// with its key in place of one sentence is still better than none.
		return key
	}
	return text
}

// message builds a mail from the entries mail.<kind>.subject, .text and .if.
func (m MailTexts) message(kind string, args Args, details []string, link string) (subject, text string) {
	key := "mail." + kind
	var out strings.Builder
	wrap(&out, m.say(key+".text", args))
	for _, line := range details {
		out.WriteString(line)
		out.WriteByte('\n')
	}
	if link != "" {
		out.WriteString(link)
		out.WriteByte('\n')
	}
	if link != "" || len(details) > 0 {
		out.WriteByte('\n')
	}
	wrap(&out, m.say(key+".if", nil))
	return m.say(key+".subject", nil), strings.TrimRight(out.String(), "\n") + "\n"
}

func (m MailTexts) details(kind, label string, at time.Time, client string) []string {
	var lines []string
	add := func(key, value string) {
		if value != "" {
			lines = append(lines, "  "+m.say(key, nil)+": "+value)
		}
	}
	if kind != "" {
		add("mail.what", m.kindName(kind))
		if shown := tame(label); shown != "" {
			add("mail.name", "“"+shown+"”")
		}
	}
	add("mail.when", m.say("mail.time", Args{"time": at}))
	add("mail.browser", tame(client))
	return lines
}

func (m MailTexts) kindName(kind string) string {
	switch kind {
	case "totp", "password":
		return m.say("factor."+kind+".name", nil)
	default:
		return m.say("mail.other_factor", nil)
	}
}

// tame makes a word a user chose harmless in a plain-text mail: no control,
// bidirectional or invisible characters, nothing a mail program turns into a
// link, one line, at most 48 characters.
func tame(s string) string {
	var out []rune
	runes := []rune(strings.ToValidUTF8(s, " "))
	for i, r := range runes {
		switch {
		case !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r), strings.ContainsRune(":/\\@<>“”\"", r):
			r = ' '
		case (r == '.' || r == '。' || r == '．' || r == '｡') && i+1 < len(runes) && unicode.IsLetter(runes[i+1]):
			r = ' '
		}
		if r == ' ' && (len(out) == 0 || out[len(out)-1] == ' ') {
			continue
		}
		out = append(out, r)
		if len(out) == 48 {
			break
		}
	}
	return strings.TrimSpace(string(out))
}

// wrap writes a paragraph in lines of at most mailColumns and a blank line.
func wrap(out *strings.Builder, paragraph string) {
	width := 0
	for i, word := range strings.Fields(paragraph) {
		length := len([]rune(word))
		switch {
		case i == 0:
		case width+1+length > mailColumns:
			out.WriteByte('\n')
			width = 0
		default:
			out.WriteByte(' ')
			width++
		}
		out.WriteString(word)
		width += length
	}
	out.WriteString("\n\n")
}
