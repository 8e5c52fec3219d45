package ui_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/ui"
)

type mailText struct{ name, subject, text string }

func mails(texts ui.MailTexts, label, client string) []mailText {
	at := time.Date(2026, time.March, 3, 14, 27, 0, 0, time.UTC)
	var out []mailText
	add := func(name string) func(subject, text string) {
		return func(subject, text string) { out = append(out, mailText{name, subject, text}) }
	}
	add("verify")(texts.Verify(mailLink, 24*time.Hour))
	add("registered")(texts.AlreadyRegistered("https://id.example.org/auth/sign-in"))
	add("added")(texts.FactorAdded("totp", label, at, client))
	add("removed")(texts.FactorRemoved("totp", label, at, client))
	add("other")(texts.FactorAdded("carrier-pigeon", label, at, client))
	add("password")(texts.PasswordSet(at, client))
	return out
}

const mailLink = "https://id.example.org/auth/verify?token=" + "0123456789012345678901234567890123456789012345678901234567890123456789"

func TestMails_are_plain_narrow_text_without_gaps(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, ui.Config{Brand: ui.Brand{Name: strings.Repeat("Northwind ", 6)}})
	for _, m := range mails(r.MailTexts(), strings.Repeat("label ", 40), strings.Repeat("Client", 40)) {
		// UIX-090
		if !utf8.ValidString(m.text) || !strings.HasSuffix(m.text, ".\n") {
			t.Errorf("%s ends with %q", m.name, m.text[max(0, len(m.text)-9):])
		}
		for line := range strings.SplitSeq(m.text, "\n") {
			if utf8.RuneCountInString(line) > 78 && line != mailLink {
				t.Errorf("%s: %d columns: %s", m.name, utf8.RuneCountInString(line), line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%s: line ends with a space", m.name)
			}
		}
		message := mail.Message{ID: [16]byte{1}, To: "ada@example.org", Subject: m.subject, Text: m.text, Kind: m.name, At: time.Unix(0, 0)}
		if err := message.Check(); err != nil {
			t.Errorf("%s cannot be sent: %v", m.name, err)
		}
		// A key in place of a sentence means a gap in the catalogue.
		for _, s := range []string{m.subject, m.text} {
			if strings.Contains(s, "mail.") || strings.ContainsAny(s, "{}") || strings.Contains(s, "factor.") {
				t.Errorf("%s: unfilled: %s", m.name, s)
			}
		}
	}
}

func TestMails_say_what_when_where_and_what_to_do(t *testing.T) {
	t.Parallel()
	for _, m := range mails(ui.MailTexts{}, "Phone", "Firefox, Linux") {
		// UIX-091
		if !strings.Contains(m.text, "If it was not you,") {
			t.Errorf("%s does not say what to do", m.name)
		}
		links := strings.Count(m.text, "://")
		switch m.name {
		case "verify":
			if links != 1 || !strings.Contains(m.text, "\n"+mailLink+"\n") || !strings.Contains(m.text, "24 hours") {
				t.Errorf("verify: %s", m.text)
			}
		case "registered":
			if links != 1 || strings.Contains(m.text, "token") {
				t.Errorf("registered: %s", m.text)
			}
		default:
			if links != 0 {
				t.Errorf("%s carries a link", m.name)
			}
			for _, want := range []string{"When: 3 March 2026, 14:27 UTC", "Browser: Firefox, Linux"} {
				if !strings.Contains(m.text, want) {
					t.Errorf("%s lacks %q", m.name, want)
				}
			}
		}
	}
	_, text := ui.MailTexts{}.FactorAdded("totp", "Phone", time.Unix(0, 0), "")
	if !strings.Contains(text, "What: Authenticator app\n") || !strings.Contains(text, "Name: “Phone”\n") || strings.Contains(text, "Browser") {
		t.Errorf("factor added: %s", text)
	}
}

func TestMails_tame_the_words_users_choose(t *testing.T) {
	t.Parallel()
	for _, hostile := range []string{
		"Phone\r\nBcc: victim@example.org\r\n\r\nbody",
		"\u202egro.elpmaxe\u202c",
		"go to https://evil.example/now",
		"www.evil.example",
		"evil.example",
		"evil。example",
		"mailto:a@evil.example",
		"<a href=x>",
		"”\nWhen: never",
		"\x1b[2J\x07",
		"a\u200bb\u2028c\u0085d",
		"bad \xff utf",
		strings.Repeat("long", 100),
	} {
		calm := mails(ui.MailTexts{}, "Phone", "Firefox")
		for i, m := range mails(ui.MailTexts{}, hostile, hostile) {
			// UIX-092
			if m.subject != calm[i].subject {
				t.Errorf("%q reaches the subject of %s", hostile, m.name)
			}
			if strings.Count(m.text, "\n") != strings.Count(calm[i].text, "\n") {
				t.Errorf("%q changes the lines of %s:\n%s", hostile, m.name, m.text)
			}
			if m.name != "verify" && m.name != "registered" {
				for _, bad := range []string{"://", "www.", ".example", "@", "<", "mailto:"} {
					if strings.Contains(m.text, bad) {
						t.Errorf("%q leaves %q in %s", hostile, bad, m.name)
					}
				}
			}
			for _, r := range m.text {
				if r != '\n' && !unicode.IsPrint(r) {
					t.Errorf("%q leaves %U in %s", hostile, r, m.name)
				}
			}
		}
	}
	_, text := ui.MailTexts{}.FactorAdded("totp", "My phone v1.2", time.Unix(0, 0), "Firefox 140.0, Linux")
	if !strings.Contains(text, "“My phone v1.2”") || !strings.Contains(text, "Firefox 140.0, Linux") {
		t.Errorf("harmless words were changed: %s", text)
	}
}
