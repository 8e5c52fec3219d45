package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// ErrKey is what every unusable key is: of the wrong kind, too small, not on its curve.
var ErrKey = errors.New("jwt: key cannot be used")

// Sizes of RSA keys (WKL-014, OAU-029).
const (
	minRSA = 2048
	maxRSA = 8192
)

// Key is a public key that verifies signatures. Its zero value verifies nothing. It is
// immutable.
type Key struct {
	id  string
	alg *method // nil: any that fits
	pub crypto.PublicKey
}

// NewKey returns a key. id is the kid, which may be empty; alg, unless empty, is the
// one algorithm that the key is for. pub is an *rsa.PublicKey of 2048 to 8192 bits, an
// *ecdsa.PublicKey on P-256, P-384 or P-521, or an ed25519.PublicKey; any other is
// [ErrKey], a private key too.
func NewKey(id string, alg Algorithm, pub crypto.PublicKey) (Key, error) {
	if len(id) > maxKid {
		return Key{}, fmt.Errorf("%w: kid longer than %d bytes", ErrKey, maxKid)
	}
	if err := sound(pub); err != nil {
		return Key{}, err
	}
	k := Key{id: id, pub: pub}
	if alg != "" {
		if k.alg = methodOf(string(alg)); k.alg == nil || !k.alg.fits(pub) {
			return Key{}, fmt.Errorf("%w: not a key for its algorithm", ErrKey)
		}
	}
	return k, nil
}

// sound reports what makes a public key unfit for any algorithm.
func sound(pub crypto.PublicKey) error {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		if k == nil || k.N == nil || k.N.BitLen() < minRSA || k.N.BitLen() > maxRSA || k.N.Bit(0) == 0 {
			return fmt.Errorf("%w: RSA modulus not of %d to %d bits, or even", ErrKey, minRSA, maxRSA)
		}
		if k.E < 3 || k.E&1 == 0 {
			return fmt.Errorf("%w: RSA exponent even or below 3", ErrKey)
		}
		if guessable(k.N) {
			return fmt.Errorf("%w: RSA modulus of a library whose primes can be guessed (CVE-2017-15361)", ErrKey)
		}
	case *ecdsa.PublicKey:
		if k == nil || k.Curve != elliptic.P256() && k.Curve != elliptic.P384() && k.Curve != elliptic.P521() {
			return fmt.Errorf("%w: unknown curve", ErrKey)
		}
		if k.X == nil || k.Y == nil { //nolint:staticcheck // a key without a point makes every other method panic
			return fmt.Errorf("%w: no point", ErrKey)
		}
		if _, err := k.ECDH(); err != nil {
			return fmt.Errorf("%w: not a point of its curve", ErrKey)
		}
	case ed25519.PublicKey:
		if len(k) != ed25519.PublicKeySize || weak(k) {
			return fmt.Errorf("%w: no Ed25519 key", ErrKey)
		}
	default:
		return fmt.Errorf("%w: a %T", ErrKey, pub)
	}
	return nil
}

// ID returns the kid, empty for a key without.
func (k Key) ID() string { return k.id }

// Algorithm returns the one algorithm that the key is for, empty if it names none.
func (k Key) Algorithm() Algorithm {
	if k.alg == nil {
		return ""
	}
	return k.alg.name
}

// Public returns the key as package crypto has it. It must not be changed.
func (k Key) Public() crypto.PublicKey { return k.pub }

// Thumbprint returns the base64url of the SHA-256 thumbprint (RFC 7638): a name for
// the key that follows from the key. It is empty for the zero Key.
func (k Key) Thumbprint() string {
	text := k.required()
	if text == nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// serves reports whether a token of algorithm m may be verified with k.
func (k Key) serves(m *method) bool {
	return k.pub != nil && (k.alg == nil || k.alg == m) && m.fits(k.pub)
}

// guessable reports whether a modulus bears the mark of CVE-2017-15361 (ROCA): modulo
// every small prime it is a power of 65537. Of other moduli one in a hundred million is.
func guessable(n *big.Int) bool {
	var rest big.Int
	for _, p := range [...]int64{3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167} {
		r := rest.Mod(n, big.NewInt(p)).Int64()
		power := int64(1)
		for power != r {
			if power = power * 65537 % p; power == 1 {
				return false
			}
		}
	}
	return true
}

// small are the points of Ed25519 whose order is small, without the sign bit: under
// such a key one signature fits many messages.
var small = [...][32]byte{
	{},
	{0: 1},
	{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
	{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
	fieldEnd(0xec), fieldEnd(0xed), fieldEnd(0xee),
}

// fieldEnd is a number at the end of the field: 2^255 - 256 + low.
func fieldEnd(low byte) (b [32]byte) {
	for i := range b {
		b[i] = 0xff
	}
	b[0], b[31] = low, 0x7f
	return b
}

func weak(k ed25519.PublicKey) bool {
	y := [32]byte(k)
	y[31] &= 0x7f
	return slices.Contains(small[:], y)
}
