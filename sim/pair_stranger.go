package sim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// strangers begins to look: one who has proved nothing, in browsers of two networks, and
// asks whatever the site answers to anybody, about a name.
func (st *stage) strangers(name string) {
	l := &looker{actor: st.w.actor("looker"), about: name}
	for i := range 3 {
		b := st.w.browser(fmt.Sprint("looker/", i+1), fmt.Sprintf("198.51.100.%d:4000", 10+i%2))
		l.browsers = append(l.browsers, b)
	}
	st.watched[l.name] = true
	l.start(l.live)
}

// looker has proved nothing and wants to know what is so about somebody.
type looker struct {
	*actor
	about    string
	browsers []*browser
}

// mallory is what a looker types where a password is chosen.
const mallory = "mallory chose this one for herself"

func (l *looker) live(ctx context.Context) {
	for l.begin() == nil {
		if l.w.outside.Sleep(ctx, l.pause()) != nil {
			return
		}
		b := l.browsers[l.draw(len(l.browsers))]
		switch l.draw(10) {
		case 0, 1, 2:
			l.submit(ctx, b, "/auth/sign-in", url.Values{"identifier": {l.who()}, "password": {l.word()}}, 1+l.draw(3))
		case 3:
			l.submit(ctx, b, "/auth/sign-in", url.Values{"identifier": {l.who()}}, 1)
			b.send(ctx, http.MethodGet, "/auth/factor/password", nil)
		case 4: // one at a time: of two at once, the loser for a free address tries again
			l.submit(ctx, b, "/auth/sign-up", url.Values{"email": {l.who()}, "name": {"Mallory"}, "password": {l.word()}}, 1)
		case 5:
			l.submit(ctx, b, "/auth/reset", url.Values{"identifier": {l.who()}}, 1+l.draw(4)/3)
		case 6:
			// A factor that was not asked for, or was.
			path := []string{"/auth/factor/password", "/auth/factor/totp", "/auth/verify", "/auth/reset/new", "/auth/rebind"}[l.draw(5)]
			l.posts(ctx, b, path, url.Values{"password": {l.word()}, "code": {"123456"}})
		case 7:
			b.follow(ctx, b.send(ctx, http.MethodGet, []string{
				"/auth/sign-in", "/auth/sign-up", "/auth/sign-up/sent", "/auth/reset", "/auth/reset/sent", "/auth/verify", "/auth/factor/password",
				"/auth/factor/totp", "/auth/account", "/me", "/auth/verify?token=nonsense", "/auth/reset/new?token=" + strings.Repeat("A", 48),
			}[l.draw(12)], nil))
		case 8, 9:
			l.goesOn(ctx, b)
		}
	}
}

// pause is mostly short, and at times as long as a lock.
func (l *looker) pause() time.Duration {
	switch n := l.draw(40); {
	case n < 24:
		return 0
	case n < 33:
		return time.Duration(l.draw(10_000)) * time.Millisecond
	case n < 39:
		return time.Duration(l.draw(90)) * time.Second
	}
	return 16 * time.Minute
}

// who is the name that is meant, another spelling of it, nobody's, or none at all.
func (l *looker) who() string {
	return []string{l.about, l.about, l.about, strings.ToUpper(l.about), "nobody@example.org", "no@@body", ""}[l.draw(7)]
}

func (l *looker) word() string {
	return []string{"a wrong password altogether", mallory, "short"}[l.draw(3)]
}

// submit opens a page and sends its form, so many times at once, and goes where it leads.
func (l *looker) submit(ctx context.Context, b *browser, page string, fields url.Values, times int) {
	b.send(ctx, http.MethodGet, page, nil)
	to, form, ok := b.fill(page, fields)
	if !ok {
		return
	}
	b.follow(ctx, b.race(ctx, times, to, form))
}

// posts sends a form that no page has shown, with the token of one that was.
func (l *looker) posts(ctx context.Context, b *browser, path string, fields url.Values) {
	if _, unseen, ok := formOf(b.page, ""); ok && unseen.Has("_csrf") {
		fields.Set("_csrf", unseen.Get("_csrf"))
	}
	b.send(ctx, http.MethodPost, path, fields)
}

// goesOn fills in whatever form the open page has, again and again as a page that says
// "once more" is answered.
func (l *looker) goesOn(ctx context.Context, b *browser) {
	var actions []string
	for tag, rest, ok := tagOf(b.page, "<form"); ok; tag, rest, ok = tagOf(rest, "<form") {
		if to, leads := attribute(tag, "action"); leads {
			actions = append(actions, to)
		}
	}
	if len(actions) == 0 {
		return
	}
	action := actions[l.draw(len(actions))]
	if to, form, ok := b.fill(action, url.Values{
		"identifier": {l.who()}, "email": {l.who()}, "password": {l.word()}, "new_password": {mallory}, "code": {"123456"},
	}); ok {
		b.follow(ctx, b.send(ctx, http.MethodPost, to, form))
	}
}
