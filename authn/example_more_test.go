package authn_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// What a tenant offers is checked before it is stored.
func ExampleCheckMethods() {
	for _, methods := range [][]identity.Method{authn.DefaultMethods(), authn.MFAMethods()} {
		fmt.Println(authn.CheckMethods(methods), authn.PasswordAlone(methods), authn.TakesSignUps(methods))
	}

	err := authn.CheckMethods([]identity.Method{{
		Name: "passkey", Enabled: true, Steps: []identity.Step{identity.Required("passkey")},
	}})
	fmt.Println(errors.Is(err, authn.ErrKindNotConfigured))
	err = authn.CheckMethods([]identity.Method{{
		Name: "twice", Enabled: true, Steps: []identity.Step{identity.Required(factor.Password), identity.Required(factor.Password)},
	}})
	fmt.Println(err)
	// Output:
	// <nil> true true
	// <nil> false true
	// true
	// authn: method 1: identity: method invalid: step 2: required_twice
}

// The defaults of the two levers: a person, and an address.
func ExampleUserLock() {
	for _, p := range []authn.LockPolicy{authn.UserLock(), authn.AddressLock()} {
		fmt.Println(p.Threshold, "failures within", p.Window, "lock for", p.Lock, "up to", p.Cap, p.Validate())
	}
	// Output:
	// 5 failures within 1h0m0s lock for 15m0s up to 24h0m0s <nil>
	// 10 failures within 1m0s lock for 1m0s up to 15m0s <nil>
}

// A program that words its mails itself has a text for each of these.
func ExampleNoteKinds() {
	for _, kind := range authn.NoteKinds() {
		fmt.Println(kind)
	}
	// Output:
	// verify
	// already_registered
	// password_set
	// factor_added
	// factor_removed
	// sessions_ended
	// signed_in_after_lock
	// step_up_failed
	// reset
	// no_password
	// activation
	// rebind
	// factors_reset
	// factor_disabled
	// factor_reenabled
	// password_compromised
	// recovery_used
	// recovery_renewed
	// impersonated
	// address
	// address_taken
	// address_changed
	// new_device
	// address_added
	// primary_changed
	// names
	// code
}

// An account keeps the language in which it was made; its mails use it.
func ExampleWithLanguage() {
	s := newSite()
	s.request(func(ctx context.Context, sess *session.Session) {
		_, err := s.BeginSignup(authn.WithLanguage(ctx, "de"), sess, authn.NewUser{
			Email: "ada@example.org", Password: seal.NewSecret([]byte("correct horse battery staple")),
		})
		fmt.Println(err)
	})
	// Output: <nil>
}

func ExampleAccounts_BeginReset() {
	s, ctx := signedUp(), context.Background()
	_, err := s.BeginReset(ctx, "ada@example.org") // for nobody it is the same
	check(err)
	view, err := s.ViewReset(ctx, s.mailed()) // for the page; uses nothing up
	check(err)
	fmt.Println("a new password for", view.Address)
	check(s.CompleteReset(ctx, s.mailed(), seal.NewSecret([]byte("a staple that no horse has eaten"))))
	fmt.Println(errors.Is(s.CompleteReset(ctx, s.mailed(), seal.NewSecret([]byte("and once more with feeling"))), authn.ErrTokenInvalid))
	// Output:
	// a new password for a•••@example.org
	// true
}

func ExampleAccounts_BeginAddressChange() {
	s := signedUp()
	s.request(func(ctx context.Context, sess *session.Session) {
		sent, err := s.BeginAddressChange(ctx, sess, "ada@example.net") // taken or not, it is the same
		check(err)
		fmt.Println("waits for", sent.Address, "for", sent.Works)
		done, err := s.ConfirmAddress(ctx, sess, s.mailed())
		check(err)
		fmt.Println("changed, every other session ended:", done.SignedIn)
	})
	// Output:
	// waits for ada@example.net for 24h0m0s
	// changed, every other session ended: true
}

func ExampleAccounts_ChangePassword() {
	s := signedUp()
	s.request(func(ctx context.Context, sess *session.Session) {
		out, err := s.ChangePassword(ctx, sess,
			authn.Password{Secret: seal.NewSecret([]byte("correct horse battery staple"))},
			seal.NewSecret([]byte("a staple that no horse has eaten")))
		check(err)
		_, done := out.(authn.Completed)
		fmt.Println("changed, every other session ended:", done)
	})
	// Output: changed, every other session ended: true
}

// An operator looks after an account: the reason is kept with it.
func ExampleAdmin() {
	s, ctx := signedUp(), context.Background()
	admin, err := authn.NewAdmin(authn.AdminConfig{Accounts: s.Accounts})
	check(err)
	system, err := identity.System("ticket 7")
	check(err)
	order := authn.Order{Actor: system, Subject: s.subject(), Reason: "asked by phone"}
	for _, do := range []func(context.Context, authn.Order) error{
		admin.Suspend, admin.Activate, admin.ClearAttempts, admin.Archive, admin.Restore, admin.Terminate, admin.Erase,
	} {
		fmt.Println(do(ctx, order))
	}
	// It is no more.
	fmt.Println(errors.Is(admin.Suspend(ctx, order), store.ErrNotFound))
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// <nil>
	// <nil>
	// <nil>
	// <nil>
	// true
}

// An administrator makes an account; its owner gets a mail and chooses the password.
func ExampleAdmin_CreateUser() {
	s, ctx := signedUp(), context.Background()
	admin, err := authn.NewAdmin(authn.AdminConfig{Accounts: s.Accounts})
	check(err)
	system, err := identity.System("ticket 7")
	check(err)
	made, err := admin.CreateUser(ctx, authn.Order{
		Actor: system, Subject: identity.Subject{Tenant: s.subject().Tenant}, Reason: "starts on Monday",
	}, authn.NewAccount{Email: "grace@example.org", DisplayName: "Grace"})
	check(err)
	fmt.Println(admin.ResendActivation(ctx, authn.Order{Actor: system, Subject: made, Reason: "lost the mail"}))
	// Output: <nil>
}

// subject is who is signed in.
func (s *site) subject() (sub identity.Subject) {
	s.request(func(ctx context.Context, sess *session.Session) {
		acct, err := s.Self(ctx, sess)
		check(err)
		sub = acct.User.Subject()
	})
	return sub
}

func ExampleAccounts_AddUsername() {
	s := signedUp()
	s.request(func(ctx context.Context, sess *session.Session) {
		check(s.AddUsername(ctx, sess, "Lovelace"))
		acct, err := s.Self(ctx, sess)
		check(err)
		for _, name := range acct.User.Identifiers {
			fmt.Println(name.Kind, name.Canonical)
		}
		check(s.RemoveName(ctx, sess, acct.User.Identifiers[1]))
		fmt.Println(errors.Is(s.RemoveName(ctx, sess, acct.User.Identifiers[0]), authn.ErrNameNeeded))
	})
	// Output:
	// email ada@example.org
	// username lovelace
	// true
}

func ExampleAccounts_BeginSecondAddress() {
	s := signedUp()
	s.request(func(ctx context.Context, sess *session.Session) {
		_, err := s.BeginSecondAddress(ctx, sess, "ada@example.net") // taken or not, it is the same
		check(err)
		done, err := s.ConfirmAddress(ctx, sess, s.mailed()) // where she is signed in
		check(err)
		fmt.Println("beside the first:", done.Second)
		second, err := identity.NewIdentifier(identity.Email, "ada@example.net")
		check(err)
		check(s.MakePrimary(ctx, sess, second))
		acct, err := s.Self(ctx, sess)
		check(err)
		fmt.Println(acct.User.Primary().Canonical)
	})
	// Output:
	// beside the first: true
	// ada@example.net
}
