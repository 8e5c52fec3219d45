package pages

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/axess-go/axess/interop/browser"
	"github.com/axess-go/axess/ui"
)

// gallery serves every sample under its name and language, with the headers that
// pages have; plain ones are below /plain without their style sheet.
func gallery(t *testing.T, languages ...string) (origin string, names []string) {
	t.Helper()
	config := ui.SampleConfig()
	config.Custom.Languages = languages
	r, err := ui.NewRenderer(config)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/auth/assets/", r.Assets())
	for _, s := range ui.Samples() {
		var page bytes.Buffer
		if err := r.Render(&page, s.Page); err != nil {
			t.Fatal(err)
		}
		names = append(names, s.Name)
		for path, body := range map[string]string{"/": page.String(), "/plain/": plain(page.String())} {
			mux.HandleFunc("GET "+path+s.Name, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Header().Set("Content-Security-Policy", ui.ContentSecurityPolicy)
				if _, err := w.Write([]byte(body)); err != nil {
					t.Error(err)
				}
			})
		}
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL, names
}

// plain is a page without its style sheet.
func plain(page string) string {
	before, rest, _ := strings.Cut(page, `<link rel="stylesheet"`)
	_, after, _ := strings.Cut(rest, ">")
	return before + after
}

// overflow names what is wider than the window; what is only there for screen
// readers, or waits outside for the keyboard, is not seen.
const overflow = `(() => {
	const wide = document.documentElement.scrollWidth - innerWidth;
	if (wide <= 0) return "";
	const guilty = [...document.querySelectorAll("body *")].filter(e => !e.closest(".sr, .skip") && e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1);
	return wide + "px: " + guilty.map(e => e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 40)).slice(-3).join(" | ");
})()`

// UIX-013: no page scrolls sideways at 320 px, which is also 1280 px at 400 %
// (WCAG 2.2 §1.4.10), in the shipped language and in one with longer words.
func TestPages_reflow_at_320_pixels(t *testing.T) {
	t.Parallel()
	chromium := browser.Start(t)
	for _, language := range []string{"en", "de", "en-XA", "ar-XB"} {
		origin, names := gallery(t, language)
		b := chromium.Open("narrow " + language)
		b.Resize(320, 640)
		for _, name := range names {
			b.Go(origin + "/" + name)
			if got := b.Value(overflow); got != "" {
				t.Errorf("%s, %s: %s", language, name, got)
				b.Shot(language + "-" + name)
			}
		}
	}
}

// UIX-013: one column below 48 rem, two from there on.
func TestPages_one_column_below_48_rem(t *testing.T) {
	t.Parallel()
	origin, _ := gallery(t, "en")
	b := browser.Start(t).Open("columns")
	const columns = `getComputedStyle(document.querySelector(".columns")).gridTemplateColumns.split(" ").length`
	for _, c := range []struct {
		width                 int
		columns, side, folded string
	}{{320, "1", "none", "block"}, {767, "1", "none", "block"}, {768, "2", "block", "none"}, {1280, "2", "block", "none"}} {
		b.Resize(c.width, 800)
		b.Go(origin + "/account-two-steps")
		side := b.Value(`getComputedStyle(document.querySelector(".side")).display`)
		fold := b.Value(`getComputedStyle(document.querySelector(".fold")).display`)
		if got := b.Value(columns); got != c.columns || side != c.side || fold != c.folded {
			t.Errorf("%d px: %s columns, side %s, fold %s", c.width, got, side, fold)
		}
	}
}

// UIX-013: without the style sheet every field, button, link and word is still
// there, in the order of the document, and nothing is wider than the window.
func TestPages_work_without_style_sheet(t *testing.T) {
	t.Parallel()
	origin, names := gallery(t, "en")
	b := browser.Start(t).Open("plain")
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
			// The address of a documentation page is one word, and only development
			// shows it.
			if got := b.Value(expression); got != "" && name != "error-dev" {
				t.Errorf("%s: %s: %s", name, what, got)
			}
		}
	}
}
