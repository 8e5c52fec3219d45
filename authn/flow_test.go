package authn_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// AUN-001
func TestNew_names_everything_that_is_missing(t *testing.T) {
	t.Parallel()
	fields := func(err error) string {
		var names []string
		var joined interface{ Unwrap() []error }
		if !errors.As(err, &joined) {
			t.Fatalf("%v", err)
		}
		for _, e := range joined.Unwrap() {
			var f *authn.FieldError
			if errors.As(e, &f) {
				names = append(names, f.Field)
			}
		}
		return strings.Join(names, " ")
	}
	_, err := authn.New(authn.Config{UserLock: authn.LockPolicy{Threshold: 5}})
	want := "Identity Ledger Sessions Audit Vault Keys.Index Keys.Data Clock Entropy Tenant Password Gate Issuer UserLock.Window"
	if got := fields(err); got != want {
		t.Errorf("service:\n got %s\nwant %s", got, want)
	}
	_, err = authn.NewAccounts(authn.AccountsConfig{BaseURL: "not absolute", FreshFor: -1, LinkLife: time.Second})
	want = "Service Identity BaseURL FreshFor LinkLife"
	if got := fields(err); got != want {
		t.Errorf("accounts:\n got %s\nwant %s", got, want)
	}
}

// AUN-040
func TestPrepare_says_what_can_be_asked_for(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser()
	prepare := func(k identity.Kind) (out authn.PrepareOutcome, err error) {
		b.do(func(ctx context.Context, s *session.Session) { out, err = r.accounts.PrepareFactor(ctx, s, k) })
		return out, err
	}
	if _, err := prepare(factor.Password); !errors.Is(err, authn.ErrNoFlow) {
		t.Fatalf("no flow: %v", err)
	}
	b.begin(ada)
	if out, err := prepare(factor.Password); err != nil || !is[authn.Ready](out) {
		t.Fatalf("%T, %v", out, err)
	}
	for _, k := range []identity.Kind{factor.TOTP, factor.EmailLink, "", "passkey"} {
		if _, err := prepare(k); !errors.Is(err, authn.ErrStepMismatch) {
			t.Errorf("%q: %v", k, err)
		}
	}
}

// AUN-022: the deadline is 15 minutes from the start, whatever the activity.
func TestFlow_deadline_is_not_moved_by_trying(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	show := r.app(u)
	r.clock.Advance(time.Minute)
	b := r.browser()
	b.begin(ada)
	r.clock.Advance(10 * time.Minute)
	if out := b.try(pw(goodPassword)); !is[authn.StepRequired](out) {
		t.Fatalf("%T", out)
	}
	r.clock.Advance(5*time.Minute - time.Second)
	if out := b.try(code("000000")); !is[authn.Rejected](out) {
		t.Fatalf("a second before the end: %T", out)
	}
	r.clock.Advance(time.Second)
	if _, err := b.verify(code(show())); !errors.Is(err, authn.ErrFlowExpired) {
		t.Fatalf("at the end: %v", err)
	}
	if b.signedIn() {
		t.Fatal("signed in past the deadline")
	}
}

// AUN-032: a step that nobody can pass fails like any other: who has a method of
// their own with an app had one, and sets none up on the way in.
func TestStep_without_a_credential_can_only_fail(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutMethod{
		Scope: identity.UserScope(u.Subject()), Method: identity.Method{
			Name: "password", Enabled: true,
			Steps: []identity.Step{identity.Required(factor.Password), identity.Required(factor.TOTP)},
		},
	}))
	b := r.browser()
	b.begin(ada)
	next, ok := b.try(pw(goodPassword)).(authn.StepRequired)
	if !ok || len(next.Menu.Options) != 1 || next.Menu.Options[0] != factor.TOTP {
		t.Fatalf("%+v", next)
	}
	if out := b.try(code("123456")); !is[authn.Rejected](out) || b.signedIn() {
		t.Fatalf("%T", out)
	}
	b.do(func(ctx context.Context, s *session.Session) {
		if _, err := r.accounts.BeginTOTP(ctx, s); !errors.Is(err, authn.ErrNotAuthenticated) {
			t.Errorf("enrolment in the middle of a login: %v", err)
		}
	})
}

// AUN-034: a request queues mail and never delivers it.
func TestMail_never_sits_in_a_request(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(bob)
	for _, email := range []string{ada, bob} {
		r.browser().do(func(ctx context.Context, s *session.Session) {
			if _, err := r.accounts.BeginSignup(ctx, s, authn.NewUser{Email: email, Password: secret(goodPassword)}); err != nil {
				t.Error(err)
			}
		})
	}
	if n := len(r.outbox.Messages()); n != 0 {
		t.Fatalf("%d mails were sent inside of requests", n)
	}
	must(t, r.queue.Deliver(t.Context()))
	if n := len(r.outbox.Messages()); n != 2 {
		t.Fatalf("%d mails were queued", n)
	}
}

// IDN-032: verbs about somebody else's tenant answer as for nobody.
func TestAccount_of_another_tenant_is_absent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	foreign := identity.Subject{Tenant: identity.NewTenantID(r.entropy), User: u.ID}
	if _, err := r.stores.Identity.AccountByID(t.Context(), foreign); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("got %v", err)
	}
	err := r.stores.Identity.Apply(t.Context(), identity.Transition{Subject: foreign, From: identity.Active, To: identity.Suspended})
	if !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrBadArgument) {
		t.Fatalf("got %v", err)
	}
}
