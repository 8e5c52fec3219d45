package factor

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/axess-go/axess/identity"
)

// customPrefix begins the tags of kinds that a program brings (AUN-010).
const customPrefix = "custom:"

// Custom is the tag of a kind that a program brings, "custom:" and the name, which is
// [a-z][a-z0-9_]{0,31}. It is stored and never changes.
func Custom(name string) identity.Kind { return identity.Kind(customPrefix + name) }

// IsCustom reports a kind that a program brought.
func IsCustom(k identity.Kind) bool { return strings.HasPrefix(string(k), customPrefix) }

// maxLimit bounds what may be typed for any factor.
const maxLimit = 16 << 10

// ErrRegistry answers verifiers that cannot stand beside each other; the text names the
// kind.
var ErrRegistry = errors.New("factor: registry")

// Registry knows the kinds of one program by their verifiers. It does not change.
type Registry struct {
	of    map[identity.Kind]Verifier
	kinds []identity.Kind
}

// NewRegistry refuses two verifiers of one kind, tags that are neither one of this
// package nor [Custom], and traits that contradict each other. Error: [ErrRegistry].
func NewRegistry(verifiers ...Verifier) (*Registry, error) {
	r := &Registry{of: make(map[identity.Kind]Verifier, len(verifiers))}
	for _, v := range verifiers {
		if v == nil {
			return nil, fmt.Errorf("%w: a verifier is nil", ErrRegistry)
		}
		t := v.Traits()
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("%w: %q: %w", ErrRegistry, t.Kind, err)
		}
		if _, twice := r.of[t.Kind]; twice {
			return nil, fmt.Errorf("%w: %q: has two verifiers", ErrRegistry, t.Kind)
		}
		r.of[t.Kind] = v
		r.kinds = append(r.kinds, t.Kind)
	}
	slices.SortStableFunc(r.kinds, func(a, b identity.Kind) int {
		return cmp.Compare(r.of[a].Traits().Strength(), r.of[b].Traits().Strength())
	})
	return r, nil
}

func (t Traits) check() error {
	switch {
	case !isKind(t.Kind):
		return errors.New("is no kind of this package, nor custom: with a name of [a-z][a-z0-9_]{0,31}")
	case len(t.AMR) == 0 || slices.Contains(t.AMR, ""):
		return errors.New("has no method reference")
	case t.Limit < 0 || t.Limit > maxLimit:
		return fmt.Errorf("takes more than %d bytes", maxLimit)
	case t.Field > FieldText:
		return errors.New("has an unknown field")
	case t.Field == FieldNone && !t.External && !t.Unguessable:
		return errors.New("takes no input and can be guessed")
	}
	return nil
}

// isKind reports a tag that a verifier may have.
func isKind(k identity.Kind) bool {
	name, custom := strings.CutPrefix(string(k), customPrefix)
	if !custom {
		return slices.Contains(tags, k)
	}
	if len(name) == 0 || len(name) > 32 {
		return false
	}
	for i := range len(name) {
		letter := 'a' <= name[i] && name[i] <= 'z'
		if !letter && (i == 0 || name[i] != '_' && (name[i] < '0' || name[i] > '9')) {
			return false
		}
	}
	return true
}

// Strength orders kinds for a step-up, which asks for the strongest that somebody has:
// a level more, resistance to phishing, possession before knowledge. What proves nothing
// that counts is the weakest.
func (t Traits) Strength() int {
	n := 4 * int(identity.Assess([]identity.Evidence{{Class: t.Class}}).AAL)
	if t.Class&identity.PhishingResistant != 0 {
		n += 2
	}
	if t.IsSecond() {
		n++
	}
	return n
}

// Verifier finds that of a kind.
func (r *Registry) Verifier(k identity.Kind) (Verifier, bool) {
	v, ok := r.of[k]
	return v, ok
}

// Has reports that a kind can be verified, and may be a step of a method.
func (r *Registry) Has(k identity.Kind) bool { return r.of[k] != nil }

// Traits are those of a kind; zero for one that nobody verifies.
func (r *Registry) Traits(k identity.Kind) Traits {
	if v := r.of[k]; v != nil {
		return v.Traits()
	}
	return Traits{}
}

// Kinds are all of them, the weakest first, in the order of the verifiers where they
// are equal.
func (r *Registry) Kinds() []identity.Kind { return slices.Clone(r.kinds) }
