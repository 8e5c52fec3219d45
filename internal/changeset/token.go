package changeset

import (
	"crypto/subtle"
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

func (s *Set) putToken(t identity.Token) error {
	if _, known := s.Tokens.get(t.Selector); known {
		return store.ErrExists
	}
	s.Tokens.put(t.Selector, t)
	owner := identity.Subject{Tenant: t.Tenant, User: t.User}
	list, _ := s.TokensOf.get(owner)
	s.TokensOf.put(owner, append(slices.Clone(list), t.Selector))
	return nil
}

func (s *Set) consume(c identity.ConsumeToken) error {
	t, ok := s.Tokens.get(c.Selector)
	if !ok || t.Purpose != c.Purpose || !c.Now.Before(t.ExpiresAt) ||
		subtle.ConstantTimeCompare(t.Digest[:], c.Digest[:]) != 1 {
		return store.ErrNotFound
	}
	s.VoidTokens(identity.Subject{Tenant: t.Tenant, User: t.User}, func(o identity.Token) bool { return o.Selector == t.Selector })
	return nil
}

// VoidTokens stages the end of those tokens of a user that a condition picks.
func (s *Set) VoidTokens(owner identity.Subject, which func(identity.Token) bool) {
	list, _ := s.TokensOf.get(owner)
	var kept [][16]byte
	for _, selector := range list {
		if t, ok := s.Tokens.get(selector); ok && !which(t) {
			kept = append(kept, selector)
			continue
		}
		s.Tokens.drop(selector)
	}
	if len(kept) == 0 {
		s.TokensOf.drop(owner)
	} else {
		s.TokensOf.put(owner, kept)
	}
}
