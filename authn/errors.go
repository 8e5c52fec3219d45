package authn

import (
	"errors"
	"fmt"
)

// Errors for programming and infrastructure faults and for flows that are not
// where the caller thinks; what a person can cause by typing is an outcome.
var (
	// ErrNoFlow means that no login is in progress in this session.
	ErrNoFlow = errors.New("authn: no login in progress")
	// ErrFlowExpired means that the login took longer than its deadline.
	ErrFlowExpired = errors.New("authn: login took too long")
	// ErrStepMismatch means that the credential is of a kind that the current
	// step does not ask for. Nothing was evaluated or charged.
	ErrStepMismatch = errors.New("authn: not what this step asks for")
	// ErrFlowSuperseded means that the flow was overtaken: a revocation, another
	// tab, a finished login.
	ErrFlowSuperseded = errors.New("authn: login was overtaken")
	// ErrMethodUnknown means that the method is not on the menu.
	ErrMethodUnknown = errors.New("authn: no such method on the menu")
	// ErrTokenInvalid means that a link is malformed, unknown, expired, used or
	// for another purpose; the cases are not told apart.
	ErrTokenInvalid = errors.New("authn: link is not valid")
	// ErrNotAuthenticated means that the verb needs a signed-in person.
	ErrNotAuthenticated = errors.New("authn: not signed in")
	// ErrImpersonating means that the verb is for the person themselves, and somebody
	// acts in their name (AUN-142).
	ErrImpersonating = errors.New("authn: somebody acts in this person's name")
	// ErrNoEnrolment means that no enrolment is in progress, or it has expired.
	ErrNoEnrolment = errors.New("authn: no enrolment in progress")
	// ErrSignUpClosed means that this program does not take sign-ups.
	ErrSignUpClosed = errors.New("authn: sign-up is closed")
	// ErrSignedIn means that somebody is signed in here, who would have to sign
	// out first.
	ErrSignedIn = errors.New("authn: somebody is signed in")
	// ErrLastFactor means that the person could not sign in without the credential
	// that was to be removed.
	ErrLastFactor = errors.New("authn: signing in needs this credential")
	// ErrNoAddress means that the account has no address that is proven to be its
	// owner's, so no link can be sent to it.
	ErrNoAddress = errors.New("authn: no address of this account is confirmed")
	// ErrLimit means that the person has as many credentials of a kind as allowed.
	ErrLimit = errors.New("authn: no more credentials of this kind")
)

// RevocationError means that a verb which promises to end sessions is half done.
// Err says why the rest is not, and is found by errors.Is. Calling the verb again
// does no harm.
type RevocationError struct {
	// Changed: what the verb was to change is changed, and stays so.
	Changed bool
	// Revoked: the sessions that it was to end have ended. False means that they
	// will: the raise of the epoch is owed and will be made.
	Revoked bool
	Err     error
}

// Error implements error.
func (e *RevocationError) Error() string {
	switch {
	case e.Changed && e.Revoked:
		return fmt.Sprintf("authn: changed and sessions ended, this one could not go on: %v", e.Err)
	case e.Changed:
		return fmt.Sprintf("authn: changed, the end of the sessions is not acknowledged: %v", e.Err)
	}
	return fmt.Sprintf("authn: sessions ended, this one was not put away: %v", e.Err)
}

// Unwrap returns the cause.
func (e *RevocationError) Unwrap() error { return e.Err }

// FieldError names the input or setting that is wrong, and the rule it breaks.
// It never echoes the value.
type FieldError struct{ Field, Rule string }

// Error implements error.
func (e *FieldError) Error() string { return fmt.Sprintf("authn: %s %s", e.Field, e.Rule) }

func fieldError(field, rule string) error { return &FieldError{field, rule} }
