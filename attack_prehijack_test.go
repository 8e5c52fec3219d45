package axess_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
)

const (
	mallorys = "the password of mallory"
	owners   = "the password of the owner"
)

// contest is a sign-up for one address by two people: its owner, who reads the
// mails, and an attacker, who does not.
type contest struct {
	t        *testing.T
	s        *fronttest.Site
	who      string
	attacker []*fronttest.Browser // each a workflow of its own
	owner    *fronttest.Browser
	links    []string
}

const letters = "aognfext"

// moves are what the two and the world do, one letter each.
//
//	a  the attacker signs up, in a browser of their own that stays open
//	o  the owner signs up, always in the same browser
//	g  a mail scanner opens every link so far
//	n  the owner opens the newest link in their browser and confirms
//	f  the owner opens the first link in their browser and confirms
//	e  the owner opens the newest link in another browser and confirms
//	x  the attacker posts whatever their pages offer
//	t  a day passes
var moves = map[byte]func(*contest){
	'a': func(h *contest) {
		h.attacker = append(h.attacker, h.signUp(h.s.Browser(), spelt(h.who, len(h.attacker)), mallorys))
	},
	'o': func(h *contest) { h.signUp(h.owner, h.who, owners) },
	'g': func(h *contest) {
		for _, link := range h.links {
			scanner := h.s.Browser()
			scanner.Get(link)
			scanner.Get("/auth/verify")
		}
	},
	'n': func(h *contest) { h.confirm(h.owner, -1) },
	'f': func(h *contest) { h.confirm(h.owner, 0) },
	'e': func(h *contest) { h.confirm(h.s.Browser(), -1) },
	'x': func(h *contest) {
		for _, b := range h.attacker {
			for _, path := range []string{"/auth/verify", "/auth/sign-up/sent", "/auth/account", "/auth/account/factors/totp", "/auth/activate"} {
				page := b.Get(path)
				if strings.Contains(page.Body, "secret=") {
					h.t.Errorf("%s shows the attacker the key of an app", path)
				}
			}
			b.Post("/auth/verify", fronttest.Form{"password": mallorys})
			b.Post("/auth/verify", fronttest.Form{"code": "123456"})
			b.Post("/auth/account/factors/totp", fronttest.Form{"code": "123456"})
		}
	},
	't': func(h *contest) { h.s.Clock.Advance(24*time.Hour + time.Minute) },
}

// spelt is the address as somebody may type it who wants the same account.
func spelt(who string, n int) string {
	local, domain, _ := strings.Cut(who, "@")
	return []string{who, strings.ToUpper(who), local + "＠" + domain, strings.ToUpper(local[:1]) + local[1:] + "@" + domain}[n%4]
}

func (h *contest) signUp(b *fronttest.Browser, email, word string) *fronttest.Browser {
	h.t.Helper()
	b.Get("/auth/sign-up")
	a := b.Post("/auth/sign-up", fronttest.Form{"email": email, "name": "Somebody", "password": word})
	if a.Status != http.StatusSeeOther && a.Status != http.StatusConflict && a.Status != http.StatusForbidden {
		h.t.Fatalf("sign-up: %d", a.Status)
	}
	return b
}

// delivered takes the mails that the last move has caused; the owner reads them.
func (h *contest) delivered() {
	h.t.Helper()
	for range h.s.Ports.TakeRows(store.TopicMail) {
		m := h.s.Mail.Next(h.t)
		if _, rest, ok := strings.Cut(m.Text, h.s.Origin); ok && m.Kind == "verify" {
			h.links = append(h.links, strings.Fields(rest)[0])
		}
	}
}

// confirm is what the owner does with a link: they open it, give a password of
// theirs if they are asked for one, and set up an app if they have to.
func (h *contest) confirm(b *fronttest.Browser, which int) {
	if len(h.links) == 0 {
		return
	}
	if which < 0 {
		which = len(h.links) - 1
	}
	b.Get(h.links[which])
	if b.Get("/auth/verify").Status != http.StatusOK {
		return
	}
	b.Post("/auth/verify", fronttest.Form{"password": owners})
	if page := b.Get("/auth/verify"); page.Status == http.StatusOK && strings.Contains(page.Body, "secret=") {
		b.Post("/auth/verify", fronttest.Form{"code": h.s.App(page)()})
	}
}

// nothing is what the attacker must have, at the end of every story: no session,
// and no password of theirs on the account.
func (h *contest) nothing(story string) {
	h.t.Helper()
	moves['x'](h)
	for i, b := range h.attacker {
		if in(b) {
			h.t.Errorf("%s: browser %d of the attacker is signed in", story, i)
		}
	}
	h.s.Clock.Advance(16 * time.Minute)
	b := h.s.Browser()
	if a := signIn(b, h.who, mallorys); a.Status != http.StatusUnauthorized {
		h.t.Errorf("%s: the attacker's password answers %d", story, a.Status)
	}
}

// AUN-123, AUN-124, AUN-126, AUN-I14: two people sign up for one address, one of
// whom reads its mails. Whatever the order of what they do, of scanners that open
// links and of days that pass, the other one ends with nothing: every story of
// three moves on memory, of two on SQLite, with and without an app for everybody.
func TestAttack_sign_up_for_somebody_elses_address(t *testing.T) {
	t.Parallel()
	for name, methods := range map[string]func(*axess.Config){
		"by choice": func(*axess.Config) {},
		"everybody": func(c *axess.Config) { c.Methods = authn.MFAMethods() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBackends(t, func(t *testing.T, stores backend.Stores) {
				if strings.HasSuffix(t.Name(), "sqlite") {
					tell(t, stores, methods, stories(2))
					return
				}
				for _, first := range letters {
					t.Run(string(first), func(t *testing.T) {
						t.Parallel()
						tell(t, memory.New(memory.Config{}).Stores(), methods, func(yield func(string) bool) {
							for rest := range stories(2) {
								if !yield(string(first) + rest) {
									return
								}
							}
						})
					})
				}
			})
		})
	}
}

// tell plays stories on one program, each with an address of its own.
func tell(t *testing.T, stores backend.Stores, methods func(*axess.Config), all func(func(string) bool)) {
	t.Helper()
	s, _ := serving(t, stores, methods)
	told := 0
	for story := range all {
		if !strings.Contains(story, "a") {
			continue
		}
		told++
		h := &contest{t: t, s: s, who: fmt.Sprintf("a%d@example.org", told), owner: s.Browser()}
		for i := range len(story) {
			moves[story[i]](h)
			h.delivered()
		}
		h.nothing(story)
		if strings.HasSuffix(story, "on") || strings.HasSuffix(story, "oe") {
			// The last word was the owner's, with the newest link: the account is theirs.
			if a := signIn(s.Browser(), h.who, owners); a.Status != http.StatusSeeOther {
				t.Errorf("%s: the owner's password answers %d", story, a.Status)
			}
		}
	}
}

// stories are all sequences of moves of a length.
func stories(length int) func(func(string) bool) {
	return func(yield func(string) bool) {
		story := make([]byte, length)
		var tell func(int) bool
		tell = func(i int) bool {
			if i == length {
				return yield(string(story))
			}
			for j := range len(letters) {
				story[i] = letters[j]
				if !tell(i + 1) {
					return false
				}
			}
			return true
		}
		tell(0)
	}
}
