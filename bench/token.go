package bench

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	peer "github.com/go-jose/go-jose/v4/jwt"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/jwt"
)

const (
	joseSource = "github.com/go-jose/go-jose/v4 v4.1.8"
	nameJose   = "go-jose"

	tokenIssuer   = "https://issuer.example"
	tokenAudience = "https://api.example"
	tokenSubject  = "repo:octo/app:ref:refs/heads/main"
)

// tokenContest is what a request with a bearer token pays before anybody decides
// anything.
func tokenContest() Contest {
	return Contest{
		Name:  "token",
		Title: "Verifying a JSON Web Token: ES256, a key at hand, its registered claims",
		Entries: []Entry{
			{Name: nameAxess, Make: func(string) (Subject, error) { return newToken() }},
			{Name: nameJose, Source: joseSource, Make: func(string) (Subject, error) { return newJose() }},
		},
		Bars: []Bar{{Entry: nameAxess, Against: nameJose, Ratio: 1.2}},
	}
}

// scanContest is the look at a text that strangers wrote, before a value is read.
func scanContest() Contest {
	return Contest{
		Name:  "scan",
		Title: "Looking at 1 KiB of JSON: names twice, depth, UTF-8, numbers",
		Entries: []Entry{
			{Name: nameAxess, Make: func(scratch string) (Subject, error) {
				return newInner(scratch, "internal/strictjson", "BenchmarkScan")
			}},
			{Name: "encoding/json.Valid, which looks at none of these", Make: func(scratch string) (Subject, error) {
				return newInner(scratch, "internal/strictjson", "BenchmarkValid")
			}},
		},
		Bars: []Bar{{Entry: nameAxess, Nanoseconds: 2000}},
	}
}

// signed is a token as issuers make them, with the key that verifies it.
func signed() (string, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", nil, err
	}
	s, err := jwt.NewSigner("2026-09", jwt.ES256, key, entropy.System())
	if err != nil {
		return "", nil, err
	}
	now := time.Now().Unix()
	token, err := s.Sign("JWT", fmt.Appendf(nil,
		`{"iss":%q,"sub":%q,"aud":%q,"exp":%d,"iat":%d,"nbf":%d,"jti":"3f0c6a52-2f9e-4bb8-8f5a-6f6a6f0f8a11","ref":"refs/heads/main","repository":"octo/app","repository_id":"74","sha":"0d4c91f3"}`,
		tokenIssuer, tokenSubject, tokenAudience, now+12*3600, now, now))
	return token, key, err
}

type ownToken struct {
	verifier *jwt.Verifier
	text     string
}

func newToken() (Subject, error) {
	text, key, err := signed()
	if err != nil {
		return nil, err
	}
	public, err := jwt.NewKey("2026-09", jwt.ES256, key.Public())
	if err != nil {
		return nil, err
	}
	keys, err := jwt.NewKeySet(public)
	if err != nil {
		return nil, err
	}
	v, err := jwt.NewVerifier(jwt.Config{Clock: clock.System(), Keys: keys, Issuer: tokenIssuer, Audience: []string{tokenAudience}})
	return &ownToken{v, text}, err
}

func (s *ownToken) once(text string) error {
	claims, err := s.verifier.Verify(context.Background(), text)
	if err == nil && claims.Subject != tokenSubject {
		return errors.New("of another subject")
	}
	return err
}

func (s *ownToken) Check() error { return twice(s.text, s.once) }

func (s *ownToken) Measure() (Sample, error) { return again(s.text, s.once) }

// joseToken is the peer, asked as its documentation has it: parse, verify, validate.
type joseToken struct {
	keys jose.JSONWebKeySet
	text string
}

func newJose() (Subject, error) {
	text, key, err := signed()
	if err != nil {
		return nil, err
	}
	return &joseToken{jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "2026-09", Algorithm: "ES256", Use: "sig"}}}, text}, nil
}

func (s *joseToken) once(text string) error {
	t, err := peer.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384})
	if err != nil {
		return err
	}
	var claims peer.Claims
	if err := t.Claims(&s.keys, &claims); err != nil {
		return err
	}
	if claims.Subject != tokenSubject {
		return errors.New("of another subject")
	}
	return claims.ValidateWithLeeway(peer.Expected{Issuer: tokenIssuer, AnyAudience: peer.Audience{tokenAudience}, Time: time.Now()}, time.Minute)
}

func (s *joseToken) Check() error { return twice(s.text, s.once) }

func (s *joseToken) Measure() (Sample, error) { return again(s.text, s.once) }

// twice wants a token taken, and refused with another signature.
func twice(text string, once func(string) error) error {
	if err := once(text); err != nil {
		return err
	}
	spoilt := text[:len(text)-8] + "AAAAAAAA"
	if once(spoilt) == nil {
		return errors.New("a token with another signature was taken")
	}
	return nil
}

func again(text string, once func(string) error) (Sample, error) {
	return loop(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := once(text); err != nil {
				b.Fatal(err)
			}
		}
	}).Measure()
}
