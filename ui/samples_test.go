package ui

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What looks at pages, be it a person, an auditor or a check of replaced
// templates, looks at the samples. A page that none of them shows would escape
// all three.
//
// UIX-009, UIX-081
func TestSamples_show_every_page(t *testing.T) {
	t.Parallel()
	r, err := NewRenderer(SampleConfig())
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, s := range Samples() {
		name, _ := s.Page.bind(&r.binding)
		shown = append(shown, name)
	}
	slices.Sort(shown)
	shown = slices.Compact(shown)
	entries, err := templateFiles.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	var pages []string
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), suffix)
		if _, part := sharedTemplates()[name]; !part {
			pages = append(pages, name)
		}
	}
	if !slices.Equal(shown, pages) {
		t.Errorf("samples show %q, templates are %q", shown, pages)
	}
	doc, err := os.ReadFile("../docs/pages.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)\\.html` \\| .* \\| `ui\\.").FindAllStringSubmatch(string(doc), -1) {
		listed = append(listed, m[1])
	}
	slices.Sort(listed)
	if !slices.Equal(listed, pages) {
		t.Errorf("docs/pages.md lists %q, templates are %q", listed, pages)
	}
}
