package sim

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

func (p *person) changePassword(ctx context.Context, b *browser) {
	a := p.reach(ctx, b, "/auth/account/password")
	if a.Code != http.StatusOK || !strings.Contains(a.Body, "new_password") || p.pending != "" {
		return
	}
	old, next := p.password, p.choose()
	p.pending = next
	p.w.ghost.doubt(p, nil)
	a, sure := p.click(ctx, b, "/auth/account/password", url.Values{"current_password": {old}, "new_password": {next}})
	if a.Code == http.StatusSeeOther && a.location() == "/auth/account" {
		p.settled(next)
		p.changed(b, sure, "change of the password")
	}
}

// changed notes that everything has ended but this login.
func (p *person) changed(b *browser, sure bool, how string) {
	p.w.ghost.end(p, b.login, how)
	b.login.maybe = !sure
	p.w.ghost.counts.Changes++
}

// forget asks for a new password by mail.
func (p *person) forget(ctx context.Context, b *browser) {
	if p.pending != "" {
		return
	}
	before, address := len(p.w.post.letters), p.addresses[0]
	fresh := p.w.browser(b.name+"'", b.addr)
	fresh.origin = p.origin
	fresh.open(ctx, "/auth/reset")
	if a, _ := p.click(ctx, fresh, "/auth/reset", url.Values{"identifier": {address}}); a.Code != http.StatusSeeOther {
		return
	}
	link := p.mail(ctx, before, "/auth/reset/new", address)
	if link == "" || fresh.open(ctx, link).Code != http.StatusOK {
		return
	}
	next := p.choose()
	p.pending = next
	p.w.ghost.doubt(p, nil)
	a, _ := p.click(ctx, fresh, "/auth/reset/new", url.Values{"password": {next}})
	if a.Code == http.StatusSeeOther && strings.HasPrefix(a.location(), "/auth/sign-in") {
		p.settled(next)
		p.w.ghost.end(p, nil, "a new password by mail")
		p.w.ghost.counts.Changes++
	}
}

var key = regexp.MustCompile(`<code class="key" id="key">([A-Z2-7 ]+)</code>`)

// scan makes an app from the key that a page shows; nil: it shows none.
func (p *person) scan(a answer) *app {
	found := key.FindStringSubmatch(a.Body)
	if a.Code != http.StatusOK || found == nil {
		return nil
	}
	p.turn++
	phone, err := newApp(fmt.Sprintf("phone %d", p.turn), strings.ReplaceAll(found[1], " ", ""))
	if err != nil {
		panic(err)
	}
	p.w.ghost.keeps(secret{value: strings.ReplaceAll(found[1], " ", ""), what: "the key of an app", shown: true})
	p.w.ghost.keeps(secret{value: string(phone.key), what: "the key of an app", shown: true})
	return phone
}

// addApp sets an authenticator up.
func (p *person) addApp(ctx context.Context, b *browser) {
	held := 0
	for _, phone := range p.apps {
		if phone.ended == 0 {
			held++
		}
	}
	if held > 3 {
		return
	}
	a := p.reach(ctx, b, "/auth/account/factors/totp")
	phone := p.scan(a)
	if phone == nil {
		return
	}
	p.apps = append(p.apps, phone)
	p.w.ghost.doubt(p, nil)
	phone.shown = p.reads()
	a, sure := p.click(ctx, b, "/auth/account/factors/totp", url.Values{"code": {phone.code(phone.shown)}, "label": {phone.label}})
	switch {
	case a.Code == http.StatusSeeOther && a.location() == "/auth/account":
		phone.sure = p.w.coro.Steps()
		p.changed(b, sure, "a new app")
	case a.Code == http.StatusUnprocessableEntity:
		p.drift /= 4
		if sure {
			p.apps = p.apps[:len(p.apps)-1]
		}
	}
}

// removeApp takes one away again.
func (p *person) removeApp(ctx context.Context, b *browser) {
	a := b.open(ctx, "/auth/account")
	for _, phone := range p.apps {
		at := strings.Index(a.Body, ">"+phone.label+"</span>")
		if at < 0 || phone.ended > 0 {
			continue
		}
		link := regexp.MustCompile(`href="([^"]*/remove)"`).FindStringSubmatch(a.Body[at:])
		if link == nil {
			continue
		}
		path := html.UnescapeString(link[1])
		if p.reach(ctx, b, path).Code != http.StatusOK {
			return
		}
		phone.maybe = true
		p.w.ghost.doubt(p, nil)
		a, sure := p.click(ctx, b, path, nil)
		if a.Code == http.StatusSeeOther && a.location() == "/auth/account" {
			phone.ended = p.w.coro.Steps()
			p.changed(b, sure, "the end of an app")
		}
		return
	}
}

// openVault looks at what asks for a fresh factor.
func (p *person) openVault(ctx context.Context, b *browser) {
	l := b.login
	a := p.reach(ctx, b, "/vault")
	if a.Code == http.StatusOK && b.at == "/vault" {
		p.w.ghost.served(l, a, b)
		p.w.ghost.fresh(l, a, b.name)
		p.w.ghost.counts.StepUps++
	}
}

// giveUp begins to prove something and leaves it: the login is what it was.
func (p *person) giveUp(ctx context.Context, b *browser) {
	b.open(ctx, "/vault")
	if strings.HasPrefix(b.at, "/auth/factor/") {
		b.submit(ctx, "/auth/step-up/leave", nil)
	}
	p.look(ctx, b)
}

// changeAddress moves the account to another mailbox, and at times back again.
func (p *person) changeAddress(ctx context.Context, b *browser) {
	if len(p.addresses) > 1 || p.reach(ctx, b, "/auth/account/email").Code != http.StatusOK {
		return
	}
	p.turn++
	before, old, next := len(p.w.post.letters), p.addresses[0], fmt.Sprintf("%s.%d@example.org", p.name, p.turn)
	if a, _ := p.click(ctx, b, "/auth/account/email", url.Values{"email": {next}}); a.Code != http.StatusSeeOther {
		return
	}
	link := p.mail(ctx, before, "/auth/address", next)
	if link == "" || b.open(ctx, link).Code != http.StatusOK {
		return
	}
	p.addresses = append(p.addresses, next)
	p.w.ghost.doubt(p, nil)
	a, sure := p.click(ctx, b, "/auth/address", nil)
	if a.Code != http.StatusSeeOther {
		return
	}
	p.addresses = []string{next, old}
	if a.location() == "/auth/account" {
		p.changed(b, sure, "another address")
	}
	if p.draw(4) == 0 {
		if a.location() == "/auth/account" { // otherwise nobody knows which one it is
			p.addresses = []string{next}
		}
		return
	}
	undo := p.mail(ctx, before, "/auth/undo", old)
	if undo == "" || b.open(ctx, undo).Code != http.StatusOK {
		return
	}
	p.w.ghost.doubt(p, nil)
	for _, n := range p.names() {
		n.maybe = n.maybe || n.address()
	}
	if a, _ := p.click(ctx, b, "/auth/undo", nil); a.Code == http.StatusSeeOther {
		p.addresses = []string{old}
		for _, n := range p.names() {
			if n.address() { // every other one goes
				n.ended = p.w.coro.Steps()
			}
		}
		p.w.ghost.end(p, nil, "the former address")
	}
}

// read looks at what happened to the account.
func (p *person) read(ctx context.Context, b *browser) {
	b.open(ctx, "/auth/account/history")
	b.open(ctx, "/auth/account/sessions")
}

var ends = regexp.MustCompile(`action="(/auth/account/sessions/[^"/]*/end)"`)

// endOne ends another session of theirs, whichever the list has.
func (p *person) endOne(ctx context.Context, b *browser) {
	a := b.open(ctx, "/auth/account/sessions")
	found := ends.FindAllStringSubmatch(a.Body, -1)
	if len(found) == 0 {
		return
	}
	path := html.UnescapeString(found[p.draw(len(found))][1])
	for _, l := range p.w.ghost.logins {
		if l.of == p && l != b.login {
			l.maybe = true
		}
	}
	if a, _ := p.click(ctx, b, path, nil); a.Code == http.StatusSeeOther {
		ref := strings.Split(path, "/")[4]
		for _, l := range p.w.ghost.logins {
			if l.of == p && l.seen != nil && l.seen.Session.String() == ref {
				p.w.ghost.ends(l, "the list of sessions")
			}
		}
	}
}
