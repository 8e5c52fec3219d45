package clientip_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/axess-go/axess/middleware/clientip"
)

func resolver(t testing.TB, cfg clientip.Config) *clientip.Resolver {
	t.Helper()
	r, err := clientip.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func request(peer string, xff ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "http://own.example/", nil)
	r.RemoteAddr = peer
	if xff != nil {
		r.Header["X-Forwarded-For"] = xff
	}
	return r
}

func ExampleResolver_Wrap() {
	res, err := clientip.New(clientip.Config{Trusted: []string{"10.0.0.0/8"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	h := res.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		a := clientip.From(r.Context())
		fmt.Println(a.IP(), a.Source())
	}))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = "10.0.0.2:4711"
	r.Header.Set("X-Forwarded-For", "1.1.1.1, 203.0.113.9") // the left one is the caller's invention
	h.ServeHTTP(httptest.NewRecorder(), r)
	// Output: 203.0.113.9 forwarded
}

// MID-011, MID-012, MID-013, MID-014, MID-015, MID-018
func TestResolve(t *testing.T) {
	t.Parallel()
	lan := clientip.Config{Trusted: []string{"10.0.0.0/8", "2001:db8:ffff::/48", "192.0.2.7"}}
	private := clientip.Config{PrivateTransport: true}
	both := clientip.Config{PrivateTransport: true, Trusted: []string{"10.0.0.0/8"}}
	trustedHops := func(n int) string { return strings.TrimSuffix(strings.Repeat("10.0.0.1, ", n), ", ") }
	for _, c := range []struct {
		name string
		cfg  clientip.Config
		peer string
		xff  []string
		want string
	}{
		{"nobody is trusted by default", clientip.Config{}, "10.0.0.2:1", []string{"203.0.113.9"}, "10.0.0.2 peer"},
		{"loopback is not trusted either", clientip.Config{}, "127.0.0.1:1", []string{"203.0.113.9"}, "127.0.0.1 peer"},
		{"an untrusted peer is the client", lan, "198.51.100.1:1", []string{"203.0.113.9"}, "198.51.100.1 peer"},
		{"a trusted peer's entry", lan, "10.0.0.2:1", []string{"203.0.113.9"}, "203.0.113.9 forwarded"},
		{"a single trusted address", lan, "192.0.2.7:1", []string{"203.0.113.9"}, "203.0.113.9 forwarded"},
		{"trusted peer, no header", lan, "10.0.0.2:1", nil, "10.0.0.2 peer"},
		{"rightmost untrusted wins", lan, "10.0.0.2:1", []string{"1.1.1.1, 203.0.113.9, 10.0.0.3"}, "203.0.113.9 forwarded"},
		{"lines are joined in order", lan, "10.0.0.2:1", []string{"1.1.1.1", "203.0.113.9", "10.0.0.3,10.0.0.4"}, "203.0.113.9 forwarded"},
		{"a second line does not hide the client", lan, "10.0.0.2:1", []string{"1.1.1.1", "203.0.113.9"}, "203.0.113.9 forwarded"},
		{"all trusted: the peer", lan, "10.0.0.2:1", []string{"10.0.0.9, 10.0.0.3"}, "10.0.0.2 peer"},
		{"malformed on the way: the peer", lan, "10.0.0.2:1", []string{"203.0.113.9, nonsense, 10.0.0.3"}, "10.0.0.2 peer"},
		{"empty entry: the peer", lan, "10.0.0.2:1", []string{"203.0.113.9,"}, "10.0.0.2 peer"},
		{"malformed further left is not looked at", lan, "10.0.0.2:1", []string{"nonsense, 203.0.113.9"}, "203.0.113.9 forwarded"},
		{"port", lan, "10.0.0.2:1", []string{"203.0.113.9:5"}, "203.0.113.9 forwarded"},
		{"IPv6", lan, "10.0.0.2:1", []string{"2001:db8::1"}, "2001:db8::1 forwarded"},
		{"IPv6 in brackets", lan, "10.0.0.2:1", []string{"[2001:db8::1]"}, "2001:db8::1 forwarded"},
		{"IPv6 with port", lan, "10.0.0.2:1", []string{" [2001:db8::1]:5\t"}, "2001:db8::1 forwarded"},
		{"IPv4 in brackets is malformed", lan, "10.0.0.2:1", []string{"[203.0.113.9]"}, "10.0.0.2 peer"},
		{"bad port is malformed", lan, "10.0.0.2:1", []string{"203.0.113.9:99999"}, "10.0.0.2 peer"},
		{"zone is malformed", lan, "10.0.0.2:1", []string{"fe80::1%eth0"}, "10.0.0.2 peer"},
		{"IPv6 proxies", lan, "[2001:db8:ffff::1]:1", []string{"2001:db8::1, 2001:db8:ffff::2"}, "2001:db8::1 forwarded"},
		{"mapped peer and mapped hops are unmapped", lan, "[::ffff:10.0.0.2]:1", []string{"::ffff:203.0.113.9, ::ffff:10.0.0.3"}, "203.0.113.9 forwarded"},
		{"a mapped range covers its IPv4 form", clientip.Config{Trusted: []string{"::ffff:10.0.0.0/104"}}, "10.0.0.2:1", []string{"203.0.113.9"}, "203.0.113.9 forwarded"},
		{"a peer with a zone is never in a range", clientip.Config{Trusted: []string{"fe80::/10"}}, "[fe80::1%eth0]:1", []string{"203.0.113.9"}, "fe80::1 peer"},
		{"32 entries are walked", lan, "10.0.0.2:1", []string{"203.0.113.9, " + trustedHops(31)}, "203.0.113.9 forwarded"},
		{"33 are not", lan, "10.0.0.2:1", []string{"203.0.113.9, " + trustedHops(32)}, "10.0.0.2 peer"},
		{"8 KiB walked is the end", lan, "10.0.0.2:1", []string{"203.0.113.9", strings.Repeat(" ", 9000) + "10.0.0.3"}, "10.0.0.2 peer"},
		{"also over several lines", lan, "10.0.0.2:1", []string{"203.0.113.9", strings.Repeat(" ", 8184) + "10.0.0.3"}, "10.0.0.2 peer"},
		{"a padding caller cannot become the proxy by entries", lan, "10.0.0.2:1", []string{strings.Repeat("1.1.1.1, ", 40) + "203.0.113.9"}, "203.0.113.9 forwarded"},
		{"nor by bytes", lan, "10.0.0.2:1", []string{strings.Repeat("x", 9000), strings.Repeat("x", 9000) + ", 203.0.113.9"}, "203.0.113.9 forwarded"},
		{"no peer", lan, "@", []string{"203.0.113.9"}, "invalid IP unknown"},
		{"no peer, private transport", private, "@", []string{"1.1.1.1, 203.0.113.9"}, "203.0.113.9 forwarded"},
		{"no peer, private transport, no header", private, "", nil, "invalid IP unknown"},
		{"no peer, private transport, malformed", private, "", []string{"nonsense"}, "invalid IP unknown"},
		{"private transport trusts any peer", private, "198.51.100.1:1", []string{"203.0.113.9"}, "203.0.113.9 forwarded"},
		{"private transport and hops", both, "@", []string{"203.0.113.9, 10.0.0.3"}, "203.0.113.9 forwarded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := resolver(t, c.cfg).Resolve(request(c.peer, c.xff...))
			if got := fmt.Sprintf("%s %s", a.IP(), a.Source()); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// MID-016
func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"10.0.0.5/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "ten", "", " 10.0.0.0/8", "fe80::1%eth0", "fe80::%eth0/10",
		"0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96", "::ffff:0.0.0.0/90", "::ffff:10.0.0.5/104", "*", "private",
	} {
		_, err := clientip.New(clientip.Config{Trusted: []string{"10.0.0.1", s}})
		if err == nil || !strings.Contains(err.Error(), "Trusted[1]") {
			t.Errorf("%q: error %v, want one that names Trusted[1]", s, err)
		}
	}
}

// MID-022
func TestSchemeAndHost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		trusted     bool
		tls         bool
		proto, host []string
		want        string
	}{
		{"plain connection", false, false, nil, nil, "http own.example"},
		{"TLS connection", false, true, nil, nil, "https own.example"},
		{"a stranger's headers are not read", false, false, []string{"https"}, []string{"evil.example"}, "http own.example"},
		{"a proxy's are", true, false, []string{"https"}, []string{"app.example:8443"}, "https app.example:8443"},
		{"a proxy that speaks TLS to us", true, true, []string{"http"}, nil, "http own.example"},
		{"two lines", true, false, []string{"https", "https"}, []string{"a.example", "b.example"}, "http own.example"},
		{"a list", true, false, []string{"https, http"}, []string{"a.example, b.example"}, "http own.example"},
		{"nonsense", true, true, []string{"gopher"}, []string{"a.example/path"}, "https own.example"},
		{"empty", true, false, []string{""}, []string{""}, "http own.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := request("10.0.0.2:1")
			if c.tls {
				r.TLS = &tls.ConnectionState{}
			}
			r.Header["X-Forwarded-Proto"], r.Header["X-Forwarded-Host"] = c.proto, c.host
			cfg := clientip.Config{}
			if c.trusted {
				cfg.Trusted = []string{"10.0.0.2"}
			}
			a := resolver(t, cfg).Resolve(r)
			if got := a.Scheme() + " " + a.Host(); got != c.want || a.PeerTrusted() != c.trusted {
				t.Errorf("got %s, trusted %t; want %s, %t", got, a.PeerTrusted(), c.want, c.trusted)
			}
		})
	}
}

// MID-010, MID-002: resolved once; an inner resolver with wider trust changes nothing.
func TestWrapTwice(t *testing.T) {
	t.Parallel()
	outer, inner := resolver(t, clientip.Config{}), resolver(t, clientip.Config{PrivateTransport: true})
	var got clientip.Addr
	h := outer.Wrap(inner.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = clientip.From(r.Context())
	})))
	h.ServeHTTP(httptest.NewRecorder(), request("198.51.100.1:1", "203.0.113.9"))
	if got.IP() != netip.MustParseAddr("198.51.100.1") || got.Source() != clientip.SourcePeer {
		t.Errorf("got %s %s", got.IP(), got.Source())
	}
	if z := clientip.From(request("1.1.1.1:1").Context()); z.IP().IsValid() || z.Source() != clientip.SourceUnknown {
		t.Errorf("without a resolver: %v %s", z.IP(), z.Source())
	}
}

func TestResolveAllocatesNothing(t *testing.T) {
	res := resolver(t, clientip.Config{Trusted: []string{"10.0.0.0/8"}})
	r := request("10.0.0.2:1", "1.1.1.1, 203.0.113.9, 10.0.0.3")
	if n := testing.AllocsPerRun(100, func() { _ = res.Resolve(r) }); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}

// FUZ-F06, MID-080, MID-083: whatever the headers hold, an untrusted peer's
// answer does not move, and a trusted proxy's last entry decides.
func FuzzResolve(f *testing.F) {
	f.Add("203.0.113.9", "10.0.0.3", "https", "a.example")
	f.Add("[2001:db8::1]:5, fe80::1%eth0", ",,", "", "[::1]:1")
	f.Add("::ffff:1.2.3.4", " \t", "http,https", strings.Repeat("h", 300))
	nobody, err := clientip.New(clientip.Config{})
	if err != nil {
		f.Fatal(err)
	}
	proxy, err := clientip.New(clientip.Config{Trusted: []string{"10.0.0.0/8"}})
	if err != nil {
		f.Fatal(err)
	}
	headers := []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Cf-Connecting-Ip", "True-Client-Ip"}
	f.Fuzz(func(t *testing.T, a, b, proto, host string) {
		r := request("10.0.0.2:1", a, b)
		for _, h := range headers[3:] {
			r.Header[h] = []string{b}
		}
		r.Header["X-Forwarded-Proto"], r.Header["X-Forwarded-Host"] = []string{proto}, []string{host}
		if got := nobody.Resolve(r); got.IP().String() != "10.0.0.2" || got.Source() != clientip.SourcePeer || got.HTTPS() || got.Host() != "own.example" {
			t.Fatalf("a stranger moved the answer to %+v", got)
		}
		got := proxy.Resolve(r)
		if !got.IP().IsValid() || got.IP().Zone() != "" || got.IP().Is4In6() {
			t.Fatalf("answer %v is not a plain address", got.IP())
		}
		if got.Source() == clientip.SourcePeer && got.IP().String() != "10.0.0.2" ||
			got.Source() == clientip.SourceForwarded && strings.HasPrefix(got.IP().String(), "10.") {
			t.Fatalf("answer %v from %s", got.IP(), got.Source())
		}
		if len(got.Host()) > 255 || strings.ContainsAny(got.Host(), "/\\ \r\n@#?,") {
			t.Fatalf("host %q", got.Host())
		}
		r.Header["X-Forwarded-For"] = []string{a, b + ", 203.0.113.9"}
		if got := proxy.Resolve(r); got.IP().String() != "203.0.113.9" {
			t.Fatalf("the caller moved the proxy's answer to %v", got.IP())
		}
	})
}
