package sim

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/axess-go/axess/identity"
)

// squatter has seen the password of somebody and holds their phone in the hand. They
// begin to sign in, wait at the last step until the owner has ended everything, and only
// then go on (SES-201).
type squatter struct{ *actor }

func (s *squatter) live(ctx context.Context) {
	for s.begin() == nil && s.w.outside.Sleep(ctx, time.Duration(s.draw(60))*time.Second) == nil && !s.w.quiet {
		p := s.w.ghost.people[s.draw(len(s.w.ghost.people))]
		if !p.certain() || p.gone || p.again || p.pending != "" || p.rules {
			continue
		}
		s.sit(ctx, p)
	}
}

func (s *squatter) sit(ctx context.Context, p *person) {
	g := s.w.ghost
	b := s.w.browser("a squatter", "198.51.100.7:4000")
	b.origin = p.origin
	b.open(ctx, "/auth/sign-in")
	a := b.submit(ctx, "/auth/sign-in", url.Values{"identifier": {p.addresses[0]}, "password": {p.password}})
	if a.Code != http.StatusSeeOther || !strings.HasPrefix(a.location(), "/auth/factor/") {
		return
	}
	begun := s.w.coro.Steps()
	b.follow(ctx, a)
	for range 60 {
		if s.w.outside.Sleep(ctx, 2*time.Second) != nil || s.w.quiet {
			return
		}
		if g.overturned(p, begun) > 0 {
			break
		}
	}
	phone := p.asked()
	if g.overturned(p, begun) == 0 || phone == nil {
		return
	}
	for p.reads() <= phone.shown {
		if s.w.outside.Sleep(ctx, 5*time.Second) != nil {
			return
		}
	}
	phone.shown = p.reads()
	a = b.submit(ctx, b.at, url.Values{"code": {phone.code(phone.shown)}})
	g.outlives(p, begun, a, b.name)
}

// overturned is the step behind another at which everything that had begun as somebody was
// ended; zero: it was not.
func (g *ghost) overturned(p *person, since int) int {
	if p.id.IsZero() {
		return 0
	}
	at := g.raised[identity.UserScope(identity.Subject{Tenant: p.tenant, User: p.id})]
	if tenant := g.raised[identity.TenantScope(p.tenant)]; tenant > at {
		at = tenant
	}
	if at <= since {
		return 0
	}
	return at
}

// outlives looks at the last step of a sign-in of which the first had its answer at a step.
func (g *ghost) outlives(p *person, begun int, last answer, who string) {
	if at := g.overturned(p, begun); at > 0 && at < last.began && last.Code == http.StatusSeeOther && last.location() == "/" {
		g.notice("I03", "%s signs in as %s by what began at step %d, and everything was ended at step %d", who, p.name, begun, at)
	}
}
