package clientcert

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/middleware/clientip"
)

// UnixSocket in [Config.Trusted] trusts whoever speaks to us over a unix socket: the
// system has decided who may.
const UnixSocket = "unix"

// Config says where certificates come from. Clock is required; the zero of the rest asks
// the connection of the request.
type Config struct {
	Clock clock.Clock
	// Form of the field that a proxy writes. Everything below belongs to one.
	Form Form
	// Field is the field's name where it is not the form's own; not for RFC9440.
	Field string
	// Trusted are the proxies that end TLS: addresses, networks of at least 7 bits, or
	// [UnixSocket]. That a proxy may say where requests come from (clientip.Config) does
	// not make it one of these. Required with a Form.
	Trusted []string
	// TrustedKeys are SHA-256 of the public keys (SubjectPublicKeyInfo) with which the
	// proxies connect to us; empty: the address is enough. It needs a listener that asks
	// the proxy for its certificate.
	TrustedKeys [][sha256.Size]byte
	// Standing, unless nil, says with every request whether the certificate still stands,
	// for what can end before its time is over: revocation. An error makes it
	// [Peer.Lapsed]. It must be quick.
	Standing func(*http.Request, Peer, time.Time) error
}

// Layer finds certificates. It is safe for concurrent use.
type Layer struct {
	cfg    Config
	fields []string
	unix   bool
	trust  *clientip.Resolver // nil: no address is trusted
	parsed [memoSize]atomic.Pointer[parsed]
}

// memoSize bounds the certificates of which we remember how they read.
const memoSize = 256

// parsed is what a value was read as.
type parsed struct {
	value, chain string
	list         []*x509.Certificate
}

const minBits = 7

// New checks the configuration. The error names the field that is wrong.
func New(cfg Config) (*Layer, error) {
	l := &Layer{cfg: cfg, fields: cfg.Form.fields()}
	switch {
	case cfg.Clock == nil:
		return nil, errors.New("clientcert: Clock is missing")
	case cfg.Form >= forms:
		return nil, errors.New("clientcert: Form is no known value")
	case cfg.Form == Connection && (cfg.Field != "" || len(cfg.Trusted) > 0 || len(cfg.TrustedKeys) > 0):
		return nil, errors.New("clientcert: Form is missing: Field, Trusted and TrustedKeys are about a proxy")
	case cfg.Form != Connection && len(cfg.Trusted) == 0:
		return nil, errors.New("clientcert: Trusted is missing: anybody can write the field")
	}
	if cfg.Field != "" {
		if cfg.Form == RFC9440 || !token(cfg.Field) {
			return nil, fmt.Errorf("clientcert: Field is %q, want the name of one field, and none for RFC9440", cfg.Field)
		}
		l.fields = []string{http.CanonicalHeaderKey(cfg.Field)}
	}
	var addresses []string
	for i, s := range cfg.Trusted {
		if s == UnixSocket {
			l.unix = true
			continue
		}
		if p, err := netip.ParsePrefix(s); err == nil && p.Bits() < minBits {
			return nil, fmt.Errorf("clientcert: Trusted[%d] %q: a network of fewer than %d bits: whoever is in it can be anybody", i, s, minBits)
		}
		addresses = append(addresses, s)
	}
	if len(addresses) == 0 {
		return l, nil
	}
	var err error
	if l.trust, err = clientip.New(clientip.Config{Trusted: addresses}); err != nil {
		return nil, fmt.Errorf("clientcert: Trusted: %w", err)
	}
	return l, nil
}

func token(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-')
	})
}

// Wrap finds the certificate before next runs, and takes the fields that could name one
// out of the request. Inside another Wrap it changes nothing.
func (l *Layer) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := r.Context().Value(Key{}).(*Peer); ok {
			next.ServeHTTP(w, r)
			return
		}
		s, w, r, made := respond.Ensure(w, r)
		p, err := l.peer(r)
		if err == nil {
			s.Publish(Key{}, p)
			next.ServeHTTP(w, r)
		} else {
			s.Logger().WarnContext(s, "clientcert: a trusted proxy sent a certificate that cannot be read", "error", err) //nolint:contextcheck // the scope is the request's context
			problem.Write(w, r, problem.BadRequest)
		}
		if made {
			s.Finish()
		}
	})
}

func (l *Layer) peer(r *http.Request) (*Peer, error) {
	value, chain, err := l.take(r)
	if l.cfg.Form != Connection && !l.trusts(r) {
		return &Peer{}, nil // whoever wrote it, nobody has read it
	}
	if err != nil {
		return nil, err
	}
	p := &Peer{}
	if l.cfg.Form == Connection {
		*p = shown(r.TLS)
	} else if p.Chain, err = l.read(value, chain); err != nil {
		return nil, err
	}
	if leaf := p.Leaf(); leaf != nil {
		p.Lapsed = l.lapsed(r, *p, leaf)
	}
	return p, nil
}

var errTime = errors.New("clientcert: the certificate is out of its time")

// lapsed says why a certificate no longer stands (FAC-115). That it has once been good
// for a sign-in is no reason to believe it now.
func (l *Layer) lapsed(r *http.Request, p Peer, leaf *x509.Certificate) error {
	now := l.cfg.Clock.Now()
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return errTime
	}
	if l.cfg.Standing == nil {
		return nil
	}
	return l.cfg.Standing(r, p, now)
}

// known are the fields in which proxies name certificates, as all of them spell them.
var known = []string{"client-cert", "x-forwarded-client-cert", "ssl-client-", "x-ssl-client-", "x-ssl-cert", "x-amzn-mtls-", "x-client-cert", "x-tls-client-"}

// take removes every field that could name a certificate, in any spelling: whoever
// comes behind us may read Client_Cert as Client-Cert. It returns the one that counts.
func (l *Layer) take(r *http.Request) (value, chain string, err error) {
	for i, name := range l.fields {
		switch lines := r.Header[name]; {
		case len(lines) > 1:
			err = errRepeated
		case len(lines) == 1 && i == 0:
			value = lines[0]
		case len(lines) == 1:
			chain = lines[0]
		}
	}
	for name := range r.Header { // what is deleted does not depend on the order
		folded := strings.ReplaceAll(strings.ToLower(name), "_", "-")
		if slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(folded, k) }) ||
			slices.ContainsFunc(l.fields, func(f string) bool { return strings.EqualFold(f, folded) }) {
			delete(r.Header, name)
		}
	}
	return value, chain, err
}

// trusts reports whether the other end of the connection is a proxy that ends TLS. On a
// unix socket a client chooses the name of its own end, and may choose one that reads as
// an address: there, the socket alone decides.
func (l *Layer) trusts(r *http.Request) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	switch unix := local != nil && strings.HasPrefix(local.Network(), "unix"); {
	case unix && !l.unix, !unix && (l.trust == nil || !l.trust.Resolve(r).PeerTrusted()):
		return false
	case len(l.cfg.TrustedKeys) == 0:
		return true
	}
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return false
	}
	own := r.TLS.PeerCertificates[0]
	now := l.cfg.Clock.Now()
	return slices.Contains(l.cfg.TrustedKeys, sha256.Sum256(own.RawSubjectPublicKeyInfo)) && !now.Before(own.NotBefore) && !now.After(own.NotAfter)
}

// read parses a value, or remembers how it reads: a proxy sends the same with every
// request of a connection.
func (l *Layer) read(value, chain string) ([]*x509.Certificate, error) {
	if value == "" && chain == "" {
		return nil, nil
	}
	h := sha256.Sum256(append(append([]byte(value), 0), chain...))
	at := &l.parsed[h[0]]
	if m := at.Load(); m != nil && m.value == value && m.chain == chain {
		return m.list, nil
	}
	list, err := l.cfg.Form.parse(value, chain)
	if err != nil {
		return nil, err
	}
	at.Store(&parsed{strings.Clone(value), strings.Clone(chain), list})
	return list, nil
}
