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

// recoveryNeverWeakens: somebody who reads the mailbox of others resets their passwords;
// where an app is asked for, that leads no further.
func recoveryNeverWeakens() invariant {
	return invariant{Invariant: Invariant{
		ID: "I16", Name: "RecoveryNeverWeakens",
		Statement: "Whoever reads a mailbox gets no further by it than to the second step of an account that has one, and a password does not bring another app where there was one.",
		Covers:    []string{"AUN-I8", "AUN-133", "AUN-134"},
	}}
}

// snoop reads the mailbox of others and uses the links in it.
type snoop struct{ *actor }

func (s *snoop) live(ctx context.Context) {
	for s.begin() == nil && s.w.outside.Sleep(ctx, time.Duration(s.draw(240))*time.Second) == nil && !s.w.quiet {
		p := s.w.ghost.people[s.draw(len(s.w.ghost.people))]
		if !p.certain() || p.gone || p.again || p.pending != "" || p.rules {
			continue // without an app the account would be theirs, and rightly so
		}
		// One whom others guess at too is worth more than one try: with a new password each
		// time, where the codes are to be guessed.
		tries, people := 1, s.w.ghost.people
		if p == people[len(people)/2] {
			tries += s.draw(3)
		}
		for range tries {
			s.take(ctx, p, tries)
		}
	}
}

// take chooses a new password for somebody, and goes on from there.
func (s *snoop) take(ctx context.Context, p *person, codes int) {
	before := len(s.w.post.letters)
	b := s.w.browser("a snoop", "198.51.100.5:4000")
	b.origin = p.origin
	b.open(ctx, "/auth/reset")
	if b.submit(ctx, "/auth/reset", url.Values{"identifier": {p.addresses[0]}}).Code != http.StatusSeeOther {
		return
	}
	link := p.mail(ctx, before, "/auth/reset/new", p.addresses[0])
	if link == "" || !p.certain() || p.pending != "" || b.open(ctx, link).Code != http.StatusOK {
		return
	}
	// From here on the password may be what somebody else has chosen: it is what the
	// ghost takes for right, and the owner has to ask for another.
	stolen := p.choose()
	s.w.ghost.doubt(p, nil)
	if a := b.submit(ctx, "/auth/reset/new", url.Values{"password": {stolen}}); a.Code == http.StatusSeeOther && strings.HasPrefix(a.location(), "/auth/sign-in") {
		s.w.ghost.end(p, nil, "a new password by somebody else")
	}
	b.open(ctx, "/auth/sign-in")
	began, sure := s.w.coro.Steps(), p.certain()
	a := b.submit(ctx, "/auth/sign-in", url.Values{"identifier": {p.addresses[0]}, "password": {stolen}})
	if a.Code == http.StatusSeeOther && strings.HasPrefix(a.location(), "/auth/factor/") {
		a = b.follow(ctx, a)
		for n := range min(6, 1+5*(codes-1)) {
			if b.submit(ctx, "/auth/factor/", url.Values{"code": {fmt.Sprintf("%06d", n)}}).Code != http.StatusUnauthorized {
				break
			}
		}
	}
	if v := b.send(ctx, http.MethodGet, "/me", nil).view(); v != nil && sure && p.since(began) {
		s.w.ghost.notice("I16", "whoever reads the mailbox of %s is signed in with %v", p.name, v.kinds())
	}
}

// certain says that the account is known to ask for an app.
func (p *person) certain() bool { return p.since(p.w.coro.Steps()) }

// since says so of all requests that begin at a step or later.
func (p *person) since(step int) bool {
	return slices.ContainsFunc(p.apps, func(a *app) bool { return a.sure > 0 && a.sure < step && a.ended == 0 && !a.maybe })
}
