package jwt

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func load(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// opened verifies the signature of a JWS under a document of keys with every algorithm
// allowed, and returns its payload, whatever that is.
func opened(document []byte, jws string) (string, error) {
	keys, err := ParseKeySet(document)
	if err != nil {
		return "", err
	}
	c, err := parse(jws, maxToken)
	if err != nil {
		return "", err
	}
	m := methodOf(c.header.alg)
	if m == nil {
		return "", refuse(AlgDenied, "")
	}
	sig, err := decode(nil, c.signature)
	if err != nil {
		return "", err
	}
	if err := keys.verify(c, m, sig); err != nil {
		return "", err
	}
	payload, err := decode(nil, c.payload)
	return string(payload), err
}

func document(t *testing.T, keys ...any) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Wycheproof's tokens and keys. Where it calls a token valid that is refused here, the
// reason is one of ours. WKL-010, WKL-012, WKL-014, OAU-028, OAU-029, FAC-I10
func TestVectors_Wycheproof(t *testing.T) {
	t.Parallel()
	var groups []struct {
		From, Comment string
		Keys          []any
		Tests         []struct {
			ID           int
			Comment, JWS string
			Result       string
		}
	}
	load(t, "wycheproof_jws.json", &groups)
	taken, refused, ours := 0, 0, 0
	for _, g := range groups {
		for _, tc := range g.Tests {
			_, err := opened(document(t, g.Keys...), tc.JWS)
			first := g.Keys[0].(map[string]any)
			// HMAC is for those who sign, "ES521" is the name of nothing, a token says
			// something, and a key for PS256 is none for PS384.
			stricter := first["kty"] == "oct" || first["alg"] == "ES521" || tc.Comment == "emptyPayload" || tc.Comment == "Figure20"
			switch {
			case tc.Result == "invalid" && err == nil:
				t.Errorf("%s %d (%s): taken", g.From, tc.ID, tc.Comment)
			case tc.Result == "invalid":
				refused++
			case err == nil:
				taken++
			case stricter:
				ours++
			default:
				t.Errorf("%s %s %d (%s): %v", g.From, g.Comment, tc.ID, tc.Comment, err)
			}
		}
	}
	t.Logf("%d taken, %d refused, %d refused by a rule of ours", taken, refused, ours)
	if taken < 25 || refused < 300 {
		t.Errorf("%d taken, %d refused: the vectors are not all there", taken, refused)
	}
}

// ECDSA signatures in the form that tokens have. WKL-014
func TestVectors_Wycheproof_ECDSA(t *testing.T) {
	t.Parallel()
	var groups []struct {
		X, Y  string
		Tests []struct {
			ID                        int
			Comment, Msg, Sig, Result string
		}
	}
	load(t, "wycheproof_p1363.json", &groups)
	n := 0
	for _, g := range groups {
		x, _ := number(g.X)
		y, _ := number(g.Y)
		pub := &ecdsa.PublicKey{Curve: elliptic.P256(), X: x, Y: y} //nolint:staticcheck // as the vector has it
		for _, tc := range g.Tests {
			msg, _ := hex.DecodeString(tc.Msg)
			sig, _ := hex.DecodeString(tc.Sig)
			if got := methodOf("ES256").verify(pub, msg, sig); got != (tc.Result == "valid") {
				t.Errorf("%d (%s): %v, want %s", tc.ID, tc.Comment, got, tc.Result)
			}
			n++
		}
	}
	if n < 200 {
		t.Errorf("%d vectors", n)
	}
}

// The signatures of RFC 7520 and RFC 8037, and those of RFC 7515 A. WKL-010, WKL-012
func TestVectors_RFC(t *testing.T) {
	t.Parallel()
	var vectors []struct {
		Title, Alg, Payload, Compact string
		Key                          map[string]any
	}
	load(t, "rfc7520.json", &vectors)
	if len(vectors) != 4 {
		t.Fatalf("%d vectors", len(vectors))
	}
	for _, v := range vectors {
		if got, err := opened(document(t, v.Key), v.Compact); err != nil || got != v.Payload {
			t.Errorf("%s: %q, %v", v.Title, got, err)
		}
	}

	const claims = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
	const payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	for _, v := range []struct{ name, key, jws string }{
		{
			"A.2", `{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}`,
			"eyJhbGciOiJSUzI1NiJ9." + payload + ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
		},
		{
			"A.3", `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`,
			"eyJhbGciOiJFUzI1NiJ9." + payload + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
		},
	} {
		if got, err := opened([]byte(`{"keys":[`+v.key+`]}`), v.jws); err != nil || got != claims {
			t.Errorf("RFC 7515 %s: %q, %v", v.name, got, err)
		}
		// One bit of the signature, one letter of the payload.
		broken := v.jws[:len(v.jws)-10] + flip(v.jws[len(v.jws)-10]) + v.jws[len(v.jws)-9:]
		for _, jws := range []string{broken, strings.Replace(v.jws, "eyJpc3Mi", "eyJpc3Ni", 1)} {
			if _, err := opened([]byte(`{"keys":[`+v.key+`]}`), jws); err == nil {
				t.Errorf("RFC 7515 %s: a changed token was taken", v.name)
			}
		}
	}
	// A.1 is signed with a secret, A.5 with nothing.
	for _, header := range []string{`{"typ":"JWT",` + "\r\n" + ` "alg":"HS256"}`, `{"alg":"none"}`} {
		_, err := opened([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`), b64(header)+"."+payload+".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
		if reason(t, err) != AlgDenied {
			t.Errorf("%s: %v", header, err)
		}
	}
}

func flip(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

// The thumbprint of RFC 7638 §3.1.
func TestThumbprint_is_that_of_the_RFC(t *testing.T) {
	t.Parallel()
	s, err := ParseKeySet([]byte(`{"keys":[{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Keys()[0].Thumbprint(); got != "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" {
		t.Error(got)
	}
	if (Key{}).Thumbprint() != "" {
		t.Error("the zero key has a thumbprint")
	}
}

// An RSA modulus of the largest size is no longer than the decoder takes.
func TestNumber_holds_every_key_that_is_allowed(t *testing.T) {
	t.Parallel()
	most := new(big.Int).Lsh(big.NewInt(1), maxRSA)
	most.Sub(most, big.NewInt(1))
	if n, ok := number(b64(string(most.Bytes()))); !ok || n.Cmp(most) != 0 {
		t.Error("8192 bits are refused")
	}
	if _, ok := number(b64(strings.Repeat("\xff", maxRSA/8+2))); ok {
		t.Error("more is taken")
	}
}
