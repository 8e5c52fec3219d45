package jwt

import (
	"encoding/json"
	"slices"
	"testing"
	"time"
)

// secondReading holds claims against encoding/json, which knows no strict rules but
// reads a good text as it is.
func secondReading(t *testing.T, payload []byte, c *Claims) {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(payload, &m); err != nil {
		t.Fatalf("%q: %v", payload, err)
	}
	text := func(name string) string {
		s, _ := m[name].(string)
		return s
	}
	if c.Issuer != text("iss") || c.Subject != text("sub") || c.ID != text("jti") {
		t.Fatalf("%q: %+v", payload, c)
	}
	var aud []string
	switch v := m["aud"].(type) {
	case string:
		aud = []string{v}
	case []any:
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				t.Fatalf("%q: an audience that is no string", payload)
			}
			aud = append(aud, s)
		}
	}
	if !slices.Equal(aud, c.Audience) {
		t.Fatalf("%q: audience %q, want %q", payload, c.Audience, aud)
	}
	for name, got := range map[string]time.Time{"exp": c.Expires, "nbf": c.NotBefore, "iat": c.IssuedAt} {
		v, there := m[name]
		n, isNumber := v.(float64)
		switch {
		case !there:
			if !got.IsZero() {
				t.Fatalf("%q: %s %v", payload, name, got)
			}
		case !isNumber || n < 0 || n > lastSecond || got.Unix() != int64(n):
			t.Fatalf("%q: %s %v is read as %v", payload, name, v, got)
		}
	}
}
