package mtls

import (
	"crypto/x509"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"
)

// unrevoked looks at every certificate below the anchor, and says until when its answer
// holds. Zero: for as long as the certificates.
func (t *Trust) unrevoked(now time.Time, chain []*x509.Certificate, staple []byte) (until time.Time, err error) {
	lists := t.crls.current()
	for i, c := range chain[:len(chain)-1] {
		issuer := chain[i+1]
		said := unknown
		var next time.Time
		if i == 0 {
			said, next = stapled(now, staple, c, issuer)
		}
		if t.crls != nil {
			// A list that revokes outranks a response that does not know it yet; a response
			// stands for a list that cannot be had.
			switch listed, at := lists.status(now, c, issuer); {
			case listed == revoked:
				said = revoked
			case listed == good && said == unknown:
				said, next = good, at
			case listed == good:
				next = earlier(next, at)
			}
		}
		switch {
		case said == revoked:
			return until, refused(Revoked)
		case said == unknown && t.crls != nil:
			return until, refused(RevocationUnknown)
		}
		until = earlier(until, next)
	}
	return until, nil
}

// status is what is known about one certificate.
type status uint8

const (
	unknown status = iota
	good
	revoked
)

// stapled reads the OCSP response that came with a certificate. Whoever shows the
// certificate chose to send it: one that does not hold is as if there were none.
func stapled(now time.Time, staple []byte, c, issuer *x509.Certificate) (status, time.Time) {
	const maxStaple = 16 << 10
	if len(staple) == 0 || len(staple) > maxStaple {
		return unknown, time.Time{}
	}
	r, err := ocsp.ParseResponseForCert(staple, c, issuer)
	if err != nil || !strong(r.SignatureAlgorithm) || !responds(now, r.Certificate, issuer) {
		return unknown, time.Time{}
	}
	if now.Before(r.ThisUpdate) || r.NextUpdate.IsZero() || now.After(r.NextUpdate) {
		return unknown, time.Time{}
	}
	switch r.Status {
	case ocsp.Good:
		return good, r.NextUpdate
	case ocsp.Revoked:
		return revoked, r.NextUpdate
	}
	return unknown, time.Time{}
}

// responds reports whether the one who signed a response may: the issuer itself, or
// whom it has certified for that and nothing less (RFC 6960 §4.2.2.2). Package ocsp
// takes any certificate of the issuer, so that everybody could vouch for themselves.
func responds(now time.Time, c, issuer *x509.Certificate) bool {
	if c == nil || c.Equal(issuer) {
		return true
	}
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) && checkStrength(c) == nil &&
		!now.Before(c.NotBefore) && !now.After(c.NotAfter)
}
