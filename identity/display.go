package identity

import (
	"unicode"
	"unicode/utf8"
)

// MaxDisplayName bounds a display name in bytes.
const MaxDisplayName = 256

// CheckDisplayName accepts 0 to 256 bytes of UTF-8 without control characters
// and without the bidi controls that could reorder the text around it
// (IDN-028). The text is shown as it is, never compared. Error: [*InvalidError].
func CheckDisplayName(name string) error {
	if len(name) > MaxDisplayName {
		return &InvalidError{Field: "display_name", Rule: RuleTooLong}
	}
	if !utf8.ValidString(name) {
		return &InvalidError{Field: "display_name", Rule: RuleEncoding}
	}
	for _, r := range name {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return &InvalidError{Field: "display_name", Rule: RuleCharacter}
		}
	}
	return nil
}
