// Command gallery writes every page in every state as static HTML into a
// directory, with the style sheet and script beside them, so that the design
// can be looked at without a server:
//
//	go run ./internal/cmd/gallery DIR
package main

import (
	"bytes"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/axess-go/axess/ui"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gallery DIR")
		os.Exit(64)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gallery:", err)
		os.Exit(2)
	}
}

var (
	assetPath = regexp.MustCompile(`"/auth/assets/([a-z0-9.]+)"`)
	integrity = regexp.MustCompile(` integrity="[^"]*"`)
)

func write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	r, err := ui.NewRenderer(ui.SampleConfig())
	if err != nil {
		return err
	}
	var index strings.Builder
	index.WriteString("<!doctype html><html lang=\"en\"><title>Gallery</title><h1>Gallery</h1><ul>")
	assets := map[string]bool{}
	for _, s := range ui.Samples() {
		var page bytes.Buffer
		if err := r.Render(&page, s.Page); err != nil {
			return err
		}
		text := assetPath.ReplaceAllStringFunc(page.String(), func(m string) string {
			name := assetPath.FindStringSubmatch(m)[1]
			assets[name] = true
			return `"` + name + `"`
		})
		// A page read from a file has no origin, so its integrity check fails.
		text = integrity.ReplaceAllString(text, "")
		if err := os.WriteFile(filepath.Join(dir, s.Name+".html"), []byte(text), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(&index, "<li><a href=\"%[1]s.html\">%[1]s</a></li>", html.EscapeString(s.Name))
	}
	for name := range assets {
		w := httptest.NewRecorder()
		r.Assets().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/auth/assets/"+name, nil))
		if w.Code != http.StatusOK {
			return fmt.Errorf("asset %s: status %d", name, w.Code)
		}
		if err := os.WriteFile(filepath.Join(dir, name), w.Body.Bytes(), 0o644); err != nil {
			return err
		}
	}
	index.WriteString("</ul></html>")
	return os.WriteFile(filepath.Join(dir, "index.html"), []byte(index.String()), 0o644)
}
