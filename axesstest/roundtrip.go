package axesstest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

// way is how a browser's requests leave: with its cookies and with the headers
// by which browsers say where a request comes from.
type way struct{ b *Browser }

// RoundTrip implements http.RoundTripper.
func (w way) RoundTrip(r *http.Request) (*http.Response, error) {
	b, r := w.b, r.Clone(context.WithValue(r.Context(), addrKey{}, w.b.addr))
	h := r.Header
	def := func(key, value string) {
		if _, set := h[key]; !set && value != "" {
			h.Set(key, value)
		}
	}
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead
	form := strings.HasPrefix(h.Get("Content-Type"), "application/x-www-form-urlencoded") || strings.HasPrefix(h.Get("Content-Type"), "multipart/form-data") ||
		strings.HasPrefix(h.Get("Content-Type"), "text/plain")
	page := h.Get("Accept") == "" && (safe || r.Method == http.MethodPost && form)
	from := b.site
	if from == "" && !safe {
		from = b.kit.URL
	}
	site := relation(from, r.URL)
	if !b.legacy {
		def("Sec-Fetch-Site", site)
		if page {
			def("Sec-Fetch-Mode", "navigate")
			def("Sec-Fetch-Dest", "document")
		} else {
			def("Sec-Fetch-Mode", "cors")
			def("Sec-Fetch-Dest", "empty")
		}
	}
	if !safe || !page && site == "cross-site" {
		def("Origin", from)
	}
	if page {
		def("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	}
	def("Accept", "*/*")
	def("User-Agent", b.ua)
	cross := site == "cross-site" && !b.legacy
	for _, c := range b.jar.give(r.URL, cross, page && safe) {
		r.AddCookie(c)
	}
	if !safe && site == "same-origin" {
		def("X-Csrf-Token", b.Cookies()[b.kit.Auth.Sessions().CookieName()+"-csrf"])
	}
	res, err := b.kit.send.RoundTrip(r)
	if err != nil {
		return nil, err //nolint:wrapcheck // http.Client adds method and address
	}
	for _, c := range res.Cookies() {
		b.jar.put(r.URL, c)
	}
	return res, nil
}

// relation is Sec-Fetch-Site of a request that a page of an origin causes; from
// the address bar there is none.
func relation(from string, to *url.URL) string {
	if from == "" {
		return "none"
	}
	u, err := url.Parse(from)
	switch {
	case err != nil || u.Host == "":
		return "cross-site"
	case u.Scheme == to.Scheme && strings.EqualFold(u.Host, to.Host):
		return "same-origin"
	case schemeful(u) == schemeful(to):
		return "same-site"
	}
	return "cross-site"
}

// inProcess calls the handler within the test: an answer is there when the
// handler has returned.
func (k *Kit) inProcess() http.RoundTripper { return inProcess{k} }

type inProcess struct{ k *Kit }

// RoundTrip implements http.RoundTripper.
func (p inProcess) RoundTrip(r *http.Request) (res *http.Response, err error) {
	sent := r.Clone(r.Context())
	sent.RequestURI = r.URL.RequestURI()
	if sent.Host == "" {
		sent.Host = r.URL.Host
	}
	sent.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	sent.RemoteAddr, sent.Proto, sent.ProtoMajor, sent.ProtoMinor = "127.0.0.1:4711", "HTTP/1.1", 1, 1
	if addr, ok := r.Context().Value(addrKey{}).(string); ok {
		sent.RemoteAddr = addr
	}
	if r.URL.Scheme == "https" {
		sent.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true, ServerName: r.URL.Hostname()}
	}
	if sent.Body == nil {
		sent.Body = http.NoBody
	}
	rec := httptest.NewRecorder()
	defer func() {
		if v := recover(); v != nil {
			// A server would cut the connection.
			res, err = nil, fmt.Errorf("axesstest: %w: %v", errCut, v)
		}
	}()
	p.k.Handler.ServeHTTP(rec, sent)
	if r.Method == http.MethodHead {
		rec.Body.Reset() // a server drops it
	}
	res = rec.Result()
	res.Request = r
	return res, nil
}

// addrKey is where a request's own address lies in its context.
type addrKey struct{}

var errCut = errors.New("the handler gave up")
