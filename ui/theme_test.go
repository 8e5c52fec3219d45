package ui_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/axess-go/axess/ui"
)

// served is the body of an asset.
func served(t *testing.T, r *ui.Renderer, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	r.Assets().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d", path, w.Code)
	}
	return w
}

func themed(theme ui.Theme) ui.Config { return ui.Config{Custom: ui.Custom{Theme: theme}} }

func stylesheet(t *testing.T, r *ui.Renderer) (path, body string) {
	t.Helper()
	for _, l := range parse(t, render(t, r, ui.SignInPage{})).all("link") {
		if attr(l, "rel") == "stylesheet" {
			path = attr(l, "href")
			return path, served(t, r, path).Body.String()
		}
	}
	t.Fatal("no style sheet")
	return "", ""
}

func TestTheme_the_shipped_one_is_that_of_the_style_sheet(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("assets/axess.css")
	if err != nil {
		t.Fatal(err)
	}
	theme := ui.ShippedTheme()
	// UIX-083
	for name, want := range map[string]string{
		"accent":    "light-dark(" + theme.Light.Accent + ", " + theme.Dark.Accent + ")",
		"on-accent": "light-dark(" + theme.Light.OnAccent + ", " + theme.Dark.OnAccent + ")",
		"bg":        "light-dark(" + theme.Light.BG + ", " + theme.Dark.BG + ")",
		"surface":   "light-dark(" + theme.Light.Surface + ", " + theme.Dark.Surface + ")",
		"text":      "light-dark(" + theme.Light.Text + ", " + theme.Dark.Text + ")",
		"muted":     "light-dark(" + theme.Light.Muted + ", " + theme.Dark.Muted + ")",
		"border":    "light-dark(" + theme.Light.Border + ", " + theme.Dark.Border + ")",
		"danger":    "light-dark(" + theme.Light.Danger + ", " + theme.Dark.Danger + ")",
		"ok":        "light-dark(" + theme.Light.OK + ", " + theme.Dark.OK + ")",
		"radius":    theme.Radius,
		"font":      theme.Font,
	} {
		if !strings.Contains(string(css), "\n  --ax-"+name+": "+want+";\n") {
			t.Errorf("--ax-%s is not %s", name, want)
		}
	}
	if n := len(regexp.MustCompile(`(?m)^  --ax-[a-z-]+:`).FindAll(css, -1)); n != 11 {
		t.Errorf("%d custom properties, want eleven", n)
	}
	// UIX-084
	if err := theme.Check(); err != nil {
		t.Error(err)
	}
	_, plain := stylesheet(t, newRenderer(t, ui.Config{}))
	if plain != string(css) {
		t.Error("the style sheet is continued although nothing is configured")
	}
	if _, same := stylesheet(t, newRenderer(t, themed(theme))); !strings.HasPrefix(same, plain) || strings.Contains(same[len(plain):], "light-dark") {
		t.Errorf("the shipped colours stand twice: %s", same[len(plain):])
	}
}

func TestTheme_continues_the_style_sheet_under_a_hash_of_its_own(t *testing.T) {
	t.Parallel()
	oldPath, plain := stylesheet(t, newRenderer(t, ui.Config{}))
	r := newRenderer(t, themed(ui.Theme{Light: ui.Colors{Accent: "#6b1fb3"}, Radius: "0.25rem", Font: `"Source Sans 3", sans-serif`}))
	path, css := stylesheet(t, r)
	if said := r.Customized(); !strings.HasPrefix(said, "theme=") || newRenderer(t, ui.Config{}).Customized() != "as shipped" {
		t.Errorf("says %q of itself", said)
	}
	// UIX-083
	if path == oldPath {
		t.Error("another content under the same immutable name")
	}
	rest, ok := strings.CutPrefix(css, plain)
	if !ok {
		t.Fatal("the shipped rules are gone")
	}
	for _, want := range []string{"--ax-accent: light-dark(#6b1fb3, #a9bbff);", "--ax-radius: 0.25rem;", `--ax-font: "Source Sans 3", sans-serif;`} {
		if !strings.Contains(rest, want) {
			t.Errorf("lacks %s: %s", want, rest)
		}
	}
	if w := served(t, r, path); w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("headers %v", w.Header())
	}
	// UIX-006: a theme is no further request, and fits the budget.
	if len(css) > 16<<10 {
		t.Errorf("%d bytes", len(css))
	}
}

func TestTheme_refuses_a_pair_without_contrast_and_says_its_ratio(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		theme ui.Theme
		says  []string
	}{
		// UIX-084
		{"grey on white", ui.Theme{Light: ui.Colors{Muted: "#999999"}}, []string{"Theme.Light: Muted on Surface is 2.84:1, at least 4.5:1 is needed", "Muted on BG"}},
		{"one grade too light", ui.Theme{Light: ui.Colors{Muted: "#777777", BG: "#ffffff"}}, []string{"Muted on Surface is 4.47:1"}},
		{"dark side", ui.Theme{Dark: ui.Colors{Text: "#333333"}}, []string{"Theme.Dark: Text on BG"}},
		{"only the half that is set", ui.Theme{Light: ui.Colors{Accent: "#f5d90a"}}, []string{"Theme.Light: OnAccent on Accent", "Accent on Surface"}},
		{"border of a field", ui.Theme{Light: ui.Colors{Border: "#dddddd"}}, []string{"Border on Surface is 1.35:1, at least 3.0:1"}},
		{"tinted area", ui.Theme{Light: ui.Colors{Danger: "#d03a32"}}, []string{"Danger on Surface with 7% Danger"}},
	} {
		_, err := ui.NewRenderer(themed(c.theme))
		if !errors.Is(err, ui.ErrCustom) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, want := range c.says {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: lacks %q: %v", c.name, want, err)
			}
		}
	}
	if err := (ui.Theme{Light: ui.Colors{Muted: "#595959"}}).Check(); err != nil {
		t.Errorf("good grey: %v", err)
	}
}

func TestTheme_lets_nothing_but_values_into_the_style_sheet(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"red", "#fff", "#gggggg", "#ffffff;}", "url(x)", "#12345", "+#12345", "#+12345", "#-12345"} {
		if err := (ui.Theme{Light: ui.Colors{Accent: value}}).Check(); err == nil {
			t.Errorf("colour %q", value)
		}
	}
	for _, value := range []string{"3rem", "2.5rem", "-1rem", "4px", "0.5", "calc(1rem)", "1rem;}", "1e1rem", ".5rem", "1.rem", "00001rem"} {
		if err := (ui.Theme{Radius: value}).Check(); err == nil {
			t.Errorf("radius %q", value)
		}
	}
	for _, value := range []string{"0", "0rem", "0.5rem", "2rem", "1.25rem"} {
		if err := (ui.Theme{Radius: value}).Check(); err != nil {
			t.Errorf("radius %q: %v", value, err)
		}
	}
	for _, value := range []string{"a;b", "a}b", `"a`, `a"b"`, "url(x)", "a,,b", `"a\22"`, "a/*", "@import", strings.Repeat("a", 513)} {
		if err := (ui.Theme{Font: value}).Check(); err == nil {
			t.Errorf("font %q", value)
		}
	}
	if err := (ui.Theme{Font: `Georgia, 'Times New Roman', serif`}).Check(); err != nil {
		t.Error(err)
	}
}

func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		img.Set(x, 0, color.NRGBA{R: uint8(x), G: 20, B: 200, A: 255})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withText puts a text chunk behind the header of a PNG.
func withText(file []byte, text string) []byte {
	const header = 8 + 25
	chunk := append([]byte("tEXt"), text...)
	var out []byte
	out = append(out, file[:header]...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(text)))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, file[header:]...)
}

func TestLogo_is_drawn_anew_and_served_under_its_hash(t *testing.T) {
	t.Parallel()
	given := append(withText(picture(t, 120, 60), "Comment\x00<script>alert(1)</script>"), "<script>alert(2)</script>"...)
	r := newRenderer(t, themed(ui.Theme{Logo: given}))
	var img string
	for _, n := range parse(t, render(t, r, ui.SignInPage{})).all("img") {
		img = attr(n, "src")
		if attr(n, "width") != "56" || attr(n, "height") != "28" || !has(n, "alt") {
			t.Errorf("size %s × %s", attr(n, "width"), attr(n, "height"))
		}
	}
	// UIX-083
	if !regexp.MustCompile(`^/auth/assets/logo\.[0-9a-f]{12}\.png$`).MatchString(img) {
		t.Fatalf("logo at %q", img)
	}
	w := served(t, r, img)
	if w.Header().Get("Content-Type") != "image/png" || strings.Contains(w.Body.String(), "script") {
		t.Errorf("type %s, %d bytes", w.Header().Get("Content-Type"), w.Body.Len())
	}
	got, err := png.Decode(bytes.NewReader(w.Body.Bytes()))
	if err != nil || got.Bounds().Dx() != 120 || got.Bounds().Dy() != 60 {
		t.Errorf("%v, %v", err, got)
	}
	if got.At(77, 0) != (color.NRGBA{R: 77, G: 20, B: 200, A: 255}) {
		t.Errorf("pixel %v", got.At(77, 0))
	}
}

func TestLogo_refuses_what_is_no_small_picture(t *testing.T) {
	t.Parallel()
	cut := picture(t, 64, 64)
	for name, file := range map[string][]byte{
		// UIX-083: never SVG.
		"svg":       []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`),
		"jpeg":      []byte("\xff\xd8\xff\xe0 and so on"),
		"webp":      []byte("RIFF\x00\x00\x00\x00WEBPVP8 "),
		"cut":       cut[:len(cut)-20],
		"header":    cut[:8],
		"too large": append(picture(t, 8, 8), make([]byte, 64<<10)...),
		"too wide":  picture(t, 2049, 1),
	} {
		if _, err := ui.NewRenderer(themed(ui.Theme{Logo: file})); !errors.Is(err, ui.ErrCustom) || !strings.Contains(err.Error(), "Theme.Logo: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
