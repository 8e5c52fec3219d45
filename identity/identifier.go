package identity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Limits of identifiers in bytes; a value of exactly the limit is accepted.
const (
	MaxIdentifier = 256 // canonical form
	MaxEmail      = 254 // canonical form, RFC 5321 §4.5.3.1.3 less the brackets
	MaxTyped      = 1024
	MaxExternal   = 255 // issuer and subject each; OpenID Connect Core 1.0 §2
	maxLocalPart  = 64  // RFC 5321 §4.5.3.1.1
	minPhone      = 7   // digits
	maxPhone      = 15  // digits, ITU-T E.164 §6.2.1
)

// externalPrefix begins the kinds of external identifiers.
const externalPrefix = "external:"

// External is the kind of the names that one issuer gives: the issuer is part of
// the key, so that equal subjects of two issuers are two people. An issuer is 1 to
// 255 bytes of visible ASCII, compared byte for byte. Error: [*InvalidError].
func External(issuer string) (IdentifierKind, error) {
	if rule := checkExternal(issuer); rule != "" {
		return "", &InvalidError{Field: "issuer", Rule: rule}
	}
	return IdentifierKind(externalPrefix + issuer), nil
}

// Issuer is who gives the names of an external kind; empty for the other kinds.
func (k IdentifierKind) Issuer() string {
	issuer, ok := strings.CutPrefix(string(k), externalPrefix)
	if !ok {
		return ""
	}
	return issuer
}

// checkExternal is the rule of issuers and their subjects: what a token says is
// taken as it is or not at all.
func checkExternal(s string) Rule {
	if s == "" {
		return RuleEmpty
	}
	if len(s) > MaxExternal {
		return RuleTooLong
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return RuleCharacter
		}
	}
	return ""
}

// ErrIdentifierInvalid is the class of every refusal of an identifier or a
// display name; the error itself is an [*InvalidError].
var ErrIdentifierInvalid = errors.New("identity: identifier invalid")

// Rule is the reason of a refusal, a closed set of stable words.
type Rule string

// The rules of identifiers, display names and users.
const (
	RuleEmpty     Rule = "empty"
	RuleTooLong   Rule = "too_long"
	RuleEncoding  Rule = "encoding"   // not valid UTF-8
	RuleCharacter Rule = "character"  // control, format, bidi, private-use, unassigned, or not usable in this kind
	RuleSpace     Rule = "space"      // leading, trailing or repeated space
	RuleAt        Rule = "at_sign"    // not exactly one @
	RulePhone     Rule = "phone"      // not a plus sign and 7 to 15 digits, the first not 0
	RuleDomain    Rule = "domain"     // not a domain name under IDNA2008
	RuleKind      Rule = "kind"       // unknown kind of identifier
	RuleCanonical Rule = "canonical"  // stored canonical form is not that of the typed form
	RuleCount     Rule = "count"      // not 1 to 8 identifiers
	RuleTwice     Rule = "duplicate"  // the same canonical form twice
	RuleState     Rule = "state"      // no such state
	RuleMissing   Rule = "missing"    // a handle that is set at creation is zero
	RuleUnstable  Rule = "not_stable" // has no fixed canonical form
)

// InvalidError says which field broke which rule. It never carries the value.
type InvalidError struct {
	Field string // "username", "email", "display_name", …
	Rule  Rule
}

// Error implements error.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("identity: %s invalid: %s", e.Field, e.Rule)
}

// Unwrap gives the class, so that errors.Is(err, ErrIdentifierInvalid) holds.
func (e *InvalidError) Unwrap() error { return ErrIdentifierInvalid }

// NewIdentifier makes an identifier from what a person typed. It canonicalises
// first and validates afterwards: a look-alike @ that only appears in the
// normalised form is seen (GHSA-7rqj-j65f-68wh is what happens otherwise).
//
// The canonical form is NFKC with full case folding. The domain of an e-mail
// address becomes the lower-case A-label form of IDNA2008; it is not case-folded
// on the way, because folding would make one domain of straße.de and strasse.de,
// which belong to two owners. A phone number loses its spaces, hyphens, dots,
// slashes and parentheses and keeps its plus sign: without a country code, or
// with the (0) that is dialled at home alone, one number would have several keys.
// A name of an [External] kind is taken byte for byte, 1 to 255 of visible ASCII:
// issuers tell subjects apart that folding would make one. The result is stable:
// the canonical form of a canonical form is itself.
//
// Errors: [*InvalidError] (IDN-026).
func NewIdentifier(kind IdentifierKind, typed string) (Identifier, error) {
	canonical, rule := canonicalise(kind, typed)
	if rule == "" {
		// Normalisation and folding each are stable, their composition is not
		// for every code point of every Unicode version. Such a name would have
		// two keys.
		if again, r := canonicalise(kind, canonical); r != "" || again != canonical {
			rule = RuleUnstable
		}
	}
	if rule != "" {
		field := string(kind)
		if rule == RuleKind {
			field = "identifier"
		}
		if kind.Issuer() != "" {
			field = "external"
		}
		return Identifier{}, &InvalidError{Field: field, Rule: rule}
	}
	return Identifier{Kind: kind, Typed: typed, Canonical: canonical}, nil
}

func canonicalise(kind IdentifierKind, typed string) (string, Rule) {
	switch {
	case strings.HasPrefix(string(kind), externalPrefix):
		if checkExternal(kind.Issuer()) != "" {
			return "", RuleKind
		}
		return typed, checkExternal(typed)
	case kind != Username && kind != Email && kind != Phone:
		return "", RuleKind
	case typed == "":
		return "", RuleEmpty
	case len(typed) > MaxTyped: // before any work on it
		return "", RuleTooLong
	case !utf8.ValidString(typed):
		return "", RuleEncoding
	}
	flat := norm.NFKC.String(typed)
	if rule := checkText(flat); rule != "" {
		return "", rule
	}
	switch kind {
	case Email:
		return canonicalEmail(flat)
	case Phone:
		return canonicalPhone(flat)
	case Username:
	}
	name := fold(flat)
	if rule := checkText(name); rule != "" {
		return "", rule
	}
	if len(name) > MaxIdentifier {
		return "", RuleTooLong
	}
	return name, ""
}

func canonicalEmail(flat string) (string, Rule) {
	if strings.Count(flat, "@") != 1 {
		return "", RuleAt
	}
	local, domain, _ := strings.Cut(flat, "@")
	local = fold(local)
	switch {
	case local == "":
		return "", RuleEmpty
	case len(local) > maxLocalPart:
		return "", RuleTooLong
	case !isDotAtom(local):
		return "", RuleCharacter
	}
	domain, err := domainProfile().ToASCII(domain)
	if err != nil || domain == "" || strings.HasSuffix(domain, ".") {
		return "", RuleDomain
	}
	if len(local)+1+len(domain) > MaxEmail {
		return "", RuleTooLong
	}
	return local + "@" + strings.ToLower(domain), ""
}

// canonicalPhone drops what people write between digits. Whatever is left but a
// plus sign and digits is refused, letters for digits too.
func canonicalPhone(flat string) (string, Rule) {
	if strings.Contains(flat, "(0)") {
		return "", RulePhone
	}
	digits, ok := strings.CutPrefix(strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\u2010', '.', '/', '(', ')':
			return -1
		}
		return r
	}, flat), "+")
	if !ok || len(digits) < minPhone || len(digits) > maxPhone || digits[0] == '0' {
		return "", RulePhone
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return "", RulePhone
		}
	}
	return "+" + digits, ""
}

// domainProfile is IDNA2008 lookup with the mapping of UTS 46, which keeps ß and
// ς apart from ss and σ.
func domainProfile() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false),
		idna.StrictDomainName(true), idna.VerifyDNSLength(true), idna.CheckHyphens(true), idna.CheckJoiners(true))
}

// fold is NFKC_Casefold (Unicode 3.13, D147 and R5) but for the removal of
// ignorable code points, which checkText refuses instead.
func fold(s string) string { return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s))) }

// isDotAtom is RFC 5322 §3.2.3 with the UTF8-non-ascii of RFC 6532: no quoted
// local parts, nothing that could end a header or begin a comment.
func isDotAtom(s string) bool {
	if strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..") {
		return false
	}
	for _, r := range s {
		switch {
		case r >= utf8.RuneSelf:
			if unicode.IsSpace(r) {
				return false
			}
		case r == '.', 'a' <= r && r <= 'z', '0' <= r && r <= '9', strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r):
		default:
			return false
		}
	}
	return true
}

// checkText refuses what cannot be seen or cannot be compared by eye.
func checkText(s string) Rule {
	if s == "" {
		return RuleEmpty
	}
	for _, r := range s {
		if !visible(r) {
			return RuleCharacter
		}
	}
	if strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") || strings.Contains(s, "  ") {
		return RuleSpace
	}
	return ""
}

// visible is true for assigned letters, marks, numbers, punctuation, symbols and
// the plain space. Everything else (control, format with the bidi controls,
// surrogates, private use, unassigned, line separators, other spaces) is not,
// nor is what fonts draw as nothing.
func visible(r rune) bool {
	if r == ' ' {
		return true
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S) &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// check reports whether a stored identifier is what NewIdentifier makes.
func (i Identifier) check() error {
	again, err := NewIdentifier(i.Kind, i.Typed)
	if err != nil {
		return err
	}
	if again.Canonical != i.Canonical {
		return &InvalidError{Field: string(i.Kind), Rule: RuleCanonical}
	}
	return nil
}

func (i Identifier) sameKey(o Identifier) bool {
	return i.Kind == o.Kind && i.Canonical == o.Canonical
}

func hasDuplicate(ids []Identifier) bool {
	for n, i := range ids {
		if slices.ContainsFunc(ids[:n], i.sameKey) {
			return true
		}
	}
	return false
}
