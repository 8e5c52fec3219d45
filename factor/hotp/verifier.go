package hotp

import (
	"context"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// Verifier is a [Policy] in the pipeline of package authn. It spends the counter of a
// code and all before it (FAC-041); a wrong code counts against every token that it could
// have been of (FAC-042).
func (p Policy) Verifier() factor.Verifier { return verifier{p} }

type verifier struct{ policy Policy }

// Traits implements [factor.Verifier].
func (verifier) Traits() factor.Traits {
	return factor.Traits{Kind: factor.HOTP, Class: identity.Possession, AMR: []string{"otp"}}
}

// Works implements [factor.Verifier]: a token that has to be brought back takes no code
// before.
func (verifier) Works(r factor.Record) bool {
	rec, err := Decode(r.Body)
	return err == nil && !rec.NeedsResync()
}

func (v verifier) Verify(_ context.Context, a factor.Attempt) factor.Result {
	held, of, broken := factor.Decoded(a.Records, Decode)
	if broken != nil && len(held) == 0 {
		return factor.Result{Verdict: factor.Misconfigured, Err: broken}
	}
	res := Verify(v.policy, held, a.Secret)
	out := factor.Result{Verdict: res.Verdict, Err: broken}
	switch res.Verdict {
	case factor.Accepted:
		used := held[res.Index]
		used.Next, used.Failures = res.Counter+1, 0
		out.Of, out.Err = of[res.Index], nil
		out.Changes = []factor.Change{{Of: out.Of, Body: used.Encode()}}
	case factor.Rejected:
		for i, r := range held {
			if !r.NeedsResync() {
				r.Failures++
				out.Changes = append(out.Changes, factor.Change{Of: of[i], Body: r.Encode()})
			}
		}
	case factor.Replayed, factor.Unavailable, factor.Misconfigured:
	}
	return out
}
