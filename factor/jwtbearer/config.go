package jwtbearer

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/jwt"
)

// What a token is held to (FAC-122). It is no setting: an issuer that cannot keep to it
// makes tokens for something else than to sign in.
const (
	MaxLifetime = time.Hour        // from iat to exp
	MaxAge      = 10 * time.Minute // since iat
	MaxSkew     = 2 * time.Minute  // between our clock and the issuer's, the most that may be set
	MaxToken    = 16 << 10         // bytes
)

// Config is for [New]. All fields are required.
type Config struct {
	Clock clock.Clock
	// Replay remembers which tokens were used: jwt.NewReplays on the store that all
	// servers share.
	Replay jwt.ReplayStore
	// Issuers whose tokens count, no two of one name.
	Issuers []Issuer
}

// Issuer is somebody whose word counts. Issuer, Audience and Keys are required.
type Issuer struct {
	// Issuer is the iss of its tokens, byte for byte: 1 to 255 bytes of visible ASCII,
	// as a link has them.
	Issuer string
	// Audience are our names in its tokens, one of which must be there. It is the name
	// of this program alone: a client id, as ID tokens carry, is the name of whoever
	// asked for the token.
	Audience []string
	// Keys are the issuer's and nobody else's.
	Keys jwt.Keys
	// Algorithms; jwt.Default unless given.
	Algorithms []jwt.Algorithm
	// Types are the classes of token by their typ: "" and "JWT" unless given,
	// "at+jwt" for an issuer of RFC 9068.
	Types []string
	// Parties, if there are any, are those whom a token may have been issued to (azp).
	// A token for several audiences must then name one of them.
	Parties []string
	// Skew between the clocks; a minute unless given, at most MaxSkew; jwt.NoSkew.
	Skew time.Duration
	// TenantClaim, if set, names a claim that says which tenant the person is of. It
	// must be there and be that of the sign-in: it selects nothing (FAC-127).
	TenantClaim string
	// Tenants is what a TenantClaim says in the issuer's words. Nil: the id itself.
	Tenants map[string]identity.TenantID
	// Proves is what a token of this issuer counts for: what you know of how it makes
	// sure of people. identity.Knowledge, identity.Possession, or both; zero counts for
	// nothing, and leads in where a method asks for no more.
	Proves identity.Class
}

// provable are the bits of [Issuer.Proves]: a token that passes through other hands is
// neither bound to a device nor safe from phishing.
const provable = identity.Knowledge | identity.Possession

// verifier checks an issuer and makes its verifier.
func (is Issuer) verifier(cfg Config) (*jwt.Verifier, error) {
	var errs []error
	wrong := func(field, text string) {
		errs = append(errs, fmt.Errorf("jwtbearer: Issuer.%s: %s", field, text))
	}
	if identity.CheckLink(is.Issuer, "-") != nil {
		wrong("Issuer", "must be 1 to 255 bytes of visible ASCII")
	}
	if is.Skew > MaxSkew {
		wrong("Skew", "is more than 2 minutes")
	}
	if is.Proves&^provable != 0 {
		wrong("Proves", "is more than a token can prove: Knowledge and Possession")
	}
	if slices.Contains(is.Parties, "") {
		wrong("Parties", "has an empty name")
	}
	if is.TenantClaim == "" && is.Tenants != nil {
		wrong("Tenants", "says what a TenantClaim means, and there is none")
	}
	v, err := jwt.NewVerifier(jwt.Config{
		Clock: cfg.Clock, Keys: is.Keys, Issuer: is.Issuer, Audience: is.Audience, Algorithms: is.Algorithms, Types: is.Types,
		Require: []string{"sub", "jti", "iat"}, Skew: is.Skew, MaxLifetime: MaxLifetime, MaxAge: MaxAge, MaxSize: MaxToken,
		Replay: cfg.Replay,
	})
	if err != nil {
		errs = append(errs, err)
	}
	return v, errors.Join(errs...)
}
