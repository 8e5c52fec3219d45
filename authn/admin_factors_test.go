package authn_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// AUN-115: what administrators hand in and get back holds no secret, by type.
func TestAdmin_neither_sets_nor_shows_a_secret(t *testing.T) {
	t.Parallel()
	secrets := map[reflect.Type]bool{
		reflect.TypeFor[seal.Secret](): true, reflect.TypeFor[authn.Password](): true, reflect.TypeFor[authn.Code](): true,
		reflect.TypeFor[authn.Credential](): true, reflect.TypeFor[authn.NewUser](): true, reflect.TypeFor[identity.Credential](): true,
		reflect.TypeFor[identity.Token](): true, reflect.TypeFor[identity.Account](): true, reflect.TypeFor[authn.Enrolment](): true,
		reflect.TypeFor[[]byte](): true, reflect.TypeFor[string](): true,
	}
	var holds func(typ reflect.Type, seen map[reflect.Type]bool) string
	holds = func(typ reflect.Type, seen map[reflect.Type]bool) string {
		if secrets[typ] {
			return typ.String()
		}
		if seen[typ] || typ.PkgPath() == "context" || typ.PkgPath() == "time" || typ == reflect.TypeFor[identity.Human]() ||
			typ == reflect.TypeFor[audit.Entry]() || // no event has a secret (AUN-171)
			typ == reflect.TypeFor[*session.Session]() {
			return ""
		}
		seen[typ] = true
		switch typ.Kind() { //nolint:exhaustive // what holds nothing
		case reflect.Struct:
			for i := range typ.NumField() {
				f := typ.Field(i)
				if typ == reflect.TypeFor[authn.Resolved]() && f.Name == "Clamped" {
					continue // names of fields
				}
				if f.Type.Kind() == reflect.String && f.Name != "Password" && f.Name != "Code" && f.Name != "Secret" {
					continue // a name, an address, a reason
				}
				if s := holds(f.Type, seen); s != "" {
					return typ.String() + "." + f.Name
				}
			}
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			return holds(typ.Elem(), seen)
		}
		return ""
	}
	admin := reflect.TypeFor[*authn.Admin]()
	if admin.NumMethod() < 12 {
		t.Fatalf("%d verbs", admin.NumMethod())
	}
	for i := range admin.NumMethod() {
		m := admin.Method(i)
		for in := 1; in < m.Type.NumIn(); in++ {
			if s := holds(m.Type.In(in), map[reflect.Type]bool{}); s != "" {
				t.Errorf("%s takes %s", m.Name, s)
			}
		}
		for out := range m.Type.NumOut() {
			if s := holds(m.Type.Out(out), map[reflect.Type]bool{}); s != "" {
				t.Errorf("%s answers %s", m.Name, s)
			}
		}
	}
}

// AUN-115, AUN-059: the link goes to the owner, and a lock stays.
func TestInitiateReset_mails_the_owner(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.person(ada)
	b := o.browser()
	b.begin(ada)
	for range 5 {
		b.try(pw("not the right password"))
	}
	must(t, o.admin.InitiateReset(t.Context(), o.order(u)))
	if m := o.mails()[0]; m.Kind != "reset" || m.To != ada {
		t.Fatalf("mail: %+v", m)
	}
	if got := o.audited(); !strings.Contains(got, `"kind":"password_reset_requested"`) || !strings.Contains(got, `"actor"`) {
		t.Error("no event with its actor")
	}
	must(t, o.accounts.CompleteReset(t.Context(), o.link(), secret("another horse battery staple")))
	c := o.browser()
	c.begin(ada)
	if out := c.try(pw("another horse battery staple")); !is[authn.Throttled](out) {
		t.Errorf("the lock is gone: %T", out)
	}
	unproven := o.person("new@example.org")
	must(t, o.stores.Identity.Apply(t.Context(), identity.EraseUser{Subject: unproven.Subject(), From: identity.Active}))
	unproven.EmailVerifiedAt = time.Time{}
	must(t, o.stores.Identity.Apply(t.Context(), identity.NewUser{User: unproven}))
	for want, u := range map[error]identity.User{
		identity.ErrStateTransition: o.in(identity.Suspended, "s@example.org"), authn.ErrNoAddress: unproven,
		authn.ErrNoMethod: o.in(identity.Active, "p@example.org"),
	} {
		if err := o.admin.InitiateReset(t.Context(), o.order(u)); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
		if err := o.admin.ResetFactors(t.Context(), o.order(u)); !errors.Is(err, want) {
			t.Errorf("reset factors: %v, want %v", err, want)
		}
	}
}

// AUN-115, IDN-025
func TestDisableFactor_ends_what_rests_on_it(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.person(ada)
	show := o.app(u)
	b := o.browser()
	b.begin(ada)
	b.try(pw(goodPassword))
	if out := b.try(code(show())); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	id := o.held(ada, factor.TOTP)[0].ID
	for range 2 { // repeating is success
		must(t, o.admin.DisableFactor(t.Context(), o.order(u), id))
	}
	if b.signedIn() || o.eventsOf("factor_disabled") != 1 {
		t.Error("session or event")
	}
	if m := o.mails()[0]; m.Kind != "factor_disabled" || m.To != ada {
		t.Errorf("mail: %+v", m)
	}
	o.clock.Advance(time.Minute)
	c := o.browser()
	c.begin(ada)
	c.try(pw(goodPassword))
	if out := c.try(code(show())); !is[authn.Rejected](out) {
		t.Errorf("it signs in: %T", out)
	}
	for _, unknown := range []identity.CredentialID{{}, identity.NewCredentialID(o.entropy), o.held(eve, factor.Password)[0].ID} {
		if err := o.admin.DisableFactor(t.Context(), o.order(u), unknown); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown: %v", err)
		}
	}
	must(t, o.admin.EnableFactor(t.Context(), o.order(u), id))
	o.clock.Advance(time.Hour)
	c = o.browser()
	c.begin(ada)
	c.try(pw(goodPassword))
	if out := c.try(code(show())); !is[authn.Completed](out) {
		t.Errorf("switched on: %T", out)
	}
}

// AUN-110: two administrators who put one another out at once do not both succeed,
// and the last one is not put out by themself.
func TestAdmin_leaves_one_administrator(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"suspend", "terminate", "archive", "erase"} {
		o := newOffice(t, func(c *authn.AdminConfig) { c.AllowSelf = true })
		second := o.person("second@example.org")
		o.holdsRole(o.boss, identity.RoleAdmin)
		if err := o.verbs()[verb](t.Context(), o.order(o.boss)); !errors.Is(err, authn.ErrLastAdmin) || o.read(o.boss).State != identity.Active {
			t.Errorf("%s of oneself: %v", verb, err)
		}
		x := o.order(o.boss) // an actor without the role finds nobody else either
		x.Actor = human(t, second.Subject())
		if err := o.verbs()[verb](t.Context(), x); !errors.Is(err, authn.ErrLastAdmin) {
			t.Errorf("%s by somebody else: %v", verb, err)
		}
		o.holdsRole(second, identity.RoleAdmin)
		start, done := make(chan struct{}), make(chan error, 2)
		for _, pair := range [][2]identity.User{{o.boss, second}, {second, o.boss}} {
			go func() {
				<-start
				done <- o.verbs()[verb](context.Background(), authn.Order{Actor: human(t, pair[0].Subject()), Subject: pair[1].Subject(), Reason: "ticket"})
			}()
		}
		close(start)
		first, other := <-done, <-done
		active := 0
		for _, u := range []identity.User{o.boss, second} {
			if o.read(u).State == identity.Active {
				active++
			}
		}
		if active != 1 || (first == nil) == (other == nil) {
			t.Errorf("%s: %d stay; %v, %v", verb, active, first, other)
		}
	}
	// The system may: it can bring back whom it has stopped.
	o := newOffice(t)
	o.holdsRole(o.boss, identity.RoleAdmin)
	x := o.order(o.boss)
	x.Actor = operator(t)
	must(t, o.admin.Suspend(t.Context(), x))
}
