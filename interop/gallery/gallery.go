// Package gallery serves every page of the library in every state, with the
// headers that pages have, so that a browser can look at all of them without
// signing anybody in.
//
//	g, err := gallery.New("de", "en")
//	s := httptest.NewServer(g)
//	for _, name := range g.Names {
//		b.Go(s.URL + "/" + name)
//	}
//
// A page is served under the name of its sample; below /plain/ without its style
// sheet. It is not a server that anybody can sign in to: that is package site.
package gallery

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"github.com/axess-go/axess/ui"
)

// Gallery is the handler and what it serves.
type Gallery struct {
	// Names are the samples, in their order.
	Names []string
	mux   *http.ServeMux
}

// New draws the samples in the first of the languages; without any, in the
// shipped default.
func New(languages ...string) (*Gallery, error) {
	config := ui.SampleConfig()
	config.Custom.Languages = languages
	r, err := ui.NewRenderer(config)
	if err != nil {
		return nil, fmt.Errorf("gallery: %w", err)
	}
	g := &Gallery{mux: http.NewServeMux()}
	g.mux.Handle("/auth/assets/", r.Assets())
	for _, s := range ui.Samples() {
		var page bytes.Buffer
		if err := r.Render(&page, s.Page); err != nil {
			return nil, fmt.Errorf("gallery: %s: %w", s.Name, err)
		}
		g.Names = append(g.Names, s.Name)
		g.serve("/"+s.Name, page.String())
		g.serve("/plain/"+s.Name, plain(page.String()))
	}
	return g, nil
}

func (g *Gallery) serve(path, body string) {
	g.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", ui.ContentSecurityPolicy)
		_, _ = w.Write([]byte(body)) // a browser that left is no fault
	})
}

// ServeHTTP implements http.Handler.
func (g *Gallery) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.mux.ServeHTTP(w, r) }

// plain is a page without its style sheet.
func plain(page string) string {
	before, rest, _ := strings.Cut(page, `<link rel="stylesheet"`)
	_, after, _ := strings.Cut(rest, ">")
	return before + after
}
