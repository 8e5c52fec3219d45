package sim

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// lure is a page of another site that people visit while they are signed in. It can cause
// requests of their browser, with the cookies that SameSite lets it, and sets no header
// that a page may not set; it reads no answer and knows no token (CSR-031).
type lure struct{ *actor }

// evil is what a forged request of the program itself says, so that the ghost knows it.
const evil = "evil"

func (e *lure) live(ctx context.Context) {
	for e.begin() == nil && e.w.outside.Sleep(ctx, time.Duration(e.draw(15_000))*time.Millisecond) == nil && !e.w.quiet {
		p := e.w.ghost.people[e.draw(len(e.w.ghost.people))]
		if len(p.browsers) == 0 {
			continue
		}
		b := p.browsers[e.draw(len(p.browsers))].tab()
		path := []string{
			"/deed", "/auth/sign-out", "/auth/account/sessions/end-others", "/auth/account/password", "/auth/account/email",
			"/auth/sign-in", "/auth/account/factors/totp", "/auth/stop-acting",
		}[e.draw(8)]
		form := url.Values{"by": {evil}, "scope": {"all"}, "email": {"evil@example.net"}, "identifier": {"evil@example.net"}, "password": {bait}, "new_password": {bait}}
		if e.draw(2) == 1 {
			form.Set("_csrf", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
		}
		from := e.draw(4)
		b.name = "a lure in " + b.name
		a := b.sendAs(ctx, http.MethodPost, path, form, func(r *http.Request) { disguise(r, b, from) })
		if a.Code > 0 && a.Code < http.StatusBadRequest {
			e.w.ghost.notice("I31", "a page of another site posts to %s by %s and is told %d", path, b.name, a.Code)
		}
		e.w.ghost.counts.Lures++
	}
}

// disguise makes a request one that a page of another site causes: elsewhere on the
// network, on a sister domain, in a browser that does not say, or in a frame.
func disguise(r *http.Request, b *browser, from int) {
	r.Header.Set("Origin", []string{"https://evil.example.net", "https://evil.example.com", "https://evil.example.net", "null"}[from])
	switch from {
	case 1:
		r.Header.Set("Sec-Fetch-Site", "same-site")
		return // a sister domain has all cookies sent
	case 2:
		r.Header.Del("Sec-Fetch-Site")
	default:
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	r.Header.Del("Cookie")
	for _, c := range b.cookies {
		if c.SameSite == http.SameSiteNoneMode {
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
		}
	}
}

// doDeed posts a form of the program itself.
func (p *person) doDeed(ctx context.Context, b *browser) {
	l := b.login
	if a := b.open(ctx, "/deed"); a.Code != http.StatusOK || !strings.Contains(a.Body, "_csrf") {
		return
	}
	certain := l.ended == 0 && !l.maybe
	a := b.submit(ctx, "/deed", url.Values{"by": {p.name}})
	if a.Code == http.StatusForbidden && certain && l.ended == 0 && !l.maybe {
		p.w.ghost.notice("I31", "%s posts a form of the site and is refused", b.name)
	}
}
