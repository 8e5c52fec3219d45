package sim

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
)

// thief copies cookies out of browsers and tries them again and again, also long after
// their owner has ended the login.
type thief struct {
	*actor
	loot []theft
}

type theft struct {
	b *browser
	l *login
}

func (t *thief) live(ctx context.Context) {
	for t.begin() == nil && t.w.outside.Sleep(ctx, time.Duration(t.draw(8000))*time.Millisecond) == nil {
		if len(t.loot) > 0 && t.draw(3) > 0 {
			s := t.loot[t.draw(len(t.loot))]
			t.w.tell(t.name, "tries the cookies of %s", strings.TrimPrefix(s.b.name, "thief of "))
			if a := s.b.as(ctx, s.l); a.Code == http.StatusOK {
				t.w.ghost.served(s.l, a, s.b)
			}
			continue
		}
		p := t.w.ghost.people[t.draw(len(t.w.ghost.people))]
		from := p.browsers[t.draw(len(p.browsers))]
		if from.login == nil || from.acting || from.cookie() == "" {
			continue
		}
		t.w.tell(t.name, "copies the cookies of %s", from.name)
		b := t.w.browser("thief of "+from.name, from.addr)
		b.cookies = slices.Clone(from.cookies)
		t.loot = append(t.loot, theft{b, from.login})
		t.w.ghost.counts.Thefts++
		const most = 8 // the oldest are forgotten
		t.loot = t.loot[max(0, len(t.loot)-most):]
	}
}
