package jwtbearer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/strictjson"
	"github.com/axess-go/axess/jwt"
	"github.com/axess-go/axess/seal"
)

// Verifier judges tokens. It is a factor.Verifier without records: what it holds a token
// against are the links of the account. It is immutable and safe for concurrent use.
type Verifier struct {
	tokens *jwt.Issuers
	of     map[string]Issuer
	proves identity.Class
}

// New returns a verifier, or an error that names what is wrong or missing.
func New(cfg Config) (*Verifier, error) {
	var errs []error
	if cfg.Replay == nil {
		errs = append(errs, errors.New("jwtbearer: Config.Replay: is missing: a token signs in once"))
	}
	if len(cfg.Issuers) == 0 {
		errs = append(errs, errors.New("jwtbearer: Config.Issuers: none is given"))
	}
	v := &Verifier{of: make(map[string]Issuer, len(cfg.Issuers)), proves: provable}
	var each []*jwt.Verifier
	for _, is := range cfg.Issuers {
		one, err := is.verifier(cfg)
		if err != nil {
			errs = append(errs, fmt.Errorf("jwtbearer: issuer %q: %w", is.Issuer, err))
			continue
		}
		each = append(each, one)
		is.Parties = slices.Clone(is.Parties)
		v.of[is.Issuer] = is
		v.proves &= is.Proves
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var err error
	if v.tokens, err = jwt.NewIssuers(each...); err != nil {
		return nil, fmt.Errorf("jwtbearer: %w", err)
	}
	return v, nil
}

// Traits implements factor.Verifier. The class is what a token of any of the issuers
// proves; that of a sign-in is its own issuer's.
func (v *Verifier) Traits() factor.Traits {
	return factor.Traits{
		Kind: factor.JWTBearer, Class: v.proves, AMR: []string{"jwt"},
		Field: factor.FieldToken, Limit: MaxToken, Unguessable: true, External: true,
	}
}

// Works implements factor.Verifier: there are no records of this kind.
func (*Verifier) Works(factor.Record) bool { return false }

// Holds implements factor.Holder: somebody is linked with one of the issuers.
func (v *Verifier) Holds(a factor.Attempt) bool {
	return slices.ContainsFunc(a.Links, func(l identity.Link) bool { _, known := v.of[l.Issuer]; return known })
}

// Verify judges the token of an attempt against the links of the account, and takes its
// one use as the last step: a token that is refused stays good for whom it is about
// (FAC-123). Nothing before that depends on the account, so that a token brought for
// nobody costs what one brought for somebody costs.
//
// Unavailable: keys or the memory of what was used could not be had.
func (v *Verifier) Verify(ctx context.Context, a factor.Attempt) factor.Result {
	c, res := v.read(ctx, a.Subject.Tenant, a.Secret)
	if res.Verdict != 0 {
		return res
	}
	if !slices.ContainsFunc(a.Links, func(l identity.Link) bool {
		return l.Subject() == a.Subject && l.Issuer == c.Issuer && l.External == c.Subject
	}) {
		return factor.Result{Verdict: factor.Rejected, Reason: reasonUnlinked}
	}
	return v.consume(ctx, c)
}

// Identify implements factor.Identifier: it judges a token that somebody brings to be
// linked with its subject, and takes its one use.
func (v *Verifier) Identify(ctx context.Context, a factor.Attempt) (identity.Link, factor.Result) {
	c, res := v.read(ctx, a.Subject.Tenant, a.Secret)
	if res.Verdict != 0 {
		return identity.Link{}, res
	}
	if identity.CheckLink(c.Issuer, c.Subject) != nil {
		return identity.Link{}, factor.Result{Verdict: factor.Rejected, Reason: reasonMalformed}
	}
	if res = v.consume(ctx, c); res.Verdict != factor.Accepted {
		return identity.Link{}, res
	}
	return identity.Link{Issuer: c.Issuer, External: c.Subject}, res
}

// read judges all but whose the token is and whether it was used. The zero Verdict lets
// it pass.
func (v *Verifier) read(ctx context.Context, tenant identity.TenantID, token seal.Secret) (*jwt.Claims, factor.Result) {
	c, err := v.tokens.Verify(ctx, string(token.Reveal()))
	if err != nil {
		return nil, refused(err)
	}
	is := v.of[c.Issuer]
	switch {
	case another(c):
		return nil, factor.Result{Verdict: factor.Rejected, Reason: reasonClass}
	case !is.party(c):
		return nil, factor.Result{Verdict: factor.Rejected, Reason: reasonAudience}
	case !is.within(c, tenant):
		return nil, factor.Result{Verdict: factor.Rejected, Reason: reasonTenant}
	}
	return c, factor.Result{}
}

func (v *Verifier) consume(ctx context.Context, c *jwt.Claims) factor.Result {
	if err := v.tokens.Consume(ctx, c); err != nil {
		return refused(err)
	}
	return factor.Result{Verdict: factor.Accepted, Class: v.of[c.Issuer].Proves}
}

// foreign are claims of what is no token for us: an ID token tells a client about a
// sign-in there (OpenID Connect Core §2), a logout token and a security event report
// something (RFC 8417 §2).
var foreign = [...]string{"nonce", "at_hash", "c_hash", "s_hash", "events"}

// another reports a token of another class that its typ does not tell (FAC-124). Some
// issuers say it in words of their own.
func another(c *jwt.Claims) bool {
	use, _ := c.Text("token_use") // Cognito
	typ, _ := c.Text("typ")       // Keycloak
	return use == "id" || typ == "ID" ||
		slices.ContainsFunc(foreign[:], func(name string) bool { _, there := c.Raw(name); return there })
}

// party holds azp against the configuration.
func (is Issuer) party(c *jwt.Claims) bool {
	if len(is.Parties) == 0 {
		return true
	}
	raw, there := c.Raw("azp")
	if !there {
		return len(c.Audience) == 1
	}
	azp, ok := strictjson.String(raw)
	return ok && slices.Contains(is.Parties, azp)
}

// within holds the tenant that a token names against that of the sign-in.
func (is Issuer) within(c *jwt.Claims, tenant identity.TenantID) bool {
	if is.TenantClaim == "" {
		return true
	}
	says, err := c.Text(is.TenantClaim)
	if err != nil || tenant.IsZero() {
		return false
	}
	if is.Tenants == nil {
		return says == tenant.String()
	}
	return is.Tenants[says] == tenant
}
