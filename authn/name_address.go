package authn

import (
	"context"
	"fmt"

	"github.com/axess-go/axess/session"
)

// BeginSecondAddress mails a link to an address that the signed-in person wants beside
// those that they have; it counts when they have confirmed it by
// [Accounts.ConfirmAddress]. An address of theirs that was never proven is proven this
// way too. Whether it belongs to somebody is not told: then its owner is told instead,
// and outcome, work and rows are the same. A later request replaces one that waits.
//
// Errors: ErrNamesFull; others as [Accounts.BeginAddressChange], and of its five changes
// a day.
func (a *Accounts) BeginSecondAddress(ctx context.Context, sess *session.Session, address string) (LinkSent, error) {
	sent, err := a.beginAddress(ctx, sess, beside(), address)
	if err != nil {
		return LinkSent{}, fmt.Errorf("authn: begin second address: %w", err)
	}
	return sent, nil
}

// PendingSecondAddress is the address that waits to be confirmed, as typed in this
// session; empty if none does.
func (a *Accounts) PendingSecondAddress(ctx context.Context, sess *session.Session) string {
	return pending(ctx, sess, beside())
}

// CancelSecondAddress voids the link of an address that waits. None is success. Errors:
// as [Accounts.CancelAddressChange].
func (a *Accounts) CancelSecondAddress(ctx context.Context, sess *session.Session) error {
	if err := a.cancelAddress(ctx, sess, beside()); err != nil {
		return fmt.Errorf("authn: cancel second address: %w", err)
	}
	return nil
}
