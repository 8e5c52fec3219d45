package csrf

import (
	"bytes"
	"errors"
	"io"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
)

const formType = "application/x-www-form-urlencoded"

// CSR-008, CSR-009
func TestFormValues(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", maxForm)
	for _, c := range []struct {
		name, media, body string
		want              []string
	}{
		{"alone", formType, "_csrf=abc", []string{"abc"}},
		{"among others", formType, "a=1&_csrf=abc&b", []string{"abc"}},
		{"with charset", formType + "; charset=UTF-8", "_csrf=abc", []string{"abc"}},
		{"upper case media type", "Application/X-WWW-Form-Urlencoded", "_csrf=abc", []string{"abc"}},
		{"escaped key and value", formType, "%5Fcsrf=a%62c", []string{"abc"}},
		{"every character escaped", formType, "%5F%63%73%72%66=abc", []string{"abc"}},
		{"two", formType, "_csrf=a&_csrf=b", []string{"a", "b"}},
		{"three are two", formType, "_csrf=a&_csrf=b&_csrf=c", []string{"a", "b"}},
		{"empty value", formType, "_csrf=", []string{""}},
		{"no value", formType, "_csrf", []string{""}},
		{"bad escape", formType, "_csrf=%zz", nil},
		{"other key", formType, "csrf=a&_csrf2=b&x_csrf=c&_CSRF=d", nil},
		{"too long a value", formType, "_csrf=" + strings.Repeat("a", maxValue+1), nil},
		{"longest value", formType, "_csrf=" + strings.Repeat("a", maxValue), []string{strings.Repeat("a", maxValue)}},
		{"largest form", formType, "_csrf=a&" + big[:maxForm-8], []string{"a"}},
		{"too large a form", formType, "_csrf=a&" + big, nil},
		{"multipart", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\na\r\n--b--", nil},
		{"json", "application/json", `{"_csrf":"a"}`, nil},
		{"text", "text/plain", "_csrf=a", nil},
		{"no media type", "", "_csrf=a", nil},
		{"bad media type", "application/x-www-form-urlencoded; charset", "_csrf=a", nil},
		{"no body", formType, "", nil},
	} {
		for _, chunked := range []bool{false, true} {
			r := httptest.NewRequest("POST", "/?_csrf=query", strings.NewReader(c.body))
			if chunked {
				r.Body = io.NopCloser(iotest.OneByteReader(strings.NewReader(c.body)))
				r.ContentLength = -1
			}
			r.Header.Set("Content-Type", c.media)
			got := formValues(r)
			if strings.Join(got, "|") != strings.Join(c.want, "|") || len(got) != len(c.want) {
				t.Errorf("%s: %.40q, want %.40q", c.name, got, c.want)
			}
			rest, err := io.ReadAll(r.Body)
			if err != nil || string(rest) != c.body {
				t.Errorf("%s: the handler reads %d bytes, want %d (%v)", c.name, len(rest), len(c.body), err)
			}
		}
	}
}

// CSR-009: the handler's own parsing sees what it would have seen.
func TestFormValues_leave_the_form_to_the_handler(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("POST", "/?q=1", strings.NewReader("a=1&_csrf=t&b=%20"))
	r.Header.Set("Content-Type", formType)
	formValues(r)
	if err := r.ParseForm(); err != nil || r.PostFormValue("b") != " " || r.Form.Get("q") != "1" || r.PostFormValue("_csrf") != "t" {
		t.Fatal(r.Form, err)
	}
	if got := formValues(r); len(got) != 1 || got[0] != "t" {
		t.Error("a form that somebody has parsed already:", got)
	}
}

var errBroken = errors.New("broken")

// CSR-009: an error of the connection reaches the handler where it happened.
func TestFormValues_pass_a_broken_body_on(t *testing.T) {
	t.Parallel()
	closed := false
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("Content-Type", formType)
	r.ContentLength = -1
	r.Body = closer{io.MultiReader(strings.NewReader("_csrf=t&a="), &once{errBroken}), &closed}
	if got := formValues(r); len(got) != 0 {
		t.Error("a token out of half a form:", got)
	}
	b, err := io.ReadAll(r.Body)
	if string(b) != "_csrf=t&a=" || !errors.Is(err, errBroken) {
		t.Errorf("%q %v", b, err)
	}
	if err := r.Body.Close(); err != nil || !closed {
		t.Error("not closed", err)
	}
}

// once fails once and has nothing to say afterwards.
type once struct{ err error }

func (o *once) Read([]byte) (int, error) {
	err := o.err
	o.err = io.EOF
	return 0, err
}

type closer struct {
	io.Reader
	closed *bool
}

func (c closer) Close() error { *c.closed = true; return nil }

// A body that is announced too large is not read at all.
func TestFormValues_do_not_touch_a_body_announced_large(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("POST", "/", iotest.ErrReader(errBroken))
	r.Header.Set("Content-Type", formType)
	r.ContentLength = maxForm + 1
	before := r.Body
	if formValues(r) != nil || r.Body != before {
		t.Error("read")
	}
}

// FUZ-F05: the form peek. What the handler reads is what was sent, and the field
// is found where package net/url finds it.
func FuzzForm(f *testing.F) {
	f.Add([]byte("_csrf=abc&a=1"), uint16(3))
	f.Add([]byte("%5fcsrf=%61&_csrf=b"), uint16(0))
	f.Add([]byte("a;b=1&&=&%"), uint16(9))
	f.Fuzz(func(t *testing.T, body []byte, split uint16) {
		r := httptest.NewRequest("POST", "/", nil)
		at := min(int(split), len(body))
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:at]), bytes.NewReader(body[at:])))
		r.ContentLength = -1
		r.Header.Set("Content-Type", formType)
		got := formValues(r)
		rest, err := io.ReadAll(r.Body)
		if err != nil || !bytes.Equal(rest, body) {
			t.Fatal("the body changed", err)
		}
		want, err := url.ParseQuery(string(body))
		if err != nil || len(body) > maxForm {
			return
		}
		all := want[FieldName]
		for _, v := range all {
			if len(url.QueryEscape(v)) > maxValue {
				return
			}
		}
		if len(all) > 2 {
			all = all[:2]
		}
		if strings.Join(got, "\x00") != strings.Join(all, "\x00") || len(got) != len(all) {
			t.Fatalf("%q, net/url finds %q", got, all)
		}
	})
}
