package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
)

// Overdue implements [identity.Admin].
func (p people) Overdue(ctx context.Context, now time.Time, limit int) ([]identity.Subject, error) {
	const verb = "overdue"
	if now.IsZero() || limit < 1 {
		return nil, malformed(verb, "time or limit")
	}
	if err := alive(ctx, verb); err != nil {
		return nil, err
	}
	p.b.book.RLock()
	defer p.b.book.RUnlock()
	waiting := p.b.dir.candidates(now.Add(-identity.CandidateLife))
	var out []identity.Subject
	for i := range min(limit, len(waiting)) {
		out = append(out, waiting[i].Subject())
	}
	return out, nil
}

// Sweep implements [identity.Admin]. What goes is chosen in the order of age, so
// that equal stores lose equal rows whatever the order of their maps.
func (p people) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	const verb = "sweep"
	if now.IsZero() || limit < 1 {
		return 0, malformed(verb, "time or limit")
	}
	if err := alive(ctx, verb); err != nil {
		return 0, err
	}
	l := p.b.lock()
	defer l.unlock()
	s := p.b.stage()
	tokens := p.b.dir.expired(now.Add(-identity.TokenKept))
	tokens = tokens[:min(limit, len(tokens))]
	for _, t := range tokens {
		s.DropToken(t)
	}
	waiting := p.b.dir.candidates(now.Add(-identity.CandidateLife))
	waiting = waiting[:min(limit, len(waiting))]
	for _, u := range waiting {
		for _, c := range []identity.Change{
			identity.EraseUser{Subject: u.Subject(), From: identity.Candidate},
			identity.RaiseEpoch{Scope: identity.UserScope(u.Subject())},
		} {
			if err := s.Change(c); err != nil {
				return 0, failed(verb, err)
			}
		}
	}
	over := p.b.dir.sweepExpired(s, now, limit)
	l.set(s)
	return len(tokens) + len(waiting) + over, nil
}

// expired are the tokens that ended at or before a time, oldest first.
func (d *directory) expired(end time.Time) []identity.Token {
	var out []identity.Token
	for _, t := range d.tokens {
		if !t.ExpiresAt.After(end) {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b identity.Token) int {
		return cmp.Or(a.ExpiresAt.Compare(b.ExpiresAt), bytes.Compare(a.Selector[:], b.Selector[:]))
	})
	return out
}

// candidates are the users that were created at or before a time and have
// confirmed nothing, oldest first.
func (d *directory) candidates(end time.Time) []identity.User {
	var out []identity.User
	for _, row := range d.users {
		if row.User.State == identity.Candidate && !row.User.CreatedAt.After(end) {
			out = append(out, row.User)
		}
	}
	slices.SortFunc(out, func(a, b identity.User) int {
		x, y := a.ID.Bytes(), b.ID.Bytes()
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), bytes.Compare(x[:], y[:]))
	})
	return out
}

// sweepExpired stages the end of methods and policies of users that are over, those
// that ended first.
func (d *directory) sweepExpired(s *changeset.Set, now time.Time, limit int) int {
	type row struct {
		of   identity.Subject
		end  time.Time
		name string
	}
	var methods, policies []row
	for sub, u := range d.users {
		for _, m := range u.Methods {
			if !m.Holds(now) {
				//axess:allow L10 oldest sorts them below
				methods = append(methods, row{sub, m.ExpiresAt, m.Name})
			}
		}
		for _, p := range u.Policies {
			if !p.Holds(now) {
				//axess:allow L10 oldest sorts them below
				policies = append(policies, row{sub, p.ExpiresAt, string(p.Kind)})
			}
		}
	}
	oldest := func(list []row) []row {
		slices.SortFunc(list, func(a, b row) int {
			x, y := a.of.User.Bytes(), b.of.User.Bytes()
			return cmp.Or(a.end.Compare(b.end), bytes.Compare(x[:], y[:]), cmp.Compare(a.name, b.name))
		})
		return list[:min(limit, len(list))]
	}
	methods, policies = oldest(methods), oldest(policies)
	for _, r := range methods {
		s.DropMethod(r.of, r.name)
	}
	for _, r := range policies {
		s.DropExpiredPolicy(r.of, identity.PolicyKind(r.name))
	}
	return len(methods) + len(policies)
}
