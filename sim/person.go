package sim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/axess-go/axess/internal/coro"
)

// person is somebody who uses the site as it is meant, with two browsers.
type person struct {
	w        *World
	name     string
	address  string
	stream   coro.Stream
	password string
	// pending is a password that may hold too: nobody knows whether its change was
	// made.
	pending  string
	turn     int
	id       string // what the site calls them
	browsers []*browser
}

// people puts everybody in front of the site.
func (w *World) people() {
	for i := range w.cfg.People {
		p := &person{
			w: w, name: fmt.Sprintf("p%d", i+1), address: fmt.Sprintf("p%d@example.org", i+1),
			stream: coro.Stream(fmt.Sprintf("actor/p%d", i+1)),
		}
		p.choose()
		for j := range 2 {
			p.browsers = append(p.browsers, w.browser(fmt.Sprintf("%s/%d", p.name, j+1), fmt.Sprintf("203.0.113.%d:4000", 10*i+j+1)))
		}
		w.ghost.people = append(w.ghost.people, p)
		w.outside.Go(context.Background(), p.name, p.live)
	}
	t := &thief{w: w}
	w.outside.Go(context.Background(), "thief", t.live)
}

// choose thinks of a new password.
func (p *person) choose() string {
	p.turn++
	p.password = fmt.Sprintf("nine purple ducks of %s cross road %d", p.name, p.turn)
	return p.password
}

func (p *person) draw(n int) int { return p.w.pick(p.stream, n) }

func (p *person) live(ctx context.Context) {
	for !p.signUp(ctx, p.browsers[0]) {
		if p.rest(ctx) != nil {
			return
		}
	}
	for p.rest(ctx) == nil {
		b := p.browsers[p.draw(len(p.browsers))]
		if b.login == nil {
			p.signIn(ctx, b)
			continue
		}
		switch p.draw(10) {
		case 0, 1, 2, 3, 4:
			p.look(ctx, b)
		case 5, 6:
			p.signOut(ctx, b)
		case 7:
			p.endOthers(ctx, b)
		case 8:
			p.changePassword(ctx, b)
		case 9:
			p.forget(ctx, b)
		}
	}
}

// rest passes some time: mostly a little, at times hours.
func (p *person) rest(ctx context.Context) error {
	d := time.Duration(p.draw(1000)) * time.Millisecond
	if p.draw(20) == 19 {
		d = time.Duration(p.draw(120)) * time.Minute
	}
	return p.w.outside.Sleep(ctx, d)
}

// mail is the newest letter with a link that has come since, waiting for it a while.
func (p *person) mail(ctx context.Context, since int, path string) string {
	link := regexp.MustCompile(regexp.QuoteMeta(Origin+path) + `\?token=\S+`)
	for range 60 {
		for i := len(p.w.post.letters) - 1; i >= since; i-- {
			m := p.w.post.letters[i]
			if found := link.FindString(m.Text); m.To == p.address && found != "" {
				return strings.TrimPrefix(found, Origin)
			}
		}
		if p.w.outside.Sleep(ctx, 5*time.Second) != nil {
			return ""
		}
	}
	return ""
}

func (p *person) signUp(ctx context.Context, b *browser) bool {
	before := len(p.w.post.letters)
	b.open(ctx, "/auth/sign-up")
	a := b.submit(ctx, "/auth/sign-up", url.Values{"email": {p.address}, "password": {p.password}})
	if a.Code != http.StatusSeeOther && !a.lost() {
		return false
	}
	link := p.mail(ctx, before, "/auth/verify")
	if link == "" {
		return false
	}
	if a = b.open(ctx, link); a.Code != http.StatusOK {
		return false
	}
	fields := url.Values{}
	if strings.Contains(a.Body, `name="password"`) {
		fields.Set("password", p.password)
	}
	a = b.submit(ctx, "/auth/verify", fields)
	if a.Code == http.StatusSeeOther && b.cookie() != "" {
		p.w.ghost.counts.SignUps++
		b.login = p.w.ghost.signedIn(p)
		return true
	}
	// It may have worked: signing in tells.
	return p.signIn(ctx, b)
}

func (p *person) signIn(ctx context.Context, b *browser) bool {
	b.open(ctx, "/auth/sign-in")
	tries := []string{p.password}
	if p.pending != "" {
		tries = append(tries, p.pending)
	}
	for _, password := range tries {
		a := b.submit(ctx, "/auth/sign-in", url.Values{"identifier": {p.address}, "password": {password}})
		if a.Code == http.StatusSeeOther {
			p.password, p.pending = password, ""
			p.w.ghost.counts.SignIns++
			b.login = p.w.ghost.signedIn(p)
			return true
		}
		if a.Code != http.StatusUnauthorized {
			return false
		}
	}
	return false
}

// look asks the site who it takes them for. A login that was not ended and has not run
// out must hold, whatever fails behind the site (SIM-I08).
func (p *person) look(ctx context.Context, b *browser) {
	l, g := b.login, p.w.ghost
	before := l.asked
	a := b.as(ctx, l)
	switch {
	case a.failed():
	case a.Code == http.StatusOK:
		if p.id == "" {
			p.id = a.Body
		}
		if a.Body != p.id {
			g.notice("%s is served as somebody else", b.name)
		}
		g.served(l, a, before, b.name)
	default:
		if g.stands(l, a, before) {
			g.notice("%s has lost a login that nobody ended: %d", b.name, a.Code)
		}
		b.login = nil
	}
}

func (p *person) signOut(ctx context.Context, b *browser) {
	l := b.login
	b.open(ctx, "/auth/account")
	l.maybe = true
	a := b.submit(ctx, "/auth/sign-out", nil)
	if a.Code == http.StatusOK || a.Code == http.StatusSeeOther {
		p.w.ghost.ends(l, "sign-out")
		p.w.ghost.counts.SignOuts++
		b.login = nil
	}
}

func (p *person) endOthers(ctx context.Context, b *browser) {
	b.open(ctx, "/auth/account/sessions/end-others")
	// Whose answer is lost may have lost their own login, too: it moved to an id that
	// they have not heard of (decisions §3: signed out, never kept).
	p.w.ghost.doubt(p, nil)
	a := b.submit(ctx, "/auth/account/sessions/end-others", nil)
	if a.Code == http.StatusSeeOther && !strings.Contains(a.location(), "sign-in") {
		p.w.ghost.end(p, b.login, "sign-out of the others")
		b.login.maybe = false
	}
}

func (p *person) changePassword(ctx context.Context, b *browser) {
	a := b.open(ctx, "/auth/account/password")
	if a.Code != http.StatusOK || !strings.Contains(a.Body, "new_password") {
		return
	}
	old := p.password
	next := p.choose()
	p.password, p.pending = old, next
	p.w.ghost.doubt(p, nil)
	a = b.submit(ctx, "/auth/account/password", url.Values{"current_password": {old}, "new_password": {next}})
	if a.Code == http.StatusSeeOther && a.location() == "/auth/account" {
		p.password, p.pending = next, ""
		p.w.ghost.end(p, b.login, "change of the password")
		b.login.maybe = false
		p.w.ghost.counts.Changes++
	}
}

// forget asks for a new password by mail.
func (p *person) forget(ctx context.Context, b *browser) {
	before := len(p.w.post.letters)
	fresh := p.w.browser(b.name+"'", b.addr)
	fresh.open(ctx, "/auth/reset")
	if a := fresh.submit(ctx, "/auth/reset", url.Values{"identifier": {p.address}, "email": {p.address}}); a.Code != http.StatusSeeOther {
		return
	}
	link := p.mail(ctx, before, "/auth/reset/new")
	if link == "" || fresh.open(ctx, link).Code != http.StatusOK {
		return
	}
	old := p.password
	next := p.choose()
	p.password, p.pending = old, next
	p.w.ghost.doubt(p, nil)
	a := fresh.submit(ctx, "/auth/reset/new", url.Values{"password": {next}})
	if a.Code == http.StatusSeeOther && strings.HasPrefix(a.location(), "/auth/sign-in") {
		p.password, p.pending = next, ""
		p.w.ghost.end(p, nil, "a new password by mail")
		p.w.ghost.counts.Changes++
	}
}
