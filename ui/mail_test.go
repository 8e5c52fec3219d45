package ui_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/ui"
)

type mailText struct {
	name, lang, subject, text string
	kind                      authn.NoteKind
}

// mails is every mail in every language that is offered.
func mails(texts ui.MailTexts, label, client string) []mailText {
	at := time.Date(2026, time.March, 3, 14, 27, 0, 0, time.UTC)
	var out []mailText
	for _, lang := range []string{"en", "de"} {
		add := func(name string, n authn.Note) {
			n.Language, n.At, n.Client = lang, at, session.Client{Browser: client, Platform: client}
			subject, text := texts.Mail(n)
			out = append(out, mailText{name + "/" + lang, lang, subject, text, n.Kind})
		}
		for _, kind := range authn.NoteKinds() {
			n := authn.Note{Kind: kind}
			switch kind {
			case authn.NoteVerify, authn.NoteReset, authn.NoteActivation, authn.NoteRebind, authn.NoteAddress, authn.NoteAddressChanged, authn.NoteAddressAdded, authn.NotePrimaryChanged:
				n.Link, n.Works = mailLink, 24*time.Hour
			case authn.NoteAlreadyRegistered, authn.NoteNoPassword, authn.NoteAddressTaken:
				n.Link = "https://id.example.org/auth/sign-in"
			case authn.NoteFactorAdded, authn.NoteFactorRemoved, authn.NoteFactorDisabled, authn.NoteFactorReenabled:
				n.Factor, n.Label = factor.TOTP, label
			case authn.NoteNames:
				for _, change := range []authn.NamesChange{
					authn.NamesUsernameAdded, authn.NamesAddressAdded, authn.NamesMoved, authn.NamesPrimary, authn.NamesUsernameRemoved,
					authn.NamesAddressRemoved, authn.NamesPhoneAdded, authn.NamesPhoneRemoved,
				} {
					n.Names = change
					add("other "+string(change), n)
				}
			case authn.NoteCode:
				n.Code, n.Works = "0123 4567", 5*time.Minute
			case authn.NotePasswordSet, authn.NoteSessionsEnded, authn.NoteSignedInAfterLock, authn.NoteStepUpFailed, authn.NoteNewDevice, authn.NoteFactorsReset, authn.NotePasswordCompromised, authn.NoteImpersonated, authn.NoteRecoveryUsed, authn.NoteRecoveryRenewed:
			}
			add(string(kind), n)
		}
		add("other", authn.Note{Kind: authn.NoteFactorAdded, Factor: "carrier-pigeon", Label: label})
	}
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
	says := map[string]struct{ unexpected, works, when string }{
		"en": {"If it was not you,", "24 hours", "When: 3 March 2026, 14:27 UTC"},
		"de": {"Wenn Sie das nicht waren,", "24 Stunden lang", "Wann: 3. März 2026, 14:27 Uhr (UTC)"},
	}
	subjects := map[string]string{}
	for _, m := range mails(ui.MailTexts{}, "Phone", "Firefox") {
		want := says[m.lang]
		// UIX-091
		unexpected := want.unexpected
		if m.kind == authn.NoteImpersonated { // it was never them
			unexpected = map[string]string{"en": "If you did not ask for help,", "de": "Wenn Sie nicht um Hilfe gebeten haben,"}[m.lang]
		}
		if m.kind == authn.NotePasswordCompromised {
			unexpected = map[string]string{"en": "If you use this password anywhere else,", "de": "Wenn Sie dieses Passwort noch anderswo verwenden,"}[m.lang]
		}
		if flat := strings.Join(strings.Fields(m.text), " "); !strings.Contains(flat, unexpected) {
			t.Errorf("%s does not say what to do", m.name)
		}
		if other := subjects[m.lang+m.subject]; other != "" && !strings.HasPrefix(m.name, "other") && m.kind != authn.NoteNames {
			t.Errorf("%s and %s have one subject", m.name, other)
		}
		subjects[m.lang+m.subject] = m.name
		links := strings.Count(m.text, "://")
		switch m.kind {
		case authn.NoteVerify, authn.NoteReset, authn.NoteActivation, authn.NoteRebind, authn.NoteAddress:
			if links != 1 || !strings.Contains(m.text, "\n"+mailLink+"\n") || !strings.Contains(strings.Join(strings.Fields(m.text), " "), want.works) {
				t.Errorf("verify: %s", m.text)
			}
		case authn.NoteAlreadyRegistered, authn.NoteNoPassword, authn.NoteAddressTaken:
			if links != 1 || strings.Contains(m.text, "token") {
				t.Errorf("registered: %s", m.text)
			}
		default:
			if undoes := slices.Contains([]authn.NoteKind{authn.NoteAddressChanged, authn.NoteAddressAdded, authn.NotePrimaryChanged}, m.kind); links != 0 != undoes {
				t.Errorf("%s carries a link: %v", m.name, links != 0)
			}
			for _, want := range []string{want.when, "Browser: Firefox, Firefox"} {
				if !strings.Contains(m.text, want) {
					t.Errorf("%s lacks %q", m.name, want)
				}
			}
		}
	}
	// FAC-065: the code stands alone on its line, and nowhere else.
	subject, text := ui.MailTexts{}.Mail(authn.Note{Kind: authn.NoteCode, Code: "0123 4567", Works: 5 * time.Minute, Language: "de"})
	if strings.Count(text, "0123 4567") != 1 || !strings.Contains(text, "\n\n  0123 4567\n\n") || strings.Contains(subject, "0123") || !strings.Contains(text, "5 Minuten lang") || !strings.Contains(text, "axess") {
		t.Errorf("a code: %s\n%s", subject, text)
	}
	added := authn.Note{Kind: authn.NoteFactorAdded, Factor: factor.TOTP, Label: "Phone", At: time.Unix(0, 0)}
	_, text = ui.MailTexts{}.Mail(added)
	if !strings.Contains(text, "What: Authenticator app\n") || !strings.Contains(text, "Name: “Phone”\n") || strings.Contains(text, "Browser") {
		t.Errorf("factor added: %s", text)
	}
	added.Language = "de-AT"
	if _, text = (ui.MailTexts{}).Mail(added); !strings.Contains(text, "Was: Authentifizierungs-App\n") || !strings.Contains(text, "Name: „Phone“\n") {
		t.Errorf("factor added: %s", text)
	}
}

// UIX-086: a language that is not offered is the nearest one, here the default.
func TestMails_speak_the_nearest_language(t *testing.T) {
	t.Parallel()
	config := ui.SampleConfig()
	config.Custom.Languages = []string{"de", "en"}
	texts := newRenderer(t, config).MailTexts()
	for lang, want := range map[string]string{"": "Bestätigen Sie Ihre Adresse", "fr": "Bestätigen Sie Ihre Adresse", "de-CH": "Bestätigen Sie Ihre Adresse", "en-GB": "Confirm your address"} {
		if subject, _ := texts.Mail(authn.Note{Kind: authn.NoteVerify, Language: lang, Link: mailLink, Works: time.Hour}); subject != want {
			t.Errorf("%q reads %q", lang, subject)
		}
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
		"“\nWann: nie „",
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
			if !slices.Contains([]authn.NoteKind{authn.NoteVerify, authn.NoteAlreadyRegistered, authn.NoteReset, authn.NoteNoPassword, authn.NoteActivation, authn.NoteRebind, authn.NoteAddress, authn.NoteAddressTaken, authn.NoteAddressChanged, authn.NoteAddressAdded, authn.NotePrimaryChanged}, m.kind) {
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
	_, text := ui.MailTexts{}.Mail(authn.Note{
		Kind: authn.NoteFactorAdded, Factor: factor.TOTP, Label: "My phone v1.2", At: time.Unix(0, 0), Client: session.Client{Browser: "Firefox 140.0", Platform: "Linux"},
	})
	if !strings.Contains(text, "“My phone v1.2”") || !strings.Contains(text, "Firefox 140.0, Linux") {
		t.Errorf("harmless words were changed: %s", text)
	}
}
