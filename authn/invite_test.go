package authn_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

const guest = "guest@example.org"

// hire makes an account for somebody and returns it.
func (o *office) hire(email string) identity.User {
	o.t.Helper()
	sub, err := o.admin.CreateUser(o.t.Context(), o.order(identity.User{Tenant: o.tenant}), authn.NewAccount{Email: email, DisplayName: "Guest", Language: "de"})
	must(o.t, err)
	return o.read(identity.User{ID: sub.User, Tenant: sub.Tenant})
}

// IDN-052, AUN-115, IDN-015
func TestCreateUser_makes_an_account_that_waits_for_its_owner(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.hire("Guest@Example.org")
	if u.State != identity.PendingActivation || !u.EmailVerifiedAt.IsZero() || u.CreatedBy != o.boss.ID || u.Language != "de" {
		t.Errorf("account: %+v", u)
	}
	acct, _ := o.account(guest)
	if len(acct.Credentials)+len(acct.Methods)+len(acct.Grants) != 0 {
		t.Errorf("it has %+v", acct)
	}
	if got := o.mails()[0]; got.To != guest || got.Kind != "activation" || !strings.Contains(got.Text, "/auth/verify?token=") {
		t.Errorf("mail: %+v", got)
	}
	if got := o.audited(); !strings.Contains(got, `"kind":"user_created"`) || !strings.Contains(got, `"by":"admin","source":"admin"`) || strings.Contains(got, guest) {
		t.Errorf("events: %s", got)
	}
	// Nobody signs in, resets or signs up to it, and no order makes it active.
	if out := o.browser().begin(guest); !is[authn.StepRequired](out) {
		t.Errorf("begin: %T", out)
	}
	if err := o.admin.Activate(t.Context(), o.order(u)); !errors.Is(err, identity.ErrStateTransition) {
		t.Errorf("activate: %v", err)
	}
}

// IDN-015, AUN-110
func TestCreateUser_refuses_what_a_sign_up_would(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	to := o.order(identity.User{Tenant: o.tenant})
	for name, n := range map[string]authn.NewAccount{
		"email": {Email: "nobody"}, "reserved": {Email: "admin@system"}, "empty": {},
		"display_name": {Email: guest, DisplayName: "a\x00b"}, "language": {Email: guest, Language: "not a tag"},
	} {
		var field *authn.FieldError
		if _, err := o.admin.CreateUser(t.Context(), to, n); !errors.As(err, &field) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := o.admin.CreateUser(t.Context(), to, authn.NewAccount{Email: eve}); !errors.Is(err, authn.ErrIdentifierTaken) {
		t.Errorf("taken: %v", err)
	}
	o.hire(guest)
	if _, err := o.admin.CreateUser(t.Context(), to, authn.NewAccount{Email: guest}); !errors.Is(err, authn.ErrIdentifierTaken) {
		t.Errorf("twice: %v", err)
	}
	to.Reason = ""
	if _, err := o.admin.CreateUser(t.Context(), to, authn.NewAccount{Email: "c@example.org"}); !errors.Is(err, authn.ErrReason) {
		t.Errorf("no reason: %v", err)
	}
	to.Reason, to.Subject.Tenant = "ticket", identity.NewTenantID(o.entropy)
	if _, err := o.admin.CreateUser(t.Context(), to, authn.NewAccount{Email: "c@example.org"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another tenant: %v", err)
	}
	if !strings.Contains(o.audited(), `"operation":"account.create"`) {
		t.Error("no trace of the other tenant")
	}
}

// AUN-123
func TestCreateUser_starts_over_from_a_sign_up_that_waits(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.browser()
	link := b.asks(guest, "an attacker's own long password")
	u := o.hire(guest)
	if u.State != identity.PendingActivation {
		t.Fatalf("account: %v", u.State)
	}
	if _, err := b.confirm(link, ""); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("the link of the sign-up: %v", err)
	}
}

// IDN-052
func TestResendActivation_leaves_only_the_newest_link(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.hire(guest)
	first := o.link()
	o.clock.Advance(time.Minute)
	must(t, o.admin.ResendActivation(t.Context(), o.order(u)))
	second := o.link()
	if _, err := o.browser().view(first); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("first: %v", err)
	}
	if v, err := o.browser().view(second); err != nil || !v.NeedsPassword || v.Address != "g•••@example.org" {
		t.Errorf("second: %+v %v", v, err)
	}
	if err := o.admin.ResendActivation(t.Context(), o.order(o.boss)); err == nil {
		t.Error("an active account got a link")
	}
}
