package ui_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/axess-go/axess/ui"
)

// shipped is the text of a shipped template.
func shipped(t *testing.T, file string) string {
	t.Helper()
	body, err := fs.ReadFile(ui.Templates(), file)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// changed is a file system with one shipped template in which old is replaced.
func changed(t *testing.T, file, old, replacement string) fs.FS {
	t.Helper()
	body := shipped(t, file)
	if !strings.Contains(body, old) {
		t.Fatalf("%s does not hold %q", file, old)
	}
	return fstest.MapFS{file: {Data: []byte(strings.ReplaceAll(body, old, replacement))}}
}

func findings(t *testing.T, err error) []ui.Finding {
	t.Helper()
	var refused *ui.TemplateError
	if !errors.As(err, &refused) || len(refused.Findings) == 0 {
		t.Fatalf("not refused with findings: %v", err)
	}
	if !errors.Is(err, ui.ErrCustom) || !errors.Is(err, ui.ErrConfig) {
		t.Errorf("is neither ErrCustom nor ErrConfig: %v", err)
	}
	return refused.Findings
}

func TestCheck_accepts_the_shipped_templates(t *testing.T) {
	t.Parallel()
	// UIX-080, UIX-081
	if err := ui.Check(ui.Templates()); err != nil {
		t.Error(err)
	}
	guarded := `{{define "main"}}<h1>{{.Heading}}</h1>{{if .Problems}}{{(index .Problems 0).Target}}{{end}}{{if .SignedInAs}}{{.T "signed_out.text"}}{{else}}-{{end}}{{end}}`
	if err := ui.Check(fstest.MapFS{"signed_out.html": {Data: []byte(guarded)}}); err != nil {
		t.Error(err)
	}
	reach := `{{define "footer"}}<footer><a href="mailto:help@northwind.example">Write</a> <a href="tel:+4930123456">Call</a> <a href="/imprint">Imprint</a> <a href="?x=1:2">Here</a></footer>{{end}}`
	if err := ui.Check(fstest.MapFS{"footer.html": {Data: []byte(reach)}}); err != nil {
		t.Error(err)
	}
	if err := ui.Check(fstest.MapFS{"README.md": {Data: []byte("not a template")}}); err != nil {
		t.Error(err)
	}
}

func TestCheck_refuses_what_would_weaken_or_break_a_page(t *testing.T) {
	t.Parallel()
	const h1 = "<h1>{{.Heading}}</h1>"
	const csrf = `{{template "csrf" .}}`
	for _, c := range []struct {
		name, file, old, new string
		rule                 ui.Rule
		says                 string
	}{
		// UIX-081
		{"no token", "sign_in.html", csrf, "", ui.RuleCSRF, "_csrf"},
		{"a token of another name", "sign_in.html", csrf, `<input type="hidden" name="csrf" value="{{.CSRF}}">`, ui.RuleCSRF, "_csrf"},
		{"a token that is constant", "sign_in.html", csrf, `<input type="hidden" name="_csrf" value="x">`, ui.RuleCSRF, "_csrf"},
		{"two tokens", "sign_in.html", csrf, csrf + csrf, ui.RuleCSRF, "_csrf"},
		{"a further form without token", "footer.html", `{{define "footer"}}`, `{{define "footer"}}<form method="POST" action="/poll"><button>Vote</button></form>`, ui.RuleCSRF, "_csrf"},
		{"a button that makes a search post", "footer.html", `{{define "footer"}}`, `{{define "footer"}}<form action="/search"><button formmethod="post">Find</button></form>`, ui.RuleCSRF, "_csrf"},
		{"a form that the token is not found in", "sign_in.html", "novalidate", `enctype="multipart/form-data"`, ui.RuleCSRF, "enctype"},
		{"inline script", "sign_in.html", h1, h1 + "<script>alert(1)</script>", ui.RuleInline, "script"},
		{"inline script for those without script", "head.html", `{{define "head"}}`, `{{define "head"}}<noscript><style>p{}</style></noscript>`, ui.RuleInline, "style"},
		{"style element", "head.html", `{{define "head"}}`, `{{define "head"}}<style>p{}</style>`, ui.RuleInline, "style"},
		{"style attribute", "brand.html", `class="brand"`, `class="brand" style="color:red"`, ui.RuleInline, "style"},
		{"handler", "sign_in.html", `<button class="main">`, `<button class="main" onclick="x()">`, ui.RuleInline, "onclick"},
		{"handler in a picture", "brand.html", `<rect class="mark"`, `<rect onbegin="x()" class="mark"`, ui.RuleInline, "onbegin"},
		{"script from elsewhere", "head.html", `{{define "head"}}`, `{{define "head"}}<script src="https://cdn.example/x.js"></script>`, ui.RuleForeign, "cdn.example"},
		{"font from elsewhere", "head.html", `{{define "head"}}`, `{{define "head"}}<link rel="stylesheet" href="//fonts.example/x.css">`, ui.RuleForeign, "fonts.example"},
		{"address that only browsers take for another host", "head.html", `{{define "head"}}`, `{{define "head"}}<link rel="stylesheet" href="/\fonts.example/x.css">`, ui.RuleForeign, "fonts.example"},
		{"tracking picture", "footer.html", `{{define "footer"}}`, `{{define "footer"}}<img alt="" srcset="/a.png 1x, https://spy.example/p.gif 2x">`, ui.RuleForeign, "spy.example"},
		{"picture from elsewhere in a picture", "brand.html", `class="mark-in" fill="#fff"`, `class="mark-in" fill="url(https://spy.example/#a)"`, ui.RuleForeign, "spy.example"},
		{"link elsewhere", "footer.html", `{{define "footer"}}`, `{{define "footer"}}<a href="https://elsewhere.example/">Elsewhere</a>`, ui.RuleForeign, "elsewhere.example"},
		{"form that posts elsewhere", "sign_in.html", `action="{{.Path "sign_in"}}"`, `action="https://evil.example/"`, ui.RuleForeign, "evil.example"},
		{"refresh", "head.html", `{{define "head"}}`, `{{define "head"}}<meta http-equiv="refresh" content="3">`, ui.RuleElement, "refresh"},
		{"frame", "footer.html", `{{define "footer"}}`, `{{define "footer"}}<iframe src="/x"></iframe>`, ui.RuleElement, "iframe"},
		{"base", "head.html", `{{define "head"}}`, `{{define "head"}}<base href="/x/">`, ui.RuleElement, "base"},
		{"no label", "sign_in.html", `{{template "input" (.Input "password" "")}}`, `<input type="password" name="password" id="p" aria-label="Password">`, ui.RuleLabel, `"password"`},
		{"empty label", "parts.html", `<label for="{{.ID}}">{{.Label}}</label>`, `<label for="{{.ID}}"></label>`, ui.RuleLabel, "no label"},
		{"no language", "base.html", ` lang="{{.Language}}"`, "", ui.RuleFrame, "lang"},
		{"a language that is stated", "base.html", ` lang="{{.Language}}"`, ` lang="en"`, ui.RuleFrame, "sign-in in de and"},
		{"an error that is said in English alone", "base.html", "{{.DocumentTitle}}", "{{if .Problems}}Error: {{end}}{{.Heading}}", ui.RuleFrame, "Fehler:"},
		{"no title", "base.html", "<title>{{.DocumentTitle}}</title>", "", ui.RuleFrame, "title"},
		{"a title that hides the problem", "base.html", "{{.DocumentTitle}}", "{{.Heading}}", ui.RuleFrame, "Error:"},
		{"no heading", "sign_in.html", h1, "", ui.RuleFrame, "h1"},
		{"an id twice", "sign_in.html", h1, h1 + `<p id="f-password"></p>`, ui.RuleFrame, "f-password"},
		{"no summary", "base.html", `{{template "summary" .}}`, "", ui.RuleSummary, "summary"},
		{"a summary without links", "parts.html", `<a href="#{{.}}">{{end}}{{$.Say .Text}}{{if .Target}}</a>`, `{{end}}{{$.Say .Text}}{{if .Target}}`, ui.RuleSummary, "link"},
		{"a field that is not marked", "parts.html", ` aria-invalid="true"`, "", ui.RuleSummary, "aria-invalid"},
		{"no notice", "base.html", `{{template "notice" .}}`, "", ui.RuleNotice, "notice"},
		{"a renamed field", "parts.html", `name="{{.Name}}"`, `name="{{.Name}}2"`, ui.RuleForm, `"password"`},
		{"a missing field", "sign_in.html", `{{template "next" .}}`, "", ui.RuleForm, `"next"`},
		{"a password that can be read", "parts.html", `type="{{.Type}}"`, `type="text"`, ui.RuleForm, `password field "password"`},
		{"a form that gets", "sign_in.html", `method="post"`, `method="get"`, ui.RuleForm, "/auth/sign-in"},
		{"a form to another page", "sign_out.html", `{{.Path "sign_out"}}`, `{{.Path "sign_in"}}`, ui.RuleForm, "/auth/sign-out"},
		{"a button that says something else", "sign_out.html", `value="all"`, `value="this"`, ui.RuleForm, `"all"`},
		{"a name that replaces nothing", "sign_in.html", "", "", ui.RuleName, "did you mean sign_in.html?"},
		{"a broken template", "sign_in.html", "{{end}}", "", ui.RuleSyntax, "sign_in.html:"},
		{"words outside", "sign_in.html", `{{define "main"}}`, `Hello {{define "main"}}`, ui.RuleDefine, "outside"},
		{"nothing defined", "brand.html", `{{define "brand"}}`, `{{define "brnd"}}`, ui.RuleDefine, `{{define "brand"}}`},
		// UIX-082
		{"a field that is gone", "sign_in.html", ".Identifier", ".Username", ui.RuleExecute, "sign_in.html:3:"},
		{"a text that is gone", "sign_in.html", "sign_in.button", "sign_in.push", ui.RuleExecute, "sign_in.push"},
		{"a page that is gone", "sign_in.html", `{{.Path "sign_up"}}`, `{{.Path "join"}}`, ui.RuleExecute, "join"},
		{"a template that is gone", "sign_in.html", `{{template "next" .}}`, `{{template "then" .}}`, ui.RuleExecute, "then"},
		{"a panic", "signed_out.html", h1, h1 + `{{(index .Problems 3).Target}}`, ui.RuleExecute, "signed_out.html:1:"},
		// What no sample shows.
		{"a field that is gone in a branch nobody takes", "sign_in.html", h1, h1 + `{{if eq .Identifier "nobody"}}{{.Gone}}{{end}}`, ui.RuleExecute, "can't evaluate field Gone"},
		{"a field that is gone in the other branch", "sessions.html", "<h1>", `{{range .Sessions}}{{if .Ref}}{{else if $x := .This}}{{$x}}{{.Gone}}{{end}}{{end}}<h1>`, ui.RuleExecute, "can't evaluate field Gone"},
		{"script in a branch nobody takes", "sign_in.html", h1, h1 + `{{if eq .Identifier "nobody"}}<script>x</script>{{end}}`, ui.RuleInline, "script"},
		{"an address in a branch nobody takes", "footer.html", `{{define "footer"}}`, `{{define "footer"}}{{if eq .BrandName "nobody"}}<img alt="" src="https://spy.example/{{.RequestID}}">{{end}}`, ui.RuleForeign, "spy.example"},
		{"a page without end", "signed_out.html", h1, h1 + `{{range 1000000000}}more and more{{end}}`, ui.RuleExecute, "1024 KiB"},
		{"a template that calls itself", "signed_out.html", h1, h1 + `{{template "loop" .}}{{end}}{{define "loop"}}{{template "loop" .}}`, ui.RuleExecute, "exceeded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			files := changed(t, c.file, c.old, c.new)
			if c.rule == ui.RuleName {
				files = fstest.MapFS{"sign-in.html": {Data: []byte(shipped(t, "sign_in.html"))}}
			}
			found := findings(t, ui.Check(files))
			for _, f := range found {
				if f.Rule == c.rule && strings.Contains(f.String(), c.says) {
					return
				}
			}
			t.Errorf("want %s with %q, got %v", c.rule, c.says, found)
		})
	}
}

func TestCheck_names_the_file_and_says_each_fault_once(t *testing.T) {
	t.Parallel()
	found := findings(t, ui.Check(changed(t, "footer.html", `{{define "footer"}}`, `{{define "footer"}}<b style="x">b</b>`)))
	if len(found) != 1 || found[0].Template != "footer.html" || found[0].More == 0 {
		t.Errorf("got %v", found)
	}
	all := fstest.MapFS{}
	for _, file := range []string{"sign_in.html", "sign_up.html"} {
		all[file] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(shipped(t, file), "<h1>{{.Heading}}</h1>", ""))}
	}
	files := map[string]bool{}
	for _, f := range findings(t, ui.Check(all)) {
		files[f.Template] = true
	}
	if !files["sign_in.html"] || !files["sign_up.html"] {
		t.Errorf("not every file is named: %v", files)
	}
}

type unreadable struct{ fs.FS }

func (unreadable) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

func TestCheck_tells_what_it_cannot_read(t *testing.T) {
	t.Parallel()
	if err := ui.Check(unreadable{}); !errors.Is(err, fs.ErrPermission) || !errors.Is(err, ui.ErrCustom) {
		t.Errorf("got %v", err)
	}
	huge := fstest.MapFS{"sign_in.html": {Data: make([]byte, 256<<10+1)}}
	if err := ui.Check(huge); !errors.Is(err, ui.ErrCustom) || !strings.Contains(err.Error(), "sign_in.html: larger than 256 KiB") {
		t.Errorf("got %v", err)
	}
}

func TestTemplates_replace_any_subset_by_name(t *testing.T) {
	t.Parallel()
	config := ui.SampleConfig()
	config.Custom.Templates = fstest.MapFS{
		"head.html":        {Data: []byte(`{{define "head"}}<link rel="stylesheet" href="/own.css">{{end}}`)},
		"brand.html":       {Data: []byte(`{{define "brand"}}<strong>{{.BrandName}} Bank</strong>{{end}}`)},
		"footer.html":      {Data: []byte(`{{define "footer"}}{{end}}`)},
		"account_nav.html": {Data: []byte(`{{define "account_nav"}}<a href="{{.Path "account"}}">Mine</a>{{end}}`)},
		"signed_out.html":  {Data: []byte(`{{define "main"}}<h1>Until soon</h1><p>{{template "extra" .}}</p>{{end}}{{define "extra"}}Good bye{{end}}`)},
	}
	r := newRenderer(t, config)
	// UIX-080
	out := parse(t, render(t, r, sample(t, "signed-out")))
	page := text(out.one(t, "body"))
	for _, want := range []string{"Until soon", "Good bye", "Northwind Bank"} {
		if !strings.Contains(page, want) {
			t.Errorf("lacks %q: %s", want, page)
		}
	}
	if strings.Contains(page, "Help") || !out.links()["/own.css"] {
		t.Error("footer or head is not the replaced one")
	}
	account := parse(t, render(t, r, sample(t, "account")))
	if !strings.Contains(text(account.one(t, "nav")), "Mine") {
		t.Error("the navigation is not the replaced one")
	}
	if said := r.Customized(); !strings.Contains(said, " brand.html=") || strings.Contains(said, "sign_in.html") || !strings.Contains(said, "terms=/terms") {
		t.Errorf("says %q of itself", said)
	}
	if plain := render(t, newRenderer(t, ui.SampleConfig()), sample(t, "signed-out")); strings.Contains(plain, "Until soon") {
		t.Error("another renderer has the templates too")
	}
}

func TestExport_writes_every_template_and_overwrites_nothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/own"
	// UIX-081
	if err := ui.Export(dir); err != nil {
		t.Fatal(err)
	}
	if err := ui.Export(dir); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the second time: %v", err)
	}
}

func TestGallery_draws_every_page_without_a_server(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/gallery"
	config := ui.SampleConfig()
	config.Custom.Theme.Logo = picture(t, 20, 20)
	if err := newRenderer(t, config).Gallery(dir); err != nil {
		t.Fatal(err)
	}
	// UIX-081
	for _, s := range ui.Samples() {
		body, err := os.ReadFile(filepath.Join(dir, s.Name+".html"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), "/auth/assets/") || strings.Contains(string(body), "integrity=") {
			t.Errorf("%s needs a server", s.Name)
		}
		for _, n := range parse(t, string(body)).nodes {
			for _, address := range []string{attr(n, "src"), attr(n, "href")} {
				if strings.HasSuffix(address, ".css") || strings.HasSuffix(address, ".js") || strings.HasSuffix(address, ".png") {
					if _, err := os.Stat(filepath.Join(dir, address)); err != nil {
						t.Errorf("%s: %v", s.Name, err)
					}
				}
			}
		}
	}
	if err := newRenderer(t, config).Gallery(filepath.Join(dir, "index.html")); err == nil {
		t.Error("a file for a directory")
	}
}
