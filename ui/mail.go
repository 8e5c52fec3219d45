package ui

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/recovery"
	"github.com/axess-go/axess/identity"
)

// mailColumns is the width of mail texts (UIX-090). A line that is one link
// may be longer: a broken link is worse than a long line.
const mailColumns = 78

// MailTexts makes subject and text of every mail the product sends: plain
// text, what happened, when, from which browser, and what to do if it was
// unexpected (UIX-091), in the language of the person who gets it. A subject
// never holds a word a user chose; inside a text such words stand quoted after a
// heading, never at the start of a line, stripped of everything that could read
// as a link or an order to the terminal (UIX-092).
//
// The zero value speaks English and German for "axess" and gives times in UTC.
type MailTexts struct {
	languages *languages
	brand     string
	zone      *time.Location
}

// Mail implements authn.MailTexts. The entries of a kind are mail.<kind>.subject,
// .text and .if.
func (m MailTexts) Mail(n authn.Note) (subject, text string) {
	w := m.in(n.Language)
	key := "mail." + string(n.Kind)
	args := Args{"brand": w.brand}
	details := true
	switch n.Kind {
	case authn.NoteVerify, authn.NoteReset, authn.NoteActivation, authn.NoteRebind, authn.NoteAddress:
		args["duration"], details = n.Works, false
	case authn.NoteImpersonated, authn.NoteCode:
		args["duration"] = n.Works
	case authn.NoteAlreadyRegistered, authn.NoteNoPassword, authn.NoteAddressTaken:
		details = false
	case authn.NotePasswordSet, authn.NoteAddressChanged, authn.NoteAddressAdded, authn.NotePrimaryChanged, authn.NoteNames, authn.NoteFactorAdded, authn.NoteFactorRemoved, authn.NoteSessionsEnded, authn.NoteSignedInAfterLock,
		authn.NoteStepUpFailed, authn.NoteNewDevice, authn.NoteFactorsReset, authn.NoteFactorDisabled, authn.NoteFactorReenabled, authn.NotePasswordCompromised, authn.NoteRecoveryUsed, authn.NoteRecoveryRenewed:
	}
	var out strings.Builder
	wrap(&out, w.say(key+".text", args))
	var lines []string
	if details {
		lines = w.details(n)
	}
	if n.Link != "" {
		lines = append(lines, n.Link)
	}
	if n.Code != "" {
		lines = slices.Concat([]string{"  " + n.Code, ""}, lines)
	}
	for _, line := range lines {
		out.WriteString(line)
		out.WriteByte('\n')
	}
	if len(lines) > 0 {
		out.WriteByte('\n')
	}
	if n.Kind == authn.NoteRecoveryUsed && n.Left <= recovery.Few {
		wrap(&out, w.say("mail.recovery_used.low", nil))
	}
	wrap(&out, w.say(key+".if", nil))
	return w.say(key+".subject", nil), strings.TrimRight(out.String(), "\n") + "\n"
}

// letter is what one mail is written with.
type letter struct {
	*catalog
	brand string
	zone  *time.Location
}

// in finds the language of a mail.
func (m MailTexts) in(tag string) letter {
	w := letter{brand: m.brand, zone: m.zone}
	if w.brand == "" {
		w.brand = "axess"
	}
	if m.languages == nil {
		w.catalog = englishCatalog()
		if strings.HasPrefix(tag, "de") {
			w.catalog = newCatalog(language.German, germanTexts())
		}
		return w
	}
	w.catalog = m.languages.near(tag)
	return w
}

func (w letter) say(key string, args Args) string {
	text, err := w.catalog.say(Text{Key: key, Args: args}, moments{zone: w.zone})
	if err != nil {
		// Only a missing entry gets here, and a test fills every mail. A mail
		// with its key in place of one sentence is still better than none.
		return key
	}
	return text
}

func (w letter) details(n authn.Note) []string {
	var lines []string
	add := func(key, value string) {
		if value != "" {
			lines = append(lines, "  "+w.say(key, nil)+": "+value)
		}
	}
	if n.Factor != "" {
		add("mail.what", w.kindName(n.Factor))
		if shown := tame(n.Label); shown != "" {
			add("mail.name", w.say("mail.quoted", Args{"name": shown}))
		}
	}
	if n.Names != "" {
		add("mail.what", w.say("mail.names."+string(n.Names), nil))
	}
	if n.Kind == authn.NoteRecoveryUsed {
		add("mail.left", strconv.Itoa(n.Left))
	}
	add("mail.when", w.say("mail.time", Args{"time": n.At}))
	client := n.Client.Browser
	if client == "" || n.Client.Platform == "" {
		client += n.Client.Platform
	} else {
		client += ", " + n.Client.Platform
	}
	add("mail.browser", tame(client))
	return lines
}

func (w letter) kindName(kind identity.Kind) string {
	switch kind {
	case factor.TOTP, factor.Password, factor.HOTP, factor.Recovery, factor.EmailOTP, factor.LDAPBind, factor.MTLS, factor.JWTBearer:
		return w.say("factor."+string(kind)+".name", nil)
	default:
		return w.say("mail.other_factor", nil)
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
		case !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r), strings.ContainsRune(":/\\@<>“”„\"", r):
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
