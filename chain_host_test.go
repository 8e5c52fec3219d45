package axess_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
)

// PRD-014
func TestChain_answers_under_its_own_names_only(t *testing.T) {
	t.Parallel()
	for _, site := range []struct {
		name   string
		option func(*axess.Config)
		hosts  map[string]int
	}{
		{"development", func(*axess.Config) {}, map[string]int{
			"localhost:8080": 200, "LocalHost:8080": 200, "localhost": 421, "localhost:8081": 421, "evil.example": 421, "evil.example:8080": 421,
			"localhost.evil.example:8080": 421, "localhost:8080.evil.example": 421, "": 421, "localhost.:8080": 421, "app.localhost:8080": 421,
			"127.0.0.1:8080": 303, "127.7.7.7:8080": 303, "[::1]:8080": 303, "127.0.0.1": 421, "127.0.0.1:80": 421, "10.0.0.1:8080": 421, "0.0.0.0:8080": 421,
		}},
		{"production", func(c *axess.Config) { fronttest.Standard(c); c.ExtraOrigins = []string{"https://b.example.com:8443"} }, map[string]int{
			"app.example.com": 200, "APP.example.com": 200, "app.example.com:443": 200, "app.example.com:80": 421, "app.example.com:8443": 421,
			"b.example.com:8443": 200, "b.example.com": 421, "evil.example": 421, "127.0.0.1": 421, "localhost": 421, "app.example.com.": 421,
			"app.example.com.evil.example": 421, "x@app.example.com": 421,
		}},
	} {
		t.Run(site.name, func(t *testing.T) {
			t.Parallel()
			s := fronttest.New(t, site.option)
			for host, want := range site.hosts {
				b := s.Browser()
				r := b.Request("GET", "/auth/sign-in?next=%2Fnotes", nil)
				r.Host = host
				r.Header.Set("X-Forwarded-Host", "localhost:8080")
				a := b.Send(r)
				if a.Status != want {
					t.Errorf("Host %q: %d, want %d", host, a.Status, want)
				}
				if want == 303 && a.Header.Get("Location") != s.Origin+"/auth/sign-in?next=%2Fnotes" {
					t.Errorf("Host %q leads to %s", host, a.Header.Get("Location"))
				}
				if want == 303 {
					// A fetch or a form is not led anywhere.
					if got := b.Send(with(b.Request("POST", "/auth/sign-in", nil), func(r *http.Request) { r.Host = host })); got.Status != 421 {
						t.Errorf("POST to %q: %d", host, got.Status)
					}
				}
				if strings.Contains(a.Body, "evil") || strings.Contains(fmt.Sprint(a.Header), "evil") {
					t.Errorf("Host %q is repeated", host)
				}
			}
		})
	}
}

func with(r *http.Request, f func(*http.Request)) *http.Request { f(r); return r }

// The redirect to localhost leads to localhost, whatever stands on the request
// line. PRD-013, PRD-014
func TestChain_redirect_to_localhost_stays(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	for _, line := range []string{
		"GET x:@evil.example/ HTTP/1.1", "GET x:.evil.example/ HTTP/1.1", "GET http://evil.example/ HTTP/1.1",
		"GET //evil.example/ HTTP/1.1", "GET http:evil HTTP/1.1", "GET http://127.0.0.1:8080/auth/ HTTP/1.1", "GET http://127.0.0.1:8080 HTTP/1.1",
	} {
		r := readRequest(t, line+"\r\nHost: 127.0.0.1:8080\r\nAccept: text/html\r\n\r\n")
		a := s.Browser().Send(r)
		if to := a.Header.Get("Location"); a.Status == 303 && !strings.HasPrefix(to, "http://localhost:8080/") || a.Status >= 500 {
			t.Errorf("%s: %d %s", line, a.Status, to)
		}
	}
}

// PRD-041
func TestChain_development_answers_this_machine_only(t *testing.T) {
	t.Parallel()
	peers := map[string]int{
		"127.0.0.1:1": 200, "127.8.8.8:1": 200, "[::1]:1": 200, "[::ffff:127.0.0.1]:1": 200,
		"192.0.2.7:1": 403, "10.0.0.1:1": 403, "[2001:db8::1]:1": 403, "0.0.0.0:1": 403, "@": 403, "": 403, "localhost:1": 403,
	}
	s := fronttest.New(t)
	open := fronttest.New(t, func(c *axess.Config) { c.InsecureDevListen = "a container" })
	prod := fronttest.New(t, fronttest.Standard)
	for peer, want := range peers {
		for _, x := range []struct {
			s    *fronttest.Site
			want int
		}{{s, want}, {open, 200}, {prod, 200}} {
			b := x.s.Browser()
			r := b.Request("GET", "/auth/sign-in", nil)
			r.RemoteAddr = peer
			r.Header.Set("X-Forwarded-For", "127.0.0.1")
			if a := b.Send(r); a.Status != x.want {
				t.Errorf("%s from %q: %d, want %d", x.s.Origin, peer, a.Status, x.want)
			}
		}
	}
}
