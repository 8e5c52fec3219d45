package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/axess-go/axess/ui"
)

func TestWrite_makes_every_page_with_its_files_beside_it(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "gallery")
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	index, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range ui.Samples() {
		page, err := os.ReadFile(filepath.Join(dir, s.Name+".html"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(index), `href="`+s.Name+`.html"`) {
			t.Errorf("the index lacks %s", s.Name)
		}
		if strings.Contains(string(page), "/auth/assets/") || strings.Contains(string(page), "integrity=") {
			t.Errorf("%s needs a server", s.Name)
		}
	}
	for _, pattern := range []string{"axess.*.css", "axess.*.js", "icon.*.svg"} {
		if found, err := filepath.Glob(filepath.Join(dir, pattern)); err != nil || len(found) != 1 {
			t.Errorf("%s: %v, %v", pattern, found, err)
		}
	}
}
