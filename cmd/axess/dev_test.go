package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/axess-go/axess/cmd/axess/internal/devtls"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
)

// CLI-011: TLS in development, believed by whoever trusts the authority and by
// nobody else; cookies are those of production.
func TestDevTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serving(t, nil, "--dev-tls", "--dev-host", "app.example.test", "--addr", "localhost:0", "--data", dir)
	site := regexp.MustCompile(`https://localhost:[0-9]+`).FindString(s.errs.String())
	if site == "" || !strings.Contains(s.errs.String(), "axess dev trust --data "+dir) {
		t.Fatalf("the screen says\n%s", s.errs)
	}
	text, err := os.ReadFile(filepath.Join(dir, "dev", "authority.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	ask := func(roots *x509.CertPool, name string) (*http.Response, error) {
		client := &http.Client{Transport: scanned(t, &http.Transport{
			DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: name, MinVersion: tls.VersionTLS12},
		})}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site+"/auth/sign-up", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
		return res, err
	}
	res, err := ask(roots, "")
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", res, err)
	}
	for _, c := range res.Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-axess") || !c.Secure {
			t.Errorf("cookie %s, secure %t", c.Name, c.Secure)
		}
	}
	if len(res.Cookies()) == 0 {
		t.Error("no cookie")
	}
	if res, err = ask(roots, "app.example.test"); err != nil {
		t.Error(err)
	} else {
		_ = res.Body.Close()
	}
	var unknown x509.UnknownAuthorityError
	if _, err := ask(x509.NewCertPool(), ""); !errors.As(err, &unknown) {
		t.Errorf("without the authority: %v", err)
	}
	if _, err := ask(roots, "example.com"); err == nil {
		t.Error("the server is example.com")
	}
	if code := s.end(t); code != refusal.OK {
		t.Errorf("exit %d", code)
	}
}

// CLI-011: nothing touches the trust store of the system unasked.
func TestDevTrust(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var ran []string
	var fail error
	verb := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		var out, errs strings.Builder
		p := testProcess(nil, &out, &errs, append(append([]string{"dev"}, args...), "--data", dir)...)
		p.platform = devtls.Platform{OS: "linux", Has: func(program string) bool { return program == "update-ca-certificates" }}
		p.system = func(_ context.Context, command []string) error {
			ran = append(ran, devtls.Line(command))
			return fail
		}
		if code := run(t.Context(), p); code != want {
			t.Fatalf("%q: exit %d, want %d:\n%s", args, code, want, errs.String())
		}
		return out.String(), errs.String()
	}
	if _, stderr := verb(refusal.Unavailable, "trust"); !strings.Contains(stderr, "--dev-tls") {
		t.Error(stderr)
	}
	serving(t, nil, "--dev-tls", "--addr", "localhost:0", "--data", dir).end(t)
	if _, _, err := devtls.Authority(filepath.Join(dir, "dev")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"trust", "untrust"} {
		ran = nil
		printed, _ := verb(refusal.OK, name)
		if len(ran) > 0 || printed == "" {
			t.Fatalf("%s ran %q and printed %q", name, ran, printed)
		}
		none, _ := verb(refusal.OK, name, "--apply")
		if none != "" || strings.Join(ran, "\n")+"\n" != printed {
			t.Errorf("%s --apply ran %q, not\n%s", name, ran, printed)
		}
		ran, fail = nil, errors.New("no")
		if verb(refusal.Failed, name, "--apply"); len(ran) != 1 {
			t.Errorf("went on after a failure: %q", ran)
		}
		fail = nil
	}
	if err := os.WriteFile(filepath.Join(dir, "dev", "authority.pem"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	ran = nil
	if verb(refusal.Refused, "trust", "--apply"); len(ran) > 0 {
		t.Errorf("offered to the system: %q", ran)
	}
}
