package model

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
)

func ownerOf(t identity.Token) identity.Subject {
	return identity.Subject{Tenant: t.Tenant, User: t.User}
}

func (s *State) putToken(c identity.PutToken) []error {
	t, owner := c.Token, ownerOf(c.Token)
	if _, is := s.tokens[t.Selector]; is {
		return taken
	}
	if t.Purpose.NeedsUser() && s.users[owner] == nil {
		return missing
	}
	others := s.tokensFor(owner, func(o identity.Token) bool { return o.Purpose == t.Purpose })
	slices.SortFunc(others, func(a, b identity.Token) int { // the newest first
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), bytes.Compare(b.Selector[:], a.Selector[:]))
	})
	put(s, s.tokens, t.Selector, t)
	put(s, s.tokensOf, owner, append(slices.Clone(s.tokensOf[owner]), t.Selector))
	if c.Keep > 0 && len(others) > c.Keep-1 {
		for _, o := range others[c.Keep-1:] {
			s.dropToken(o)
		}
	}
	return nil
}

func (s *State) tokensFor(owner identity.Subject, which func(identity.Token) bool) (out []identity.Token) {
	for _, selector := range s.tokensOf[owner] {
		if t := s.tokens[selector]; which(t) {
			out = append(out, t)
		}
	}
	return out
}

func (s *State) dropToken(t identity.Token) {
	owner := ownerOf(t)
	cut(s, s.tokens, t.Selector)
	left := slices.DeleteFunc(slices.Clone(s.tokensOf[owner]), func(o [16]byte) bool { return o == t.Selector })
	if len(left) == 0 {
		cut(s, s.tokensOf, owner)
	} else {
		put(s, s.tokensOf, owner, left)
	}
}

func (s *State) voidTokens(c identity.VoidTokens) {
	for _, t := range s.tokensFor(c.Subject, func(t identity.Token) bool {
		return (c.Purpose == "" || t.Purpose == c.Purpose) && !t.CreatedAt.Before(c.Since)
	}) {
		s.dropToken(t)
	}
}

// good is a token that may be used.
func (s *State) good(selector [16]byte, digest [32]byte, purpose identity.TokenPurpose, now time.Time) (identity.Token, bool) {
	t, is := s.tokens[selector]
	//axess:allow L05 a model answers nobody
	return t, is && t.Purpose == purpose && t.Digest == digest && now.Before(t.ExpiresAt)
}

func (s *State) countTry(c identity.CountTry) []error {
	t, ok := s.good(c.Selector, c.Digest, c.Purpose, c.Now)
	switch {
	case !ok:
		return missing
	case t.Tries >= c.Max:
		return overtaken
	}
	t.Tries++
	put(s, s.tokens, t.Selector, t)
	return nil
}
