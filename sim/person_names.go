package sim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// nick is a further name of somebody: a user name, of which there are few and which others
// want too, or a second address.
type nick struct {
	fact
	maybe bool // its end was asked for, or nobody knows whether it began
	sure  int  // step at which the site said that it is theirs; zero: it has not
}

// nicks are the user names that people like: each of a tenant is one person's.
const nicks = 2

// changeNames adds a name, takes one away, or has mails go to another address.
func (p *person) changeNames(ctx context.Context, b *browser) {
	if p.reach(ctx, b, "/auth/account/names").Code != http.StatusOK {
		return
	}
	theirs := p.names()
	switch n := p.draw(6); {
	case n < 3 || len(theirs) == 0:
		p.addNick(ctx, b, fmt.Sprintf("nick-%d", 1+p.draw(nicks)))
	case n == 3 && len(theirs) < 4:
		p.addAddress(ctx, b)
	case n == 4:
		p.promote(ctx, b)
	default:
		p.dropName(ctx, b, theirs[p.draw(len(theirs))])
	}
}

// names are those that may be theirs beside the first.
func (p *person) names() (list []*nick) {
	for _, n := range p.also {
		if n.ended == 0 {
			list = append(list, n)
		}
	}
	return list
}

func (n *nick) address() bool { return strings.Contains(n.value, "@") }

// stands says that a name of theirs surely leads to them.
func (n *nick) stands() bool { return n.sure > 0 && n.ended == 0 && !n.maybe }

// addNick takes a user name, if nobody else has it.
func (p *person) addNick(ctx context.Context, b *browser, name string) {
	if p.nickOf(name) != nil {
		return
	}
	n := &nick{fact: fact{value: name}, maybe: true}
	p.also = append(p.also, n)
	p.w.ghost.doubt(p, nil)
	switch a, sure := p.click(ctx, b, "/auth/account/names", url.Values{"new_name": {name}}); {
	case a.Code == http.StatusSeeOther && a.location() == "/auth/account/names":
		n.sure, n.maybe = p.w.coro.Steps(), false
		p.w.ghost.oneHolder(p, name)
		p.changed(b, sure, "a user name")
	case a.Code == http.StatusUnprocessableEntity && sure:
		n.ended = p.w.coro.Steps()
	}
}

// addAddress asks for a second address, and confirms it where they are signed in.
func (p *person) addAddress(ctx context.Context, b *browser) {
	p.turn++
	before, next := len(p.w.post.letters), fmt.Sprintf("%s.also.%d@example.org", p.name, p.turn)
	if a, _ := p.click(ctx, b, "/auth/account/names", url.Values{"new_name": {next}}); a.Code != http.StatusSeeOther {
		return
	}
	n := &nick{fact: fact{value: next}, maybe: true}
	p.also = append(p.also, n)
	link := p.mail(ctx, before, "/auth/address", next)
	if link == "" || b.open(ctx, link).Code != http.StatusOK {
		n.ended = p.w.coro.Steps()
		return
	}
	p.w.ghost.doubt(p, nil)
	if a, sure := p.click(ctx, b, "/auth/address", nil); a.Code == http.StatusSeeOther && a.location() == "/auth/account/names" {
		n.sure, n.maybe = p.w.coro.Steps(), false
		p.changed(b, sure, "a second address")
	}
}

// promote has mails go to another address of theirs.
func (p *person) promote(ctx context.Context, b *browser) {
	for _, n := range p.names() {
		if !n.address() {
			continue
		}
		p.w.ghost.doubt(p, nil)
		was := n.maybe
		n.maybe = true
		a, sure := p.click(ctx, b, "/auth/account/names/primary", url.Values{"kind": {"email"}, "name": {n.value}})
		if a.Code == http.StatusSeeOther && a.location() == "/auth/account/names" {
			// The former first one is a name beside it now.
			p.also = append(slices.DeleteFunc(p.also, func(o *nick) bool { return o == n }), &nick{fact: fact{value: p.addresses[0]}, sure: p.w.coro.Steps()})
			p.addresses[0] = n.value
			p.changed(b, sure, "another first address")
		} else if a.Code == http.StatusUnprocessableEntity {
			n.maybe = was
		}
		return
	}
}

// dropName gives a name up.
func (p *person) dropName(ctx context.Context, b *browser, n *nick) {
	kind := "username"
	if n.address() {
		kind = "email"
	}
	n.maybe = true
	p.w.ghost.doubt(p, nil)
	a, sure := p.click(ctx, b, "/auth/account/names/remove", url.Values{"kind": {kind}, "name": {n.value}})
	if a.Code == http.StatusSeeOther && a.location() == "/auth/account/names" {
		n.ended = p.w.coro.Steps()
		p.changed(b, sure, "the end of a name")
	}
}

// owns says that mails to an address come to them.
func (p *person) owns(address string) bool {
	return slices.Contains(p.addresses, address) || p.nickOf(address) != nil
}

// nickOf is the newest name of theirs that is typed so; nil: they have none.
func (p *person) nickOf(typed string) *nick {
	for _, n := range slices.Backward(p.also) {
		if n.value == typed && n.ended == 0 {
			return n
		}
	}
	return nil
}

// oneHolder looks whether somebody else surely has the name that was just given to one.
func (g *ghost) oneHolder(p *person, name string) {
	for _, o := range g.people {
		if o == p || o.origin != p.origin || o.gone || o.again || g.shaken > 0 {
			continue
		}
		if n := o.nickOf(name); n != nil && n.stands() {
			g.notice("I17", "%s is given the name %s, which is %s's", p.name, name, o.name)
		}
	}
}
