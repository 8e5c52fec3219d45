package sim

import (
	"fmt"
	"net/http"
	"time"
)

// ghost knows what really happened: who proved what, what was answered to whom, and
// when it ended. No server can see it (SIM-054).
type ghost struct {
	w      *World
	counts Counts
	people []*person
	logins []*login
	wrong  []error // what was noticed and must not be
}

// login is one sign-in that was acknowledged to its browser.
type login struct {
	of    *person
	since time.Duration // when it was answered
	asked time.Duration // when a request was last sent with it, whoever sent it
	ended int           // step at which its end was acknowledged; zero while it lives
	how   string        // it ended
	maybe bool          // an end of it was asked for, and the answer is not known
}

func newGhost(w *World) *ghost { return &ghost{w: w} }

// signedIn notes an acknowledged sign-in.
func (g *ghost) signedIn(p *person) *login {
	now := g.w.coro.Elapsed()
	l := &login{of: p, since: now, asked: now}
	g.logins = append(g.logins, l)
	return l
}

// ends notes that a login has ended: from the next step on no request that begins is
// served as it.
func (g *ghost) ends(l *login, how string) {
	if l.ended == 0 {
		l.ended, l.how = g.w.coro.Steps(), how
	}
}

// end does so for the logins of a person, all but one.
func (g *ghost) end(of *person, but *login, how string) {
	for _, l := range g.logins {
		if l.of == of && l != but {
			g.ends(l, how)
		}
	}
}

// doubt notes that they may have ended.
func (g *ghost) doubt(of *person, but *login) {
	for _, l := range g.logins {
		if l.of == of && l != but {
			l.maybe = true
		}
	}
}

// notice is something that must not be.
func (g *ghost) notice(format string, a ...any) { g.wrong = append(g.wrong, fmt.Errorf(format, a...)) }

// heard looks at every answer that reaches a browser.
func (g *ghost) heard(b *browser, r *http.Request, a answer) {
	if a.Code >= http.StatusInternalServerError {
		g.counts.Refusals++
	}
	if a.Code == http.StatusInternalServerError {
		g.notice("%s: an internal error on %s %s", b.name, r.Method, r.URL.Path)
	}
}

// served looks at a request that was served as a login.
func (g *ghost) served(l *login, a answer, before time.Duration, who string) {
	limits := g.w.limits()
	slack := 2*g.w.cfg.Faults.Skew + time.Second
	switch now := g.w.coro.Elapsed(); {
	case l.ended > 0 && a.began > l.ended:
		g.notice("%s is served at step %d as a login that ended at step %d by %s", who, a.began, l.ended, l.how)
	case a.at-before > limits.Idle+slack:
		g.notice("%s is served after %v without a request", who, a.at-before)
	case a.at-l.since > limits.Absolute+slack:
		g.notice("%s is served %v after the sign-in", who, now-l.since)
	}
}

// stands says that a login must hold now: it was not ended, and it has not run out,
// nor nearly, since activity is written down now and then only.
func (g *ghost) stands(l *login, a answer, before time.Duration) bool {
	limits := g.w.limits()
	return l.ended == 0 && !l.maybe && a.at-before < limits.Idle/2 && a.at-l.since < limits.Absolute-limits.Idle/2
}
