package identity

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

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
// (AUN-011). [Method.Validate] checks the form; authn adds at save what needs
// knowledge of the factors.
type Method struct {
	Name     string
	Steps    []Step
	Priority int // lower is offered first
	Enabled  bool
	// Reason says why a User-scope method exists ("self" for opting in to a
	// second step, IDN-075); empty at Tenant scope.
	Reason string
	// ExpiresAt ends a User-scope method: from then on it counts as absent, and is
	// swept (IDN-075). Zero: no end.
	ExpiresAt time.Time
}

// Holds reports that the row counts at a time.
func (m Method) Holds(now time.Time) bool { return m.ExpiresAt.IsZero() || now.Before(m.ExpiresAt) }

// Bounds of a saved method. The session machine has wider ones, so that a flow
// begun under an older rule still ends.
const (
	MaxSteps   = 5
	MaxOptions = 8
)

// ErrMethodInvalid is the class of every refusal of a method; the error itself
// is a [*MethodError].
var ErrMethodInvalid = errors.New("identity: method invalid")

// MethodRule is the rule that a method broke, a closed set of stable words.
type MethodRule string

// The rules of methods (AUN-011) that need no knowledge of factors.
const (
	MethodName          MethodRule = "name"
	MethodSteps         MethodRule = "steps"          // not 1 to 5
	MethodOptions       MethodRule = "options"        // not 1 to 8 in a step
	MethodKind          MethodRule = "kind"           // an empty kind
	MethodDuplicate     MethodRule = "duplicate"      // a kind twice in one step
	MethodRequiredTwice MethodRule = "required_twice" // a kind that two steps demand
)

// MethodError says which rule a method broke, and in which step (0-based; -1
// when it is not about one).
type MethodError struct {
	Rule MethodRule
	Step int
}

// Error implements error.
func (e *MethodError) Error() string {
	if e.Step < 0 {
		return fmt.Sprintf("identity: method invalid: %s", e.Rule)
	}
	return fmt.Sprintf("identity: method invalid: step %d: %s", e.Step+1, e.Rule)
}

// Unwrap gives the class.
func (e *MethodError) Unwrap() error { return ErrMethodInvalid }

// Validate checks the form of a method (AUN-011). A kind that is the only option
// of two steps is refused: one credential would pass both. Error:
// [*MethodError].
func (m Method) Validate() error {
	if !validMethodName(m.Name) {
		return &MethodError{Rule: MethodName, Step: -1}
	}
	if len(m.Steps) < 1 || len(m.Steps) > MaxSteps {
		return &MethodError{Rule: MethodSteps, Step: -1}
	}
	var demanded []Kind
	for i, s := range m.Steps {
		if s.Len() < 1 || s.Len() > MaxOptions {
			return &MethodError{Rule: MethodOptions, Step: i}
		}
		for j, k := range s.kinds {
			if k == "" {
				return &MethodError{Rule: MethodKind, Step: i}
			}
			if slices.Contains(s.kinds[:j], k) {
				return &MethodError{Rule: MethodDuplicate, Step: i}
			}
		}
		if s.Len() > 1 {
			continue
		}
		if slices.Contains(demanded, s.kinds[0]) {
			return &MethodError{Rule: MethodRequiredTwice, Step: i}
		}
		demanded = append(demanded, s.kinds[0])
	}
	return nil
}

// validMethodName is [a-z0-9][a-z0-9._+-]{0,63}.
func validMethodName(s string) bool {
	if len(s) < 1 || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		alnum := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !alnum && (i == 0 || c != '.' && c != '_' && c != '+' && c != '-') {
			return false
		}
	}
	return true
}
