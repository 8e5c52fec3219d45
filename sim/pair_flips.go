package sim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
)

// Flips are the facts that pairs of worlds differ in: of accounts, which nobody learns who
// has proved nothing, and of a tenant, which nobody learns in another.
func Flips() []Flip { return slices.Concat(accountFlips(), tenantFlips()) }

// accountFlips are facts of an account.
func accountFlips() []Flip {
	return []Flip{
		{
			Name: "exists", Statement: "an address has an account", Invariant: "I14",
			hidden: func(ctx context.Context, st *stage) {
				if st.flipped {
					st.member(ctx)
				}
			},
		},
		{
			Name: "app", Statement: "an account asks for an app beside the password", Invariant: "I14",
			hidden: func(ctx context.Context, st *stage) {
				p := st.member(ctx)
				if st.flipped {
					st.app(ctx, p)
				}
			},
		},
		{
			Name: "waiting", Statement: "somebody has signed up with an address and has not confirmed it", Invariant: "I14",
			hidden: func(ctx context.Context, st *stage) {
				if !st.flipped {
					return
				}
				p := st.w.person("ada", Origin)
				st.let(ctx, p.actor, func(ctx context.Context) {
					b := st.own(p)
					b.open(ctx, "/auth/sign-up")
					b.submit(ctx, "/auth/sign-up", url.Values{"email": {p.addresses[0]}, "password": {p.password}})
				})
			},
		},
		{
			Name: "suspended", Statement: "an account is suspended", Invariant: "I14",
			hidden: func(ctx context.Context, st *stage) {
				p := st.member(ctx)
				if st.flipped {
					st.orders(ctx, p, (*authn.Admin).Suspend)
				}
			},
		},
		{
			Name: "erased", Statement: "an address had an account", Invariant: "I14",
			hidden: func(ctx context.Context, st *stage) {
				if st.flipped {
					st.orders(ctx, st.member(ctx), (*authn.Admin).Erase)
				}
			},
		},
		{
			Name: "locked", Statement: "a name that others have locked has an account", Invariant: "I14",
			hidden: func(ctx context.Context, st *stage) {
				if st.flipped {
					st.member(ctx)
				}
			},
			open: func(ctx context.Context, st *stage) { st.locks(ctx, Origin, "ada@example.org") },
		},
		{
			Name: "resetting", Statement: "the owner of an account has asked for a new password", Invariant: "I14",
			hidden: func(ctx context.Context, st *stage) {
				p := st.member(ctx)
				if st.flipped {
					st.let(ctx, p.actor, func(ctx context.Context) {
						b := st.own(p)
						b.open(ctx, "/auth/reset")
						b.submit(ctx, "/auth/reset", url.Values{"identifier": {p.addresses[0]}})
					})
				}
			},
		},
		{
			Name: "signed-in", Statement: "the owner of an account is signed in", Invariant: "I14",
			hidden: func(ctx context.Context, st *stage) {
				p := st.member(ctx)
				if st.flipped {
					st.let(ctx, p.actor, func(ctx context.Context) { p.signIn(ctx, st.own(p)) })
				} else {
					st.let(ctx, p.actor, func(ctx context.Context) { p.signOut(ctx, p.browsers[0]) })
				}
			},
		},
		{
			Name: "compromised", Statement: "the password of an account has to be replaced", Invariant: "I14",
			hidden: func(ctx context.Context, st *stage) {
				p := st.member(ctx)
				if st.flipped {
					st.orders(ctx, p, (*authn.Admin).MarkCompromised)
				}
			},
		},
		{
			Name: "unbound", Statement: "the app of an account was taken away and another is waited for", Invariant: "I14",
			hidden: func(ctx context.Context, st *stage) {
				p := st.member(ctx)
				st.app(ctx, p)
				if st.flipped {
					st.orders(ctx, p, (*authn.Admin).ResetFactors)
				}
			},
		},
	}
}

// own is a browser of somebody who lives behind what is hidden.
func (st *stage) own(p *person) *browser {
	b := st.w.browser(fmt.Sprint(p.name, "/", len(p.browsers)+1), "203.0.113.1:4000")
	b.origin = p.origin
	p.browsers = append(p.browsers, b)
	return b
}

// member signs ada up and in.
func (st *stage) member(ctx context.Context) *person {
	return st.joins(ctx, "ada", Origin, "ada@example.org")
}

// joins signs somebody up and in.
func (st *stage) joins(ctx context.Context, name, origin, address string) *person {
	p := st.w.person(name, origin)
	p.addresses = []string{address}
	st.let(ctx, p.actor, func(ctx context.Context) {
		b := st.own(p)
		for range 5 {
			if p.signUp(ctx, b) {
				p.look(ctx, b)
				return
			}
		}
	})
	if p.id.IsZero() {
		st.fails("%s could not sign up", name)
	}
	return p
}

// app sets one up.
func (st *stage) app(ctx context.Context, p *person) {
	st.let(ctx, p.actor, func(ctx context.Context) {
		for range 5 {
			if p.addApp(ctx, p.browsers[0]); len(p.apps) > 0 && p.apps[0].sure > 0 {
				return
			}
			p.w.outside.Sleep(ctx, 31*time.Second) //nolint:errcheck // the next code
		}
	})
	if len(p.apps) == 0 {
		st.fails("%s could not set an app up", p.name)
	}
}

// orders has something done to an account.
func (st *stage) orders(ctx context.Context, p *person, verb func(*authn.Admin, context.Context, authn.Order) error) {
	by, err := identity.System("the simulated operator")
	if err != nil {
		panic(err)
	}
	err, heard := st.w.order(ctx, "order", func(ctx context.Context, auth *axess.Axess) error {
		return verb(auth.Admin(), ctx, authn.Order{
			Actor: by, Subject: identity.Subject{Tenant: p.tenant, User: p.id}, Reason: "the simulation",
		})
	})
	if err != nil || !heard {
		st.fails("an order about %s: %v", p.name, err)
	}
}

// locks guesses at a name until it is locked.
func (st *stage) locks(ctx context.Context, origin, name string) {
	st.let(ctx, st.w.actor("locksmith"), func(ctx context.Context) {
		if st.guessesAt(ctx, origin, []string{name, name, name, name, name, name}) != http.StatusTooManyRequests {
			st.fails("%s could not be locked", name)
		}
	})
}

// guessesAt tries a wrong password for each name, each from another address.
func (st *stage) guessesAt(ctx context.Context, origin string, names []string) (code int) {
	for i, name := range names {
		b := st.w.browser("locksmith", fmt.Sprintf("198.51.101.%d:4000", i+1))
		b.origin = origin
		b.open(ctx, "/auth/sign-in")
		code = b.submit(ctx, "/auth/sign-in", url.Values{"identifier": {name}, "password": {"a guess at somebody"}}).Code
	}
	return code
}

// fails ends a pair whose worlds are not what they were to be.
func (st *stage) fails(format string, a ...any) {
	err := fmt.Errorf("sim: what is hidden cannot be set up: "+format, a...)
	if st.opening {
		err = fmt.Errorf("%w: %w", errStage, err)
	}
	st.w.coro.Report(err)
}
