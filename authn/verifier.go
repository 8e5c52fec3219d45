package authn

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// judgement is what a verifier found, with the changes sealed.
type judgement struct {
	verdict  factor.Verdict
	evidence identity.Evidence
	// writes must succeed before the factor counts: a one-time value is spent by
	// them (AUN-043). None where nothing is spent. Of a rejection they count a failure.
	writes []identity.AdvanceCredential
	// used is the record that fitted, for a kind that spends nothing.
	used *factor.Record
	// rehash is the record to renew after the login, or nil (FAC-015).
	rehash *factor.Record
	reason audit.Reason // why it was rejected; empty: it did not match
	err    error
}

// judge asks a verifier, and holds it to what it may say: nobody is accepted, and no
// record that was not there.
func (s *Service) judge(ctx context.Context, v factor.Verifier, a factor.Attempt) judgement {
	t, res := v.Traits(), v.Verify(ctx, a)
	j := judgement{verdict: res.Verdict, reason: audit.Reason(res.Reason), err: res.Err}
	var used *factor.Record
	if res.Verdict == factor.Accepted {
		if res.Of >= 0 && res.Of < len(a.Records) {
			used = &a.Records[res.Of]
		}
		switch {
		case used == nil && (len(a.Records) > 0 || !t.External):
			return judgement{verdict: factor.Rejected, err: errAccepted}
		case a.User.ID.IsZero(): // of somebody whom a directory knows, and who may not sign in here
			return judgement{verdict: factor.Rejected}
		}
		j.evidence = evidenceOf(t, res, used, a.Now)
		if len(res.Changes) == 0 {
			j.used = used
		}
		if res.Renewed != nil && used != nil {
			j.rehash = &factor.Record{Credential: used.Credential, Body: res.Renewed}
		}
	}
	for _, c := range res.Changes {
		w, err := s.changed(a, c, used)
		if err != nil {
			return judgement{verdict: factor.Unavailable, err: err}
		}
		j.writes = append(j.writes, w)
	}
	return j
}

// errAccepted is a fault of a verifier.
var errAccepted = errors.New("authn: a verifier accepted what nobody has")

// changed is the next version of a record: of the one that was used, with the time.
func (s *Service) changed(a factor.Attempt, c factor.Change, used *factor.Record) (identity.AdvanceCredential, error) {
	defer clear(c.Body)
	if c.Of < 0 || c.Of >= len(a.Records) {
		return identity.AdvanceCredential{}, errAccepted
	}
	of := &a.Records[c.Of]
	row := of.Credential
	row.Version++
	if of == used {
		row.LastUsedAt = a.Now
	}
	row, err := s.vault.Seal(row, c.Body)
	return identity.AdvanceCredential{Credential: row}, err
}

func evidenceOf(t factor.Traits, res factor.Result, used *factor.Record, at time.Time) identity.Evidence {
	e := identity.Evidence{Kind: t.Kind, At: at, AMR: t.AMR, Class: t.Class}
	if used != nil {
		e.Credential = used.Credential.ID
	}
	if res.Class != 0 {
		e.Class = res.Class
	}
	if len(res.AMR) > 0 {
		e.AMR = res.AMR
	}
	return e
}

// open returns the usable credentials of a kind, those that existed before a flow began
// (FAC-007), or all for the zero time: the clock of the server that made one may be
// ahead of this one's. A row that fails its MAC or does not open is absent, and alarms.
func (s *Service) open(ctx context.Context, acct identity.Account, kind identity.Kind, before time.Time) []factor.Record {
	var out []factor.Record
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
		out = append(out, factor.Record{Credential: row, Body: body})
	}
	return out
}

// openHeld are the credentials of a kind that somebody could have again: those that
// are switched off, too.
func (s *Service) openHeld(ctx context.Context, acct identity.Account, kind identity.Kind) []factor.Record {
	var out []factor.Record
	for _, row := range acct.Credentials {
		if row.Kind != kind {
			continue
		}
		body, err := s.vault.Open(row)
		if err != nil {
			s.alarm(ctx, alarmUnreadable, err)
			continue
		}
		out = append(out, factor.Record{Credential: row, Body: body})
	}
	return out
}

// Factor is what a page must know of a kind; zero for one that nobody verifies here.
func (s *Service) Factor(kind identity.Kind) factor.Traits { return s.factors.Traits(kind) }

// working counts the credentials of a kind that could pass, but for one.
func (s *Service) working(ctx context.Context, acct identity.Account, kind identity.Kind, but identity.CredentialID) (n int) {
	v, ok := s.factors.Verifier(kind)
	if !ok {
		return 0
	}
	for _, r := range s.open(ctx, acct, kind, time.Time{}) {
		if r.Credential.ID != but && v.Works(r) {
			n++
		}
	}
	return n
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

// withoutRecord reports that somebody has a factor that needs no record, and has not
// passed a step by it.
func (s *Service) withoutRecord(acct identity.Account, kind identity.Kind, done []identity.Evidence) bool {
	v, _ := s.factors.Verifier(kind)
	h, ok := v.(factor.Holder)
	if !ok || slices.ContainsFunc(done, func(e identity.Evidence) bool { return e.Kind == kind && e.Credential.IsZero() }) {
		return false
	}
	return h.Holds(s.without(acct))
}

// without is what a verifier is asked about somebody who presents nothing.
func (s *Service) without(acct identity.Account) factor.Attempt {
	return factor.Attempt{
		Now: s.clock.Now(), Subject: acct.User.Subject(), Identifier: acct.User.Primary().Typed, User: acct.User, Links: s.genuine(acct),
	}
}

// spent reports whether a credential has passed a step of the flow: two steps that
// take the same kind take two credentials (AUN-I0).
func spent(done []identity.Evidence, id identity.CredentialID) bool {
	return slices.ContainsFunc(done, func(e identity.Evidence) bool { return e.Credential == id })
}
