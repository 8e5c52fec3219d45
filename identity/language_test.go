package identity_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/axess-go/axess/identity"
)

// UIX-086
func TestCheckLanguage_takes_tags_and_nothing_else(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{"", "en", "de-AT", "zh-Hant-TW", "sl-rozaj-biske-1994", "x-pirate", "ar-XB"} {
		if err := identity.CheckLanguage(tag); err != nil {
			t.Errorf("%q: %v", tag, err)
		}
	}
	for _, tag := range []string{"-", "de-", "-de", "de--AT", "de_AT", "de AT", "dé", "a\r\nb", "abcdefghi", strings.Repeat("ab-", 12) + "ab", "<b>"} {
		var invalid *identity.InvalidError
		if err := identity.CheckLanguage(tag); !errors.As(err, &invalid) || invalid.Field != "language" {
			t.Errorf("%q: %v", tag, err)
		}
	}
}
