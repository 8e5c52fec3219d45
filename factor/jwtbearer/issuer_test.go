package jwtbearer_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/jwtbearer"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/jwt"
)

// published is an issuer on this machine, over TLS: its discovery document and its keys.
type published struct {
	*httptest.Server
	mu    sync.Mutex
	set   *jwt.KeySet
	down  bool
	asked int
}

func publish(t *testing.T, set *jwt.KeySet) *published {
	t.Helper()
	p := &published{set: set}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		switch {
		case p.down:
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.URL.Path == "/.well-known/openid-configuration":
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, p.URL, p.URL+"/keys")
		default:
			p.asked++
			w.Header().Set("Content-Type", "application/jwk-set+json")
			_, _ = w.Write(p.set.JSON())
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *published) be(down bool, set *jwt.KeySet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down, p.set = down, set
}

func (p *published) fetches() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// remote is a rig whose first issuer publishes its keys over HTTP.
func remote(t *testing.T, p *published) (*rig, *jwt.RemoteKeys) {
	t.Helper()
	var keys *jwt.RemoteKeys
	r := setup(t, func(c *jwtbearer.Config) {
		roots := x509.NewCertPool()
		roots.AddCert(p.Certificate())
		fetch, err := jwt.NewFetcher(jwt.FetchConfig{Clock: c.Clock, Roots: roots, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(fetch.Close)
		keys, err = jwt.NewRemoteKeys(jwt.RemoteConfig{Clock: c.Clock, Entropy: entropy.Seeded(1), Fetch: fetch, Issuer: p.URL})
		if err != nil {
			t.Fatal(err)
		}
		c.Issuers[0].Issuer, c.Issuers[0].Keys = p.URL, keys
	})
	r.links = []identity.Link{{Tenant: r.sub.Tenant, User: r.sub.User, Issuer: p.URL, External: "ada"}}
	return r, keys
}

// Through changes of keys that are published ahead no good token is refused, and what is
// withdrawn is gone with the next set. FAC-121
func TestVerify_refuses_no_good_token_through_a_rotation(t *testing.T) {
	t.Parallel()
	old := signer(t, "k0")
	p := publish(t, keysOf(t, old))
	r, keys := remote(t, p)
	current, n := old, 0
	bring := func(s *jwt.Signer) factor.Result {
		n++
		return r.verify(r.token(s, "JWT", r.but(map[string]any{"iss": p.URL, "jti": fmt.Sprint(n)})))
	}
	for hour := range 24 {
		next := signer(t, fmt.Sprint("k", hour+1))
		p.be(false, keysOf(t, current, next)) // ahead
		for minute := range 6 {
			if minute == 3 {
				current = next
			}
			if res := bring(current); res.Verdict != factor.Accepted {
				t.Fatalf("hour %d, part %d: %s %v", hour, minute, says(res), res.Err)
			}
			r.now.Advance(10 * time.Minute)
			if err := keys.Renew(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := p.fetches(); got > 3*24 {
		t.Errorf("%d fetches in a day of hourly rotations", got)
	}
	p.be(false, keysOf(t, current))
	r.now.Advance(70 * time.Minute)
	if err := keys.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := says(bring(old)); got != "rejected signature" {
		t.Errorf("a key that was withdrawn: %s", got)
	}
}

// Keys of an issuer that is down serve for a day, and then nobody is let in, and nobody
// charged. FAC-121
func TestVerify_goes_on_for_a_day_without_the_issuer(t *testing.T) {
	t.Parallel()
	s := signer(t, "k0")
	set := keysOf(t, s)
	p := publish(t, set)
	r, keys := remote(t, p)
	n := 0
	bring := func() factor.Result {
		n++
		return r.verify(r.token(s, "JWT", r.but(map[string]any{"iss": p.URL, "jti": fmt.Sprint(n)})))
	}
	if res := bring(); res.Verdict != factor.Accepted {
		t.Fatalf("%s %v", says(res), res.Err)
	}
	p.be(true, set)
	for range 23 {
		r.now.Advance(time.Hour)
		if err := keys.Renew(t.Context()); err == nil {
			t.Fatal("an issuer that is down answers")
		}
		if res := bring(); res.Verdict != factor.Accepted {
			t.Fatalf("%s %v", says(res), res.Err)
		}
	}
	if !keys.Status().Degraded {
		t.Error("nobody is told")
	}
	r.now.Advance(time.Hour + time.Minute)
	if res := bring(); res.Verdict != factor.Unavailable || !errors.Is(res.Err, jwt.ErrUnavailable) {
		t.Errorf("after a day: %s %v", says(res), res.Err)
	}
	p.be(false, set)
	r.now.Advance(time.Minute)
	if res := bring(); res.Verdict != factor.Accepted {
		t.Errorf("when it is back: %s %v", says(res), res.Err)
	}
}
