package jwt

import (
	"crypto/elliptic"
	"errors"
	"strings"
	"testing"

	"github.com/axess-go/axess/clock"
)

const other = "https://elsewhere.example"

// two are the verifiers of two issuers whose keys have the same name.
func two(t testing.TB) (s *Issuers, here, there *Signer) {
	t.Helper()
	here, there = newSigner(t, "k", ES256, ecKey(elliptic.P256(), "here")), newSigner(t, "k", ES256, ecKey(elliptic.P256(), "there"))
	var each []*Verifier
	for _, is := range []struct {
		name string
		by   *Signer
		size int
	}{{issuer, here, 0}, {other, there, 16 << 10}} {
		v, err := NewVerifier(Config{Clock: clock.NewFake(start), Keys: set(t, is.by), Issuer: is.name, Audience: []string{api}, MaxSize: is.size, Replay: &used{}})
		if err != nil {
			t.Fatal(err)
		}
		each = append(each, v)
	}
	s, err := NewIssuers(each...)
	if err != nil {
		t.Fatal(err)
	}
	return s, here, there
}

// WKL-015, FAC-I10
func TestIssuers_judge_a_token_by_the_keys_of_whom_it_names(t *testing.T) {
	t.Parallel()
	s, here, there := two(t)
	theirs := with("iss", `"`+other+`"`)
	ours := sign(t, here, good)
	parts := strings.Split(ours, ".")
	for _, tc := range []struct {
		name, token string
		want        Reason
	}{
		{"here", ours, ""},
		{"there", sign(t, there, theirs), ""},
		{"here, with a key of theirs", sign(t, there, good), Signature},
		{"there, with a key of ours", sign(t, here, theirs), Signature},
		{"of nobody", sign(t, here, with("iss", `"https://eve.example"`)), Issuer},
		{"of nobody named", sign(t, here, with("iss", "")), MissingClaim},
		{"of an empty name", sign(t, here, with("iss", `""`)), MissingClaim},
		{"of two names", sign(t, here, with("iss", `["`+issuer+`"]`)), MissingClaim},
		{"by a name that differs by case", sign(t, here, `{"ISS":"`+issuer+`","aud":"`+api+`","exp":1790000300}`), MissingClaim},
		{"a name twice", forge(t, here, `{"alg":"ES256","kid":"k"}`, `{"iss":"`+issuer+`",`+good[1:]), Malformed},
		{"a payload that is none", parts[0] + ".e30x." + parts[2], Malformed},
		{"a payload with a line break", parts[0] + "." + parts[1][:4] + "\n" + parts[1][4:] + "." + parts[2], Malformed},
		{"a payload that is changed", parts[0] + "." + b64(strings.Replace(good, "ada", "eve", 1)) + "." + parts[2], Signature},
		{"not a token", "x", Malformed},
		{"larger than who it names takes", sized(t, here, maxToken+4), TooLarge},
	} {
		c, err := s.Verify(t.Context(), tc.token)
		if got := reason(t, err); got != tc.want || (c == nil) != (tc.want != "") {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestIssuers_consume_by_who_has_verified(t *testing.T) {
	t.Parallel()
	s, here, there := two(t)
	for _, token := range []string{sign(t, here, good), sign(t, there, with("iss", `"`+other+`"`))} {
		c, err := s.Verify(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Consume(t.Context(), c); err != nil {
			t.Error(err)
		}
		if err := s.Consume(t.Context(), c); reason(t, err) != Replayed {
			t.Errorf("again: %v", err)
		}
	}
	for _, c := range []*Claims{nil, {}, {Issuer: "https://eve.example"}, {Issuer: issuer}} {
		if err := s.Consume(t.Context(), c); reason(t, err) != MissingClaim {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestNewIssuers_wants_one_verifier_for_each(t *testing.T) {
	t.Parallel()
	v, _, _ := setup(t)
	open, _, _ := setup(t, func(c *Config) { c.Issuer, c.WithoutIssuer = "", "the test" })
	for name, vs := range map[string][]*Verifier{"none": nil, "nil": {nil}, "one twice": {v, v}, "one that pins nobody": {open}} {
		if _, err := NewIssuers(vs...); err == nil || errors.Is(err, ErrRejected) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
