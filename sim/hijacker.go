package sim

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// hijacker signs up with addresses of others, before they do and behind them, waits for
// them to confirm, and then tries what they left behind: the password, and the browser
// in which they signed up (AUN-I14).
type hijacker struct {
	*actor
	b       *browser
	victims []*person // whose addresses they have signed up with
}

// bait is the password that the hijacker chooses.
const bait = "seven patient herons wait at the weir"

func (h *hijacker) live(ctx context.Context) {
	for first := true; h.begin() == nil; first = false {
		pause := time.Duration(h.draw(100)) * time.Second
		if first {
			pause = 0
		}
		if h.w.outside.Sleep(ctx, pause) != nil || h.w.quiet {
			return
		}
		p := h.w.ghost.people[h.draw(len(h.w.ghost.people))]
		what := h.draw(3)
		if first {
			what = 0
		}
		if n := len(h.victims); what == 2 && n > 0 && h.draw(3) > 0 {
			p = h.victims[h.draw(n)]
		}
		for _, other := range h.w.ghost.people {
			if other.known == 0 && !other.rules && what == 0 && h.draw(2) == 1 {
				h.signsUp(ctx, other) // some of all who have no account yet
			}
		}
		switch what {
		case 0:
			h.signsUp(ctx, p)
		case 1:
			h.b.send(ctx, http.MethodGet, "/auth/verify", nil)
			h.b.submit(ctx, "/auth/verify", url.Values{"password": {bait}})
			h.looks(ctx)
		case 2:
			b := h.w.another("hijacker's", h.b.addr, p.origin)
			if a := b.enter(ctx, p.addresses[0], bait); a.Code == http.StatusSeeOther {
				h.w.ghost.notice("I17", "the password of whoever signed up as %s lets them in: %s", p.name, a.location())
			}
			h.looks(ctx)
		}
	}
}

// signsUp signs up with the address of somebody, in a browser of its own.
func (h *hijacker) signsUp(ctx context.Context, p *person) {
	h.b = h.w.another("hijacker", h.b.addr, p.origin)
	h.b.open(ctx, "/auth/sign-up")
	a := h.b.submit(ctx, "/auth/sign-up", url.Values{"email": {p.addresses[0]}, "password": {bait}})
	if a.Code == http.StatusSeeOther && p.known == 0 && !slices.Contains(h.victims, p) {
		h.victims = append(h.victims, p)
	}
}

// looks sees whether the browser in which they signed up has become somebody.
func (h *hijacker) looks(ctx context.Context) {
	if a := h.b.send(ctx, http.MethodGet, "/me", nil); a.Code == http.StatusOK {
		h.w.ghost.notice("I17", "the browser of whoever signed up as somebody else is signed in: %s", a.Body)
	}
}
