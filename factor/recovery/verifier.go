package recovery

import (
	"context"

	"github.com/axess-go/axess/factor"
)

// Traits are those of recovery codes. They prove nothing that counts: whoever comes in
// by one has to bind another factor before the login is a strong one (AUN-136).
func Traits() factor.Traits {
	return factor.Traits{Kind: factor.Recovery, AMR: []string{"otp"}, Field: factor.FieldText, Limit: maxInput, Fallback: true}
}

// Verifier is for the pipeline of package authn. It spends the code, so that each is used
// once (FAC-072).
func Verifier() factor.Verifier { return verifier{} }

type verifier struct{}

func (verifier) Traits() factor.Traits { return Traits() }

// Works reports a set that has a code left.
func (verifier) Works(r factor.Record) bool {
	rec, err := Decode(r.Body)
	return err == nil && rec.Left() > 0
}

func (verifier) Verify(_ context.Context, a factor.Attempt) factor.Result {
	held, of, broken := factor.Decoded(a.Records, Decode)
	if len(held) == 0 {
		Verify(a.Subject.User, Record{}, a.Secret) // the work of a wrong one (FAC-074)
	}
	for i, rec := range held {
		if res := Verify(a.Subject.User, rec, a.Secret); res.Verdict == factor.Accepted {
			return factor.Result{Verdict: factor.Accepted, Of: of[i], Changes: []factor.Change{{Of: of[i], Body: rec.without(res.Index).Encode()}}}
		}
	}
	return factor.Result{Verdict: factor.Rejected, Err: broken}
}
