package password_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess/factor/password"
)

// FAC-020
func TestPolicy_Check_length(t *testing.T) {
	t.Parallel()
	const none = password.Rule("")
	for _, c := range []struct {
		min  int
		pw   string
		want password.Rule
	}{
		{0, strings.Repeat("x", 14), password.RuleTooShort},
		{0, "correct horse b", none}, // exactly 15
		{8, "korrekt", password.RuleTooShort},
		{8, "korrekte", none},
		{8, "éééé", password.RuleTooShort},                       // 8 bytes, 4 code points
		{8, strings.Repeat("e\u0301", 4), password.RuleTooShort}, // 8 code points typed, 4 composed
		{8, strings.Repeat("é", 8), none},
		{8, strings.Repeat("é", 512), none},
		{8, strings.Repeat("é", 513), password.RuleTooLong},
		{8, strings.Repeat("x", 5000), password.RuleTooLong},
		{8, "", password.RuleTooShort},
		{8, "korrekt\x00e", password.RuleText},
		{8, "korrekt\xff", password.RuleText},
		{8, "\x00korrekt", password.RuleText},
		// Above four times the limit nothing is looked at, not even whether it is text.
		{8, strings.Repeat("\xff", 4096), password.RuleText},
		{8, strings.Repeat("\xff", 4097), password.RuleTooLong},
		{8, "aaaaaaaa", none}, // no rules about kinds of characters
		{8, "        ", none},
	} {
		err := password.Policy{Min: c.min}.Check(secret(c.pw))
		var bad *password.PolicyError
		if c.want == none {
			if err != nil {
				t.Errorf("%q under %d: %v", c.pw, c.min, err)
			}
			continue
		}
		if !errors.As(err, &bad) || !slices.Equal(bad.Rules, []password.Rule{c.want}) || !errors.Is(err, password.ErrPolicy) {
			t.Errorf("%.20q under %d: %v, want %s", c.pw, c.min, err, c.want)
			continue
		}
		if want := max(c.min, 8); c.min != 0 && bad.Min != want || c.min == 0 && bad.Min != 15 {
			t.Errorf("least length told: %d", bad.Min)
		}
		if len(c.pw) > 3 && strings.Contains(err.Error(), c.pw) {
			t.Error("the error tells the password")
		}
	}
}

// FAC-022
func TestPolicy_Check_context(t *testing.T) {
	t.Parallel()
	words := []string{"Example Inc", "ada.lovelace@example.test", "Ada Lovelace", "", "  ", "grünwald"}
	for pw, refused := range map[string]bool{
		"examplei":                  false,
		"ExampleInc":                true,
		"example inc":               true,
		"example1":                  true,
		"Example2026":               true,
		"!!Example!!":               true,
		"Example20261":              false, // five more
		"elpmaxe!":                  true,
		"lovelace":                  true,
		"LoveLace99":                true,
		"lovelacelovelace":          true,
		"lovelacelovelace123":       true,
		"adaadaada":                 true,
		"ada.lovelace@example.test": true,
		"tset.elpmaxe@ecalevol.ada": true,
		"adalovelaceexampletest":    true,
		"GRÜNWALD":                  true,
		"gru\u0308nwald7":           true,
		"correct horse":             false,
		"my example of words":       false,
		"lovelace and babbage":      false,
		"1234567890":                false,
	} {
		err := password.Policy{Min: 8}.Check(secret(pw), words...)
		if errors.Is(err, password.ErrPolicy) != refused {
			t.Errorf("%q: %v", pw, err)
		}
	}
	// Digits belong to a word: 99ada is ada99 reversed, and route is not route66.
	for pw, refused := range map[string]bool{"99ada99ada99ada": true, "routerouteroute": false} {
		if err := (password.Policy{Min: 8}).Check(secret(pw), "ada99@host", "route66"); errors.Is(err, password.ErrPolicy) != refused {
			t.Errorf("%q: %v", pw, err)
		}
	}
	var both *password.PolicyError
	if err := (password.Policy{}).Check(secret("lovelace"), words...); !errors.As(err, &both) ||
		!slices.Equal(both.Rules, []password.Rule{password.RuleTooShort, password.RuleContext}) {
		t.Errorf("both rules: %v", err)
	}
}

// FAC-020
func TestPolicy_Validate(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int]bool{0: true, 7: false, 8: true, 15: true, 64: true, 65: false, -1: false} {
		if err := (password.Policy{Min: n}).Validate(); (err == nil) != ok || err != nil && !errors.Is(err, password.ErrConfig) {
			t.Errorf("%d: %v", n, err)
		}
	}
}

func ExamplePolicy_Check() {
	p := password.Policy{Min: password.MinWithOther}
	fmt.Println(p.Check(secret("Lovelace1815"), "Ada Lovelace"))
	fmt.Println(p.Check(secret("nine small engines"), "Ada Lovelace"))
	// Output:
	// password: policy: [context]
	// <nil>
}
