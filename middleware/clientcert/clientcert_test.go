package clientcert_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/certtest"
	"github.com/axess-go/axess/middleware/clientcert"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

const proxy = "10.0.0.7:4711"

func layer(t testing.TB, cfg clientcert.Config) *clientcert.Layer {
	t.Helper()
	if cfg.Clock == nil {
		cfg.Clock = clock.NewFake(now)
	}
	l, err := clientcert.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func escaped(certs ...*x509.Certificate) string {
	var b strings.Builder
	for _, c := range certs {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return strings.ReplaceAll(url.QueryEscape(b.String()), "+", "%20")
}

func structured(c *x509.Certificate) string {
	return ":" + base64.StdEncoding.EncodeToString(c.Raw) + ":"
}

// pass sends a request through a layer and says what came out: the certificate, the
// fields that the handler saw, and the status.
func pass(l *clientcert.Layer, peer string, fields map[string][]string, change ...func(*http.Request) *http.Request) (clientcert.Peer, http.Header, int) {
	r := httptest.NewRequest(http.MethodGet, "http://own.test/", http.NoBody)
	r.RemoteAddr = peer
	for k, v := range fields {
		r.Header[k] = v
	}
	for _, f := range change {
		r = f(r)
	}
	var got clientcert.Peer
	var seen http.Header
	w := httptest.NewRecorder()
	l.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got, seen = clientcert.From(r.Context()), r.Header
		if of := clientcert.Of(r); of.Leaf() != got.Leaf() {
			panic("Of and From differ")
		}
	})).ServeHTTP(w, r)
	return got, seen, w.Code
}

// Each form as its proxy writes it.
// FAC-110, WKL-069
func TestForms(t *testing.T) {
	t.Parallel()
	root := certtest.New(t, "Root", now)
	mid := root.Authority(t, "Between")
	p := mid.Issue(t)
	leaf, between := p.Chain[0], p.Chain[1]
	xfcc := func(parts ...string) []string { return []string{strings.Join(parts, ";")} }
	for name, tc := range map[string]struct {
		form   clientcert.Form
		field  string
		fields map[string][]string
		want   int // certificates; -1: 400
	}{
		"rfc 9440":                    {clientcert.RFC9440, "", map[string][]string{"Client-Cert": {structured(leaf)}}, 1},
		"rfc 9440, chain":             {clientcert.RFC9440, "", map[string][]string{"Client-Cert": {structured(leaf)}, "Client-Cert-Chain": {structured(between) + ", " + structured(root.Cert)}}, 3},
		"rfc 9440, chain alone":       {clientcert.RFC9440, "", map[string][]string{"Client-Cert-Chain": {structured(between)}}, -1},
		"rfc 9440, no colons":         {clientcert.RFC9440, "", map[string][]string{"Client-Cert": {base64.StdEncoding.EncodeToString(leaf.Raw)}}, -1},
		"rfc 9440, parameters":        {clientcert.RFC9440, "", map[string][]string{"Client-Cert": {structured(leaf) + ";a=1"}}, -1},
		"rfc 9440, a list":            {clientcert.RFC9440, "", map[string][]string{"Client-Cert": {structured(leaf) + "," + structured(leaf)}}, -1},
		"rfc 9440, url base64":        {clientcert.RFC9440, "", map[string][]string{"Client-Cert": {":-_-_:"}}, -1},
		"rfc 9440, no certificate":    {clientcert.RFC9440, "", map[string][]string{"Client-Cert": {":AAAA:"}}, -1},
		"rfc 9440, twice":             {clientcert.RFC9440, "", map[string][]string{"Client-Cert": {structured(leaf), structured(leaf)}}, -1},
		"rfc 9440, chain twice":       {clientcert.RFC9440, "", map[string][]string{"Client-Cert": {structured(leaf)}, "Client-Cert-Chain": {structured(between), structured(between)}}, -1},
		"rfc 9440, nine":              {clientcert.RFC9440, "", map[string][]string{"Client-Cert": {structured(leaf)}, "Client-Cert-Chain": {strings.TrimSuffix(strings.Repeat(structured(between)+",", 8), ",")}}, -1},
		"nginx":                       {clientcert.Nginx, "", map[string][]string{"X-Ssl-Client-Cert": {escaped(leaf)}}, 1},
		"nginx, none":                 {clientcert.Nginx, "", map[string][]string{"X-Ssl-Client-Cert": {""}}, 0},
		"nginx, no field":             {clientcert.Nginx, "", nil, 0},
		"nginx, another field":        {clientcert.Nginx, "ssl-client-cert", map[string][]string{"Ssl-Client-Cert": {escaped(leaf)}}, 1},
		"nginx, twice":                {clientcert.Nginx, "", map[string][]string{"X-Ssl-Client-Cert": {escaped(leaf), escaped(leaf)}}, -1},
		"nginx, in capitals":          {clientcert.Nginx, "", map[string][]string{"X-Ssl-Client-Cert": {strings.ToUpper(escaped(leaf))}}, -1},
		"nginx, words behind":         {clientcert.Nginx, "", map[string][]string{"X-Ssl-Client-Cert": {escaped(leaf) + "x"}}, -1},
		"nginx, words before":         {clientcert.Nginx, "", map[string][]string{"X-Ssl-Client-Cert": {"x%0A" + escaped(leaf)}}, -1},
		"nginx, a key":                {clientcert.Nginx, "", map[string][]string{"X-Ssl-Client-Cert": {url.PathEscape("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")}}, -1},
		"nginx, bad escape":           {clientcert.Nginx, "", map[string][]string{"X-Ssl-Client-Cert": {"%zz"}}, -1},
		"nginx, a megabyte":           {clientcert.Nginx, "", map[string][]string{"X-Ssl-Client-Cert": {strings.Repeat("A", 1<<20)}}, -1},
		"alb":                         {clientcert.ALB, "", map[string][]string{"X-Amzn-Mtls-Clientcert": {escaped(leaf, between)}}, 2},
		"alb, plus is plus":           {clientcert.ALB, "", map[string][]string{"X-Amzn-Mtls-Clientcert": {strings.ReplaceAll(strings.ReplaceAll(escaped(leaf), "%2B", "+"), "%2F", "/")}}, 1},
		"envoy":                       {clientcert.Envoy, "", map[string][]string{"X-Forwarded-Client-Cert": xfcc("By=spiffe://x", "Hash=ab", `Subject="CN=a,O=\"b\";c"`, `Cert="`+escaped(leaf)+`"`)}, 1},
		"envoy, chain":                {clientcert.Envoy, "", map[string][]string{"X-Forwarded-Client-Cert": xfcc(`Cert="`+escaped(leaf)+`"`, `Chain="`+escaped(leaf, between)+`"`)}, 2},
		"envoy, another chain":        {clientcert.Envoy, "", map[string][]string{"X-Forwarded-Client-Cert": xfcc(`Cert="`+escaped(leaf)+`"`, `Chain="`+escaped(between)+`"`)}, -1},
		"envoy, two elements":         {clientcert.Envoy, "", map[string][]string{"X-Forwarded-Client-Cert": {`Cert="` + escaped(leaf) + `",Cert="` + escaped(leaf) + `"`}}, -1},
		"envoy, two elements, loose":  {clientcert.Envoy, "", map[string][]string{"X-Forwarded-Client-Cert": {`Hash=ab,Cert="` + escaped(leaf) + `"`}}, -1},
		"envoy, two elements, names":  {clientcert.Envoy, "", map[string][]string{"X-Forwarded-Client-Cert": {`Hash=ab,By=x;Cert="` + escaped(leaf) + `"`}}, -1},
		"envoy, twice in one element": {clientcert.Envoy, "", map[string][]string{"X-Forwarded-Client-Cert": xfcc(`Cert="`+escaped(leaf)+`"`, `cert="`+escaped(leaf)+`"`)}, -1},
		"envoy, two fields":           {clientcert.Envoy, "", map[string][]string{"X-Forwarded-Client-Cert": {"Hash=ab", `Cert="` + escaped(leaf) + `"`}}, -1},
		"envoy, names alone":          {clientcert.Envoy, "", map[string][]string{"X-Forwarded-Client-Cert": xfcc("URI=spiffe://td/ada", "Hash=ab")}, 0},
		"envoy, open quote":           {clientcert.Envoy, "", map[string][]string{"X-Forwarded-Client-Cert": xfcc(`Cert="` + escaped(leaf))}, -1},
		"envoy, text behind quote":    {clientcert.Envoy, "", map[string][]string{"X-Forwarded-Client-Cert": xfcc(`Cert="` + escaped(leaf) + `"x`)}, -1},
		"envoy, no pair":              {clientcert.Envoy, "", map[string][]string{"X-Forwarded-Client-Cert": {"Cert"}}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := layer(t, clientcert.Config{Form: tc.form, Field: tc.field, Trusted: []string{"10.0.0.7"}})
			for range 2 { // the second time from memory
				got, seen, status := pass(l, proxy, tc.fields)
				if tc.want < 0 {
					if status != http.StatusBadRequest || seen != nil {
						t.Errorf("status %d, the handler ran: %v", status, seen != nil)
					}
					continue
				}
				if len(got.Chain) != tc.want || status != 200 || tc.want > 0 && !got.Leaf().Equal(leaf) || got.Standing() != got.Leaf() {
					t.Errorf("%d certificates, status %d, want %d", len(got.Chain), status, tc.want)
				}
				if len(seen) != 0 {
					t.Errorf("the handler sees %v", seen)
				}
			}
		})
	}
}

// Whoever is no trusted proxy can write what they like in any spelling: it changes
// nothing, is no error, and nobody behind sees it.
// FAC-110, FAC-I9, WKL-070
func TestStranger_writes_the_field(t *testing.T) {
	t.Parallel()
	root := certtest.New(t, "Root", now)
	leaf := root.Issue(t).Cert
	forms := map[clientcert.Form]string{clientcert.RFC9440: structured(leaf), clientcert.Nginx: escaped(leaf), clientcert.ALB: escaped(leaf), clientcert.Envoy: `Cert="` + escaped(leaf) + `"`, clientcert.Connection: "x"}
	names := []string{
		"Client-Cert", "Client-Cert-Chain", "Client_Cert", "client-cert", "CLIENT-CERT", "X-Ssl-Client-Cert", "x_ssl_client_cert", "X-SSL-CLIENT-CERT", "X_Ssl-Client-Cert",
		"Ssl-Client-Cert", "X-Ssl-Client-Verify", "Ssl-Client-Subject-Dn", "X-Amzn-Mtls-Clientcert", "X-Amzn-Mtls-Clientcert-Leaf", "x_amzn_mtls_clientcert", "X-Forwarded-Client-Cert", "X_Forwarded_Client_Cert", "X-Client-Cert",
	}
	for form, value := range forms {
		cfg := clientcert.Config{Form: form}
		peers := []string{"10.0.0.7:1"}
		if form != clientcert.Connection {
			cfg.Trusted = []string{"10.0.0.7", "192.168.0.0/16"}
			peers = []string{"10.0.0.8:1", "203.0.113.9:1", "[::1]:1", "@", "", "[fe80::1%eth0]:1", "10.0.0.7"}
		}
		l := layer(t, cfg)
		for _, peer := range peers {
			for _, name := range names {
				for _, lines := range [][]string{{value}, {value, value}, {"garbage"}} {
					got, seen, status := pass(l, peer, map[string][]string{name: lines, "Accept": {"x"}})
					if got.Leaf() != nil || status != 200 || len(seen) != 1 {
						t.Errorf("form %d, peer %q, %s: certificate %v, status %d, the handler sees %v", form, peer, name, got.Leaf() != nil, status, seen)
					}
				}
			}
		}
	}
	// From the proxy, too, only the one field counts, in its own spelling.
	l := layer(t, clientcert.Config{Form: clientcert.Nginx, Trusted: []string{"10.0.0.7"}})
	for _, name := range names {
		got, seen, status := pass(l, proxy, map[string][]string{name: {escaped(leaf)}})
		if want := name == "X-Ssl-Client-Cert"; (got.Leaf() != nil) != want || status != 200 || len(seen) != 0 {
			t.Errorf("%s from the proxy: certificate %v, status %d, the handler sees %v", name, got.Leaf() != nil, status, seen)
		}
	}
}

// On a unix socket the client chooses what its own end is called: a path that reads as
// the address of the proxy makes nobody the proxy.
// FAC-110, FAC-I9, WKL-069
func TestTrusted_unix_socket(t *testing.T) {
	t.Parallel()
	root := certtest.New(t, "Root", now)
	fields := map[string][]string{"X-Ssl-Client-Cert": {escaped(root.Issue(t).Cert)}}
	on := func(a net.Addr) func(*http.Request) *http.Request {
		return func(r *http.Request) *http.Request {
			return r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, a))
		}
	}
	socket, tcp := on(&net.UnixAddr{Name: "/run/x", Net: "unix"}), on(&net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 80})
	for name, tc := range map[string]struct {
		trusted []string
		peer    string
		local   func(*http.Request) *http.Request
		want    bool
	}{
		"socket":                      {[]string{"unix"}, "@", socket, true},
		"socket, address listed":      {[]string{"10.0.0.7"}, "@", socket, false},
		"socket that is called so":    {[]string{"10.0.0.7"}, proxy, socket, false},
		"network, socket listed":      {[]string{"unix"}, proxy, tcp, false},
		"network":                     {[]string{"10.0.0.7", "unix"}, proxy, tcp, true},
		"nobody knows what it is":     {[]string{"unix"}, "@", func(r *http.Request) *http.Request { return r }, false},
		"another address, both there": {[]string{"10.0.0.8", "unix"}, proxy, tcp, false},
	} {
		got, _, _ := pass(layer(t, clientcert.Config{Form: clientcert.Nginx, Trusted: tc.trusted}), tc.peer, fields, tc.local)
		if (got.Leaf() != nil) != tc.want {
			t.Errorf("%s: %v", name, !tc.want)
		}
	}
}

// An address is what anybody in that network may take; a key is the proxy's alone.
// WKL-069
func TestTrusted_key_of_the_proxy(t *testing.T) {
	t.Parallel()
	root := certtest.New(t, "Root", now)
	own, other := root.Issue(t), root.Issue(t)
	old := root.IssueFor(t, own.Key, func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Second) })
	fields := map[string][]string{"X-Ssl-Client-Cert": {escaped(root.Issue(t).Cert)}}
	l := layer(t, clientcert.Config{Form: clientcert.Nginx, Trusted: []string{"10.0.0.7"}, TrustedKeys: [][32]byte{sha256.Sum256(own.Cert.RawSubjectPublicKeyInfo)}})
	for name, tc := range map[string]struct {
		by   *certtest.Pair
		peer string
		want bool
	}{
		"own": {own, proxy, true}, "another": {other, proxy, false}, "none": {nil, proxy, false}, "expired": {old, proxy, false}, "own, from elsewhere": {own, "10.0.0.9:1", false},
	} {
		got, _, _ := pass(l, tc.peer, fields, func(r *http.Request) *http.Request {
			if tc.by != nil {
				r.TLS = &tls.ConnectionState{PeerCertificates: tc.by.Chain}
			}
			return r
		})
		if (got.Leaf() != nil) != tc.want {
			t.Errorf("%s: %v", name, !tc.want)
		}
	}
}

// A proxy that shows a certificate of its own to us is not its clients: with a form, the
// connection says nothing about them.
// FAC-110
func TestSource_is_one(t *testing.T) {
	t.Parallel()
	root := certtest.New(t, "Root", now)
	own := func(r *http.Request) *http.Request {
		r.TLS = &tls.ConnectionState{PeerCertificates: root.Issue(t).Chain, OCSPResponse: []byte("staple")}
		return r
	}
	if got, _, _ := pass(layer(t, clientcert.Config{Form: clientcert.Nginx, Trusted: []string{"10.0.0.7"}}), proxy, nil, own); got.Leaf() != nil {
		t.Error("the proxy's certificate is the client's")
	}
	if got, _, _ := pass(layer(t, clientcert.Config{}), proxy, nil, own); got.Leaf() == nil || string(got.Staple) != "staple" {
		t.Errorf("%+v", got)
	}
	// Without any layer a request is asked itself.
	r := own(httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if clientcert.Of(r).Leaf() == nil || clientcert.From(r.Context()).Leaf() != nil {
		t.Error("without a layer")
	}
	if p := clientcert.From(clientcert.With(t.Context(), clientcert.Peer{Chain: root.Chain})); p.Leaf() != root.Cert {
		t.Error("With")
	}
}

// What was good at the sign-in stands no longer once its time is over or somebody says
// so; it is there all the same, for whoever wants to know why.
// FAC-115
func TestStanding_ends(t *testing.T) {
	t.Parallel()
	root := certtest.New(t, "Root", now)
	leaf := root.Issue(t)
	clk := clock.NewFake(now)
	gone := errors.New("gone")
	var says error
	l := layer(t, clientcert.Config{Clock: clk, Standing: func(_ *http.Request, p clientcert.Peer, at time.Time) error {
		if p.Leaf() != leaf.Cert || !at.Equal(clk.Now()) {
			return errors.New("asked about something else")
		}
		return says
	}})
	show := func() clientcert.Peer {
		p, _, _ := pass(l, proxy, nil, func(r *http.Request) *http.Request {
			r.TLS = &tls.ConnectionState{PeerCertificates: leaf.Chain}
			return r
		})
		return p
	}
	if p := show(); p.Standing() != leaf.Cert {
		t.Errorf("%+v", p)
	}
	says = gone
	if p := show(); p.Standing() != nil || p.Leaf() != leaf.Cert || !errors.Is(p.Lapsed, gone) {
		t.Errorf("%+v", p)
	}
	says = nil
	clk.Advance(12*time.Hour + time.Second)
	if p := show(); p.Standing() != nil || p.Leaf() != leaf.Cert {
		t.Errorf("%+v", p)
	}
}

// FAC-110, WKL-069
func TestNew_names_the_field(t *testing.T) {
	t.Parallel()
	clk := clock.NewFake(now)
	for name, cfg := range map[string]clientcert.Config{
		"Clock":                    {},
		"Form is no known":         {Clock: clk, Form: 99},
		"Form is missing":          {Clock: clk, Trusted: []string{"10.0.0.7"}},
		"Trusted is missing":       {Clock: clk, Form: clientcert.Nginx},
		"Field":                    {Clock: clk, Form: clientcert.Nginx, Trusted: []string{"unix"}, Field: "a b"},
		"none for RFC9440":         {Clock: clk, Form: clientcert.RFC9440, Trusted: []string{"unix"}, Field: "X-Y"},
		`Trusted[1] "0.0.0.0/0"`:   {Clock: clk, Form: clientcert.Nginx, Trusted: []string{"unix", "0.0.0.0/0"}},
		`Trusted[0] "::/0"`:        {Clock: clk, Form: clientcert.Nginx, Trusted: []string{"::/0"}},
		`Trusted[0] "128.0.0.0/1"`: {Clock: clk, Form: clientcert.Nginx, Trusted: []string{"128.0.0.0/1"}},
		"Trusted":                  {Clock: clk, Form: clientcert.Nginx, Trusted: []string{"proxy.example"}},
	} {
		if _, err := clientcert.New(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ExampleLayer_Wrap() {
	l, err := clientcert.New(clientcert.Config{Clock: clock.System(), Form: clientcert.Nginx, Trusted: []string{"10.0.0.7"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := l.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(clientcert.From(r.Context()).Leaf() != nil, r.Header["X-Ssl-Client-Cert"])
	}))
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.RemoteAddr = "203.0.113.9:4711"
	r.Header.Set("X-Ssl-Client-Cert", "whatever a stranger writes")
	h.ServeHTTP(httptest.NewRecorder(), r)
	// Output: false []
}

func ExampleServerTLS() {
	_, err := clientcert.ServerTLS(clientcert.ServerConfig{Clock: clock.System()})
	fmt.Println(err)
	// Output: clientcert: ServerConfig.Certificates is missing
}

func ExampleWith() {
	ctx := clientcert.With(context.Background(), clientcert.Peer{})
	fmt.Println(clientcert.From(ctx).Leaf() == nil, clientcert.Of(httptest.NewRequest(http.MethodGet, "/", http.NoBody)).Standing() == nil)
	// Output: true true
}

// FAC-I9
func FuzzForms(f *testing.F) {
	root := certtest.New(f, "Root", now)
	leaf := root.Issue(f).Cert
	f.Add(structured(leaf), structured(root.Cert))
	f.Add(escaped(leaf), "")
	f.Add(`Cert="`+escaped(leaf)+`";Chain="`+escaped(leaf, root.Cert)+`"`, "")
	f.Fuzz(func(t *testing.T, value, chain string) {
		for form := clientcert.RFC9440; form <= clientcert.Envoy; form++ {
			l := layer(t, clientcert.Config{Form: form, Trusted: []string{"10.0.0.7"}})
			fields := map[string][]string{"Client-Cert": {value}, "Client-Cert-Chain": {chain}, "X-Ssl-Client-Cert": {value}, "X-Amzn-Mtls-Clientcert": {value}, "X-Forwarded-Client-Cert": {value}}
			got, seen, status := pass(l, proxy, fields)
			if len(seen) != 0 || len(got.Chain) > clientcert.MaxChain || status != 200 && status != 400 || status == 400 && got.Leaf() != nil {
				t.Errorf("form %d: %d certificates, status %d, the handler sees %v", form, len(got.Chain), status, seen)
			}
			for _, c := range got.Chain {
				if c == nil {
					t.Error("a certificate that is none")
				}
			}
		}
	})
}
