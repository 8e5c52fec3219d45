package sim

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/axess-go/axess/internal/coro"
)

// thief copies cookies out of browsers and tries them again and again, also long after
// their owner has ended the login.
type thief struct {
	w    *World
	loot []theft
}

type theft struct {
	b *browser
	l *login
}

func (t *thief) live(ctx context.Context) {
	const stream coro.Stream = "actor/thief"
	draw := func(n int) int { return t.w.pick(stream, n) }
	for t.w.outside.Sleep(ctx, time.Duration(draw(2000))*time.Millisecond) == nil {
		if len(t.loot) > 0 && draw(3) > 0 {
			s := t.loot[draw(len(t.loot))]
			before := s.l.asked
			if a := s.b.as(ctx, s.l); a.Code == http.StatusOK {
				t.w.ghost.served(s.l, a, before, s.b.name)
			}
			continue
		}
		p := t.w.ghost.people[draw(len(t.w.ghost.people))]
		from := p.browsers[draw(len(p.browsers))]
		if from.login == nil || from.cookie() == "" {
			continue
		}
		b := t.w.browser("thief of "+from.name, from.addr)
		b.cookies = slices.Clone(from.cookies)
		t.loot = append(t.loot, theft{b, from.login})
		t.w.ghost.counts.Thefts++
		const most = 8 // the oldest are forgotten
		t.loot = t.loot[max(0, len(t.loot)-most):]
	}
}
