package session

import (
	"crypto/sha256"
	"net/http"
	"strings"

	"github.com/axess-go/axess/internal/useragent"
	"github.com/axess-go/axess/middleware/clientcert"
	"github.com/axess-go/axess/middleware/clientip"
)

// shown appends to dst what a request shows of a component, in a form of which two
// are equal exactly when they are the same within the tolerance, and returns the
// version that may rise beside it. False means that the request shows nothing; for
// headers nothing is a value too, so that a session which began without one is not
// open to everybody.
func (b *binder) shown(dst []byte, c Component, r *http.Request) (value []byte, version uint64, ok bool) {
	switch c {
	case BindUserAgent:
		value, version = b.agentFamily(dst, userAgent(r))
		return value, version, true
	case BindUserAgentExact:
		return append(dst, userAgent(r)...), 0, true
	case BindIPPrefix:
		value, ok = networkOf(dst, r, b.ips)
		return value, 0, ok
	case BindClientKey:
		if cert := clientcert.Of(r).Standing(); cert != nil {
			sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
			return append(dst, sum[:]...), 0, true
		}
	case BindClientCert, bindProof:
		if cert := clientcert.Of(r).Standing(); cert != nil {
			sum := sha256.Sum256(cert.Raw)
			return append(dst, sum[:]...), 0, true
		}
	case BindLanguage:
		return append(dst, primaryLanguage(r.Header.Get("Accept-Language"))...), 0, true
	}
	return dst, 0, false
}

// userAgent is r.UserAgent(), which asks each time whether the name of the header is
// written as the server has written it.
func userAgent(r *http.Request) string {
	if lines := r.Header["User-Agent"]; len(lines) > 0 {
		return lines[0]
	}
	return ""
}

// Forms of a User-Agent's value. The first byte keeps a header that somebody
// composed from looking like a family.
const (
	agentWhole  = 0
	agentParsed = 1
)

// agentFamily is family and platform; of a header that names no family, or that is
// too long to be one, it is the header itself.
func (b *binder) agentFamily(dst []byte, header string) (value []byte, major uint64) {
	if len(header) <= useragent.MaxInput {
		if a := b.agents.Parse(header); a.Browser != "" {
			dst = append(append(dst, agentParsed), a.Browser...)
			return append(append(dst, 0), a.Platform...), uint64(a.Major)
		}
	}
	return append(append(dst, agentWhole), header...), 0
}

// networkOf is the part of an address that names a network. An address that anybody
// may have written is none.
func networkOf(dst []byte, r *http.Request, ips *clientip.Resolver) ([]byte, bool) {
	if ips == nil {
		return dst, false
	}
	a := ips.Resolve(r)
	ip := a.IP().Unmap()
	switch {
	case a.Source() == clientip.SourceUnknown || a.Source() == clientip.SourceUnverified || !ip.IsValid():
		return dst, false
	case ip.Is4():
		b := ip.As4()
		return append(append(dst, 4), b[:24/8]...), true
	}
	b := ip.As16()
	return append(append(dst, 6), b[:64/8]...), true
}

// primaryLanguage is "en" of "en-GB,en;q=0.9"; "" for what is no language (RFC 9110
// §12.5.4, RFC 5646 §2.1).
func primaryLanguage(header string) string {
	const longest = 8
	end := strings.IndexAny(header, ",;- \t")
	if end < 0 {
		end = len(header)
	}
	if end > longest || strings.Trim(header[:end], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "" {
		return ""
	}
	return strings.ToLower(header[:end])
}
