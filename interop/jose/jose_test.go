package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	peer "github.com/go-jose/go-jose/v4"
	peerjwt "github.com/go-jose/go-jose/v4/jwt"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/jwt"
)

const (
	issuer   = "https://issuer.example"
	audience = "https://api.example"
	good     = `{"iss":"https://issuer.example","sub":"ada","aud":["https://api.example","b"],"exp":1790000300,"iat":1790000000,"nbf":1790000000,"jti":"one","x":{"y":[1,null,"é"]}}`
)

var start = time.Unix(1790000000, 0)

var algorithms = []jwt.Algorithm{jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512, jwt.ES256, jwt.ES384, jwt.ES512, jwt.EdDSA}

var keys = sync.OnceValue(func() map[jwt.Algorithm]crypto.Signer {
	made := map[jwt.Algorithm]crypto.Signer{}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	for _, a := range algorithms {
		made[a] = rsaKey
	}
	for a, curve := range map[jwt.Algorithm]elliptic.Curve{jwt.ES256: elliptic.P256(), jwt.ES384: elliptic.P384(), jwt.ES512: elliptic.P521()} {
		if made[a], err = ecdsa.GenerateKey(curve, rand.Reader); err != nil {
			panic(err)
		}
	}
	_, made[jwt.EdDSA], err = ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return made
})

// ours is a set of all keys, and what signs with them.
func ours(t testing.TB) (map[jwt.Algorithm]*jwt.Signer, *jwt.KeySet) {
	t.Helper()
	signers := map[jwt.Algorithm]*jwt.Signer{}
	var public []jwt.Key
	for _, a := range algorithms {
		s, err := jwt.NewSigner(string(a), a, keys()[a], entropy.System())
		if err != nil {
			t.Fatal(err)
		}
		signers[a] = s
		public = append(public, s.Public())
	}
	set, err := jwt.NewKeySet(public...)
	if err != nil {
		t.Fatal(err)
	}
	return signers, set
}

func theirs() peer.JSONWebKeySet {
	var set peer.JSONWebKeySet
	for _, a := range algorithms {
		set.Keys = append(set.Keys, peer.JSONWebKey{Key: keys()[a].Public(), KeyID: string(a), Algorithm: string(a), Use: "sig"})
	}
	return set
}

func verifier(t testing.TB, set *jwt.KeySet) *jwt.Verifier {
	t.Helper()
	v, err := jwt.NewVerifier(jwt.Config{Clock: clock.NewFake(start), Keys: set, Issuer: issuer, Audience: []string{audience}, Algorithms: algorithms})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// theyTake asks the peer, told what a verifier of ours is told.
func theyTake(set *peer.JSONWebKeySet, token string) (peerjwt.Claims, map[string]any, error) {
	var allowed []peer.SignatureAlgorithm
	for _, a := range algorithms {
		allowed = append(allowed, peer.SignatureAlgorithm(a))
	}
	var claims peerjwt.Claims
	all := map[string]any{}
	t, err := peerjwt.ParseSigned(token, allowed)
	if err == nil {
		var key any = set
		if t.Headers[0].KeyID == "" { // they want a name, or the one key that it can be
			key = keys()[jwt.Algorithm(t.Headers[0].Algorithm)].Public()
		}
		err = t.Claims(key, &claims, &all)
	}
	if err == nil {
		err = claims.ValidateWithLeeway(peerjwt.Expected{Issuer: issuer, AnyAudience: peerjwt.Audience{audience}, Time: start}, time.Minute)
	}
	return claims, all, err
}

// WKL-010, WKL-012, WKL-014
func TestTokens_cross_in_both_directions(t *testing.T) {
	t.Parallel()
	signers, set := ours(t)
	other := theirs()
	v := verifier(t, set)
	for _, a := range algorithms {
		token, err := signers[a].Sign("JWT", []byte(good))
		if err != nil {
			t.Fatal(err)
		}
		if claims, _, err := theyTake(&other, token); err != nil || claims.Subject != "ada" {
			t.Errorf("%s: ours to them: %v", a, err)
		}
		s, err := peer.NewSigner(peer.SigningKey{Algorithm: peer.SignatureAlgorithm(a), Key: peer.JSONWebKey{Key: keys()[a], KeyID: string(a)}}, (&peer.SignerOptions{}).WithType("JWT"))
		if err != nil {
			t.Fatal(err)
		}
		signed, err := s.Sign([]byte(good))
		if err != nil {
			t.Fatal(err)
		}
		token, err = signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		if claims, err := v.Verify(t.Context(), token); err != nil || claims.Subject != "ada" || !slices.Equal(claims.Audience, []string{audience, "b"}) {
			t.Errorf("%s: theirs to us: %v", a, err)
		}
	}
}

// OAU-028, OAU-029
func TestKeySets_cross_in_both_directions(t *testing.T) {
	t.Parallel()
	_, set := ours(t)
	var read peer.JSONWebKeySet
	if err := json.Unmarshal(set.JSON(), &read); err != nil || len(read.Keys) != len(algorithms) {
		t.Fatalf("%d keys, %v", len(read.Keys), err)
	}
	for i, k := range read.Keys {
		if !k.Valid() || k.KeyID != string(algorithms[i]) || k.Algorithm != string(algorithms[i]) {
			t.Errorf("%+v", k)
		}
		sum, err := k.Thumbprint(crypto.SHA256)
		if err != nil || base64.RawURLEncoding.EncodeToString(sum) != set.Keys()[i].Thumbprint() {
			t.Errorf("%s: thumbprint %x, %v", k.KeyID, sum, err)
		}
	}
	text, err := json.Marshal(theirs())
	if err != nil {
		t.Fatal(err)
	}
	again, err := jwt.ParseKeySet(text)
	if err != nil || string(again.JSON()) != string(set.JSON()) || len(again.Skipped()) > 0 {
		t.Errorf("%s, %v", again.JSON(), err)
	}
}

// forge signs any header and payload with the key of ES256.
func forge(header, payload string) string {
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, keys()[jwt.ES256].(*ecdsa.PrivateKey), digest[:])
	if err != nil {
		panic(err)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// agree holds our verdict on a token against theirs: what is taken here is taken there
// and says the same. It reports who took it.
func agree(t *testing.T, v *jwt.Verifier, set *peer.JSONWebKeySet, token string) (we, they bool) {
	t.Helper()
	mine, err := v.Verify(t.Context(), token)
	claims, all, other := theyTake(set, token)
	if err != nil {
		return false, other == nil
	}
	if other != nil {
		t.Errorf("%q is taken here, and there: %v", token, other)
		return true, false
	}
	same := mine.Issuer == claims.Issuer && mine.Subject == claims.Subject && mine.ID == claims.ID && slices.Equal(mine.Audience, claims.Audience) &&
		when(mine.Expires) == unix(claims.Expiry) && when(mine.NotBefore) == unix(claims.NotBefore) && when(mine.IssuedAt) == unix(claims.IssuedAt)
	var payload map[string]any
	if err := json.Unmarshal(mine.Payload(), &payload); err != nil {
		t.Error(err)
	}
	for name := range payload {
		_, there := all[name]
		same = same && there
	}
	if !same || len(all) != len(payload) {
		t.Errorf("%q: here %+v, there %+v %v", token, mine, claims, all)
	}
	return true, true
}

func when(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func unix(d *peerjwt.NumericDate) int64 {
	if d == nil {
		return 0
	}
	return d.Time().Unix()
}

// What the other takes and we do not is this list, each entry with its reason. FUZ-F15
func TestVerdicts_differ_where_ours_is_stricter_alone(t *testing.T) {
	t.Parallel()
	_, set := ours(t)
	v, other := verifier(t, set), theirs()
	const head = `{"alg":"ES256","kid":"ES256","typ":"JWT"}`
	with := func(old, put string) string { return strings.Replace(good, old, put, 1) }
	for _, tc := range []struct {
		name, token string
		we, they    bool
	}{
		{"good", forge(head, good), true, true},
		{"exp with a fraction", forge(head, with("1790000300", "1790000300.5")), true, true},
		{"exp with an exponent", forge(head, with("1790000300", "1.7900003e9")), true, true},
		{"an escape", forge(head, with(`"ada"`, `"\u0061da"`)), true, true},
		{"names by case", forge(head, with(`"x"`, `"SUB":"eve","x"`)), true, true},
		{"expired", forge(head, with("1790000300", "1789999900")), false, false},
		{"another issuer", forge(head, with("issuer.example", "evil.example")), false, false},
		{"a name twice", forge(head, with(`"x"`, `"sub":"eve","x"`)), false, false},
		{"crit", forge(`{"alg":"ES256","kid":"ES256","crit":["x"],"x":1}`, good), false, false},
		{"no exp: a claim that is not there is no check that passed", forge(head, with(`"exp":1790000300,`, "")), false, true},
		{"no aud: the same, but for aud", forge(head, with(`"aud":["https://api.example","b"],`, "")), false, false},
		{"no iss", forge(head, with(`"iss":"https://issuer.example",`, "")), false, false},
		{"typ of another class: a logout token is no ID token", forge(`{"alg":"ES256","kid":"ES256","typ":"logout+jwt"}`, good), false, true},
		{"cty JWT: nested", forge(`{"alg":"ES256","kid":"ES256","cty":"JWT"}`, good), false, true},
		{"jku: keys that the token brings", forge(`{"alg":"ES256","kid":"ES256","jku":"https://evil.example"}`, good), false, true},
		{"lives longer than a day", forge(head, with("1790000300", "1890000300")), false, true},
		{"sub a number", forge(head, with(`"ada"`, "1")), false, false},
		{"17 levels", forge(head, with(`"x":{`, `"x":`+strings.Repeat("[", 16)+strings.Repeat("]", 16)+`,"z":{`)), false, true},
	} {
		if we, they := agree(t, v, &other, tc.token); we != tc.we || they != tc.they {
			_, _, err := theyTake(&other, tc.token)
			t.Errorf("%s: we %v, they %v (%v)", tc.name, we, they, err)
		}
	}
}

// Whatever is signed: what we take they take, and it says the same. FUZ-F15
func FuzzSigned(f *testing.F) {
	_, set := ours(f)
	v, other := verifier(f, set), theirs()
	f.Add(`{"alg":"ES256","kid":"ES256"}`, good)
	f.Add(`{"alg":"ES256","kid":"ES256","typ":"JWT","x":[{}]}`, strings.Replace(good, "1790000300", "17900003.00e2", 1))
	f.Add(fmt.Sprintf(`{"alg":%q}`, "ES256"), `{"iss":"https://issuer.example","aud":"https://api.example","exp":1790000300}`)
	f.Fuzz(func(t *testing.T, header, payload string) {
		agree(t, v, &other, forge(header, payload))
	})
}
