package ui_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/axess-go/axess/axesstest/httpscan"
	"github.com/axess-go/axess/ui"
)

func zipped(t *testing.T, b []byte) int {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Len()
}

func TestSizes_stay_within_the_budgets(t *testing.T) {
	t.Parallel()
	// UIX-006
	css, err := os.ReadFile("assets/axess.css")
	if err != nil {
		t.Fatal(err)
	}
	js, err := os.ReadFile("assets/axess.js")
	if err != nil {
		t.Fatal(err)
	}
	r := newRenderer(t, ui.SampleConfig())
	for _, c := range []struct {
		name        string
		body        []byte
		plain, gzip float64
	}{
		{"sign-in", []byte(render(t, r, sample(t, "sign-in-full"))), 6, 2.5},
		{"style sheet", css, 16, 4.5},
		{"script", js, 10, 4},
	} {
		if got := float64(len(c.body)) / 1024; got > c.plain {
			t.Errorf("%s has %.2f KiB, budget %.1f", c.name, got, c.plain)
		}
		if got := float64(zipped(t, c.body)) / 1024; got > c.gzip {
			t.Errorf("%s has %.2f KiB with gzip, budget %.1f", c.name, got, c.gzip)
		}
	}
	doc := parse(t, render(t, r, sample(t, "sign-in")))
	requests := 1 + len(doc.all("script")) + len(doc.all("img"))
	for _, l := range doc.all("link") {
		if attr(l, "rel") == "stylesheet" {
			requests++
		}
	}
	if requests > 3 {
		t.Errorf("%d requests for a first visit", requests)
	}
}

func TestAssets_are_served_immutable_under_the_hash_the_pages_name(t *testing.T) {
	t.Parallel()
	scan := httpscan.For(t, httpscan.Config{})
	r := newRenderer(t, ui.Config{BasePath: "/id"})
	doc := parse(t, render(t, r, ui.SignInPage{}))
	seen := 0
	for _, n := range append(doc.all("link"), doc.all("script")...) {
		path, integrity := attr(n, "href")+attr(n, "src"), attr(n, "integrity")
		// UIX-005
		if !regexp.MustCompile(`^/id/assets/[a-z]+\.[0-9a-f]{12}\.(css|js|svg)$`).MatchString(path) {
			t.Errorf("asset path %q", path)
		}
		for _, encoding := range []string{"", "gzip"} {
			req := httptest.NewRequest(http.MethodGet, path, nil)
			if encoding != "" {
				req.Header.Set("Accept-Encoding", "br, gzip;q=0.8")
			}
			w := httptest.NewRecorder()
			scan.Handler(r.Assets()).ServeHTTP(w, req)
			h := w.Result().Header
			if w.Code != 200 || h.Get("Cache-Control") != "public, max-age=31536000, immutable" || h.Get("X-Content-Type-Options") != "nosniff" {
				t.Fatalf("%s: %d %v", path, w.Code, h)
			}
			if h.Get("Content-Encoding") != encoding || h.Get("Content-Length") != strconv.Itoa(w.Body.Len()) {
				t.Errorf("%s: encoding %q, length %s", path, h.Get("Content-Encoding"), h.Get("Content-Length"))
			}
			body := io.Reader(w.Body)
			if encoding != "" {
				var err error
				if body, err = gzip.NewReader(body); err != nil {
					t.Fatal(err)
				}
			}
			content, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha512.Sum384(content)
			if want := "sha384-" + base64.StdEncoding.EncodeToString(sum[:]); attr(n, "rel") != "icon" && integrity != want {
				t.Errorf("%s: integrity %q, want %q", path, integrity, want)
			}
			seen++
		}
	}
	if seen != 6 {
		t.Errorf("%d answers checked", seen)
	}
}

func TestAssets_serve_nothing_else(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, ui.Config{})
	// ASVS 13.4.3: no directory listing, no other file.
	for _, path := range []string{"/auth/assets/", "/auth/assets", "/auth/assets/axess.css", "/auth/assets/../catalog_en.go", "/auth/assets/axess.000000000000.css", "/axess.css", "/"} {
		w := httptest.NewRecorder()
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.URL.Path = path
		r.Assets().ServeHTTP(w, req)
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
		if w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: the absence is cached", path)
		}
	}
	path := attr(parse(t, render(t, r, ui.SignInPage{})).all("script")[0], "src")
	w := httptest.NewRecorder()
	r.Assets().ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d", w.Code)
	}
	w = httptest.NewRecorder()
	r.Assets().ServeHTTP(w, httptest.NewRequest(http.MethodHead, path, nil))
	if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") == "0" {
		t.Errorf("HEAD: %d, %d bytes", w.Code, w.Body.Len())
	}
	req := httptest.NewRequest(http.MethodGet, path, nil)
	req.Header.Set("Accept-Encoding", "gzip;q=0, *")
	w = httptest.NewRecorder()
	r.Assets().ServeHTTP(w, req)
	if w.Header().Get("Content-Encoding") != "" {
		t.Error("gzip to a client that refuses it")
	}
}

func TestScript_cannot_make_markup_and_style_loads_nothing(t *testing.T) {
	t.Parallel()
	js, err := os.ReadFile("assets/axess.js")
	if err != nil {
		t.Fatal(err)
	}
	// UIX-003
	if found := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(|postMessage|localStorage|sessionStorage|document\.cookie|fetch\(|XMLHttpRequest|\.setAttribute\("on`).Find(js); found != nil {
		t.Errorf("script uses %s", found)
	}
	css, err := os.ReadFile("assets/axess.css")
	if err != nil {
		t.Fatal(err)
	}
	// UIX-005
	if found := regexp.MustCompile(`url\(|@import|@font-face|https?:`).Find(css); found != nil {
		t.Errorf("style sheet uses %s", found)
	}
	// UIX-012
	for _, want := range []string{"color-scheme: light dark", `[data-theme="dark"]`, `[data-theme="light"]`, "prefers-reduced-motion", "forced-colors", "@media print", ":focus-visible"} {
		if !bytes.Contains(css, []byte(want)) {
			t.Errorf("style sheet lacks %s", want)
		}
	}
}

func TestTheme_colours_have_contrast_in_light_and_dark(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("assets/axess.css")
	if err != nil {
		t.Fatal(err)
	}
	colours := map[string][2]string{}
	for _, m := range regexp.MustCompile(`(--ax-[a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);`).FindAllStringSubmatch(string(css), -1) {
		colours[m[1]] = [2]string{m[2], m[3]}
	}
	// UIX-083
	for _, name := range []string{"--ax-accent", "--ax-on-accent", "--ax-bg", "--ax-surface", "--ax-text", "--ax-muted", "--ax-border", "--ax-danger", "--ax-ok"} {
		if _, ok := colours[name]; !ok {
			t.Errorf("no theme colour %s", name)
		}
	}
	for _, name := range []string{"--ax-radius:", "--ax-font:"} {
		if !strings.Contains(string(css), name) {
			t.Errorf("no theme property %s", name)
		}
	}
	for mode, label := range []string{"light", "dark"} {
		for _, pair := range []struct {
			front, back string
			least       float64
		}{
			// UIX-009
			{"--ax-text", "--ax-bg", 4.5}, {"--ax-text", "--ax-surface", 4.5},
			{"--ax-muted", "--ax-bg", 4.5}, {"--ax-muted", "--ax-surface", 4.5},
			{"--ax-accent", "--ax-bg", 4.5}, {"--ax-accent", "--ax-surface", 4.5},
			{"--ax-on-accent", "--ax-accent", 4.5}, {"--ax-surface", "--ax-danger", 4.5},
			{"--ax-danger", "--ax-bg", 4.5}, {"--ax-danger", "--ax-surface", 4.5},
			{"--ax-ok", "--ax-surface", 4.5}, {"--ax-border", "--ax-surface", 3}, {"--ax-border", "--ax-bg", 3},
		} {
			if got := contrast(t, colours[pair.front][mode], colours[pair.back][mode]); got < pair.least {
				t.Errorf("%s: %s on %s is %.2f:1, want %.1f:1", label, pair.front, pair.back, got, pair.least)
			}
		}
	}
}

// contrast is the ratio of WCAG 2.2 §1.4.3.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	channel := func(v uint64) float64 {
		c := float64(v&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(n>>16) + 0.7152*channel(n>>8) + 0.0722*channel(n)
}
