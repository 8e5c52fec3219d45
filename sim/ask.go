package sim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// ask is a request as the ghost sees it: who sends what, and what of it is true.
type ask struct {
	b      *browser
	r      *http.Request
	form   url.Values
	at     time.Duration
	step   int
	claims *person  // whose credential this is meant to be; nil: nobody's
	proofs []*proof // what it proves
	right  bool     // it carries a credential that is theirs
	app    *app     // whose code it carries
	count  int64    // time step of that code
	within bool     // it comes from somebody who is signed in
}

// proof is a credential of somebody, given by whoever has it.
type proof struct {
	of   *person
	kind identity.Kind
	jar  *jar
	from time.Duration
	to   time.Duration // when the answer came or was lost
	open bool          // none has come yet
}

// asks looks at a request before it is sent.
func (g *ghost) asks(b *browser, r *http.Request, form url.Values) *ask {
	q := &ask{b: b, r: r, form: form, at: g.w.coro.Elapsed(), step: g.w.coro.Steps()}
	if b.login != nil {
		b.login.asked = max(b.login.asked, q.at)
	}
	if form.Get("by") == evil {
		return q // nothing in it is anybody's
	}
	if r.Method == http.MethodGet {
		if r.URL.Query().Has("token") {
			b.link = r.URL.RequestURI()
		}
		return q
	}
	path := strings.TrimPrefix(r.URL.Path, "/auth")
	q.claims = b.flow
	if b.login != nil {
		q.claims, q.within = b.login.of, true
	}
	switch {
	case path == "/sign-in":
		q.claims = g.named(b.origin, form.Get("identifier"), form.Get("password"))
		b.flow = q.claims
		g.tries(q, factor.Password, form.Get("password"))
	case path == "/activate" && !form.Has("code"):
		q.claims = g.named(b.origin, form.Get("email"), "")
		b.flow = q.claims
		g.tries(q, factor.Password, form.Get("password"))
	case path == "/activate":
		g.tries(q, factor.TOTP, form.Get("code"))
	case path == "/sign-up":
		q.claims = g.named(b.origin, form.Get("email"), "")
		g.tries(q, factor.Password, form.Get("password"))
	case path == "/verify":
		q.claims = g.reader(b.link)
		if q.claims != nil {
			g.proves(q, factor.EmailLink)
		}
		if form.Has("password") {
			g.tries(q, factor.Password, form.Get("password"))
		}
		g.tries(q, factor.TOTP, form.Get("code"))
	case path == "/enrol":
		g.tries(q, factor.TOTP, form.Get("code"))
	case path == "/sign-in/password" && q.claims != nil:
		g.tries(q, factor.Password, form.Get("new_password"))
	case strings.HasPrefix(path, "/factor/"):
		kind := identity.Kind(strings.TrimPrefix(path, "/factor/"))
		g.tries(q, kind, form.Get("password")+form.Get("code"))
	case path == "/account/password":
		g.tries(q, factor.Password, form.Get("current_password"))
	case path == "/account/factors/totp":
		g.tries(q, factor.TOTP, form.Get("code"))
	case path == "/rebind":
		q.claims = g.reader(b.link)
		if form.Has("code") {
			g.tries(q, factor.TOTP, form.Get("code"))
		} else {
			g.tries(q, factor.Password, form.Get("password"))
		}
	}
	return q
}

// tries notes a credential that is given for somebody, and whether it is theirs.
func (g *ghost) tries(q *ask, kind identity.Kind, value string) {
	if q.claims == nil || value == "" {
		return
	}
	switch kind {
	case factor.Password:
		q.right = slices.ContainsFunc(q.claims.passwords, func(f fact) bool {
			return f.value == value && f.holds(q.step)
		})
	case factor.TOTP:
		q.app, q.count = q.claims.codeOf(g.w.coro.Time(), value)
		q.right = q.app != nil && (q.app.ended == 0 || q.step <= q.app.ended)
	}
	if q.right {
		g.proves(q, kind)
	}
}

func (g *ghost) proves(q *ask, kind identity.Kind) {
	pr := &proof{of: q.claims, kind: kind, jar: q.b.jar, from: q.at, open: true}
	q.proofs = append(q.proofs, pr)
	q.claims.proofs = append(q.claims.proofs, pr)
	const most = 400 // what is older than that has ended with its login
	q.claims.proofs = q.claims.proofs[max(0, len(q.claims.proofs)-most):]
	if g.lastStep(q) {
		q.claims.clear()
	}
}

// lastStep says that a request may be the last step of a sign-in, which forgets the wrong
// ones before it. A password is not where an app is surely asked for behind it, and
// nothing is that is proved once more in a login.
func (g *ghost) lastStep(q *ask) bool {
	path := strings.TrimPrefix(q.r.URL.Path, "/auth")
	switch {
	case len(q.proofs) == 0 || q.proofs[0].kind == factor.EmailLink && len(q.proofs) == 1:
		return false
	case path == "/sign-in":
		return !q.claims.since(q.step)
	case strings.HasPrefix(path, "/factor/"):
		return !q.within
	}
	return true
}

// closed ends what a request was for.
func (g *ghost) closed(q *ask) {
	for _, pr := range q.proofs {
		pr.to, pr.open = g.w.coro.Elapsed(), false
	}
	if q.claims != nil && g.lastStep(q) {
		q.claims.clear()
	}
}

// unheard is a request whose answer is lost.
func (g *ghost) unheard(q *ask) { g.closed(q) }

// heard looks at every answer that reaches a browser.
func (g *ghost) heard(q *ask, a answer) {
	g.closed(q)
	switch {
	case a.Code == http.StatusInternalServerError:
		g.notice("I47", "%s: an internal error on %s %s", q.b.name, q.r.Method, q.r.URL.Path)
		g.counts.Refusals++
	case a.Code > http.StatusInternalServerError:
		g.counts.Refusals++
	}
	g.guessed(q, a)
	g.usedUp(q, a)
	g.catches(q, a)
	g.leaks(pages, []byte(a.Body))
	g.leaks(pages, []byte(a.location()))
}

// named is the person whose name somebody types. Where it may be that of several, it is
// whose password is typed beside it.
func (g *ghost) named(origin, name, password string) (whose *person) {
	for _, p := range g.people {
		switch {
		case p.origin != origin:
		case slices.Contains(p.addresses, name):
			return p
		case slices.ContainsFunc(p.also, func(n *nick) bool { return n.value == name }):
			if whose == nil || slices.ContainsFunc(p.passwords, func(f fact) bool { return f.value == password }) { //axess:allow L05 nobody measures the ghost
				whose = p
			}
		}
	}
	return whose
}

// reader is the person to whom a link was mailed.
func (g *ghost) reader(link string) *person {
	if link == "" {
		return nil
	}
	for _, m := range slices.Backward(g.w.post.letters) {
		if !strings.Contains(m.Text, link) {
			continue
		}
		for _, p := range g.people {
			if strings.HasPrefix(m.Text[strings.Index(m.Text, link)-len(p.origin):], p.origin) && p.owns(m.To) {
				return p
			}
		}
	}
	return nil
}
