package csrf

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
)

// uploads is a protection that searches one route.
func uploads(t testing.TB, limit int) *Protection {
	t.Helper()
	mux, err := uploadMux([]Upload{Multipart("POST /upload/{$}", limit)})
	if err != nil {
		t.Fatal(err)
	}
	return &Protection{uploads: mux}
}

type part struct{ name, file, value string }

func multipartBody(t testing.TB, parts ...part) (body, media string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary("a-boundary"); err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		var dst io.Writer
		var err error
		if p.file != "" {
			dst, err = w.CreateFormFile(p.name, p.file)
		} else {
			dst, err = w.CreateFormField(p.name)
		}
		if err == nil {
			_, err = io.WriteString(dst, p.value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

// CSR-008, CSR-009: where the field is found, and that the handler reads what was
// sent, however the bytes come in.
func TestUploadValues(t *testing.T) {
	t.Parallel()
	const limit = 8 << 10
	file := part{"file", "a.bin", strings.Repeat("\x00\r\n--a-boundar", 3000)}
	for _, c := range []struct {
		name, path, media string
		parts             []part
		found             bool
	}{
		{"alone", "/upload/", "", []part{{"_csrf", "", "tok"}}, true},
		{"before a large file", "/upload/", "", []part{{"a", "", "1"}, {"_csrf", "", "tok"}, file}, true},
		{"behind a large file", "/upload/", "", []part{file, {"_csrf", "", "tok"}}, false},
		{"a file of that name", "/upload/", "", []part{{"_csrf", "tok.txt", "tok"}}, false},
		{"the first of two", "/upload/", "", []part{{"_csrf", "", "tok"}, {"_csrf", "", "other"}}, true},
		{"another name", "/upload/", "", []part{{"csrf", "", "tok"}, {"_CSRF", "", "tok"}}, false},
		{"too long", "/upload/", "", []part{{"_csrf", "", strings.Repeat("t", maxValue+1)}}, false},
		{"another route", "/upload/more", "", []part{{"_csrf", "", "tok"}}, false},
		{"where a mux would redirect", "//upload/", "", []part{{"_csrf", "", "tok"}}, false},
		{"another media type", "/upload/", "text/plain; boundary=a-boundary", []part{{"_csrf", "", "tok"}}, false},
		{"another boundary", "/upload/", "multipart/form-data; boundary=b", []part{{"_csrf", "", "tok"}}, false},
		{"no boundary", "/upload/", "multipart/form-data", []part{{"_csrf", "", "tok"}}, false},
		{"nothing in it", "/upload/", "", nil, false},
	} {
		body, media := multipartBody(t, c.parts...)
		if c.media != "" {
			media = c.media
		}
		for how, read := range map[string]func(io.Reader) io.Reader{
			"at once": func(r io.Reader) io.Reader { return r }, "in bytes": iotest.OneByteReader, "with the end": iotest.DataErrReader,
		} {
			r := httptest.NewRequest("POST", "http://x"+c.path+"?_csrf=query", read(strings.NewReader(body)))
			r.ContentLength = int64(len(body))
			r.Header.Set("Content-Type", media)
			got := uploads(t, limit).uploadValues(r)
			if want := map[bool]string{true: "tok"}[c.found]; strings.Join(got, "|") != want {
				t.Errorf("%s, %s: %.40q", c.name, how, got)
			}
			rest, err := io.ReadAll(r.Body)
			if err != nil || sha256.Sum256(rest) != sha256.Sum256([]byte(body)) {
				t.Errorf("%s, %s: the handler reads %d bytes, want %d (%v)", c.name, how, len(rest), len(body), err)
			}
		}
	}
}

// CSR-009: no more is read than the limit, and no more than the search needs.
func TestUploadValues_read_no_more_than_they_must(t *testing.T) {
	t.Parallel()
	const limit = 8 << 10
	huge := part{"file", "a.bin", strings.Repeat("x", 1<<20)}
	for name, parts := range map[string][]part{"found": {{"_csrf", "", "tok"}, huge}, "absent": {huge}} {
		body, media := multipartBody(t, parts...)
		src := strings.NewReader(body)
		r := httptest.NewRequest("POST", "http://x/upload/", src)
		r.Header.Set("Content-Type", media)
		uploads(t, limit).uploadValues(r)
		if read := len(body) - src.Len(); read > limit || read == 0 {
			t.Errorf("%s: %d bytes were read", name, read)
		}
		if err := r.ParseMultipartForm(1 << 10); err != nil || len(r.MultipartForm.File["file"]) != 1 || r.MultipartForm.File["file"][0].Size != 1<<20 {
			t.Errorf("%s: the handler's own parsing: %v", name, err)
		}
		if err := r.MultipartForm.RemoveAll(); err != nil {
			t.Error(err)
		}
	}
}

// CSR-009: an error of the connection reaches the handler where it happened.
func TestUploadValues_pass_a_broken_body_on(t *testing.T) {
	t.Parallel()
	body, media := multipartBody(t, part{"a", "", "1"}, part{"_csrf", "", "tok"})
	half := body[:len(body)/2]
	closed := false
	r := httptest.NewRequest("POST", "http://x/upload/", nil)
	r.Header.Set("Content-Type", media)
	r.Body = closer{io.MultiReader(strings.NewReader(half), &once{errBroken}), &closed}
	if got := uploads(t, minUpload).uploadValues(r); len(got) != 0 {
		t.Error("a token out of half a form:", got)
	}
	b, err := io.ReadAll(r.Body)
	if string(b) != half || !errors.Is(err, errBroken) {
		t.Errorf("%q %v", b, err)
	}
	if err := r.Body.Close(); err != nil || !closed {
		t.Error("not closed", err)
	}
}

// CSR-009
func TestNew_checks_uploads(t *testing.T) {
	t.Parallel()
	for want, u := range map[string]Upload{
		"Uploads[0]: \"/u\": limit": Multipart("/u", minUpload-1), "limit not between": Multipart("/u", maxUpload+1), "Uploads: \"POST u\"": Multipart("POST u", minUpload),
	} {
		if err := CheckUploads([]Upload{u}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if mux, err := uploadMux(nil); mux != nil || err != nil {
		t.Error(mux, err)
	}
}

// FUZ-F05: the same for multipart bodies: never a change of the body, and never a
// token that the standard library does not find as well.
func FuzzMultipart(f *testing.F) {
	body, _ := multipartBody(f, part{"a", "", "1"}, part{"_csrf", "", "tok"}, part{"f", "x", "y"})
	f.Add([]byte(body), uint16(3))
	f.Add([]byte("--a-boundary\r\ncontent-disposition: form-data; name=_csrf\r\n\r\n\r\n--a-boundary--"), uint16(0))
	f.Add([]byte("--a-boundary\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\n=74\r\n--a-boundary--\r\n"), uint16(50))
	p := uploads(f, minUpload)
	f.Fuzz(func(t *testing.T, body []byte, split uint16) {
		r := httptest.NewRequest("POST", "http://x/upload/", nil)
		at := min(int(split), len(body))
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:at]), bytes.NewReader(body[at:])))
		r.ContentLength = -1
		r.Header.Set("Content-Type", "multipart/form-data; boundary=a-boundary")
		got := p.uploadValues(r)
		rest, err := io.ReadAll(r.Body)
		if err != nil || !bytes.Equal(rest, body) {
			t.Fatal("the body changed", err)
		}
		form, err := multipart.NewReader(bytes.NewReader(body), "a-boundary").ReadForm(1 << 20)
		if err != nil || len(got) == 0 {
			return
		}
		if all := form.Value[FieldName]; len(all) == 0 || all[0] != got[0] {
			t.Fatalf("%q, the standard library finds %q", got, all)
		}
	})
}
