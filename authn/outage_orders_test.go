package authn_test

import (
	"context"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// AUN-174: the verbs of administrators and operators, resets and step-ups, each of
// whose calls fails in turn.
func TestOutage_of_any_call_of_an_order_is_told(t *testing.T) {
	t.Parallel()
	type prepare = func(r *rig) (act func() error)
	order := func(state identity.UserState, do func(o *office, to authn.Order) error) prepare {
		return func(r *rig) func() error {
			o := &office{r, r.desk(), r.person(eve)}
			to := o.order(o.in(state, ada))
			return func() error { return do(o, to) }
		}
	}
	operates := func(before func(t *authn.Tenants, op identity.OperatorScope, id identity.TenantID) error, do func(t *authn.Tenants, op identity.OperatorScope, id identity.TenantID) error) prepare {
		return func(r *rig) func() error {
			op := opScope(r.t)
			if before != nil {
				must(r.t, before(r.tenants(), op, r.tenant))
			}
			return func() error { return do(r.tenants(), op, r.tenant) }
		}
	}
	suspend := func(tn *authn.Tenants, op identity.OperatorScope, id identity.TenantID) error {
		return tn.SuspendTenant(t.Context(), op, id)
	}
	remove := func(tn *authn.Tenants, op identity.OperatorScope, id identity.TenantID) error {
		_, err := tn.DeleteTenant(t.Context(), op, id, 0)
		return err
	}
	signedIn := func(do func(r *rig, ctx context.Context, s *session.Session) error) prepare {
		return func(r *rig) func() error {
			r.app(r.person(ada))
			b := r.browser()
			b.begin(ada)
			b.try(pw(goodPassword))
			b.try(code(r.codesOf(ada)))
			r.clock.Advance(authn.DefaultMaxAge + time.Minute)
			return func() error {
				_, err := b.act(func(ctx context.Context, s *session.Session) error { return do(r, ctx, s) })
				return err
			}
		}
	}
	late := []string{"Update"} // the session's own commit at the end of the request
	for name, tc := range map[string]struct {
		prepare prepare
		silent  []string
	}{
		"suspended":  {order(identity.Active, func(o *office, to authn.Order) error { return o.admin.Suspend(t.Context(), to) }), nil},
		"activated":  {order(identity.Suspended, func(o *office, to authn.Order) error { return o.admin.Activate(t.Context(), to) }), nil},
		"terminated": {order(identity.Active, func(o *office, to authn.Order) error { return o.admin.Terminate(t.Context(), to) }), nil},
		"archived":   {order(identity.Active, func(o *office, to authn.Order) error { return o.admin.Archive(t.Context(), to) }), nil},
		"restored": {order(identity.Archived, func(o *office, to authn.Order) error {
			to.Actor = operator(t)
			return o.admin.Restore(t.Context(), to)
		}), nil},
		"erased":        {order(identity.Active, func(o *office, to authn.Order) error { return o.admin.Erase(t.Context(), to) }), nil},
		"a lock lifted": {order(identity.Active, func(o *office, to authn.Order) error { return o.admin.ClearAttempts(t.Context(), to) }), nil},
		"account made": {func(r *rig) func() error {
			o := &office{r, r.desk(), r.person(eve)}
			return func() error {
				_, err := o.admin.CreateUser(t.Context(), o.order(identity.User{Tenant: o.tenant}), authn.NewAccount{Email: guest})
				return err
			}
		}, nil},
		"activation sent again": {func(r *rig) func() error {
			o := &office{r, r.desk(), r.person(eve)}
			to := o.order(o.hire(guest))
			return func() error { return o.admin.ResendActivation(t.Context(), to) }
		}, nil},
		"tenant made": {operates(nil, func(tn *authn.Tenants, op identity.OperatorScope, _ identity.TenantID) error {
			_, err := tn.CreateTenant(t.Context(), op, authn.Bootstrap{Slug: "acme"})
			return err
		}), nil},
		"tenant suspended": {operates(nil, suspend), nil},
		"tenant unsuspended": {operates(suspend, func(tn *authn.Tenants, op identity.OperatorScope, id identity.TenantID) error {
			return tn.UnsuspendTenant(t.Context(), op, id)
		}), nil},
		"tenant deleted": {operates(nil, remove), nil},
		"tenant restored": {operates(remove, func(tn *authn.Tenants, op identity.OperatorScope, id identity.TenantID) error {
			return tn.RestoreTenant(t.Context(), op, id)
		}), nil},
		"tenant changed": {operates(nil, func(tn *authn.Tenants, op identity.OperatorScope, id identity.TenantID) error {
			return tn.UpdateTenant(t.Context(), op, authn.TenantUpdate{Tenant: id, Expect: 1, Slug: "other"})
		}), nil},
		"tenants listed": {operates(nil, func(tn *authn.Tenants, op identity.OperatorScope, _ identity.TenantID) error {
			_, err := tn.Tenants(t.Context(), op, "", 10)
			return err
		}), nil},
		"tenant purged": {func(r *rig) func() error {
			r.person(ada)
			due, err := r.tenants().DeleteTenant(t.Context(), opScope(t), r.tenant, 0)
			must(t, err)
			return func() error {
				_, err := r.tenants().Purge(t.Context(), due.Add(time.Second), 10)
				return err
			}
		}, nil},
		"reset begun": {func(r *rig) func() error {
			r.person(ada)
			return func() error {
				_, err := r.accounts.BeginReset(t.Context(), ada)
				return err
			}
		}, nil},
		"reset looked at": {reset(func(r *rig, link string) error {
			_, err := r.accounts.ViewReset(t.Context(), link)
			return err
		}), nil},
		"reset completed": {reset(func(r *rig, link string) error {
			return r.accounts.CompleteReset(t.Context(), link, secret("another horse battery staple"))
		}), nil},
		"claim looked at": {func(r *rig) func() error {
			token := r.claimToken()
			return func() error { return r.accounts.CheckClaim(t.Context(), token) }
		}, nil},
		"step-up begun": {signedIn(func(r *rig, ctx context.Context, s *session.Session) error {
			out, err := r.accounts.RequireStepUp(ctx, s, anyOf(factor.TOTP))
			return passed[authn.StepRequired](out, err)
		}), nil},
		"step-up left": {func(r *rig) func() error {
			b, _ := r.mfa(authn.DefaultMaxAge + time.Minute)
			b.mustStep(anyOf(factor.TOTP), factor.TOTP)
			return b.abandons
		}, nil},
		"roles read": {func(r *rig) func() error {
			u := r.person(ada)
			must(t, r.stores.Identity.Apply(t.Context(), identity.PutGrant{Grant: identity.Grant{
				Tenant: u.Tenant, User: u.ID, Role: "forged", Version: 1, At: r.clock.Now(), By: u.ID,
			}}))
			return func() error {
				acct, err := r.ident.AccountByID(t.Context(), u.Subject())
				r.accounts.Roles(t.Context(), acct)
				return err
			}
		}, []string{"Record/identity.Append"}},
		"enrolment shown again": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser().signIn(ada)
			_, err := b.beginTOTP()
			must(t, err)
			return func() error {
				_, err := b.act(func(ctx context.Context, s *session.Session) error {
					_, err := r.accounts.PendingTOTP(ctx, s)
					return err
				})
				return err
			}
		}, late},
		"method chosen": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser()
			b.begin(ada)
			return func() error {
				_, err := b.act(func(ctx context.Context, s *session.Session) error {
					if _, err := r.accounts.PrepareFactor(ctx, s, factor.Password); err != nil {
						return err
					}
					_, err := r.accounts.SelectMethod(ctx, s, "password")
					return err
				})
				return err
			}
		}, late},
		"password changed": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser().signIn(ada)
			return func() error {
				var out authn.FactorOutcome
				_, err := b.act(func(ctx context.Context, s *session.Session) (err error) {
					out, err = r.accounts.ChangePassword(ctx, s, pw(goodPassword), secret("another horse battery staple"))
					return err
				})
				return passed[authn.Completed](out, err)
			}
		}, []string{"Commit/2", "Record/identity.Append"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyCall(t, tc.prepare, tc.silent)
		})
	}
}

// reset is somebody who has the link of a reset.
func reset(do func(r *rig, link string) error) func(r *rig) func() error {
	return func(r *rig) func() error {
		r.person(ada)
		_, err := r.accounts.BeginReset(r.t.Context(), ada)
		must(r.t, err)
		link := r.link()
		return func() error { return do(r, link) }
	}
}
