package totp

import (
	"context"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// Verifier is a [Policy] in the pipeline of package authn. It spends the time step of a
// code, so that one code signs in once (FAC-032).
func (p Policy) Verifier() factor.Verifier { return verifier{p} }

type verifier struct{ policy Policy }

// Traits implements [factor.Verifier].
func (verifier) Traits() factor.Traits {
	return factor.Traits{Kind: factor.TOTP, Class: identity.Possession, AMR: []string{"otp"}}
}

func (verifier) Works(r factor.Record) bool {
	_, err := Decode(r.Body)
	return err == nil
}

func (v verifier) Verify(_ context.Context, a factor.Attempt) factor.Result {
	held, of, broken := factor.Decoded(a.Records, Decode)
	if broken != nil && len(held) == 0 {
		return factor.Result{Verdict: factor.Misconfigured, Err: broken}
	}
	res := Verify(a.Now, v.policy, held, a.Secret)
	if res.Verdict != factor.Accepted {
		return factor.Result{Verdict: res.Verdict, Err: broken}
	}
	used := held[res.Index]
	used.LastStep = res.Step
	return factor.Result{Verdict: factor.Accepted, Of: of[res.Index], Changes: []factor.Change{{Of: of[res.Index], Body: used.Encode()}}}
}
