package sim

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// phisher knows what people have typed into a page of theirs: the password, and at times
// the code that an app shows just then, which they use at once and several times, or when
// its owner has used it.
type phisher struct{ *actor }

func (f *phisher) live(ctx context.Context) {
	for f.begin() == nil && f.w.outside.Sleep(ctx, time.Duration(f.draw(60))*time.Second) == nil && !f.w.quiet {
		p := f.w.ghost.people[f.draw(len(f.w.ghost.people))]
		if p.stripped() && !p.gone && !p.again {
			f.enrols(ctx, p)
			continue
		}
		if !p.certain() || p.gone || p.again || p.stopped > 0 || p.shut > 0 {
			continue // whose password is all that they have is not to be helped
		}
		if f.draw(4) == 0 {
			f.alone(ctx, p)
		} else {
			f.relay(ctx, p)
		}
	}
}

// another is a browser of somebody who attacks people of a tenant.
func (w *World) another(name, addr, origin string) *browser {
	b := w.browser(name, addr)
	b.origin = origin
	return b
}

// enter types a name and a password.
func (b *browser) enter(ctx context.Context, name, password string) answer {
	b.open(ctx, "/auth/sign-in")
	return b.submit(ctx, "/auth/sign-in", url.Values{"identifier": {name}, "password": {password}})
}

// alone tries how far the password leads by itself: to the next step, whatever is asked
// for in between.
func (f *phisher) alone(ctx context.Context, p *person) {
	began := f.w.coro.Steps()
	b := f.w.another("a phisher", "198.51.100.6:4000", p.origin)
	a := b.enter(ctx, p.addresses[0], p.password)
	if a.Code != http.StatusSeeOther {
		return
	}
	b.follow(ctx, a)
	b.submit(ctx, "/auth/factor/totp", url.Values{"code": {"000000"}})
	for _, path := range []string{"/me", "/vault"} {
		if v := b.send(ctx, http.MethodGet, path, nil).view(); v != nil && p.since(began) {
			f.w.ghost.notice("I01", "whoever knows the password of %s is signed in with %v", p.name, v.kinds())
		}
	}
	b.send(ctx, http.MethodGet, "/auth/account", nil)
}

// enrols tries to come by an app of their own, in the place of one that its owner has lost:
// the password is not enough for that (AUN-032).
func (f *phisher) enrols(ctx context.Context, p *person) {
	b := f.w.another("a phisher", "198.51.100.6:4000", p.origin)
	a := b.enter(ctx, p.addresses[0], p.password)
	if strings.HasPrefix(a.location(), "/auth/enrol") && p.stripped() {
		f.w.ghost.notice("I16", "whoever knows the password of %s, who has had an app, is let set up another one", p.name)
	}
}

// stripped says that somebody has had an app, has none now, and is asked for one.
func (p *person) stripped() bool {
	at, had := p.w.asks[p.origin], false
	for _, a := range p.apps {
		if a.ended == 0 {
			return false
		}
		had = had || a.sure > 0 && a.sure >= p.born
	}
	return had && at > 0
}

// relay types a code in several sign-ins at the same moment: the one that the phone shows
// now, or the one that its owner has typed.
func (f *phisher) relay(ctx context.Context, p *person) {
	var ready []*browser
	for range 2 + f.draw(2) {
		b := f.w.another("a phisher", "198.51.100.6:4000", p.origin)
		if a := b.enter(ctx, p.addresses[0], p.password); a.Code == http.StatusSeeOther {
			b.follow(ctx, a)
		}
		if strings.HasPrefix(b.at, "/auth/factor/totp") {
			ready = append(ready, b)
		}
	}
	phone := p.asked()
	if phone == nil || len(ready) == 0 {
		return
	}
	// What is on the phone now the owner does not type any more: they take the next one.
	count := f.w.coro.Time().Unix() / period
	if f.draw(3) == 0 {
		count = phone.shown // that they have typed last
	}
	phone.shown = max(phone.shown, count)
	code := phone.code(count)
	began := f.w.coro.Steps()
	answers := make([]answer, len(ready))
	f.w.together(ctx, len(ready), func(ctx context.Context, i int) {
		answers[i] = ready[i].submit(ctx, "/auth/factor/totp", url.Values{"code": {code}})
	})
	for i, b := range ready {
		if answers[i].Code != http.StatusSeeOther || answers[i].location() != "/" {
			continue
		}
		l := f.w.ghost.signedIn(p, b, began)
		l.maybe = true
		p.w.ghost.counts.SignIns++
		if a := b.as(ctx, l); a.Code == http.StatusOK {
			f.w.ghost.served(l, a, b)
		}
	}
}

// asked is an app of which a sign-in surely takes a code; nil: none.
func (p *person) asked() *app {
	for _, a := range p.apps {
		if a.sure > 0 && a.ended == 0 && !a.maybe {
			return a
		}
	}
	return nil
}

// together does things at the same moment, and waits for the last of them.
func (w *World) together(ctx context.Context, n int, do func(ctx context.Context, i int)) {
	done := w.outside.NewWaiter("what is done together")
	left := n
	for i := range n {
		w.outside.Go(w.within(ctx), "together", func(ctx context.Context) {
			do(ctx, i)
			if left--; left == 0 {
				done.Wake()
			}
		})
	}
	if n > 0 {
		done.Wait(ctx) //nolint:errcheck // the world has ended
	}
}
