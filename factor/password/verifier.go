package password

import (
	"context"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// Verifier is a [Hasher] in the pipeline of package authn. It spends nothing: a password
// may be used again.
func (h *Hasher) Verifier(src entropy.Source) factor.Verifier { return verifier{h, src} }

type verifier struct {
	hasher  *Hasher
	entropy entropy.Source
}

// Traits implements [factor.Verifier].
func (verifier) Traits() factor.Traits {
	return factor.Traits{
		Kind: factor.Password, Class: identity.Knowledge, AMR: []string{"pwd"},
		Field: factor.FieldPassword, Limit: MaxBytes, Costly: true,
	}
}

// Works implements [factor.Verifier]: any record may be told apart from none only by
// hashing.
func (verifier) Works(factor.Record) bool { return true }

func (v verifier) Verify(_ context.Context, a factor.Attempt) factor.Result {
	if len(a.Records) == 0 {
		return factor.Result{Verdict: v.hasher.Dummy(a.Secret).Verdict}
	}
	held := a.Records[0].Body
	res := v.hasher.Verify(a.Now, held, a.Secret)
	out := factor.Result{Verdict: res.Verdict}
	if res.Corrupt {
		out.Err = ErrCorrupt
	}
	if res.Verdict == factor.Accepted && res.Rehash {
		if next, err := v.hasher.Hash(v.entropy, a.Secret); err == nil {
			out.Renewed = Renew(held, next)
		}
	}
	return out
}
