package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// member returns a public JWK with members set or, for an empty value, left out.
func member(s *Signer, changes ...string) string {
	k := string(s.Public().json())
	for i := 0; i+1 < len(changes); i += 2 {
		name, value := changes[i], changes[i+1]
		if at := strings.Index(k, `"`+name+`":"`); at >= 0 {
			rest := k[at+len(name)+4:]
			end := strings.IndexByte(rest, '"')
			k = k[:at] + `"gone":"` + rest[:end] + k[at+len(name)+4+end:]
		}
		if value != "" {
			k = k[:len(k)-1] + `,"` + name + `":` + value + `}`
		}
		k = strings.Replace(k, `"gone"`, fmt.Sprintf(`"gone%d"`, i), 1)
	}
	return k
}

// Keys that cannot verify are left out, and said why; the others stay. WKL-014,
// WKL-033, OAU-028, OAU-029
func TestParseKeySet_leaves_out_what_cannot_verify(t *testing.T) {
	t.Parallel()
	ec, r, ed := signers()[ES256], signers()[RS256], signers()[EdDSA]
	small, err := rsa.GenerateKey(rand.Reader, 1024) //nolint:gosec // the very thing to refuse
	if err != nil {
		t.Fatal(err)
	}
	even := new(big.Int).Lsh(rsaKeys()[0].N, 1)
	large := new(big.Int).Lsh(big.NewInt(1), 8192)
	large.Add(large, big.NewInt(1))
	num := func(n *big.Int) string { return `"` + b64(string(n.Bytes())) + `"` }
	point := ec.Public().pub.(*ecdsa.PublicKey)
	off, err := point.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	short := b64(string(off[34:]))
	for _, tc := range []struct {
		name, key string
		want      Skip
	}{
		{"good EC", member(ec), ""},
		{"good RSA", member(r), ""},
		{"good Ed25519", member(ed), ""},
		{"Ed25519 by its newer name", member(ed, "alg", `"Ed25519"`), ""},
		{"without alg, use and kid", member(ec, "alg", "", "use", "", "kid", ""), ""},
		{"with x5c and more", member(ec, "x5c", `["MII"]`, "exp", `1`), ""},
		{"key_ops verify", member(ec, "key_ops", `["sign","verify"]`), ""},
		{"key_ops sign", member(ec, "key_ops", `["sign"]`), SkipUse},
		{"key_ops empty", member(ec, "key_ops", `[]`), SkipUse},
		{"key_ops no array", member(ec, "key_ops", `"verify"`), SkipUse},
		{"use enc", member(ec, "use", `"enc"`), SkipUse},
		{"use empty", member(ec, "use", `""`), SkipUse},
		{"use SIG", member(ec, "use", `"SIG"`), SkipUse},
		{"use a number", member(ec, "use", `1`), SkipMalformed},
		{"use jwt-svid", member(ec, "use", `"jwt-svid"`), SkipUse},
		{"no object", `"key"`, SkipMalformed},
		{"null", `null`, SkipMalformed},
		{"no kty", member(ec, "kty", ""), SkipType},
		{"kty ec", member(ec, "kty", `"ec"`), SkipType},
		{"KTY", strings.Replace(member(ec), `"kty"`, `"KTY"`, 1), SkipType},
		{"unknown kty", `{"kty":"AKP","alg":"ML-DSA-65","pub":"AA"}`, SkipType},
		{"symmetric", `{"kty":"oct","k":"AAAA","kid":"s"}`, SkipSymmetric},
		{"private EC", member(ec, "d", `"AAAA"`), SkipPrivate},
		{"private RSA", member(r, "p", `"AAAA"`), SkipPrivate},
		{"unknown alg", member(ec, "alg", `"ES257"`), SkipAlgorithm},
		{"alg none", member(ec, "alg", `"none"`), SkipAlgorithm},
		{"alg HS256", member(ec, "alg", `"HS256"`), SkipAlgorithm},
		{"alg of another curve", member(ec, "alg", `"ES384"`), SkipAlgorithm},
		{"alg of another kind", member(r, "alg", `"ES256"`), SkipAlgorithm},
		{"alg for encryption", member(r, "alg", `"RSA-OAEP"`), SkipAlgorithm},
		{"unknown curve", member(ec, "crv", `"secp256k1"`), SkipCurve},
		{"another curve", member(ec, "crv", `"P-384"`), SkipMalformed},
		{"Ed448", member(ed, "crv", `"Ed448"`), SkipCurve},
		{"X25519", member(ed, "crv", `"X25519"`), SkipCurve},
		{"short coordinate", member(ec, "x", `"`+short+`"`), SkipMalformed},
		{"no coordinate", member(ec, "y", ""), SkipMalformed},
		{"padded coordinate", member(ec, "x", `"`+b64(string(off[1:33]))+`="`), SkipMalformed},
		{"off the curve", member(ec, "y", `"`+b64(string(off[1:33]))+`"`), SkipWeak},
		{"zero", member(ec, "x", `"`+b64(strings.Repeat("\x00", 32))+`"`, "y", `"`+b64(strings.Repeat("\x00", 32))+`"`), SkipWeak},
		{"RSA 1024", member(r, "n", num(small.N)), SkipWeak},
		{"RSA 8193", member(r, "n", num(large)), SkipWeak},
		{"RSA even", member(r, "n", num(even)), SkipWeak},
		{"RSA no modulus", member(r, "n", ""), SkipMalformed},
		{"RSA exponent 1", member(r, "e", `"AQ"`), SkipWeak},
		{"RSA exponent 2", member(r, "e", `"Ag"`), SkipWeak},
		{"RSA exponent 3", member(r, "e", `"Aw"`), ""},
		{"RSA exponent 4", member(r, "e", `"BA"`), SkipWeak},
		{"RSA huge exponent", member(r, "e", `"`+b64(strings.Repeat("\xff", 9))+`"`), SkipWeak},
		{"RSA exponent a number", member(r, "e", `65537`), SkipMalformed},
		{"RSA modulus with a leading zero", member(r, "n", `"`+b64("\x00"+string(rsaKeys()[0].N.Bytes()))+`"`), ""},
		{"Ed25519 short", member(ed, "x", `"AAAA"`), SkipWeak},
		{"Ed25519 of small order", member(ed, "x", `"`+b64("\x01"+strings.Repeat("\x00", 31))+`"`), SkipWeak},
		{"kid long", member(ec, "kid", `"`+strings.Repeat("k", 257)+`"`), SkipMalformed},
		{"kid a number", member(ec, "kid", `1`), SkipMalformed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, err := ParseKeySet([]byte(`{"keys":[` + tc.key + `,` + member(signers()[ES384]) + `]}`))
			if err != nil {
				t.Fatal(err)
			}
			want := []Skip{tc.want}
			if tc.want == "" {
				want = nil
			}
			if !slices.Equal(s.Skipped(), want) || len(s.Keys()) != 2-len(want) {
				t.Errorf("%s: skipped %v, want %v", tc.key, s.Skipped(), want)
			}
			if _, err := ParseKeySet([]byte(`{"keys":[` + tc.key + `]}`)); (err == nil) != (tc.want == "") || err != nil && !errors.Is(err, ErrKeySet) {
				t.Errorf("alone: %v", err)
			}
		})
	}
}

// WKL-033, OAU-034
func TestParseKeySet_refuses_a_document_that_is_none(t *testing.T) {
	t.Parallel()
	key := member(signers()[ES256])
	for name, text := range map[string]string{
		"empty":             ``,
		"HTML":              `<html>`,
		"no keys":           `{}`,
		"Keys":              `{"Keys":[` + key + `]}`,
		"keys an object":    `{"keys":` + key + `}`,
		"empty keys":        `{"keys":[]}`,
		"bare array":        `[` + key + `]`,
		"bare key":          key,
		"keys twice":        `{"keys":[` + key + `],"keys":[]}`,
		"member twice":      `{"keys":[{"kid":"a","kid":"b"},` + key + `]}`,
		"something behind":  `{"keys":[` + key + `]}x`,
		"101 keys":          `{"keys":[` + strings.Repeat(key+",", 100) + key + `]}`,
		"more than 256 KiB": `{"keys":[` + key + `],"x":"` + strings.Repeat("x", 256<<10) + `"}`,
	} {
		if _, err := ParseKeySet([]byte(text)); !errors.Is(err, ErrKeySet) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s, err := ParseKeySet([]byte(`{"x":1,"keys":[` + strings.Repeat(key+",", 99) + key + `]}`)); err != nil || len(s.Keys()) != 100 {
		t.Errorf("100 keys: %v", err)
	}
}

// WKL-014, OAU-029
func TestNewKey_refuses_what_is_no_public_key(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func() (Key, error){
		"nothing":        func() (Key, error) { return NewKey("k", "", nil) },
		"a secret":       func() (Key, error) { return NewKey("k", "", []byte("secret")) },
		"private RSA":    func() (Key, error) { return NewKey("k", "", rsaKeys()[0]) },
		"private EC":     func() (Key, error) { return NewKey("k", "", ecKey(elliptic.P256(), "x")) },
		"P-224":          func() (Key, error) { return NewKey("k", "", &ecdsa.PublicKey{Curve: elliptic.P224()}) },
		"no point":       func() (Key, error) { return NewKey("k", "", &ecdsa.PublicKey{Curve: elliptic.P256()}) },
		"a nil key":      func() (Key, error) { return NewKey("k", "", (*ecdsa.PublicKey)(nil)) },
		"a nil RSA key":  func() (Key, error) { return NewKey("k", "", (*rsa.PublicKey)(nil)) },
		"empty RSA key":  func() (Key, error) { return NewKey("k", "", &rsa.PublicKey{}) },
		"unknown alg":    func() (Key, error) { return NewKey("k", "none", edKey("x").Public()) },
		"alg of another": func() (Key, error) { return NewKey("k", ES256, edKey("x").Public()) },
		"long kid":       func() (Key, error) { return NewKey(strings.Repeat("k", 257), "", edKey("x").Public()) },
		"short Ed25519":  func() (Key, error) { return NewKey("k", "", ed25519.PublicKey("short")) },
	} {
		if _, err := make(); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, order := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000", "0100000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	} {
		raw, err := hex.DecodeString(order)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewKey("k", EdDSA, ed25519.PublicKey(raw)); !errors.Is(err, ErrKey) {
			t.Errorf("point of small order %s: %v", order, err)
		}
	}
	if _, err := NewKeySet(); !errors.Is(err, ErrKeySet) {
		t.Error("an empty set was made")
	}
	if _, err := NewKeySet(Key{}); !errors.Is(err, ErrKey) {
		t.Error("a set of the zero key was made")
	}
}

// What a set publishes is what was in it.
func TestKeySet_JSON_is_read_back(t *testing.T) {
	t.Parallel()
	var of []*Signer
	for _, m := range methods {
		of = append(of, signers()[m.name])
	}
	nameless, err := NewKey("", "", of[0].key.Public())
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewKeySet(append(set(t, of...).Keys(), nameless)...)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseKeySet(s.JSON())
	if err != nil {
		t.Fatal(err)
	}
	if !same(s, again) || string(again.JSON()) != string(s.JSON()) {
		t.Errorf("%s\nis not\n%s", again.JSON(), s.JSON())
	}
	if strings.Contains(string(s.JSON()), `"d"`) {
		t.Error("a private key is published")
	}
}

func same(a, b *KeySet) bool {
	return slices.EqualFunc(a.keys, b.keys, func(x, y Key) bool {
		return x.id == y.id && x.alg == y.alg && x.Thumbprint() == y.Thumbprint() && x.pub.(interface{ Equal(crypto.PublicKey) bool }).Equal(y.pub)
	})
}

// Every set that is read can be written and is then the same, and no key is beyond the
// rules. FUZ-F16
func FuzzParseKeySet(f *testing.F) {
	f.Add([]byte(`{"keys":[` + member(signers()[ES256]) + `]}`))
	f.Add([]byte(`{"keys":[` + member(signers()[RS256]) + `,` + member(signers()[EdDSA]) + `]}`))
	f.Add([]byte(`{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ParseKeySet(text)
		if err != nil {
			if !errors.Is(err, ErrKeySet) {
				t.Fatalf("%v", err)
			}
			return
		}
		for _, k := range s.Keys() {
			if err := sound(k.Public()); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
		}
		again, err := ParseKeySet(s.JSON())
		if err != nil || !same(s, again) {
			t.Fatalf("%q is read back as %v, %v", s.JSON(), again, err)
		}
	})
}

// Whatever comes, nothing but what the key signed is taken. FUZ-F15
func FuzzVerify(f *testing.F) {
	v, s, _ := setup(f)
	token := sign(f, s, good)
	seen := map[[32]byte]bool{sha256.Sum256([]byte(token)): true}
	f.Add(token)
	f.Add(forge(f, s, `{"alg":"none"}`, good))
	f.Add(strings.Repeat(".", 4))
	f.Add("eyJhbGciOiJFUzI1NiJ9.e30.AAAA")
	f.Fuzz(func(t *testing.T, token string) {
		c, err := v.Verify(t.Context(), token)
		if err == nil && !seen[sha256.Sum256([]byte(token))] {
			t.Fatalf("%q was taken: %+v", token, c)
		}
		if err != nil && !errors.Is(err, ErrRejected) {
			t.Fatalf("%q: %v", token, err)
		}
		p, err := parse(token, maxToken)
		if err != nil {
			return
		}
		// What is parsed has one spelling.
		for part := range strings.SplitSeq(token, ".") {
			raw, err := decode(nil, part)
			if part == p.signature && err != nil {
				continue
			}
			if err == nil && b64(string(raw)) != part {
				t.Fatalf("%q has two spellings", part)
			}
		}
	})
}

// A payload that is signed is read as it stands, whatever it is: the registered claims
// are those that a second reader finds. FUZ-F15
func FuzzClaims(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(with("exp", "1.5e9")))
	f.Add([]byte(with("aud", `["a","b"]`)))
	f.Fuzz(func(t *testing.T, payload []byte) {
		var c Claims
		if err := c.read(payload); err != nil {
			if !errors.Is(err, ErrRejected) {
				t.Fatal(err)
			}
			return
		}
		secondReading(t, payload, &c)
	})
}
