package sim

import (
	"context"
	"errors"
	"net/http/httptest"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// Second is the address of the second tenant's people.
const Second = "https://two.example.com"

// order lets a program on one of the servers call a verb, as a request would. heard is
// false if the server died, or there was none.
func (w *World) order(ctx context.Context, name string, verb func(context.Context, *axess.Axess) error) (err error, heard bool) {
	s := w.serving()
	if s == nil {
		w.outside.Sleep(ctx, time.Second) //nolint:errcheck // only time
		return nil, false
	}
	x := &exchange{began: w.coro.Steps(), server: s, node: s.node, done: w.outside.NewWaiter("order")}
	s.calls = append(s.calls, x)
	own, cancel := s.node.WithCancel(w.within(context.Background()))
	node, auth := s.node, s.auth
	node.Go(own, name, func(ctx context.Context) {
		defer cancel(nil)
		failed := verb(ctx, auth)
		w.coro.Switch()
		if node.Dead() {
			return
		}
		s.answered(x)
		err, x.answer = failed, httptest.NewRecorder()
		x.done.Wake()
	})
	if x.done.Wait(ctx) != nil || x.answer == nil {
		return nil, false
	}
	return err, true
}

// operator looks after the tenants: makes the second one, shuts it, and opens it again.
type operator struct{ *actor }

func (o *operator) live(ctx context.Context) {
	by, err := identity.System("the simulated operator")
	if err != nil {
		panic(err)
	}
	scope, err := identity.Operate(by)
	if err != nil {
		panic(err)
	}
	for o.begin() == nil {
		if o.w.second.IsZero() {
			o.found(ctx, scope)
			continue
		}
		if o.w.outside.Sleep(ctx, time.Duration(60+o.draw(600))*time.Second) != nil || o.w.quiet {
			return
		}
		switch {
		case o.w.asks[Second] == 0 && o.draw(3) == 2:
			o.demand(ctx, scope)
		case o.draw(3) == 2:
			o.dismiss(ctx)
		default:
			o.shut(ctx, scope)
		}
	}
}

// demand has everybody in the second tenant asked for an app from now on. Who has none
// sets one up on the way in; logins in progress keep what they began with (AUN-032).
func (o *operator) demand(ctx context.Context, scope identity.OperatorScope) {
	err, heard := o.w.order(ctx, "ask for an app", func(ctx context.Context, auth *axess.Axess) error {
		return authn.NewTenants(auth.Authn()).PutMethod(ctx, scope, o.w.second, authn.MFAMethods()[0])
	})
	if !heard || err != nil || o.w.outside.Sleep(ctx, lag+o.w.slack()) != nil {
		return // copies hear of it a little later
	}
	o.w.asks[Second] = o.w.coro.Steps()
}

// dismiss has the only administrator give the role up, which nobody but the program
// itself can decide.
func (o *operator) dismiss(ctx context.Context) {
	for _, p := range o.w.ghost.people {
		if !p.rules || p.id.IsZero() {
			continue
		}
		o.w.order(ctx, "give the role up", func(ctx context.Context, auth *axess.Axess) error { //nolint:errcheck // it is refused
			return auth.Authn().RevokeRole(ctx, authn.RoleChange{
				Subject: identity.Subject{Tenant: p.tenant, User: p.id}, Role: identity.RoleAdmin, By: p.id,
			})
		})
	}
}

// found makes the second tenant. One that exists by now was made by an order whose
// answer is lost.
func (o *operator) found(ctx context.Context, scope identity.OperatorScope) {
	o.w.order(ctx, "create tenant", func(ctx context.Context, auth *axess.Axess) error { //nolint:errcheck // it is asked for again
		made, err := authn.NewTenants(auth.Authn()).CreateTenant(ctx, scope, authn.Bootstrap{
			Slug: "two", DisplayName: "Two", Methods: authn.DefaultMethods(), Templates: auth.Authn().Templates(),
		})
		if errors.Is(err, store.ErrExists) {
			var list []identity.Tenant
			if list, err = authn.NewTenants(auth.Authn()).Tenants(ctx, scope, "", 10); err != nil {
				return err
			}
			for _, t := range list {
				if t.Slug == "two" {
					made = t
				}
			}
		}
		if err == nil {
			o.w.second = made.ID
		}
		return err
	})
	o.w.outside.Sleep(ctx, time.Second) //nolint:errcheck // only time
}

// shut suspends the second tenant for a while.
func (o *operator) shut(ctx context.Context, scope identity.OperatorScope) {
	g := o.w.ghost
	of := func(do func(*person)) {
		for _, p := range g.people {
			if p.origin == Second {
				do(p)
			}
		}
	}
	o.w.tell(o.name, "suspends the second tenant")
	of(func(p *person) { g.doubt(p, nil) })
	err, heard := o.w.order(ctx, "suspend tenant", func(ctx context.Context, auth *axess.Axess) error {
		return authn.NewTenants(auth.Authn()).SuspendTenant(ctx, scope, o.w.second)
	})
	if heard && err == nil {
		of(func(p *person) {
			g.end(p, nil, "the suspension of the tenant")
			p.shut = o.w.coro.Steps()
		})
		o.w.outside.Sleep(ctx, time.Duration(o.draw(120))*time.Second) //nolint:errcheck // only time
	}
	of(func(p *person) { p.shut = 0 })
	for range 100 {
		err, heard := o.w.order(ctx, "unsuspend tenant", func(ctx context.Context, auth *axess.Axess) error {
			return authn.NewTenants(auth.Authn()).UnsuspendTenant(ctx, scope, o.w.second)
		})
		if heard && (err == nil || errors.Is(err, authn.ErrTenantStatus)) {
			return
		}
		if o.w.outside.Sleep(ctx, 5*time.Second) != nil {
			return
		}
	}
}
