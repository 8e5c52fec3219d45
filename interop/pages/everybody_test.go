package pages

import (
	"reflect"
	"strings"
	"testing"

	"github.com/axess-go/axess/interop/browser"
	"github.com/axess-go/axess/ui"
)

const (
	// spacing is what people set about letters, lines and words (WCAG 2.2 §1.4.12).
	spacing = `(() => {
		const sheet = new CSSStyleSheet();
		sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }");
		document.adoptedStyleSheets = [sheet];
	})()`
	larger = `document.documentElement.style.fontSize = "200%"` // §1.4.4
	usual  = `(document.adoptedStyleSheets = [], document.documentElement.style.fontSize = "")`
	// cut names what has lost a part of its content. A name in the head of the
	// page may end in dots: the account page has all of it.
	cut = `[...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && !e.closest(".sr, .skip, .name, svg") && !e.matches("input") &&
		getComputedStyle(e).overflow !== "visible" && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)).map(e => e.outerHTML.slice(0, 100)).join(" | ")`
)

// TestPages_are_for_everybody looks at every page in every state, in both
// languages, at 1280 px and at 320 px (which is also 1280 px at 400 %), light and
// dark: an auditor finds nothing and leaves nothing undecided; the rules that no
// auditor knows hold; nothing scrolls sideways or is cut off, also not with larger
// letters or with more room between them; and a title tells its page from others.
//
// UIX-009, UIX-011, UIX-012, UIX-013, UIX-050, UIX-051
func TestPages_are_for_everybody(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "de"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			origin, names := serve(t, language, other(language))
			b := shared.Start(t).Open(language)
			titles := map[string]reflect.Type{}
			samples := ui.Samples()
			for i, name := range names {
				v := visit{t, b, name}
				v.light()
				b.Resize(1280, 800)
				b.Go(origin + "/" + name)
				v.title(titles, reflect.TypeOf(samples[i].Page))
				v.keeps("wide")
				v.audited("wide, light")
				v.dark()
				v.audited("wide, dark", "color-contrast")
				v.forced()
				b.Value(larger)
				v.fits("with letters twice as large")
				b.Value(usual)
				b.Resize(320, 640)
				v.keeps("narrow")
				v.fits("at 320 px")
				v.audited("narrow, dark")
				v.light()
				v.audited("narrow, light", "color-contrast")
				b.Value(spacing)
				v.fits("with wider letters")
			}
		})
	}
}

func other(language string) string {
	if language == "en" {
		return "de"
	}
	return "en"
}

// visit is a look at one page.
type visit struct {
	t    *testing.T
	b    *browser.Browser
	name string
}

func (v visit) light() {
	v.b.Media("prefers-color-scheme", "light", "prefers-reduced-motion", "reduce")
}

func (v visit) dark() {
	v.b.Media("prefers-color-scheme", "dark", "prefers-reduced-motion", "reduce")
}

// edges names what cannot be told from its surroundings where colours are the
// reader's own and backgrounds are gone.
const edges = `[...document.querySelectorAll("button:not(.show), .button, input:not([type=hidden], [type=checkbox]), .card, .problems, .notice, .tag, .side [aria-current]")]
	.filter(e => { const s = getComputedStyle(e); return e.checkVisibility() && !e.closest(".sr") &&
		(s.borderTopStyle !== "solid" || parseFloat(s.borderTopWidth) < 1 || s.borderTopColor === "rgba(0, 0, 0, 0)") && s.outlineStyle !== "solid" })
	.map(e => e.outerHTML.slice(0, 80)).join(" | ")`

func (v visit) forced() {
	v.t.Helper()
	v.b.Media("forced-colors", "active", "prefers-reduced-motion", "reduce")
	if got := v.b.Value(`matchMedia("(forced-colors: active)").matches`); got != "true" {
		v.t.Fatal("colours are not forced")
	}
	if got := v.b.Value(edges); got != "" {
		v.t.Errorf("%s, forced colours: no edge: %s", v.name, got)
	}
	v.dark()
}

func (v visit) keeps(how string) {
	v.t.Helper()
	for _, breach := range browser.Answer[[]string](v.b, "rules", rules) {
		v.t.Errorf("%s, %s: %s", v.name, how, breach)
	}
}

func (v visit) audited(how string, only ...string) {
	v.t.Helper()
	for _, f := range audit(v.t, v.b, only...) {
		v.t.Errorf("%s, %s: %v", v.name, how, f)
	}
}

func (v visit) fits(how string) {
	v.t.Helper()
	if got := v.b.Value(overflow); got != "" {
		v.t.Errorf("%s, %s: too wide: %s", v.name, how, got)
	}
	if got := v.b.Value(cut); got != "" {
		v.t.Errorf("%s, %s: cut off: %s", v.name, how, got)
	}
}

// title holds that two pages have two titles (WCAG 2.2 §2.4.2).
func (v visit) title(titles map[string]reflect.Type, page reflect.Type) {
	v.t.Helper()
	_, title, found := strings.Cut(v.b.Value(`document.title`), ": ")
	if !found {
		title = v.b.Value(`document.title`)
	}
	if was, taken := titles[title]; taken && was != page {
		v.t.Errorf("%s: %q is also the title of a %v", v.name, title, was)
	}
	titles[title] = page
	if strings.TrimSpace(title) == "" {
		v.t.Errorf("%s has no title", v.name)
	}
}
