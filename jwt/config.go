package jwt

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/clock"
)

// Config says which tokens a [Verifier] takes. Clock, Keys, Issuer and Audience are
// required; the zero value of every other field is the safe one.
type Config struct {
	Clock clock.Clock
	Keys  Keys
	// Issuer is the iss that a token must have, byte for byte.
	Issuer string
	// WithoutIssuer, a reason in words, leaves iss open: for tokens whose keys belong
	// to one issuer by another rule, as a JWT-SVID's to its trust domain. Issuer must
	// then be empty.
	WithoutIssuer string
	// Audience are the names that we go by: one of them must be in aud, byte for byte.
	Audience []string
	// SingleAudience refuses a token that is for others too: each of them could use
	// it here.
	SingleAudience bool

	// Algorithms that are allowed; [Default] unless given.
	Algorithms []Algorithm
	// Types are the classes of token by the header's typ, compared as media types
	// ("at+jwt" is "application/at+jwt" too); "" is a token without typ. Unless given:
	// "" and "JWT". A verifier takes one class, so that a logout token is no ID token.
	Types []string
	// PlainHeader refuses every header member but alg, kid and typ (JWT-SVID §2).
	PlainHeader bool

	// Require are claims that must be there beside exp, aud and iss: each a string
	// that is not empty, or a value that is not null.
	Require []string
	// Skew is how far clocks may be apart, 60 s unless given, at most 5 min; [NoSkew]
	// for none.
	Skew time.Duration
	// MaxLifetime is the longest time from iat (or now, without one) to exp, 24 h
	// unless given.
	MaxLifetime time.Duration
	// MaxAge, unless zero, is the longest time since iat, which must then be there.
	MaxAge time.Duration
	// MaxSize is the longest token in bytes, 8 KiB unless given, at most 32 KiB.
	MaxSize int

	// Replay, unless nil, is what [Verifier.Consume] asks.
	Replay ReplayStore
}

// NoSkew is a Skew of nothing.
const NoSkew time.Duration = -1

const (
	defaultSkew     = time.Minute
	maxSkew         = 5 * time.Minute
	defaultLifetime = 24 * time.Hour
)

// check fills the defaults and names every field that is wrong.
func (c *Config) check() error {
	var errs []error
	wrong := func(field, format string, args ...any) {
		errs = append(errs, fmt.Errorf("jwt: Config.%s: %s", field, fmt.Sprintf(format, args...)))
	}
	if c.Clock == nil {
		wrong("Clock", "is missing")
	}
	if c.Keys == nil {
		wrong("Keys", "is missing")
	}
	switch {
	case c.Issuer == "" && c.WithoutIssuer == "":
		wrong("Issuer", "is missing")
	case c.Issuer != "" && c.WithoutIssuer != "":
		wrong("WithoutIssuer", "contradicts Issuer")
	}
	// An empty list that took every audience would take tokens for anybody (WKL-020).
	if len(c.Audience) == 0 || slices.Contains(c.Audience, "") {
		wrong("Audience", "wants one name at least, and none empty")
	}
	if len(c.Algorithms) == 0 {
		c.Algorithms = Default()
	}
	if _, unknown := known(c.Algorithms); unknown != "" || slices.Contains(c.Algorithms, "") {
		wrong("Algorithms", "%q is no algorithm with a public key that is known here", unknown)
	}
	if len(c.Types) == 0 {
		c.Types = []string{"", "JWT"}
	}
	c.Types = slices.Clone(c.Types)
	for i, t := range c.Types {
		c.Types[i] = mediaType(t)
	}
	if slices.ContainsFunc(c.Require, func(name string) bool { return strings.TrimSpace(name) == "" }) {
		wrong("Require", "holds an empty name")
	}
	switch {
	case c.Skew == 0:
		c.Skew = defaultSkew
	case c.Skew == NoSkew:
		c.Skew = 0
	case c.Skew < 0 || c.Skew > maxSkew:
		wrong("Skew", "is %v, want 0 to %v", c.Skew, maxSkew)
	}
	if c.MaxLifetime == 0 {
		c.MaxLifetime = defaultLifetime
	}
	if c.MaxLifetime < 0 {
		wrong("MaxLifetime", "is negative")
	}
	if c.MaxAge < 0 {
		wrong("MaxAge", "is negative")
	}
	if c.MaxSize == 0 {
		c.MaxSize = maxToken
	}
	if c.MaxSize < 0 || c.MaxSize > mostToken {
		wrong("MaxSize", "is %d, want at most %d", c.MaxSize, mostToken)
	}
	return errors.Join(errs...)
}
