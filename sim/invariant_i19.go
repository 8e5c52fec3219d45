package sim

import "time"

// actorVisible: a page that is shown to whoever acts as somebody else has to name both.
func actorVisible() invariant {
	return invariant{Invariant: Invariant{
		ID: "I19", Name: "ActorVisible",
		Statement: "Whoever acts as somebody else is named beside them, can do nothing that is theirs alone, and no longer than was allowed.",
		Covers:    []string{"AUN-I9", "AUN-142", "SES-018"},
	}}
}

// actFor is how long an administrator asks to act as somebody.
const actFor = 3 * time.Minute

// named19 looks at a page that is shown to whoever acts as somebody else.
func (g *ghost) named19(l *login, by *person, a answer, from time.Duration, who string) {
	v := a.view()
	if v == nil || v.User == by.id {
		return
	}
	switch {
	case v.User != l.of.id:
		g.notice("I18", "%s acts as %s and is served as somebody else", who, l.of.name)
	case v.Actor != by.id:
		g.notice("I19", "%s acts as %s, and nobody is told", who, l.of.name)
	case a.at-from > actFor+2*g.w.slack()+g.w.late():
		g.notice("I19", "%s still acts as %s after %v", who, l.of.name, a.at-from)
	case l.ended > 0 && a.began > l.ended:
		g.notice("I03", "%s acts as %s, whose logins ended at step %d by %s", who, l.of.name, l.ended, l.how)
	}
}

// late is how much later than it was sent a request can take effect: calls of the store
// may wait, each for up to half a minute.
func (w *World) late() time.Duration {
	if w.cfg.Faults.Delay == 0 {
		return 0
	}
	return 10 * time.Minute
}
