package jwt

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"testing"
)

func leaf(t testing.TB, name string) *x509.Certificate {
	t.Helper()
	var k *ecdsa.PrivateKey = ecKey(elliptic.P256(), name)
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A token that is bound to a key is good for nobody who has not shown that key, and one
// that is bound in a way that nobody here can check is good for nobody. WKL-025
func TestVerifyFrom_takes_a_bound_token_from_its_holder_alone(t *testing.T) {
	t.Parallel()
	v, s, _ := setup(t)
	holder, eve := leaf(t, "holder"), leaf(t, "eve")
	sum := sha256.Sum256(holder.Raw)
	thumb := base64.RawURLEncoding.EncodeToString(sum[:])
	for _, tc := range []struct {
		name, cnf string
		peer      *x509.Certificate
		want      Reason
	}{
		{"unbound, from anybody", "", nil, ""},
		{"unbound, from somebody with a certificate", "", eve, ""},
		{"bound, from its holder", `{"x5t#S256":"` + thumb + `"}`, holder, ""},
		{"bound, from nobody", `{"x5t#S256":"` + thumb + `"}`, nil, Binding},
		{"bound, from another", `{"x5t#S256":"` + thumb + `"}`, eve, Binding},
		{"bound to less", `{"x5t#S256":"` + thumb[:40] + `"}`, holder, Binding},
		{"bound to nothing", `{"x5t#S256":""}`, holder, Binding},
		{"bound with padding", `{"x5t#S256":"` + thumb + `="}`, holder, Binding},
		{"bound to a number", `{"x5t#S256":7}`, holder, Binding},
		{"bound by a name that differs by case", `{"X5T#S256":"` + thumb + `"}`, holder, Binding},
		{"bound to a key of DPoP", `{"jkt":"` + thumb + `"}`, holder, Binding},
		{"bound to both", `{"x5t#S256":"` + thumb + `","jkt":"` + thumb + `"}`, holder, Binding},
		{"bound to both, the other way round", `{"jkt":"` + thumb + `","x5t#S256":"` + thumb + `"}`, holder, Binding},
		{"an empty binding", `{}`, holder, Binding},
		{"no object", `"` + thumb + `"`, holder, Binding},
		{"null", `null`, holder, Binding},
		{"an array", `["` + thumb + `"]`, holder, Binding},
	} {
		_, err := v.VerifyFrom(t.Context(), sign(t, s, with("cnf", tc.cnf)), tc.peer)
		if got := reason(t, err); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
	if _, err := v.Verify(t.Context(), sign(t, s, with("cnf", `{"x5t#S256":"`+thumb+`"}`))); reason(t, err) != Binding {
		t.Errorf("by who asks for no certificate: %v", err)
	}
}
