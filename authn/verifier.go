package authn

import (
	"context"
	"slices"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// record is a credential row with its body opened.
type record struct {
	row  identity.Credential
	body []byte
}

// judgement is what a verifier found.
type judgement struct {
	verdict  factor.Verdict
	evidence identity.Evidence
	// write must succeed before the factor counts: a one-time value is spent by
	// it (AUN-043). Nil where nothing is spent.
	write *identity.AdvanceCredential
	// used is the record that fitted, for a kind that spends nothing.
	used *record
	// rehash is the record to renew after the login, or nil (FAC-015).
	rehash *record
	err    error
}

// verifier adapts one factor package to the pipeline. It judges; it neither
// stores nor decides.
type verifier interface {
	// costly kinds pass the hash gate before anything is charged (FAC-013).
	costly() bool
	// class is what the evidence of this kind proves.
	class() identity.Class
	// judge does the same work for no records as for a wrong credential.
	judge(ctx context.Context, now time.Time, records []record, in seal.Secret) judgement
}

// open returns the usable credentials of a kind, those that existed before a flow began
// (FAC-007), or all for the zero time: the clock of the server that made one may be
// ahead of this one's. A row that fails its MAC or does not open is absent, and alarms.
func (s *Service) open(ctx context.Context, acct identity.Account, kind identity.Kind, before time.Time) []record {
	var out []record
	for _, row := range acct.Credentials {
		// A flow remembers its start in whole milliseconds (SES-230): who signs in
		// within the one in which the credential was made did not begin before it.
		if row.Kind != kind || row.State != identity.CredentialActive || !before.IsZero() && row.CreatedAt.Truncate(time.Millisecond).After(before) {
			continue
		}
		body, err := s.vault.Open(row)
		if err != nil {
			s.alarm(ctx, alarmUnreadable, err)
			continue
		}
		out = append(out, record{row, body})
	}
	return out
}

// openHeld are the credentials of a kind that somebody could have again: those that
// are switched off, too.
func (s *Service) openHeld(ctx context.Context, acct identity.Account, kind identity.Kind) []record {
	var out []record
	for _, row := range acct.Credentials {
		if row.Kind != kind {
			continue
		}
		body, err := s.vault.Open(row)
		if err != nil {
			s.alarm(ctx, alarmUnreadable, err)
			continue
		}
		out = append(out, record{row, body})
	}
	return out
}

// holds reports whether the account has a credential of a kind, usable or not.
func holds(acct identity.Account, kind identity.Kind) bool {
	return slices.ContainsFunc(acct.Credentials, func(c identity.Credential) bool { return c.Kind == kind })
}

// enrolled reports whether the account has a usable credential of a kind that has
// not passed an earlier step.
func enrolled(acct identity.Account, kind identity.Kind, done []identity.Evidence) bool {
	return slices.ContainsFunc(acct.Credentials, func(c identity.Credential) bool {
		return c.Kind == kind && c.State == identity.CredentialActive && !spent(done, c.ID)
	})
}

// spent reports whether a credential has passed a step of the flow: two steps that
// take the same kind take two credentials (AUN-I0).
func spent(done []identity.Evidence, id identity.CredentialID) bool {
	return slices.ContainsFunc(done, func(e identity.Evidence) bool { return e.Credential == id })
}
