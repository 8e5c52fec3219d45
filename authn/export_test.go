package authn

import (
	"context"
	"maps"
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
	return checkMethods(methods, func(k identity.Kind) bool { return slices.Contains(verified, k) })
}

// SatisfiableWith reports whether the kinds pass the steps.
func SatisfiableWith(steps []identity.Step, kinds ...identity.Kind) bool {
	return satisfiable(steps, func(k identity.Kind) bool { return slices.Contains(kinds, k) })
}

// Kinds are the factors that a service judges.
func (s *Service) Kinds() []identity.Kind { return slices.Sorted(maps.Keys(s.factors)) }

// Judged is what a verifier of a test found.
type Judged struct {
	Verdict  factor.Verdict
	Evidence identity.Evidence
	Write    *identity.AdvanceCredential
}

// Teach registers a verifier, as the table in New does for those of the build.
func (s *Service) Teach(kind identity.Kind, judge func(now time.Time, rows []identity.Credential, bodies [][]byte, in seal.Secret) Judged) {
	s.factors = maps.Clone(s.factors)
	s.factors[kind] = taught(judge)
}

type taught func(now time.Time, rows []identity.Credential, bodies [][]byte, in seal.Secret) Judged

func (taught) costly() bool { return false }

func (taught) class() identity.Class { return identity.Possession }

func (f taught) judge(_ context.Context, now time.Time, records []record, in seal.Secret) judgement {
	rows, bodies := make([]identity.Credential, len(records)), make([][]byte, len(records))
	for i, r := range records {
		rows[i], bodies[i] = r.row, r.body
	}
	j := f(now, rows, bodies, in)
	return judgement{verdict: j.Verdict, evidence: j.Evidence, write: j.Write}
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
