package authn_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// AUN-161, IDN-031, IDN-032: an administrator reads their tenant, of everybody or of
// one; what is about nobody, and other tenants, are for the system.
func TestAdminEvents(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.person(bob)
	o.browser().begin("nobody@example.org")
	o.browser().signIn(bob)
	o.browser().signIn(eve)
	l := o.recorder()
	other := identity.NewTenantID(o.entropy)
	o.happened(t.Context(), l, audit.Of{Tenant: other, Subject: u.ID, Handle: u.AuditHandle},
		audit.LogoutAttempt{Outcome: audit.Success, Cause: audit.CauseLogout, Scope: audit.ScopeSession})
	o.relay()
	read := func(q authn.EventQuery) (got []audit.Entry) {
		t.Helper()
		for {
			page, err := o.admin.Events(t.Context(), q)
			must(t, err)
			got = append(got, page.Entries...)
			if q.Cursor = page.Next; q.Cursor == "" {
				return got
			}
		}
	}
	boss := human(t, o.boss.Subject())
	for _, limit := range []int{0, 1, 2, 3, 100000} {
		all := read(authn.EventQuery{Actor: boss, Limit: limit})
		if len(all) != 6 || slices.ContainsFunc(all, func(e audit.Entry) bool { return e.Handle == [16]byte{} || e.Tenant != o.tenant }) {
			t.Errorf("by %d: %d events", limit, len(all))
		}
		if theirs := read(authn.EventQuery{Actor: boss, User: u.ID, Limit: limit}); len(theirs) != 3 || slices.ContainsFunc(theirs, func(e audit.Entry) bool { return e.Subject.ID != u.ID }) {
			t.Errorf("by %d: %d events of one", limit, len(theirs))
		}
		if all := read(authn.EventQuery{Actor: operator(t), Tenant: o.tenant, Limit: limit}); len(all) != 7 {
			t.Errorf("by %d: %d events for the system", limit, len(all))
		}
	}
	if got := read(authn.EventQuery{Actor: boss, Kinds: []audit.Kind{"authenticated"}}); len(got) != 2 {
		t.Errorf("%d of a kind", len(got))
	}
	if got := read(authn.EventQuery{Actor: boss, User: identity.NewUserID(o.entropy)}); len(got) != 0 {
		t.Errorf("%d of nobody", len(got))
	}
	if _, err := o.admin.Events(t.Context(), authn.EventQuery{Actor: boss, Tenant: other}); !errors.Is(err, store.ErrNotFound) || o.eventsOf("cross_tenant_refused") != 1 {
		t.Errorf("another tenant: %v", err)
	}
	// IDN-I7: a user of another tenant has no events here, by whichever id.
	if got := read(authn.EventQuery{Actor: operator(t), Tenant: other, User: u.ID}); len(got) != 0 {
		t.Errorf("%d through another tenant", len(got))
	}
}

// AUN-161: who may read nothing, and cursors of other lists.
func TestAdminEvents_refusals(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.person(bob)
	o.browser().signIn(bob)
	o.relay()
	var field *authn.FieldError
	if _, err := o.admin.Events(t.Context(), authn.EventQuery{Actor: operator(t)}); !errors.As(err, &field) || field.Field != "Tenant" {
		t.Errorf("a system without tenant: %v", err)
	}
	acting, err := identity.NewHuman(identity.HumanFields{Subject: o.boss.Subject(), Actor: &identity.Actor{
		Subject: u.Subject(), AuthnTime: o.clock.Now(), Evidence: []identity.Evidence{{Kind: "password", Class: 1, At: o.clock.Now()}},
	}})
	must(t, err)
	gone := o.in(identity.Terminated, "gone@example.org")
	for name, by := range map[string]identity.Human{"nobody": {}, "in another's name": acting, "gone": human(t, gone.Subject())} {
		if _, err := o.admin.Events(t.Context(), authn.EventQuery{Actor: by}); !errors.Is(err, authn.ErrNotAuthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	boss := human(t, o.boss.Subject())
	page, err := o.admin.Events(t.Context(), authn.EventQuery{Actor: boss, Limit: 1})
	must(t, err)
	for name, q := range map[string]authn.EventQuery{
		"of one":         {Actor: boss, User: u.ID, Cursor: page.Next},
		"of a kind":      {Actor: boss, Kinds: []audit.Kind{"authenticated"}, Cursor: page.Next},
		"another tenant": {Actor: operator(t), Tenant: identity.NewTenantID(o.entropy), Cursor: page.Next},
	} {
		if _, err := o.admin.Events(t.Context(), q); !errors.Is(err, authn.ErrCursor) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := o.browser().history(authn.HistoryQuery{Cursor: page.Next}); err == nil {
		t.Error("a guest")
	}
	if _, err := o.browser().signIn(bob).history(authn.HistoryQuery{Cursor: page.Next}); !errors.Is(err, authn.ErrCursor) {
		t.Errorf("the cursor of an administrator opens a history: %v", err)
	}
}
