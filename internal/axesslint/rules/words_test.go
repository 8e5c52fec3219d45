package rules

import (
	"slices"
	"testing"
)

func TestSplitWords(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"":            nil,
		"mac":         {"mac"},
		"HMACKey2":    {"hmac", "key"},
		"expectedMAC": {"expected", "mac"},
		"csrf_token":  {"csrf", "token"},
		"MAC2":        {"mac"},
		"tokenKind":   {"token", "kind"},
		"SHA256Sum":   {"sha", "sum"},
	} {
		if got := splitWords(name); !slices.Equal(got, want) {
			t.Errorf("splitWords(%q) = %q, want %q", name, got, want)
		}
	}
}

// AUN-170: what is compared in constant time alone has a name that says so.
func TestSaysSecret(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name       string
		text, want bool
	}{
		{"mac", false, true}, {"macSum", false, true}, {"tokenHash", true, true}, {"tokenBytes", false, true},
		{"tag", false, true}, {"tag", true, false}, {"tokenKind", true, false}, {"hashName", true, false},
		{"passwordDigest", false, true}, {"otp", true, true}, {"tokenDigest", false, true},
		{"challengeDigest", false, true}, {"thumbprint", true, true}, {"sharedSecret", true, true}, {"verifier", false, true},
		{"value", true, false}, {"checksum", false, false}, {"stage", false, false},
	} {
		if got := saysSecret(tc.name, tc.text); got != tc.want {
			t.Errorf("saysSecret(%q, text %v) = %v", tc.name, tc.text, got)
		}
	}
}
