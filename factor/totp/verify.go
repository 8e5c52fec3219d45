package totp

import (
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/oath"
	"github.com/axess-go/axess/seal"
)

// Result is the answer of [Verify].
type Result struct {
	// Verdict is Accepted, Rejected, Replayed (a right code of a step that is
	// not later than the last one used), or Misconfigured when there are records
	// and none of them can be judged.
	Verdict factor.Verdict
	// Index and Step say which record matched, and when the code was made;
	// meaningful with Accepted and Replayed.
	Index int
	Step  int64
}

// Verify checks a code against all authenticator apps of a user. For every
// record all steps within the skew are computed and compared in constant time;
// of the steps that match, the smallest later than the record's last one counts
// (FAC-031). Without records it does the work of one and rejects.
//
// Accepted is not yet a sign-in: that is the write of [Advance].
func Verify(now time.Time, p Policy, records []Record, input seal.Secret) Result {
	if p.Validate() != nil {
		return Result{Verdict: factor.Misconfigured}
	}
	p = p.filled()
	c, ok := oath.Parse(input)
	if !ok || now.Unix() < 0 {
		// Nothing of it depends on the user: known and unknown answer alike.
		return Result{Verdict: factor.Rejected}
	}
	out, judged := Result{Verdict: factor.Misconfigured}, false
	for i, r := range records {
		if r.check() != nil {
			continue
		}
		one := r.match(now, p.Skew, c)
		one.Index = i
		if !judged || weight(one.Verdict) > weight(out.Verdict) {
			out, judged = one, true
		}
	}
	if judged {
		// Also where another record could not be judged: Misconfigured is not
		// charged, and one broken record must not make guessing at the others
		// free.
		return out
	}
	decoy := Record{Algorithm: p.Algorithm, Digits: p.Digits, Period: p.Period, Seed: seal.NewSecret(make([]byte, p.Algorithm.SeedSize()))}
	decoy.match(now, p.Skew, c)
	if len(records) == 0 {
		out.Verdict = factor.Rejected
	}
	return out
}

// weight orders the answers of several records: the one that says most wins, of
// equals the first.
func weight(v factor.Verdict) int {
	switch v {
	case factor.Accepted:
		return 2
	case factor.Replayed:
		return 1
	case factor.Rejected, factor.Misconfigured, factor.Unavailable:
	}
	return 0
}

// generate is the code of a time step (RFC 6238 §4.2).
func (r Record) generate(step int64) int32 {
	return oath.Generate(r.Algorithm, r.Seed, r.Digits, uint64(step))
}

func (r Record) match(now time.Time, skew int, c oath.Code) Result {
	present := now.Unix() / int64(r.Period)
	out := Result{Verdict: factor.Rejected}
	for step := present - int64(skew); step <= present+int64(skew); step++ {
		if c.Is(r.generate(step), r.Digits) != 1 || step < 0 {
			continue
		}
		if step > r.LastStep {
			if out.Verdict != factor.Accepted { // the smallest stays
				out = Result{Verdict: factor.Accepted, Step: step}
			}
		} else { // before any that is accepted: steps rise
			out = Result{Verdict: factor.Replayed, Step: step}
		}
	}
	return out
}

// ErrStep answers a step that is not later than the record's last one.
var ErrStep = errors.New("totp: step is not later than the last")

// Advance makes the change that uses up an accepted code: the row with its last
// step moved to step, conditioned on the version that was verified. Recording it
// answers store.ErrConflict to all but one of any number of attempts with one
// code: those were replays (FAC-032, AUN-043). Errors: [ErrStep], and those of
// factor.Vault.Seal.
func Advance(v *factor.Vault, row identity.Credential, r Record, step int64, now time.Time) (identity.AdvanceCredential, error) {
	if step <= r.LastStep {
		return identity.AdvanceCredential{}, ErrStep
	}
	r.LastStep = step
	row.Version++
	row.LastUsedAt = now
	body := r.Encode()
	defer clear(body)
	row, err := v.Seal(row, body)
	if err != nil {
		return identity.AdvanceCredential{}, fmt.Errorf("totp: advance: %w", err)
	}
	return identity.AdvanceCredential{Credential: row}, nil
}

// Confirm checks the first code of a new credential and returns the record to
// store. The code is used up by it: it does not sign in (FAC-032). With any
// verdict but Accepted the record comes back as it was.
func Confirm(now time.Time, p Policy, r Record, input seal.Secret) (Record, factor.Verdict) {
	res := Verify(now, p, []Record{r}, input)
	if res.Verdict == factor.Accepted {
		r.LastStep = res.Step
	}
	return r, res.Verdict
}

// Evidence is what an accepted code proves: possession, with the RFC 8176
// reference "otp".
func Evidence(credential identity.CredentialID, at time.Time) identity.Evidence {
	return identity.Evidence{Kind: factor.TOTP, At: at, Credential: credential, AMR: []string{"otp"}, Class: identity.Possession}
}
