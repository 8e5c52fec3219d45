package csrf

import "testing"

// CSR-003
func TestCanonicalOrigin(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://app.example":      "https://app.example",
		"HTTPS://App.Example":      "https://app.example",
		"https://app.example:443":  "https://app.example",
		"https://app.example:0443": "https://app.example",
		"https://app.example:8443": "https://app.example:8443",
		"https://app.example:80":   "https://app.example:80",
		"https://bücher.example":   "https://xn--bcher-kva.example",
		"https://BÜCHER.example":   "https://xn--bcher-kva.example",
		"https://192.0.2.1":        "https://192.0.2.1",
		"https://[2001:DB8::0:1]":  "https://[2001:db8::1]",
		"https://[::1]:443":        "https://[::1]",
	} {
		if got, err := canonicalOrigin(in, false); err != nil || got != want {
			t.Errorf("%s: %s %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "null", "*", "https://*", "https://*.app.example", "app.example", "//app.example", "https://",
		"https:app.example", "https://app.example/", "https://app.example/x", "https://app.example?", "https://app.example?q",
		"https://app.example#", "https://app.example#f", "https://u@app.example", "https://app.example:", "https://app.example:0",
		"https://app.example:65536", "https://app.example:x", "https://app.example.", "https://app example", "https://app_x.example",
		"http://app.example", "ftp://app.example", "file://", "https://[fe80::1%25eth0]", "https://app.example,https://b.example",
		" https://app.example", "https://app.example\n", "https://-a.example",
	} {
		if got, err := canonicalOrigin(in, false); err == nil {
			t.Errorf("%q accepted as %s", in, got)
		}
	}
	for in, want := range map[string]string{
		"http://LOCALHOST:80": "http://localhost", "http://localhost:8080": "http://localhost:8080", "http://localhost:443": "http://localhost:443",
	} {
		if got, err := canonicalOrigin(in, true); err != nil || got != want {
			t.Errorf("%s: %s %v, want %s", in, got, err, want)
		}
	}
}
