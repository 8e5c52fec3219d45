package identity_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess/identity"
)

// AUN-011
func TestMethod_Validate(t *testing.T) {
	t.Parallel()
	many := func(n int) []identity.Kind {
		out := make([]identity.Kind, n)
		for i := range out {
			out[i] = identity.Kind(strings.Repeat("k", i+1))
		}
		return out
	}
	method := func(steps ...identity.Step) identity.Method { return identity.Method{Name: "m", Steps: steps} }
	var five []identity.Step
	for _, k := range many(5) {
		five = append(five, identity.Required(k))
	}
	for name, c := range map[string]struct {
		m    identity.Method
		rule identity.MethodRule
		step int
	}{
		"one":               {method(identity.Required("password")), "", 0},
		"five steps":        {method(five...), "", 0},
		"eight options":     {method(identity.AnyOf(many(8)...)), "", 0},
		"longest name":      {identity.Method{Name: "0" + strings.Repeat("a", 63), Steps: five}, "", 0},
		"all name bytes":    {identity.Method{Name: "a._+-9", Steps: five}, "", 0},
		"option again":      {method(identity.AnyOf("password", "passkey"), identity.AnyOf("totp", "passkey")), "", 0},
		"no name":           {identity.Method{Steps: five}, identity.MethodName, -1},
		"name too long":     {identity.Method{Name: strings.Repeat("a", 65), Steps: five}, identity.MethodName, -1},
		"upper case":        {identity.Method{Name: "A", Steps: five}, identity.MethodName, -1},
		"name begins odd":   {identity.Method{Name: "-a", Steps: five}, identity.MethodName, -1},
		"name with space":   {identity.Method{Name: "a b", Steps: five}, identity.MethodName, -1},
		"no step":           {method(), identity.MethodSteps, -1},
		"six steps":         {method(append(slices.Clone(five), identity.Required("x"))...), identity.MethodSteps, -1},
		"empty step":        {method(identity.Required("password"), identity.Step{}), identity.MethodOptions, 1},
		"no option":         {method(identity.AnyOf()), identity.MethodOptions, 0},
		"nine options":      {method(identity.AnyOf(many(9)...)), identity.MethodOptions, 0},
		"empty kind":        {method(identity.AnyOf("password", "")), identity.MethodKind, 0},
		"option twice":      {method(identity.AnyOf("totp", "totp")), identity.MethodDuplicate, 0},
		"required twice":    {method(identity.Required("totp"), identity.Required("totp")), identity.MethodRequiredTwice, 1},
		"twice in disguise": {method(identity.Required("totp"), identity.AnyOf("totp")), identity.MethodRequiredTwice, 1},
	} {
		err := c.m.Validate()
		var bad *identity.MethodError
		switch {
		case c.rule == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.rule != "" && (!errors.As(err, &bad) || bad.Rule != c.rule || bad.Step != c.step || !errors.Is(err, identity.ErrMethodInvalid)):
			t.Errorf("%s: %v, want %s in step %d", name, err, c.rule, c.step)
		}
	}
}

func TestStep_is_immutable_and_remembers_its_form(t *testing.T) {
	t.Parallel()
	kinds := []identity.Kind{"password", "totp"}
	s := identity.AnyOf(kinds...)
	kinds[0] = "x"
	s.Kinds()[1] = "x"
	if !s.Has("password") || !s.Has("totp") || s.Has("x") || s.Len() != 2 || s.At(0) != "password" {
		t.Errorf("step changed: %v", s.Kinds())
	}
	if !identity.Required("totp").IsRequired() || s.IsRequired() || identity.Required("totp").Equal(identity.AnyOf("totp")) {
		t.Error("the written form is lost")
	}
}
