package authn_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/approval"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// masquerade is a store that gives whoever it finds an id that nobody may have, while it is
// told to.
type masquerade struct {
	identity.Admin
	id identity.UserID
	as identity.Subject // whose account it has
	on bool
}

func (s *masquerade) worn(acct identity.Account, err error) (identity.Account, error) {
	if s.on && err == nil {
		acct.User.ID = s.id
	}
	return acct, err
}

func (s *masquerade) AccountByIdentifier(ctx context.Context, t identity.TenantID, k identity.IdentifierKind, canonical string) (identity.Account, error) {
	return s.worn(s.Admin.AccountByIdentifier(ctx, t, k, canonical))
}

func (s *masquerade) AccountByID(ctx context.Context, sub identity.Subject) (identity.Account, error) {
	if s.on && sub.User == s.id {
		sub = s.as
	}
	return s.worn(s.Admin.AccountByID(ctx, sub))
}

func (s *masquerade) AccountByLink(ctx context.Context, t identity.TenantID, issuer, external string) (identity.Account, error) {
	return s.worn(s.Admin.AccountByLink(ctx, t, issuer, external))
}

func (s *masquerade) AccountByHandle(ctx context.Context, t identity.TenantID, handle [32]byte) (identity.Account, error) {
	return s.worn(s.Admin.AccountByHandle(ctx, t, handle))
}

// Apply takes whatever is written about the masked user for written.
func (s *masquerade) Apply(ctx context.Context, changes ...identity.Change) error {
	return s.taken(s.Admin.Apply(ctx, changes...))
}

// Record does the same.
func (s *masquerade) Record(ctx context.Context, changes ...identity.LogChange) error {
	return s.taken(s.Admin.Record(ctx, changes...))
}

func (s *masquerade) taken(err error) error {
	if s.on && (errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrBadArgument) || errors.Is(err, identity.ErrIDReserved)) {
		return nil
	}
	return err
}

// IDN-I4, IDN-014, IDN-015: logins, sign-ups, links, resets, newcomers of an issuer,
// orders and impersonations of and by reserved names and ids, in any order, also with a
// store that says that somebody is a reserved user: no session is ever a reserved
// user's, and no store ever holds one.
func TestReserved_users_are_never_signed_in(t *testing.T) {
	t.Parallel()
	onStores(t, 2, 20, func(w walk) {
		r := w.rig()
		boss := r.person(eve)
		under := &masquerade{Admin: r.ident.Admin, as: r.person(ada).Subject(), id: chance(w.T, "id", identity.SystemUser, identity.UserID{}, identity.FromBytes[identity.UserID]([16]byte{6: 0x80, 8: 0x80, 15: 0x10}))}
		r.ident.Admin = under
		admin, p, ts, op := r.desk(), r.provisioner(open()), r.tenants(), opScope(t)
		nobody := identity.Subject{Tenant: r.tenant, User: under.id}
		reservedNames := []string{"system", "root", "admin@system", identity.SystemUser.String(), identity.SystemTenant.String(), "SYSTEM", "ｓｙｓｔｅｍ"}
		name := func(rt *rapid.T) string {
			return chance(rt, "name", append([]string{ada, ada, bob, bob}, reservedNames...)...)
		}
		browsers := []*browser{r.browser(), r.browser()}
		pick := func(rt *rapid.T) *browser { return browsers[rapid.IntRange(0, 1).Draw(rt, "browser")] }
		link := func() string {
			for _, m := range r.mails() {
				if _, token, ok := strings.Cut(m.Text, "token="); ok {
					return strings.TrimSpace(token)
				}
			}
			return ""
		}
		w.Repeat(map[string]func(*rapid.T){
			"mask":     func(*rapid.T) { under.on = !under.on },
			"begin":    func(rt *rapid.T) { pick(rt).begin(name(rt)) },
			"password": func(rt *rapid.T) { _, _ = pick(rt).verify(pw(goodPassword)) },
			"begin in the tenant of the system": func(rt *rapid.T) {
				pick(rt).do(func(ctx context.Context, s *session.Session) {
					_, _ = r.accounts.BeginLogin(authn.WithTenant(ctx, identity.SystemTenant), s, authn.LoginRequest{Identifier: name(rt)})
				})
			},
			"sign up": func(rt *rapid.T) { _, _ = pick(rt).signUp(name(rt), goodPassword) },
			"open a mail": func(rt *rapid.T) {
				token, b := link(), pick(rt)
				_, _ = b.view(token)
				_, _ = b.confirm(token, goodPassword)
			},
			"reset":             func(rt *rapid.T) { _, _ = r.accounts.BeginReset(t.Context(), name(rt)) },
			"choose a password": func(*rapid.T) { _ = r.resets(link(), goodPassword) },
			"an issuer sends": func(rt *rapid.T) {
				e := vouched(chance(rt, "subject", "A", identity.SystemUser.String()), chance(rt, "address", bob, "root@example.org", "admin@system"))
				if out, err := p.Provision(t.Context(), e); err == nil {
					if got, ok := out.(authn.Provisioned); ok && identity.IsReserved(got.Subject.User) {
						rt.Fatalf("an issuer leads to %v", got.Subject)
					}
				}
			},
			"an order": func(rt *rapid.T) {
				o := authn.Order{Actor: operator(t), Subject: nobody, Reason: "ticket 7"}
				_ = admin.Activate(t.Context(), o)
				_ = admin.InitiateReset(t.Context(), o)
				if sub, err := admin.CreateUser(t.Context(), o, authn.NewAccount{Email: chance(rt, "address", "admin@system", "root", "system")}); err == nil {
					rt.Fatalf("made %v", sub)
				}
				if _, err := ts.CreateTenant(t.Context(), op, authn.Bootstrap{Slug: "system"}); err == nil {
					rt.Fatal("made a tenant")
				}
			},
			"act as": func(rt *rapid.T) {
				target := chance(rt, "target", nobody, identity.Subject{Tenant: identity.SystemTenant, User: identity.SystemUser})
				_, err := pick(rt).act(func(ctx context.Context, s *session.Session) error {
					return admin.BeginImpersonation(ctx, s, authn.Impersonation{Target: target, Reason: "ticket 7"}, approval.Mint(authn.ActionImpersonate, boss.Subject()))
				})
				if err == nil {
					rt.Fatal("acts as nobody")
				}
			},
			"an administrator": func(rt *rapid.T) {
				b := pick(rt)
				b.begin(eve)
				_, _ = b.verify(pw(goodPassword))
			},
			"sign out": func(rt *rapid.T) { _, _ = pick(rt).act(r.accounts.Logout) },
			"time":     func(rt *rapid.T) { r.clock.Advance(chance(rt, "wait", time.Second, 20*time.Minute, 2*time.Hour)) },
			"": func(rt *rapid.T) {
				for _, b := range browsers {
					st, ok := b.state().(session.Authenticated)
					if ok && (identity.IsReserved(st.Subject().User) || identity.IsReserved(st.Subject().Tenant)) {
						rt.Fatalf("signed in as %v", st.Subject())
					}
				}
				for _, sub := range []identity.Subject{nobody, {Tenant: identity.SystemTenant, User: identity.SystemUser}, {Tenant: r.tenant, User: identity.SystemUser}} {
					if acct, err := under.Admin.AccountByID(t.Context(), sub); err == nil {
						rt.Fatalf("stored %+v", acct.User)
					}
				}
			},
		})
	})
}
