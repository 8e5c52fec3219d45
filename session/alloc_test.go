//go:build !race

package session

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// Reading a value costs its copy and what the codec needs, not a new codec; a value
// of a plain type costs its copy alone.
// Not parallel: AllocsPerRun counts the whole process.
func TestKey_get_builds_no_codec(t *testing.T) {
	g := newRig(t)
	type named int
	b, n, s1 := g.browser(), NewKey[named]("n"), NewKey[string]("s")
	b.with(func(_ *http.Request, s *Session) {
		if err := n.Set(s, 7); err != nil {
			t.Fatal(err)
		}
		if err := s1.Set(s, "seven"); err != nil {
			t.Fatal(err)
		}
	})
	b.with(func(_ *http.Request, s *Session) {
		got := testing.AllocsPerRun(200, func() {
			if v, ok, err := n.Get(s); v != 7 || !ok || err != nil {
				t.Error(v, ok, err)
			}
		})
		if got > 2 {
			t.Errorf("%v allocations", got)
		}
		got = testing.AllocsPerRun(200, func() {
			if v, ok, err := s1.Get(s); v != "seven" || !ok || err != nil {
				t.Error(v, ok, err)
			}
		})
		if got > 1 {
			t.Errorf("%v allocations for a text", got)
		}
	})
}

// SES-243: what a signed-in request allocates, handler included, when its body waits
// opened in memory and when it is opened each time. Not parallel, as above.
func TestRead_allocations(t *testing.T) {
	for _, tc := range []struct {
		memo int
		most float64
	}{{0, 5}, {WithoutMemo, 12}} {
		g := newRig(t, func(c *Config) { c.Memo = tc.memo })
		in, theme := g.in(), NewKey[string]("theme")
		in.with(func(_ *http.Request, s *Session) {
			if err := theme.Set(s, "dark"); err != nil {
				t.Fatal(err)
			}
		})
		h := g.manager(func(c *Config) { c.Memo, c.Store, c.Metrics = tc.memo, immediate{g.db}, nil }).Wrap(readTheme(t, theme))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("User-Agent", testAgent)
		r.Header.Set("Cookie", "a=b; "+in.cookie+"; c=d")
		w := &sink{h: http.Header{}}
		if got := testing.AllocsPerRun(300, func() {
			clear(w.h)
			h.ServeHTTP(w, r)
		}); got > tc.most {
			t.Errorf("memo %d: %v allocations, want at most %v", tc.memo, got, tc.most)
		}
	}
}
