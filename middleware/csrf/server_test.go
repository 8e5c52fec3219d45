package csrf_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// CSR-015, CSR-009, CSR-033 over the wire: HTTP/1.1 and HTTP/2, with two names on
// one address, as a site and its sibling.
func TestServer(t *testing.T) {
	t.Parallel()
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(proto, func(t *testing.T) {
			t.Parallel()
			g := setup(t)
			srv := httptest.NewUnstartedServer(g)
			srv.EnableHTTP2 = proto == "HTTP/2.0"
			srv.StartTLS()
			t.Cleanup(srv.Close)
			jar, err := cookiejar.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			c := srv.Client()
			c.Jar = jar
			c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			tr, ok := c.Transport.(*http.Transport)
			if !ok {
				t.Fatal("no transport")
			}
			tr.TLSClientConfig.InsecureSkipVerify = true
			tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, srv.Listener.Addr().String())
			}
			do := func(method, path, site, origin string, body io.Reader) (*http.Response, string) {
				t.Helper()
				r, err := http.NewRequestWithContext(t.Context(), method, "https://app.example"+path, body)
				if err != nil {
					t.Fatal(err)
				}
				if site != "" {
					r.Header.Set("Sec-Fetch-Site", site)
				}
				if origin != "" {
					r.Header.Set("Origin", origin)
				}
				if body != nil {
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				}
				resp, err := c.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				b, err := io.ReadAll(resp.Body)
				if err != nil || resp.Proto != proto {
					t.Fatal(err, resp.Proto)
				}
				return resp, string(b)
			}
			_, page := do("GET", "/form", "none", "", nil)
			token := formToken(page)
			form := url.Values{"_csrf": {token}, "a": {strings.Repeat("x", 5000)}}.Encode()
			// A reader of unknown length, so that the body comes in chunks.
			if resp, body := do("POST", "/login", "same-origin", host, io.MultiReader(strings.NewReader(form))); resp.StatusCode != http.StatusSeeOther {
				t.Fatal(resp.Status, body)
			}
			if g.body != form {
				t.Errorf("the handler read %d bytes of %d", len(g.body), len(form))
			}
			_, page = do("GET", "/form", "same-origin", "", nil)
			form = url.Values{"_csrf": {formToken(page)}}.Encode()
			ran := g.unsafeRuns()
			for _, from := range [][2]string{
				{"cross-site", "https://evil.example"}, {"same-site", "https://blog.app.example"}, {"", "https://blog.app.example"}, {"", "null"},
			} {
				if resp, _ := do("POST", "/do", from[0], from[1], strings.NewReader(form)); resp.StatusCode != http.StatusForbidden {
					t.Error(from, resp.Status)
				}
			}
			// A sibling's page that found a way to hide where it is: no token.
			if resp, _ := do("POST", "/do", "", "", strings.NewReader("a=1")); resp.StatusCode != http.StatusForbidden {
				t.Error(resp.Status)
			}
			if g.unsafeRuns() != ran {
				t.Error("a handler ran")
			}
			if resp, body := do("POST", "/do", "same-origin", host, strings.NewReader(form)); resp.StatusCode != http.StatusNoContent {
				t.Error(resp.Status, body)
			}
			if resp, _ := do("TRACE", "/form", "", "", nil); resp.StatusCode != http.StatusMethodNotAllowed {
				t.Error(resp.Status)
			}
		})
	}
}

// CSR-016: a connection that is taken over gets no cookie, and is not refused for
// one that nobody asked for.
func TestServer_hijack(t *testing.T) {
	t.Parallel()
	g := setup(t)
	g.mux.HandleFunc("GET /ws", func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nhello\n")
		_ = conn.Close()
	})
	b := g.in()
	srv := httptest.NewTLSServer(g)
	t.Cleanup(srv.Close)
	conn, err := tls.Dial("tcp", srv.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade\r\nUpgrade: x\r\nCookie: "+
		sessionCookie+"="+b.cookies[sessionCookie]+"; "+csrfCookie+"=stale\r\n\r\n")
	raw, err := io.ReadAll(bufio.NewReader(conn))
	if err != nil || !strings.HasSuffix(string(raw), "hello\n") || strings.Contains(string(raw), csrfCookie) {
		t.Fatalf("%q %v", raw, err)
	}
}
