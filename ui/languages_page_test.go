package ui_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/axess-go/axess/ui"
)

// UIX-085: in the language that turns every letter, what still reads as plain
// English is a word that no catalogue knows.
func TestEveryPage_takes_all_its_words_from_the_catalogue(t *testing.T) {
	t.Parallel()
	config := ui.SampleConfig()
	config.Custom.Languages = []string{"ar-XB"}
	r := newRenderer(t, config)
	word := regexp.MustCompile(`[A-Za-z]{3,}`)
	// Names, addresses and codes that callers gave.
	given := regexp.MustCompile(`(?i)^(northwind|donaudampfschifffahrtsgesellschaft|ada|lovelace|bea|example|org|phone|firefox|linux|safari|iphone|lisbon|portugal|utc|otpauth|totp|svg|jbsw|dpeh|pxp|jbswy|dpehpk)$`)
	for _, s := range ui.Samples() {
		switch s.Name {
		case "outbox", "outbox-long", "error-dev":
			continue // mails as they are, and the developer's words
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			doc := parse(t, render(t, r, s.Page))
			look := func(where, text string) {
				for _, w := range word.FindAllString(text, -1) {
					if !given.MatchString(w) {
						t.Errorf("%s says %q", where, w)
					}
				}
			}
			for _, n := range doc.nodes {
				for c := range n.ChildNodes() {
					if c.Type == html.TextNode && n.Data != "code" {
						look(n.Data, c.Data)
					}
				}
				for _, a := range n.Attr {
					if a.Key == "aria-label" || a.Key == "title" || a.Key == "alt" || a.Key == "placeholder" || a.Key == "data-hide" || a.Key == "data-working" || a.Key == "data-copied" {
						look(n.Data+" "+a.Key, a.Val)
					}
				}
			}
		})
	}
}

// UIX-085: a page from right to left is a mirror, so the style sheet names no
// side by left or right; the one drawing that is centred by both may.
func TestStyle_names_no_side(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("assets/axess.css")
	if err != nil {
		t.Fatal(err)
	}
	sides := regexp.MustCompile(`(?:^|[\s;{])((?:margin|padding|border)-(?:left|right)\b[^;]*|(?:left|right|float)\s*:[^;]*|text-align:\s*(?:left|right)|inset:\s*\S+\s+[^;]*)`)
	for _, m := range sides.FindAllStringSubmatch(string(css), -1) {
		t.Errorf("%s", m[1])
	}
}

// UIX-086
func TestFooter_offers_each_language_in_its_own_words(t *testing.T) {
	t.Parallel()
	page := sample(t, "sign-in").(ui.SignInPage)
	page.Here, page.Language = "/auth/sign-in?next=%2Fnotes", "de-CH"
	doc := parse(t, render(t, newRenderer(t, ui.SampleConfig()), page))
	if lang := attr(doc.one(t, "html"), "lang"); lang != "de" {
		t.Errorf("lang is %q", lang)
	}
	var seen []string
	for _, a := range within(doc.one(t, "footer"), "a") {
		if tag := attr(a, "hreflang"); tag != "" {
			seen = append(seen, tag+" "+attr(a, "lang")+" "+text(a)+" "+attr(a, "href")+" "+attr(a, "aria-current"))
		}
	}
	want := "en en English /auth/language/en?next=%2Fauth%2Fsign-in%3Fnext%3D%252Fnotes |" +
		"de de Deutsch /auth/language/de?next=%2Fauth%2Fsign-in%3Fnext%3D%252Fnotes true"
	if got := strings.Join(seen, "|"); got != want {
		t.Errorf("footer offers\n%s\nwant\n%s", got, want)
	}

	config := ui.SampleConfig()
	config.Custom.Languages = []string{"de"}
	doc = parse(t, render(t, newRenderer(t, config), page))
	for _, a := range doc.all("a") {
		if has(a, "hreflang") {
			t.Error("one language is offered as a choice")
		}
	}
}

func TestPages_speak_German(t *testing.T) {
	t.Parallel()
	config := ui.SampleConfig()
	config.Custom.Languages = []string{"de"}
	r := newRenderer(t, config)
	for name, want := range map[string]string{
		"sign-in-locked":    "Ein neuer Versuch ist möglich ab 14:32 Uhr (UTC).",
		"account":           "Sie sind nur in diesem Browser angemeldet.",
		"account-two-steps": "Sie sind in 3 Browsern oder auf 3 Geräten angemeldet.",
		"sessions":          "vor 3 Stunden",
		"check-mail":        "Der Link gilt 24 Stunden lang.",
		"error-trouble":     "Es wurde nichts geändert.",
	} {
		words := strings.Join(strings.Fields(text(parse(t, render(t, r, sample(t, name))).one(t, "body"))), " ")
		if !strings.Contains(words, want) {
			t.Errorf("%s does not say %q: %s", name, want, words)
		}
	}
}
