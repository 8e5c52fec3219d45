package authn

import (
	"context"
	"errors"
	"fmt"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// SetLanguage keeps the language that the signed-in person reads, as a BCP 47
// tag; empty forgets it. Mails to them use it (UIX-086). It is theirs to choose:
// somebody who acts for them is refused.
//
// Errors: ErrNotAuthenticated, ErrImpersonating, *FieldError for what is no tag, store errors.
func (a *Accounts) SetLanguage(ctx context.Context, sess *session.Session, tag string) error {
	if err := identity.CheckLanguage(tag); err != nil {
		return fieldError("language", "is not a language tag")
	}
	if err := themselves(loginOf(sess.State()), "set language"); err != nil {
		return err
	}
	acct, err := a.Self(ctx, sess)
	if err != nil {
		return err
	}
	u := acct.User
	if u.Language == tag {
		return nil
	}
	changes := append([]identity.Change{
		identity.SetLanguage{Subject: u.Subject(), Language: tag, By: u.ID, At: a.clock.Now()},
	}, a.events.changes(a.events.languageSet(ctx, u))...)
	err = a.admin.Apply(ctx, changes...)
	if errors.Is(err, store.ErrNotFound) {
		return ErrNotAuthenticated // erased since it was read
	}
	if err != nil {
		return fmt.Errorf("authn: set language: %w", err)
	}
	return nil
}
