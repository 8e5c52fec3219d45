package mtls_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/mtls"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/certtest"
	"github.com/axess-go/axess/middleware/clientcert"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func shows(p *certtest.Pair) clientcert.Peer { return clientcert.Peer{Chain: p.Chain} }

func trust(t testing.TB, cfg mtls.TrustConfig, anchors ...*certtest.Pair) *mtls.Trust {
	t.Helper()
	for _, a := range anchors {
		cfg.Anchors = append(cfg.Anchors, mtls.Anchor{Certificate: a.Cert})
	}
	tr, err := mtls.NewTrust(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func reason(err error) mtls.Reason {
	var e *mtls.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	if err != nil {
		return mtls.Reason(err.Error())
	}
	return ""
}

func link(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Each certificate is good but for one thing, and is refused for that.
// FAC-111, FAC-112, FAC-113, WKL-063, WKL-064, WKL-065, WKL-066, WKL-067, WKL-071
func TestVerify_refuses_for_one_reason(t *testing.T) {
	t.Parallel()
	root, other := certtest.New(t, "Root", now), certtest.New(t, "Root", now) // the same name
	mid := root.Authority(t, "Between")
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	strongRSA, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	with := func(f func(*x509.Certificate)) *certtest.Pair { return root.Issue(t, f) }
	keyed := func(k crypto.Signer) *certtest.Pair { return root.IssueFor(t, k) }
	deep := root
	for range 4 {
		deep = deep.Authority(t, "Deep")
	}
	deeper := deep.Authority(t, "Deeper")
	tr := trust(t, mtls.TrustConfig{MaxLifetime: 24 * time.Hour}, root)
	for name, tc := range map[string]struct {
		shows *certtest.Pair
		want  mtls.Reason
	}{
		"good":                       {root.Issue(t), ""},
		"good, through another":      {mid.Issue(t), ""},
		"good, six in a row":         {deep.Issue(t), ""},
		"RSA":                        {keyed(strongRSA), ""},
		"Ed25519":                    {keyed(edwards), ""},
		"P-521":                      {keyed(p521), ""},
		"one URI":                    {with(func(c *x509.Certificate) { c.URIs = []*url.URL{link(t, "urn:x:1")} }), ""},
		"of another tenant":          {other.Issue(t), mtls.Untrusted},
		"without what lies between":  {&certtest.Pair{Chain: mid.Issue(t).Chain[:1]}, mtls.Untrusted},
		"seven in a row":             {deeper.Issue(t), mtls.Untrusted},
		"an authority":               {mid, mtls.NotLeaf},
		"the anchor itself":          {root, mtls.NotLeaf},
		"expired":                    {with(func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Second) }), mtls.Expired},
		"not yet valid":              {with(func(c *x509.Certificate) { c.NotBefore = now.Add(time.Second) }), mtls.NotYetValid},
		"lives too long":             {with(func(c *x509.Certificate) { c.NotAfter = c.NotBefore.Add(24*time.Hour + time.Second) }), mtls.Lifetime},
		"no key usage":               {with(func(c *x509.Certificate) { c.KeyUsage = 0 }), mtls.Usage},
		"for encryption":             {with(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), mtls.Usage},
		"may sign certificates":      {with(func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageCertSign; c.BasicConstraintsValid = false }), mtls.Usage},
		"no extended key usage":      {with(func(c *x509.Certificate) { c.ExtKeyUsage = nil }), mtls.Usage},
		"any extended key usage":     {with(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }), mtls.Usage},
		"a server's":                 {with(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), mtls.Usage},
		"RSA of 1024 bits":           {keyed(weak), mtls.WeakKey},
		"P-224":                      {keyed(p224), mtls.WeakKey},
		"a machine":                  {with(func(c *x509.Certificate) { c.URIs = []*url.URL{link(t, "spiffe://td/x")} }), mtls.Workload},
		"a machine, in capitals":     {with(func(c *x509.Certificate) { c.URIs = []*url.URL{link(t, "SPIFFE://td/x")} }), mtls.Workload},
		"a machine behind a person":  {with(func(c *x509.Certificate) { c.URIs = []*url.URL{link(t, "urn:x:1"), link(t, "spiffe://td/x")} }), mtls.Workload},
		"nothing":                    {&certtest.Pair{}, mtls.Missing},
		"nine certificates":          {&certtest.Pair{Chain: append(root.Issue(t).Chain, deep.Chain[0], deep.Chain[0], deep.Chain[0], deep.Chain[0], deep.Chain[0], deep.Chain[0], deep.Chain[0], deep.Chain[0])}, mtls.TooLarge},
		"an authority for servers":   {root.Authority(t, "Servers", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }).Issue(t), mtls.Untrusted},
		"an authority past its time": {root.Authority(t, "Old", func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Second) }).Issue(t), mtls.Untrusted},
		"a name the authority may not certify": {root.Authority(t, "Narrow", func(c *x509.Certificate) {
			c.PermittedDNSDomains, c.PermittedDNSDomainsCritical = []string{"own.test"}, true
		}).Issue(t, func(c *x509.Certificate) { c.DNSNames = []string{"foreign.test"} }), mtls.Untrusted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := tr.Verify(now, shows(tc.shows))
			if got := reason(err); got != tc.want || (err == nil) != (v.Leaf != nil) {
				t.Errorf("%q, want %q", got, tc.want)
			}
			if err == nil {
				return
			}
			if rec := mtls.Pinned(sha256.Sum256(spki(tc.shows))); tr.Judge(now, shows(tc.shows), []mtls.Record{rec}).Verdict != factor.Rejected {
				t.Error("signs in all the same")
			}
		})
	}
}

func spki(p *certtest.Pair) []byte {
	if len(p.Chain) == 0 {
		return nil
	}
	return p.Chain[0].RawSubjectPublicKeyInfo
}

// A leaf whose signature was made with SHA-1, at the door of the check: package x509
// makes none to test with, so that the list of algorithms is what is tested.
// FAC-112
func TestStrong_is_a_closed_list(t *testing.T) {
	t.Parallel()
	strong := []x509.SignatureAlgorithm{
		x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA, x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
		x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512, x509.PureEd25519,
	}
	for a := x509.UnknownSignatureAlgorithm; a <= x509.PureEd25519+3; a++ {
		want := slices.Contains(strong, a)
		if mtls.Strong(a) != want {
			t.Errorf("%v: %v", a, !want)
		}
	}
}

// One authority that knows nobody by the key but by a name of theirs.
// FAC-113
func TestBind_by_one_name(t *testing.T) {
	t.Parallel()
	root := certtest.New(t, "Root", now)
	for name, tc := range map[string]struct {
		by         mtls.By
		cert       func(*x509.Certificate)
		want, same string // "" as want: refused
	}{
		"uri":                    {mtls.ByURI, func(c *x509.Certificate) { c.URIs = []*url.URL{link(t, "https://id.test/Ada")} }, "https://id.test/Ada", ""},
		"two uris":               {mtls.ByURI, func(c *x509.Certificate) { c.URIs = []*url.URL{link(t, "urn:x:1"), link(t, "urn:x:2")} }, "", ""},
		"no uri":                 {mtls.ByURI, func(*x509.Certificate) {}, "", ""},
		"email":                  {mtls.ByEmail, func(c *x509.Certificate) { c.EmailAddresses = []string{"Ada@Example.TEST"} }, "Ada@example.test", "Ada@example.test"},
		"two addresses":          {mtls.ByEmail, func(c *x509.Certificate) { c.EmailAddresses = []string{"a@x.test", "b@x.test"} }, "", ""},
		"dns":                    {mtls.ByDNS, func(c *x509.Certificate) { c.DNSNames = []string{"Ada.People.test"} }, "ada.people.test", "ada.people.test"},
		"wildcard":               {mtls.ByDNS, func(c *x509.Certificate) { c.DNSNames = []string{"*.people.test"} }, "", ""},
		"the subject is no name": {mtls.ByDNS, func(c *x509.Certificate) { c.Subject.CommonName = "ada.people.test" }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := trust(t, mtls.TrustConfig{By: tc.by}, root)
			p := root.Issue(t, tc.cert)
			v, err := tr.Verify(now, shows(p))
			if err != nil {
				t.Fatal(err)
			}
			rec, err := tr.Bind(v)
			if tc.want == "" {
				if reason(err) != mtls.Name || tr.Judge(now, shows(p), []mtls.Record{{}}).Reason != mtls.Name {
					t.Errorf("%+v, %v", rec, err)
				}
				return
			}
			if err != nil || rec.Value != tc.want || rec.By != tc.by {
				t.Fatalf("%+v, %v", rec, err)
			}
			again, err := mtls.Decode(rec.Encode())
			if err != nil || again != rec {
				t.Errorf("decoded %+v, %v", again, err)
			}
			// Renewed with another key it is the same; pinned by key it is not.
			renewed := root.Issue(t, tc.cert)
			if res := tr.Judge(now, shows(renewed), []mtls.Record{mtls.Pinned(sha256.Sum256(renewed.Cert.RawSubjectPublicKeyInfo)), rec}); res.Verdict != factor.Accepted || res.Index != 1 {
				t.Errorf("renewed: %+v", res)
			}
			key := trust(t, mtls.TrustConfig{}, root)
			if res := key.Judge(now, shows(p), []mtls.Record{rec}); res.Reason != mtls.Unbound {
				t.Errorf("a name under a tenant that goes by keys: %+v", res)
			}
		})
	}
}

// The key is what is bound: a renewed certificate of it signs in, another key of the
// same person's name does not.
// FAC-113, FAC-116
func TestJudge_by_key(t *testing.T) {
	t.Parallel()
	soft, card := certtest.New(t, "Soft", now), certtest.New(t, "Card", now)
	tr, err := mtls.NewTrust(mtls.TrustConfig{Anchors: []mtls.Anchor{{Certificate: soft.Cert}, {Certificate: card.Cert, Hardware: true}}})
	if err != nil {
		t.Fatal(err)
	}
	ada, bob := soft.Issue(t), soft.Issue(t)
	pin := func(p *certtest.Pair) mtls.Record { return mtls.Pinned(sha256.Sum256(p.Cert.RawSubjectPublicKeyInfo)) }
	for name, tc := range map[string]struct {
		shows *certtest.Pair
		held  []mtls.Record
		want  mtls.Result
	}{
		"own":             {ada, []mtls.Record{pin(bob), pin(ada)}, mtls.Result{Verdict: factor.Accepted, Index: 1}},
		"renewed":         {soft.IssueFor(t, ada.Key), []mtls.Record{pin(ada)}, mtls.Result{Verdict: factor.Accepted}},
		"the key on card": {card.IssueFor(t, ada.Key), []mtls.Record{pin(ada)}, mtls.Result{Verdict: factor.Accepted, Hardware: true}},
		"another's":       {bob, []mtls.Record{pin(ada)}, mtls.Result{Verdict: factor.Rejected, Reason: mtls.Unbound}},
		"nobody's":        {ada, nil, mtls.Result{Verdict: factor.Rejected, Reason: mtls.Unbound}},
		"the zero record": {ada, []mtls.Record{{}}, mtls.Result{Verdict: factor.Rejected, Reason: mtls.Unbound}},
	} {
		if got := tr.Judge(now, shows(tc.shows), tc.held); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
	id := identity.CredentialID{}
	if e := mtls.Evidence(id, false, now); e.AMR[0] != "swk" || e.Class != identity.Possession|identity.PhishingResistant || e.Kind != factor.MTLS {
		t.Errorf("%+v", e)
	}
	if e := mtls.Evidence(id, true, now); e.AMR[0] != "hwk" || e.Class&identity.DeviceBound == 0 {
		t.Errorf("%+v", e)
	}
}

// FAC-112, FAC-114
func TestNewTrust_names_the_field(t *testing.T) {
	t.Parallel()
	root := certtest.New(t, "Root", now)
	good := []mtls.Anchor{{Certificate: root.Cert}}
	crls, err := mtls.NewCRLs(crlConfig(root, "x"))
	if err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]mtls.TrustConfig{
		"no anchor":        {},
		"nil":              {Anchors: []mtls.Anchor{{}}},
		"a leaf":           {Anchors: []mtls.Anchor{{Certificate: root.Issue(t).Cert}}},
		"leaf between":     {Anchors: good, Intermediates: []*x509.Certificate{root.Issue(t).Cert}},
		"unknown way":      {Anchors: good, By: 9},
		"negative":         {Anchors: good, MaxLifetime: -1},
		"both":             {Anchors: good, ShortLived: true, CRLs: crls},
		"short and longer": {Anchors: good, ShortLived: true, MaxLifetime: 25 * time.Hour},
	} {
		if _, err := mtls.NewTrust(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	// A day, and no second more.
	tr := trust(t, mtls.TrustConfig{ShortLived: true}, root)
	if _, err := tr.Verify(now, shows(root.Issue(t))); err != nil {
		t.Error(err)
	}
	if _, err := tr.Verify(now, shows(root.Issue(t, func(c *x509.Certificate) { c.NotAfter = c.NotAfter.Add(time.Second) }))); reason(err) != mtls.Lifetime {
		t.Error(err)
	}
}

func TestDecode_refuses_what_Encode_does_not_make(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "\x01", "\x01\x01", "\x02\x02x", "\x01\x00x", "\x01\x05x", "\x01\x01short", "\x01\x02spiffe://x", "\x01\x02SPIFFE://x", "\x01\x04*.x", "\x01\x04UPPER", "\x01\x03a@UPPER"} {
		if r, err := mtls.Decode([]byte(body)); err == nil {
			t.Errorf("%q: %+v", body, r)
		}
	}
	if _, err := mtls.Named(mtls.ByKey, "x"); !errors.Is(err, mtls.ErrRecord) {
		t.Error(err)
	}
}
