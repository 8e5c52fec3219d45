package mtls

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/middleware/clientcert"
)

// Anchor is an authority of a tenant.
type Anchor struct {
	Certificate *x509.Certificate
	// Hardware: the authority certifies keys that cannot leave their card or machine, and
	// no others.
	Hardware bool
}

// TrustConfig says whose certificates count in one tenant. Anchors is required.
type TrustConfig struct {
	Anchors []Anchor
	// Intermediates complete chains, for proxies that hand on the certificate alone. They
	// are believed no more than those that a client sends.
	Intermediates []*x509.Certificate
	// By is what a certificate is bound by; zero: ByKey.
	By By
	// MaxLifetime refuses certificates that live longer; zero: any.
	MaxLifetime time.Duration
	// CRLs, unless nil, have the last word on every certificate of a chain below its
	// anchor.
	CRLs *CRLs
	// ShortLived takes certificates that live at most a day, and asks nobody whether they
	// are revoked. It contradicts CRLs.
	ShortLived bool
}

const (
	shortLife = 24 * time.Hour
	maxDepth  = 6 // of a chain, anchor included (WKL-065)
)

// Trust verifies certificates for one tenant. It is safe for concurrent use.
type Trust struct {
	roots         *x509.CertPool
	hardware      []*x509.Certificate
	intermediates []*x509.Certificate
	by            By
	maxLifetime   time.Duration
	crls          *CRLs
	stood         [stoodSize]atomic.Pointer[stood]
}

// NewTrust checks the configuration; the error names the field that is wrong.
func NewTrust(cfg TrustConfig) (*Trust, error) {
	t := &Trust{roots: x509.NewCertPool(), by: cfg.By, maxLifetime: cfg.MaxLifetime, crls: cfg.CRLs, intermediates: slices.Clone(cfg.Intermediates)}
	if t.by == 0 {
		t.by = ByKey
	}
	switch {
	case len(cfg.Anchors) == 0:
		return nil, errors.New("mtls: TrustConfig.Anchors is missing: nobody's certificates count")
	case t.by >= ways:
		return nil, errors.New("mtls: TrustConfig.By is no known value")
	case cfg.MaxLifetime < 0:
		return nil, errors.New("mtls: TrustConfig.MaxLifetime is negative")
	case cfg.ShortLived && cfg.CRLs != nil:
		return nil, errors.New("mtls: TrustConfig.ShortLived contradicts CRLs")
	case cfg.ShortLived && cfg.MaxLifetime > shortLife:
		return nil, fmt.Errorf("mtls: TrustConfig.MaxLifetime is %v, with ShortLived at most %v", cfg.MaxLifetime, shortLife)
	}
	if cfg.ShortLived && t.maxLifetime == 0 {
		t.maxLifetime = shortLife
	}
	for i, a := range cfg.Anchors {
		if err := authority(a.Certificate); err != nil {
			return nil, fmt.Errorf("mtls: TrustConfig.Anchors[%d]: %w", i, err)
		}
		t.roots.AddCert(a.Certificate)
		if a.Hardware {
			t.hardware = append(t.hardware, a.Certificate)
		}
	}
	for i, c := range t.intermediates {
		if err := authority(c); err != nil {
			return nil, fmt.Errorf("mtls: TrustConfig.Intermediates[%d]: %w", i, err)
		}
	}
	return t, nil
}

// authority reports why a certificate cannot be one's.
func authority(c *x509.Certificate) error {
	switch {
	case c == nil:
		return errors.New("missing")
	case !c.BasicConstraintsValid || !c.IsCA:
		return errors.New("not the certificate of an authority")
	case checkKey(c) != nil:
		return errors.New("the key is too weak, or of an unknown kind")
	}
	return nil
}

// Verified is a certificate that is good in a tenant, at one moment.
type Verified struct {
	Leaf *x509.Certificate
	// Hardware: its anchor certifies keys in hardware only.
	Hardware bool
	until    time.Time // when something of it has to be looked at again
}

// Verify verifies what a request has shown. Whatever the proxy in front has said about
// it counts for nothing here. Error: [*Error].
func (t *Trust) Verify(now time.Time, p clientcert.Peer) (Verified, error) {
	leaf := p.Leaf()
	if leaf == nil {
		return Verified{}, refused(Missing)
	}
	size := 0
	for _, c := range p.Chain {
		size += len(c.Raw)
	}
	if len(p.Chain) > clientcert.MaxChain || size > clientcert.MaxBytes {
		return Verified{}, refused(TooLarge)
	}
	if err := t.checkLeaf(now, leaf); err != nil {
		return Verified{}, err
	}
	between := x509.NewCertPool()
	for _, c := range slices.Concat(p.Chain[1:], t.intermediates) {
		between.AddCert(c)
	}
	chains, err := leaf.Verify(x509.VerifyOptions{
		// Never nil: that would be the system's roots.
		Roots: t.roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return Verified{}, refused(Untrusted)
	}
	first := refused(Untrusted)
	for i, chain := range chains {
		v, err := t.judgeChain(now, chain, p.Staple)
		if err == nil {
			return v, nil
		}
		if i == 0 {
			first = err
		}
	}
	return Verified{}, first
}

// judgeChain holds what x509 does not: the strength of what lies between, the depth, and
// revocation.
func (t *Trust) judgeChain(now time.Time, chain []*x509.Certificate, staple []byte) (Verified, error) {
	if len(chain) > maxDepth {
		return Verified{}, refused(Untrusted)
	}
	v := Verified{Leaf: chain[0], until: chain[0].NotAfter}
	for _, c := range chain[:len(chain)-1] {
		if err := checkStrength(c); err != nil {
			return Verified{}, err
		}
	}
	for _, c := range chain {
		v.until = earlier(v.until, c.NotAfter)
	}
	until, err := t.unrevoked(now, chain, staple)
	if err != nil {
		return Verified{}, err
	}
	v.until = earlier(v.until, until)
	anchor := chain[len(chain)-1]
	v.Hardware = slices.ContainsFunc(t.hardware, func(c *x509.Certificate) bool { return bytes.Equal(c.Raw, anchor.Raw) })
	return v, nil
}

// earlier is the earlier of two times, of which a zero one is none.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}

// Bind makes the record of a certificate that was verified, by the rule of the tenant.
// Error: [*Error] where it does not carry the one name it would be bound by.
func (t *Trust) Bind(v Verified) (Record, error) { return t.by.of(v.Leaf) }
