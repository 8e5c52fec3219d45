package csrf_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/axess-go/axess/middleware/csrf"
)

// upload is a multipart form with a token, a header if one is given, and a file.
func (b *browser) upload(path, token, header string) *http.Request {
	b.g.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.WriteField("_csrf", token); err != nil {
		b.g.t.Fatal(err)
	}
	f, err := w.CreateFormFile("file", "a.txt")
	if err == nil {
		_, err = f.Write(bytes.Repeat([]byte("x"), 100<<10))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		b.g.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, host+path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	if header != "" {
		r.Header.Set(csrf.Header, header)
	}
	return r
}

// CSR-008, CSR-009, CSR-031: a form with a file passes on a route that says so,
// with its own token, and nowhere else.
func TestUpload_is_opt_in(t *testing.T) {
	t.Parallel()
	g := setup(t, func(c *csrf.Config) { c.Uploads = []csrf.Upload{csrf.Multipart("POST /do", 4<<10)} })
	b, other := g.browser(), g.browser()
	b.get("/form")
	other.get("/form")
	r := b.upload("/do", b.token, "")
	whole := r.ContentLength
	if res := b.send(r); res.StatusCode != http.StatusNoContent || g.unsafeRuns() != 1 || int64(len(g.body)) != whole {
		t.Fatalf("%d, %d runs, %d of %d bytes", res.StatusCode, g.unsafeRuns(), len(g.body), whole)
	}
	for name, r := range map[string]*http.Request{
		"another session's token":       b.upload("/do", other.token, ""),
		"no token":                      b.upload("/do", "", ""),
		"a header that says otherwise":  b.upload("/do", b.token, other.token),
		"a field that says otherwise":   b.upload("/do", other.token, b.token),
		"a route that did not opt in":   b.upload("/form", b.token, ""),
		"nonsense instead of multipart": httptest.NewRequest(http.MethodPost, host+"/do", strings.NewReader("_csrf="+b.token)),
	} {
		if r.Header.Get("Content-Type") == "" {
			r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		}
		if res := b.send(r); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	if g.unsafeRuns() != 1 {
		t.Fatalf("%d handlers ran", g.unsafeRuns())
	}
	if res := b.send(b.upload("/do", b.token, b.token)); res.StatusCode != http.StatusNoContent {
		t.Errorf("both, equal: %d", res.StatusCode)
	}
}
