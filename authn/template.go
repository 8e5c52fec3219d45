package authn

import (
	"errors"
	"fmt"
	"slices"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// Template is what a new tenant may adopt of one factor: policy alone, never a hash, a
// secret or an address (IDN-053). Adopting copies; a template of a later version, or of
// a program that is configured otherwise, changes no tenant.
type Template struct {
	ID   string
	Kind identity.Kind
	// SecondFactor says that the factor counts toward AAL2; a code that is mailed, or
	// kept for the loss of another, does not (AUN-011).
	SecondFactor bool
	// Policy is what is copied; nil where the factor has none yet.
	Policy Policy
}

// ErrNoFactors means that a new tenant would adopt nothing.
var ErrNoFactors = errors.New("authn: no factor is adopted")

// Templates are what this program offers, with unique ids, its own configuration as the
// policies: password-default, totp-default, email-otp-default, passkey-default,
// recovery-default. One whose factor this build has no verifier for is refused when it
// is adopted.
func (a *Accounts) Templates() []Template {
	return []Template{
		{ID: "password-default", Kind: factor.Password, Policy: a.programPassword()},
		{ID: "totp-default", Kind: factor.TOTP, SecondFactor: true, Policy: filledTOTP(a.totp)},
		{ID: "email-otp-default", Kind: factor.EmailOTP},
		{ID: "passkey-default", Kind: factor.Passkey, SecondFactor: true},
		{ID: "recovery-default", Kind: factor.Recovery},
	}
}

// adopted are the templates of a new tenant: those that were named, else those of the
// factors that its methods name. Its methods are checked against them.
func (a *Accounts) adopted(b *Bootstrap) ([]Template, error) {
	list := b.Templates
	if len(list) == 0 && len(b.Methods) == 0 && b.Settings.Methods == identity.MethodsInherit {
		return nil, nil // it has none of its own, and adopts nothing
	}
	if len(list) == 0 {
		if len(b.Methods) == 0 {
			b.Methods = DefaultMethods()
		}
		list = slices.DeleteFunc(a.Templates(), func(t Template) bool { return !names(b.Methods, t.Kind) })
	}
	if len(list) == 0 {
		return nil, ErrNoFactors
	}
	for i, t := range list {
		if !a.factors.Has(t.Kind) {
			return nil, fmt.Errorf("%w: %q", ErrKindNotConfigured, t.Kind)
		}
		if slices.ContainsFunc(list[:i], func(o Template) bool { return o.ID == t.ID || o.Kind == t.Kind }) {
			return nil, fieldError("Templates", "name one factor twice")
		}
		if t.Policy == nil {
			continue
		}
		if err := a.floors.allowed(t.Policy); err != nil {
			return nil, err
		}
	}
	if len(b.Methods) == 0 {
		b.Methods = composed(list)
	}
	for _, m := range b.Methods {
		for i, s := range m.Steps {
			for _, k := range s.Kinds() {
				if !slices.ContainsFunc(list, func(t Template) bool { return t.Kind == k }) {
					return nil, &identity.MethodError{Rule: MethodNotAdopted, Step: i}
				}
			}
		}
	}
	return list, nil
}

func names(methods []identity.Method, k identity.Kind) bool {
	return slices.ContainsFunc(methods, func(m identity.Method) bool {
		return slices.ContainsFunc(m.Steps, func(s identity.Step) bool { return s.Has(k) })
	})
}

// composed is the one method, named default, of a tenant that says none: each adopted
// factor in the order of the templates, but for recovery codes, which nobody begins
// with (AUN-011).
func composed(list []Template) []identity.Method {
	m := identity.Method{Name: "default", Enabled: true}
	for _, t := range list {
		if t.Kind != factor.Recovery {
			m.Steps = append(m.Steps, identity.Required(t.Kind))
		}
	}
	return []identity.Method{m}
}

// adoption copies the policies of templates into the commit that makes the tenant.
func (a *Accounts) adoption(id identity.TenantID, list []Template) ([]identity.Change, error) {
	var changes []identity.Change
	for _, t := range list {
		if t.Policy == nil {
			continue
		}
		row, err := a.policyRow(identity.TenantScope(id), t.Policy, 0)
		if err != nil {
			return nil, err
		}
		changes = append(changes, identity.PutPolicy{Policy: row})
	}
	return changes, nil
}
