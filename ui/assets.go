package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/axess-go/axess/internal/problem"
)

//go:embed assets/axess.css assets/axess.js assets/icon.svg
var assetFiles embed.FS

// Asset is where a shipped file is served and what its bytes must hash to.
type Asset struct {
	Path      string // with the hash of the content in the name
	Integrity string // for the integrity attribute
}

type file struct {
	Asset
	mediaType    string
	body, packed []byte
}

// assets serves a closed set of files by exact path: there is no directory to
// list and no name to guess (UIX-005).
type assets struct {
	byKind map[string]file
	byPath map[string]file
	logo   *LogoImage // nil: none is configured
}

func newAssets(prefix string, theme settled) (*assets, error) {
	a := &assets{byKind: map[string]file{}, byPath: map[string]file{}}
	for _, f := range []struct{ kind, name, ext, mediaType, more string }{
		// One style sheet, theme included: a first visit stays three requests.
		{"css", "axess", ".css", "text/css; charset=utf-8", theme.sheet},
		{"js", "axess", ".js", "text/javascript; charset=utf-8", ""},
		{"icon", "icon", ".svg", "image/svg+xml", ""},
	} {
		body, err := assetFiles.ReadFile("assets/" + f.name + f.ext)
		if err != nil {
			return nil, fmt.Errorf("ui: asset: %w", err)
		}
		if err := a.add(prefix, f.kind, f.name, f.ext, f.mediaType, append(body, f.more...)); err != nil {
			return nil, err
		}
	}
	if theme.logo != nil {
		if err := a.add(prefix, "logo", "logo", ".png", "image/png", theme.logo.png); err != nil {
			return nil, err
		}
		a.logo = &LogoImage{Path: a.byKind["logo"].Path, Width: theme.logo.width, Height: theme.logo.height}
	}
	return a, nil
}

// add names a file after its content.
func (a *assets) add(prefix, kind, name, ext, mediaType string, body []byte) error {
	packed, err := pack(body)
	if err != nil {
		return fmt.Errorf("ui: asset %s: %w", name+ext, err)
	}
	digest, strong := sha256.Sum256(body), sha512.Sum384(body)
	made := file{
		Asset: Asset{
			Path:      prefix + name + "." + hex.EncodeToString(digest[:6]) + ext,
			Integrity: "sha384-" + base64.StdEncoding.EncodeToString(strong[:]),
		},
		mediaType: mediaType, body: body, packed: packed,
	}
	a.byKind[kind], a.byPath[made.Path] = made, made
	return nil
}

func pack(body []byte) ([]byte, error) {
	var buf bytes.Buffer
	zip, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := zip.Write(body); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func (a *assets) get(kind string) (Asset, error) {
	f, ok := a.byKind[kind]
	if !ok {
		return Asset{}, fmt.Errorf("ui: no asset %q", kind)
	}
	return f.Asset, nil
}

// ServeHTTP answers for the exact paths with a year of immutable caching: a
// changed file has another name.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.byPath[r.URL.Path]
	if !ok {
		problem.Write(w, r, problem.NotFound)
		return
	}
	h := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		problem.Write(w, r, problem.MethodNotAllowed, problem.Allow("GET", "HEAD"))
		return
	}
	body := f.body
	h.Set("Content-Type", f.mediaType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	if takesGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body = f.packed
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	// A reader that went away is no fault of ours and there is nobody to tell.
	_, _ = w.Write(body)
}

// takesGzip reads RFC 9110 §12.5.3 as far as it matters here: gzip is named
// and its weight is not zero.
func takesGzip(values []string) bool {
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			coding, weight, _ := strings.Cut(part, ";")
			if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
				continue
			}
			q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(weight)), "q=")
			if !ok {
				return true
			}
			number, err := strconv.ParseFloat(q, 64)
			return err == nil && number > 0
		}
	}
	return false
}
