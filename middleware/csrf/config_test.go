package csrf_test

import (
	"strings"
	"testing"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/middleware/csrf"
	"github.com/axess-go/axess/seal"
)

// CSR-003, CSR-007, CSR-020: one wrong entry fails the construction and is named.
func TestNew_names_what_is_wrong(t *testing.T) {
	t.Parallel()
	keys := seal.Keys{Cookie: ring(t, seal.Cookie, testKey("cookie-a", seal.Primary))}
	for want, change := range map[string]func(*csrf.Config){
		"Keys.Cookie":       func(c *csrf.Config) { c.Keys.Cookie = nil },
		"Keys.Cookie:":      func(c *csrf.Config) { c.Keys.Cookie = ring(t, seal.Session, testKey("x", seal.Primary)) },
		"Entropy":           func(c *csrf.Config) { c.Entropy = nil },
		"Mode":              func(c *csrf.Config) { c.Mode = 7 },
		"SessionCookie":     func(c *csrf.Config) { c.SessionCookie = "a b" },
		"SessionCookie:":    func(c *csrf.Config) { c.SessionCookie = strings.Repeat("a", 65) },
		"a __Host- or":      func(c *csrf.Config) { c.SessionCookie, c.InsecureHTTP = "__HOST-x", true },
		"TrustedOrigins[1]": func(c *csrf.Config) { c.TrustedOrigins = []string{"https://a.example", "null", "https://b.example"} },
		"http is for":       func(c *csrf.Config) { c.TrustedOrigins = []string{"http://a.example"} },
		`"POST a"`:          func(c *csrf.Config) { c.InsecureBypass = []string{"/ok", "POST a"} },
		"Uploads[0]":        func(c *csrf.Config) { c.Uploads = []csrf.Upload{csrf.Multipart("POST /u", 0)} },
		"InsecureBypass":    func(c *csrf.Config) { c.InsecureBypass = []string{"/{a}/x", "/x/{b}"} },
	} {
		cfg := csrf.Config{Keys: keys, Entropy: entropy.Seeded(1)}
		change(&cfg)
		if p, err := csrf.New(cfg); err == nil || p != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := csrf.New(csrf.Config{Keys: keys, Entropy: entropy.Seeded(1)}); err != nil {
		t.Error(err)
	}
}

// CSR-006: the CSRF key is not the one that signs session cookies.
func TestCookie_key_has_a_label_of_its_own(t *testing.T) {
	t.Parallel()
	r := ring(t, seal.Cookie, testKey("cookie-a", seal.Primary))
	_, a := r.MAC(seal.LabelCSRF).Sum([]byte("m"))
	_, b := r.MAC(seal.LabelSessionCookie).Sum([]byte("m"))
	if a == b {
		t.Error("one key for two uses")
	}
}
