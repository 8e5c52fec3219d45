package ui_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/axess-go/axess/ui"
)

// tongue is what a page of one language has to say.
type tongue struct{ tag, dir, errorPrefix, problems string }

// tongues are the shipped languages and the two that only test layouts
// (UIX-085).
func tongues() []tongue {
	return []tongue{
		{"en", "ltr", "Error:", "There is a problem"},
		{"de", "ltr", "Fehler:", "Es gibt ein Problem"},
		{"en-XA", "ltr", "Éŕŕöŕ:", "Ţĥéŕé îš å þŕöbļém öné ţŵö"},
		{"ar-XB", "rtl", "يررور:", "تهيري يس ا بروبليم"},
	}
}

// speaking is the tongue of a page.
func speaking(t *testing.T, doc document) tongue {
	t.Helper()
	lang := attr(doc.one(t, "html"), "lang")
	for _, l := range tongues() {
		if l.tag == lang {
			return l
		}
	}
	t.Fatalf("lang is %q", lang)
	return tongue{}
}

// forEachSample runs check on every page in every state in every language.
func forEachSample(t *testing.T, check func(t *testing.T, s ui.Sample, doc document)) {
	t.Helper()
	for _, l := range tongues() {
		config := ui.SampleConfig()
		config.Custom.Languages = []string{l.tag, "en"}
		if l.tag == "en" {
			config.Custom.Languages = nil
		}
		r := newRenderer(t, config)
		for _, s := range ui.Samples() {
			t.Run(l.tag+"/"+s.Name, func(t *testing.T) {
				t.Parallel()
				doc := parse(t, render(t, r, s.Page))
				if got := speaking(t, doc).tag; got != l.tag {
					t.Fatalf("speaks %s", got)
				}
				check(t, s, doc)
			})
		}
	}
}

func TestEveryPage_has_one_heading_a_title_and_a_language(t *testing.T) {
	t.Parallel()
	forEachSample(t, func(t *testing.T, _ ui.Sample, doc document) {
		// UIX-070
		if h1 := doc.all("h1"); len(h1) != 1 || strings.TrimSpace(text(h1[0])) == "" {
			t.Errorf("want one h1 with words, got %d", len(h1))
		}
		// UIX-086
		if dir := attr(doc.one(t, "html"), "dir"); dir != speaking(t, doc).dir {
			t.Errorf("dir is %q", dir)
		}
		if title := text(doc.one(t, "title")); !strings.Contains(title+" ", " – Northwind ") {
			t.Errorf("title is %q", title)
		}
		if mains := doc.all("main"); len(mains) != 1 || attr(mains[0], "id") != "main" {
			t.Errorf("want one main with the id of the skip link")
		}
	})
}

func TestEveryPage_is_free_of_inline_code_and_style(t *testing.T) {
	t.Parallel()
	forEachSample(t, func(t *testing.T, _ ui.Sample, doc document) {
		// UIX-002
		for _, n := range doc.nodes {
			if n.Data == "style" || n.Data == "iframe" || n.Data == "object" || n.Data == "base" {
				t.Errorf("element %s", n.Data)
			}
			if n.Data == "script" && (attr(n, "src") == "" || n.FirstChild != nil) {
				t.Error("inline script")
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("attribute %s on %s", a.Key, n.Data)
				}
			}
		}
	})
}

func TestEveryPage_stays_on_its_own_origin(t *testing.T) {
	t.Parallel()
	forEachSample(t, func(t *testing.T, s ui.Sample, doc document) {
		// UIX-005
		for _, n := range doc.nodes {
			for _, a := range n.Attr {
				if !slices.Contains([]string{"href", "src", "action", "formaction", "srcset", "poster", "data"}, a.Key) {
					continue
				}
				own := strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "//") || strings.HasPrefix(a.Val, "#") && a.Val != "#ZgotmplZ"
				switch {
				case own:
				case n.Data == "a" && s.Name == "error-dev" && strings.HasPrefix(a.Val, "https://docs.example/"):
				case n.Data == "a" && strings.HasPrefix(s.Name, "outbox") && strings.HasPrefix(a.Val, "http://localhost:8080/"):
				case n.Data == "a" && (strings.HasPrefix(s.Name, "totp") || strings.HasPrefix(s.Name, "claim-app") || strings.HasPrefix(s.Name, "rebind-app") || strings.HasPrefix(s.Name, "enrol") || strings.HasPrefix(s.Name, "sign-up-app") || strings.HasPrefix(s.Name, "recover")) && strings.HasPrefix(a.Val, "otpauth://totp/"):
				default:
					t.Errorf("%s %s=%q leaves the origin", n.Data, a.Key, a.Val)
				}
			}
		}
	})
}

func TestEveryPage_posts_a_token_with_every_form(t *testing.T) {
	t.Parallel()
	forEachSample(t, func(t *testing.T, _ ui.Sample, doc document) {
		for _, form := range doc.all("form") {
			// UIX-050
			if attr(form, "method") != "post" {
				t.Errorf("form with method %q", attr(form, "method"))
			}
			if !has(form, "novalidate") {
				t.Error("form without novalidate: the browser's own message is not ours")
			}
			tokens := 0
			for _, in := range within(form, "input") {
				if attr(in, "name") == "_csrf" {
					tokens++
					if attr(in, "value") != "sample-token" || attr(in, "type") != "hidden" {
						t.Error("_csrf is not the hidden token")
					}
				}
			}
			if tokens != 1 {
				t.Errorf("%d _csrf fields", tokens)
			}
			if len(within(form, "button")) == 0 {
				t.Error("form without a button")
			}
		}
	})
}

func TestEveryPage_labels_and_describes_its_fields(t *testing.T) {
	t.Parallel()
	forEachSample(t, func(t *testing.T, _ ui.Sample, doc document) {
		ids := map[string]*html.Node{}
		for _, n := range doc.nodes {
			id := attr(n, "id")
			if id == "" {
				continue
			}
			if ids[id] != nil {
				t.Errorf("id %q twice", id)
			}
			ids[id] = n
		}
		labels := map[string]string{}
		for _, l := range doc.all("label") {
			labels[attr(l, "for")] = strings.TrimSpace(text(l))
		}
		for _, in := range doc.all("input") {
			if attr(in, "type") == "hidden" {
				continue
			}
			// UIX-050
			if labels[attr(in, "id")] == "" {
				t.Errorf("field %q has no label", attr(in, "name"))
			}
			// UIX-011: nothing blocks paste, autofill or a password manager.
			if attr(in, "autocomplete") == "" && attr(in, "type") != "checkbox" {
				t.Errorf("field %q has no autocomplete", attr(in, "name"))
			}
		}
		for _, n := range doc.nodes {
			for _, ref := range []string{"aria-describedby", "aria-labelledby", "aria-controls"} {
				for _, id := range strings.Fields(attr(n, ref)) {
					if ids[id] == nil {
						t.Errorf("%s on %s names %q, which does not exist", ref, n.Data, id)
					}
				}
			}
			if href := attr(n, "href"); strings.HasPrefix(href, "#") && ids[href[1:]] == nil {
				t.Errorf("link to %q leads nowhere", href)
			}
			if (n.Data == "a" || n.Data == "button") && strings.TrimSpace(text(n)) == "" {
				t.Errorf("%s without words", n.Data)
			}
			if n.Data == "svg" && attr(n, "aria-hidden") != "true" && attr(n, "aria-label") == "" {
				t.Error("picture without a text")
			}
			if tab := attr(n, "tabindex"); tab != "" && tab != "-1" {
				t.Errorf("tabindex %s changes the order of reading", tab)
			}
		}
	})
}

func TestEveryPage_starts_with_the_way_to_the_content(t *testing.T) {
	t.Parallel()
	forEachSample(t, func(t *testing.T, _ ui.Sample, doc document) {
		for _, n := range doc.nodes {
			// UIX-010
			if n.Data == "a" || n.Data == "button" || n.Data == "input" || n.Data == "summary" {
				if attr(n, "href") != "#main" {
					t.Errorf("first focusable is %s %q", n.Data, attr(n, "href"))
				}
				return
			}
		}
	})
}

func TestEveryPage_with_problems_says_so_first(t *testing.T) {
	t.Parallel()
	forEachSample(t, func(t *testing.T, s ui.Sample, doc document) {
		problems := frameOf(s.Page).Problems
		isError := strings.HasPrefix(text(doc.one(t, "title")), speaking(t, doc).errorPrefix)
		first := firstElement(doc.one(t, "main"))
		summary := attr(first, "id") == "problems"
		// UIX-051
		if isError != (len(problems) > 0) || summary != (len(problems) > 0) {
			t.Fatalf("%d problems, title says error: %v, summary first: %v", len(problems), isError, summary)
		}
		if len(problems) == 0 {
			return
		}
		if heading := text(within(first, "h2")[0]); heading != speaking(t, doc).problems {
			t.Errorf("summary is headed %q", heading)
		}
		if items := within(first, "li"); len(items) != len(problems) {
			t.Errorf("%d items for %d problems", len(items), len(problems))
		}
		for _, link := range within(first, "a") {
			field := doc.byID(strings.TrimPrefix(attr(link, "href"), "#"))
			if field == nil || field.Data != "input" || attr(field, "aria-invalid") != "true" {
				t.Errorf("%s is not a field marked as wrong", attr(link, "href"))
				continue
			}
			message := doc.byID(attr(field, "id") + "-error")
			if message == nil || text(message) != text(link) {
				t.Errorf("field %s does not repeat its message", attr(field, "id"))
			} else if doc.index(message) > doc.index(field) {
				t.Errorf("message of %s stands below the field", attr(field, "id"))
			}
		}
	})
}

func TestEveryPage_shows_at_most_one_notice_in_a_status_region(t *testing.T) {
	t.Parallel()
	forEachSample(t, func(t *testing.T, s ui.Sample, doc document) {
		var notices []*html.Node
		for _, n := range doc.nodes {
			if attr(n, "class") == "notice" {
				notices = append(notices, n)
			}
		}
		want := 0
		if !frameOf(s.Page).Notice.Empty() {
			want = 1
		}
		// UIX-057
		if len(notices) != want {
			t.Fatalf("%d notices, want %d", len(notices), want)
		}
		if want == 1 && attr(notices[0], "role") != "status" {
			t.Error("notice is not a status region")
		}
	})
}

func TestFields_carry_the_attributes_managers_and_keyboards_need(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, ui.SampleConfig())
	samples := map[string]ui.Page{}
	for _, s := range ui.Samples() {
		samples[s.Name] = s.Page
	}
	for _, c := range []struct {
		page, field string
		want        map[string]string
	}{
		// UIX-011, UIX-050
		{"sign-in", "identifier", map[string]string{"type": "email", "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "maxlength": "256"}},
		{"sign-in-full", "identifier", map[string]string{"type": "text", "autocomplete": "username", "value": "ada@example.org"}},
		{"sign-in", "password", map[string]string{"type": "password", "autocomplete": "current-password", "maxlength": "1024"}},
		{"sign-up", "email", map[string]string{"type": "email", "autocomplete": "username"}},
		{"sign-up-name", "name", map[string]string{"type": "text", "autocomplete": "name"}},
		{"sign-up", "password", map[string]string{"type": "password", "autocomplete": "new-password", "minlength": "15", "passwordrules": "minlength: 15;"}},
		{"confirm-other-browser", "password", map[string]string{"autocomplete": "new-password", "minlength": "15"}},
		{"factor-totp", "code", map[string]string{"type": "text", "inputmode": "numeric", "autocomplete": "one-time-code", "pattern": `[0-9 \-]*`}},
		{"factor-password", "password", map[string]string{"autocomplete": "current-password"}},
		{"totp", "code", map[string]string{"autocomplete": "one-time-code"}},
		{"email", "email", map[string]string{"type": "email", "autocomplete": "email", "autocapitalize": "none", "spellcheck": "false", "maxlength": "256"}},
		{"names", "new_name", map[string]string{"type": "text", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "maxlength": "256"}},
		{"names-problem", "new_name", map[string]string{"value": "lovelace"}},
		{"email-problem", "email", map[string]string{"value": "ada@example.org"}},
		{"totp", "label", map[string]string{"autocomplete": "off"}},
		{"factor-step-up-failed", "password", map[string]string{"type": "password", "autocomplete": "current-password"}},
		{"password", "current_password", map[string]string{"type": "password", "autocomplete": "current-password"}},
	} {
		doc := parse(t, render(t, r, samples[c.page]))
		in := doc.input(c.field)
		if in == nil {
			t.Errorf("%s has no field %s", c.page, c.field)
			continue
		}
		for name, value := range c.want {
			if attr(in, name) != value {
				t.Errorf("%s, %s: %s is %q, want %q", c.page, c.field, name, attr(in, name), value)
			}
		}
	}
	if doc := parse(t, render(t, r, samples["totp"])); doc.input("current_password") != nil {
		t.Error("asks for a password that is not needed")
	}
	if doc := parse(t, render(t, r, samples["factor-totp"])); !has(doc.input("code"), "autofocus") {
		t.Error("the code field does not take the cursor")
	}
	if doc := parse(t, render(t, r, samples["factor-totp-failed"])); has(doc.input("code"), "autofocus") {
		t.Error("the code field takes the cursor from the summary")
	}
}
