package attack

import (
	"net/http"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
)

func drawn(t *testing.T, s *site, seed uint64) seal.Keys {
	t.Helper()
	k, err := keys.Generate(entropy.Seeded(seed), s.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A cookie of another deployment of the product, on the same ids, in the same rows,
// under the same name, is nobody's here, and costs this one nothing. SES-122, SES-123,
// SES-061
func TestKeys_of_another_deployment(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *site) {
		// Its ids are drawn from the same randomness, so only the keys differ.
		other := newSite(t, memoryStores(t), nil, []func(*axess.Config){fronttest.Standard, func(c *axess.Config) {
			c.Keys = keys.Ephemeral(entropy.Seeded(77))
		}})
		here, there := s.Person("ada@example.org"), other.Person("ada@example.org")
		if who(here) == "" || who(there) == "" || sessionOf(here) == sessionOf(there) {
			t.Fatal("nobody to attack with")
		}
		s.Ports.Take()
		got := ask(here, "GET", "/notes", here.Cookie("")+"="+sessionOf(there))
		if got.Status != http.StatusUnauthorized || got.Sets(here.Cookie("")) {
			t.Errorf("a foreign cookie: %s, %q", code(got), got.Header["Set-Cookie"])
		}
		if calls := s.Ports.Take(); len(calls) > 0 {
			t.Errorf("a foreign cookie costs %v", calls)
		}
		// Beside the own one it decides nothing.
		if got := ask(here, "GET", "/notes", here.Cookie("")+"="+sessionOf(there)+"; "+here.Cookie("")+"="+sessionOf(here)); !strings.HasPrefix(got.Body, "notes of ") {
			t.Errorf("a foreign cookie in front: %s", code(got))
		}
	}, fronttest.Standard)
}

// A key that was stolen and revoked opens nothing from the next request on: neither
// cookies that it signed, nor rows that it sealed and that were opened a moment ago.
// SES-131, SES-154, SES-066
func TestKeys_revoked(t *testing.T) {
	t.Parallel()
	for name, ring := range map[string]func(seal.Keys) *seal.Ring{
		"cookie":  func(k seal.Keys) *seal.Ring { return k.Cookie },
		"session": func(k seal.Keys) *seal.Ring { return k.Session },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, s *site) {
				b := s.Person("ada@example.org")
				if who(b) == "" || who(b) == "" {
					t.Fatal("nobody is signed in")
				}
				inUse := ring(s.rings)
				stolen := inUse.Primary()
				pending := ring(drawn(t, s, 88)).Keys()[0]
				pending.State = seal.Pending
				wider, err := seal.NewRing(inUse.Purpose(), append(inUse.Keys(), pending)...)
				if err != nil {
					t.Fatal(err)
				}
				if err := inUse.Replace(wider); err != nil {
					t.Fatal(err)
				}
				if who(b) == "" {
					t.Fatal("a key that waits signs people out")
				}
				if err := inUse.Revoke(stolen); err != nil {
					t.Fatal(err)
				}
				got := b.Clone().Fetch("GET", "/notes")
				if got.Status == http.StatusOK || got.Sets(b.Cookie("")) {
					t.Errorf("after the revocation of its key: %s %q, cookies %q", code(got), got.Body, got.Header["Set-Cookie"])
				}
				// A fresh sign-in works, under the key that took its place.
				if who(s.SignIn("ada@example.org")) == "" {
					t.Error("nobody can sign in any more")
				}
			})
		})
	}
}
