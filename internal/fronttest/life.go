package fronttest

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
)

const (
	lifeAddress, lifeNext = "wilhelmina.quux@example.org", "quux.next@example.net"
	lifeName              = "Wilhelmina Quux"
)

// texts are what nothing that is stored may hold once this person is erased: names,
// addresses and labels, long enough to occur in no digest.
func texts() []string { return []string{"wilhelmina", "quux"} }

// CheckErasure has somebody live on stores, in an order that draw chooses (a number
// from 0 to below n), erases them, lets strangers ask for them, and fails where
// anything is left of them. dump is all that is stored, names and values, byte for byte
// as it was written (AUN-I7).
func CheckErasure(t testing.TB, stores backend.Stores, draw func(n int) int, dump func() []byte) {
	t.Helper()
	s := New(t, func(c *axess.Config) { c.Stores = stores })
	l := &life{Site: s, b: s.bornAs(lifeAddress, lifeName)}
	todo := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9} // each once, and some again
	for range draw(4) {
		todo = append(todo, draw(10))
	}
	for len(todo) > 0 {
		i := draw(len(todo))
		l.step(todo[i])
		todo = append(todo[:i], todo[i+1:]...)
	}
	acct := s.Account(lifeAddress)
	raw := [][]byte{acct.User.WebAuthnHandle[:]}
	for _, c := range acct.Credentials {
		raw = append(raw, c.Body)
	}
	seen := left(dump(), raw)
	if len(seen) < 2+len(raw) {
		t.Fatalf("the dump shows %d of %d marks: %q", len(seen), 2+len(raw), seen)
	}
	operator, err := identity.System("a ticket")
	if err != nil {
		t.Fatal(err)
	}
	sub := acct.User.Subject()
	if err := s.Auth.Admin().Erase(t.Context(), authn.Order{Actor: operator, Subject: sub, Reason: "asked for"}); err != nil {
		t.Fatal(err)
	}
	if at := left(dump(), raw); len(at) != 0 {
		t.Errorf("left: %q", at)
	}
	s.Clock.Advance(time.Hour)
	l.strangers()
	if a := l.b.Get("/auth/account/sessions"); strings.Contains(a.Body, "Quux") {
		t.Error("signed in")
	}
	if at := left(dump(), raw); len(at) != 0 {
		t.Errorf("left after somebody asked: %q", at)
	}
}

// left are the marks that a dump holds.
func left(dump []byte, raw [][]byte) (at []string) {
	lower := bytes.ToLower(dump)
	for _, text := range texts() {
		if i := bytes.Index(lower, []byte(text)); i >= 0 {
			at = append(at, string(lower[max(0, i-40):min(len(lower), i+40)]))
		}
	}
	for _, r := range raw {
		if len(r) > 8 && bytes.Contains(dump, r) {
			at = append(at, "bytes of a credential or a handle")
		}
	}
	return at
}

// bornAs is Person under a name.
func (s *Site) bornAs(email, name string) *Browser {
	s.T.Helper()
	b := s.Browser()
	b.Get("/auth/sign-up")
	b.Post("/auth/sign-up", Form{"email": email, "name": name, "password": Password})
	b.Get(s.Link())
	b.Post("/auth/verify", nil)
	return b
}

// life is somebody who leaves traces. What is refused on the way is refused.
type life struct {
	*Site
	b *Browser
}

func (l *life) strangers() {
	b := l.Browser()
	b.Get("/auth/sign-in")
	b.Post("/auth/sign-in", Form{"identifier": lifeAddress, "password": "a wrong password altogether"})
	b.Get("/auth/reset")
	b.Post("/auth/reset", Form{"identifier": lifeAddress})
}

func (l *life) step(which int) {
	acct := l.Account(lifeAddress)
	ident, ctx, sub := l.Beneath().Identity, l.T.Context(), acct.User.Subject()
	apply := func(changes ...identity.Change) {
		if err := ident.Apply(ctx, changes...); err != nil {
			l.T.Logf("refused: %v", err) // done before, or of another version
		}
	}
	switch which {
	case 0:
		l.strangers()
	case 1:
		again := l.Browser()
		again.Get("/auth/sign-in")
		again.Post("/auth/sign-in", Form{"identifier": lifeAddress, "password": Password})
	case 2:
		if page := l.b.Get("/auth/account/factors/totp"); page.Status == 200 && seed.MatchString(page.Body) {
			l.b.Post("/auth/account/factors/totp", Form{"code": l.App(page)(), "label": "Wilhelmina's phone"})
		}
	case 3:
		l.b.Get("/auth/account/email")
		l.b.Post("/auth/account/email", Form{"email": lifeNext})
	case 4:
		b := l.Browser()
		b.Get("/auth/sign-up")
		b.Post("/auth/sign-up", Form{"email": lifeAddress, "name": "Mallory", "password": Password})
	case 5:
		l.b.Post("/auth/language/de", nil)
		l.b.Post("/auth/account/sessions/end-others", nil)
	case 6:
		apply(identity.PutLink{Link: identity.Link{
			Tenant: sub.Tenant, User: sub.User, Issuer: "https://idp.example", External: "wilhelmina-4711", At: l.Clock.Now(), By: sub.User,
		}})
	case 7:
		apply(identity.PutMethod{Scope: identity.UserScope(sub), Method: identity.Method{
			Name: "password", Enabled: true, Reason: "Wilhelmina asked", Steps: []identity.Step{identity.Required("password")},
		}})
	case 8:
		from, to := identity.Active, identity.Suspended
		if acct.User.State == to {
			from, to = to, from
		}
		apply(identity.Transition{
			Subject: sub, From: from, To: to, Detail: identity.StateDetail{Since: l.Clock.Now(), Reason: "Wilhelmina asked"},
		})
	case 9:
		l.Clock.Advance(31 * time.Second)
	}
}
