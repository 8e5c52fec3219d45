package jwt

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/internal/strictjson"
)

// Verifier judges tokens of one issuer and one class. It is safe for concurrent use.
type Verifier struct {
	cfg     Config
	methods []*method
}

// NewVerifier returns a verifier, or an error that names every field that is wrong.
func NewVerifier(cfg Config) (*Verifier, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	methods, _ := known(cfg.Algorithms)
	cfg.Audience, cfg.Require = slices.Clone(cfg.Audience), slices.Clone(cfg.Require)
	return &Verifier{cfg, methods}, nil
}

// Verify judges a token and returns what it says. Nothing of the payload is read before
// the signature is verified. The error is an [*Error] (so an [ErrRejected]) if the
// token is refused, and an [ErrUnavailable] if it could not be judged.
//
// It may be shown to the same token again and again: what must be good for one use is
// given to [Verifier.Consume] as the last step.
//
// A token that is bound to a key of its holder (cnf, RFC 7800) is refused: whoever
// brings it has not shown that key. [Verifier.VerifyFrom] takes one that is bound to
// the certificate of the connection.
func (v *Verifier) Verify(ctx context.Context, token string) (*Claims, error) {
	return v.VerifyFrom(ctx, token, nil)
}

// VerifyFrom is Verify for a token that came over a connection whose other end has
// shown that it holds the key of peer, verified or not: a token that is bound to that
// certificate (RFC 8705 §3.1) is taken too, and one bound to anything else is
// [Binding]. peer may be nil.
func (v *Verifier) VerifyFrom(ctx context.Context, token string, peer *x509.Certificate) (*Claims, error) {
	c, err := parse(token, v.cfg.MaxSize)
	if err != nil {
		return nil, err
	}
	m, err := v.admit(&c.header)
	if err != nil {
		return nil, err
	}
	if err := v.signed(ctx, c, m); err != nil {
		return nil, err
	}
	payload, err := decode(make([]byte, 0, strict.DecodedLen(len(c.payload))), c.payload)
	if err != nil {
		return nil, err
	}
	claims := &Claims{Algorithm: m.name, KeyID: c.header.kid, Type: c.header.typ}
	if err := claims.read(payload); err != nil {
		return nil, err
	}
	if err := v.judge(claims, v.cfg.Clock.Now()); err != nil {
		return nil, err
	}
	if claims.bound != nil && !boundTo(claims.bound, peer) {
		return nil, refuse(Binding, "cnf")
	}
	return claims, nil
}

// admit holds a header against the configuration.
func (v *Verifier) admit(h *header) (*method, error) {
	m := methodOf(h.alg)
	switch {
	case m == nil || !slices.Contains(v.methods, m):
		return nil, refuse(AlgDenied, "")
	case v.cfg.PlainHeader && !h.plain:
		return nil, refuse(HeaderDenied, "")
	case !slices.Contains(v.cfg.Types, mediaType(h.typ)), h.typed && h.typ == "":
		return nil, refuse(HeaderDenied, "typ")
	}
	return m, nil
}

// signed verifies the signature, with newer keys if those at hand do not.
func (v *Verifier) signed(ctx context.Context, c *compact, m *method) error {
	var room [600]byte
	sig, err := decode(room[:0], c.signature)
	if err != nil {
		return err
	}
	set, err := v.cfg.Keys.Current(ctx)
	if err != nil {
		return unavailable("keys", err)
	}
	refusal := set.verify(c, m, sig)
	if refusal == nil {
		return nil
	}
	var e *Error
	if !errors.As(refusal, &e) || e.Reason == KeyMismatch {
		return refusal
	}
	// A new key, or an old name for one (OAU-024). Both look like a forgery until the
	// issuer has been asked.
	wanted := ""
	if e.Reason == KidUnknown {
		wanted = c.header.kid
	}
	newer, err := v.cfg.Keys.Newer(ctx, set, wanted)
	if err != nil {
		return unavailable("keys", err)
	}
	if newer == set {
		return refusal
	}
	return newer.verify(c, m, sig)
}

// unavailable makes sure that an error says so and is not taken for a refusal.
func unavailable(what string, err error) error {
	if errors.Is(err, ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, what, err)
}

func (s *KeySet) verify(c *compact, m *method, sig []byte) error {
	var room [maxTried]Key
	keys, err := s.candidates(room[:0], m, c.header.kid)
	if err != nil {
		return err
	}
	signed := []byte(c.signed)
	for _, k := range keys {
		if m.verify(k.pub, signed, sig) {
			return nil
		}
	}
	return refuse(Signature, "")
}

// judge holds the claims of a signed token against the configuration.
func (v *Verifier) judge(c *Claims, now time.Time) error {
	cfg := &v.cfg
	switch {
	case cfg.Issuer != "" && c.Issuer == "":
		return refuse(MissingClaim, "iss")
	case cfg.Issuer != "" && c.Issuer != cfg.Issuer:
		return refuse(Issuer, "")
	case len(c.Audience) == 0:
		return refuse(MissingClaim, "aud")
	case !slices.ContainsFunc(c.Audience, func(a string) bool { return slices.Contains(cfg.Audience, a) }),
		cfg.SingleAudience && len(c.Audience) > 1:
		return refuse(Audience, "")
	case c.Expires.IsZero():
		return refuse(MissingClaim, "exp")
	}
	for _, name := range cfg.Require {
		if !c.present(name) {
			return refuse(MissingClaim, name)
		}
	}
	return v.times(c, now)
}

// present reports whether a claim is there and says something.
func (c *Claims) present(name string) bool {
	raw, _ := c.Raw(name)
	if s, ok := strictjson.String(raw); ok {
		return s != ""
	}
	return len(raw) > 0 && string(raw) != "null"
}

// times applies WKL-018 and WKL-019. Whoever stands exactly at an end is let through.
func (v *Verifier) times(c *Claims, now time.Time) error {
	cfg := &v.cfg
	issued := !c.IssuedAt.IsZero()
	from := now
	if issued {
		from = c.IssuedAt
	}
	switch {
	case now.After(c.Expires.Add(cfg.Skew)):
		return refuse(Expired, "")
	case !c.NotBefore.IsZero() && now.Before(c.NotBefore.Add(-cfg.Skew)):
		return refuse(NotYetValid, "nbf")
	case issued && c.IssuedAt.After(now.Add(cfg.Skew)):
		return refuse(NotYetValid, "iat")
	case c.Expires.Sub(from) > cfg.MaxLifetime:
		return refuse(Lifetime, "exp")
	case cfg.MaxAge > 0 && !issued:
		return refuse(MissingClaim, "iat")
	case cfg.MaxAge > 0 && now.Sub(c.IssuedAt) > cfg.MaxAge+cfg.Skew:
		return refuse(Lifetime, "iat")
	}
	return nil
}
