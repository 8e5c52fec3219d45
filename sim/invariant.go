package sim

import (
	"fmt"
	"slices"
)

// Invariant is something that must hold in every run, whatever is done to the site and
// whatever fails behind it.
type Invariant struct {
	// ID is the one of the contract: "I03".
	ID string
	// Name is what reports call it: "DeadStaysDead".
	Name string
	// Statement says what holds, in a sentence.
	Statement string
	// Covers are the requirements that it stands for.
	Covers []string
}

// String is ID and name: "SIM-I03 DeadStaysDead".
func (i Invariant) String() string { return "SIM-" + i.ID + " " + i.Name }

// Broken is the finding of a run in which an invariant did not hold.
type Broken struct {
	Invariant Invariant
	// What happened.
	What string
}

// Error implements error.
func (b *Broken) Error() string { return b.Invariant.String() + ": " + b.What }

// Invariants are those that every run looks at, in the order of their ids.
func Invariants() []Invariant {
	var out []Invariant
	for _, inv := range invariants() {
		out = append(out, inv.Invariant)
	}
	return out
}

// invariant is one with its check. Much is noticed where it happens, by those who see
// the answers and the calls of the stores; what is here is what nobody passes by.
type invariant struct {
	Invariant
	// still looks at the whole site while nothing is asked of it; nil: there is nothing
	// to look at then. It may be called at any quiet point, and is at the last.
	still func(w *World) error
}

func invariants() []invariant {
	return []invariant{
		linear(), evidence(), machineRows(), deadStaysDead(), onceOnly(), guessBound(), ackBeforeCookie(), outageKeepsLogin(),
		noLostUpdate(), sessionLimit(), deadlines(), epochMonotone(), tenantWall(), noOracle(), stepUpSound(), recoveryNeverWeakens(), oneOwner(), subjectWall(),
		actorVisible(), denyByDefault(), noForgery(), auditExact(), noSecretOut(), erasedGone(), sealedToOwner(), rotationSilent(), bootstrapWhole(), proofNeeded(),
		noWedge(), bounded(), noPanic(), sameAgain(),
	}
}

// notice is something that must not be, of an invariant by its id. One that the
// configuration leaves out is not looked at.
func (g *ghost) notice(id, format string, a ...any) {
	if only := g.w.cfg.Invariants; len(only) > 0 && !slices.Contains(only, id) {
		return
	}
	at := slices.IndexFunc(g.w.invs, func(i invariant) bool { return i.ID == id })
	g.wrong = append(g.wrong, &Broken{g.w.invs[at].Invariant, fmt.Sprintf(format, a...)})
}

// watchEvery is how many steps lie between two calls of a watch.
const watchEvery = 512

// after reports what was noticed in a step.
func (w *World) after() {
	if w.cfg.Watch != nil && w.coro.Steps()%watchEvery == 0 {
		if err := w.cfg.Watch(w.coro.Steps(), w.coro.Elapsed()); err != nil {
			w.coro.Report(err)
		}
	}
	for _, err := range w.ghost.wrong {
		w.coro.Report(err)
	}
	w.ghost.wrong = nil
}

// still looks at every invariant while nothing is under way.
func (w *World) still() {
	for _, inv := range w.invs {
		if inv.still == nil {
			continue
		}
		if err := inv.still(w); err != nil {
			w.ghost.notice(inv.ID, "%v", err)
		}
	}
	w.after()
}
