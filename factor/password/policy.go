package password

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/axess-go/axess/seal"
)

// Lengths of new passwords in code points (SP 800-63B-4 §3.1.1.2).
const (
	// MinAlone is the least where some enabled method needs nothing but the
	// password.
	MinAlone = 15
	// MinWithOther is the least where every method adds a second factor.
	MinWithOther = 8
)

// Policy judges new passwords: at sign-up, change, reset and activation. There
// are no rules about kinds of characters (63B-4: shall not). The zero Policy
// demands [MinAlone].
type Policy struct {
	// Min is the least number of code points, [MinWithOther] to 64. Zero:
	// MinAlone.
	Min int
	// History is how many earlier passwords must not come again, 0 to [MaxHistory],
	// besides the one that holds. It is for who asks [Records]: Check does not.
	History int
}

// ErrPolicy is the class of [*PolicyError].
var ErrPolicy = errors.New("password: policy")

// Rule is what a password broke, a closed set of stable words.
type Rule string

// The rules.
const (
	RuleTooShort Rule = "too_short"
	RuleTooLong  Rule = "too_long"
	RuleText     Rule = "text"    // not UTF-8, or with a NUL
	RuleContext  Rule = "context" // little more than a word that anybody can know
	RuleSame     Rule = "same"    // the password that the account has already
	RuleReused   Rule = "reused"  // one that the account had before
	RuleCommon   Rule = "common"  // on a [Blocklist]: attackers try it first
)

// PolicyError lists the rules that a password broke, in the order above, and the
// least length for the message. It never carries the password.
type PolicyError struct {
	Rules []Rule
	Min   int
}

// Error implements error.
func (e *PolicyError) Error() string { return fmt.Sprintf("password: policy: %v", e.Rules) }

// Unwrap gives the class, so that errors.Is(err, ErrPolicy) holds.
func (e *PolicyError) Unwrap() error { return ErrPolicy }

// Blocklist knows passwords that attackers try first (FAC-021); package
// factor/password/blocklist has three. It is safe for concurrent use.
type Blocklist interface {
	// Contains reports whether the whole password is known, whatever its case where the
	// list can tell. An error says that the list could not be asked; it carries nothing
	// of the password.
	Contains(ctx context.Context, secret seal.Secret) (bool, error)
}

// Validate refuses a Min outside 8 to 64 and a History outside 0 to [MaxHistory].
func (p Policy) Validate() error {
	if p.History < 0 || p.History > MaxHistory {
		return fmt.Errorf("%w: History %d is outside 0 to %d", ErrConfig, p.History, MaxHistory)
	}
	if p.Min != 0 && (p.Min < MinWithOther || p.Min > 64) {
		return fmt.Errorf("%w: Min %d is outside %d to 64", ErrConfig, p.Min, MinWithOther)
	}
	return nil
}

// Check judges a password. Context words are what anybody who attacks this
// account knows: names of tenant and service, the identifiers, the display name,
// words of the configuration. Error: [*PolicyError].
func (p Policy) Check(secret seal.Secret, context ...string) error {
	least := p.Min
	if least == 0 {
		least = MinAlone
	}
	fail := func(r ...Rule) error { return &PolicyError{Rules: r, Min: least} }
	typed := secret.Reveal()
	switch {
	case len(typed) == 0:
		return fail(RuleTooShort)
	case len(typed) > maxTyped: // before any work on it
		return fail(RuleTooLong)
	}
	nfc, err := normalise(secret)
	if err != nil {
		if !utf8.Valid(typed) || slices.Contains(typed, 0) {
			return fail(RuleText)
		}
		return fail(RuleTooLong)
	}
	defer clear(nfc)
	var rules []Rule
	if utf8.RuneCount(nfc) < least {
		rules = append(rules, RuleTooShort)
	}
	if isContext(string(nfc), context) {
		rules = append(rules, RuleContext)
	}
	if len(rules) > 0 {
		return fail(rules...)
	}
	return nil
}

// isContext reports a password that is one of the words, its reversal, either of
// them with up to four digits or symbols around it, or a repetition (FAC-022).
// The parts of a word count too: ada@example.test is known by ada and example.
func isContext(password string, context []string) bool {
	pw := foldWord(password)
	for _, c := range context {
		whole := foldWord(c)
		parts := strings.FieldsFunc(whole, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
		for _, w := range append(parts, whole, strings.Join(parts, "")) {
			if w == "" {
				continue
			}
			if around(pw, w) || around(pw, reversed(w)) {
				return true
			}
		}
	}
	return false
}

// around reports that pw is w repeated once or more, with at most four digits or
// symbols before and after together.
func around(pw, w string) bool {
	i := strings.Index(pw, w)
	if i < 0 {
		return false
	}
	rest := pw[:i]
	for tail := pw[i:]; ; {
		cut, ok := strings.CutPrefix(tail, w)
		if !ok {
			rest += tail
			break
		}
		tail = cut
	}
	if utf8.RuneCountInString(rest) > 4 {
		return false
	}
	return !strings.ContainsFunc(rest, unicode.IsLetter)
}

func foldWord(s string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(strings.TrimSpace(s))))
}

func reversed(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}
