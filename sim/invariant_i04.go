package sim

import (
	"net/http"
	"strings"

	"github.com/axess-go/axess/identity"
)

// onceOnly: answers that take a code are counted for each code, and what the stores do
// for each link and each version of a credential.
func onceOnly() invariant {
	return invariant{Invariant: Invariant{
		ID: "I04", Name: "OnceOnly",
		Statement: "A code and a link are good for one success each, on all servers together.",
		Covers:    []string{"FAC-I4", "FAC-I6", "FAC-I11", "AUN-I15"},
	}}
}

// usedUp counts the codes that were accepted.
func (g *ghost) usedUp(q *ask, a answer) {
	if q.app == nil || g.missed(q, a) {
		return
	}
	if q.app.taken[q.count]++; q.app.taken[q.count] > 1 {
		g.notice("I04", "%s: a code of %s was accepted %d times", q.b.name, q.claims.name, q.app.taken[q.count])
	}
}

// missed says that an answer to a code does not say that it was accepted.
func (g *ghost) missed(q *ask, a answer) bool {
	to := a.location()
	return a.Code != http.StatusSeeOther || strings.HasPrefix(to, "/auth/factor/") || to == "/auth/rebind" || to == "/auth/verify" || strings.HasPrefix(to, "/auth/enrol") || strings.HasPrefix(to, "/auth/sign-in?") ||
		// A step-up that has failed for good leads there, too.
		to == "/auth/account" && strings.HasPrefix(q.r.URL.Path, "/auth/factor/")
}

// spent looks at what the stores have made of one-time things.
func (g *ghost) spent(changes ...identity.Change) {
	for _, c := range changes {
		if c, ok := c.(identity.ConsumeToken); ok {
			if g.links[c.Selector]++; g.links[c.Selector] > 1 {
				g.notice("I04", "a link was consumed %d times", g.links[c.Selector])
			}
		}
		if c, ok := c.(identity.AdvanceCredential); ok {
			k := version{c.Credential.ID, c.Credential.Version}
			if g.versions[k]++; g.versions[k] > 1 {
				g.notice("I04", "a credential came to version %d twice", k.number)
			}
		}
	}
}

// version of a credential.
type version struct {
	of     identity.CredentialID
	number uint64
}
