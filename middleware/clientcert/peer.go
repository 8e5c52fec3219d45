package clientcert

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
)

// What a chain may hold (WKL-065). More is no chain that anybody uses, and each
// certificate costs work.
const (
	MaxChain = 8
	MaxBytes = 64 << 10
)

// Peer is what the other end of a request has shown. The key of the first certificate was
// proved to be theirs, to us or to the proxy; nothing else of it has been verified. The
// zero Peer has shown nothing. Nobody changes one.
type Peer struct {
	// Chain begins with the certificate itself.
	Chain []*x509.Certificate
	// Staple is the OCSP response that came with it, of a connection of our own.
	Staple []byte
	// Lapsed says why the certificate no longer stands for anybody: it is out of its
	// time, or [Config.Standing] has refused it. A session that is bound to it is a
	// guest's then. Nil: it stands.
	Lapsed error
}

// Leaf is the certificate itself; nil for none.
func (p Peer) Leaf() *x509.Certificate {
	if len(p.Chain) == 0 {
		return nil
	}
	return p.Chain[0]
}

// Standing is Leaf unless it has lapsed.
func (p Peer) Standing() *x509.Certificate {
	if p.Lapsed != nil {
		return nil
	}
	return p.Leaf()
}

// Key is the context key under which a pointer to the Peer of a request lies.
type Key struct{}

// From returns what was shown with the request that ctx belongs to, as its layer has
// found it; the zero Peer if none ran.
func From(ctx context.Context) Peer {
	if p, ok := ctx.Value(Key{}).(*Peer); ok {
		return *p
	}
	return Peer{}
}

// Of is From for a request; where no layer ran, the connection itself is asked.
func Of(r *http.Request) Peer {
	if p, ok := r.Context().Value(Key{}).(*Peer); ok {
		return *p
	}
	return shown(r.TLS)
}

// With returns a context that carries p, for what happens outside of any request and for
// tests.
func With(ctx context.Context, p Peer) context.Context {
	return context.WithValue(ctx, Key{}, &p)
}

// shown is what a connection of our own has proved.
func shown(state *tls.ConnectionState) Peer {
	if state == nil || len(state.PeerCertificates) == 0 || bounded(state.PeerCertificates) != nil {
		return Peer{}
	}
	return Peer{Chain: state.PeerCertificates, Staple: state.OCSPResponse}
}

// bounded refuses a chain that is too long.
func bounded(chain []*x509.Certificate) error {
	size := 0
	for _, c := range chain {
		size += len(c.Raw)
	}
	if len(chain) > MaxChain || size > MaxBytes {
		return errTooLarge
	}
	return nil
}
