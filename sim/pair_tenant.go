package sim

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// tenantFlips are facts of the second tenant. Who looks belongs to the first, or to none.
func tenantFlips() []Flip {
	of := func(name, statement string, hidden func(context.Context, *stage)) Flip {
		return Flip{
			Name: name, Statement: statement, Invariant: "I13", hidden: hidden, looks: (*stage).neighbours,
			open: func(ctx context.Context, st *stage) { st.inhabited(ctx) },
		}
	}
	there := func(name, statement string, hidden func(context.Context, *stage)) Flip {
		return of(name, statement, func(ctx context.Context, st *stage) {
			if st.found(ctx); st.flipped {
				hidden(ctx, st)
			}
		})
	}
	return []Flip{
		of("tenant", "there is another tenant", func(ctx context.Context, st *stage) {
			if st.flipped {
				st.found(ctx)
			}
		}),
		there("namesake", "another tenant has an account with the same address", func(ctx context.Context, st *stage) {
			p := st.joins(ctx, "namesake", Second, "ada@example.org")
			st.app(ctx, p)
		}),
		there("busy", "people of another tenant do all that people do", func(_ context.Context, st *stage) {
			st.busy = true
		}),
		there("shut", "another tenant is suspended", func(ctx context.Context, st *stage) {
			st.joins(ctx, "namesake", Second, "ada@example.org")
			st.operates(ctx, func(ctx context.Context, t *authn.Tenants, by identity.OperatorScope) error {
				return t.SuspendTenant(ctx, by, st.w.second)
			})
		}),
		there("rules", "another tenant has other rules and asks for an app", func(ctx context.Context, st *stage) {
			st.operates(ctx, func(ctx context.Context, t *authn.Tenants, by identity.OperatorScope) error {
				lock := authn.UserLock()
				lock.Threshold = 1
				if err := t.PutPolicy(ctx, by, authn.PolicyChange{Tenant: st.w.second, Policy: lock}); err != nil {
					return err
				}
				return t.PutMethod(ctx, by, st.w.second, identity.Method{
					Name: "both", Enabled: true, Steps: []identity.Step{identity.Required(factor.Password), identity.Required(factor.TOTP)},
				})
			})
		}),
		there("locked-there", "a name that nobody has is locked in another tenant", func(ctx context.Context, st *stage) {
			st.locks(ctx, Second, "nobody@example.org")
		}),
	}
}

// operates has something done to the tenants.
func (st *stage) operates(ctx context.Context, do func(context.Context, *authn.Tenants, identity.OperatorScope) error) {
	by, err := identity.System("the simulated operator")
	if err != nil {
		panic(err)
	}
	scope, err := identity.Operate(by)
	if err != nil {
		panic(err)
	}
	err, heard := st.w.order(ctx, "operate", func(ctx context.Context, auth *axess.Axess) error {
		return do(ctx, authn.NewTenants(auth.Authn()), scope)
	})
	if err != nil || !heard {
		st.fails("the operator: %v", err)
	}
}

// found makes the second tenant.
func (st *stage) found(ctx context.Context) {
	st.operates(ctx, func(ctx context.Context, t *authn.Tenants, by identity.OperatorScope) error {
		made, err := t.CreateTenant(ctx, by, authn.Bootstrap{Slug: "two", DisplayName: "Two", Methods: authn.DefaultMethods()})
		st.w.second = made.ID
		return err
	})
}

// inhabited gives the first tenant an administrator and a member, the same in both worlds.
func (st *stage) inhabited(ctx context.Context) {
	st.first = st.member(ctx)
	a := &admin{st.w.person("admin", Origin)}
	a.rules = true
	st.let(ctx, a.actor, func(ctx context.Context) {
		b := st.own(a.person)
		for range 5 {
			if a.claim(ctx, b) {
				a.look(ctx, b)
				break
			}
		}
		if a.id.IsZero() {
			st.fails("nobody could claim the first account")
		}
	})
	st.rules = a
}

// neighbours begin to look: a member of the first tenant, its administrator, who also
// reads its events, and a stranger.
func (st *stage) neighbours() {
	w, p, a := st.w, st.first, st.rules
	st.watched[p.name], st.watched[a.name] = true, true
	p.start(func(ctx context.Context) {
		for p.rest(ctx) == nil {
			p.day(ctx)
		}
	})
	a.start(func(ctx context.Context) {
		for a.rest(ctx) == nil {
			switch b := a.browsers[0]; {
			case b.login == nil:
				a.signIn(ctx, b)
			case a.draw(4) == 0:
				a.look(ctx, b)
			case a.draw(3) == 0:
				st.reads(ctx, a)
			default:
				a.rule(ctx, b)
			}
		}
	})
	st.strangers("ada@example.org")
	if !st.busy {
		return
	}
	// At other moments than those who look: of two events in one microsecond the second is
	// dated a microsecond later, whosever they are.
	const aside = 500 * time.Microsecond
	for i := range 3 {
		x := w.person(fmt.Sprint("other", i+1), Second)
		st.own(x)
		st.own(x)
		x.start(func(ctx context.Context) {
			if w.outside.Sleep(ctx, aside) == nil {
				x.live(ctx)
			}
		})
	}
	// Not from the looker's networks: an address that guesses is stopped in every tenant.
	w.actor("burglar").start(func(ctx context.Context) {
		for w.outside.Sleep(ctx, time.Minute+aside) == nil {
			st.guessesAt(ctx, Second, []string{"ada@example.org", "other1@example.org"})
		}
	})
}

// reads are the newest events of the first tenant, when what was done lately has come to
// be among them. Of events in one microsecond a server dates each later by one, whosever
// they are, and the order is that of ids that are drawn: here they are compared to the
// millisecond, in the order of what they say, with the ids as long as they are.
func (st *stage) reads(ctx context.Context, a *admin) {
	st.w.outside.Sleep(ctx, 10*time.Second) //nolint:errcheck // only time
	by, err := identity.System("the simulated operator")
	if err != nil {
		panic(err)
	}
	var lines []string
	err, heard := st.w.order(ctx, "events", func(ctx context.Context, auth *axess.Axess) error {
		page, err := auth.Admin().Events(ctx, authn.EventQuery{Actor: by, Tenant: a.tenant, Limit: 50})
		for _, e := range page.Entries {
			body := moments.ReplaceAllString(string(e.Body), "$1")
			lines = append(lines, e.At.Format("15:04:05.000")+" "+string(e.Kind)+" "+drawn.ReplaceAllStringFunc(body, func(id string) string {
				return fmt.Sprintf("[%d]", len(id))
			}))
		}
		return err
	})
	if len(lines) == 50 {
		// The last moment may be cut.
		last, _, _ := strings.Cut(lines[49], " ")
		lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, last) })
	}
	slices.Sort(lines)
	st.finds("the administrator reads events", fmt.Sprintf("%s\n%v %v", strings.Join(lines, "\n"), err, heard))
}

// moments are those of events, to the millisecond.
var moments = regexp.MustCompile(`("time_us":"?\d+)\d{3}\b`)

// delivered is how long a mail takes at most: how long within that depends on when a
// server looks for mails, and so on who else has caused one.
const delivered = 3 * time.Minute
