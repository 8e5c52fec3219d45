package pages

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/axess-go/axess/interop/browser"
	"github.com/axess-go/axess/interop/gallery"
)

var shared browser.Shared

func TestMain(m *testing.M) { os.Exit(shared.Run(m)) }

// serve serves every page in every state, in the first of the languages.
func serve(t *testing.T, languages ...string) (origin string, names []string) {
	t.Helper()
	g, err := gallery.New(languages...)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	return s.URL, g.Names
}

// overflow names what is wider than the window; what is only there for screen
// readers, or waits outside for the keyboard, is not seen.
const overflow = `(() => {
	const wide = document.documentElement.scrollWidth - innerWidth;
	if (wide <= 0) return "";
	const guilty = [...document.querySelectorAll("body *")].filter(e => !e.closest(".sr, .skip") && e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1);
	return wide + "px: " + guilty.map(e => e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 40)).slice(-3).join(" | ");
})()`

// UIX-013: no page scrolls sideways at 320 px in languages with longer words and
// from right to left; for the shipped ones TestPages_are_for_everybody says so.
func TestPages_reflow_in_any_language(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en-XA", "ar-XB"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			origin, names := serve(t, language)
			b := shared.Start(t).Open("narrow " + language)
			b.Resize(320, 640)
			for _, name := range names {
				b.Go(origin + "/" + name)
				if got := b.Value(overflow); got != "" {
					t.Errorf("%s: %s", name, got)
				}
			}
		})
	}
}

// UIX-013: one column below 48 rem, two from there on.
func TestPages_one_column_below_48_rem(t *testing.T) {
	t.Parallel()
	origin, _ := serve(t, "en")
	b := shared.Start(t).Open("columns")
	const columns = `getComputedStyle(document.querySelector(".columns")).gridTemplateColumns.split(" ").length`
	for _, c := range []struct {
		width         int
		columns, list string
	}{{320, "1", "flex"}, {767, "1", "flex"}, {768, "2", "block"}, {1280, "2", "block"}} {
		b.Resize(c.width, 800)
		b.Go(origin + "/account-two-steps")
		list := b.Value(`getComputedStyle(document.querySelector(".side ul")).display`)
		if got := b.Value(columns); got != c.columns || list != c.list {
			t.Errorf("%d px: %s columns, sections as %s", c.width, got, list)
		}
	}
}

// UIX-013: without the style sheet every field, button, link and word is still
// there, in the order of the document, and nothing is wider than the window.
func TestPages_work_without_style_sheet(t *testing.T) {
	t.Parallel()
	origin, names := serve(t, "en")
	b := shared.Start(t).Open("plain")
	b.Resize(320, 640)
	const lost = `[...document.querySelectorAll("input:not([type=hidden]), button, a, h1, h2, p, label")]
		.filter(e => !e.closest("[hidden], details") && e.textContent + (e.value ?? "x") !== "" && !e.checkVisibility()).map(e => e.outerHTML.slice(0, 80)).join(" | ")`
	const order = `(() => {
		let last = -1, wrong = [];
		for (const e of document.querySelectorAll("main h1, main h2, main label")) {
			const top = e.getBoundingClientRect().top + scrollY;
			if (top < last - 40) wrong.push(e.textContent);
			last = Math.max(last, top);
		}
		return wrong.join(" | ");
	})()`
	for _, name := range names {
		b.Go(origin + "/plain/" + name)
		if got := b.Value(`document.styleSheets.length`); got != "0" {
			t.Fatalf("%s: %s style sheets", name, got)
		}
		for what, expression := range map[string]string{"is lost": lost, "is out of order": order, "is too wide": overflow} {
			// A word that is longer than the window stays one without a style sheet: the
			// address of a documentation page, which only development shows, and names
			// as long as they come.
			long := what == "is too wide" && (name == "error-dev" || strings.HasSuffix(name, "-long"))
			if got := b.Value(expression); got != "" && !long {
				t.Errorf("%s: %s: %s", name, what, got)
			}
		}
	}
}
