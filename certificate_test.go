package axess_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/mtls"
	"github.com/axess-go/axess/internal/certtest"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/middleware/clientcert"
)

// A certificate from end to end, of a listener of our own and of a proxy in front: set
// up by showing it, asked for as the second step, a session that is good with it alone,
// a step-up on the way to its removal, and the end of a session with the list that
// revokes it. Who writes the proxy's field from elsewhere is nobody.
// FAC-110, FAC-113, FAC-114, FAC-115, FAC-I9
func TestCertificate_from_end_to_end(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	escaped := func(p *certtest.Pair) string { return strings.ReplaceAll(url.QueryEscape(string(p.PEM())), "+", "%20") }
	for name, tc := range map[string]struct {
		source clientcert.Config
		show   func(*http.Request, *certtest.Pair)
	}{
		"own listener": {clientcert.Config{}, func(r *http.Request, p *certtest.Pair) {
			r.TLS = &tls.ConnectionState{PeerCertificates: p.Chain}
		}},
		"behind nginx": {clientcert.Config{Form: clientcert.Nginx, Trusted: []string{"127.0.0.1"}}, func(r *http.Request, p *certtest.Pair) {
			r.Header.Set("X-Ssl-Client-Cert", escaped(p))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := certtest.New(t, "Root", start)
			own, other := root.Issue(t), root.Issue(t)
			file := filepath.Join(t.TempDir(), "list")
			publish := func(next time.Time, revoked ...*certtest.Pair) {
				t.Helper()
				tmpl := &x509.RevocationList{Number: root.Cert.SerialNumber, ThisUpdate: start.Add(-time.Hour), NextUpdate: next}
				for _, p := range revoked {
					tmpl.RevokedCertificateEntries = append(tmpl.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: p.Cert.SerialNumber, RevocationTime: start})
				}
				if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: root.CRLOf(t, tmpl)}), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			publish(start.Add(48 * time.Hour))
			crls, err := mtls.NewCRLs(mtls.CRLsConfig{Clock: clock.NewFake(start), Issuers: []*x509.Certificate{root.Cert}, Files: []string{file}})
			if err != nil {
				t.Fatal(err)
			}
			trust, err := mtls.NewTrust(mtls.TrustConfig{Anchors: []mtls.Anchor{{Certificate: root.Cert}}, CRLs: crls})
			if err != nil {
				t.Fatal(err)
			}
			v, err := mtls.NewVerifier(mtls.VerifierConfig{Trust: trust})
			if err != nil {
				t.Fatal(err)
			}
			s := fronttest.New(t, fronttest.Standard, func(c *axess.Config) {
				c.Factors, c.ClientCert, c.Proxies.Trusted = []factor.Verifier{v}, tc.source, []string{"127.0.0.1"}
			})
			if err := v.Renew(t.Context()); err != nil { // the job's work
				t.Fatal(err)
			}
			gives(s, factor.MTLS, func() []byte { return nil })
			send := func(b *fronttest.Browser, method, path string, form fronttest.Form, p *certtest.Pair) fronttest.Answer {
				r := b.Request(method, path, form)
				if p != nil {
					tc.show(r, p)
				}
				return b.Send(r)
			}
			in := func(b *fronttest.Browser, p *certtest.Pair) bool {
				return send(b, http.MethodGet, "/auth/account", nil, p).Status == http.StatusOK
			}

			b := s.Person("ada@example.org")
			send(b, http.MethodPost, "/give", nil, nil).Is(t, http.StatusUnprocessableEntity)
			send(b, http.MethodPost, "/give", nil, own).Is(t, http.StatusSeeOther)
			if !in(b, own) || in(b, nil) {
				t.Error("the session in which it was set up is not bound to it")
			}

			const step = "/auth/factor/mtls"
			s.Clock.Advance(time.Minute)
			b = s.SignIn("ada@example.org")
			if page := b.Get(step).Is(t, http.StatusOK).Body; !strings.Contains(page, "Use your certificate") || strings.Contains(page, `name="code"`) {
				t.Errorf("the page of the step:\n%s", page)
			}
			send(b, http.MethodPost, step, nil, nil).Is(t, http.StatusUnauthorized)
			send(b, http.MethodPost, step, nil, other).Is(t, http.StatusUnauthorized)
			forged := b.Request(http.MethodPost, step, nil)
			forged.RemoteAddr = "127.0.0.2:4711" // this machine, and not the proxy
			forged.Header.Set("X-Ssl-Client-Cert", escaped(own))
			b.Send(forged).Is(t, http.StatusUnauthorized)
			send(b, http.MethodPost, step, nil, own).Is(t, http.StatusSeeOther)
			if !in(b, own) || in(b, nil) || in(b, other) || !in(b, own) {
				t.Error("the session is not bound to it, or ended by another")
			}
			if tc.source.Form != clientcert.Connection {
				twice := b.Request(http.MethodGet, "/auth/account", nil)
				twice.Header["X-Ssl-Client-Cert"] = []string{escaped(own), escaped(own)}
				b.Send(twice).Is(t, http.StatusBadRequest)
			}

			// The way to its removal leads over a step-up.
			s.Clock.Advance(10 * time.Minute)
			var remove string
			for _, c := range s.Account("ada@example.org").Credentials {
				if c.Kind == factor.MTLS {
					remove = "/auth/account/factors/remove/" + c.ID.String()
				}
			}
			if to := send(b, http.MethodGet, remove, nil, own).Is(t, http.StatusSeeOther).Header.Get("Location"); !strings.HasPrefix(to, step) {
				t.Fatalf("led to %s", to)
			}
			send(b, http.MethodPost, step, fronttest.Form{"next": remove}, own).Is(t, http.StatusSeeOther)

			// Revoked, with the next reading of the list.
			thief := s.SignIn("ada@example.org")
			publish(start.Add(48*time.Hour), own)
			if err := v.Renew(t.Context()); err != nil {
				t.Fatal(err)
			}
			if in(b, own) {
				t.Error("signed in with a revoked certificate")
			}
			send(thief, http.MethodPost, step, nil, own).Is(t, http.StatusUnauthorized)
			publish(start.Add(48 * time.Hour))
			if err := v.Renew(t.Context()); err != nil {
				t.Fatal(err)
			}
			send(b, http.MethodGet, remove, nil, own).Is(t, http.StatusOK)
			send(b, http.MethodPost, remove, nil, own).Is(t, http.StatusSeeOther)
			if n := len(s.Account("ada@example.org").Credentials); n != 1 {
				t.Errorf("%d credentials are left", n)
			}
			s.SignIn("ada@example.org").Get("/auth/account").Is(t, http.StatusOK)
		})
	}
}
