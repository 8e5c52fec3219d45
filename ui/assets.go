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
}

func newAssets(prefix string) (*assets, error) {
	a := &assets{byKind: map[string]file{}, byPath: map[string]file{}}
	for _, f := range []struct{ kind, name, ext, mediaType string }{
		{"css", "axess", ".css", "text/css; charset=utf-8"},
		{"js", "axess", ".js", "text/javascript; charset=utf-8"},
		{"icon", "icon", ".svg", "image/svg+xml"},
	} {
		body, err := assetFiles.ReadFile("assets/" + f.name + f.ext)
		if err != nil {
			return nil, fmt.Errorf("ui: asset: %w", err)
		}
		packed, err := pack(body)
		if err != nil {
			return nil, fmt.Errorf("ui: asset %s: %w", f.name+f.ext, err)
		}
		name, strong := sha256.Sum256(body), sha512.Sum384(body)
		made := file{
			Asset: Asset{
				Path:      prefix + f.name + "." + hex.EncodeToString(name[:6]) + f.ext,
				Integrity: "sha384-" + base64.StdEncoding.EncodeToString(strong[:]),
			},
			mediaType: f.mediaType, body: body, packed: packed,
		}
		a.byKind[f.kind], a.byPath[made.Path] = made, made
	}
	return a, nil
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
