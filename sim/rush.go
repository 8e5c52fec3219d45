package sim

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// rushers are how many sign-ins somebody has ready who hears that they are to be stopped.
const rushers = 3

// against gives an order, at the same moment at which the person whom it is about signs in
// in several browsers. Whoever is in before the order was acknowledged is out with it, and
// so is whoever comes in behind it (AUN-047, AUN-111).
func (a *admin) against(ctx context.Context, p *person, order func(context.Context)) {
	ready := make([]*browser, rushers)
	for i := range ready {
		ready[i] = a.w.another(p.name+"/rush", p.browsers[0].addr, p.origin)
		ready[i].send(ctx, http.MethodGet, "/auth/sign-in", nil)
	}
	a.w.together(ctx, 1+rushers, func(ctx context.Context, i int) {
		if i == 0 {
			order(ctx)
			return
		}
		p.rush(ctx, ready[i-1])
	})
}

// rush signs in in a browser whose open page asks for it, and looks whether that lasts.
func (p *person) rush(ctx context.Context, b *browser) {
	g, began := p.w.ghost, p.w.coro.Steps()
	a := b.submit(ctx, "/auth/sign-in", url.Values{"identifier": {p.addresses[0]}, "password": {p.password}})
	if phone := p.asked(); phone != nil && strings.HasPrefix(a.location(), "/auth/factor/totp") {
		b.follow(ctx, a)
		phone.shown = max(phone.shown+1, p.w.coro.Time().Unix()/period)
		a = b.submit(ctx, "/auth/factor/totp", url.Values{"code": {phone.code(phone.shown)}})
	}
	if a.Code != http.StatusSeeOther || a.location() != "/" {
		return
	}
	l := g.signedIn(p, b, began)
	for range 3 {
		if p.w.outside.Sleep(ctx, 2*time.Second) != nil {
			return
		}
		if a := b.as(ctx, l); a.Code == http.StatusOK {
			g.served(l, a, b)
		}
	}
}
