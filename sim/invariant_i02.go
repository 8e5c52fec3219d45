package sim

import (
	"slices"

	"github.com/axess-go/axess/identity"
)

// machine: what one page says about a login is held against what a later one says.
func machineRows() invariant {
	return invariant{Invariant: Invariant{
		ID: "I02", Name: "Machine",
		Statement: "Within a login the evidence never shrinks, and the time of the sign-in does not move.",
		Covers:    []string{"SES-008", "SES-013", "AUN-022"},
	}}
}

// grows compares two views of a login, of which the later was asked for behind the
// answer of the earlier.
func (g *ghost) grows(l *login, v *view, a answer, who string) {
	if was := l.seen; was != nil && a.began > l.heard {
		if !was.At.Equal(v.At) {
			g.notice("I02", "%s: the sign-in of %v is said to be of %v", who, was.At, v.At)
		}
		for _, e := range was.Evidence {
			if !slices.ContainsFunc(v.Evidence, func(n identity.Evidence) bool { return n.Kind == e.Kind && !n.At.Before(e.At) }) {
				g.notice("I02", "%s: %s of %v is gone from the login", who, e.Kind, e.At)
			}
		}
	}
	if l.seen == nil || a.began > l.heard {
		l.seen, l.heard = v, g.w.coro.Steps()
	}
}
