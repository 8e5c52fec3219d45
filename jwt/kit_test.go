package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
)

const (
	issuer = "https://issuer.example"
	api    = "https://api.example"
)

// start is when the tests happen; sec is it as a NumericDate.
var start = time.Unix(1790000000, 0).UTC()

// A key of 2048 bits takes long to make; two of them do for all tests.
var rsaKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var out [2]*rsa.PrivateKey
	for i := range out {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		out[i] = k
	}
	return out
})

func ecKey(curve elliptic.Curve, name string) *ecdsa.PrivateKey {
	size := (curve.Params().BitSize + 7) / 8
	raw := make([]byte, size)
	sum := sha256.Sum256([]byte(name))
	copy(raw[size-32:], sum[:])
	raw[size-32] &= 0x7f
	k, err := ecdsa.ParseRawPrivateKey(curve, raw)
	if err != nil {
		panic(err)
	}
	return k
}

func edKey(name string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(sum[:])
}

// signers returns a signer for each algorithm, of the same name.
var signers = sync.OnceValue(func() map[Algorithm]*Signer {
	out := map[Algorithm]*Signer{}
	for i := range methods {
		m := &methods[i]
		var key crypto.Signer
		switch m.family {
		case pkcs1, pss:
			key = rsaKeys()[0]
		case ecdsaKey:
			key = ecKey(m.curve, string(m.name))
		case ed25519Key:
			key = edKey("ed")
		}
		s, err := NewSigner(string(m.name), m.name, key, entropy.Seeded(1))
		if err != nil {
			panic(err)
		}
		out[m.name] = s
	}
	return out
})

func newSigner(t testing.TB, id string, alg Algorithm, key crypto.Signer) *Signer {
	t.Helper()
	s, err := NewSigner(id, alg, key, entropy.Seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// set returns a key set of the signers' keys.
func set(t testing.TB, of ...*Signer) *KeySet {
	t.Helper()
	var keys []Key
	for _, s := range of {
		keys = append(keys, s.Public())
	}
	s, err := NewKeySet(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// setup returns a verifier for tokens of ES256 and what signs them.
func setup(t testing.TB, change ...func(*Config)) (*Verifier, *Signer, *clock.Fake) {
	t.Helper()
	s := signers()[ES256]
	now := clock.NewFake(start)
	cfg := Config{Clock: now, Keys: set(t, s), Issuer: issuer, Audience: []string{api}}
	for _, f := range change {
		f(&cfg)
	}
	v, err := NewVerifier(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v, s, now
}

// good is a payload that every verifier of setup takes.
const good = `{"iss":"https://issuer.example","sub":"ada","aud":"https://api.example","exp":1790000300,"iat":1790000000,"nbf":1790000000,"jti":"one"}`

// with returns good with a claim set to a JSON value, or without it for an empty value.
func with(claim, value string) string {
	var out []string
	found := false
	for _, m := range strings.Split(strings.Trim(good, "{}"), ",") {
		if strings.HasPrefix(m, `"`+claim+`":`) {
			found = true
			if value == "" {
				continue
			}
			m = `"` + claim + `":` + value
		}
		out = append(out, m)
	}
	if !found && value != "" {
		out = append(out, `"`+claim+`":`+value)
	}
	return "{" + strings.Join(out, ",") + "}"
}

func sign(t testing.TB, s *Signer, payload string) string {
	t.Helper()
	token, err := s.Sign("JWT", []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// forge signs any header and payload, also such as no [Signer] would.
func forge(t testing.TB, s *Signer, header, payload string) string {
	t.Helper()
	text := b64(header) + "." + b64(payload)
	sig, err := s.sign([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + b64(string(sig))
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// reason returns why a token was refused, "" for a good one.
func reason(t testing.TB, err error) Reason {
	t.Helper()
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrUnavailable) == errors.Is(err, ErrRejected):
		t.Fatalf("%v is either a refusal or none", err)
	case errors.As(err, &e):
		return e.Reason
	}
	return Reason("unavailable")
}
