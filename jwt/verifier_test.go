package jwt

import (
	"context"
	"crypto"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
)

// WKL-010, WKL-011, WKL-013, WKL-021, OAU-032, OAU-033, OAU-034
func TestVerify_takes_one_form_and_no_other(t *testing.T) {
	t.Parallel()
	v, s, _ := setup(t)
	token := sign(t, s, good)
	parts := strings.Split(token, ".")
	head := func(more string) string { return `{"alg":"ES256","kid":"ES256"` + more + `}` }
	h := func(more string) string { return forge(t, s, head(more), good) }
	p := func(payload string) string { return forge(t, s, head(""), payload) }
	// The last character of a signature of 64 bytes carries four bits that mean
	// nothing.
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := token[len(token)-1]
	stray := token[:len(token)-1] + string(alphabet[strings.IndexByte(alphabet, last)+1])
	// A space at the end, alone in its group of three: its last character is A, and four
	// bits of that mean nothing.
	spaced := b64(good + strings.Repeat(" ", 3-(len(good)+2)%3))
	for _, tc := range []struct {
		name, token string
		want        Reason
	}{
		{"good", token, ""},
		{"good, forged by hand", h(`,"typ":"JWT"`), ""},
		{"no typ", h(""), ""},
		{"empty", "", Malformed},
		{"one part", parts[0], Malformed},
		{"two parts", parts[0] + "." + parts[1], Malformed},
		{"four parts", token + "." + parts[2], Malformed},
		{"five parts", strings.Join([]string{parts[0], "", "a", "b", "c"}, "."), Malformed},
		{"empty header", "." + parts[1] + "." + parts[2], Malformed},
		{"empty payload", parts[0] + ".." + parts[2], Malformed},
		{"empty signature", parts[0] + "." + parts[1] + ".", Malformed},
		{"dots alone", strings.Repeat(".", 8000), Malformed},
		{"JSON serialization", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, Malformed},
		{"space in front", " " + token, Malformed},
		{"space behind", token + " ", Malformed},
		{"line break behind", token + "\n", Malformed},
		{"line break in the signature", token[:len(token)-4] + "\r\n" + token[len(token)-4:], Malformed},
		{"line break in the header", token[:4] + "\n" + token[4:], Malformed},
		{"padding", token + "==", Malformed},
		{"stray bits in the signature", stray, Malformed},
		{"the other alphabet", parts[0] + "." + parts[1] + "." + strings.Repeat("+", 86), Malformed},
		{"8 KiB", sized(t, s, maxToken), ""},
		{"8 KiB and a byte", sized(t, s, maxToken+1), TooLarge},
		{"padding in the payload", forgeRaw(t, s, parts[0]+"."+parts[1]+"="), Malformed},
		{"stray bits in the payload", forgeRaw(t, s, parts[0]+"."+spaced[:len(spaced)-1]+"B"), Malformed},
		{"the same without them", forgeRaw(t, s, parts[0]+"."+spaced), ""},
		{"header of 3 KiB", h(`,"x":"` + strings.Repeat("a", 3000) + `"`), TooLarge},

		{"header is an array", forge(t, s, `["ES256"]`, good), Malformed},
		{"header with a duplicate", forge(t, s, `{"alg":"ES256","kid":"x","kid":"ES256"}`, good), Malformed},
		{"header with something behind", forge(t, s, head("")+"x", good), Malformed},
		{"alg is a number", forge(t, s, `{"alg":256,"kid":"ES256"}`, good), Malformed},
		{"kid is a number", forge(t, s, `{"alg":"ES256","kid":1}`, good), Malformed},
		{"kid is empty", forge(t, s, `{"alg":"ES256","kid":""}`, good), Malformed},
		{"kid of 256 bytes", forge(t, s, `{"alg":"ES256","kid":"`+strings.Repeat("k", 256)+`"}`, good), KidUnknown},
		{"kid is long", forge(t, s, `{"alg":"ES256","kid":"`+strings.Repeat("k", 257)+`"}`, good), Malformed},
		{"no alg", forge(t, s, `{"kid":"ES256"}`, good), AlgDenied},
		{"ALG", forge(t, s, `{"ALG":"ES256","kid":"ES256"}`, good), AlgDenied},
		{"none", forge(t, s, `{"alg":"none","kid":"ES256"}`, good), AlgDenied},
		{"None", forge(t, s, `{"alg":"None","kid":"ES256"}`, good), AlgDenied},
		{"HS256", forge(t, s, `{"alg":"HS256","kid":"ES256"}`, good), AlgDenied},
		{"es256", forge(t, s, `{"alg":"es256","kid":"ES256"}`, good), AlgDenied},
		{"ES256 with a space", forge(t, s, `{"alg":"ES256 ","kid":"ES256"}`, good), AlgDenied},

		{"jku", h(`,"jku":"https://evil.example/jwks"`), HeaderDenied},
		{"jwk", h(`,"jwk":{"kty":"EC"}`), HeaderDenied},
		{"x5u", h(`,"x5u":"https://evil.example/cert"`), HeaderDenied},
		{"x5c", h(`,"x5c":["MIIB"]`), HeaderDenied},
		{"zip", h(`,"zip":"DEF"`), HeaderDenied},
		{"crit", h(`,"crit":["exp"]`), HeaderDenied},
		{"empty crit", h(`,"crit":[]`), HeaderDenied},
		{"b64 false", h(`,"b64":false`), HeaderDenied},
		{"b64 a string", h(`,"b64":"false"`), HeaderDenied},
		{"b64 true", h(`,"b64":true`), ""},
		{"cty JWT", h(`,"cty":"JWT"`), HeaderDenied},
		{"cty jwt", h(`,"cty":"application/jwt"`), HeaderDenied},
		{"cty json", h(`,"cty":"json"`), ""},
		{"typ jwt", h(`,"typ":"application/jwt"`), ""},
		{"typ empty", h(`,"typ":""`), HeaderDenied},
		{"typ a number", h(`,"typ":1`), Malformed},
		{"typ at+jwt", h(`,"typ":"at+jwt"`), HeaderDenied},
		{"typ logout+jwt", h(`,"typ":"logout+jwt"`), HeaderDenied},
		{"typ dpop+jwt", h(`,"typ":"dpop+jwt"`), HeaderDenied},
		{"typ client-authentication+jwt", h(`,"typ":"client-authentication+jwt"`), HeaderDenied},
		{"typ token-introspection+jwt", h(`,"typ":"token-introspection+jwt"`), HeaderDenied},
		{"typ secevent+jwt", h(`,"typ":"application/secevent+jwt"`), HeaderDenied},
		{"typ unknown", h(`,"typ":"x"`), HeaderDenied},
		{"other members", h(`,"x":{"y":[1]},"iss":"y"`), ""},

		{"payload is an array", p(`["iss"]`), Malformed},
		{"payload is a string", p(`"iss"`), Malformed},
		{"payload with something behind", p(good + "{}"), Malformed},
		{"payload with a byte order mark", p("\ufeff" + good), Malformed},
		{"payload not in UTF-8", p(with("x", "\"\xff\"")), Malformed},
		{"payload with half a pair", p(with("x", `"\ud800"`)), Malformed},
		{"payload with a duplicate", p(with("x", `1,"sub":"eve"`)), Malformed},
		{"payload with an escaped duplicate", p(with("x", `1,"s\u0075b":"eve"`)), Malformed},
		{"payload with a duplicate inside", p(with("x", `{"a":{"b":1,"b":2}}`)), Malformed},
		{"payload 16 deep", p(with("x", strings.Repeat("[", 15)+strings.Repeat("]", 15))), ""},
		{"payload 17 deep", p(with("x", strings.Repeat("[", 16)+strings.Repeat("]", 16))), Malformed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			claims, err := v.Verify(t.Context(), tc.token)
			if got := reason(t, err); got != tc.want {
				t.Errorf("%v, want %q", err, tc.want)
			}
			if (claims == nil) != (tc.want != "") {
				t.Errorf("claims %v beside %v", claims, err)
			}
		})
	}
	if _, err := v.Verify(t.Context(), strings.Join([]string{parts[0], "a", "b", "c", "d"}, ".")); !errors.Is(err, ErrEncrypted) || !errors.Is(err, ErrRejected) {
		t.Errorf("five parts: %v", err)
	}
	if _, err := v.Verify(t.Context(), token+"."+parts[2]); errors.Is(err, ErrEncrypted) {
		t.Errorf("four parts: %v", err)
	}
}

// forgeRaw signs a text as it stands.
func forgeRaw(t *testing.T, s *Signer, text string) string {
	t.Helper()
	sig, err := s.sign([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + b64(string(sig))
}

// sized returns a good token of n bytes.
func sized(t *testing.T, s *Signer, n int) string {
	t.Helper()
	for pad := n/2 - len(good); pad < n; pad++ {
		for _, header := range []string{`{"alg":"ES256","kid":"ES256"}`, `{"alg":"ES256","kid":"ES256" }`} {
			if len(b64(header))+1+(len(with("x", `""`))+pad)*8/6+1+86 < n-3 {
				continue
			}
			if token := forge(t, s, header, with("x", `"`+strings.Repeat("x", pad)+`"`)); len(token) == n {
				return token
			}
		}
	}
	t.Fatalf("no token has %d bytes", n)
	return ""
}

// What becomes of the slices that it was made with is nothing to a verifier.
func TestNewVerifier_keeps_what_it_was_told(t *testing.T) {
	t.Parallel()
	audience, required, algorithms, types := []string{api}, []string{"sub"}, []Algorithm{ES256}, []string{"JWT"}
	v, s, _ := setup(t, func(c *Config) {
		c.Audience, c.Require, c.Algorithms, c.Types = audience, required, algorithms, types
	})
	audience[0], required[0], algorithms[0], types[0] = "https://evil.example", "nothing", RS256, "logout+jwt"
	if _, err := v.Verify(t.Context(), sign(t, s, good)); err != nil {
		t.Error(err)
	}
	if _, err := v.Verify(t.Context(), sign(t, s, with("aud", `"https://evil.example"`))); reason(t, err) != Audience {
		t.Error(err)
	}
}

// Every pinned claim is required, of its type, spelled as it is. WKL-016, WKL-017,
// WKL-018, WKL-019, WKL-020, OAU-035
func TestVerify_requires_every_pinned_claim(t *testing.T) {
	t.Parallel()
	v, s, _ := setup(t)
	for _, tc := range []struct {
		claim, value string
		want         Reason
	}{
		{"iss", "", MissingClaim},
		{"iss", `""`, MissingClaim},
		{"iss", `null`, MissingClaim},
		{"iss", `["https://issuer.example"]`, MissingClaim},
		{"iss", `"https://issuer.example/"`, Issuer},
		{"iss", `"https://ISSUER.example"`, Issuer},
		{"iss", `"https://evil.example"`, Issuer},
		{"iss", `"https:\/\/issuer.example"`, ""},
		{"aud", "", MissingClaim},
		{"aud", `""`, MissingClaim},
		{"aud", `[]`, MissingClaim},
		{"aud", `null`, MissingClaim},
		{"aud", `{}`, MissingClaim},
		{"aud", `[1]`, MissingClaim},
		{"aud", `["https://api.example",1]`, MissingClaim},
		{"aud", `["https://api.example",""]`, MissingClaim},
		{"aud", `["` + strings.Repeat(`a","`, 64) + `a"]`, MissingClaim},
		{"aud", `"https://api.example/"`, Audience},
		{"aud", `"https://other.example"`, Audience},
		{"aud", `["https://other.example","https://api.example"]`, ""},
		{"exp", "", MissingClaim},
		{"exp", `"1790000300"`, MissingClaim},
		{"exp", `null`, MissingClaim},
		{"exp", `true`, MissingClaim},
		{"exp", `[1790000300]`, MissingClaim},
		{"exp", `-1`, MissingClaim},
		{"exp", `253402300800`, MissingClaim},
		{"exp", `1e300`, MissingClaim},
		{"exp", `99999999999999999999999999999999`, MissingClaim},
		{"exp", `1e400`, Malformed},
		{"exp", `0`, Expired},
		{"exp", `1789999940`, ""}, // 60 s ago, as far as clocks may be apart
		{"exp", `1789999939`, Expired},
		{"exp", `1789999939.999`, Expired}, // a fraction is cut off, and counts
		{"exp", `1789999940.999`, ""},
		{"exp", `1.790000300e9`, ""},
		{"exp", `1.0e9`, Expired},
		{"exp", `253402300799`, Lifetime},
		{"exp", `1790086400`, ""},
		{"exp", `1790086401`, Lifetime},
		{"nbf", "", ""},
		{"nbf", `1790000060`, ""},
		{"nbf", `1790000061`, NotYetValid},
		{"nbf", `"1790000000"`, MissingClaim},
		{"nbf", `null`, MissingClaim},
		{"iat", "", ""},
		{"iat", `1790000060`, ""},
		{"iat", `1790000061`, NotYetValid},
		{"iat", `"now"`, MissingClaim},
		{"iat", `0`, Lifetime},
		{"sub", "", ""},
		{"sub", `1`, MissingClaim},
		{"sub", `""`, MissingClaim},
		{"sub", `"` + strings.Repeat("s", 255) + `"`, ""},
		{"sub", `"` + strings.Repeat("s", 256) + `"`, MissingClaim},
		{"jti", "", ""},
		{"jti", `1`, MissingClaim},
		{"jti", `"` + strings.Repeat("j", 257) + `"`, MissingClaim},
		{"EXP", `1`, ""},
		{"ISS", `"https://evil.example"`, ""},
	} {
		payload := with(tc.claim, tc.value)
		if _, err := v.Verify(t.Context(), forge(t, s, `{"alg":"ES256","kid":"ES256"}`, payload)); reason(t, err) != tc.want {
			t.Errorf("%s: %v, want %q", payload, err, tc.want)
		}
	}
	// A claim in other letters is another claim. WKL-011
	for _, name := range []string{"iss", "aud", "exp"} {
		payload := strings.Replace(good, `"`+name+`"`, `"`+strings.ToUpper(name)+`"`, 1)
		if _, err := v.Verify(t.Context(), sign(t, s, payload)); reason(t, err) != MissingClaim {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

// WKL-016, WKL-018, WKL-019, WKL-020, WKL-021, OAU-033
func TestVerify_does_as_it_was_configured(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*Config)
		header string // of the token, unless empty
		claim  string
		value  string
		want   Reason
	}{
		{"no skew", func(c *Config) { c.Skew = NoSkew }, "", "exp", "1790000000", ""},
		{"no skew, a second late", func(c *Config) { c.Skew = NoSkew }, "", "exp", "1789999999", Expired},
		{"no skew, a second early", func(c *Config) { c.Skew = NoSkew }, "", "nbf", "1790000001", NotYetValid},
		{"large skew", func(c *Config) { c.Skew = 5 * time.Minute }, "", "exp", "1789999700", ""},
		{"an hour at most", func(c *Config) { c.MaxLifetime = time.Hour }, "", "exp", "1790003600", ""},
		{"an hour and a second", func(c *Config) { c.MaxLifetime = time.Hour }, "", "exp", "1790003601", Lifetime},
		{"not old", func(c *Config) { c.MaxAge = time.Minute }, "", "iat", "1789999880", ""},
		{"too old", func(c *Config) { c.MaxAge = time.Minute }, "", "iat", "1789999879", Lifetime},
		{"age unknown", func(c *Config) { c.MaxAge = time.Minute }, "", "iat", "", MissingClaim},
		{"one audience", func(c *Config) { c.SingleAudience = true }, "", "aud", `["https://api.example"]`, ""},
		{"two audiences", func(c *Config) { c.SingleAudience = true }, "", "aud", `["https://api.example","b"]`, Audience},
		{"second name of ours", func(c *Config) { c.Audience = []string{"x", "y"} }, "", "aud", `"y"`, ""},
		{"any issuer", func(c *Config) { c.Issuer, c.WithoutIssuer = "", "a test" }, "", "iss", `"https://other.example"`, ""},
		{"no issuer", func(c *Config) { c.Issuer, c.WithoutIssuer = "", "a test" }, "", "iss", "", ""},
		{"required and there", func(c *Config) { c.Require = []string{"nonce"} }, "", "nonce", `"x"`, ""},
		{"required and absent", func(c *Config) { c.Require = []string{"nonce"} }, "", "Nonce", `"x"`, MissingClaim},
		{"required and empty", func(c *Config) { c.Require = []string{"nonce"} }, "", "nonce", `""`, MissingClaim},
		{"required and null", func(c *Config) { c.Require = []string{"nonce"} }, "", "nonce", `null`, MissingClaim},
		{"nbf required", func(c *Config) { c.Require = []string{"nbf"} }, "", "nbf", "", MissingClaim},
		{"access token", func(c *Config) { c.Types = []string{"at+jwt"} }, `,"typ":"application/AT+JWT"`, "x", "1", ""},
		{"access token without typ", func(c *Config) { c.Types = []string{"at+jwt"} }, ``, "x", "1", HeaderDenied},
		{"access token as a JWT", func(c *Config) { c.Types = []string{"at+jwt"} }, `,"typ":"JWT"`, "x", "1", HeaderDenied},
		{"plain header", func(c *Config) { c.PlainHeader = true }, `,"typ":"JWT"`, "x", "1", ""},
		{"plain header with more", func(c *Config) { c.PlainHeader = true }, `,"x":1`, "x", "1", HeaderDenied},
		{"plain header with cty", func(c *Config) { c.PlainHeader = true }, `,"cty":"json"`, "x", "1", HeaderDenied},
		{"plain header with b64", func(c *Config) { c.PlainHeader = true }, `,"b64":true`, "x", "1", HeaderDenied},
		{"algorithm narrowed", func(c *Config) { c.Algorithms = []Algorithm{RS256} }, ``, "x", "1", AlgDenied},
		{"size narrowed", func(c *Config) { c.MaxSize = 300 }, ``, "x", "1", TooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			v, s, _ := setup(t, tc.change)
			token := forge(t, s, `{"alg":"ES256","kid":"ES256"`+tc.header+`}`, with(tc.claim, tc.value))
			if _, err := v.Verify(t.Context(), token); reason(t, err) != tc.want {
				t.Errorf("%v, want %q", err, tc.want)
			}
		})
	}
}

// Every algorithm verifies with its own keys and with no other. WKL-012, WKL-014,
// OAU-031
func TestVerify_binds_the_algorithm_to_the_key(t *testing.T) {
	t.Parallel()
	all := []Algorithm{RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA}
	v, _, _ := setup(t, func(c *Config) {
		var of []*Signer
		for _, a := range all {
			of = append(of, signers()[a])
		}
		c.Keys, c.Algorithms = set(t, of...), all
	})
	for _, signed := range all {
		s := signers()[signed]
		if _, err := v.Verify(t.Context(), sign(t, s, good)); err != nil {
			t.Errorf("%s: %v", signed, err)
		}
		for _, named := range all {
			// The key of one name, an algorithm of another, and the signature of either.
			token := forge(t, s, fmt.Sprintf(`{"alg":%q,"kid":%q}`, named, signed), good)
			if _, err := v.Verify(t.Context(), token); named != signed && reason(t, err) != KeyMismatch {
				t.Errorf("alg %s with key %s: %v", named, signed, err)
			}
			token = forge(t, s, fmt.Sprintf(`{"alg":%q,"kid":%q}`, signed, named), good)
			if _, err := v.Verify(t.Context(), token); named != signed && reason(t, err) != KeyMismatch {
				t.Errorf("alg %s with key %s: %v", signed, named, err)
			}
		}
	}
	// The newer name of Ed25519 (RFC 9864).
	token := forge(t, signers()[EdDSA], `{"alg":"Ed25519","kid":"EdDSA"}`, good)
	if c, err := v.Verify(t.Context(), token); err != nil || c.Algorithm != EdDSA {
		t.Errorf("Ed25519: %v", err)
	}
	// Without a configuration: the five of WKL-012.
	d, _, _ := setup(t, func(c *Config) { c.Keys = v.cfg.Keys })
	for _, a := range all {
		_, err := d.Verify(t.Context(), sign(t, signers()[a], good))
		if want := slices.Contains(Default(), a); (err == nil) != want || err != nil && reason(t, err) != AlgDenied {
			t.Errorf("%s by default: %v", a, err)
		}
	}
}

// A key without a name of an algorithm serves those of its kind, and a secret made of a
// public key signs nothing. WKL-014
func TestVerify_takes_no_key_for_another_kind(t *testing.T) {
	t.Parallel()
	rsa, err := NewKey("k", "", &rsaKeys()[0].PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := NewKeySet(rsa)
	if err != nil {
		t.Fatal(err)
	}
	v, _, _ := setup(t, func(c *Config) { c.Keys, c.Algorithms = keys, []Algorithm{RS256, PS256, ES256, EdDSA} })
	for _, a := range []Algorithm{RS256, PS256} {
		s := newSigner(t, "k", a, rsaKeys()[0])
		if _, err := v.Verify(t.Context(), sign(t, s, good)); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
	for _, a := range []Algorithm{ES256, EdDSA} {
		token := forge(t, signers()[a], fmt.Sprintf(`{"alg":%q,"kid":"k"}`, a), good)
		if _, err := v.Verify(t.Context(), token); reason(t, err) != KeyMismatch {
			t.Errorf("%s: %v", a, err)
		}
	}
}

// A foreign issuer's key, and every change of one character. WKL-015, FAC-I10
func TestVerify_believes_nothing_before_the_signature(t *testing.T) {
	t.Parallel()
	v, s, _ := setup(t)
	foreign := newSigner(t, "ES256", ES256, ecKey(elliptic.P256(), "foreign"))
	for _, payload := range []string{good, with("iss", `"https://evil.example"`), with("exp", "1"), `not JSON at all`, `{"sub":1}`} {
		// Whatever the payload says, it was not read.
		token := forge(t, foreign, `{"alg":"ES256","kid":"ES256"}`, payload)
		if _, err := v.Verify(t.Context(), token); reason(t, err) != Signature {
			t.Errorf("%s: %v", payload, err)
		}
	}
	token := sign(t, s, good)
	for i := range len(token) {
		changed := token[:i] + flip(token[i]) + token[i+1:]
		if _, err := v.Verify(t.Context(), changed); err == nil {
			t.Fatalf("character %d does not count", i)
		}
	}
}

// WKL-013, OAU-030
func TestVerify_finds_the_key_by_its_name(t *testing.T) {
	t.Parallel()
	one, two := newSigner(t, "k", ES256, ecKey(elliptic.P256(), "one")), newSigner(t, "k", ES256, ecKey(elliptic.P256(), "two"))
	other := newSigner(t, "other", RS256, rsaKeys()[0])
	nameless := func(s *Signer) string { return forge(t, s, `{"alg":"ES256"}`, good) }
	var five []*Signer
	for i := range 5 {
		five = append(five, newSigner(t, "k", ES256, ecKey(elliptic.P256(), fmt.Sprint("many", i))))
	}
	for _, tc := range []struct {
		name  string
		keys  []*Signer
		token string
		want  Reason
	}{
		{"by name", []*Signer{one, other}, sign(t, one, good), ""},
		{"unknown name", []*Signer{other}, sign(t, one, good), KidUnknown},
		{"name in other letters", []*Signer{one}, forge(t, one, `{"alg":"ES256","kid":"K"}`, good), KidUnknown},
		{"no name, one key that fits", []*Signer{one, other}, nameless(one), ""},
		{"no name, two keys that fit", []*Signer{one, two}, nameless(one), KidUnknown},
		{"no name, no key that fits", []*Signer{other}, nameless(one), KidUnknown},
		{"first of one name", []*Signer{one, two}, sign(t, one, good), ""},
		{"second of one name", []*Signer{one, two}, sign(t, two, good), ""},
		{"fourth of one name", five, sign(t, five[3], good), ""},
		{"fifth of one name", five, sign(t, five[4], good), Signature},
	} {
		v, _, _ := setup(t, func(c *Config) { c.Keys = set(t, tc.keys...) })
		if _, err := v.Verify(t.Context(), tc.token); reason(t, err) != tc.want {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
}

// What a token says arrives as it was said.
func TestVerify_says_what_the_token_says(t *testing.T) {
	t.Parallel()
	v, s, _ := setup(t)
	c, err := v.Verify(t.Context(), sign(t, s, with("roles", `["a"],"Sub":"eve","name":"A\u0064a","none":""`)))
	if err != nil {
		t.Fatal(err)
	}
	if c.Issuer != issuer || c.Subject != "ada" || c.ID != "one" || !slices.Equal(c.Audience, []string{api}) || c.KeyID != "ES256" || c.Type != "JWT" || c.Algorithm != ES256 {
		t.Errorf("%+v", c)
	}
	if !c.Expires.Equal(start.Add(5*time.Minute)) || !c.IssuedAt.Equal(start) || !c.NotBefore.Equal(start) {
		t.Errorf("%+v", c)
	}
	if raw, ok := c.Raw("roles"); !ok || string(raw) != `["a"]` {
		t.Errorf("roles %s", raw)
	}
	if raw, ok := c.Raw("Roles"); ok {
		t.Errorf("Roles %s", raw)
	}
	if name, err := c.Text("name"); err != nil || name != "Ada" {
		t.Errorf("name %q, %v", name, err)
	}
	for _, claim := range []string{"Name", "roles", "exp", "none"} {
		if _, err := c.Text(claim); reason(t, err) != MissingClaim {
			t.Errorf("%s: %v", claim, err)
		}
	}
	// What the caller does with it changes nothing.
	c.Payload()[0] = 'x'
	if !json.Valid(c.Payload()) {
		t.Error("the payload can be changed")
	}
}

// No error repeats anything of a token. WKL-006 as far as errors go
func TestVerify_keeps_the_token_to_itself(t *testing.T) {
	t.Parallel()
	v, s, _ := setup(t)
	for _, token := range []string{
		"canary", "canary.canary.canary",
		forge(t, s, `{"alg":"canary","kid":"ES256"}`, good),
		forge(t, s, `{"alg":"ES256","kid":"canary"}`, good),
		forge(t, s, `{"alg":"ES256","kid":"ES256","typ":"canary"}`, good),
		forge(t, s, `{"alg":"ES256","kid":"ES256","canary":1,"canary":2}`, good),
		forge(t, s, `{"alg":"ES256","kid":"ES256"}`, `{"canary":1,"canary":1}`),
		forge(t, s, `{"alg":"ES256","kid":"ES256"}`, with("iss", `"canary"`)),
		forge(t, s, `{"alg":"ES256","kid":"ES256"}`, with("aud", `"canary"`)),
	} {
		_, err := v.Verify(t.Context(), token)
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), "canary") {
				t.Errorf("%v", e)
			}
		}
		if err == nil {
			t.Errorf("%s was taken", token)
		}
	}
}

// WKL-012, WKL-016, WKL-020, OAU-031
func TestNewVerifier_names_every_field_that_is_wrong(t *testing.T) {
	t.Parallel()
	v, _, _ := setup(t)
	for _, tc := range []struct {
		field  string
		change func(*Config)
	}{
		{"Clock", func(c *Config) { c.Clock = nil }},
		{"Keys", func(c *Config) { c.Keys = nil }},
		{"Issuer", func(c *Config) { c.Issuer = "" }},
		{"WithoutIssuer", func(c *Config) { c.WithoutIssuer = "both" }},
		{"Audience", func(c *Config) { c.Audience = nil }},
		{"Audience", func(c *Config) { c.Audience = []string{api, ""} }},
		{"Algorithms", func(c *Config) { c.Algorithms = []Algorithm{ES256, "none"} }},
		{"Algorithms", func(c *Config) { c.Algorithms = []Algorithm{"HS256"} }},
		{"Algorithms", func(c *Config) { c.Algorithms = []Algorithm{""} }},
		{"Require", func(c *Config) { c.Require = []string{" "} }},
		{"Skew", func(c *Config) { c.Skew = 5*time.Minute + 1 }},
		{"Skew", func(c *Config) { c.Skew = -time.Second }},
		{"MaxLifetime", func(c *Config) { c.MaxLifetime = -1 }},
		{"MaxAge", func(c *Config) { c.MaxAge = -1 }},
		{"MaxSize", func(c *Config) { c.MaxSize = mostToken + 1 }},
		{"MaxSize", func(c *Config) { c.MaxSize = -1 }},
	} {
		cfg := Config{Clock: v.cfg.Clock, Keys: v.cfg.Keys, Issuer: issuer, Audience: []string{api}}
		tc.change(&cfg)
		if _, err := NewVerifier(cfg); err == nil || !strings.Contains(err.Error(), "Config."+tc.field+":") {
			t.Errorf("%s: %v", tc.field, err)
		}
	}
}

// broken are keys that cannot be had.
type broken struct{ error }

func (b broken) Current(context.Context) (*KeySet, error) { return nil, b.error }
func (b broken) Newer(context.Context, *KeySet, string) (*KeySet, error) {
	return nil, b.error
}

func TestVerify_refuses_nobody_for_want_of_keys(t *testing.T) {
	t.Parallel()
	v, s, _ := setup(t, func(c *Config) { c.Keys = broken{errors.New("down")} })
	c, err := v.Verify(t.Context(), sign(t, s, good))
	if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrRejected) || c != nil {
		t.Errorf("%v, %v", c, err)
	}
	// The key is not at hand, and nobody can say whether there is a newer one.
	v, _, _ = setup(t, func(c *Config) { c.Keys = half{broken{errors.New("down")}, set(t, signers()[ES256])} })
	other := newSigner(t, "other", ES256, ecKey(elliptic.P256(), "other"))
	if _, err := v.Verify(t.Context(), sign(t, other, good)); !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrRejected) {
		t.Errorf("%v", err)
	}
}

// half are keys that can be had, but no newer ones.
type half struct {
	broken
	set *KeySet
}

func (h half) Current(context.Context) (*KeySet, error) { return h.set, nil }

// Signer.

// elsewhere is a key that somebody else holds.
type elsewhere struct{ crypto.Signer }

func TestSign_makes_tokens_that_verify(t *testing.T) {
	t.Parallel()
	v, s, _ := setup(t)
	if a, b := sign(t, s, good), sign(t, s, good); a != b {
		t.Error("two ECDSA tokens of one payload differ (RFC 6979)")
	}
	far := newSigner(t, "ES256", ES256, elsewhere{ecKey(elliptic.P256(), "ES256")})
	if _, err := v.Verify(t.Context(), sign(t, far, good)); err != nil {
		t.Errorf("a key held elsewhere: %v", err)
	}
	for _, claims := range []string{``, `[]`, `{"a":1,"a":2}`, `{"a":1}x`} {
		if _, err := s.Sign("JWT", []byte(claims)); err == nil {
			t.Errorf("%q was signed", claims)
		}
	}
	token, err := s.Sign("", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := v.Verify(t.Context(), token); err != nil || c.Type != "" {
		t.Errorf("%v, %v", c, err)
	}
}

func TestNewSigner_refuses_what_nobody_could_verify(t *testing.T) {
	t.Parallel()
	key := ecKey(elliptic.P256(), "x")
	for name, make := range map[string]func() (*Signer, error){
		"no key":        func() (*Signer, error) { return NewSigner("k", ES256, nil, entropy.Seeded(1)) },
		"no name":       func() (*Signer, error) { return NewSigner("", ES256, key, entropy.Seeded(1)) },
		"no algorithm":  func() (*Signer, error) { return NewSigner("k", "", key, entropy.Seeded(1)) },
		"no randomness": func() (*Signer, error) { return NewSigner("k", ES256, key, nil) },
		"HS256":         func() (*Signer, error) { return NewSigner("k", "HS256", key, entropy.Seeded(1)) },
		"wrong curve":   func() (*Signer, error) { return NewSigner("k", ES384, key, entropy.Seeded(1)) },
		"wrong kind":    func() (*Signer, error) { return NewSigner("k", RS256, key, entropy.Seeded(1)) },
	} {
		if _, err := make(); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
