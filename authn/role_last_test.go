package authn_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
)

// PRD-062, AUN-110: the last administrator who may sign in stays one, whoever decides it
// but the program itself, which can make another.
func TestRevokeRole_leaves_an_administrator(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	second, viewer := o.person("second@example.org"), o.person("viewer@example.org")
	o.holdsRole(o.boss, identity.RoleAdmin)
	of := func(u, by identity.User) authn.RoleChange {
		return authn.RoleChange{Subject: u.Subject(), Role: identity.RoleAdmin, By: by.ID}
	}
	for name, by := range map[string]identity.User{"themselves": o.boss, "somebody else": viewer} {
		if err := o.accounts.RevokeRole(t.Context(), of(o.boss, by)); !errors.Is(err, authn.ErrLastAdmin) {
			t.Errorf("the only one, by %s: %v", name, err)
		}
	}
	// Who is suspended is none who stays.
	o.holdsRole(second, identity.RoleAdmin)
	must(t, o.suspend(second.Subject(), identity.Active))
	if err := o.accounts.RevokeRole(t.Context(), of(o.boss, o.boss)); !errors.Is(err, authn.ErrLastAdmin) {
		t.Errorf("beside somebody suspended: %v", err)
	}
	must(t, o.accounts.RevokeRole(t.Context(), of(second, o.boss)))
	must(t, o.stores.Identity.Apply(t.Context(), identity.Transition{Subject: second.Subject(), From: identity.Suspended, To: identity.Active}))
	o.holdsRole(second, identity.RoleAdmin)
	must(t, o.accounts.RevokeRole(t.Context(), of(o.boss, o.boss)))
	must(t, o.accounts.RevokeRole(t.Context(), of(o.boss, o.boss))) // held no more: success
	must(t, o.accounts.RevokeRole(t.Context(), authn.RoleChange{Subject: second.Subject(), Role: identity.RoleAdmin}))
	if held, err := o.stores.Identity.HasRole(t.Context(), o.tenant, identity.RoleAdmin); held || err != nil {
		t.Errorf("the program: %v, %v", held, err)
	}
}

// PRD-062, IDN-067: of two administrators who take the role from one another, 64 at
// once, one stays.
func TestRevokeRole_of_one_another_64_at_once(t *testing.T) {
	t.Parallel()
	for range 8 {
		o := newOffice(t)
		second := o.person("second@example.org")
		o.holdsRole(o.boss, identity.RoleAdmin)
		o.holdsRole(second, identity.RoleAdmin)
		who := []identity.User{o.boss, second}
		errs := make([]error, 64)
		var start, done sync.WaitGroup
		start.Add(1)
		for i := range errs {
			done.Go(func() {
				start.Wait()
				errs[i] = o.accounts.RevokeRole(t.Context(), authn.RoleChange{
					Subject: who[1-i%2].Subject(), Role: identity.RoleAdmin, By: who[i%2].ID,
				})
			})
		}
		start.Done()
		done.Wait()
		held := 0
		for _, u := range who {
			acct, err := o.stores.Identity.AccountByID(t.Context(), u.Subject())
			must(t, err)
			held += len(acct.Grants)
		}
		if held != 1 {
			t.Fatalf("%d administrators are left", held)
		}
	}
}

// PRD-062: whoever was to stay an administrator stops being one in between: then another
// one is looked for, and where there is none, nothing happens.
func TestRevokeRole_looks_for_another_who_stays(t *testing.T) {
	t.Parallel()
	for name, third := range map[string]bool{"another": true, "nobody else": false} {
		o := newOffice(t)
		second := o.person("second@example.org")
		o.holdsRole(o.boss, identity.RoleAdmin)
		o.holdsRole(second, identity.RoleAdmin)
		o.clock.Advance(time.Second) // the older one is asked first
		if third {
			o.holdsRole(o.person("third@example.org"), identity.RoleAdmin)
		}
		once := false
		o.ident.hook(func(verb string) error {
			if strings.HasPrefix(verb, "Apply") && !once {
				once = true
				must(t, o.suspend(second.Subject(), identity.Active))
			}
			return nil
		})
		err := o.accounts.RevokeRole(t.Context(), authn.RoleChange{Subject: o.boss.Subject(), Role: identity.RoleAdmin, By: o.boss.ID})
		if !once || third != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
