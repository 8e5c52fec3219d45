package jwt

import (
	"context"
	"crypto/elliptic"
	"fmt"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/coro"
)

// slow is an issuer across a network: questions and answers take time, during which
// everybody else goes on.
type slow struct {
	clock clock.Clock
	keys  func() *KeySet
	asked []time.Time
}

func (s *slow) Fetch(ctx context.Context, _ FetchRequest) (Document, error) {
	s.asked = append(s.asked, s.clock.Now())
	if err := s.clock.Sleep(ctx, 200*time.Millisecond); err != nil {
		return Document{}, err
	}
	doc := Document{Body: s.keys().JSON(), MaxAge: -1}
	return doc, s.clock.Sleep(ctx, 200*time.Millisecond)
}

// Many tokens at once, in every order that a seed gives, through a change of keys that
// was published ahead: none is refused, and the issuer is asked once a minute at most.
// WKL-032, OAU-024, OAU-025
func TestRemoteKeys_serve_everybody_in_every_order(t *testing.T) {
	t.Parallel()
	one, two := newSigner(t, "one", ES256, ecKey(elliptic.P256(), "one")), newSigner(t, "two", ES256, ecKey(elliptic.P256(), "two"))
	before, during := set(t, one), set(t, one, two)
	for seed := range uint64(40) {
		w := coro.New(coro.Config{Source: coro.NewSeeded(seed)})
		n := w.Node("n1")
		begin := n.Now()
		issuer := &slow{clock: n, keys: func() *KeySet {
			if n.Now().Sub(begin) < 90*time.Minute {
				return before
			}
			return during
		}}
		keys, err := NewRemoteKeys(RemoteConfig{Clock: n, Entropy: entropy.Seeded(seed), Fetch: issuer, URL: jwks})
		if err != nil {
			t.Fatal(err)
		}
		v, err := NewVerifier(Config{Clock: n, Keys: keys, Issuer: "https://issuer.example", Audience: []string{api}})
		if err != nil {
			t.Fatal(err)
		}
		for visitor := range 6 {
			n.Go(context.Background(), "visitor", func(ctx context.Context) {
				for turn := range 40 {
					signer := one
					if n.Now().Sub(begin) > 3*time.Hour { // published long ago
						signer = two
					}
					token := sign(t, signer, fmt.Sprintf(`{"iss":"https://issuer.example","aud":%q,"exp":%d}`, api, n.Now().Unix()+60))
					if _, err := v.Verify(ctx, token); err != nil {
						t.Errorf("seed %d, visitor %d, turn %d, %v: %v", seed, visitor, turn, n.Now().Sub(begin), err)
						return
					}
					if n.Sleep(ctx, 10*time.Minute) != nil {
						return
					}
				}
			})
		}
		if stop := w.Run(coro.Limits{Steps: 100_000}); stop != coro.Idle || len(w.Findings()) > 0 {
			t.Fatalf("seed %d: ended by %v: %v", seed, stop, w.Findings())
		}
		if leaked := w.Close(); len(leaked) > 0 {
			t.Errorf("seed %d: %v", seed, leaked)
		}
		if len(issuer.asked) < 3 {
			t.Fatalf("seed %d: asked %d times: nothing happened", seed, len(issuer.asked))
		}
		for i := 1; i < len(issuer.asked); i++ {
			if d := issuer.asked[i].Sub(issuer.asked[i-1]); d < time.Minute {
				t.Errorf("seed %d: asked again after %v", seed, d)
			}
		}
	}
}
