package axesstest

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/store/memory"
)

// stranger is a session of another installation with cookies of the same names:
// other keys, another tenant.
func (k *Kit) stranger() *Browser {
	k.T.Helper()
	other := &Kit{T: k.T, URL: k.URL, Clock: clock.NewFake(k.Clock.Now()), Mail: &Mailbox{}, Scan: k.Scan, log: k.log, people: map[string]*person{}}
	other.Mail.kit = other
	stores := memory.New(memory.Config{}).Stores()
	auth, err := axess.New(k.T.Context(), axess.Config{
		Origin: k.URL, Stores: stores, SignUp: axess.SignUpOpen, Keys: keys.Ephemeral(entropy.Seeded(1001)),
		SingleNode: "a test", PasswordCost: password.InsecureCheap(), Clock: other.Clock, Mail: other.Mail,
		Entropy: entropy.Seeded(1000), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		k.T.Fatalf("axesstest: %v", err)
	}
	k.T.Cleanup(func() {
		if err := auth.Close(context.WithoutCancel(k.T.Context())); err != nil {
			k.T.Errorf("axesstest: %v", err)
		}
	})
	other.Auth, other.stores = auth, stores
	other.wire(nil)
	other.send = other.inProcess()
	b := other.SignIn("foreign@attack.example")
	here := k.Browser()
	for _, name := range names(b.Cookies()) {
		here.SetCookie(name, b.Cookies()[name])
	}
	return here
}

// passed reports an answer that only somebody signed in should get, and why it is
// taken for one.
func (p *plan) passed(a *Answer) (string, bool) {
	switch a.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict:
		return "", false
	case http.StatusSeeOther:
		to := p.k.path(a.Header.Get("Location"))
		for _, page := range []string{"/sign-in", "/factor/", "/sign-up/sent", "/verify"} {
			if strings.HasPrefix(to, p.k.page(page)) {
				return "", false
			}
		}
		return "303 to " + to, true
	}
	return fmt.Sprintf("%d %.200q", a.Status, a.Body), true
}

// guards: GRD-013 from outside.
func (p *plan) guards() (f found) {
	k := p.k
	const email = "half@attack.example"
	in := k.SignIn(email, With(factor.Password, factor.TOTP))
	who := map[string]*Browser{
		"a stranger": k.Browser(), "somebody half-way through a sign-in": k.SignIn(email, HalfWay()),
		"somebody of another installation": k.stranger(),
	}
	for _, r := range p.guarded() {
		for _, data := range []bool{false, true} {
			for _, name := range []string{"a stranger", "somebody half-way through a sign-in", "somebody of another installation"} {
				f.tried++
				a, err := who[name].ask(r, data)
				if err != nil {
					f.breaks("%s %s: %s: %v", r.method, r.path, name, err)
				} else if what, yes := p.passed(a); yes {
					f.breaks("%s %s lets %s pass: %s", r.method, r.path, name, what)
				}
			}
		}
		if r.method != http.MethodGet {
			continue // whoever is let pass may change things
		}
		// Otherwise nothing was seen: a path that refuses everybody guards nothing.
		a, err := in.ask(r, false)
		if err != nil {
			f.breaks("%s %s: %v", r.method, r.path, err)
		} else if _, yes := p.passed(a); !yes {
			f.breaks("%s %s refuses somebody who is signed in (%d): nothing was tried", r.method, r.path, a.Status)
		}
	}
	return f
}

// complete is the second step, where the program asks for one.
func (b *Browser) complete(email string) *Answer {
	k := b.kit
	if k.people[email].seed == nil {
		return nil
	}
	return b.Post(k.page("/factor/totp"), Form{"code": k.Code(email)})
}

// account reports whether a browser is somebody.
func (b *Browser) account() bool {
	a, err := b.once(b.Request(http.MethodGet, b.kit.page("/account"), nil))
	return err == nil && a.Status == http.StatusOK
}

// fixation: a session id from before the sign-in.
func (p *plan) fixation() (f found) {
	k := p.k
	name := k.Auth.Sessions().CookieName()
	k.SignIn("fixed@attack.example")
	attacker, victim := k.Browser(), k.Browser()
	attacker.Get(k.page("/sign-in"))
	for _, n := range names(attacker.Cookies()) {
		victim.SetCookie(n, attacker.Cookies()[n])
	}
	planted := victim.Cookies()[name]
	victim.signIn("fixed@attack.example", Password)
	victim.complete("fixed@attack.example")
	f.tried = 2
	if !victim.account() {
		f.breaks("the victim could not sign in: nothing was tried")
	}
	if got := victim.Cookies()[name]; got == planted {
		f.breaks("the session cookie did not change at the sign-in")
	}
	if attacker.account() {
		f.breaks("the attacker's cookie opens the victim's session")
	}
	return f
}

// forgedCookie: SES-120, SES-123, SES-124 from outside.
func (p *plan) forgedCookie() (f found) {
	k := p.k
	name := k.Auth.Sessions().CookieName()
	in, other := k.SignIn("forged@attack.example"), k.SignIn("mallory@attack.example")
	good := in.Cookies()[name]
	try := func(what, value string) {
		f.tried++
		b := k.Browser()
		b.SetCookie(name, value)
		if b.account() {
			f.breaks("%s is believed", what)
		}
	}
	if raw, err := base64.RawURLEncoding.DecodeString(good); err == nil {
		for i := range raw {
			changed := append([]byte{}, raw...)
			changed[i] ^= 1
			try(fmt.Sprintf("a cookie with byte %d changed", i), base64.RawURLEncoding.EncodeToString(changed))
		}
	}
	try("half a cookie", good[:len(good)/2])
	try("a cookie with something behind it", good+"AAAA")
	try("a cookie of zeros", strings.Repeat("A", len(good)))
	try("a cookie that says who it is", "forged@attack.example")
	try("a cookie of 4 KB", strings.Repeat("A", 4000))
	f.tried++
	if foreign := k.stranger(); foreign.account() {
		f.breaks("a cookie of another installation is believed")
	}
	// A sibling host can set a second cookie of the name; neither may win.
	f.tried++
	b := k.Browser()
	r := b.Request(http.MethodGet, k.page("/account"), nil)
	r.Header["Cookie"] = []string{name + "=" + other.Cookies()[name] + "; " + name + "=" + good}
	if a, err := b.once(r); err != nil || a.Status == http.StatusOK {
		f.breaks("of two cookies of the name one is believed")
	}
	if !in.account() {
		f.breaks("the genuine cookie is refused: nothing was tried")
	}
	return f
}

// endedSession: a copy of the cookies, before and after the owner signs out.
func (p *plan) endedSession() (f found) {
	k := p.k
	end := func(what string, sign func(owner *Browser)) {
		owner := k.SignIn("ended@attack.example")
		thief := owner.Clone()
		if !thief.account() {
			f.breaks("the copy of a cookie is worth nothing before %s: nothing was tried", what)
		}
		sign(owner)
		for _, r := range p.guarded() {
			f.tried++
			a, err := thief.Clone().ask(r, false)
			if err != nil {
				f.breaks("%s %s after %s: %v", r.method, r.path, what, err)
			} else if why, yes := p.passed(a); yes {
				f.breaks("%s %s lets a stolen cookie pass after %s: %s", r.method, r.path, what, why)
			}
		}
	}
	end("sign-out", func(owner *Browser) { owner.Post(k.page("/sign-out"), Form{"scope": "this"}) })
	end("ending all other sessions", func(*Browser) {
		k.SignIn("ended@attack.example").Post(k.page("/account/sessions/end-others"), nil)
	})
	return f
}
