package axess_test

import (
	"strings"
	"testing"

	"github.com/axess-go/axess"
)

// PRD-012, PRD-013
func TestOrigin(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://app.example.com":       "https://app.example.com",
		"https://app.example.com:8443":  "https://app.example.com:8443",
		"https://app.example.com:443":   "https://app.example.com",
		"http://localhost:80":           "http://localhost",
		"https://localhost:80":          "https://localhost:80",
		"http://localhost:08080":        "http://localhost:8080",
		"http://127.0.0.1:8080":         "http://localhost:8080 (this machine)",
		"http://[::ffff:127.0.0.1]":     "http://localhost (this machine)",
		"http://127.1.2.3":              "http://localhost (this machine)",
		"http://[::1]:8080":             "http://localhost:8080 (this machine)",
		"http://localhost:8080":         "http://localhost:8080 (this machine)",
		"http://a.localhost:8080":       "http://a.localhost:8080 (this machine)",
		"https://bücher.example":        "https://xn--bcher-kva.example",
		"https://xn--bcher-kva.example": "https://xn--bcher-kva.example",
		"https://localhost.example":     "https://localhost.example",
	} {
		got, loopback, err := axess.CanonicalOrigin(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if name, marked := strings.CutSuffix(want, " (this machine)"); got != name || marked && !loopback {
			t.Errorf("%s: %s (loopback %t), want %s", in, got, loopback, want)
		}
		if strings.HasPrefix(in, "https://") && !strings.Contains(in, "//localhost:") && loopback {
			t.Errorf("%s is taken for this machine", in)
		}
	}
	for in, part := range map[string]string{
		"":                                                 "empty",
		"app.example.com":                                  "scheme",
		"//app.example.com":                                "scheme",
		"ftp://app.example.com":                            "scheme",
		"HTTPS://app.example.com":                          "lower case",
		"https:/app.example.com":                           "scheme",
		"https://App.example.com":                          "lower case",
		"https://BÜCHER.example":                           "lower case",
		"https://app.example.com/":                         "path",
		"https://app.example.com/x":                        "path",
		"https://app.example.com/%2e":                      "path",
		"https://app.example.com?":                         "query",
		"https://app.example.com?x=1":                      "query",
		"https://app.example.com#":                         "fragment",
		"https://app.example.com#x":                        "fragment",
		"https://me@app.example.com":                       "user information",
		"https://me:pw@app.example.com":                    "user information",
		"https://@app.example.com":                         "user information",
		"https://app.example.com.":                         "dot",
		"https://app.example.com:0":                        "port",
		"https://app.example.com:":                         "port",
		"https://app.example.com:65536":                    "port",
		"https://app.example.com:-1":                       "not a URL",
		"https://app.example.com:x":                        "not a URL",
		"https://":                                         "host",
		"https://:443":                                     "host",
		"https://192.0.2.7":                                "IP address",
		"https://0.0.0.0:8080":                             "IP address",
		"https://[2001:db8::1]":                            "IP address",
		"https://[::]":                                     "IP address",
		"https://*.example.com":                            "wildcard",
		"https://app_1.example.com":                        "name",
		"https://a b.example":                              "not a URL",
		"https://app.example.com\r\nx":                     "not a URL",
		"https://app.example.com\x00":                      "not a URL",
		"https://-app.example.com":                         "name",
		"https://" + strings.Repeat("a", 64) + ".example":  "name",
		"https://" + strings.Repeat("a.", 127) + "example": "name",
		"https://app..example.com":                         "name",
		"https://0x7f.1":                                   "IP address",
		"https://2130706433":                               "IP address",
		"https://127.1":                                    "IP address",
		"https://0177.0.0.1":                               "IP address",
		"https://ap%70.example.com":                        "not a URL",
	} {
		_, _, err := axess.CanonicalOrigin(in)
		if err == nil {
			t.Errorf("%q is taken", in)
			continue
		}
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q: %q does not name the %s", in, err, part)
		}
		if strings.Contains(err.Error(), "pw") {
			t.Errorf("%q: the error repeats a password", in)
		}
	}
}
