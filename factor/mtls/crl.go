package mtls

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// list is a revocation list whose signature was checked.
type list struct {
	issuer     *x509.Certificate
	this, next time.Time
	serials    map[string]struct{}
}

var (
	errList    = errors.New("not a revocation list that can be read")
	errSigned  = errors.New("signed by none of the issuers")
	errPartial = errors.New("a part of a list only, or with conditions that are not understood")
	errTimes   = errors.New("says no time of the next list, or comes from the future")
)

// parseLists reads one list as DER, or several as PEM, and checks who signed them.
func parseLists(text []byte, issuers []*x509.Certificate, now time.Time) ([]*list, error) {
	var ders [][]byte
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("-----BEGIN")) {
		for rest := text; len(bytes.TrimSpace(rest)) > 0; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil || block.Type != "X509 CRL" {
				return nil, errList
			}
			ders = append(ders, block.Bytes)
		}
	} else {
		ders = [][]byte{text}
	}
	var out []*list
	for _, der := range ders {
		l, err := parseList(der, issuers, now)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

func parseList(der []byte, issuers []*x509.Certificate, now time.Time) (*list, error) {
	rl, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, errList
	}
	l := &list{this: rl.ThisUpdate, next: rl.NextUpdate, serials: make(map[string]struct{}, len(rl.RevokedCertificateEntries))}
	for _, c := range issuers {
		if bytes.Equal(c.RawSubject, rl.RawIssuer) && strong(rl.SignatureAlgorithm) && rl.CheckSignatureFrom(c) == nil {
			l.issuer = c
			break
		}
	}
	if l.issuer == nil {
		return nil, errSigned
	}
	// A delta, a list for some certificates only, one of another issuer's: each says so
	// in a critical extension.
	for _, e := range rl.Extensions {
		if e.Critical {
			return nil, errPartial
		}
	}
	if rl.NextUpdate.IsZero() || rl.ThisUpdate.After(now) {
		return nil, errTimes
	}
	for _, e := range rl.RevokedCertificateEntries {
		for _, x := range e.Extensions {
			if x.Critical {
				return nil, errPartial
			}
		}
		l.serials[e.SerialNumber.String()] = struct{}{}
	}
	return l, nil
}

// of reports whether a list is that of the authority whose certificate stands in a
// chain: the same name and the same key, be it another certificate.
func (l *list) of(issuer *x509.Certificate) bool {
	return bytes.Equal(l.issuer.RawSubject, issuer.RawSubject) && bytes.Equal(l.issuer.RawSubjectPublicKeyInfo, issuer.RawSubjectPublicKeyInfo)
}

// status asks all lists of an issuer. A stale one still revokes what is on it, and
// vouches for nothing.
func (s *snapshot) status(now time.Time, c, issuer *x509.Certificate) (status, time.Time) {
	said, until := unknown, time.Time{}
	if s == nil {
		return said, until
	}
	for _, source := range s.lists {
		for _, l := range source {
			if !l.of(issuer) {
				continue
			}
			if _, on := l.serials[c.SerialNumber.String()]; on {
				return revoked, time.Time{}
			}
			if !now.After(l.next) {
				said, until = good, earlier(until, l.next)
			}
		}
	}
	return said, until
}

// newer refuses a list that is older than the one at hand: to show an old one is how
// somebody would have a revocation forgotten.
func newer(next, held []*list) error {
	for _, n := range next {
		for _, h := range held {
			if h.of(n.issuer) && n.this.Before(h.this) {
				return fmt.Errorf("older than the list at hand: %w", errTimes)
			}
		}
	}
	return nil
}
