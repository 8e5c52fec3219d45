package ui_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing/fstest"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/ui"
)

func ExampleNewRenderer() {
	r, err := ui.NewRenderer(ui.Config{Brand: ui.Brand{Name: "Acme"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	var page strings.Builder
	if err := r.Render(&page, ui.SignInPage{Frame: ui.Frame{CSRF: "token"}, EmailOnly: true}); err != nil {
		fmt.Println(err)
		return
	}
	_, title, _ := strings.Cut(page.String(), "<title>")
	title, _, _ = strings.Cut(title, "</title>")
	fmt.Println(title)
	// Output: Sign in – Acme
}

func ExampleRenderer_Render() {
	r, err := ui.NewRenderer(ui.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	handler := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", ui.ContentSecurityPolicy)
		w.WriteHeader(http.StatusUnauthorized)
		page := ui.SignInPage{Frame: ui.Frame{CSRF: "token", Problems: ui.SignInFailed()}, Identifier: "ada@example.org"}
		if err := r.Render(w, page); err != nil {
			fmt.Println(err)
		}
	}
	w := httptest.NewRecorder()
	handler(w, httptest.NewRequest(http.MethodPost, "/auth/sign-in", nil))
	fmt.Println(w.Code, strings.Contains(w.Body.String(), "Those details did not match. Check them and try again."))
	// Output: 401 true
}

func ExampleRenderer_Assets() {
	r, err := ui.NewRenderer(ui.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("GET /auth/assets/", r.Assets())
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/auth/assets/", nil))
	fmt.Println(w.Code) // no listing
	// Output: 404
}

func ExampleMailTexts() {
	var texts ui.MailTexts
	subject, text := texts.Mail(authn.Note{
		Kind: authn.NoteVerify, Language: "en", Link: "http://localhost:8080/auth/verify?token=SAMPLE", Works: 24 * time.Hour,
	})
	fmt.Println(subject)
	fmt.Println()
	fmt.Print(text)
	// Output:
	// Confirm your address
	//
	// Somebody, probably you, is creating an account at axess with this address.
	// Open the link to confirm it. The link works for 24 hours.
	//
	// http://localhost:8080/auth/verify?token=SAMPLE
	//
	// If it was not you, do nothing. No account is made without the link.
}

func ExampleSamples() {
	r, err := ui.NewRenderer(ui.SampleConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	failed := 0
	for _, sample := range ui.Samples() {
		var page strings.Builder
		if err := r.Render(&page, sample.Page); err != nil {
			failed++
		}
	}
	fmt.Println(failed)
	// Output: 0
}

func ExampleCheck() {
	own := fstest.MapFS{"signed_out.html": {Data: []byte(`{{define "main"}}<h1>{{.Heading}}</h1>
<form method="post" action="/poll"><button>{{.Mood}}</button></form>{{end}}`)}}
	fmt.Println(ui.Check(own))
	// Output:
	// ui: configuration refused: Custom: Templates
	//   signed_out.html (page signed-out and 3 more): signed_out.html:2:45: executing "main" at <.Mood>: can't evaluate field Mood in type *ui.SignedOutPage [execute]
}

func ExampleTheme_Check() {
	fmt.Println(ui.Theme{Light: ui.Colors{OnAccent: "#2b4acb"}}.Check())
	// Output:
	// ui: configuration refused: Custom: Theme.Light: OnAccent on Accent is 1.00:1, at least 4.5:1 is needed
}

func ExampleExport() {
	dir, err := os.MkdirTemp("", "pages")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := ui.Export(dir); err != nil {
		fmt.Println(err)
	}
	// Own changes are made here; then the directory is what the program passes on.
	fmt.Println(ui.Check(os.DirFS(dir)))
	// Output: <nil>
}

func ExampleRenderer_Gallery() {
	r, err := ui.NewRenderer(ui.SampleConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "gallery")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	fmt.Println(r.Gallery(dir))
	// Output: <nil>
}

func ExampleMessages() {
	own := ui.Messages("en")
	own["sign_in.title"] = "Welcome aboard"
	r, err := ui.NewRenderer(ui.Config{Custom: ui.Custom{
		Languages: []string{"en-GB"},
		Messages:  map[string]map[string]string{"en-GB": own},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Languages())

	_, err = ui.NewRenderer(ui.Config{Custom: ui.Custom{
		Messages: map[string]map[string]string{"de": {"problem.locked": "Zu viele Versuche."}},
	}})
	fmt.Println(err)
	// Output:
	// [en-GB]
	// ui: configuration refused: Custom: Messages["de"]: text "problem.locked" has the arguments [], not [time]
}

// The templates that the pages are made of, to start own ones from.
func ExampleTemplates() {
	data, err := fs.ReadFile(ui.Templates(), "brand.html")
	fmt.Println(strings.Contains(string(data), `define "brand"`), err)
	// Output: true <nil>
}

// A theme of one's own changes some fields; this is what the others stay at.
func ExampleShippedTheme() {
	t := ui.ShippedTheme()
	fmt.Println(t.Light.Accent != "", t.Dark.Accent != "", t.Check())
	// Output: true true <nil>
}

// Programs get the pages from axess.New, which wires them; what is missing is
// named.
func ExampleNewHandlers() {
	_, err := ui.NewHandlers(ui.HandlersConfig{})
	fmt.Println(err)
	// Output: ui: handlers need Renderer, Accounts, Keys, Clock, Cookies and Log
}
