// Package changeset says what each change of identity.Apply does: to which rows,
// under which condition, and with which error if it does not hold. Memory and
// Valkey share it; SQL says the same in statements.
//
// A [Set] is checked change by change against tables that it only reads, each
// change seeing the ones before it. When the last has passed, the backend makes
// what is staged, in its own atomic step:
//
//	set := changeset.New(tables)
//	for i, c := range changes {
//		if err := set.Change(c); err != nil {
//			return &identity.ChangeError{Index: i, Err: err}
//		}
//	}
//	set.Users.Each(func(s identity.Subject, u *changeset.User, gone bool) { … })
//
// Rows are immutable: a change replaces a row by a changed copy, so that what is
// staged shares nothing with what readers see.
//
// It holds no data, takes no lock and does no I/O, and it does not look at the form
// of a change: internal/portargs has refused what is malformed.
//
// Requirements: IDN-060 and IDN-066, by way of the backends.
package changeset
