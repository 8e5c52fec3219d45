package authn_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// IDN-052: the owner of the mailbox chooses the password, and is signed in.
func TestInvitation_is_confirmed_by_its_owner(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.hire(guest)
	link, b := o.link(), o.browser()
	if v, err := b.view(link); err != nil || !v.Invited || !v.NeedsPassword || strings.Contains(v.Address, "guest") {
		t.Fatalf("view: %+v %v", v, err)
	}
	if o.read(u).State != identity.PendingActivation || b.cookie() != "" {
		t.Error("looking changed something")
	}
	if _, err := b.confirm(link, "short"); err == nil {
		t.Error("a short password was taken")
	}
	if done, err := b.confirm(link, goodPassword); err != nil || !done.SignedIn || !b.signedIn() {
		t.Fatalf("confirm: %+v %v", done, err)
	}
	if got := o.read(u); got.State != identity.Active || got.EmailVerifiedAt.IsZero() {
		t.Errorf("account: %+v", got)
	}
	if got := o.audited(); !strings.Contains(got, `"cause":"activation"`) || strings.Contains(got, "signup_completed") {
		t.Errorf("events: %s", got)
	}
	if _, err := o.browser().confirm(link, goodPassword); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("twice: %v", err)
	}
}

// IDN-052, PRD-017: where the tenant or a role asks for an app, the account is not
// active before there is one.
func TestInvitation_sets_up_what_is_asked_for(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*office, identity.User){
		"tenant": func(o *office, _ identity.User) { strict(o.rig) },
		"role":   func(o *office, u identity.User) { o.holdsRole(u, identity.RoleAdmin) },
	} {
		o := newOffice(t)
		u := o.hire(guest)
		prepare(o, u)
		link, b := o.link(), o.browser()
		show := o.codes(b.opensLink(link, goodPassword))
		if acct, _ := o.account(guest); acct.User.State != identity.PendingActivation || len(acct.Credentials) != 0 || b.signedIn() {
			t.Errorf("%s: before the app: %+v", name, acct)
		}
		if out, err := b.completes(link, "000000"); err != nil || !is[authn.Rejected](out) {
			t.Errorf("%s: a wrong code: %T %v", name, out, err)
		}
		if out, err := b.completes(link, show()); err != nil || !is[authn.Completed](out) {
			t.Fatalf("%s: %T %v", name, out, err)
		}
		st, ok := b.state().(session.Authenticated)
		if !ok || fmt.Sprint(kinds(st.Evidence())) != "[email_link password totp]" || o.read(u).State != identity.Active {
			t.Errorf("%s: %T", name, b.state())
		}
	}
}

// AUN-111, AUN-I15: an account that is ended before its owner comes stays so, and of
// 64 that confirm at once one succeeds.
func TestInvitation_races(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.hire(guest)
	link := o.link()
	must(t, o.admin.Terminate(t.Context(), o.order(u)))
	if _, err := o.browser().confirm(link, goodPassword); !errors.Is(err, authn.ErrTokenInvalid) || o.read(u).State != identity.Terminated {
		t.Errorf("after the end: %v", err)
	}
	o.hire("other@example.org")
	link = o.link()
	var wins atomic.Int32
	var wg sync.WaitGroup
	start := make(chan struct{})
	for range 64 {
		b := o.browser()
		wg.Go(func() {
			<-start
			if done, err := b.confirm(link, goodPassword); err == nil && done.SignedIn {
				wins.Add(1)
			}
		})
	}
	close(start)
	wg.Wait()
	if wins.Load() != 1 {
		t.Errorf("%d confirmed", wins.Load())
	}
}

// grants gives a role by its row alone.
func (r *rig) holdsRole(u identity.User, role identity.Role) {
	r.t.Helper()
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.PutGrant{Grant: identity.Grant{
		Tenant: u.Tenant, User: u.ID, Role: role, Version: 1, At: r.clock.Now(), By: identity.SystemUser,
	}}))
}
