package csrf

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// maxForm is how much of a form is searched (CSR-009).
const maxForm = 64 << 10

// formValues returns the values of the field in a URL-encoded body, at most two,
// and leaves the body for the handler as it was. The query string is never read:
// addresses end up in logs, histories and other sites' Referer.
func formValues(r *http.Request) []string {
	if r.PostForm != nil { // somebody further out has parsed the body
		return r.PostForm[FieldName]
	}
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength > maxForm {
		return nil
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return nil
	}
	head, err := peek(r)
	if err != nil || len(head) > maxForm {
		return nil
	}
	return search(string(head))
}

// peek reads the beginning of the body, one byte more than may be searched, and
// puts it back. An error of the reading is put back too, behind the bytes.
//
// The request is changed and not copied: the route that a mux finds below is
// written into it, and logs further out read it there.
func peek(r *http.Request) ([]byte, error) {
	size := bytes.MinRead
	if r.ContentLength > 0 {
		size += int(r.ContentLength)
	}
	buf := bytes.NewBuffer(make([]byte, 0, size))
	_, err := buf.ReadFrom(io.LimitReader(r.Body, maxForm+1))
	head := buf.Bytes()
	r.Body = &restored{head: head, err: err, rest: r.Body}
	return head, err
}

// restored is a body whose beginning has been read once already.
type restored struct {
	head []byte
	err  error
	rest io.ReadCloser
}

func (b *restored) Read(p []byte) (int, error) {
	if len(b.head) > 0 {
		n := copy(p, b.head)
		b.head = b.head[n:]
		return n, nil
	}
	if b.err != nil {
		return 0, b.err
	}
	return b.rest.Read(p)
}

func (b *restored) Close() error { return b.rest.Close() }

// search finds the field among the pairs of a form (WHATWG URL §5.1). Pairs that
// no handler could parse are passed over.
func search(form string) (values []string) {
	for pair := range strings.SplitSeq(form, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if key != FieldName {
			// Longer than every character escaped: it can not be ours.
			if len(key) > 3*len(FieldName) || !strings.Contains(key, "%") {
				continue
			}
			if k, err := url.QueryUnescape(key); err != nil || k != FieldName {
				continue
			}
		}
		if len(value) > maxValue {
			continue
		}
		v, err := url.QueryUnescape(value)
		if err != nil {
			continue
		}
		if values = append(values, v); len(values) == 2 {
			break
		}
	}
	return values
}
