package clientcert_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/certtest"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/middleware/clientcert"
)

// A real nginx in front, over TCP and over a unix socket: the certificate that a client
// proves comes through, what a client writes does not, in any spelling, be the proxy as
// lenient as it can.
// FAC-110, FAC-I9, WKL-069, WKL-070
func TestNginx_in_front(t *testing.T) {
	t.Parallel()
	clk := clock.System() // nginx goes by it
	web, root := certtest.New(t, "Web", clk.Now()), certtest.New(t, "Root", clk.Now())
	ada, bob := root.Issue(t), root.Issue(t)
	own := web.Server(t)
	for name, socket := range map[string]bool{"tcp": false, "unix": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trusted, upstream := "127.0.0.1", ""
			srv := httptest.NewUnstartedServer(nil)
			if socket {
				dir, err := os.MkdirTemp("", "axess-") // short: a socket's path is
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = os.RemoveAll(dir) })
				path := filepath.Join(dir, "s")
				ln, err := net.Listen("unix", path)
				if err != nil {
					t.Fatal(err)
				}
				for place, mode := range map[string]os.FileMode{dir: 0o755, path: 0o777} {
					if err := os.Chmod(place, mode); err != nil {
						t.Fatal(err)
					}
				}
				_ = srv.Listener.Close()
				srv.Listener, trusted, upstream = ln, clientcert.UnixSocket, "unix:"+path
			}
			l := layer(t, clientcert.Config{Clock: clk, Form: clientcert.Nginx, Trusted: []string{trusted}})
			srv.Config.Handler = l.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for field := range r.Header {
					if f := http.CanonicalHeaderKey(field); f != "Connection" && f != "Accept-Encoding" && f != "User-Agent" {
						w.Header().Add("Saw", field)
					}
				}
				if c := clientcert.From(r.Context()).Standing(); c != nil {
					_, _ = io.WriteString(w, c.SerialNumber.String())
				}
			}))
			srv.Start()
			t.Cleanup(srv.Close)
			if upstream == "" {
				upstream = srv.Listener.Addr().String()
			}
			front, err := dbtest.Nginx(dbtest.NginxConfig{
				Certificate: own.PEM(), Key: own.PEMKey(t), Authority: root.PEM(), Verify: "optional_no_ca", Upstream: upstream,
				Location: "proxy_set_header X-Ssl-Client-Cert $ssl_client_escaped_cert;",
			})
			dbtest.Need(t, err)
			t.Cleanup(func() {
				if err := front.Stop(); err != nil {
					t.Error(err)
				}
			})
			for what, tc := range map[string]struct {
				own    *certtest.Pair
				fields http.Header
				want   string
			}{
				"with a certificate":       {ada, nil, ada.Cert.SerialNumber.String()},
				"without":                  {nil, nil, ""},
				"without, writes it":       {nil, http.Header{"X-Ssl-Client-Cert": {escaped(bob.Cert)}}, ""},
				"without, in odd case":     {nil, http.Header{"x-sSL-client-CERT": {escaped(bob.Cert)}}, ""},
				"without, twice":           {nil, http.Header{"X-Ssl-Client-Cert": {escaped(bob.Cert), escaped(bob.Cert)}}, ""},
				"without, underscores":     {nil, http.Header{"X_Ssl_Client_Cert": {escaped(bob.Cert)}}, ""},
				"without, other fields":    {nil, http.Header{"Client-Cert": {structured(bob.Cert)}, "X-Forwarded-Client-Cert": {`Cert="` + escaped(bob.Cert) + `"`}}, ""},
				"with, and writes another": {ada, http.Header{"X-Ssl-Client-Cert": {escaped(bob.Cert)}, "x_ssl_client_cert": {escaped(bob.Cert)}}, ada.Cert.SerialNumber.String()},
			} {
				var pair *tls.Certificate
				if tc.own != nil {
					p := tc.own.TLS()
					pair = &p
				}
				c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: clientTLS(web, pair)}}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+front.Address+"/", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				for k, v := range tc.fields {
					req.Header[k] = v
				}
				got, err := c.Do(req)
				if err != nil {
					t.Errorf("%s: %v", what, err)
					continue
				}
				text, err := io.ReadAll(got.Body)
				_ = got.Body.Close()
				if err != nil || got.StatusCode != 200 || string(text) != tc.want || len(got.Header["Saw"]) != 0 {
					t.Errorf("%s: status %d, %q, want %q; the handler saw %v; %v", what, got.StatusCode, text, tc.want, got.Header["Saw"], err)
				}
			}
		})
	}
}

func clientTLS(web *certtest.Pair, own *tls.Certificate) *tls.Config {
	cfg := &tls.Config{RootCAs: web.Pool(), MinVersion: tls.VersionTLS12}
	if own != nil {
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own, nil }
	}
	return cfg
}
