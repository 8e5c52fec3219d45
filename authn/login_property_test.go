package authn_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
)

// AUN-I3, AUN-I5, AUN-I6: logins, guesses, codes used again, time, suspensions and
// endings in any order, in two browsers. A code is accepted once, nobody signs in while
// suspended, and whoever was signed in before an ending is not after it.
func TestLogin_in_any_order(t *testing.T) {
	t.Parallel()
	completed := 0
	rapid.Check(t, func(rt *rapid.T) {
		r := newRig(t)
		u := r.person(ada)
		show := r.app(u)
		r.clock.Advance(time.Minute)
		browsers := []*browser{r.browser(), r.browser()}
		for i, b := range browsers {
			b.addr = []string{"192.0.2.7:1", "198.51.100.7:1"}[i]
		}
		var (
			spent     = map[int64]bool{}
			suspended = false
			ended     = map[*browser]bool{} // signed in before the last ending, not since
		)
		present := func(rt *rapid.T, b *browser, c authn.Credential) authn.FactorOutcome {
			out, err := b.verify(c)
			if err != nil {
				return nil // no flow, another step, an end in between
			}
			if is[authn.Completed](out) {
				ended[b] = false
				completed++
			}
			return out
		}
		pick := func(rt *rapid.T) *browser { return rapid.SampledFrom(browsers).Draw(rt, "browser") }
		all := func() {
			for _, b := range browsers {
				ended[b] = true
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"begin": func(rt *rapid.T) {
				if b := pick(rt); !b.signedIn() {
					b.begin(ada)
				}
			},
			"password": func(rt *rapid.T) { present(rt, pick(rt), pw(goodPassword)) },
			"guess":    func(rt *rapid.T) { present(rt, pick(rt), pw("no password of anybody")) },
			"code": func(rt *rapid.T) {
				typed := r.clock.Now().Unix() / 30 // the step of time that it belongs to
				out := present(rt, pick(rt), code(show()))
				if !is[authn.Completed](out) {
					return
				}
				if spent[typed] || suspended {
					rt.Fatalf("a code that is spent (%v), or somebody who is suspended (%v)", spent[typed], suspended)
				}
				spent[typed] = true
			},
			"time": func(rt *rapid.T) {
				r.clock.Advance(time.Duration(rapid.SampledFrom([]int{1, 40, 300, 1000}).Draw(rt, "seconds")) * time.Second)
			},
			"suspend": func(*rapid.T) {
				if !suspended && r.suspend(u.Subject(), identity.Active) == nil {
					suspended = true
					all()
				}
			},
			"activate": func(*rapid.T) {
				if suspended {
					must(t, r.stores.Identity.Apply(t.Context(), identity.Transition{
						Subject: u.Subject(), From: identity.Suspended, To: identity.Active, Detail: identity.StateDetail{Since: r.clock.Now()},
					}))
					suspended = false
				}
			},
			"everywhere": func(rt *rapid.T) {
				if b := pick(rt); b.signedIn() {
					if _, err := b.act(r.accounts.LogoutEverywhere); err == nil {
						all()
					}
				}
			},
			"": func(rt *rapid.T) {
				for i, b := range browsers {
					if b.signedIn() && (suspended || ended[b]) {
						rt.Fatalf("browser %d is signed in: suspended %v, ended %v", i, suspended, ended[b])
					}
				}
			},
		})
	})
	if completed == 0 {
		t.Error("nobody has signed in")
	}
}
