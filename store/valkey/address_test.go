package valkey

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// STO-029
func TestParse_reads_every_part(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]target{
		"valkey://cache":                            {hosts: []string{"cache:6379"}},
		"redis://127.0.0.1:7000":                    {hosts: []string{"127.0.0.1:7000"}},
		"valkey://[::1]":                            {hosts: []string{"[::1]:6379"}},
		"valkey://[2001:db8::1]:7000/":              {hosts: []string{"[2001:db8::1]:7000"}},
		"valkey://app@cache":                        {hosts: []string{"cache:6379"}, user: "app"},
		"valkey://app:secret@cache/3":               {hosts: []string{"cache:6379"}, user: "app", password: "secret", db: 3},
		"valkey://:secret@cache":                    {hosts: []string{"cache:6379"}, password: "secret"},
		"valkey://:a%2Fb%40c%3F%23@cache":           {hosts: []string{"cache:6379"}, password: "a/b@c?#"},
		"valkey://:a@b@cache":                       {hosts: []string{"cache:6379"}, password: "a@b"},
		"valkey://app:secret@a:1,b,[::1]:2/":        {hosts: []string{"a:1", "b:6379", "[::1]:2"}, user: "app", password: "secret"},
		"valkeys://cache.example,other.example:700": {hosts: []string{"cache.example:6379", "other.example:700"}},
		"rediss://cache":                            {hosts: []string{"cache:6379"}},
	} {
		got, err := parse(text)
		if err != nil || !slices.Equal(got.hosts, want.hosts) || got.user != want.user || got.password != want.password || got.db != want.db {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if secure := strings.HasPrefix(text, "valkeys") || strings.HasPrefix(text, "rediss"); (got.tls != nil) != secure {
			t.Errorf("%s: TLS %t", text, got.tls != nil)
		}
	}
}

// What is not understood is refused, never left out; and no error says what may be the
// password.
//
// STO-029
func TestParse_refuses_what_it_does_not_understand(t *testing.T) {
	t.Parallel()
	junk := filepath.Join(t.TempDir(), "junk.pem")
	if err := os.WriteFile(junk, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, says := range map[string]string{
		"":                                 "no URL",
		"cache:6379":                       "no URL",
		"http://hunter2@cache":             "none of valkey://",
		"VALKEY://cache":                   "none of valkey://",
		"unix:///run/valkey.sock":          "none of valkey://",
		"valkey://":                        "no host",
		"valkey://app:hunter2@":            "no host",
		"valkey://:6379":                   "no host",
		"valkey://::1":                     "no host",
		"valkey://a,,b":                    "no host",
		"valkey://a,":                      "no host",
		"valkey://cache:hunter2":           "port",
		"valkey://cache:0":                 "port",
		"valkey://cache:65536":             "port",
		"valkey://cache:-1":                "port",
		"valkey://app:hunter2/x@cache":     "port",
		"valkey://app:%hunter2@cache":      "%XX",
		"valkey://app:hunter2@cache/x":     "number of a database",
		"valkey://app:hunter2@cache/-1":    "number of a database",
		"valkey://app:hunter2@cache/1/2":   "number of a database",
		"valkey://app:hunter2@cache?x=1":   "parameter",
		"valkey://app:hunter2@cache?%zz":   "%XX",
		"valkey://app:hunter2@cache#x":     "#",
		"valkey://cache?cacert=ca.pem":     "valkeys://",
		"valkeys://cache?cacert=absent":    "cacert",
		"valkeys://cache?cacert=" + junk:   "no certificate",
		"valkeys://cache?cert=absent":      "together",
		"valkeys://cache?key=absent":       "together",
		"valkeys://cache?cert=a&key=b":     "cert and key",
		"valkeys://cache?CACERT=ca.pem":    "parameter",
		"valkeys://cache?cacert=a;cert=b":  "%XX",
		"valkeys://cache?cacert=a&cacert=": "once",
	} {
		_, err := parse(text)
		switch {
		case err == nil:
			t.Errorf("%s is understood", text)
		case !strings.Contains(err.Error(), says):
			t.Errorf("%s: %q does not say %q", text, err, says)
		case strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%s: the error holds the password: %v", text, err)
		}
	}
}

// No URL ends the process, and none that is understood lacks a host.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"valkey://a", "valkeys://u:p@[::1]:1,b/3?x=1#y", "redis://:%41@a,b", "rediss://"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "=") {
			return // would read files
		}
		got, err := parse(text)
		if err == nil && (len(got.hosts) == 0 || slices.Contains(got.hosts, "") || got.db < 0) {
			t.Errorf("%q is %+v", text, got)
		}
	})
}
