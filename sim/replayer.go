package sim

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// caught is a request that has done what it was for, as somebody on the way has seen it:
// with its cookies, its token, and the one-time thing in it.
type caught struct {
	path    string
	origin  string
	form    url.Values
	cookies []*http.Cookie
	to      string // where its answer led
	jar     *jar
}

// catches keeps the newest requests with a one-time thing that have succeeded.
func (g *ghost) catches(q *ask, a answer) {
	path := q.r.URL.Path
	if a.Code != http.StatusSeeOther || q.r.Method != http.MethodPost {
		return
	}
	switch strings.TrimPrefix(path, "/auth") {
	case "/verify", "/reset/new", "/address", "/undo", "/factor/totp", "/rebind":
	default:
		return
	}
	if q.app != nil && g.missed(q, a) {
		return
	}
	g.caught = append(g.caught, caught{path: path, origin: q.b.origin, form: q.form, cookies: q.r.Cookies(), to: a.location(), jar: q.b.jar})
	const most = 8
	g.caught = g.caught[max(0, len(g.caught)-most):]
}

// replayer sends such requests again, as they were, from another place. What they were
// good for is spent: nothing may come of it but a refusal.
type replayer struct{ *actor }

func (r *replayer) live(ctx context.Context) {
	for r.begin() == nil && r.w.outside.Sleep(ctx, time.Duration(r.draw(10_000))*time.Millisecond) == nil {
		g := r.w.ghost
		if len(g.caught) == 0 {
			continue
		}
		c := g.caught[r.draw(len(g.caught))]
		r.w.tell(r.name, "sends what was good for %s again", c.path)
		b := r.w.browser("a replayer", "198.51.100.4:4000")
		b.origin, b.cookies = c.origin, slices.Clone(c.cookies)
		a := b.race(ctx, 1+r.draw(3), c.path, c.form)
		if a.Code == http.StatusSeeOther && a.location() == c.to && c.to != "/auth/rebind" && c.to != "/auth/verify" {
			g.notice("I04", "a request to %s that was spent leads to %s once more", c.path, c.to)
		}
		g.counts.Replays++
	}
}
