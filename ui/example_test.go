package ui_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

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
	subject, text := texts.Verify("http://localhost:8080/auth/verify?token=SAMPLE", 24*time.Hour)
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
