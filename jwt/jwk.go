package jwt

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"

	"github.com/axess-go/axess/internal/strictjson"
)

// Skip says why a key of a document is not part of the set. The set of words is closed.
type Skip string

// The reasons.
const (
	SkipMalformed Skip = "malformed" // not an object, or a member that cannot be read
	SkipType      Skip = "kty"       // a kind of key that we do not know
	SkipSymmetric Skip = "symmetric" // a secret in a public document
	SkipPrivate   Skip = "private"   // a private key in a public document
	SkipUse       Skip = "use"       // not for signatures, or not to verify
	SkipAlgorithm Skip = "alg"       // an unknown algorithm, or not one for this key
	SkipCurve     Skip = "crv"       // an unknown curve
	SkipWeak      Skip = "weak"      // too small, too large, or not on its curve
)

// jwk is what is read of a JSON Web Key (RFC 7517 §4, RFC 7518 §6, RFC 8037).
type jwk struct {
	kty, kid, alg, use, crv, n, e, x, y string
	ops                                 []byte // key_ops as JSON
	private, used                       bool
}

// parseKey reads one key; use is the word that a member "use" must have, if there is one.
func parseKey(value []byte, use string) (Key, Skip) {
	if len(value) == 0 || value[0] != '{' {
		return Key{}, SkipMalformed
	}
	var j jwk
	for name, v := range strictjson.Members(value) {
		var into *string
		switch string(name) {
		case "kty":
			into = &j.kty
		case "kid":
			into = &j.kid
		case "alg":
			into = &j.alg
		case "use":
			into, j.used = &j.use, true
		case "crv":
			into = &j.crv
		case "n":
			into = &j.n
		case "e":
			into = &j.e
		case "x":
			into = &j.x
		case "y":
			into = &j.y
		case "key_ops":
			j.ops = v
		case "d", "p", "q", "dp", "dq", "qi", "oth", "k":
			j.private = true
		}
		if into == nil {
			continue
		}
		s, ok := strictjson.String(v)
		if !ok {
			return Key{}, SkipMalformed
		}
		*into = s
	}
	switch {
	case j.kty == "oct":
		return Key{}, SkipSymmetric
	case j.private:
		return Key{}, SkipPrivate
	case j.used && j.use != use, j.ops != nil && !verifies(j.ops):
		return Key{}, SkipUse
	case len(j.kid) > maxKid:
		return Key{}, SkipMalformed
	}
	return j.key()
}

// verifies reports whether key_ops names "verify".
func verifies(ops []byte) bool {
	for v := range strictjson.Elements(ops) {
		if s, ok := strictjson.String(v); ok && s == "verify" {
			return true
		}
	}
	return false
}

func (j *jwk) key() (Key, Skip) {
	k := Key{id: j.kid}
	switch j.kty {
	case "RSA":
		n, okN := number(j.n)
		e, okE := number(j.e)
		if !okN || !okE {
			return Key{}, SkipMalformed
		}
		if !e.IsInt64() || e.Int64() > 1<<31-1 {
			return Key{}, SkipWeak
		}
		k.pub = &rsa.PublicKey{N: n, E: int(e.Int64())}
	case "EC":
		curve := curveOf(j.crv)
		if curve == nil {
			return Key{}, SkipCurve
		}
		// RFC 7518 §6.2.1.2: each number in the full length of the curve.
		size := (curve.Params().BitSize + 7) / 8
		x, errX := decode(nil, j.x)
		y, errY := decode(nil, j.y)
		if errX != nil || errY != nil || len(x) != size || len(y) != size {
			return Key{}, SkipMalformed
		}
		pub, err := ecdsa.ParseUncompressedPublicKey(curve, append(append([]byte{4}, x...), y...))
		if err != nil {
			return Key{}, SkipWeak
		}
		k.pub = pub
	case "OKP":
		if j.crv != "Ed25519" {
			return Key{}, SkipCurve
		}
		x, err := decode(nil, j.x)
		if err != nil {
			return Key{}, SkipMalformed
		}
		k.pub = ed25519.PublicKey(x)
	default:
		return Key{}, SkipType
	}
	if err := sound(k.pub); err != nil {
		return Key{}, SkipWeak
	}
	if j.alg != "" {
		if k.alg = methodOf(j.alg); k.alg == nil || !k.alg.fits(k.pub) {
			return Key{}, SkipAlgorithm
		}
	}
	return k, ""
}

// number reads a base64url number. RFC 7518 §2 wants it without leading zeroes; some
// issuers write one, and nothing hangs on it.
func number(text string) (*big.Int, bool) {
	b, err := decode(nil, text)
	if err != nil || len(b) > maxRSA/8+1 {
		return nil, false
	}
	return new(big.Int).SetBytes(b), true
}

func curveOf(name string) elliptic.Curve {
	switch name {
	case "P-256":
		return elliptic.P256()
	case "P-384":
		return elliptic.P384()
	case "P-521":
		return elliptic.P521()
	}
	return nil
}

// members returns what makes the key, in the order of RFC 7638 §3.2.
func (k Key) members() [][2]string {
	text := base64.RawURLEncoding.EncodeToString
	switch pub := k.pub.(type) {
	case *rsa.PublicKey:
		return [][2]string{{"e", text(big.NewInt(int64(pub.E)).Bytes())}, {"kty", "RSA"}, {"n", text(pub.N.Bytes())}}
	case *ecdsa.PublicKey:
		point, err := pub.Bytes()
		if err != nil {
			return nil // cannot be: the key was checked when it was made
		}
		n := len(point) / 2
		return [][2]string{{"crv", pub.Curve.Params().Name}, {"kty", "EC"}, {"x", text(point[1 : 1+n])}, {"y", text(point[1+n:])}}
	case ed25519.PublicKey:
		return [][2]string{{"crv", "Ed25519"}, {"kty", "OKP"}, {"x", text(pub)}}
	}
	return nil
}

// required is the text that a thumbprint is made of (RFC 7638 §3.3).
func (k Key) required() []byte { return objectOf(k.members()) }

// json writes the key as a public JWK for signatures.
func (k Key) json() []byte {
	m := k.members()
	if k.alg != nil {
		m = append(m, [2]string{"alg", string(k.alg.name)})
	}
	if k.id != "" {
		m = append(m, [2]string{"kid", k.id})
	}
	return objectOf(append(m, [2]string{"use", "sig"}))
}

// objectOf writes members in their order; nil for none.
func objectOf(members [][2]string) []byte {
	if members == nil {
		return nil
	}
	var b bytes.Buffer
	for i, m := range members {
		b.WriteByte("{,"[min(i, 1)])
		value, err := json.Marshal(m[1])
		if err != nil {
			return nil // cannot be: a string has a form in JSON
		}
		b.WriteString(`"` + m[0] + `":`)
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes()
}
