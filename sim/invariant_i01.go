package sim

import (
	"slices"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// evidence: what a page says was proved is held against what somebody really typed: the
// password that was the account's at that moment, a code of an app of theirs, a link
// that came by mail.
func evidence() invariant {
	return invariant{Invariant: Invariant{
		ID: "I01", Name: "Evidence",
		Statement: "Whoever is signed in has really proved each thing that the login rests on, and all that the account asks for.",
		Covers:    []string{"SES-011", "SES-023", "AUN-003", "AUN-I0", "AUN-I3", "IDN-I4"},
	}}
}

// sound looks at what a login is said to rest on.
func (g *ghost) sound(p *person, v *view, l *login, who string) {
	for _, e := range v.Evidence {
		if !g.proved(p, e) {
			g.notice("I01", "%s is signed in as %s with %s of %s, which nobody has proved",
				who, p.name, e.Kind, e.At.Format(time.TimeOnly))
		}
	}
	if l == nil || slices.Contains(v.kinds(), factor.TOTP) {
		return
	}
	if at := g.w.asks[p.origin]; at > 0 && at < l.began {
		g.notice("I01", "%s is signed in as %s without an app, where everybody is asked for one", who, p.name)
	}
	for _, a := range p.apps {
		if a.sure > 0 && a.sure < l.began && a.ended == 0 && !a.maybe {
			g.notice("I01", "%s is signed in as %s without the app that the account asks for", who, p.name)
		}
	}
}

// proved says that a proof of somebody can be what the evidence was made from, the
// newest as a rule.
func (g *ghost) proved(p *person, e identity.Evidence) bool {
	at, slack := e.At.Sub(g.w.coro.Time().Add(-g.w.coro.Elapsed())), g.w.slack()
	for _, pr := range slices.Backward(p.proofs) {
		if pr.kind == e.Kind && at >= pr.from-slack && (pr.open || at <= pr.to+slack) {
			return true
		}
	}
	return false
}
