package identity

// MaxLanguage bounds a language tag in bytes (RFC 5646 §4.4.1).
const MaxLanguage = 35

// CheckLanguage accepts the empty tag, which is that of nobody's choice, and
// what has the form of a language tag (BCP 47): 1 to 8 ASCII letters or digits,
// again after each hyphen. Whether there is such a language is for those who
// have words in it. Error: [*InvalidError].
func CheckLanguage(tag string) error {
	if len(tag) > MaxLanguage {
		return &InvalidError{Field: "language", Rule: RuleTooLong}
	}
	part := 0
	for i := range len(tag) {
		switch c := tag[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			if part++; part > 8 {
				return &InvalidError{Field: "language", Rule: RuleCharacter}
			}
		case c == '-' && part > 0:
			part = 0
		default:
			return &InvalidError{Field: "language", Rule: RuleCharacter}
		}
	}
	if tag != "" && part == 0 {
		return &InvalidError{Field: "language", Rule: RuleCharacter}
	}
	return nil
}
