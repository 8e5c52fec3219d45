package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // linked for crypto.Hash.New
	_ "crypto/sha512"
	"math/big"
	"slices"
)

// Algorithm is a signature algorithm by its name in a header (RFC 7518 §3.1, RFC 8037,
// RFC 9864). There is no "none" and no HMAC: who verifies those can also sign.
type Algorithm string

// The algorithms there are.
const (
	RS256 Algorithm = "RS256"
	RS384 Algorithm = "RS384"
	RS512 Algorithm = "RS512"
	PS256 Algorithm = "PS256"
	PS384 Algorithm = "PS384"
	PS512 Algorithm = "PS512"
	ES256 Algorithm = "ES256"
	ES384 Algorithm = "ES384"
	ES512 Algorithm = "ES512"
	// EdDSA is Ed25519, which headers may also call by its newer name "Ed25519".
	EdDSA Algorithm = "EdDSA"
)

// Default returns the algorithms that are taken unless a [Config] names others:
// RS256, RS384, RS512, ES256, ES384 (WKL-012).
func Default() []Algorithm { return []Algorithm{RS256, RS384, RS512, ES256, ES384} }

// family is what kind of key an algorithm needs.
type family uint8

const (
	pkcs1 family = iota + 1
	pss
	ecdsaKey
	ed25519Key
)

// method is all that is known of an algorithm.
type method struct {
	name   Algorithm
	family family
	hash   crypto.Hash
	curve  elliptic.Curve // of ecdsaKey
}

// methodOf returns nil for a name that is none of ours.
func methodOf(name string) *method {
	for i := range methods {
		if string(methods[i].name) == name {
			return &methods[i]
		}
	}
	if name == "Ed25519" {
		return methodOf(string(EdDSA))
	}
	return nil
}

var methods = [...]method{
	{ES256, ecdsaKey, crypto.SHA256, elliptic.P256()},
	{RS256, pkcs1, crypto.SHA256, nil},
	{EdDSA, ed25519Key, 0, nil},
	{PS256, pss, crypto.SHA256, nil},
	{ES384, ecdsaKey, crypto.SHA384, elliptic.P384()},
	{RS384, pkcs1, crypto.SHA384, nil},
	{RS512, pkcs1, crypto.SHA512, nil},
	{PS384, pss, crypto.SHA384, nil},
	{PS512, pss, crypto.SHA512, nil},
	{ES512, ecdsaKey, crypto.SHA512, elliptic.P521()},
}

// fits reports whether a public key is of the kind that m signs with. RSA keys serve
// two families; a key that names its algorithm serves that one alone, see [Key].
func (m *method) fits(pub crypto.PublicKey) bool {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		return m.family == pkcs1 || m.family == pss
	case *ecdsa.PublicKey:
		return m.family == ecdsaKey && k.Curve == m.curve
	case ed25519.PublicKey:
		return m.family == ed25519Key
	}
	return false
}

// verify reports whether sig is a signature over signed by the holder of pub, which
// fits m.
func (m *method) verify(pub crypto.PublicKey, signed, sig []byte) bool {
	var digest []byte
	if m.hash != 0 {
		h := m.hash.New()
		h.Write(signed)
		digest = h.Sum(make([]byte, 0, 64))
	}
	switch k := pub.(type) {
	case *rsa.PublicKey:
		if m.family == pss {
			// RFC 7518 §3.5: the salt is as long as the hash.
			return rsa.VerifyPSS(k, m.hash, digest, sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
		return rsa.VerifyPKCS1v15(k, m.hash, digest, sig) == nil
	case *ecdsa.PublicKey:
		// RFC 7518 §3.4: both numbers in full length, not ASN.1.
		n := (m.curve.Params().BitSize + 7) / 8
		if len(sig) != 2*n {
			return false
		}
		return ecdsa.Verify(k, digest, new(big.Int).SetBytes(sig[:n]), new(big.Int).SetBytes(sig[n:]))
	case ed25519.PublicKey:
		return ed25519.Verify(k, signed, sig)
	}
	return false
}

// known returns the methods of names, or the first name that is none.
func known(names []Algorithm) ([]*method, Algorithm) {
	var out []*method
	for _, n := range names {
		m := methodOf(string(n))
		if m == nil {
			return nil, n
		}
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out, ""
}
