package sqlite_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
)

// desk is a browser in which the administrator 1 acts as person 2.
type desk struct {
	t       *testing.T
	s       backend.Stores
	m       *session.Manager
	cookies []*http.Cookie
}

func newDesk(t *testing.T, s backend.Stores) *desk {
	t.Helper()
	src, clk := entropy.Seeded(3), clock.NewFake(at(0))
	rings, err := keys.Ephemeral(src).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, s: s}
	if d.m, err = session.New(session.Config{Store: s.Session, Keys: rings, Clock: clk, Entropy: src, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	epochs := func(of identity.Subject) identity.Epochs {
		e, err := d.m.Epochs(t.Context(), of)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	d.move(machine.Adopt{Login: machine.LoginData{
		Subject: subject(1), AuthTime: at(0), Origin: machine.OriginFactors, Login: identity.NewLoginID(src), Epochs: epochs(subject(1)),
		Evidence: []identity.Evidence{{Kind: "password", At: at(0), AMR: []string{"pwd"}, Class: identity.Knowledge}},
	}})
	d.move(machine.Impersonate{
		By: subject(1), Target: subject(2), Login: identity.NewLoginID(src), Epochs: epochs(subject(2)),
		Reason: "ticket 7", Until: at(30 * time.Minute),
	})
	if !d.acts() {
		t.Fatal("does not act")
	}
	return d
}

func (d *desk) do(f func(s *session.Session, r *http.Request)) {
	d.t.Helper()
	req, rec := httptest.NewRequest(http.MethodGet, "https://app.example.com/", nil), httptest.NewRecorder()
	for _, c := range d.cookies {
		req.AddCookie(c)
	}
	d.m.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, err := session.From(r.Context())
		if err != nil {
			d.t.Error(err)
			return
		}
		f(s, r)
	})).ServeHTTP(rec, req)
	if c := rec.Result().Cookies(); len(c) > 0 {
		d.cookies = c
	}
}

func (d *desk) move(ev machine.Event) {
	d.t.Helper()
	d.do(func(s *session.Session, r *http.Request) {
		if _, err := s.Transition(r.Context(), ev, session.Commit{}); err != nil {
			d.t.Error(err)
		}
	})
}

func (d *desk) acts() (acts bool) {
	d.t.Helper()
	d.do(func(s *session.Session, _ *http.Request) {
		if who, ok := s.State().(session.Authenticated); ok && who.Subject() == subject(2) {
			_, acts = who.Actor()
		}
	})
	return acts
}

func (d *desk) list() []session.Info {
	d.t.Helper()
	list, err := d.m.Sessions(d.t.Context(), subject(2), session.Ref{}, 10)
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

// SES-018: whichever way either of the two is revoked, acting is over at the next
// request and off the list, on every backend and by both ways of reading.
func TestImpersonation_ends_by_every_revocation(t *testing.T) {
	t.Parallel()
	scopes := map[string]identity.Scope{
		"the administrator": identity.UserScope(subject(1)), "the person": identity.UserScope(subject(2)),
		"the tenant": identity.TenantScope(subject(1).Tenant), "everybody": identity.GlobalScope(),
	}
	ways := map[string]func(ctx context.Context, d *desk, of identity.Scope) error{
		"by the sessions": func(ctx context.Context, d *desk, of identity.Scope) error { return d.s.Session.Raise(ctx, of) },
		"by the accounts": func(ctx context.Context, d *desk, of identity.Scope) error {
			return d.s.Identity.Apply(ctx, identity.RaiseEpoch{Scope: of})
		},
		"by its own sign-out of others": func(ctx context.Context, d *desk, of identity.Scope) error {
			if of.Kind() != identity.ScopeUser {
				return d.s.Session.Raise(ctx, of)
			}
			e, err := d.m.Epochs(ctx, of.Subject())
			if err != nil {
				return err
			}
			r := record(9)
			r.Subject, r.Epochs = of.Subject(), e
			r.Epochs.User++
			_, err = d.s.Session.Create(ctx, r, session.Claim{Subject: r.Subject, Expect: e, Raise: true, Now: at(0)})
			return err
		},
	}
	backends := map[string]func(*testing.T) backend.Stores{
		"memory": func(*testing.T) backend.Stores { return memory.New(memory.Config{}).Stores() },
		"sqlite": func(t *testing.T) backend.Stores { return open(t, file(t)).Stores() },
		"sqlite, by database/sql": func(t *testing.T) backend.Stores {
			return openDB(t, program(t, source(private(t), needed...))).Stores()
		},
	}
	for on, stores := range backends {
		for way, revoke := range ways {
			for whom, scope := range scopes {
				t.Run(fmt.Sprintf("%s/%s/%s", on, way, whom), func(t *testing.T) {
					t.Parallel()
					d := newDesk(t, stores(t))
					if err := d.s.Session.Raise(t.Context(), identity.UserScope(subject(3))); err != nil || !d.acts() || len(d.list()) != 1 {
						t.Fatal("ended with somebody else", err)
					}
					if err := revoke(t.Context(), d, scope); err != nil {
						t.Fatal(err)
					}
					for _, in := range d.list() {
						if !in.Actor.IsZero() {
							t.Errorf("listed: %+v", in)
						}
					}
					if d.acts() {
						t.Error("acts on")
					}
				})
			}
		}
	}
}

// SES-018, SES-031: whoever writes the table makes nobody the person, and no
// revoked administrator a current one.
func TestImpersonation_with_a_forged_row(t *testing.T) {
	t.Parallel()
	for _, edit := range []string{
		"actor_tenant_id = NULL, actor_user_id = NULL",
		"actor_user_id = NULL",
		"actor_tenant_id = NULL",
		"actor_user_id = user_id",
		"actor_user_id = zeroblob(16), actor_tenant_id = zeroblob(16)",
		"user_id = actor_user_id, actor_tenant_id = NULL, actor_user_id = NULL",
		"abs_until = abs_until + 3600000000",
		"epoch_u = epoch_u + 1",
		"actor_user_id = x'00'",
	} {
		t.Run(edit, func(t *testing.T) {
			t.Parallel()
			path := file(t)
			d := newDesk(t, open(t, path).Stores())
			execute(t, path, "PRAGMA ignore_check_constraints = on; UPDATE axess_sessions SET "+edit)
			if d.acts() {
				t.Error("opens")
			}
			if err := d.s.Session.Raise(t.Context(), identity.UserScope(subject(1))); err != nil {
				t.Fatal(err)
			}
			d.do(func(s *session.Session, _ *http.Request) {
				if session.IsAuthenticated(s.State()) {
					t.Errorf("signed in: %+v", s.State())
				}
			})
		})
	}
}
