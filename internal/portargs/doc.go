// Package portargs refuses malformed calls of the ports to persistence, in one
// way for every backend: what is refused here never reaches a lock or a wire.
//
// It checks form alone. Whether a user exists or a version still holds is a
// condition, and only the backend can judge it in its atomic step.
//
//	if err := portargs.Change(c); err != nil {
//		return &identity.ChangeError{Index: i, Err: err}
//	}
//
// The errors are store.ErrBadArgument, store.ErrTooLarge and
// identity.ErrInvalidID; none carries a value.
//
// Requirements: STO-006, SES-100, IDN-004, by way of the backends.
package portargs
