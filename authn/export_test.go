package authn

import (
	"context"
	"slices"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
)

// ClaimCeremonies are what a claim keeps in the session.
func ClaimCeremonies() []machine.CeremonyKind {
	return []machine.CeremonyKind{claimEntered, enrolTOTP}
}

// EncodeClaim is the stored form of what was entered.
func EncodeClaim(link, email, name string, record []byte) []byte {
	b, err := claimDetails{Link: link, Email: email, Name: name, Password: record}.encode()
	if err != nil {
		panic(err)
	}
	return b
}

// DecodeClaim reads it.
func DecodeClaim(b []byte) error {
	_, err := decodeClaim(b)
	return err
}

// SealGrant gives a grant its MAC.
func SealGrant(index *seal.Ring, g identity.Grant) identity.Grant {
	return grants{index.MAC(seal.LabelIdentityRow)}.sealed(g)
}

// SealToken makes the row of the link whose text is given.
func SealToken(index *seal.Ring, row identity.Token, text string) identity.Token {
	l, ok := parseLink(text)
	if !ok {
		panic("no link")
	}
	return tokens{index.MAC(seal.LabelIdentityRow)}.sealed(row, l)
}

// CheckMethodsWith is CheckMethods in a build with other verifiers.
func CheckMethodsWith(methods []identity.Method, verified ...identity.Kind) error {
	var all []factor.Verifier
	for _, k := range verified {
		all = append(all, anyOf(k))
	}
	kinds, err := factor.NewRegistry(all...)
	if err != nil {
		panic(err)
	}
	return checkMethods(methods, kinds)
}

// anyOf is a kind of which nothing more is asked.
type anyOf identity.Kind

func (k anyOf) Traits() factor.Traits {
	return factor.Traits{Kind: identity.Kind(k), AMR: []string{"otp"}, Fallback: identity.Kind(k) == factor.Recovery}
}

func (anyOf) Works(factor.Record) bool { return true }

func (anyOf) Verify(context.Context, factor.Attempt) factor.Result {
	return factor.Result{Verdict: factor.Rejected}
}

// SatisfiableWith reports whether the kinds pass the steps.
func SatisfiableWith(steps []identity.Step, kinds ...identity.Kind) bool {
	return satisfiable(steps, func(k identity.Kind) bool { return slices.Contains(kinds, k) })
}

// Kinds are the factors that a service judges.
func (s *Service) Kinds() []identity.Kind { return s.factors.Kinds() }

// Teach puts a verifier beside those of a service, or in the place of one of them.
func (s *Service) Teach(v factor.Verifier) {
	all := []factor.Verifier{v}
	for _, k := range s.factors.Kinds() {
		if old, _ := s.factors.Verifier(k); k != v.Traits().Kind {
			all = append(all, old)
		}
	}
	var err error
	if s.factors, err = factor.NewRegistry(all...); err != nil {
		panic(err)
	}
}

// LinkText is the text that a link was read from, written again; false if it is none.
func LinkText(text string) (string, bool) {
	l, ok := parseLink(text)
	return l.text(), ok
}

// SealLink gives a link its MAC.
func SealLink(index *seal.Ring, l identity.Link) identity.Link {
	return links{index.MAC(seal.LabelIdentityRow)}.sealed(l)
}

// DecodePolicy and EncodePolicy are the stored form of a policy.
func DecodePolicy(kind identity.PolicyKind, body []byte) (Policy, error) {
	return decodePolicy(kind, body)
}

// EncodePolicy is its other half.
func EncodePolicy(p Policy) ([]byte, error) { return encodePolicy(p) }

// Explained resolves without reading.
func (a *Accounts) Explained(view identity.TenantView, acct identity.Account, now time.Time) (Explanation, error) {
	return a.explained(view, acct, now)
}
