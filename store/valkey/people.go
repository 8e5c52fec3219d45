package valkey

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/store"
)

// people is the Identity group but for the outbox.
//
// Its epochs are in another slot, so it raises none: RaiseEpoch is refused, and Sweep
// leaves Candidates to whoever lists them with Overdue. axess.New puts the two places
// together (internal/duty).
type people struct{ *base }

// identityGroup is the ports of the one slot of accounts.
type identityGroup struct {
	people
	queue
	base *base
}

// Info implements [backend.Identity].
func (g identityGroup) Info() backend.Info { return g.base.info(&g.base.homePlace) }

// TenantByID implements [identity.Lookup].
func (p people) TenantByID(ctx context.Context, t identity.TenantID) (identity.TenantView, error) {
	const verb = "tenant"
	if t.IsZero() {
		return identity.TenantView{}, p.failed(verb, identity.ErrInvalidID)
	}
	return found(ctx, p.base, verb, func(s *sight) (identity.TenantView, bool) { return s.tenantView(t) })
}

// TenantBySlug implements [identity.Lookup].
func (p people) TenantBySlug(ctx context.Context, slug string) (identity.TenantView, error) {
	return found(ctx, p.base, "tenant by slug", func(s *sight) (identity.TenantView, bool) {
		t, known := s.slugs().Get(slug)
		if !known {
			return identity.TenantView{}, false
		}
		v, whole := s.tenantView(t)
		if len(s.asked) == 0 && (!whole || v.Tenant.Slug != slug) {
			s.bad = "slug"
		}
		return v, whole
	})
}

// AccountByIdentifier implements [identity.Lookup]. A name that leads nowhere costs
// what one costs that leads to somebody.
func (p people) AccountByIdentifier(ctx context.Context, t identity.TenantID, kind identity.IdentifierKind, canonical string) (identity.Account, error) {
	const verb = "account"
	if t.IsZero() {
		return identity.Account{}, p.failed(verb, identity.ErrInvalidID)
	}
	name := changeset.Name{Tenant: t, Kind: kind, Canonical: canonical}
	return found(ctx, p.base, verb, func(s *sight) (identity.Account, bool) {
		user, known := s.names().Get(name)
		if !known && s.looks == 0 {
			return identity.Account{}, false
		}
		if !known {
			user = identity.SystemUser // has no account
		}
		a, whole := s.account(identity.Subject{Tenant: t, User: user})
		has := func(i identity.Identifier) bool { return i.Kind == kind && i.Canonical == canonical }
		if known && len(s.asked) == 0 && (!whole || !slices.ContainsFunc(a.User.Identifiers, has)) {
			s.bad = "name"
		}
		return a, known && whole
	})
}

// AccountByID implements [identity.Lookup].
func (p people) AccountByID(ctx context.Context, sub identity.Subject) (identity.Account, error) {
	const verb = "account"
	if !sub.Valid() {
		return identity.Account{}, p.failed(verb, identity.ErrInvalidID)
	}
	return found(ctx, p.base, verb, func(s *sight) (identity.Account, bool) { return s.account(sub) })
}

// AccountByHandle implements [identity.Lookup].
func (p people) AccountByHandle(ctx context.Context, t identity.TenantID, handle [32]byte) (identity.Account, error) {
	return p.pointed(ctx, t, func(s *sight) (identity.UserID, bool) {
		return s.handles().Get(changeset.Handle{Tenant: t, Handle: handle})
	})
}

// AccountByLink implements [identity.Lookup].
func (p people) AccountByLink(ctx context.Context, t identity.TenantID, issuer, external string) (identity.Account, error) {
	return p.pointed(ctx, t, func(s *sight) (identity.UserID, bool) {
		return s.links().Get(changeset.LinkKey{Tenant: t, Issuer: issuer, External: external})
	})
}

// pointed is the account that an index leads to.
func (p people) pointed(ctx context.Context, t identity.TenantID, by func(*sight) (identity.UserID, bool)) (identity.Account, error) {
	const verb = "account"
	if t.IsZero() {
		return identity.Account{}, p.failed(verb, identity.ErrInvalidID)
	}
	return found(ctx, p.base, verb, func(s *sight) (identity.Account, bool) {
		user, known := by(s)
		if !known {
			return identity.Account{}, false
		}
		a, whole := s.account(identity.Subject{Tenant: t, User: user})
		if len(s.asked) == 0 && !whole {
			s.bad = "index"
		}
		return a, whole
	})
}

// HasRole implements [identity.Lookup].
func (p people) HasRole(ctx context.Context, t identity.TenantID, r identity.Role) (bool, error) {
	const verb = "role"
	if t.IsZero() {
		return false, p.failed(verb, identity.ErrInvalidID)
	}
	if err := portargs.Role(r); err != nil {
		return false, p.failed(verb, err)
	}
	return found(ctx, p.base, verb, func(s *sight) (bool, bool) {
		_, held := s.holders().Get(changeset.Holding{Tenant: t, Role: r})
		return held, true
	})
}

// TokenBySelector implements [identity.Lookup].
func (p people) TokenBySelector(ctx context.Context, selector [16]byte) (identity.Token, error) {
	const verb = "token"
	if selector == [16]byte{} {
		return identity.Token{}, p.malformed(verb, "no selector")
	}
	return found(ctx, p.base, verb, func(s *sight) (identity.Token, bool) { return s.tokens().Get(selector) })
}

// found answers a question on what was there at one moment.
func found[T any](ctx context.Context, b *base, verb string, judge func(*sight) (T, bool)) (T, error) {
	var none, v T
	var there bool
	s := b.sight()
	if err := s.steady(ctx, verb, func() { v, there = judge(s) }); err != nil {
		return none, err
	}
	if !there {
		return none, b.failed(verb, store.ErrNotFound)
	}
	return v, nil
}

func (s *sight) tenantView(t identity.TenantID) (identity.TenantView, bool) {
	row, known := s.tenants().Get(t)
	if !known {
		return identity.TenantView{}, false
	}
	return identity.TenantView{Tenant: row.Tenant, Methods: row.Methods, Policies: row.Policies}, true
}

func (s *sight) account(sub identity.Subject) (identity.Account, bool) {
	row, known := s.users().Get(sub)
	tenant, open := s.tenants().Get(sub.Tenant)
	if !known || !open {
		return identity.Account{}, false
	}
	return identity.Account{
		User: row.User, Tenant: tenant.Tenant.Status, Credentials: row.Creds, Methods: row.Methods, Grants: row.Grants,
		Policies: row.Policies, Links: row.Links,
	}, true
}

// CredentialKids implements [identity.Admin].
func (p people) CredentialKids(ctx context.Context) ([]store.KidCount, error) {
	return p.kids(ctx, "credential kids", p.credentialKidsKey())
}

// kids reads counts by key id.
func (b *base) kids(ctx context.Context, verb, key string) ([]store.KidCount, error) {
	m, err := b.do(ctx, verb, b.c.B().Hgetall().Key(key).Build())
	if err != nil {
		return nil, err
	}
	counts, err := m.AsStrMap()
	if err != nil {
		return nil, b.corrupt(verb, "counts")
	}
	out := make([]store.KidCount, 0, len(counts))
	for kid, text := range counts {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || len(kid) != 4 {
			return nil, b.corrupt(verb, "counts")
		}
		out = append(out, store.KidCount{Kid: [4]byte([]byte(kid)), Count: n})
	}
	slices.SortFunc(out, func(x, y store.KidCount) int { return bytes.Compare(x.Kid[:], y.Kid[:]) })
	return out, nil
}

// Overdue implements [identity.Admin].
func (p people) Overdue(ctx context.Context, now time.Time, limit int) ([]identity.Subject, error) {
	const verb = "overdue"
	if now.IsZero() || limit < 1 {
		return nil, p.malformed(verb, "time or limit")
	}
	members, err := p.until(ctx, verb, p.candidatesKey(), now.Add(-identity.CandidateLife), limit)
	if err != nil {
		return nil, err
	}
	var out []identity.Subject
	for _, m := range members {
		s, whole := subjectOf(m)
		if !whole {
			return nil, p.corrupt(verb, "candidate")
		}
		out = append(out, s)
	}
	return out, nil
}

// until are the members of an index up to a time, oldest first.
func (b *base) until(ctx context.Context, verb, key string, end time.Time, limit int) ([]string, error) {
	m, err := b.do(ctx, verb, b.c.B().Zrange().Key(key).Min("-inf").Max(score(end)).Byscore().Limit(0, int64(limit)).Build())
	if err != nil {
		return nil, err
	}
	members, err := m.AsStrSlice()
	if err != nil {
		return nil, b.corrupt(verb, "index")
	}
	return members, nil
}

// sweepBatch is how many tokens one commit of a sweep removes.
const sweepBatch = 50

// Sweep implements [identity.Admin] for tokens. Candidates are not erased here: the
// end of their sessions belongs to another place.
func (p people) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	const verb = "sweep"
	if now.IsZero() || limit < 1 {
		return 0, p.malformed(verb, "time or limit")
	}
	end := now.Add(-identity.TokenKept)
	members, err := p.until(ctx, verb, p.expiryKey(), end, limit)
	if err != nil {
		return 0, err
	}
	swept := 0
	for part := range slices.Chunk(members, sweepBatch) {
		n, err := p.dropTokens(ctx, verb, part)
		swept += n
		if err != nil {
			return swept, err
		}
	}
	over, err := p.dropExpired(ctx, verb, now, limit)
	return swept + over, err
}

// dropExpired removes the methods and policies of users that are over.
func (p people) dropExpired(ctx context.Context, verb string, now time.Time, limit int) (int, error) {
	members, err := p.until(ctx, verb, p.endsKey(), now, limit)
	if err != nil {
		return 0, err
	}
	gone := 0
	for _, m := range members {
		sub, whole := subjectOf(m)
		if !whole {
			return gone, p.corrupt(verb, "ends")
		}
		n := 0
		err := p.commit(ctx, verb, quick, func(s *sight, set *changeset.Set) error {
			n = 0
			row, known := s.users().Get(sub)
			if !known {
				return nil
			}
			for _, m := range row.Methods {
				if !m.Holds(now) && n < limit-gone {
					set.DropMethod(sub, m.Name)
					n++
				}
			}
			for _, o := range row.Policies {
				if !o.Holds(now) && n < limit-gone {
					set.DropExpiredPolicy(sub, o.Kind)
					n++
				}
			}
			return nil
		})
		if err != nil {
			return gone, err
		}
		if gone += n; gone >= limit {
			break
		}
	}
	return gone, nil
}

// dropTokens removes tokens that are still there and reports how many.
func (p people) dropTokens(ctx context.Context, verb string, selectors []string) (int, error) {
	gone := 0
	err := p.commit(ctx, verb, quick, func(s *sight, set *changeset.Set) error {
		gone = 0
		for _, text := range selectors {
			if len(text) != 16 {
				return p.corrupt(verb, "expiry")
			}
			if t, there := s.tokens().Get([16]byte([]byte(text))); there {
				set.DropToken(t)
				gone++
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return gone, nil
}
