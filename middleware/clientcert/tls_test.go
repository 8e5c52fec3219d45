package clientcert_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/certtest"
	"github.com/axess-go/axess/middleware/clientcert"
)

// listening serves the serial number of whoever asks, over real connections.
func listening(t *testing.T, web *certtest.Pair, change func(*clientcert.ServerConfig), also func(*tls.Config)) *httptest.Server {
	t.Helper()
	cfg := clientcert.ServerConfig{Clock: clock.NewFake(now), Certificates: []tls.Certificate{web.Server(t).TLS()}}
	if change != nil {
		change(&cfg)
	}
	settings, err := clientcert.ServerTLS(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if also != nil {
		also(settings)
	}
	srv := httptest.NewUnstartedServer(layer(t, clientcert.Config{}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := clientcert.From(r.Context())
		if p.Leaf() != nil {
			_, _ = io.WriteString(w, p.Leaf().SerialNumber.String()+" "+string(p.Staple))
		}
	})))
	srv.TLS = settings
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}

func client(t *testing.T, web *certtest.Pair, own *tls.Certificate, cache tls.ClientSessionCache) *http.Client {
	t.Helper()
	cfg := &tls.Config{RootCAs: web.Pool(), Time: clock.NewFake(now).Now, ClientSessionCache: cache, MinVersion: tls.VersionTLS12}
	if own != nil {
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own, nil }
	}
	// One connection a request, so that each makes a handshake.
	tr := &http.Transport{TLSClientConfig: cfg, DisableKeepAlives: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func ask(t *testing.T, c *http.Client, url string) (text string, resumed bool, err error) {
	t.Helper()
	got, err := c.Get(url)
	if err != nil {
		return "", false, err
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	return string(b), got.TLS.DidResume, err
}

// The certificate of the other end, with the response that it sends along; nobody has to
// have one, unless that is configured.
// FAC-110, WKL-060
func TestServerTLS_asks_for_a_certificate(t *testing.T) {
	t.Parallel()
	web, root := certtest.New(t, "Web", now), certtest.New(t, "Root", now)
	ada := root.Issue(t)
	pair := ada.TLS()
	pair.OCSPStaple = []byte("staple")
	srv := listening(t, web, func(c *clientcert.ServerConfig) { c.Issuers = []*x509.Certificate{root.Cert} }, nil)
	if got, _, err := ask(t, client(t, web, &pair, nil), srv.URL); err != nil || got != ada.Cert.SerialNumber.String()+" staple" {
		t.Errorf("%q, %v", got, err)
	}
	if got, _, err := ask(t, client(t, web, nil, nil), srv.URL); err != nil || got != "" {
		t.Errorf("%q, %v", got, err)
	}
	must := listening(t, web, func(c *clientcert.ServerConfig) { c.Require = true }, nil)
	if _, _, err := ask(t, client(t, web, nil, nil), must.URL); err == nil {
		t.Error("a connection without a certificate")
	}
	// Whoever shows the certificate of another has not got the key.
	stolen := pair
	stolen.PrivateKey = root.Issue(t).Key
	if got, _, err := ask(t, client(t, web, &stolen, nil), srv.URL); err == nil {
		t.Errorf("a certificate without its key: %q", got)
	}
	many := pair
	for range 8 {
		many.Certificate = append(many.Certificate, root.Cert.Raw)
	}
	if got, _, err := ask(t, client(t, web, &many, nil), srv.URL); err == nil {
		t.Errorf("nine certificates: %q", got)
	}
}

// A ticket carries a certificate past the moment of its revocation. Ours has none; a
// listener that turns them on is asked in the resumed handshake all the same.
// FAC-110, FAC-115, WKL-060, WKL-061
func TestServerTLS_resumed_connection_after_revocation(t *testing.T) {
	t.Parallel()
	web, root := certtest.New(t, "Web", now), certtest.New(t, "Root", now)
	for name, tc := range map[string]struct {
		also    func(*tls.Config)
		resumes bool
	}{
		"as it is":               {nil, false},
		"with tickets":           {func(c *tls.Config) { c.SessionTicketsDisabled = false }, true},
		"with tickets, TLS 1.2":  {func(c *tls.Config) { c.SessionTicketsDisabled, c.MaxVersion = false, tls.VersionTLS12 }, true},
		"as it is, with TLS 1.2": {func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pair := root.Issue(t).TLS()
			var revoked atomic.Bool
			srv := listening(t, web, func(c *clientcert.ServerConfig) {
				c.Check = func(p clientcert.Peer) error {
					if p.Leaf() != nil && revoked.Load() {
						return errors.New("revoked")
					}
					return nil
				}
			}, tc.also)
			c := client(t, web, &pair, tls.NewLRUClientSessionCache(4))
			if _, _, err := ask(t, c, srv.URL); err != nil {
				t.Fatal(err)
			}
			got, resumed, err := ask(t, c, srv.URL)
			if err != nil || got == "" || resumed != tc.resumes {
				t.Errorf("second connection: %q, resumed %v, %v", got, resumed, err)
			}
			revoked.Store(true)
			if got, resumed, err := ask(t, c, srv.URL); err == nil {
				t.Errorf("after the revocation: %q, resumed %v", got, resumed)
			}
		})
	}
}
