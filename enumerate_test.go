package axess_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/store"
)

// Addresses of one length, so that a page that repeats one has one length too.
const (
	fresh  = "fresh@example.org" // E2: nobody
	waits  = "waits@example.org" // E3: signed up, not confirmed
	halts  = "halts@example.org" // E4: suspended
	ended  = "ended@example.org" // E4: terminated
	stored = "store@example.org" // E4: archived
	erased = "erase@example.org" // E5: had an account
	bare   = "bare_@example.org" // E7: an account without any factor
	closed = "close@example.org" // E7: an account whose methods are all disabled
	broken = "break@example.org" // E8: the row of the password was changed
	known  = "known@example.org" // E9: an account, with a wrong password
	plain  = "plain@example.org" // E9: one that never had an authenticator app
	strong = "strong@example.or" // E9: with an authenticator app
	ruler  = "ruler@example.org" // E9: the administrator
)

// classes are the addresses by what is known of them; all but the first are
// compared with the first.
func classes() []string {
	return []string{fresh, waits, halts, ended, stored, erased, bare, closed, broken, known, plain, strong, ruler}
}

// AUN-030, AUN-033, AUN-122, AUN-I1, AUN-I2, AUN-I11, AUN-I18, FUZ-063, FUZ-064,
// FUZ-065: whether an address is new, waits, has an account in whatever state or
// holds the administrator's role shows in no byte of an answer, in no header, in
// no hash computed, in no call of a store, in no number of rows and in no verdict
// over twelve tries; neither where an app is a choice nor where everybody has one.
func TestAddresses_of_every_kind_look_alike(t *testing.T) {
	t.Parallel()
	for name, methods := range map[string]func(*axess.Config){
		"by choice": func(*axess.Config) {},
		"everybody": func(c *axess.Config) { c.Methods = authn.MFAMethods() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fronttest.New(t, methods)
			populate(t, s)
			reached := map[string]bool{}
			var first []string
			for _, who := range classes() {
				s.Clock.Advance(2 * time.Hour) // the mails of an hour, the lock of an address
				switch got := visited(s, who, reached); {
				case first == nil:
					first = got
				default:
					for i := range first {
						if got[i] != first[i] {
							t.Errorf("%s differs from %s: step %d: %s", who, fresh, i, apart(got[i], first[i]))
						}
					}
				}
			}
			for _, r := range axess.Pages(s.Auth) {
				if route := r.Method + " " + r.Pattern; r.Guard != "authn" && !reached[route] {
					t.Errorf("%s: who has not signed in can reach it, and no class of address was compared there", route)
				}
			}
		})
	}
}

// populate makes one address of each class.
func populate(t *testing.T, s *fronttest.Site) {
	t.Helper()
	prepare(t, s, ruler)
	for _, who := range classes() {
		if who != ruler {
			prepare(t, s, who)
		}
	}
}

// prepare makes an address what its class says.
func prepare(t *testing.T, s *fronttest.Site, who string) {
	t.Helper()
	switch who {
	case fresh:
		return
	case waits:
		s.SignUp(waits)
		return
	case ruler:
		s.Administrator(ruler)
		return
	}
	b, link := s.SignUp(who)
	b.Get(link).Is(t, http.StatusSeeOther)
	b.Post("/auth/verify", nil).Is(t, http.StatusSeeOther)
	if page := b.Get("/auth/verify"); page.Status == http.StatusOK {
		app := s.App(page)
		b.Post("/auth/verify", fronttest.Form{"code": app()}).Is(t, http.StatusSeeOther)
	} else if who == strong {
		s.Enrol(b)
	}
	sub := s.Account(who).User.Subject()
	become := func(to identity.UserState) identity.Change {
		return identity.Transition{Subject: sub, From: identity.Active, To: to, Detail: identity.StateDetail{Since: s.Clock.Now()}}
	}
	var changes []identity.Change
	switch who {
	case halts:
		changes = append(changes, become(identity.Suspended))
	case ended:
		changes = append(changes, become(identity.Terminated))
	case stored:
		changes = append(changes, become(identity.Archived))
	case erased:
		changes = append(changes, identity.EraseUser{Subject: sub, From: identity.Active})
	case plain:
		for _, row := range s.Account(plain).Credentials {
			if row.Kind == factor.TOTP {
				changes = append(changes, identity.DropCredential{Subject: sub, ID: row.ID, Expect: row.Version})
			}
		}
	case bare:
		changes = append(changes, identity.VoidCredentials{Subject: sub})
	case closed:
		changes = append(changes, identity.PutMethod{Scope: identity.UserScope(sub), Method: identity.Method{
			Name: "password", Steps: []identity.Step{identity.Required(factor.Password)},
		}})
	case broken:
		for _, row := range s.Account(broken).Credentials {
			row.Version++
			row.MAC[0] ^= 1
			changes = append(changes, identity.PutCredential{Credential: row, Expect: row.Version - 1})
		}
	}
	if err := s.Beneath().Identity.Apply(t.Context(), changes...); err != nil {
		t.Fatal(err)
	}
}

// visited does with an address whatever somebody can do who has not signed in, on
// every page that they can reach, and says what could be seen of it from outside,
// at the stores and in the hash function.
func visited(s *fronttest.Site, who string, reached map[string]bool) (seen []string) {
	up, in, forgets := s.Browser(), s.Browser(), s.Browser()
	hashes := axess.Hashes(s.Auth)
	see := func(b *fronttest.Browser, method, path string, form fronttest.Form) fronttest.Answer {
		pattern := path
		for _, variable := range []string{"/auth/factor/", "/auth/language/"} {
			if strings.HasPrefix(path, variable) {
				pattern = variable + "{of}"
			}
		}
		reached[method+" "+pattern] = true
		before := maps.Clone(b.Cookies)
		a := b.Send(b.Request(method, path, form))
		// Background jobs come when they come.
		calls := slices.DeleteFunc(s.Ports.Take(), func(c string) bool {
			return strings.HasPrefix(c, "outbox.") || c == "session.Kids"
		})
		now := axess.Hashes(s.Auth)
		seen = append(seen, fmt.Sprintf("%s %s: %d %s\n%s\ncalls %v, events %d, hashes %d, cookies %v", method, path,
			a.Status, headers(a, who), masked(a.Body, who), calls, s.Ports.TakeRows(store.TopicAudit), now-hashes, shapes(before, b.Cookies)))
		hashes = now
		return a
	}
	s.Ports.Take()
	s.Ports.TakeRows(store.TopicAudit)
	for _, b := range []*fronttest.Browser{up, in} {
		see(b, "GET", "/auth/sign-in", nil)
		see(b, "GET", "/auth/sign-up", nil)
		see(b, "GET", "/auth/activate", nil)
		see(b, "GET", "/auth/language/en", nil)
	}
	for range 4 { // the fourth is beyond the mails of an hour
		see(up, "POST", "/auth/sign-up", fronttest.Form{"email": who, "name": "Somebody", "password": fronttest.Password})
		see(up, "GET", "/auth/sign-up/sent", nil)
		see(up, "GET", "/auth/verify", nil)
		see(up, "POST", "/auth/verify", fronttest.Form{"password": fronttest.Password})
		see(up, "POST", "/auth/verify", fronttest.Form{"code": "123456"})
		see(up, "POST", "/auth/activate", fronttest.Form{"email": who, "name": "Somebody", "password": fronttest.Password})
		see(up, "GET", "/auth/account", nil)
	}
	see(up, "GET", "/auth/sign-out", nil)
	see(up, "POST", "/auth/sign-out", nil)
	for range 12 {
		see(in, "POST", "/auth/sign-in", fronttest.Form{"identifier": who, "password": "a wrong password altogether"})
		see(in, "GET", "/auth/factor/totp", nil)
		see(in, "POST", "/auth/factor/totp", fronttest.Form{"code": "123456"})
		see(in, "GET", "/auth/step-up", nil)
		see(in, "GET", "/auth/enrol", nil)
		see(in, "POST", "/auth/enrol", fronttest.Form{"code": "123456"})
		see(in, "POST", "/auth/enrol", fronttest.Form{"renew": "1"})
		see(in, "GET", "/auth/factor/password", nil)
		see(in, "POST", "/auth/factor/password", fronttest.Form{"password": "a wrong password altogether"})
		see(in, "GET", "/auth/account", nil)
	}
	see(in, "GET", "/auth/sign-in/password", nil)
	see(in, "POST", "/auth/sign-in/password", fronttest.Form{"new_password": "another wholly new password"})
	see(in, "GET", "/auth/recover", nil)
	see(in, "POST", "/auth/recover", fronttest.Form{"code": "123456"})
	see(in, "POST", "/auth/recover", fronttest.Form{"keep": "1"})
	see(in, "GET", "/auth/recovery-codes", nil)
	see(in, "POST", "/auth/recovery-codes", fronttest.Form{"kept": "1"})
	see(in, "GET", "/auth/recovery-codes/text", nil)
	see(in, "GET", "/auth/sign-out", nil)
	see(in, "POST", "/auth/sign-out", nil)
	see(forgets, "GET", "/auth/reset", nil)
	for range 4 { // the fourth is beyond the mails of an hour
		see(forgets, "POST", "/auth/reset", fronttest.Form{"identifier": who})
		see(forgets, "GET", "/auth/reset/sent", nil)
		see(forgets, "GET", "/auth/reset/new", nil)
		see(forgets, "POST", "/auth/reset/new", fronttest.Form{"password": fronttest.Password})
		see(forgets, "GET", "/auth/rebind", nil)
		see(forgets, "POST", "/auth/rebind", fronttest.Form{"password": fronttest.Password})
		see(forgets, "POST", "/auth/rebind", fronttest.Form{"code": "123456"})
		for _, path := range []string{"/auth/address", "/auth/undo"} {
			see(forgets, "GET", path, nil)
			see(forgets, "POST", path, nil)
		}
	}
	return seen
}

var (
	// random are the values that differ from request to request: identifiers of
	// requests, tokens of forms, sealed cookies.
	random = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9_-]{40,}`)
	// moments are the clock, which the test moves.
	moments = regexp.MustCompile(`\d{4}-\d\d-\d\d(T| )\d\d:\d\d(:\d\d)?(Z| UTC)?|\b\d?\d:\d\d( UTC)?\b|\b\d{1,2} [A-Z][a-z]+( \d{4})?\b`)
)

// masked is a text without what differs for everybody. Each random value stays as
// long as it was.
func masked(text, who string) string {
	text = random.ReplaceAllStringFunc(text, func(v string) string { return fmt.Sprintf("[%d]", len(v)) })
	text = moments.ReplaceAllStringFunc(text, func(v string) string { return fmt.Sprintf("[%d]", len(v)) })
	return strings.ReplaceAll(text, who, "[address]")
}

// headers are all of them, in order.
func headers(a fronttest.Answer, who string) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(a.Header)) {
		for _, value := range a.Header[name] {
			lines = append(lines, name+": "+masked(value, who))
		}
	}
	return strings.Join(lines, "\n")
}

// apart are the first line and those that differ, of the one and of the other.
func apart(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	out := as[0] + "\n"
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			out += "< " + as[i] + "\n> " + bs[i] + "\n"
		}
	}
	return out + fmt.Sprintf("%d and %d lines", len(as), len(bs))
}

// shapes says which cookies a browser has after an answer, how long they are, and
// which of them are new.
func shapes(before, after map[string]string) (out []string) {
	for _, name := range slices.Sorted(maps.Keys(after)) {
		out = append(out, fmt.Sprint(name, " ", len(after[name]), " ", before[name] != after[name]))
	}
	return out
}
