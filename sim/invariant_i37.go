package sim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/coro"
)

// sealedToOwner: somebody who can write to the database moves rows to where they would
// help, and tries what comes of it.
func sealedToOwner() invariant {
	return invariant{Invariant: Invariant{
		ID: "I37", Name: "SealedToOwner",
		Statement: "A credential or a role that was copied to somebody else, changed, or brought back is worth nothing there, and an operator is told.",
		Covers:    []string{"SES-031", "SES-152", "FAC-I0"},
	}}
}

// forge edits a row of an account: its password becomes a copy of another's, or one with a
// bit changed, or it is given the role of the administrator. Then that is tried.
func (w *World) forge(ctx context.Context) {
	people := slices.DeleteFunc(slices.Clone(w.ghost.people), func(p *person) bool {
		return p.id.IsZero() || p.gone || p.again || p.rules
	})
	stores := w.place.stores(w.servers[0])
	if len(people) < 2 || w.place.persona == SQLite {
		return
	}
	at := w.pick(coro.Faults, len(people))
	p, q := people[at], people[(at+1+w.pick(coro.Faults, len(people)-1))%len(people)]
	w.ghost.edited = true
	if w.pick(coro.Faults, 3) == 2 {
		w.crowns(ctx, stores, p)
		return
	}
	mine, ok := w.passwordOf(ctx, stores, p)
	theirs, also := w.passwordOf(ctx, stores, q)
	if !ok || !also {
		return
	}
	word, before := q.password, mine.Version
	if mine.Version++; w.pick(coro.Faults, 3) == 2 {
		mine.Body, word = slices.Clone(mine.Body), p.password
		mine.Body[w.pick(coro.Faults, len(mine.Body))] ^= 1 << w.pick(coro.Faults, 8)
	} else {
		mine.Body, mine.MAC = theirs.Body, theirs.MAC
	}
	if err := stores.Identity.Apply(ctx, identity.PutCredential{Credential: mine, Expect: before}); err != nil {
		return // it has changed, or they are gone
	}
	p.forged = true
	w.tell("somebody with the database", "puts the password of %s in the place of that of %s", q.name, p.name)
	w.triesForged(p, word)
}

// passwordOf is the row of somebody's password.
func (w *World) passwordOf(ctx context.Context, stores backend.Stores, p *person) (identity.Credential, bool) {
	acct, err := stores.Identity.AccountByID(ctx, identity.Subject{Tenant: p.tenant, User: p.id})
	if err != nil {
		return identity.Credential{}, false
	}
	i := slices.IndexFunc(acct.Credentials, func(c identity.Credential) bool { return c.Kind == factor.Password })
	if i < 0 {
		return identity.Credential{}, false
	}
	return acct.Credentials[i], true
}

// crowns gives somebody the role of the administrator, with the seal of the genuine one.
func (w *World) crowns(ctx context.Context, stores backend.Stores, p *person) {
	var from identity.Account
	for _, a := range w.ghost.people {
		if a.rules && !a.id.IsZero() && a.tenant == p.tenant {
			from, _ = stores.Identity.AccountByID(ctx, identity.Subject{Tenant: a.tenant, User: a.id}) // no grants then
		}
	}
	for _, g := range from.Grants {
		g.User, g.Version = p.id, 1
		if stores.Identity.Apply(ctx, identity.PutGrant{Grant: g}) != nil {
			continue // they have had it before
		}
		w.tell("somebody with the database", "gives %s the role %s", p.name, g.Role)
		b := p.browsers[w.pick(coro.Faults, len(p.browsers))].tab()
		b.name = "a pretender in " + b.name
		w.outside.Go(w.within(context.Background()), "pretender", func(ctx context.Context) {
			before := w.ghost.alarms["grant_not_authentic"]
			a := b.send(ctx, http.MethodGet, "/admin", nil)
			switch {
			case a.Code == http.StatusOK:
				w.ghost.notice("I37", "%s is an administrator by a role that was copied to them", p.name)
			case a.Code == http.StatusForbidden && b.login != nil && !b.acting && w.ghost.alarms["grant_not_authentic"] == before:
				w.ghost.notice("I37", "a role was copied to %s, and nobody is told", p.name)
			}
		})
	}
}

// triesForged signs in as somebody whose password was edited.
func (w *World) triesForged(p *person, word string) {
	w.outside.Go(w.within(context.Background()), "forger", func(ctx context.Context) {
		if w.place.persona == Replica && w.outside.Sleep(ctx, 2*lag) != nil {
			return // until then a copy may show what was there before, and is right not to tell
		}
		b := w.browser("a forger", "198.51.100.5:4000")
		b.origin = p.origin
		b.open(ctx, "/auth/sign-in")
		before := w.ghost.alarms["credential_unreadable"]
		a := b.submit(ctx, "/auth/sign-in", url.Values{"identifier": {p.addresses[0]}, "password": {word}})
		to := fmt.Sprint(a.Code, " ", a.location())
		switch {
		case !p.forged: // they have chosen another meanwhile
		case a.Code == http.StatusSeeOther && a.location() != "/auth/sign-in":
			w.ghost.notice("I37", "a password that was copied to %s lets somebody in: %s", p.name, to)
		case a.Code == http.StatusUnauthorized && p.stopped == 0 && !p.perhaps && p.shut == 0 && !p.gone && w.ghost.alarms["credential_unreadable"] == before:
			w.ghost.notice("I37", "the password of %s was edited, and nobody is told", p.name)
		}
	})
}
