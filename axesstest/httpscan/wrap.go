package httpscan

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// maxBody bounds what is kept of a body, in bytes. Rules about bodies look at
// the beginning of what is longer.
const maxBody = 4 << 20

// Handler checks what next writes, before a server or a recorder adds anything.
// Streams, hijacked connections and trailers pass through; of a hijacked
// connection nothing is checked.
func (s *Scanner) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := &tee{src: r.Body}
		seen := r
		if r.Body != nil && r.Body != http.NoBody {
			seen = r.WithContext(r.Context())
			seen.Body = sent
		}
		rec := &recorder{w: w, scan: s}
		next.ServeHTTP(rec, seen) // a panic passes, and with it goes the answer
		if rec.hijacked {
			return
		}
		if rec.header == nil {
			rec.note(http.StatusOK)
		}
		own := s.learnRequest(r, sent.kept.Bytes())
		a := Answer{Status: rec.status, Header: rec.header, Body: rec.body.Bytes()}
		if r.Method == http.MethodHead {
			a.Body = nil // a server drops it
		}
		if rec.size > maxBody {
			// The length of what was written is known, the rest of it is not kept.
			if a.Header.Get("Content-Length") == strconv.Itoa(rec.size) {
				a.Header.Del("Content-Length")
			}
		}
		// Who reads the answer may name a secret before this is reached: what an
		// answer tells the first time is no secret that it gives away.
		s.check(r, a, append(rec.known, own...))
	})
}

// recorder passes an answer on and keeps a copy.
type recorder struct {
	w        http.ResponseWriter
	scan     *Scanner
	known    []secret // at the first byte
	status   int
	header   http.Header // as it was at the first byte; nil before
	body     bytes.Buffer
	size     int
	hijacked bool
}

func (rec *recorder) note(status int) {
	if rec.header == nil {
		rec.status, rec.header, rec.known = status, rec.w.Header().Clone(), rec.scan.known()
		if rec.header == nil {
			rec.header = http.Header{}
		}
	}
}

// Header implements http.ResponseWriter.
func (rec *recorder) Header() http.Header { return rec.w.Header() }

// WriteHeader implements http.ResponseWriter.
func (rec *recorder) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		rec.note(status)
	}
	rec.w.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (rec *recorder) Write(p []byte) (int, error) {
	rec.note(http.StatusOK)
	n, err := rec.w.Write(p)
	rec.size += n
	if room := maxBody - rec.body.Len(); room > 0 {
		rec.body.Write(p[:min(n, room)])
	}
	return n, err //nolint:wrapcheck // a writer in the middle reports what it was told
}

// Unwrap lets http.ResponseController reach the rest.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.w }

// Flush implements http.Flusher.
func (rec *recorder) Flush() {
	rec.note(http.StatusOK)
	_ = http.NewResponseController(rec.w).Flush() // a Flusher has nobody to tell
}

// Hijack implements http.Hijacker.
func (rec *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(rec.w).Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("httpscan: hijack: %w", err)
	}
	rec.hijacked = true
	return conn, rw, nil
}

// tee keeps what is read through it.
type tee struct {
	src  io.ReadCloser
	kept bytes.Buffer
}

// Read implements io.Reader.
func (t *tee) Read(p []byte) (int, error) {
	n, err := t.src.Read(p)
	if room := maxBody - t.kept.Len(); room > 0 && n > 0 {
		t.kept.Write(p[:min(n, room)])
	}
	return n, err //nolint:wrapcheck // a reader in the middle reports what it was told
}

// Close implements io.Closer.
func (t *tee) Close() error { return t.src.Close() } //nolint:wrapcheck // as above

// Transport checks what arrives through next; nil is http.DefaultTransport. An
// answer is checked when its body has been read to the end or closed, so that
// streams flow.
func (s *Scanner) Transport(next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return transport{s, next}
}

type transport struct {
	scan *Scanner
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := &tee{src: r.Body}
	if r.Body != nil && r.Body != http.NoBody {
		r = r.WithContext(r.Context())
		r.Body = sent
	}
	res, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err //nolint:wrapcheck // http.Client adds method and address
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		return res, nil // the body is a connection
	}
	t.scan.learnRequest(r, sent.kept.Bytes())
	h := res.Header.Clone()
	if len(res.TransferEncoding) > 0 {
		h.Set("Transfer-Encoding", strings.Join(res.TransferEncoding, ", "))
	}
	if res.Uncompressed {
		h.Del("Content-Length")
	}
	res.Body = &arriving{ReadCloser: res.Body, done: func(body []byte, whole bool) {
		if !whole {
			h.Del("Content-Length")
		}
		t.scan.Check(r, Answer{Status: res.StatusCode, Header: h, Body: body})
	}}
	return res, nil
}

// arriving is a body that is checked at its end.
type arriving struct {
	io.ReadCloser
	kept bytes.Buffer
	size int
	done func(body []byte, whole bool)
}

// Read implements io.Reader.
func (a *arriving) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	a.size += n
	if room := maxBody - a.kept.Len(); room > 0 && n > 0 {
		a.kept.Write(p[:min(n, room)])
	}
	if errors.Is(err, io.EOF) {
		a.finish(a.size == a.kept.Len())
	}
	return n, err //nolint:wrapcheck // a reader in the middle reports what it was told
}

// Close implements io.Closer.
func (a *arriving) Close() error {
	a.finish(false)
	return a.ReadCloser.Close() //nolint:wrapcheck // as above
}

func (a *arriving) finish(whole bool) {
	if a.done != nil {
		a.done(a.kept.Bytes(), whole)
		a.done = nil
	}
}
