package authn

import (
	"errors"
	"fmt"
	"slices"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// Errors of a set of methods.
var (
	// ErrNoMethod means that a set has no enabled method: nobody could sign in.
	ErrNoMethod = errors.New("authn: no enabled method")
	// ErrKindNotConfigured means that a method names a factor that this build has no
	// verifier for.
	ErrKindNotConfigured = errors.New("authn: no verifier for this factor")
)

// The rules of methods that need knowledge of the factors (AUN-011).
const (
	// MethodNameTwice: two methods of one scope have one name.
	MethodNameTwice identity.MethodRule = "name_twice"
	// MethodFewCredentials: some step can only be passed by a credential that
	// another step needs.
	MethodFewCredentials identity.MethodRule = "few_credentials"
	// MethodFallback: what is for the loss of a factor begins a sign-in, or is all that
	// a step takes.
	MethodFallback identity.MethodRule = "fallback"
)

// MFAMethods is the preset of a tenant that always asks for a second factor: the
// password, then an authenticator app. Sign-up sets up the app before there is an
// account; an account that never had one sets it up at its next sign-in, behind the
// password, unless an [EnrolmentPolicy] says that nobody does (AUN-032).
func MFAMethods() []identity.Method {
	m := withTOTP()
	m.Reason = ""
	return []identity.Method{m}
}

// CheckMethods judges the methods of one scope before they are stored: the form of
// each ([identity.Method.Validate]), one name each, at least one enabled, a
// verifier for every factor, distinct credentials for distinct steps, and nothing that
// is for the loss of a factor where it would stand for one (AUN-011, AUN-I0). The
// verifiers are those of every program, and more.
//
// Errors: ErrNoMethod, ErrKindNotConfigured, *identity.MethodError, factor.ErrRegistry.
func CheckMethods(methods []identity.Method, more ...factor.Verifier) error {
	kinds, err := factor.NewRegistry(append((&Config{}).builtIn(), more...)...)
	if err != nil {
		return fmt.Errorf("authn: methods: %w", err)
	}
	return checkMethods(methods, kinds)
}

func checkMethods(methods []identity.Method, kinds *factor.Registry) error {
	enabled := false
	for i, m := range methods {
		if err := m.Validate(); err != nil {
			return fmt.Errorf("authn: method %d: %w", i+1, err)
		}
		if slices.ContainsFunc(methods[:i], func(o identity.Method) bool { return o.Name == m.Name }) {
			return fmt.Errorf("authn: method %q: %w", m.Name, &identity.MethodError{Rule: MethodNameTwice, Step: -1})
		}
		for _, s := range m.Steps {
			for _, k := range s.Kinds() {
				if !kinds.Has(k) {
					return fmt.Errorf("authn: method %q: %w: %q", m.Name, ErrKindNotConfigured, k)
				}
			}
		}
		if at := fallsBack(m.Steps, kinds); at >= 0 {
			return fmt.Errorf("authn: method %q: %w", m.Name, &identity.MethodError{Rule: MethodFallback, Step: at})
		}
		if !satisfiable(m.Steps, kinds.Has) {
			return fmt.Errorf("authn: method %q: %w", m.Name, &identity.MethodError{Rule: MethodFewCredentials, Step: -1})
		}
		enabled = enabled || m.Enabled
	}
	if !enabled {
		return ErrNoMethod
	}
	return nil
}

// fallsBack is the first step with a fallback that must not be there; -1 for none.
func fallsBack(steps []identity.Step, kinds *factor.Registry) int {
	for i, s := range steps {
		n := 0
		for _, k := range s.Kinds() {
			if kinds.Traits(k).Fallback {
				n++
			}
		}
		if n > 0 && (i == 0 || n == s.Len()) {
			return i
		}
	}
	return -1
}

// satisfiable reports whether somebody who has one credential of each kind in has
// passes all steps, each by a kind of its own. One kind may stand in several
// steps, so this is a matching: the first free option may be another step's only
// one.
func satisfiable(steps []identity.Step, has func(identity.Kind) bool) bool {
	owner := map[identity.Kind]int{}
	var place func(step int, seen map[identity.Kind]bool) bool
	place = func(step int, seen map[identity.Kind]bool) bool {
		for _, k := range steps[step].Kinds() {
			if !has(k) || seen[k] {
				continue
			}
			seen[k] = true
			if other, taken := owner[k]; !taken || place(other, seen) {
				owner[k] = step
				return true
			}
		}
		return false
	}
	for i := range steps {
		if !place(i, map[identity.Kind]bool{}) {
			return false
		}
	}
	return true
}

// opens reports whether some enabled method lets somebody with these kinds pass. A
// mailed code everybody has who has signed up, and it is no factor: what asks for a
// password and for a code asks for a password alone (FAC-066).
func opens(methods []identity.Method, kinds ...identity.Kind) bool {
	enabled, _ := offered(methods)
	return slices.ContainsFunc(enabled, func(m identity.Method) bool {
		return satisfiable(m.Steps, func(k identity.Kind) bool { return k == factor.EmailOTP || slices.Contains(kinds, k) })
	})
}

// demandsApp reports whether a tenant lets nobody in with a password alone, but
// with a password and an app.
func demandsApp(methods []identity.Method) bool {
	return !opens(methods, factor.Password) && opens(methods, factor.Password, factor.TOTP)
}

// TakesSignUps reports whether somebody who signs up, with a password and an app
// if that is asked for, can sign in afterwards.
func TakesSignUps(methods []identity.Method) bool {
	return opens(methods, factor.Password, factor.TOTP)
}

// PasswordAlone reports whether some enabled method is passed by a password
// without anything else: passwords then need their full length (FAC-020).
func PasswordAlone(methods []identity.Method) bool { return opens(methods, factor.Password) }
