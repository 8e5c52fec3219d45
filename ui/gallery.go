package ui

import (
	"bytes"
	"fmt"
	"html"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Gallery draws every page in every state of [Samples] into a directory, with
// style sheet, script and an index beside them, so that a design can be looked
// at without a server (UIX-081). Files of the same names are overwritten.
//
// A page that is read from a file has no origin: addresses are relative, and
// there are no integrity values.
func (r *Renderer) Gallery(dir string) error {
	fail := func(err error) error { return fmt.Errorf("ui: gallery: %w", err) }
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fail(err)
	}
	write := func(name string, body []byte) error {
		return os.WriteFile(filepath.Join(dir, name), body, 0o644)
	}
	var local []string
	prefix := r.binding.paths.table["assets"]
	files := r.binding.assets.byPath
	for _, path := range slices.Sorted(maps.Keys(files)) {
		f, name := files[path], strings.TrimPrefix(path, prefix)
		// As the template engine writes them.
		local = append(local, `"`+path+`"`, `"`+name+`"`, ` integrity="`+strings.ReplaceAll(f.Integrity, "+", "&#43;")+`"`, "")
		if err := write(name, f.body); err != nil {
			return fail(err)
		}
	}
	relative := strings.NewReplacer(local...)
	var index bytes.Buffer
	fmt.Fprintf(&index, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Gallery</title>\n<h1>Gallery</h1>\n<ul>\n")
	for _, s := range Samples() {
		var page bytes.Buffer
		if err := r.Render(&page, s.Page); err != nil {
			return fail(fmt.Errorf("%s: %w", s.Name, err))
		}
		if err := write(s.Name+suffix, []byte(relative.Replace(page.String()))); err != nil {
			return fail(err)
		}
		fmt.Fprintf(&index, "<li><a href=\"%[1]s.html\">%[1]s</a></li>\n", html.EscapeString(s.Name))
	}
	fmt.Fprintf(&index, "</ul>\n")
	if err := write("index.html", index.Bytes()); err != nil {
		return fail(err)
	}
	return nil
}
