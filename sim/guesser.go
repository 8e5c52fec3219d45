package sim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// guesser knows user names and passwords that people had once, and tries them from many
// addresses, as fast as the site lets them: against one account, or one guess at each.
type guesser struct {
	*actor
	b     *browser
	turns int
}

func (g *guesser) live(ctx context.Context) {
	for g.begin() == nil {
		pause := time.Duration(g.draw(30)) * time.Second
		if g.draw(3) > 0 {
			pause = time.Duration(g.draw(8)) * time.Minute
		}
		if g.w.outside.Sleep(ctx, pause) != nil || g.w.quiet {
			return
		}
		people := slices.DeleteFunc(slices.Clone(g.w.ghost.people), func(p *person) bool { return p.rules })
		switch g.draw(3) {
		case 0: // one is meant mostly, so that others have a life
			g.batter(ctx, people[len(people)/2])
		case 1:
			for _, p := range people {
				g.guess(ctx, p)
			}
		case 2:
			g.batter(ctx, nil)
		}
	}
}

// batter guesses until the site says that it is enough: one after the other, or with so
// many at the same moment that none can be counted before the others are judged.
func (g *guesser) batter(ctx context.Context, p *person) {
	if p != nil && g.draw(2) == 1 {
		g.volley(ctx, p)
	}
	for range 12 {
		if a := g.guess(ctx, p); a.Code == http.StatusTooManyRequests {
			return
		}
	}
}

// volley has as many sign-ins ready as there are guesses, and sends all of them at once.
func (g *guesser) volley(ctx context.Context, p *person) {
	ready := make([]*browser, 7)
	for i := range ready {
		ready[i] = g.w.another("guesser", fmt.Sprintf("198.51.%d.%d:4000", g.draw(40), 1+g.draw(200)), p.origin)
		ready[i].send(ctx, http.MethodGet, "/auth/sign-in", nil)
	}
	g.w.together(ctx, len(ready), func(ctx context.Context, i int) {
		word := fmt.Sprintf("correct horse battery %d.%d", g.turns, i)
		ready[i].submit(ctx, "/auth/sign-in", url.Values{"identifier": {p.addresses[0]}, "password": {word}})
	})
	g.turns++
	if p == nil {
		g.w.tell(g.name, "guesses at a name that nobody has")
	} else {
		g.w.tell(g.name, "guesses at %s", p.name)
	}
	g.w.ghost.counts.Guesses += len(ready)
}

// guess tries one password; nobody is an address that belongs to none.
func (g *guesser) guess(ctx context.Context, p *person) answer {
	g.turns++
	b := g.b
	b.addr = fmt.Sprintf("198.51.%d.%d:4000", g.draw(40), 1+g.draw(200))
	if g.draw(4) == 3 {
		b = g.w.browser("guesser", b.addr)
	}
	if p != nil && p.origin != b.origin {
		b = g.w.another("guesser", b.addr, p.origin)
	}
	name, word := "nobody@example.org", fmt.Sprintf("correct horse battery %d", g.turns)
	if p != nil {
		name = p.addresses[0]
		if n := len(p.passwords); n > 1 && g.draw(2) == 1 {
			if old := p.passwords[g.draw(n-1)]; old.ended > 0 {
				word = old.value // from somebody else's leak
			}
		}
	}
	b.send(ctx, http.MethodGet, "/auth/sign-in", nil)
	to, form, ok := b.fill("/auth/sign-in", url.Values{"identifier": {name}, "password": {word}})
	if !ok {
		return answer{}
	}
	a := b.race(ctx, 1+g.draw(3), to, form)
	if a.Code == http.StatusSeeOther && !strings.HasPrefix(a.location(), "/auth/sign-in") {
		g.w.ghost.notice("I01", "%s gets on as %s with a password that is not theirs: %s", b.name, name, a.location())
	}
	g.w.ghost.counts.Guesses++
	return a
}
