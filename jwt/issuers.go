package jwt

import (
	"context"
	"errors"
	"fmt"

	"github.com/axess-go/axess/internal/strictjson"
)

// Issuers judges tokens of several issuers, each with a [Verifier] of its own: no key of
// one verifies a token that names another. It is safe for concurrent use.
type Issuers struct {
	of   map[string]*Verifier
	size int // of the longest token that any takes
}

// NewIssuers returns the verifiers as one. Each has an issuer, no two the same.
func NewIssuers(verifiers ...*Verifier) (*Issuers, error) {
	s := &Issuers{of: make(map[string]*Verifier, len(verifiers))}
	for _, v := range verifiers {
		switch {
		case v == nil || v.cfg.Issuer == "":
			return nil, errors.New("jwt: issuers: a verifier pins no issuer")
		case s.of[v.cfg.Issuer] != nil:
			return nil, fmt.Errorf("jwt: issuers: two verifiers for %q", v.cfg.Issuer)
		}
		s.of[v.cfg.Issuer] = v
		s.size = max(s.size, v.cfg.MaxSize)
	}
	if len(s.of) == 0 {
		return nil, errors.New("jwt: issuers: none is given")
	}
	return s, nil
}

// Verify gives a token to the verifier of the issuer that it names. That name is the one
// thing that is read before the signature is verified, and it decides nothing else: the
// verifier holds the signed claim against its own issuer again. The error is that of
// [Verifier.Verify]; a token of nobody here is [Issuer].
func (s *Issuers) Verify(ctx context.Context, token string) (*Claims, error) {
	c, err := parse(token, s.size)
	if err != nil {
		return nil, err
	}
	v, err := s.choose(c.payload)
	if err != nil {
		return nil, err
	}
	return v.Verify(ctx, token)
}

func (s *Issuers) choose(part string) (*Verifier, error) {
	payload, err := decode(make([]byte, 0, strict.DecodedLen(len(part))), part)
	if err != nil {
		return nil, err
	}
	if err := object(payload); err != nil {
		return nil, err
	}
	for name, value := range strictjson.Members(payload) {
		if string(name) != "iss" {
			continue
		}
		iss, ok := text(value, maxIssuer)
		if !ok {
			return nil, refuse(MissingClaim, "iss")
		}
		if v := s.of[iss]; v != nil {
			return v, nil
		}
		return nil, refuse(Issuer, "")
	}
	return nil, refuse(MissingClaim, "iss")
}

// Consume is [Verifier.Consume] of the verifier that has judged the token.
func (s *Issuers) Consume(ctx context.Context, c *Claims) error {
	if c == nil || s.of[c.Issuer] == nil {
		return refuse(MissingClaim, "")
	}
	return s.of[c.Issuer].Consume(ctx, c)
}
