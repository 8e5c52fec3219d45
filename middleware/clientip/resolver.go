package clientip

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// Config says whom to believe. The zero value believes nobody.
type Config struct {
	// Trusted lists the proxies, as addresses or CIDRs. A CIDR must be written
	// with its host bits clear and must not cover a whole address family.
	Trusted []string
	// PrivateTransport says that only proxies can reach the listener, as with
	// a unix socket: any peer is trusted, also one without an address. The
	// client is then the rightmost entry that Trusted does not list.
	PrivateTransport bool
}

// Resolver finds the address of requests. It is immutable and safe for
// concurrent use.
type Resolver struct {
	trusted []netip.Prefix
	private bool
}

// New checks cfg and returns its resolver. The error names the entry of
// Trusted that is wrong.
func New(cfg Config) (*Resolver, error) {
	r := &Resolver{private: cfg.PrivateTransport}
	for i, s := range cfg.Trusted {
		p, err := parsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("clientip: Trusted[%d] %q: %w", i, s, err)
		}
		r.trusted = append(r.trusted, p)
	}
	return r, nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if !strings.Contains(s, "/") {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return netip.Prefix{}, fmt.Errorf("not an address")
		}
		if a.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("an address with a zone names a link of this machine only")
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("not a CIDR")
	}
	if p.Masked() != p {
		return netip.Prefix{}, fmt.Errorf("host bits set, meant is %s or %s", p.Addr(), p.Masked())
	}
	// Requests of a dual-stack listener arrive unmapped (MID-015), so a mapped
	// range is compared in its IPv4 form as well.
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return netip.Prefix{}, fmt.Errorf("a range across IPv4-mapped addresses")
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	if p.Bits() == 0 {
		return netip.Prefix{}, fmt.Errorf("covers every address; if only proxies reach the listener, say PrivateTransport")
	}
	return p, nil
}

// Resolve returns the address of the request. It allocates nothing.
func (r *Resolver) Resolve(req *http.Request) Addr {
	peer, trusted := r.peer(req.RemoteAddr)
	a := Addr{ip: peer, trusted: trusted, https: req.TLS != nil, host: req.Host}
	if peer.IsValid() {
		a.source = SourcePeer
	}
	if !trusted {
		return a
	}
	if ip, ok := r.walk(req.Header["X-Forwarded-For"]); ok {
		a.ip, a.source = ip, SourceForwarded
	}
	if v := req.Header["X-Forwarded-Proto"]; len(v) == 1 {
		switch {
		case strings.EqualFold(v[0], "https"):
			a.https = true
		case strings.EqualFold(v[0], "http"):
			a.https = false
		}
	}
	if v := req.Header["X-Forwarded-Host"]; len(v) == 1 && validHost(v[0]) {
		a.host = v[0]
	}
	return a
}

// peer returns the other end of the connection and whether it is trusted. A
// peer with a zone never is: the same address means another machine on another
// link.
func (r *Resolver) peer(remote string) (netip.Addr, bool) {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}, r.private
	}
	ip := ap.Addr().Unmap()
	if ip.Zone() != "" {
		return ip.WithZone(""), r.private
	}
	return ip, r.private || r.trusts(ip)
}

func (r *Resolver) trusts(ip netip.Addr) bool {
	for _, p := range r.trusted {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

func validHost(s string) bool {
	if s == "" || len(s) > 255 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			c == '.' || c == '-' || c == ':' || c == '[' || c == ']') {
			return false
		}
	}
	return true
}

// Wrap resolves the address before next runs. Inside another Wrap it changes
// nothing (MID-002).
func (r *Resolver) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, ok := req.Context().Value(Key{}).(*Addr); !ok {
			req = req.WithContext(With(req.Context(), r.Resolve(req)))
		}
		next.ServeHTTP(w, req)
	})
}
