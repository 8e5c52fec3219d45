package identity

import (
	"context"
	"fmt"

	"github.com/axess-go/axess/store"
)

// NoopAuthnLog signs people in from a store that cannot be written: events and times
// of logins are discarded (IDN-065). A change that guards something, such as the step
// of a one-time code or a try of a link, is refused as store.ErrUnavailable, for a
// code that is not spent could be used again. authn.New takes it only from a program
// that has said why it locks nobody out.
func NoopAuthnLog(l Lookup) AuthnLog { return unwritten{l} }

type unwritten struct{ Lookup }

// Record implements [AuthnLog].
func (u unwritten) Record(ctx context.Context, changes ...LogChange) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("identity: record: %w: %w", store.ErrUnavailable, context.Cause(ctx))
	}
	for i, c := range changes {
		switch c.(type) {
		case Append, RecordLogin:
			continue
		case AdvanceCredential, CountTry:
		}
		return &ChangeError{Index: i, Err: fmt.Errorf("a store that is not written: %w", store.ErrUnavailable)}
	}
	return nil
}

// IsUnwritten reports a store made by [NoopAuthnLog].
func IsUnwritten(l AuthnLog) bool {
	_, is := l.(unwritten)
	return is
}
