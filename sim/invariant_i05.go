package sim

import (
	"net/http"
	"strings"

	"github.com/axess-go/axess/authn"
)

// guessBound counts the wrong guesses that were judged: whoever is told to wait has
// learned nothing. What the ledger has taken is counted beside it, since a server that
// dies may have told somebody, and since an answer that is lost is one.
func guessBound() invariant {
	return invariant{Invariant: Invariant{
		ID: "I05", Name: "GuessBound",
		Statement: "Between two sign-ins of an account no more guesses at it are judged than the lock allows, on all servers together, and none is free because a server died.",
		Covers:    []string{"AUN-I4", "AUN-I10", "AUN-061", "FAC-I7"},
	}}
}

// clear notes that the wrong guesses at somebody may be forgotten.
func (p *person) clear() { p.wrong, p.cleared = nil, p.w.coro.Elapsed() }

// guessed counts a wrong credential that was judged. Before an account is known to be
// there, what is guessed at is not one but several: an address that nobody has, and each
// sign-up for it that waits. A copy of the store may hear of the account a little later.
func (g *ghost) guessed(q *ask, a answer) {
	path := strings.TrimPrefix(q.r.URL.Path, "/auth")
	judged := a.Code == http.StatusUnauthorized && (path == "/sign-in" || strings.HasPrefix(path, "/factor/")) ||
		a.Code == http.StatusUnprocessableEntity && path == "/account/password"
	if g.w.cfg.stage != nil {
		return // whoever looks names several in one flow, and nobody knows whom a guess was at
	}
	if q.claims == nil || q.right || q.claims.gone || q.claims.again || q.r.Method != http.MethodPost || !judged {
		return
	}
	p, lock := q.claims, authn.UserLock()
	if p.stopped > 0 || p.perhaps {
		return // what is guessed at somebody who is suspended is at nobody, and counts for the name
	}
	if p.known == 0 || q.at < p.known+lag || q.at < p.cleared {
		return
	}
	p.wrong = append(p.wrong, q.at)
	// The lock runs from the last of them, so that as many and one lie further apart.
	if n := len(p.wrong) - lock.Threshold - 1; n >= 0 && g.w.coro.Elapsed()-p.wrong[n] < g.w.locks(lock.Lock) {
		g.notice("I05", "%s: %d guesses at %s were judged within %v", q.b.name, lock.Threshold+1, p.name, g.w.coro.Elapsed()-p.wrong[n])
	}
}
