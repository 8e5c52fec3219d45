package authn

import (
	"context"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// passwordVerifier spends nothing: a password may be used again.
type passwordVerifier struct {
	hasher  *password.Hasher
	entropy entropy.Source
}

func (passwordVerifier) costly() bool { return true }

func (passwordVerifier) class() identity.Class {
	return password.Evidence(identity.CredentialID{}, time.Time{}).Class
}

func (v passwordVerifier) judge(_ context.Context, now time.Time, records []record, in seal.Secret) judgement {
	if len(records) == 0 {
		return judgement{verdict: v.hasher.Dummy(in).Verdict}
	}
	held := records[0]
	res := v.hasher.Verify(held.body, in)
	j := judgement{verdict: res.Verdict}
	if res.Corrupt {
		j.err = password.ErrCorrupt
	}
	if res.Verdict != factor.Accepted {
		return j
	}
	j.evidence = password.Evidence(held.row.ID, now)
	j.used = &held
	if res.Rehash {
		if body, err := v.hasher.Hash(v.entropy, in); err == nil {
			j.rehash = &record{held.row, password.Renew(held.body, body)}
		}
	}
	return j
}

// totpVerifier spends the time step of the code, so that one code signs in once
// (FAC-032).
type totpVerifier struct {
	policy totp.Policy
	vault  *factor.Vault
}

func (totpVerifier) costly() bool { return false }

func (totpVerifier) class() identity.Class {
	return totp.Evidence(identity.CredentialID{}, time.Time{}).Class
}

func (v totpVerifier) judge(_ context.Context, now time.Time, records []record, in seal.Secret) judgement {
	held := make([]totp.Record, 0, len(records))
	rows := make([]identity.Credential, 0, len(records))
	var broken error
	for _, r := range records {
		rec, err := totp.Decode(r.body)
		if err != nil {
			broken = err
			continue
		}
		held, rows = append(held, rec), append(rows, r.row)
	}
	if broken != nil && len(held) == 0 {
		return judgement{verdict: factor.Misconfigured, err: broken}
	}
	res := totp.Verify(now, v.policy, held, in)
	if res.Verdict != factor.Accepted {
		return judgement{verdict: res.Verdict, err: broken}
	}
	row := rows[res.Index]
	write, err := totp.Advance(v.vault, row, held[res.Index], res.Step, now)
	if err != nil {
		return judgement{verdict: factor.Unavailable, err: err}
	}
	return judgement{verdict: factor.Accepted, evidence: totp.Evidence(row.ID, now), write: &write}
}
