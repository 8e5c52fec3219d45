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
	"github.com/axess-go/axess/internal/approval"
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
	renames := func(do func(b *browser) error) prepare {
		return func(r *rig) func() error {
			r.ada()
			b := r.browser().signIn(ada)
			return func() error { return do(b) }
		}
	}
	own := authn.OwnPolicy{Policy: authn.StepUpPolicy{MaxAge: time.Minute}}
	note := []string{"Reserve/1", "Commit/1"} // how often the person is told
	late := []string{"Update"}                // the session's own commit at the end of the request
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
		"reset started by an order": {func(r *rig) func() error {
			o := &office{r, r.desk(), r.person(eve)}
			to := o.order(o.person(ada))
			return func() error { return o.admin.InitiateReset(t.Context(), to) }
		}, nil},
		"factor switched off": {func(r *rig) func() error {
			o := &office{r, r.desk(), r.person(eve)}
			to := o.order(o.person(ada))
			return func() error { return o.admin.DisableFactor(t.Context(), to, r.held(ada, factor.Password)[0].ID) }
		}, note},
		"factor switched on": {func(r *rig) func() error {
			o := &office{r, r.desk(), r.person(eve)}
			to := o.order(o.person(ada))
			must(t, o.admin.DisableFactor(t.Context(), to, r.held(ada, factor.Password)[0].ID))
			return func() error { return o.admin.EnableFactor(t.Context(), to, r.held(ada, factor.Password)[0].ID) }
		}, note},
		"password known to others": {func(r *rig) func() error {
			o := &office{r, r.desk(), r.person(eve)}
			u := o.person(ada)
			return func() error { return o.admin.MarkCompromised(t.Context(), o.order(u)) }
		}, nil},
		"password that has to be replaced": {func(r *rig) func() error {
			o := &office{r, r.desk(), r.person(eve)}
			o.marks(o.person(ada))
			b := r.browser()
			b.begin(ada)
			return func() error { return passed[authn.Workflow](b.verify(pw(goodPassword))) }
		}, []string{"Commit/3", "Record/identity.Append"}}, // as of a sign-in
		"replacement shown": {func(r *rig) func() error {
			o := &office{r, r.desk(), r.person(eve)}
			o.marks(o.person(ada))
			b := r.browser().owes()
			return func() error { _, err := b.viewReplacement(); return err }
		}, nil},
		"password replaced": {func(r *rig) func() error {
			o := &office{r, r.desk(), r.person(eve)}
			o.marks(o.person(ada))
			b := r.browser().owes()
			return func() error { return passed[authn.Completed](b.replaces("another horse battery staple")) }
		}, nil},
		"second factors taken": {func(r *rig) func() error {
			o := &office{r, r.desk(), r.person(eve)}
			u := o.person(ada)
			o.app(u)
			return func() error { return o.admin.ResetFactors(t.Context(), o.order(u)) }
		}, nil},
		"own policy": {order(identity.Active, func(o *office, to authn.Order) error { return o.admin.PutPolicy(t.Context(), to, own) }), nil},
		"own policy dropped": {func(r *rig) func() error {
			o := &office{r, r.desk(), r.person(eve)}
			to := o.order(o.person(ada))
			must(t, o.admin.PutPolicy(t.Context(), to, own))
			return func() error { return o.admin.DropPolicy(t.Context(), to, authn.PolicyStepUp, 1) }
		}, nil},
		"explained": {order(identity.Active, func(o *office, to authn.Order) error {
			_, err := o.admin.Explain(t.Context(), to)
			return err
		}), nil},
		"erasures finished": {func(r *rig) func() error {
			o := &office{r, r.desk(), r.person(eve)}
			to, applies := o.order(o.person(ada)), 0
			r.ident.hook(func(verb string) error {
				if strings.HasPrefix(verb, "Apply") {
					if applies++; applies == 2 {
						return errPlug
					}
				}
				return nil
			})
			if err := o.admin.Erase(t.Context(), to); !errors.Is(err, errPlug) {
				t.Errorf("nothing was cut: %v", err)
			}
			r.mend()
			r.clock.Advance(10 * time.Minute)
			return func() error { return o.admin.FinishErasures(t.Context(), r.stores.Identity, r.clock.Now()) }
		}, nil},
		"method put": {operates(nil, func(tn *authn.Tenants, op identity.OperatorScope, id identity.TenantID) error {
			return tn.PutMethod(t.Context(), op, id, steps("both", factor.Password, factor.TOTP))
		}), nil},
		"method removed": {operates(func(tn *authn.Tenants, op identity.OperatorScope, id identity.TenantID) error {
			return tn.PutMethod(t.Context(), op, id, steps("both", factor.Password, factor.TOTP))
		}, func(tn *authn.Tenants, op identity.OperatorScope, id identity.TenantID) error {
			return tn.RemoveMethod(t.Context(), op, id, "both")
		}), nil},
		"policy put": {operates(nil, func(tn *authn.Tenants, op identity.OperatorScope, id identity.TenantID) error {
			return tn.PutPolicy(t.Context(), op, authn.PolicyChange{Tenant: id, Policy: own.Policy})
		}), nil},
		"policy dropped": {operates(func(tn *authn.Tenants, op identity.OperatorScope, id identity.TenantID) error {
			return tn.PutPolicy(t.Context(), op, authn.PolicyChange{Tenant: id, Policy: own.Policy})
		}, func(tn *authn.Tenants, op identity.OperatorScope, id identity.TenantID) error {
			return tn.DropPolicy(t.Context(), op, id, authn.PolicyStepUp, 1)
		}), nil},
		"offenders listed": {operates(nil, func(tn *authn.Tenants, op identity.OperatorScope, _ identity.TenantID) error {
			_, _, err := tn.Offenders(t.Context(), op, "", 10)
			return err
		}), nil},
		"pepper rotated": {operates(nil, func(tn *authn.Tenants, op identity.OperatorScope, id identity.TenantID) error {
			return tn.RotateFingerprintPepper(t.Context(), op, id)
		}), nil},
		"peppers sealed anew": {func(r *rig) func() error {
			must(r.t, r.tenants().RotateFingerprintPepper(r.t.Context(), opScope(r.t), r.tenant))
			r.replaceDataKey()
			return func() error {
				n, err := r.tenants().ResealSecrets(r.t.Context(), opScope(r.t))
				if err == nil && n != 1 {
					return errors.New("not sealed anew")
				}
				return err
			}
		}, nil},
		// Where the rules cannot be read, no factor is fresh enough.
		"acting asked about": {acting(func(o *office, ctx context.Context, s *session.Session, _ identity.User) error {
			_, err := o.admin.ImpersonationProof(ctx, s)
			return err
		}, false), []string{"TenantByID"}},
		"acting begun": {acting(func(o *office, ctx context.Context, s *session.Session, bob identity.User) error {
			return o.admin.BeginImpersonation(ctx, s, authn.Impersonation{Target: bob.Subject(), Reason: "ticket 7"},
				approval.Mint(authn.ActionImpersonate, o.boss.Subject()))
		}, false), note},
		"acting ended": {acting(func(o *office, ctx context.Context, s *session.Session, _ identity.User) error {
			return o.accounts.EndImpersonation(ctx, s)
		}, true), nil},
		"rebind looked at": {rebind(func(b *browser, link string) error {
			_, err := b.viewRebind(link)
			return err
		}), nil},
		"rebind begun": {rebind(func(b *browser, link string) error {
			out, err := b.beginRebind(link, goodPassword)
			return passed[authn.StepRequired](out, err)
		}), []string{"Commit/2", "Record/identity.Append", "Update"}},
		"rebind completed": {func(r *rig) func() error {
			o := &office{r, r.desk(), r.person(eve)}
			u := o.person(ada)
			o.app(u)
			must(t, o.admin.ResetFactors(t.Context(), o.order(u)))
			b, link := r.browser(), o.link()
			_, err := b.beginRebind(link, goodPassword)
			must(t, err)
			v, err := b.viewRebind(link)
			must(t, err)
			show := r.codes(*v.App)
			return func() error {
				out, err := b.completeRebind(link, show())
				return passed[authn.Completed](out, err)
			}
		}, []string{"Epochs", "Create/0"}}, // of the guest who is shown the codes
		"code used": {func(r *rig) func() error {
			b, _ := codesOf(r)
			return func() error { return passed[authn.Workflow](b.verify(spare(b.kept[0]))) }
		}, []string{"Commit/3", "Update"}},
		"recovery looked at": {func(r *rig) func() error {
			b, _ := codesOf(r)
			b.try(spare(b.kept[0]))
			return func() error {
				if _, err := b.viewRecovery(); err != nil {
					return err
				}
				_, err := b.act(b.r.accounts.RenewRecovery)
				return err
			}
		}, late},
		"recovery with another app": {func(r *rig) func() error {
			b, _ := codesOf(r)
			b.try(spare(b.kept[0]))
			v, err := b.viewRecovery()
			must(t, err)
			show := r.codes(*v.App)
			return func() error { return passed[authn.Completed](b.completeRecovery(show())) }
		}, nil},
		"recovery with the old app": {func(r *rig) func() error {
			b, _ := codesOf(r)
			b.try(spare(b.kept[0]))
			return func() error { return passed[authn.Completed](b.keepFactors()) }
		}, nil},
		"codes replaced": {func(r *rig) func() error {
			b, show := codesOf(r)
			b.try(code(show()))
			return func() error { return passed[authn.Completed](b.replaceCodes()) }
		}, nil},
		"codes shown and kept": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser().signIn(ada)
			b.enrols("phone")
			return func() error {
				b.newCodes()
				_, err := b.act(b.r.accounts.CodesKept)
				return err
			}
		}, late},
		"address asked for": {address(func(b *browser, _ func() string) error {
			_, err := b.wants(adasNew)
			return err
		}), late},
		"address looked at": {address(func(b *browser, link func() string) error {
			_, err := b.act(func(ctx context.Context, s *session.Session) error {
				b.r.accounts.PendingAddress(ctx, s)
				_, err := b.r.accounts.ViewAddress(ctx, s, link())
				return err
			})
			return err
		}), nil},
		"address confirmed": {address(func(b *browser, link func() string) error {
			_, err := b.confirmsAddress(link())
			return err
		}), late},
		"address given up": {address(func(b *browser, link func() string) error {
			link()
			_, err := b.act(b.r.accounts.CancelAddressChange)
			return err
		}), late},
		"second address asked for": {address(func(b *browser, _ func() string) error {
			_, err := b.wantsToo(adasNew)
			return err
		}), late},
		"second address confirmed": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser().signIn(ada)
			_, err := b.wantsToo(adasNew)
			must(t, err)
			link := r.linkTo(adasNew, authn.NoteAddress)
			return func() error {
				_, err := b.confirmsAddress(link)
				return err
			}
		}, late},
		"second address given up": {address(func(b *browser, link func() string) error {
			link()
			_, err := b.act(func(ctx context.Context, s *session.Session) error {
				b.r.accounts.PendingSecondAddress(ctx, s)
				return b.r.accounts.CancelSecondAddress(ctx, s)
			})
			return err
		}), late},
		"user name added":   {renames(func(b *browser) error { return b.addsUsername("lovelace") }), nil},
		"user name removed": {renames(func(b *browser) error { return b.removesName(identity.Username, "ada") }), nil},
		"made primary":      {renames(func(b *browser) error { return b.makesPrimary(adasNew) }), nil},
		"name added by an order": {order(identity.Active, func(o *office, to authn.Order) error {
			return o.admin.AddName(t.Context(), to, named(identity.Username, "lovelace"))
		}), nil},
		"address added by an order": {order(identity.Active, func(o *office, to authn.Order) error {
			return o.admin.AddName(t.Context(), to, named(identity.Email, adasNew))
		}), nil},
		"name removed by an order": {func(r *rig) func() error {
			o := &office{r, r.desk(), r.person(eve)}
			to := o.order(r.ada())
			return func() error { return o.admin.RemoveName(t.Context(), to, named(identity.Email, adasNew)) }
		}, nil},
		"undo looked at": {undo(func(r *rig, link string) error {
			_, err := r.accounts.ViewUndo(t.Context(), link)
			return err
		}), nil},
		"undone": {undo(func(r *rig, link string) error { return r.accounts.UndoAddress(t.Context(), link) }), nil},
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
					if _, err := r.accounts.PrepareFactorAgain(ctx, s, factor.Password); err != nil {
						return err
					}
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

// acting is somebody who is about to act as another person, or does.
func acting(do func(o *office, ctx context.Context, s *session.Session, bob identity.User) error, already bool) func(r *rig) func() error {
	return func(r *rig) func() error {
		o := &office{r, r.desk(), r.person(eve)}
		target := o.person("bob@example.org")
		b := r.browser().signIn(eve)
		if already {
			b.acts(target)
		}
		r.clock.Advance(time.Second)
		return func() error {
			_, err := b.act(func(ctx context.Context, s *session.Session) error { return do(o, ctx, s, target) })
			return err
		}
	}
}

// rebind is somebody with the link to another second step.
func rebind(do func(b *browser, link string) error) func(r *rig) func() error {
	return func(r *rig) func() error {
		o := &office{r, r.desk(), r.person(eve)}
		u := o.person(ada)
		o.app(u)
		must(r.t, o.admin.ResetFactors(r.t.Context(), o.order(u)))
		b, link := r.browser(), o.link()
		return func() error { return do(b, link) }
	}
}

// address is somebody who is signed in, has asked for another address and has its link.
func address(do func(b *browser, link func() string) error) func(r *rig) func() error {
	return func(r *rig) func() error {
		r.person(ada)
		b := r.browser().signIn(ada)
		_, err := b.wants(adasNew)
		must(r.t, err)
		text := r.linkTo(adasNew, authn.NoteAddress)
		return func() error { return do(b, func() string { return text }) }
	}
}

// undo is somebody with the link that undoes a change of their address.
func undo(do func(r *rig, link string) error) func(r *rig) func() error {
	return func(r *rig) func() error {
		r.person(ada)
		link := r.browser().signIn(ada).moves(ada, adasNew)
		return func() error { return do(r, link) }
	}
}
