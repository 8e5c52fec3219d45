package main

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write puts a file into a directory.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// CLI-052, UIX-081: export, change, check, look.
func TestUI_export_check_gallery(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "own")
	if code, _, stderr := call(t, t.Context(), "ui", "export", dir); code != 0 {
		t.Fatal(stderr)
	}
	if code, stdout, stderr := call(t, t.Context(), "ui", "check", dir); code != 0 || !strings.Contains(stdout, "every page is whole") {
		t.Errorf("%d %s %s", code, stdout, stderr)
	}
	code, _, stderr := call(t, t.Context(), "ui", "export", dir)
	cure := "axess ui export " + dir + "/new"
	if code != 4 || !strings.Contains(stderr, "cure: run "+cure) {
		t.Errorf("over what is there: %d %s", code, stderr)
	}
	if code, _, stderr := call(t, t.Context(), strings.Fields(cure)[1:]...); code != 0 {
		t.Errorf("the cure: %s", stderr)
	}
	if err := os.RemoveAll(filepath.Join(dir, "new")); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "signed_out.html", `{{define "main"}}<h1>Until soon</h1>{{end}}`)
	gallery := filepath.Join(t.TempDir(), "gallery")
	theme := write(t, t.TempDir(), "theme.toml", "radius = \"0\"\n[light]\naccent = \"#6b1fb3\"\non-accent = \"#fffffe\"\n")
	if code, _, stderr := call(t, t.Context(), "ui", "gallery", "--ui-templates", dir, "--ui-theme", theme, gallery); code != 0 {
		t.Fatal(stderr)
	}
	page, err := os.ReadFile(filepath.Join(gallery, "signed-out.html"))
	if err != nil || !strings.Contains(string(page), "Until soon") {
		t.Errorf("%v %s", err, page)
	}
	sheets, err := filepath.Glob(filepath.Join(gallery, "axess.*.css"))
	if err != nil || len(sheets) != 1 {
		t.Fatalf("%v %v", sheets, err)
	}
	if css, err := os.ReadFile(sheets[0]); err != nil || !strings.Contains(string(css), "--ax-on-accent: light-dark(#fffffe, ") {
		t.Errorf("%v: the theme is not in the style sheet", err)
	}
}

func TestUI_refusals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "sign-in.html", "")
	broken := t.TempDir()
	write(t, broken, "signed_out.html", `{{define "main"}}<h1>{{.Gone}}</h1>{{end}}`)
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 3000, 1))); err != nil {
		t.Fatal(err)
	}
	files := t.TempDir()
	wide := write(t, files, "logo.png", picture.String())
	pale := write(t, files, "pale.toml", "[light]\naccent = \"#ffff00\"\n")
	odd := write(t, files, "odd.toml", "[light]\nacent = \"#000000\"\n")
	serve := []string{"serve", "--memory", "--addr", "127.0.0.1:0"}
	for name, tc := range map[string]struct {
		args   []string
		code   int
		stderr string
	}{
		// CLI-052
		"no directory":      {[]string{"ui", "check"}, 64, "needs one directory"},
		"two directories":   {[]string{"ui", "export", dir, dir}, 64, "needs one directory"},
		"unknown verb":      {[]string{"ui", "chekc", dir}, 64, "axess ui check"},
		"unknown name":      {[]string{"ui", "check", dir}, 4, "did you mean sign_in.html?"},
		"a field gone":      {[]string{"ui", "check", broken}, 4, "signed_out.html:1:"},
		"nothing there":     {[]string{"ui", "check", filepath.Join(dir, "none")}, 4, "none"},
		"gallery of faults": {[]string{"ui", "gallery", "--ui-templates", broken, dir}, 4, "signed_out.html:1:"},
		// UIX-081, UIX-083, UIX-084: serve says the same.
		"serve with a field gone":   {append(serve, "--ui-templates", broken), 4, "[config_invalid]"},
		"serve without a directory": {append(serve, "--ui-templates", filepath.Join(files, "none")), 4, "run axess ui export"},
		"serve without contrast":    {append(serve, "--ui-theme", pale), 4, "OnAccent on Accent is 1.07:1"},
		"serve with an odd theme":   {append(serve, "--ui-theme", odd), 4, "light.acent"},
		"serve with a wide logo":    {append(serve, "--ui-logo", wide), 4, "at most 2048 a side"},
		"serve without a logo":      {append(serve, "--ui-logo", filepath.Join(files, "none.png")), 4, "remove --ui-logo"},
		"serve with a bad link":     {append(serve, "--ui-help-url", "javascript:alert(1)"), 4, "HelpURL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(t, t.Context(), tc.args...)
			if code != tc.code || stdout != "" || !strings.Contains(stderr, tc.stderr) {
				t.Errorf("%d, want %d with %q\n%s%s", code, tc.code, tc.stderr, stdout, stderr)
			}
		})
	}
}
