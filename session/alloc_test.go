//go:build !race

package session

import (
	"net/http"
	"testing"
)

// Reading a value costs its copy and what the codec needs, not a new codec.
// Not parallel: AllocsPerRun counts the whole process.
func TestKey_get_builds_no_codec(t *testing.T) {
	g := newRig(t)
	b, n := g.browser(), NewKey[int]("n")
	b.with(func(_ *http.Request, s *Session) {
		if err := n.Set(s, 7); err != nil {
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
	})
}
