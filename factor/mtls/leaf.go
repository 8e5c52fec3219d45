package mtls

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

const minRSA = 2048

// checkLeaf holds what FAC-112, FAC-113 and WKL-064, WKL-066 ask of the certificate
// itself, before any signature is computed.
func (t *Trust) checkLeaf(now time.Time, c *x509.Certificate) error {
	switch {
	case c.IsCA, c.Version < 3:
		return refused(NotLeaf)
	case c.KeyUsage&x509.KeyUsageDigitalSignature == 0, c.KeyUsage&(x509.KeyUsageCertSign|x509.KeyUsageCRLSign) != 0:
		return refused(Usage)
	// A certificate without the extension would be for everything, and one for "any" as
	// well: what it was issued for nobody knows.
	case !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth):
		return refused(Usage)
	case now.Before(c.NotBefore):
		return refused(NotYetValid)
	case now.After(c.NotAfter):
		return refused(Expired)
	case t.maxLifetime > 0 && c.NotAfter.Sub(c.NotBefore) > t.maxLifetime:
		return refused(Lifetime)
	}
	for _, u := range c.URIs {
		if strings.EqualFold(u.Scheme, "spiffe") {
			return refused(Workload)
		}
	}
	return checkStrength(c)
}

// checkStrength judges the key of a certificate and the signature on it.
func checkStrength(c *x509.Certificate) error {
	if err := checkKey(c); err != nil {
		return err
	}
	if !strong(c.SignatureAlgorithm) {
		return refused(WeakSignature)
	}
	return nil
}

func checkKey(c *x509.Certificate) error {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() >= minRSA {
			return nil
		}
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() || k.Curve == elliptic.P384() || k.Curve == elliptic.P521() {
			return nil
		}
	case ed25519.PublicKey:
		return nil
	}
	return refused(WeakKey)
}

// strong lists the signatures that are taken, on certificates, lists and responses.
func strong(a x509.SignatureAlgorithm) bool {
	switch a { //nolint:exhaustive // what is not in the list is refused
	case x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA,
		x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
		x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512, x509.PureEd25519:
		return true
	}
	return false
}

// uris are the URIs of a certificate as they are written in it. Parsed and written anew,
// as x509.Certificate has them, two different ones may read the same.
func uris(c *x509.Certificate) []string {
	var out []string
	for _, ext := range c.Extensions {
		if !ext.Id.Equal([]int{2, 5, 29, 17}) {
			continue
		}
		const uri = 6 // [6] IMPLICIT IA5String, RFC 5280 §4.2.1.6
		der := cryptobyte.String(ext.Value)
		var names cryptobyte.String
		if !der.ReadASN1(&names, cbasn1.SEQUENCE) {
			return nil
		}
		for !names.Empty() {
			var name cryptobyte.String
			var tag cbasn1.Tag
			if !names.ReadAnyASN1(&name, &tag) {
				return nil
			}
			if tag == cbasn1.Tag(uri).ContextSpecific() {
				out = append(out, string(name))
			}
		}
	}
	return out
}
