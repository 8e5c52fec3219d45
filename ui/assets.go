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
	"slices"
	"strconv"
	"strings"
	"sync"

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
	kind, name, ext, mediaType string
	body, packed               []byte // never changed
}

// assets serves a closed set of files by exact path: there is no directory to
// list and no name to guess (UIX-005).
type assets struct {
	byKind map[string]file
	byPath map[string]file
	logo   *LogoImage // nil: none is configured
}

func newAssets(prefix string, theme settled) (*assets, error) {
	shipped, err := shippedFiles()
	if err != nil {
		return nil, err
	}
	a := &assets{byKind: map[string]file{}, byPath: map[string]file{}}
	for _, f := range shipped {
		// One style sheet, theme included: a first visit stays three requests.
		if f.kind == "css" && theme.sheet != "" {
			if f, err = f.holding(append(slices.Clip(f.body), theme.sheet...)); err != nil {
				return nil, err
			}
		}
		a.add(prefix, f)
	}
	if theme.logo != nil {
		logo, err := file{kind: "logo", name: "logo", ext: ".png", mediaType: "image/png"}.holding(theme.logo.png)
		if err != nil {
			return nil, err
		}
		a.add(prefix, logo)
		a.logo = &LogoImage{Path: a.byKind["logo"].Path, Width: theme.logo.width, Height: theme.logo.height}
	}
	return a, nil
}

// shippedFiles are those that come with the package, hashed and packed once for all
// renderers of the program: a function of embedded bytes.
var shippedFiles = sync.OnceValues(func() (files []file, err error) { //axess:allow L07 a function of embedded bytes, which waits for nothing
	for _, f := range []file{
		{kind: "css", name: "axess", ext: ".css", mediaType: "text/css; charset=utf-8"},
		{kind: "js", name: "axess", ext: ".js", mediaType: "text/javascript; charset=utf-8"},
		{kind: "icon", name: "icon", ext: ".svg", mediaType: "image/svg+xml"},
	} {
		body, err := assetFiles.ReadFile("assets/" + f.name + f.ext)
		if err != nil {
			return nil, fmt.Errorf("ui: asset: %w", err)
		}
		if f, err = f.holding(body); err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
})

// holding is the file with its content, after which it is named.
func (f file) holding(body []byte) (file, error) {
	packed, err := pack(body)
	if err != nil {
		return file{}, fmt.Errorf("ui: asset %s: %w", f.name+f.ext, err)
	}
	digest, strong := sha256.Sum256(body), sha512.Sum384(body)
	f.Path = f.name + "." + hex.EncodeToString(digest[:6]) + f.ext
	f.Integrity = "sha384-" + base64.StdEncoding.EncodeToString(strong[:])
	f.body, f.packed = body, packed
	return f, nil
}

// add serves a file below a prefix.
func (a *assets) add(prefix string, f file) {
	f.Path = prefix + f.Path
	a.byKind[f.kind], a.byPath[f.Path] = f, f
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
