package identity

import "slices"

// Kind names a way to authenticate by its stable wire tag. The constants live
// with the factors that own them (factor.Password, …); this package only
// carries them.
type Kind string

// Step is one stage of a method: a non-empty set of kinds of which the person
// satisfies one. A step written as [Required] remembers it, for audit. The zero
// Step is empty and refused wherever methods are checked. Steps are immutable.
type Step struct {
	kinds    []Kind
	required bool
}

// Required is a step with one kind.
func Required(k Kind) Step { return Step{kinds: []Kind{k}, required: true} }

// AnyOf is a step that one of several kinds satisfies, offered in this order.
func AnyOf(kinds ...Kind) Step { return Step{kinds: slices.Clone(kinds)} }

// Has reports whether k satisfies the step.
func (s Step) Has(k Kind) bool { return slices.Contains(s.kinds, k) }

// Kinds returns the options in order, as a copy.
func (s Step) Kinds() []Kind { return slices.Clone(s.kinds) }

// Len is the number of options.
func (s Step) Len() int { return len(s.kinds) }

// At returns option i without copying the list.
func (s Step) At(i int) Kind { return s.kinds[i] }

// IsRequired reports whether the step was written as [Required].
func (s Step) IsRequired() bool { return s.required }

// Equal reports equal options in equal order and form.
func (s Step) Equal(o Step) bool { return s.required == o.required && slices.Equal(s.kinds, o.kinds) }

// Method is a named chain of steps, all of which a login passes in order.
// Name is [a-z0-9][a-z0-9._+-]{0,63}; 1 to 5 steps of at most 8 options
// (AUN-011; authn checks at save).
type Method struct {
	Name     string
	Steps    []Step
	Priority int // lower is offered first
	Enabled  bool
	// Reason says why a User-scope method exists ("self" for opting in to a
	// second step, IDN-075); empty at Tenant scope.
	Reason string
}
