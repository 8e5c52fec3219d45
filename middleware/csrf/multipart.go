package csrf

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
)

// Bounds of a [Multipart] limit in bytes.
const (
	minUpload = 1 << 10
	maxUpload = 32 << 20
)

const uploadsField = "Uploads" // of Config

// maxParts is how many parts are looked at, as many as the standard library
// takes of a form.
const maxParts = 1000

// Upload is a route whose pages may send the token as a field of a multipart
// form. Make it with [Multipart].
type Upload struct {
	pattern string
	limit   int
}

// Multipart lets unsafe requests that match a pattern (the syntax of
// http.ServeMux, matched directly and not where a mux would redirect) carry the
// token as the field [FieldName] of a multipart/form-data body. The first limit
// bytes of the body, 1 KiB to 32 MiB, are searched, up to the first field of the
// name: put it before the files, and little is held in memory. What was read is
// handed on byte for byte, and the body may be longer than the limit.
//
// It is for forms that must work without scripts. Whoever may post to the route
// makes the program hold up to limit bytes for each request: a limit belongs as
// low as the fields before the files allow.
func Multipart(pattern string, limit int) Upload { return Upload{pattern, limit} }

// CheckUploads names the first entry that [New] would refuse.
func CheckUploads(uploads []Upload) error {
	_, err := uploadMux(uploads)
	return err
}

// searched is how much of a multipart body a route has searched.
type searched int

func (searched) ServeHTTP(http.ResponseWriter, *http.Request) {}

// uploadMux answers which routes are uploads.
func uploadMux(uploads []Upload) (*http.ServeMux, error) {
	if len(uploads) == 0 {
		return nil, nil
	}
	mux := http.NewServeMux()
	for i, u := range uploads {
		if u.limit < minUpload || u.limit > maxUpload {
			return nil, fmt.Errorf("%s[%d]: %q: limit not between 1 KiB and 32 MiB", uploadsField, i, u.pattern)
		}
		if err := register(mux, uploadsField, u.pattern, searched(u.limit)); err != nil {
			return nil, err
		}
	}
	return mux, nil
}

// uploadValues returns the field of a multipart body, if the route is an upload.
func (p *Protection) uploadValues(r *http.Request) []string {
	if p.uploads == nil || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return nil
	}
	h, _ := p.uploads.Handler(r)
	limit, ok := h.(searched)
	if !ok {
		return nil
	}
	// The bytes are kept as they come, so that nothing more is read than the
	// search needs: a file behind the field stays on the wire for the handler.
	rec := &recorder{from: r.Body, left: int(limit)}
	value, found := findPart(multipart.NewReader(rec, params["boundary"]))
	r.Body = &restored{head: rec.seen, err: rec.err, rest: r.Body}
	if !found {
		return nil
	}
	return []string{value}
}

// findPart returns the first field of the name. A part with a file name is a
// file, whatever it is called.
func findPart(m *multipart.Reader) (value string, found bool) {
	for range maxParts {
		part, err := m.NextPart()
		if err != nil {
			return "", false
		}
		if part.FormName() != FieldName || part.FileName() != "" {
			continue
		}
		b, err := io.ReadAll(io.LimitReader(part, maxValue+1))
		if err != nil || len(b) > maxValue {
			return "", false
		}
		return string(b), true
	}
	return "", false
}

// recorder keeps what is read of a body, and stops at its limit.
type recorder struct {
	from io.Reader
	seen []byte
	left int
	err  error // of the body itself
}

var errSearched = errors.New("csrf: searched far enough")

func (c *recorder) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if c.left == 0 {
		return 0, errSearched
	}
	n, err := c.from.Read(p[:min(len(p), c.left)])
	c.seen = append(c.seen, p[:n]...)
	c.left -= n
	c.err = err
	return n, err
}
