package sim

import (
	"bytes"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// ghost knows what really happened: who proved what, what was answered to whom, and
// when it ended. No server can see it (SIM-054).
type ghost struct {
	w      *World
	counts Counts
	people []*person
	logins []*login
	wrong  []error // what was noticed and must not be
	erased []erased

	reached map[string]int // how often what befell what
	shaken  time.Duration  // when the store last lost what it had acknowledged

	links    map[[16]byte]int
	versions map[version]int
	levers   map[authn.Key]*tries
	lifting  time.Duration // until when an order to lift a lock may be carried out

	caught []caught
	refs   []session.Ref     // of sessions that were made lately
	acked  map[[16]byte]bool // refs of which a server has heard

	items    map[string]*item
	baskets  map[identity.LoginID][]*item // what is sure to be in them
	stored   map[session.Ref]*stored
	moved    map[identity.LoginID]int // step of the last new id
	replaced map[session.Ref]replaced
	used     map[identity.LoginID]use
	raised   map[identity.Scope]int // step at which everything before it was ended
	robbed   int                    // step at which the store last lost what it had acknowledged

	epochs map[identity.Subject]identity.Epochs

	rows  []store.Row // of events, as they were committed
	known map[[16]byte]bool
	told  map[[16]byte]bool // is read
	began map[identity.LoginID]bool

	ruler  identity.UserID // the administrator; zero: nobody knows them
	alarms map[string]int  // of servers, by reason
	edited bool            // somebody has edited rows
	mute   bool            // what stores answer in a request is not noted

	kept    map[string]bool
	secrets map[uint64][]secret // by their first eight bytes
	hints   [1 << 16]bool       // by the first two
	sinks   map[string]*bytes.Buffer
	places  []string // of sinks, in their order
}

// login is one sign-in that was acknowledged to its browser.
type login struct {
	of    *person
	jar   *jar
	began int           // step at which the sign-in began
	since time.Duration // when it was answered
	asked time.Duration // when a request was last sent with it by whoever has its browser
	ended int           // step at which its end was acknowledged; zero while it lives
	how   string        // it ended
	maybe bool          // an end of it was asked for, and the answer is not known
	held  time.Duration // when a page of it was last served
	seen  *view         // what the site said about it last
	heard int           // at which step
}

func newGhost(w *World) *ghost {
	return &ghost{
		w: w, reached: map[string]int{}, links: map[[16]byte]int{}, versions: map[version]int{}, levers: map[authn.Key]*tries{}, acked: map[[16]byte]bool{}, epochs: map[identity.Subject]identity.Epochs{},
		items: map[string]*item{}, baskets: map[identity.LoginID][]*item{}, stored: map[session.Ref]*stored{},
		moved: map[identity.LoginID]int{}, replaced: map[session.Ref]replaced{}, used: map[identity.LoginID]use{}, raised: map[identity.Scope]int{},
		known: map[[16]byte]bool{}, told: map[[16]byte]bool{}, began: map[identity.LoginID]bool{},
		kept: map[string]bool{}, alarms: map[string]int{}, secrets: map[uint64][]secret{}, sinks: map[string]*bytes.Buffer{},
	}
}

// slack is what the clocks of servers and the true time may differ by.
func (w *World) slack() time.Duration {
	d := w.cfg.Faults.Skew + time.Second
	if w.cfg.Faults.Jump > 0 {
		d += jumped
	}
	if w.cfg.Faults.Back > 0 {
		d += setBack
	}
	if w.cfg.Faults.Pause > 0 {
		d += paused // what was sent long ago is worked on now
	}
	return d
}

// settled is how long what a request has done may be on its way to the store.
const settled = 5 * time.Minute

// forgets notes that the store has lost what was written last, the remainder of which is
// this: whoever was active then may have lost their login, and what was spent there and
// nobody was told of may be spent again.
func (g *ghost) forgets(kept []entry) {
	g.shaken = g.w.coro.Elapsed()
	for _, l := range g.logins {
		if g.shaken-l.asked < settled {
			l.maybe = true
		}
	}
	g.unsettles()
	clear(g.links)
	clear(g.versions)
	clear(g.levers)
	for _, e := range kept {
		g.spent(e.spent...)
	}
}

// signedIn notes an acknowledged sign-in in a browser, which began at a step.
func (g *ghost) signedIn(p *person, b *browser, began int) *login {
	now := g.w.coro.Elapsed()
	l := &login{of: p, jar: b.jar, began: began, since: now, asked: now, held: now}
	g.adds(l)
	if p.known == 0 {
		p.known = now
	}
	l.maybe = p.ending > began // something that ends all of theirs came in between
	if p.stopped > 0 || p.shut > 0 {
		// It began before they were suspended, and came to its end behind that: the
		// suspension stands for it, too (AUN-047).
		g.ends(l, "a suspension that was faster than the sign-in")
	}
	b.login, b.flow = l, nil
	return l
}

// adds keeps a login.
func (g *ghost) adds(l *login) {
	g.logins = append(g.logins, l)
	l.of.logins = append(l.of.logins, l)
}

// unsure says that the login may not hold, if so: its cookies may be of another answer.
func (l *login) unsure(so bool) { l.maybe = l.maybe || so }

// ends notes that a login has ended: from the next step on no request that begins is
// served as it.
func (g *ghost) ends(l *login, how string) {
	if l.ended == 0 {
		l.ended, l.how = g.w.coro.Steps(), how
	}
}

// end does so for the logins of a person, all but one.
func (g *ghost) end(of *person, but *login, how string) {
	of.ending = g.w.coro.Steps()
	for _, l := range of.logins {
		if l != but {
			g.ends(l, how)
		}
	}
}

// doubt notes that they may have ended.
func (g *ghost) doubt(of *person, but *login) {
	of.ending = g.w.coro.Steps()
	for _, l := range of.logins {
		if l != but {
			l.maybe = true
		}
	}
}

// served looks at a request that was served as a login.
func (g *ghost) served(l *login, a answer, b *browser) { g.servedAs(l, a.view(), a, b) }

// servedAs is served for a page that says in its own way who asks.
func (g *ghost) servedAs(l *login, v *view, a answer, b *browser) {
	who := b.name
	limits, slack := g.w.limits(), 2*g.w.slack()
	switch {
	case l.ended > 0 && a.began > l.ended:
		g.notice("I03", "%s is served at step %d as a login that ended at step %d by %s", who, a.began, l.ended, l.how)
	case a.at-l.since > limits.Absolute+slack:
		g.notice("I11", "%s is served %v after the sign-in", who, a.at-l.since)
	}
	if v == nil {
		return
	}
	if l.of.id.IsZero() && l.jar.login == l {
		l.of.id, l.of.tenant = v.User, v.Tenant
		if l.of.rules {
			g.ruler = v.User
		}
	}
	if l.of.id.IsZero() {
		return // nobody has heard yet who that is
	}
	if v.User != l.of.id {
		g.notice("I18", "%s is served as somebody else", who)
		return
	}
	l.held = max(l.held, a.at)
	g.inTime(v.Session, a, who)
	g.current(v.Session, a, who)
	g.sound(l.of, v, l, who)
	if b.jar == l.jar { // a copied cookie may be of before a rotation
		g.grows(l, v, a, who)
	}
}

// stands says that a login must hold now: it was not ended, and it has not run out,
// nor nearly, since activity is written down now and then only.
func (g *ghost) stands(l *login, a answer, held time.Duration) bool {
	limits := g.w.limits()
	if g.shaken > 0 && l.since < g.shaken+settled && l.since > g.shaken-settled {
		return false
	}
	if g.w.apart(l.since, a.at) {
		return false
	}
	return l.ended == 0 && !l.maybe && a.at-held < limits.Idle/2 && a.at-l.since < limits.Absolute-limits.Idle/2
}
