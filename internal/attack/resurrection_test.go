package attack

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/session"
)

// ending is something after which nobody may be signed in any more.
type ending struct {
	name string
	// of ends the sessions of the person whose browser this is. It returns false
	// where there was nothing for it to end.
	of func(*testing.T, *site, *fronttest.Browser, identity.Subject) bool
}

func endings() []ending {
	return []ending{
		{"signed out in another tab", func(t *testing.T, _ *site, b *fronttest.Browser, _ identity.Subject) bool {
			tab := b.Clone()
			alive := who(tab) != ""
			tab.Post("/auth/sign-out", fronttest.Form{"scope": "this"})
			return alive
		}},
		{"signed out everywhere in another tab", func(t *testing.T, _ *site, b *fronttest.Browser, _ identity.Subject) bool {
			tab := b.Clone()
			alive := who(tab) != ""
			tab.Post("/auth/sign-out", fronttest.Form{"scope": "all"})
			return alive
		}},
		{"ended from a list", func(t *testing.T, s *site, b *fronttest.Browser, of identity.Subject) bool {
			ref := refOf(t, b)
			rec, _, err := s.stores.Session.Load(t.Context(), ref, s.Clock.Now())
			if err != nil || rec.Subject != of {
				return false // a sign-in under way stands on no list
			}
			if err := s.Auth.Sessions().End(t.Context(), of, ref); err != nil {
				t.Error(err)
			}
			return true
		}},
		{"revoked", func(t *testing.T, s *site, _ *fronttest.Browser, of identity.Subject) bool {
			if err := s.Auth.Sessions().InvalidateUser(t.Context(), of); err != nil {
				t.Error(err)
			}
			return true
		}},
		{"everybody revoked", func(t *testing.T, s *site, _ *fronttest.Browser, _ identity.Subject) bool {
			if err := s.Auth.Sessions().InvalidateAll(t.Context()); err != nil {
				t.Error(err)
			}
			return true
		}},
		{"suspended", func(t *testing.T, s *site, _ *fronttest.Browser, of identity.Subject) bool {
			s.leave(t, of, identity.Suspended)
			return true
		}},
		{"terminated", func(t *testing.T, s *site, _ *fronttest.Browser, of identity.Subject) bool {
			s.leave(t, of, identity.Terminated)
			return true
		}},
	}
}

// leave moves an account away from Active, with its epoch in the same commit.
func (s *site) leave(t *testing.T, of identity.Subject, to identity.UserState) {
	t.Helper()
	if err := s.stores.Identity.Apply(context.WithoutCancel(t.Context()),
		identity.Transition{Subject: of, From: identity.Active, To: to, Detail: identity.StateDetail{Since: s.Clock.Now()}},
		identity.RaiseEpoch{Scope: identity.UserScope(of)},
	); err != nil {
		t.Error(err)
	}
}

// before runs f once, inside the program, right before its n-th call of a port
// from now on. Asked reports the calls until then.
func (s *site) before(n int, f func()) (asked func() (calls []string, ran bool)) {
	var mu sync.Mutex
	var calls []string
	ran, inside := false, false
	s.Ports.Fail(func(port, verb string) error {
		mu.Lock()
		if ran || inside {
			mu.Unlock()
			return nil
		}
		calls = append(calls, port+"."+verb)
		if len(calls) != n {
			mu.Unlock()
			return nil
		}
		inside = true
		mu.Unlock()
		f()
		mu.Lock()
		defer mu.Unlock()
		ran = true
		return nil
	})
	return func() ([]string, bool) {
		s.Ports.Fail(nil)
		mu.Lock()
		defer mu.Unlock()
		return calls, ran
	}
}

// A request that loaded its session before the end and writes after it brings
// nothing back, whatever it writes and however the session was ended: the old
// cookie stays dead, no new one works, and the answer is no fault of ours.
// SES-100, SES-102, SES-103, SES-195, SES-198, SES-201, GRD-033
func TestResurrection_by_a_slow_handler(t *testing.T) {
	t.Parallel()
	count := session.NewKey[int]("test.count")
	writes := map[string]func(context.Context, *session.Session) error{
		"nothing but activity": func(context.Context, *session.Session) error { return nil },
		"data":                 func(_ context.Context, s *session.Session) error { return count.Set(s, 7) },
		"data, early": func(ctx context.Context, s *session.Session) error {
			if err := count.Set(s, 7); err != nil {
				return err
			}
			return s.Commit(ctx)
		},
		"a new id":               func(ctx context.Context, s *session.Session) error { return s.Rotate(ctx) },
		"a new id without grace": func(ctx context.Context, s *session.Session) error { return s.Rotate(ctx, session.NoGrace()) },
		"data and a new id": func(ctx context.Context, s *session.Session) error {
			if err := count.Set(s, 7); err != nil {
				return err
			}
			return s.Rotate(ctx)
		},
	}
	for _, end := range endings() {
		for what, write := range writes {
			t.Run(end.name+"/"+what, func(t *testing.T) {
				t.Parallel()
				onEach(t, func(t *testing.T, s *site) {
					b := s.Person("ada@example.org")
					of := s.row(t, b).Subject
					passed := false
					s.Routes.Authn("POST /slow", func(w http.ResponseWriter, r *http.Request, _ axess.Authenticated) {
						passed = true
						if !end.of(t, s, b, of) {
							t.Error("there was nothing to end")
						}
						sess, err := session.From(r.Context())
						if err == nil {
							err = write(r.Context(), sess)
						}
						fmt.Fprint(w, err)
					})
					s.Clock.Advance(5 * time.Hour) // activity is due to be written
					slow, thief := b.Clone(), b.Clone()
					got := slow.Post("/slow", nil)
					if !passed {
						t.Fatalf("the guard did not pass: %s", code(got))
					}
					if got.Status >= 500 && got.Status != http.StatusServiceUnavailable {
						t.Errorf("answer %s\n%s", code(got), s.Log.Take())
					}
					for name, x := range map[string]*fronttest.Browser{"the slow request's": slow, "the old": thief} {
						if who(x) != "" {
							t.Errorf("%s cookie is alive after it was %s (answer %s)", name, end.name, code(got))
						}
					}
					if got.Sets(b.Cookie("")) && slow.Cookies[b.Cookie("")] != "" {
						t.Errorf("the slow request hands out a session cookie: %q", got.Header["Set-Cookie"])
					}
				})
			})
		}
	}
}

var removal = regexp.MustCompile(`/auth/account/factors/totp/[0-9a-f-]+/remove`)

// The same through the pages, with the end at every single call that a page makes
// to its stores: wherever a sign-in, an enrolment or another change is overtaken,
// nobody is signed in afterwards. SES-201, SES-206, AUN-046, GRD-033
func TestResurrection_at_every_call_of_a_page(t *testing.T) {
	t.Parallel()
	// begin returns the browser that acts, and what it does.
	for name, begin := range map[string]func(*testing.T, *site, *fronttest.Browser) (*fronttest.Browser, func() fronttest.Answer){
		"a sign-in": func(t *testing.T, s *site, _ *fronttest.Browser) (*fronttest.Browser, func() fronttest.Answer) {
			b := s.Browser()
			b.Get("/auth/sign-in").Is(t, http.StatusOK)
			return b, func() fronttest.Answer { return b.Post("/auth/sign-in", form("ada@example.org")) }
		},
		"the second step of a sign-in": func(t *testing.T, s *site, b *fronttest.Browser) (*fronttest.Browser, func() fronttest.Answer) {
			show := s.Enrol(b)
			s.Clock.Advance(fronttest.SecondStep)
			in := s.SignIn("ada@example.org")
			return in, func() fronttest.Answer { return in.Post("/auth/factor/totp", fronttest.Form{"code": show()}) }
		},
		"the enrolment of an app": func(t *testing.T, s *site, b *fronttest.Browser) (*fronttest.Browser, func() fronttest.Answer) {
			show := s.App(b.Get("/auth/account/factors/totp").Is(t, http.StatusOK))
			return b, func() fronttest.Answer {
				return b.Post("/auth/account/factors/totp", fronttest.Form{"code": show(), "label": "Phone"})
			}
		},
		"the removal of an app": func(t *testing.T, s *site, b *fronttest.Browser) (*fronttest.Browser, func() fronttest.Answer) {
			s.Enrol(b)
			path := removal.FindString(b.Get("/auth/account").Is(t, http.StatusOK).Body)
			if path == "" {
				t.Fatal("the account page has no removal")
			}
			b.Get(path).Is(t, http.StatusOK)
			return b, func() fronttest.Answer { return b.Post(path, nil) }
		},
		"the end of other sessions": func(_ *testing.T, s *site, b *fronttest.Browser) (*fronttest.Browser, func() fronttest.Answer) {
			s.SignIn("ada@example.org")
			return b, func() fronttest.Answer { return b.Post("/auth/account/sessions/end-others", nil) }
		},
		"a choice of language": func(_ *testing.T, _ *site, b *fronttest.Browser) (*fronttest.Browser, func() fronttest.Answer) {
			return b, func() fronttest.Answer { return b.Post("/auth/account/language", fronttest.Form{"language": "de"}) }
		},
	} {
		for _, end := range endings() {
			t.Run(name+"/"+end.name, func(t *testing.T) {
				t.Parallel()
				overtake := func(t *testing.T, n int) (calls []string) {
					stores := memoryStores(t)
					if end.name == "suspended" { // a file for each call is dear
						stores, _ = openFile(t)
					}
					s := newSite(t, stores, nil, nil)
					first := s.Person("ada@example.org")
					of := s.row(t, first).Subject
					b, act := begin(t, s, first)
					old := b.Clone()
					ended := false
					asked := s.before(n, func() { ended = end.of(t, s, old, of) })
					got := act()
					calls, ran := asked()
					if !ran || !ended {
						return calls
					}
					if got.Status >= 500 && got.Status != http.StatusServiceUnavailable {
						t.Errorf("%v: answer %s\n%s", calls, code(got), s.Log.Take())
					}
					if fresh := beganAfterwards(calls, end.name); who(b) != "" && !fresh {
						t.Errorf("overtaken before %v: signed in all the same (answer %s)", calls, code(got))
					}
					if who(old) != "" {
						t.Errorf("overtaken before %v: the old cookie is alive", calls)
					}
					return calls
				}
				calls := overtake(t, 0)
				if len(calls) < 2 {
					t.Fatalf("the page called %v: nothing to overtake", calls)
				}
				for n := range calls {
					t.Run(fmt.Sprint(n+1, " ", calls[n]), func(t *testing.T) {
						t.Parallel()
						overtake(t, n+1)
					})
				}
			})
		}
	}
}

// beganAfterwards reports whether a sign-in had not yet read the epochs when they
// were raised: then it began after the end, and nothing speaks against it.
func beganAfterwards(calls []string, end string) bool {
	if end != "revoked" && end != "everybody revoked" {
		return false
	}
	begins := false
	for _, call := range calls[:len(calls)-1] {
		if call == "session.Epochs" {
			return false
		}
		begins = begins || call == "identity.AccountByIdentifier"
	}
	return begins || len(calls) <= 3
}
