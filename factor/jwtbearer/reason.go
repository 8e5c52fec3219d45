package jwtbearer

import (
	"errors"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/jwt"
)

// Words of package audit. Whoever brought the token learns none of them.
const (
	reasonAudience  = "audience"
	reasonBinding   = "binding"
	reasonClass     = "token_class"
	reasonExpired   = "expired"
	reasonIssuer    = "issuer"
	reasonLifetime  = "lifetime"
	reasonMalformed = "malformed"
	reasonMissing   = "missing"
	reasonSignature = "signature"
	reasonTenant    = "cross_tenant"
	reasonUnlinked  = "unlinked"
)

// refused makes a result of what package jwt says. What is no refusal lets nobody in and
// charges nobody.
func refused(err error) factor.Result {
	var e *jwt.Error
	if !errors.As(err, &e) {
		return factor.Result{Verdict: factor.Unavailable, Err: err}
	}
	out := factor.Result{Verdict: factor.Rejected}
	switch e.Reason {
	case jwt.Malformed, jwt.TooLarge, jwt.AlgDenied:
		out.Reason = reasonMalformed
	case jwt.HeaderDenied:
		out.Reason = reasonClass
	case jwt.KidUnknown, jwt.KeyMismatch, jwt.Signature:
		out.Reason = reasonSignature
	case jwt.Issuer:
		out.Reason = reasonIssuer
	case jwt.Audience:
		out.Reason = reasonAudience
	case jwt.Expired:
		out.Reason = reasonExpired
	case jwt.NotYetValid, jwt.Lifetime:
		out.Reason = reasonLifetime
	case jwt.MissingClaim:
		out.Reason = reasonMissing
	case jwt.Binding:
		out.Reason = reasonBinding
	case jwt.Replayed:
		out.Verdict = factor.Replayed
	}
	return out
}
