package sim

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/identity"
)

func (p *person) signUp(ctx context.Context, b *browser) bool {
	p.w.tell(b.name, "signs up")
	if p.again { // the former account is gone with all that belonged to it
		p.addresses = p.addresses[:1]
		p.settled(p.choose())
	}
	address, began := p.addresses[0], p.w.coro.Steps()
	// A link that somebody else has asked for is as good as one's own (AUN-124).
	link := p.letter(p.mailbox, "/auth/verify", address)
	if link == "" || p.draw(3) == 0 {
		before := len(p.w.post.letters)
		b.open(ctx, "/auth/sign-up")
		a, _ := p.click(ctx, b, "/auth/sign-up", url.Values{"email": {address}, "password": {p.password}})
		if a.Code != http.StatusSeeOther && !a.lost() {
			return p.signIn(ctx, b) // there is an account, or it is not the time
		}
		link = p.mail(ctx, before, "/auth/verify", address)
	}
	if link == "" {
		return false
	}
	p.mailbox = len(p.w.post.letters)
	if p.gone { // and erased: what they sign in to from here on may be another account
		p.id = identity.UserID{}
	}
	a := b.open(ctx, link)
	if a.Code != http.StatusOK {
		return p.signIn(ctx, b)
	}
	fields := url.Values{}
	if strings.Contains(a.Body, `name="password"`) {
		fields.Set("password", p.password)
	}
	a, sure := p.click(ctx, b, "/auth/verify", fields)
	var phone *app
	if a.Code == http.StatusSeeOther && a.location() == "/auth/verify" { // everybody is asked for an app here
		if a = p.enrol(ctx, b, a, "/auth/verify"); len(p.apps) > 0 {
			phone = p.apps[len(p.apps)-1]
		}
	}
	if a.Code == http.StatusSeeOther && a.location() == "/" {
		p.renewed()
		if phone != nil {
			phone.sure, phone.ended = p.born, 0 // that one belongs to the new account
		}
		p.settled(p.password)
		p.w.ghost.counts.SignUps++
		p.w.ghost.signedIn(p, b, began).unsure(!sure)
		return true
	}
	// It may have worked: signing in tells.
	return p.signIn(ctx, b)
}

// arrive gets in, by whatever is left to somebody.
func (p *person) arrive(ctx context.Context, b *browser) {
	switch {
	case p.again:
		p.signUp(ctx, b)
	case p.rebinds > 0:
		p.rebind(ctx, b)
	case p.signIn(ctx, b) || p.perhaps || p.stopped > 0:
	case p.gone:
		p.signUp(ctx, b)
	case p.draw(4) == 3:
		p.forget(ctx, b)
	}
}

// rebind sets an app up behind the link that came when an administrator took the former
// ones away.
func (p *person) rebind(ctx context.Context, b *browser) {
	link := p.mail(ctx, p.rebinds-1, "/auth/rebind", "")
	p.rebinds, p.unbound = 0, true // one try: if it was none, they sign in or wait for another
	if link == "" || b.open(ctx, link).Code != http.StatusOK {
		return
	}
	a, _ := p.click(ctx, b, "/auth/rebind", url.Values{"password": {p.password}})
	phone := p.scan(b.follow(ctx, a))
	if phone == nil {
		return
	}
	p.apps = append(p.apps, phone)
	p.w.ghost.doubt(p, nil)
	phone.shown = p.reads()
	if a, _ = p.click(ctx, b, "/auth/rebind", url.Values{"code": {phone.code(phone.shown)}}); a.Code == http.StatusSeeOther && strings.HasPrefix(a.location(), "/auth/sign-in") {
		p.unbound = false
		phone.sure = p.w.coro.Steps()
	}
}

// typed are the names that they try: mostly the first address, and others that it may be.
func (p *person) typed() []string {
	list := slices.Clone(p.addresses)
	if also := p.names(); len(also) > 0 && p.draw(3) == 2 {
		list = slices.Insert(list, 0, also[p.draw(len(also))].value)
	}
	return list
}

func (p *person) signIn(ctx context.Context, b *browser) bool {
	began := p.w.coro.Steps()
	b.open(ctx, "/auth/sign-in")
	tries := []string{p.password}
	if p.pending != "" {
		tries = append(tries, p.pending)
	}
	for _, password := range tries {
		for _, address := range p.typed() {
			if slices.Index(p.addresses, address) > 0 && p.draw(2) == 0 {
				continue // the newest is mostly the right one
			}
			a, sure := p.click(ctx, b, "/auth/sign-in", url.Values{"identifier": {address}, "password": {password}})
			p.code = a.Code
			if a.Code == http.StatusUnauthorized {
				continue
			}
			if a.Code != http.StatusSeeOther {
				return false
			}
			if strings.HasPrefix(a.location(), "/auth/factor/") {
				begun := p.w.coro.Steps()
				b.follow(ctx, a)
				a = p.prove(ctx, b)
				p.code = a.Code
				p.w.ghost.outlives(p, begun, a, b.name)
			}
			if strings.HasPrefix(a.location(), "/auth/enrol") {
				a = p.enrol(ctx, b, a, "/auth/enrol")
				p.code = a.Code
			}
			chosen := password
			if strings.HasPrefix(a.location(), "/auth/sign-in/password") {
				chosen = p.choose()
				a = p.replace(ctx, b, a, chosen)
				p.code = a.Code
			}
			if a.Code != http.StatusSeeOther || a.location() != "/" {
				return false
			}
			if p.marked.value == chosen && began > p.marked.ended {
				p.w.ghost.notice("I01", "%s is signed in with a password that was marked as known to others at step %d", b.name, p.marked.ended)
			}
			if p.stopped > 0 && began > p.stopped || p.shut > 0 && began > p.shut {
				p.w.ghost.notice("I03", "%s signs in, and is suspended", b.name)
			}
			switch {
			case p.again: // the sign-up has worked, of which nobody was told
				p.renewed()
			case p.gone:
				p.id = identity.UserID{} // of this account or of the one before
			}
			p.settled(chosen)
			if at := slices.Index(p.addresses, address); at > 0 {
				p.addresses[0], p.addresses[at] = p.addresses[at], p.addresses[0]
			}
			p.w.ghost.counts.SignIns++
			p.w.ghost.signedIn(p, b, began).unsure(!sure)
			return true
		}
	}
	return false
}

// replace chooses another password, where the one that they have typed is known to others.
func (p *person) replace(ctx context.Context, b *browser, a answer, next string) answer {
	b.follow(ctx, a)
	p.pending = next
	p.w.ghost.doubt(p, nil)
	a, _ = p.click(ctx, b, "/auth/sign-in/password", url.Values{"new_password": {next}})
	return a
}

// enrol sets an app up on the way in, or with the account.
func (p *person) enrol(ctx context.Context, b *browser, a answer, action string) answer {
	phone := p.scan(b.follow(ctx, a))
	if phone == nil {
		return a
	}
	p.apps = append(p.apps, phone)
	p.w.ghost.doubt(p, nil)
	for range 3 {
		phone.shown = p.reads()
		a, _ = p.click(ctx, b, action, url.Values{"code": {phone.code(phone.shown)}})
		if a.Code != http.StatusUnprocessableEntity {
			break
		}
		p.drift /= 4
	}
	if a.Code == http.StatusSeeOther && a.location() != "/auth/enrol" && a.location() != action {
		phone.sure = p.w.coro.Steps()
		p.w.ghost.end(p, nil, "an app on the way in")
	}
	return a
}

// look asks the site who it takes them for. A login that was not ended and has not run
// out must hold, whatever fails behind the site (SIM-I08).
func (p *person) look(ctx context.Context, b *browser) {
	l, g := b.login, p.w.ghost
	held := l.held
	a := b.as(ctx, l)
	switch {
	case a.failed():
	case a.Code == http.StatusOK:
		g.served(l, a, b)
	default:
		if g.stands(l, a, held) {
			g.notice("I08", "%s has lost a login that nobody ended: %d", b.name, a.Code)
		}
		b.login = nil
	}
}

func (p *person) signOut(ctx context.Context, b *browser) { p.leave(ctx, b, nil) }

// signOutEverywhere ends all that they have.
func (p *person) signOutEverywhere(ctx context.Context, b *browser) {
	p.w.ghost.doubt(p, nil)
	p.leave(ctx, b, url.Values{"scope": {"all"}})
}

func (p *person) leave(ctx context.Context, b *browser, fields url.Values) {
	l := b.login
	left := &browser{w: b.w, name: b.name + ", left behind", addr: b.addr, origin: b.origin, jar: &jar{cookies: slices.Clone(b.cookies)}}
	var a answer
	out := func(ctx context.Context) {
		b.open(ctx, "/auth/sign-out")
		l.maybe = true
		a, _ = p.click(ctx, b, "/auth/sign-out", fields)
	}
	if p.draw(3) == 2 { // while another tab still keeps something
		tab := b.tab()
		tab.open(ctx, "/basket")
		both := []func(context.Context){p.put(tab), out}
		p.w.together(ctx, len(both), func(ctx context.Context, i int) { both[i](ctx) })
	} else {
		out(ctx)
	}
	if a.Code != http.StatusSeeOther {
		return
	}
	p.w.ghost.ends(l, "sign-out")
	if fields.Has("scope") {
		p.w.ghost.end(p, nil, "sign-out everywhere")
	}
	p.w.ghost.counts.SignOuts++
	b.login = nil
	// Whoever comes to the machine next has what was left there.
	for range p.draw(3) {
		p.w.coro.Switch() // behind the answer, and not in the same step
		if x := left.as(ctx, l); x.Code == http.StatusOK {
			p.w.ghost.served(l, x, left)
		}
		p.w.outside.Sleep(ctx, time.Duration(p.draw(5))*time.Second) //nolint:errcheck // only time
	}
}

func (p *person) endOthers(ctx context.Context, b *browser) {
	b.open(ctx, "/auth/account/sessions/end-others")
	// Whose answer is lost may have lost their own login, too: it moved to an id that
	// they have not heard of (decisions §3: signed out, never kept).
	p.w.ghost.doubt(p, nil)
	a, sure := p.click(ctx, b, "/auth/account/sessions/end-others", nil)
	if a.Code == http.StatusSeeOther && a.location() == "/auth/account/sessions" {
		p.w.ghost.end(p, b.login, "sign-out of the others")
		b.login.maybe = !sure
	}
}
