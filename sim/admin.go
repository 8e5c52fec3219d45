package sim

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess"
)

// admin is the administrator of the first tenant: a person with an account like others,
// who can do things to the accounts of others, and act as them.
type admin struct{ *person }

func (a *admin) live(ctx context.Context) {
	if a.begin() != nil {
		return
	}
	b := a.browsers[0]
	for !a.claim(ctx, b) {
		if a.rest(ctx) != nil {
			return
		}
	}
	for a.rest(ctx) == nil {
		if b.login == nil {
			a.signIn(ctx, b)
			continue
		}
		if a.draw(3) == 0 {
			a.look(ctx, b)
			continue
		}
		a.rule(ctx, b)
	}
}

// claim makes the account of the first administrator, behind the link that a server
// gives to whoever runs it.
func (a *admin) claim(ctx context.Context, b *browser) bool {
	if len(a.apps) > 0 && a.signIn(ctx, b) { // an earlier try may have worked
		return true
	}
	began, link := a.w.coro.Steps(), ""
	a.w.order(ctx, "claim link", func(ctx context.Context, auth *axess.Axess) (err error) { //nolint:errcheck // it is asked for again
		link, err = auth.ClaimLink(ctx)
		return err
	})
	if link == "" || b.open(ctx, strings.TrimPrefix(link, a.origin)).Code != http.StatusOK {
		return false
	}
	x, _ := a.click(ctx, b, "/auth/activate", url.Values{"email": {a.addresses[0]}, "name": {"Admin"}, "password": {a.password}})
	if x.Code != http.StatusSeeOther {
		return false
	}
	x = b.follow(ctx, x)
	phone := a.scan(x)
	if phone == nil {
		return false
	}
	a.apps = append(a.apps, phone)
	phone.shown = a.reads()
	x, sure := a.click(ctx, b, "/auth/activate", url.Values{"code": {phone.code(phone.shown)}})
	if x.Code != http.StatusSeeOther || x.location() != "/auth/account" {
		a.drift /= 4
		return false
	}
	phone.sure = a.w.coro.Steps()
	a.w.ghost.signedIn(a.person, b, began).unsure(!sure)
	return true
}

// rule gives an order about somebody.
func (a *admin) rule(ctx context.Context, b *browser) {
	var whom []*person
	for _, p := range a.w.ghost.people {
		if p.origin == a.origin && !p.rules && !p.id.IsZero() {
			whom = append(whom, p)
		}
	}
	if len(whom) == 0 {
		return
	}
	p := whom[a.draw(len(whom))]
	for _, x := range whom {
		if x.stopped > 0 || x.perhaps {
			p = x // whoever is shut out waits for them
		}
	}
	verb := []string{"reset", "clear", "suspend", "act", "factors", "act", "mark", "suspend", "erase", "mark"}[a.draw(10)]
	if p.stopped > 0 || p.perhaps {
		verb = "activate"
	}
	if a.w.quiet && verb != "activate" {
		return
	}
	a.w.tell(b.name, "gives an order about %s: %s", p.name, verb)
	if verb == "act" && a.id.IsZero() {
		a.look(ctx, b)
		return
	}
	if verb == "act" {
		a.act(ctx, b, p)
		return
	}
	l := b.login
	if x := b.open(ctx, "/admin"); x.Code != http.StatusOK {
		a.look(ctx, b)
		return
	}
	done := a.foresee(verb, p)
	order := func(ctx context.Context) {
		x := b.submit(ctx, "/admin/"+verb, url.Values{"user": {p.id.String()}})
		if x.Code == http.StatusSeeOther && x.location() == "/admin" {
			done()
			a.w.ghost.counts.Orders++
		}
		l.maybe = l.maybe || x.Code == http.StatusForbidden
	}
	if (verb == "suspend" || verb == "mark") && a.draw(2) == 1 {
		a.against(ctx, p, order)
	} else {
		order(ctx)
	}
}

// foresee notes what an order may do, and returns what it has done when that is heard.
func (a *admin) foresee(verb string, p *person) func() {
	g, steps := a.w.ghost, a.w.coro.Steps
	switch verb {
	case "suspend":
		g.doubt(p, nil)
		p.perhaps = true
		return func() {
			g.end(p, nil, "a suspension")
			p.stopped = steps()
		}
	case "activate":
		p.stopped = 0
		return func() {
			p.perhaps = false
			p.clear()
		}
	case "factors":
		g.doubt(p, nil)
		p.rebinds = len(a.w.post.letters) + 1
		for _, phone := range p.apps {
			phone.maybe = true
		}
		return func() {
			g.end(p, nil, "a reset of the factors")
			for _, phone := range p.apps {
				if phone.ended == 0 {
					phone.ended = steps()
				}
			}
		}
	case "mark":
		g.doubt(p, nil)
		word := p.password
		if p.pending != "" {
			word = "" // nobody knows which one it is that they have
		}
		return func() {
			g.end(p, nil, "a password that others know")
			if p.password == word { //axess:allow L05 nobody measures the ghost
				p.marked = fact{word, steps()}
			}
		}
	case "erase":
		g.doubt(p, nil)
		p.gone = true
		was := erased{tenant: p.tenant, user: p.id, addresses: slices.Clone(p.addresses)}
		for _, n := range p.also {
			if n.address() {
				was.addresses = append(was.addresses, n.value)
			}
		}
		lifted := a.lifts()
		return func() {
			lifted()
			g.end(p, nil, "an erasure")
			g.erased = append(g.erased, was)
			p.forgotten()
		}
	case "clear":
		p.clear()
		lifted := a.lifts()
		return func() {
			lifted()
			p.clear()
		}
	}
	return func() {}
}

// lifts notes that an order may lift a lock, until it is heard of and no longer than a
// call can be on its way. Who is erased has nothing left that could be guessed.
func (a *admin) lifts() (heard func()) {
	g := a.w.ghost
	g.lifting = a.w.coro.Elapsed() + a.w.late() + a.w.slack() + time.Minute
	return func() { g.lifting = a.w.coro.Elapsed() }
}

// act does something as somebody else, and stops.
func (a *admin) act(ctx context.Context, b *browser, p *person) {
	g, own := a.w.ghost, b.login
	if x := a.reach(ctx, b, "/admin/act"); x.Code != http.StatusOK || b.at != "/admin/act" {
		a.look(ctx, b)
		return
	}
	own.maybe = true
	b.acting = true
	defer func() { b.acting = false }()
	from := a.w.coro.Elapsed()
	l := &login{of: p, jar: b.jar, began: a.w.coro.Steps(), since: from, asked: from, held: from, maybe: true}
	g.adds(l)
	x := b.submit(ctx, "/admin/act", url.Values{"user": {p.id.String()}})
	if x.Code == http.StatusSeeOther && x.location() == "/me" {
		g.counts.Orders++
		l.ended, l.how = 0, "" // what ended while it was under way may have ended before it
		for range 1 + a.draw(4) {
			a.w.outside.Sleep(ctx, time.Duration(a.draw(120))*time.Second) //nolint:errcheck // only time
			x = b.send(ctx, http.MethodGet, "/me", nil)
			g.named19(l, a.person, x, from, b.name)
			if x = b.send(ctx, http.MethodGet, "/auth/account/password", nil); x.Code == http.StatusOK && strings.Contains(x.Body, "current_password") &&
				!strings.Contains(x.Body, a.addresses[0]) {
				g.notice("I19", "%s is shown the form for the password of %s", b.name, p.name)
			}
		}
	}
	for range 3 {
		b.open(ctx, "/auth/account")
		if x = b.submit(ctx, "/auth/stop-acting", nil); x.Code == http.StatusSeeOther {
			break
		}
	}
	// Whoever is not themselves again closes the browser.
	x = b.send(ctx, http.MethodGet, "/me", nil)
	if v := x.view(); v == nil || v.User != a.id || !v.Actor.IsZero() {
		b.cookies, b.login = nil, nil
	}
}
