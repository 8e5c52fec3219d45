package authn_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// mask says what a verb does while an administrator acts as somebody: how it is
// called, and whether it is refused. A verb that needs no session has no call: it
// cannot tell who asks.
type mask struct {
	call    func(ctx context.Context, s *session.Session) error
	refused bool
	leaves  bool // the session is another one afterwards
}

func refused(f func(context.Context, *session.Session) error) mask {
	return mask{call: f, refused: true}
}

func allowed(f func(context.Context, *session.Session) error) mask { return mask{call: f} }

func leaves(f func(context.Context, *session.Session) error) mask { return mask{call: f, leaves: true} }

// after drops what a verb answers besides its error.
func after[T any](_ T, err error) error { return err }

// masks are all verbs of Accounts. theirs is a session of the person, app a factor.
func masks(a *authn.Accounts, theirs session.Ref, app identity.CredentialID) map[string]mask {
	type sess = *session.Session
	token := strings.Repeat("A", 64)
	fresh := authn.Requirement{AnyOf: []identity.Kind{factor.Password}}
	return map[string]mask{
		// Credentials, sessions and settings of the person.
		"BeginTOTP":   refused(func(ctx context.Context, s sess) error { return after(a.BeginTOTP(ctx, s)) }),
		"PendingTOTP": refused(func(ctx context.Context, s sess) error { return after(a.PendingTOTP(ctx, s)) }),
		"ConfirmTOTP": refused(func(ctx context.Context, s sess) error {
			return after(a.ConfirmTOTP(ctx, s, code("123456"), "mine"))
		}),
		"AddFactor": refused(func(ctx context.Context, s sess) error {
			return after(a.AddFactor(ctx, s, authn.NewFactor{Kind: paper, Body: []byte("apple-7")}, listed("apple-7")))
		}),
		"RemoveFactor": refused(func(ctx context.Context, s sess) error {
			return after(a.RemoveFactor(ctx, s, app))
		}),
		"RemoveTOTP": refused(func(ctx context.Context, s sess) error {
			return after(a.RemoveTOTP(ctx, s, app))
		}),
		"ChangePassword": refused(func(ctx context.Context, s sess) error {
			return after(a.ChangePassword(ctx, s, pw(goodPassword), secret("another fine passphrase")))
		}),
		"BeginAddressChange": refused(func(ctx context.Context, s sess) error {
			return after(a.BeginAddressChange(ctx, s, "mallory@example.net"))
		}),
		"CancelAddressChange": refused(a.CancelAddressChange),
		"BeginSecondAddress": refused(func(ctx context.Context, s sess) error {
			return after(a.BeginSecondAddress(ctx, s, "mallory@example.net"))
		}),
		"CancelSecondAddress":  refused(a.CancelSecondAddress),
		"PendingSecondAddress": allowed(func(ctx context.Context, s sess) error { return unless(a.PendingSecondAddress(ctx, s) == "") }),
		"AddUsername":          refused(func(ctx context.Context, s sess) error { return a.AddUsername(ctx, s, "mallory") }),
		"RemoveName":           refused(func(ctx context.Context, s sess) error { return a.RemoveName(ctx, s, named(identity.Email, bob)) }),
		"MakePrimary":          refused(func(ctx context.Context, s sess) error { return a.MakePrimary(ctx, s, named(identity.Email, bob)) }),
		"PendingAddress":       allowed(func(ctx context.Context, s sess) error { return unless(a.PendingAddress(ctx, s) == "") }),
		"SetLanguage":          refused(func(ctx context.Context, s sess) error { return a.SetLanguage(ctx, s, "de") }),
		"LogoutOthers":         refused(a.LogoutOthers),
		"LogoutEverywhere":     refused(a.LogoutEverywhere),
		"RevokeSession":        refused(func(ctx context.Context, s sess) error { return a.RevokeSession(ctx, s, theirs) }),
		// What an administrator may look at.
		"Self":           allowed(func(ctx context.Context, s sess) error { return after(a.Self(ctx, s)) }),
		"History":        allowed(func(ctx context.Context, s sess) error { return after(a.History(ctx, s, authn.HistoryQuery{})) }),
		"ActiveSessions": allowed(func(ctx context.Context, s sess) error { return after(a.ActiveSessions(ctx, s, session.Ref{}, 10)) }),
		// What proves nothing in the person's name.
		"Meets": allowed(func(_ context.Context, s sess) error { return unless(!a.Meets(s.State(), fresh)) }),
		"RequireStepUp": allowed(func(ctx context.Context, s sess) error {
			out, err := a.RequireStepUp(ctx, s, fresh)
			return errors.Join(err, unless(is[authn.StepUpImpossible](out)))
		}),
		"AbandonStepUp": allowed(a.AbandonStepUp),
		"VerifyFactor":  allowed(func(ctx context.Context, s sess) error { return fails(after(a.VerifyFactor(ctx, s, pw(goodPassword)))) }),
		"PrepareFactorAgain": allowed(func(ctx context.Context, s sess) error {
			return fails(after(a.PrepareFactorAgain(ctx, s, factor.TOTP)))
		}),
		"PrepareFactor": allowed(func(ctx context.Context, s sess) error { return fails(after(a.PrepareFactor(ctx, s, factor.TOTP))) }),
		"SelectMethod":  allowed(func(ctx context.Context, s sess) error { return fails(after(a.SelectMethod(ctx, s, "password"))) }),
		"BeginLogin": allowed(func(ctx context.Context, s sess) error {
			out, err := a.BeginLogin(ctx, s, authn.LoginRequest{Identifier: ada, Switch: true})
			return errors.Join(err, unless(is[authn.AlreadyAuthenticated](out)))
		}),
		// What is about whoever a mailed link is for, and asks for that link.
		"BeginSignup": allowed(func(ctx context.Context, s sess) error {
			return fails(after(a.BeginSignup(ctx, s, authn.NewUser{Email: "new@example.org", DisplayName: "New", Password: secret(goodPassword)})))
		}),
		"ViewLink": allowed(func(ctx context.Context, s sess) error { return fails(after(a.ViewLink(ctx, s, token))) }),
		"ConfirmSignup": allowed(func(ctx context.Context, s sess) error {
			return fails(after(a.ConfirmSignup(ctx, s, token, secret(""))))
		}),
		"CompleteSignup": allowed(func(ctx context.Context, s sess) error {
			return fails(after(a.CompleteSignup(ctx, s, token, code("123456"))))
		}),
		"ViewRebind": allowed(func(ctx context.Context, s sess) error { return fails(after(a.ViewRebind(ctx, s, token))) }),
		"BeginRebind": allowed(func(ctx context.Context, s sess) error {
			return fails(after(a.BeginRebind(ctx, s, token, pw(goodPassword))))
		}),
		"CompleteRebind": allowed(func(ctx context.Context, s sess) error {
			return fails(after(a.CompleteRebind(ctx, s, token, code("123456"))))
		}),
		// What goes on with a login that is not there yet.
		"PendingEnrolment": allowed(func(ctx context.Context, s sess) error { return fails(after(a.PendingEnrolment(ctx, s))) }),
		"RenewEnrolment":   allowed(func(ctx context.Context, s sess) error { return fails(after(a.RenewEnrolment(ctx, s))) }),
		"CompleteEnrolment": allowed(func(ctx context.Context, s sess) error {
			return fails(after(a.CompleteEnrolment(ctx, s, code("123456"))))
		}),
		"ViewRecovery":  allowed(func(ctx context.Context, s sess) error { return fails(after(a.ViewRecovery(ctx, s))) }),
		"RenewRecovery": allowed(func(ctx context.Context, s sess) error { return fails(a.RenewRecovery(ctx, s)) }),
		"CompleteRecovery": allowed(func(ctx context.Context, s sess) error {
			return fails(after(a.CompleteRecovery(ctx, s, code("123456"))))
		}),
		"KeepFactors": allowed(func(ctx context.Context, s sess) error { return fails(after(a.KeepFactors(ctx, s))) }),
		// Codes that somebody was shown are in the session that made them, which is none of these.
		"NewCodes":        allowed(func(ctx context.Context, s sess) error { return fails(after(a.NewCodes(ctx, s))) }),
		"CodesKept":       allowed(a.CodesKept),
		"ReplaceCodes":    refused(func(ctx context.Context, s sess) error { return after(a.ReplaceCodes(ctx, s)) }),
		"ViewReplacement": allowed(func(ctx context.Context, s sess) error { return fails(after(a.ViewReplacement(ctx, s))) }),
		"ReplacePassword": allowed(func(ctx context.Context, s sess) error {
			return fails(after(a.ReplacePassword(ctx, s, secret("another fine passphrase"))))
		}),
		"ViewClaim":  allowed(func(ctx context.Context, s sess) error { return fails(after(a.ViewClaim(ctx, s, token))) }),
		"BeginClaim": allowed(func(ctx context.Context, s sess) error { return fails(a.BeginClaim(ctx, s, token, authn.NewUser{})) }),
		"CompleteClaim": allowed(func(ctx context.Context, s sess) error {
			return fails(after(a.CompleteClaim(ctx, s, token, code("123456"))))
		}),
		"ViewAddress":    allowed(func(ctx context.Context, s sess) error { return fails(after(a.ViewAddress(ctx, s, token))) }),
		"ConfirmAddress": allowed(func(ctx context.Context, s sess) error { return fails(after(a.ConfirmAddress(ctx, s, token))) }),
		// The way out.
		"EndImpersonation": leaves(a.EndImpersonation),
		"Logout":           leaves(a.Logout),

		"LinkLife": {}, "ResetLife": {}, "SignUp": {}, "PasswordPolicy": {}, "PasswordPolicyFor": {}, "Templates": {}, "Peppers": {}, "Factor": {}, "DecoyPasskeys": {}, "PasswordServes": {}, "Strongest": {}, "Roles": {}, "CodesLeft": {},
		"ViewUndo": {}, "UndoAddress": {}, "BeginReset": {}, "ViewReset": {}, "CompleteReset": {}, "ClaimLink": {}, "CheckClaim": {}, "GrantRole": {}, "RevokeRole": {}, "TellNewBrowsers": {},
		"Kinds": {}, "Teach": {}, "Explained": {}, // of export_test.go
	}
}

func unless(ok bool) error {
	if ok {
		return nil
	}
	return errors.New("not what it should answer")
}

func fails(err error) error { return unless(err != nil) }

// AUN-142: a verb that an administrator could use in somebody's name is on the list
// with what it answers, or this test fails.
func TestMask_lists_every_verb(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	theirs := s.browser().signIn(bob)
	s.app(s.bob)
	app := s.apps(bob)[0]
	must(t, s.begins(s.as(s.bob), s.approved()))
	list := masks(s.accounts, theirs.ref(), app)
	typ := reflect.TypeFor[*authn.Accounts]()
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		is, ok := list[m.Name]
		if !ok {
			t.Errorf("%s: what does it do while somebody acts as somebody else?", m.Name)
			continue
		}
		delete(list, m.Name)
		takes := false
		for j := range m.Type.NumIn() {
			takes = takes || m.Type.In(j) == reflect.TypeFor[*session.Session]()
		}
		if takes && is.call == nil {
			t.Errorf("%s takes a session and is not called", m.Name)
		}
		if is.call == nil {
			continue
		}
		before, _ := s.account(bob)
		var err error
		s.b.do(func(ctx context.Context, sess *session.Session) { err = is.call(ctx, sess) })
		if is.refused != errors.Is(err, authn.ErrImpersonating) || !is.refused && err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
		name, actor := s.actor()
		if is.leaves {
			if !actor.IsZero() {
				t.Errorf("%s: acts on", m.Name)
			}
			s.b = s.browser().signIn(eve)
			must(t, s.begins(s.as(s.bob), s.approved()))
			continue
		}
		if name != s.bob.Subject() || actor != s.boss.Subject() || !theirs.signedIn() {
			t.Fatalf("%s: %v acts as %v, the person is signed in: %v", m.Name, actor, name, theirs.signedIn())
		}
		if now, _ := s.account(bob); !reflect.DeepEqual(now, before) {
			t.Errorf("%s changed the account", m.Name)
		}
	}
	for name := range list {
		t.Errorf("%s is gone", name)
	}
}

// AUN-142: nor does an administrator give orders in somebody's name.
func TestMask_of_orders(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	by, err := identity.NewHuman(identity.HumanFields{Subject: s.bob.Subject(), Actor: &identity.Actor{
		Subject: s.boss.Subject(), AuthnTime: s.clock.Now(), Evidence: []identity.Evidence{{Kind: "password", Class: 1, At: s.clock.Now()}},
	}})
	must(t, err)
	carol := s.person("carol@example.org")
	for name, verb := range s.verbs() {
		if err := verb(t.Context(), authn.Order{Actor: by, Subject: carol.Subject(), Reason: "ticket 7"}); !errors.Is(err, authn.ErrNotAuthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// AUN-I9, AUN-143: every event of an impersonation names both, from the beginning to
// the end, whichever verb it comes from.
func TestEvents_of_an_impersonation_name_both(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	theirs := s.browser().signIn(bob)
	s.app(s.bob)
	app := s.apps(bob)[0]
	s.entries()
	from := s.clock.Now().Add(time.Millisecond)
	s.clock.Advance(time.Second)
	for name, m := range masks(s.accounts, theirs.ref(), app) {
		if m.call == nil {
			continue
		}
		must(t, s.begins(s.as(s.bob), s.approved()))
		s.b.do(func(ctx context.Context, sess *session.Session) {
			if err := m.call(ctx, sess); err != nil && !m.refused {
				t.Errorf("%s: %v", name, err)
			}
		})
		if name == "Logout" {
			s.b.signIn(eve)
			continue
		}
		s.ends()
	}
	// And what a verb reports that has no session to look at: a forged row of a role.
	must(t, s.stores.Identity.Apply(t.Context(), identity.PutGrant{Grant: identity.Grant{
		Tenant: s.tenant, User: s.bob.ID, Role: "payroll", Version: 1, At: s.clock.Now(), By: s.bob.ID,
	}}))
	must(t, s.begins(s.as(s.bob), s.approved()))
	s.b.do(func(ctx context.Context, sess *session.Session) {
		acct, err := s.accounts.Self(ctx, sess)
		must(t, err)
		s.accounts.Roles(ctx, acct)
	})
	s.ends()
	kinds := map[audit.Kind]int{}
	for _, e := range s.entries() {
		if !e.At.After(from) || e.Subject.ID == s.boss.ID {
			continue
		}
		kinds[e.Kind]++
		if e.Actor.ID != s.boss.ID || e.ActorHandle != s.boss.AuditHandle {
			t.Errorf("%s of %v is nobody's deed: %+v", e.Kind, e.Subject, e.Actor)
		}
	}
	for _, k := range []audit.Kind{"impersonation_started", "impersonation_ended", "logout_attempt", "role_refused"} {
		if kinds[k] == 0 {
			t.Errorf("no %s: %v", k, kinds)
		}
	}
	if kinds["impersonation_started"] != kinds["impersonation_ended"] {
		t.Errorf("%v", kinds)
	}
	if slices.Contains(s.subjects(), string(authn.NoteSessionsEnded)) {
		t.Error("a mail of something that did not happen")
	}
}
