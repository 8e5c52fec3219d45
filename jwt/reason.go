package jwt

import "errors"

// What an error of this package means for the caller.
var (
	// ErrRejected: the token was judged and refused. Every [*Error] is one.
	ErrRejected = errors.New("jwt: token refused")
	// ErrUnavailable: the token could not be judged, because keys or the replay store
	// could not be had. It says nothing about the token, and lets nobody in.
	ErrUnavailable = errors.New("jwt: token could not be judged")
	// ErrEncrypted: the token is a JWE, which nobody here opens. Its [Reason] is
	// [Malformed].
	ErrEncrypted = errors.New("jwt: token is encrypted")
)

// Reason says why a token was refused. The set is closed; its words are for logs and
// metrics, never for the one who brought the token.
type Reason string

// The reasons.
const (
	Malformed    Reason = "malformed"     // not three parts of canonical base64url, or not strict JSON
	TooLarge     Reason = "too_large"     // longer than Config.MaxSize
	AlgDenied    Reason = "alg_denied"    // an algorithm that is not allowed
	HeaderDenied Reason = "header_denied" // a header member or type that is not allowed
	KidUnknown   Reason = "kid_unknown"   // no key of that name, or no name and several keys
	KeyMismatch  Reason = "key_mismatch"  // the key of that name is for another algorithm
	Signature    Reason = "signature"     // not signed with any key that may have
	Issuer       Reason = "issuer"        // of another issuer
	Audience     Reason = "audience"      // for somebody else
	Expired      Reason = "expired"       // past exp
	NotYetValid  Reason = "not_yet_valid" // before nbf, or iat in the future
	Lifetime     Reason = "lifetime"      // lives too long, or is too old
	MissingClaim Reason = "missing_claim" // a claim is absent, empty or of the wrong type
	Replayed     Reason = "replayed"      // its jti was used before
	Binding      Reason = "binding"       // for who holds another key, or bound in a way that cannot be checked
)

// Error is the refusal of a token. It repeats nothing of the token.
type Error struct {
	Reason Reason
	// Claim names the claim or header member in question, from the names that this
	// package knows or was configured with. It may be empty.
	Claim string
	cause error
}

// Error implements error.
func (e *Error) Error() string {
	s := "jwt: " + string(e.Reason)
	if e.Claim != "" {
		s += " (" + e.Claim + ")"
	}
	return s
}

// Is makes every refusal an [ErrRejected].
func (e *Error) Is(target error) bool { return target == ErrRejected }

// Unwrap returns the error of the part that refused, if that says more.
func (e *Error) Unwrap() error { return e.cause }

func refuse(r Reason, claim string) error { return &Error{Reason: r, Claim: claim} }
