package jwt

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/axess-go/axess/internal/strictjson"
)

// Limits of a key set (WKL-033; the size is the stricter one of the constants of OAU).
const (
	maxSet  = 256 << 10
	maxKeys = 100
	// maxTried is how many keys of one kid a token may make us compute with (OAU-030).
	maxTried = 4
)

// ErrKeySet is a document that is no set of keys, or a set without a usable one.
var ErrKeySet = errors.New("jwt: no key set")

// Keys gives the keys of one issuer. [*KeySet] gives always the same, [*RemoteKeys]
// those that an issuer publishes. Implementations are safe for concurrent use.
type Keys interface {
	// Current returns the set to verify with now. It does not wait for anybody as
	// long as there is one that may be used. The error is an [ErrUnavailable].
	Current(ctx context.Context) (*KeySet, error)
	// Newer is asked when set has no key that verified a token: it returns a newer
	// set if one is to be had, else set itself. kid is the name that was not found,
	// empty if the token names no key or the key of that name did not verify.
	// Implementations bound how often that leads to a fetch: anybody can write a
	// token that asks.
	Newer(ctx context.Context, set *KeySet, kid string) (*KeySet, error)
}

// KeySet is an immutable set of public keys.
type KeySet struct {
	keys    []Key
	skipped []Skip
}

// NewKeySet returns a set of 1 to 100 keys, none of them the zero Key.
func NewKeySet(keys ...Key) (*KeySet, error) {
	if len(keys) == 0 || len(keys) > maxKeys {
		return nil, fmt.Errorf("%w: %d keys, want 1 to %d", ErrKeySet, len(keys), maxKeys)
	}
	for _, k := range keys {
		if k.pub == nil {
			return nil, fmt.Errorf("%w: %w", ErrKeySet, ErrKey)
		}
	}
	return &KeySet{keys: slices.Clone(keys)}, nil
}

// ParseKeySet reads a JWK set (RFC 7517 §5) of at most 256 KiB and 100 keys. Keys that
// cannot verify a signature are left out, see [KeySet.Skipped]; a set with none left
// is an error, as is a document that is not strict JSON. Members that are not known
// are passed over.
func ParseKeySet(document []byte) (*KeySet, error) { return parseKeySet(document, "sig") }

func parseKeySet(document []byte, use string) (*KeySet, error) {
	if err := strictjson.Object(document, strictjson.Limits{Bytes: maxSet, Depth: maxNesting, Members: maxMembers}); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeySet, err)
	}
	var list []byte
	for name, value := range strictjson.Members(document) {
		if string(name) == "keys" {
			list = value
		}
	}
	if len(list) == 0 || list[0] != '[' {
		return nil, fmt.Errorf(`%w: no array "keys"`, ErrKeySet)
	}
	s := &KeySet{}
	n := 0
	for value := range strictjson.Elements(list) {
		if n++; n > maxKeys {
			return nil, fmt.Errorf("%w: more than %d keys", ErrKeySet, maxKeys)
		}
		k, skip := parseKey(value, use)
		if skip != "" {
			s.skipped = append(s.skipped, skip)
			continue
		}
		s.keys = append(s.keys, k)
	}
	if len(s.keys) == 0 {
		return nil, fmt.Errorf("%w: none of %d keys can be used", ErrKeySet, n)
	}
	return s, nil
}

// Keys returns the keys in the order of the document.
func (s *KeySet) Keys() []Key { return slices.Clone(s.keys) }

// Skipped returns, for each key of the document that is not in the set, why.
func (s *KeySet) Skipped() []Skip { return slices.Clone(s.skipped) }

// Current returns s.
func (s *KeySet) Current(context.Context) (*KeySet, error) { return s, nil }

// Newer returns set: nothing is newer than what never changes.
func (s *KeySet) Newer(_ context.Context, set *KeySet, _ string) (*KeySet, error) { return set, nil }

// JSON returns the set as a document that an issuer publishes. [ParseKeySet] reads it
// back.
func (s *KeySet) JSON() []byte {
	b := []byte(`{"keys":[`)
	for i, k := range s.keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, k.json()...)
	}
	return append(b, `]}`...)
}

func (s *KeySet) has(kid string) bool {
	return slices.ContainsFunc(s.keys, func(k Key) bool { return k.id == kid })
}

// candidates appends the keys that may have signed a token with method m.
func (s *KeySet) candidates(to []Key, m *method, kid string) ([]Key, error) {
	named := false
	for _, k := range s.keys {
		if kid != "" && k.id != kid {
			continue
		}
		named = true
		if !k.serves(m) {
			continue
		}
		if to = append(to, k); len(to) == maxTried {
			break
		}
	}
	switch {
	// Without a name there is one key or a guess (WKL-013, OAU-030).
	case kid == "" && len(to) != 1, !named:
		return nil, refuse(KidUnknown, "")
	case len(to) == 0:
		return nil, refuse(KeyMismatch, "alg")
	}
	return to, nil
}
