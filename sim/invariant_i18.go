package sim

import (
	"time"

	"github.com/axess-go/axess/session"
)

// subjectWall: every page that says who asks is held against who really does, and the id
// that it was asked for with against when that was replaced.
func subjectWall() invariant {
	return invariant{Invariant: Invariant{
		ID: "I18", Name: "SubjectWall",
		Statement: "Nobody is served as somebody else, nor with an id that was replaced, but for a moment.",
		Covers:    []string{"SES-014", "SES-015", "SES-106", "SES-227"},
	}}
}

// replaced is when a session got another id, and for how long the former one is read.
type replaced struct {
	at    time.Duration
	step  int
	grace time.Duration
}

// current looks at the id with which a page was asked for.
func (g *ghost) current(ref session.Ref, a answer, who string) {
	r, ok := g.replaced[ref]
	switch {
	case !ok || a.began <= r.step:
	case r.grace <= 0:
		g.notice("I18", "%s is served at step %d with an id that was replaced at step %d", who, a.began, r.step)
	case a.at > r.at+r.grace+2*g.w.slack():
		g.notice("I18", "%s is served with an id that was replaced %v ago", who, a.at-r.at)
	}
}
