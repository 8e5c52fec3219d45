package sim

import (
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// deadlines are judged against the true time, with what clocks of servers may differ.
func deadlines() invariant {
	return invariant{Invariant: Invariant{
		ID: "I11", Name: "Deadlines",
		Statement: "Nothing is accepted past its deadline by more than clocks may differ.",
		Covers:    []string{"SES-021", "SES-228", "FAC-060"},
	}}
}

// use is when the store was last asked about a login, by any server for anybody.
type use struct {
	last  time.Duration
	woken time.Duration // when that was, for the first time after longer than it may rest
	slept time.Duration // how long it had rested then
}

// uses notes that the store was asked about a login, and has it.
func (g *ghost) uses(of identity.LoginID) {
	if of.IsZero() {
		return
	}
	now := g.w.coro.Elapsed()
	u, known := g.used[of]
	if rest := now - u.last; known && rest > g.w.limits().Idle+2*g.w.slack() {
		u.woken, u.slept = now, rest
	}
	u.last = now
	g.used[of] = u
}

// inTime looks at a page of a login that nobody had used for too long when it was asked for.
func (g *ghost) inTime(ref session.Ref, a answer, who string) {
	k := g.stored[ref]
	if k == nil {
		return
	}
	if u := g.used[k.login]; u.slept > 0 && u.woken >= a.at {
		g.notice("I11", "%s is served after %v in which nobody used the login", who, u.slept)
	}
}
