package mtls_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/mtls"
	"github.com/axess-go/axess/internal/certtest"
	"github.com/axess-go/axess/middleware/clientcert"
)

func crlConfig(root *certtest.Pair, files ...string) mtls.CRLsConfig {
	return mtls.CRLsConfig{Clock: clock.NewFake(now), Issuers: []*x509.Certificate{root.Cert}, Files: files}
}

// kept is a trust whose revocation lists lie in a file.
type kept struct {
	t     testing.TB
	clock *clock.Fake
	file  string
	crls  *mtls.CRLs
	trust *mtls.Trust
}

func keep(t testing.TB, root *certtest.Pair, issuers ...*x509.Certificate) *kept {
	t.Helper()
	k := &kept{t: t, clock: clock.NewFake(now), file: filepath.Join(t.TempDir(), "list")}
	var err error
	k.crls, err = mtls.NewCRLs(mtls.CRLsConfig{Clock: k.clock, Issuers: append([]*x509.Certificate{root.Cert}, issuers...), Files: []string{k.file}})
	if err != nil {
		t.Fatal(err)
	}
	k.trust = trust(t, mtls.TrustConfig{CRLs: k.crls}, root)
	return k
}

func (k *kept) write(lists ...[]byte) *kept {
	k.t.Helper()
	var text []byte
	for _, l := range lists {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: l})...)
	}
	if err := os.WriteFile(k.file, text, 0o600); err != nil {
		k.t.Fatal(err)
	}
	return k
}

func (k *kept) renew() error { return k.crls.Renew(k.t.Context()) }

func (k *kept) says(what string, p clientcert.Peer, want mtls.Reason) {
	k.t.Helper()
	if got := reason(k.trust.Standing(k.clock.Now(), p)); got != want {
		k.t.Errorf("%s: standing %q, want %q", what, got, want)
	}
	_, err := k.trust.Verify(k.clock.Now(), p)
	if got := reason(err); got != want {
		k.t.Errorf("%s: %q, want %q", what, got, want)
	}
	if want == mtls.RevocationUnknown && k.trust.Judge(k.clock.Now(), p, nil).Verdict != factor.Unavailable {
		k.t.Errorf("%s: charged", what)
	}
}

// From good over stale to revoked, and no way back.
// FAC-114, WKL-068
func TestCRL_has_the_last_word(t *testing.T) {
	t.Parallel()
	root, stranger := certtest.New(t, "Root", now), certtest.New(t, "Root", now)
	ada := root.Issue(t, func(c *x509.Certificate) { c.NotAfter = now.Add(72 * time.Hour) })
	k := keep(t, root)
	p := shows(ada)
	k.says("before the first list", p, mtls.RevocationUnknown)
	if k.renew() == nil {
		t.Error("a missing file is no error")
	}
	k.says("a missing file", p, mtls.RevocationUnknown)
	empty := root.CRL(t, now.Add(-time.Minute), now.Add(time.Hour))
	if err := k.write(empty).renew(); err != nil {
		t.Fatal(err)
	}
	k.says("on no list", p, "")
	for name, bad := range map[string][]byte{
		"signed by another":  stranger.CRL(t, now, now.Add(2*time.Hour)),
		"from the future":    root.CRL(t, now.Add(time.Second), now.Add(2*time.Hour)),
		"older":              root.CRL(t, now.Add(-2*time.Hour), now.Add(5*time.Hour)),
		"not a list":         []byte("no"),
		"a delta":            root.CRLOf(t, &x509.RevocationList{Number: big.NewInt(9), ThisUpdate: now, NextUpdate: now.Add(time.Hour), ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}}),
		"a condition for it": root.CRLOf(t, &x509.RevocationList{Number: big.NewInt(9), ThisUpdate: now, NextUpdate: now.Add(time.Hour), RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(1), RevocationTime: now, ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: []byte{5, 0}}}}}}),
	} {
		if k.write(bad).renew() == nil {
			t.Errorf("%s: taken", name)
		}
		k.says(name, p, "")
	}
	k.clock.Advance(time.Hour + time.Second)
	k.says("stale", p, mtls.RevocationUnknown)
	if err := k.write(root.CRL(t, k.clock.Now(), k.clock.Now().Add(time.Hour), ada.Cert.SerialNumber)).renew(); err != nil {
		t.Fatal(err)
	}
	k.says("revoked", p, mtls.Revoked)
	if k.write(empty).renew() == nil {
		t.Error("the old list is taken again")
	}
	k.says("after the old list was shown again", p, mtls.Revoked)
	k.clock.Advance(2 * time.Hour)
	k.says("revoked, and stale since", p, mtls.Revoked)
}

// Every authority on the way has a list, not only the last.
// FAC-114
func TestCRL_of_every_authority(t *testing.T) {
	t.Parallel()
	root := certtest.New(t, "Root", now)
	mid := root.Authority(t, "Between")
	ada := mid.Issue(t)
	k := keep(t, root, mid.Cert)
	ofRoot, ofMid := root.CRL(t, now, now.Add(time.Hour)), mid.CRL(t, now, now.Add(time.Hour))
	for name, tc := range map[string]struct {
		lists [][]byte
		want  mtls.Reason
	}{
		"the first's alone":   {[][]byte{ofMid}, mtls.RevocationUnknown},
		"the last's alone":    {[][]byte{ofRoot}, mtls.RevocationUnknown},
		"both":                {[][]byte{ofRoot, ofMid}, ""},
		"between is revoked":  {[][]byte{root.CRL(t, now, now.Add(time.Hour), mid.Cert.SerialNumber), ofMid}, mtls.Revoked},
		"the leaf is revoked": {[][]byte{ofRoot, mid.CRL(t, now, now.Add(time.Hour), ada.Cert.SerialNumber)}, mtls.Revoked},
		"another's number":    {[][]byte{root.CRL(t, now, now.Add(time.Hour), ada.Cert.SerialNumber), ofMid}, ""},
	} {
		if err := k.write(tc.lists...).renew(); err != nil {
			t.Fatal(name, err)
		}
		k.says(name, shows(ada), tc.want)
	}
}

// Fetched like every other document of somebody else: https, no redirects, a bound.
// FAC-114
func TestCRL_from_a_URL(t *testing.T) {
	t.Parallel()
	root, web := certtest.New(t, "Root", now), certtest.New(t, "Web", now)
	var body atomic.Pointer[[]byte]
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gone":
			http.NotFound(w, r)
		case "/elsewhere":
			http.Redirect(w, r, "/list", http.StatusFound)
		default:
			w.Header().Set("Content-Type", "application/pkix-crl")
			_, _ = w.Write(*body.Load())
		}
	}))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{web.Server(t).TLS()}, MinVersion: tls.VersionTLS12}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	list := root.CRL(t, now, now.Add(time.Hour))
	body.Store(&list)
	crls := func(path string, size int64) (*mtls.CRLs, error) {
		return mtls.NewCRLs(mtls.CRLsConfig{
			Clock: clock.NewFake(now), Issuers: []*x509.Certificate{root.Cert}, URLs: []string{srv.URL + path}, Roots: web.Pool(), InsecureLoopback: true, MaxSize: size,
		})
	}
	for path, want := range map[string]mtls.Reason{"/list": "", "/gone": mtls.RevocationUnknown, "/elsewhere": mtls.RevocationUnknown} {
		c, err := crls(path, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Renew(t.Context()); (err == nil) != (want == "") {
			t.Errorf("%s: %v", path, err)
		}
		_, err = trust(t, mtls.TrustConfig{CRLs: c}, root).Verify(now, shows(root.Issue(t)))
		if reason(err) != want {
			t.Errorf("%s: %v", path, err)
		}
		c.Close()
	}
	small, err := crls("/list", 100)
	if err != nil {
		t.Fatal(err)
	}
	if small.Renew(t.Context()) == nil {
		t.Error("a list above the limit is taken")
	}
	for _, bad := range []string{"http://example.test/list", "https://user@example.test/", "file:///etc/passwd"} {
		cfg := crlConfig(root)
		cfg.URLs = []string{bad}
		if _, err := mtls.NewCRLs(cfg); err == nil {
			t.Errorf("%s is an address", bad)
		}
	}
}

// What came with the handshake may end the use of a certificate and may stand for a list
// that cannot be had. It is the client's to send or not: nothing else of it counts.
// FAC-114
func TestOCSP_staple(t *testing.T) {
	t.Parallel()
	root := certtest.New(t, "Root", now)
	ada, bob := root.Issue(t), root.Issue(t)
	responder := root.Issue(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning} })
	expired := root.Issue(t, func(c *x509.Certificate) {
		c.ExtKeyUsage, c.NotAfter = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}, now.Add(-time.Second)
	})
	answer := func(by *certtest.Pair, status int, this, next time.Time, serial *big.Int) []byte {
		tmpl := ocsp.Response{Status: status, SerialNumber: serial, ThisUpdate: this, NextUpdate: next, RevokedAt: this}
		if by != root {
			tmpl.Certificate = by.Cert
		}
		der, err := ocsp.CreateResponse(root.Cert, by.Cert, tmpl, by.Key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	hour := now.Add(time.Hour)
	goodList, revoking := root.CRL(t, now, hour), root.CRL(t, now, hour, ada.Cert.SerialNumber)
	own := ada.Cert.SerialNumber
	for name, tc := range map[string]struct {
		staple  []byte
		list    []byte
		want    mtls.Reason // with lists configured
		without mtls.Reason // without
	}{
		"none":                       {nil, nil, mtls.RevocationUnknown, ""},
		"good":                       {answer(root, ocsp.Good, now, hour, own), nil, "", ""},
		"good, by a responder":       {answer(responder, ocsp.Good, now, hour, own), nil, "", ""},
		"good, by another leaf":      {answer(bob, ocsp.Good, now, hour, own), nil, mtls.RevocationUnknown, ""},
		"good, by itself":            {answer(ada, ocsp.Good, now, hour, own), nil, mtls.RevocationUnknown, ""},
		"good, by one past its time": {answer(expired, ocsp.Good, now, hour, own), nil, mtls.RevocationUnknown, ""},
		"good, stale":                {answer(root, ocsp.Good, now.Add(-2*time.Hour), now.Add(-time.Second), own), nil, mtls.RevocationUnknown, ""},
		"good, from the future":      {answer(root, ocsp.Good, now.Add(time.Second), hour, own), nil, mtls.RevocationUnknown, ""},
		"good, for ever":             {answer(root, ocsp.Good, now, time.Time{}, own), nil, mtls.RevocationUnknown, ""},
		"good, for another":          {answer(root, ocsp.Good, now, hour, bob.Cert.SerialNumber), nil, mtls.RevocationUnknown, ""},
		"unknown":                    {answer(root, ocsp.Unknown, now, hour, own), nil, mtls.RevocationUnknown, ""},
		"revoked":                    {answer(root, ocsp.Revoked, now, hour, own), goodList, mtls.Revoked, mtls.Revoked},
		"good, and the list is too":  {answer(root, ocsp.Good, now, hour, own), goodList, "", ""},
		"good, and the list revokes": {answer(root, ocsp.Good, now, hour, own), revoking, mtls.Revoked, ""},
		"garbage":                    {[]byte("x"), goodList, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := keep(t, root)
			if tc.list != nil {
				if err := k.write(tc.list).renew(); err != nil {
					t.Fatal(err)
				}
			}
			p := clientcert.Peer{Chain: ada.Chain, Staple: tc.staple}
			k.says(name, p, tc.want)
			_, err := trust(t, mtls.TrustConfig{}, root).Verify(now, p)
			if got := reason(err); got != tc.without {
				t.Errorf("without lists: %q, want %q", got, tc.without)
			}
		})
	}
}

// What is remembered ends with the certificate, with the list, with another list, and
// where another chain or response is shown.
// FAC-115, WKL-062
func TestStanding_forgets_in_time(t *testing.T) {
	t.Parallel()
	root := certtest.New(t, "Root", now)
	ada := root.Issue(t)
	tr := trust(t, mtls.TrustConfig{}, root)
	if err := tr.Standing(now, shows(ada)); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		at    time.Time
		shows clientcert.Peer
		want  mtls.Reason
	}{
		"a moment later":  {now.Add(time.Minute), shows(ada), ""},
		"its last moment": {ada.Cert.NotAfter, shows(ada), ""},
		"past its time":   {ada.Cert.NotAfter.Add(time.Second), shows(ada), mtls.Expired},
		"before its time": {ada.Cert.NotBefore.Add(-time.Second), shows(ada), mtls.NotYetValid},
		"nothing":         {now, clientcert.Peer{}, mtls.Missing},
		"another chain":   {now, clientcert.Peer{Chain: []*x509.Certificate{root.Cert, ada.Cert}}, mtls.NotLeaf},
	} {
		if got := reason(tr.Standing(tc.at, tc.shows)); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
