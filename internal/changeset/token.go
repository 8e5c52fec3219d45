package changeset

import (
	"bytes"
	"cmp"
	"crypto/subtle"
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

func (s *Set) putToken(c identity.PutToken) error {
	t := c.Token
	if _, known := s.Tokens.get(t.Selector); known {
		return store.ErrExists
	}
	owner := identity.Subject{Tenant: t.Tenant, User: t.User}
	if t.Purpose.NeedsUser() {
		if _, ok := s.Users.get(owner); !ok {
			return store.ErrNotFound
		}
	}
	s.Tokens.put(t.Selector, t)
	list, _ := s.TokensOf.get(owner)
	s.TokensOf.put(owner, append(slices.Clone(list), t.Selector))
	if c.Keep > 0 {
		s.evictTokens(owner, t, c.Keep)
	}
	return nil
}

// evictTokens leaves the newest tokens of a user and purpose, the one that was just
// put among them whatever its time.
func (s *Set) evictTokens(owner identity.Subject, fresh identity.Token, keep int) {
	var others []identity.Token
	list, _ := s.TokensOf.get(owner)
	for _, selector := range list {
		if t, ok := s.Tokens.get(selector); ok && t.Purpose == fresh.Purpose && selector != fresh.Selector {
			others = append(others, t)
		}
	}
	slices.SortFunc(others, func(a, b identity.Token) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), bytes.Compare(a.Selector[:], b.Selector[:]))
	})
	for _, t := range others[:max(0, len(others)-(keep-1))] {
		s.DropToken(t)
	}
}

func (s *Set) countTry(c identity.CountTry) error {
	t, ok := s.Tokens.get(c.Selector)
	if !ok || t.Purpose != c.Purpose || !c.Now.Before(t.ExpiresAt) ||
		subtle.ConstantTimeCompare(t.Digest[:], c.Digest[:]) != 1 {
		return store.ErrNotFound
	}
	if t.Tries >= c.Max {
		return store.ErrConflict
	}
	t.Tries++
	s.Tokens.put(t.Selector, t)
	return nil
}

func (s *Set) consume(c identity.ConsumeToken) error {
	t, ok := s.Tokens.get(c.Selector)
	if !ok || t.Purpose != c.Purpose || !c.Now.Before(t.ExpiresAt) ||
		subtle.ConstantTimeCompare(t.Digest[:], c.Digest[:]) != 1 {
		return store.ErrNotFound
	}
	s.DropToken(t)
	return nil
}

// DropToken stages the end of one token.
func (s *Set) DropToken(t identity.Token) {
	owner := identity.Subject{Tenant: t.Tenant, User: t.User}
	list, _ := s.TokensOf.get(owner)
	s.keepTokens(owner, slices.DeleteFunc(slices.Clone(list), func(o [16]byte) bool { return o == t.Selector }))
	s.Tokens.drop(t.Selector)
}

// voidTokens stages the end of those tokens of a user that a condition picks.
func (s *Set) voidTokens(owner identity.Subject, which func(identity.Token) bool) {
	list, _ := s.TokensOf.get(owner)
	var kept [][16]byte
	for _, selector := range list {
		if t, ok := s.Tokens.get(selector); ok && !which(t) {
			kept = append(kept, selector)
			continue
		}
		s.Tokens.drop(selector)
	}
	s.keepTokens(owner, kept)
}

func (s *Set) keepTokens(owner identity.Subject, kept [][16]byte) {
	if len(kept) == 0 {
		s.TokensOf.drop(owner)
	} else {
		s.TokensOf.put(owner, kept)
	}
}
