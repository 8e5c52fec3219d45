package sim

import (
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// noLostUpdate: people keep things in their session from several tabs at once. What a
// page shows later is held against what was acknowledged, and each write of a session
// against what has become of it.
func noLostUpdate() invariant {
	return invariant{Invariant: Invariant{
		ID: "I09", Name: "NoLostUpdate",
		Statement: "What was kept in a session and acknowledged is there until something else takes its place, and nothing is written over a session that has ended or moved on.",
		Covers:    []string{"SES-100", "SES-101", "SES-103", "SES-105"},
	}}
}

// item is one thing that somebody puts into a session.
type item struct {
	of    *person
	shelf string
	login identity.LoginID
	from  int  // step at which it was sent
	to    int  // step at which the answer came; zero: none has
	sure  bool // it was acknowledged, and nothing came in between
}

// stored is what the ghost knows of a stored session.
type stored struct {
	login   identity.LoginID
	subject identity.Subject
	over    bool // it was ended or replaced: it must not be written any more
}

// packs notes that something is about to be put into a session.
func (g *ghost) packs(p *person, shelf, thing string) *item {
	it := &item{of: p, shelf: shelf, from: g.w.coro.Steps()}
	g.items[thing] = it
	return it
}

// packed looks at the answer to it. Where the session got a new id meanwhile, or the
// store may have lost something, the thing may be in it or not (SES-103).
func (g *ghost) packed(it *item, a answer) {
	if a.lost() {
		return
	}
	it.to = g.w.coro.Steps()
	v := a.view()
	if v == nil {
		return
	}
	k := g.stored[v.Session]
	if k == nil {
		return
	}
	it.login = k.login
	it.sure = g.moved[k.login] < it.from && g.robbed < it.from
	if it.sure {
		g.baskets[k.login] = append(g.baskets[k.login], it)
	}
}

// unpacks looks at what a session is said to hold.
func (g *ghost) unpacks(p *person, have *basket, a answer, who string) {
	k := g.stored[have.Session]
	if k == nil || k.over {
		return // an id that was just replaced shows what was in it before
	}
	for _, shelf := range shelfNames() {
		thing, there := have.Items[shelf]
		got := g.items[thing]
		switch {
		case there && (got == nil || got.shelf != shelf):
			g.notice("I09", "%s finds %q on the shelf for %s, where nobody has put it", who, thing, shelf)
		case there && got.of != p:
			g.notice("I18", "%s finds %q, which %s has put there", who, thing, got.of.name)
		}
		for _, it := range g.baskets[k.login] {
			switch {
			case it.shelf != shelf || it == got || it.to >= a.began || !it.sure:
			case !there:
				g.notice("I09", "%s has lost what was acknowledged at step %d: there is no %s", who, it.to, shelf)
			case got != nil && got.to > 0 && got.to < it.from:
				g.notice("I09", "%s finds %q again, which was replaced at step %d", who, thing, it.to)
			}
		}
	}
}

// writes looks at a write over a stored session.
func (g *ghost) writes(rec *session.Record) {
	if k := g.stored[rec.Ref]; k != nil && k.over {
		g.notice("I09", "a session that had ended or moved on is written: %s", rec.Ref)
	}
}

// over notes that a stored session has ended.
func (g *ghost) over(ref session.Ref, of identity.Subject) {
	if k := g.stored[ref]; k != nil && (of.IsZero() || of == k.subject) {
		k.over = true
	}
}

// unsettles forgets what was sure of sessions: the store has lost what was written last.
func (g *ghost) unsettles() {
	g.robbed = g.w.coro.Steps()
	clear(g.baskets)
	clear(g.replaced)
	for _, it := range g.items {
		it.sure = false
	}
	for ref := range g.stored {
		g.stored[ref].over = false
	}
	clear(g.raised)
}
