package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/axess-go/axess/entropy"
)

// Signer signs tokens with one key. It is safe for concurrent use if its key is.
type Signer struct {
	key    crypto.Signer
	random io.Reader
	method *method
	public Key
}

// NewSigner returns a signer. key is an *rsa.PrivateKey, an *ecdsa.PrivateKey, an
// ed25519.PrivateKey, or another crypto.Signer that holds such a key elsewhere. id is
// the kid of its tokens and must not be empty: verifiers find the key by it. The
// randomness is for PS256, PS384 and PS512, and for a signer elsewhere that asks for it.
func NewSigner(id string, alg Algorithm, key crypto.Signer, src entropy.Source) (*Signer, error) {
	if key == nil || id == "" || alg == "" || src == nil {
		return nil, errors.New("jwt: a signer wants a kid, an algorithm, a key and randomness")
	}
	public, err := NewKey(id, alg, key.Public())
	if err != nil {
		return nil, err
	}
	return &Signer{key, entropy.Reader(src), public.alg, public}, nil
}

// Public returns the key that verifies what s signs.
func (s *Signer) Public() Key { return s.public }

// Sign returns a token of class typ (empty: none) with the payload claims, an object
// under the rules of the package comment.
//
// ECDSA signatures of an *ecdsa.PrivateKey are those of RFC 6979: the same payload gives
// the same token.
func (s *Signer) Sign(typ string, claims []byte) (string, error) {
	if err := object(claims); err != nil {
		return "", err
	}
	head, err := json.Marshal(struct {
		Alg Algorithm `json:"alg"`
		Kid string    `json:"kid"`
		Typ string    `json:"typ,omitempty"`
	}{s.method.name, s.public.id, typ})
	if err != nil {
		return "", fmt.Errorf("jwt: sign: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString(head) + "." + base64.RawURLEncoding.EncodeToString(claims)
	sig, err := s.sign([]byte(text))
	if err != nil {
		return "", fmt.Errorf("jwt: sign: %w", err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

func (s *Signer) sign(text []byte) ([]byte, error) {
	if s.method.family == ed25519Key {
		return s.key.Sign(s.random, text, &ed25519.Options{})
	}
	h := s.method.hash.New()
	h.Write(text)
	digest := h.Sum(nil)
	var opts crypto.SignerOpts = s.method.hash
	if s.method.family == ecdsaKey {
		random := s.random
		if _, own := s.key.(*ecdsa.PrivateKey); own {
			random = nil // RFC 6979: no randomness to be bad
		}
		der, err := s.key.Sign(random, digest, opts)
		if err != nil {
			return nil, err
		}
		return plain(der, s.public.pub)
	}
	if s.method.family == pss {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: s.method.hash}
	}
	return s.key.Sign(s.random, digest, opts)
}

// plain turns the ASN.1 form of an ECDSA signature into that of RFC 7518 §3.4.
func plain(der []byte, pub crypto.PublicKey) ([]byte, error) {
	var sig struct{ R, S *big.Int }
	k, ok := pub.(*ecdsa.PublicKey)
	rest, err := asn1.Unmarshal(der, &sig)
	if err != nil || len(rest) > 0 || !ok {
		return nil, errors.New("the key gave no ECDSA signature")
	}
	n := (k.Curve.Params().BitSize + 7) / 8
	if sig.R.Sign() <= 0 || sig.S.Sign() <= 0 || sig.R.BitLen() > 8*n || sig.S.BitLen() > 8*n {
		return nil, errors.New("the key gave no ECDSA signature")
	}
	out := make([]byte, 2*n)
	sig.R.FillBytes(out[:n])
	sig.S.FillBytes(out[n:])
	return out, nil
}
