package axess_test

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
)

// faultSteps are the requests of the journeys that an account has.
func faultSteps() []faultStep {
	post, get := http.MethodPost, http.MethodGet
	read := func(name, path string) faultStep {
		return faultStep{name: "reads " + name, ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins()
			return &faultTry{
				p: p, method: get, path: path, harmless: true, done: func() bool { return true },
				goal: func() { p.want(p.b.Get(path), 200, "") },
			}
		}}
	}
	return []faultStep{
		{name: "sign up", ready: func(s *faultSite) *faultTry {
			p := s.somebody()
			p.want(p.b.Get("/auth/sign-up"), 200, "")
			return &faultTry{
				p: p, method: post, path: "/auth/sign-up", form: p.signUpForm(), to: "/auth/sign-up/sent",
				done: func() bool { _, ok := p.account(); return ok },
				acknowledged: func() {
					p.want(p.b.Get("/auth/sign-up/sent"), 200, "")
					p.link()
				},
				goal: p.confirms,
			}
		}},
		{name: "sign up with a taken address", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins()
			other := *p
			other.b = p.browser()
			p.want(other.b.Get("/auth/sign-up"), 200, "")
			return &faultTry{
				p: &other, method: post, path: "/auth/sign-up", form: p.signUpForm(), to: "/auth/sign-up/sent",
				done:         func() bool { return true },
				acknowledged: func() { p.s.sleep(0); p.want(other.b.Get("/auth/sign-up/sent"), 200, "") },
				goal: func() {
					if !signedIn(p.b) {
						other.fail("a stranger's sign-up has signed the owner out")
					}
				},
			}
		}},
		{name: "opens the link", ready: func(s *faultSite) *faultTry {
			p := s.somebody().signsUp().opens()
			return &faultTry{
				p: p, method: get, path: "/auth/verify", done: func() bool { return true }, goal: p.confirms,
			}
		}},
		{name: "confirms", ready: func(s *faultSite) *faultTry {
			p := s.somebody().signsUp().opens()
			return &faultTry{
				p: p, method: post, path: "/auth/verify", to: "/", done: p.active,
				acknowledged: func() { p.want(p.b.Get("/auth/account"), 200, "") }, goal: p.confirms,
			}
		}},
		{name: "confirms elsewhere", ready: func(s *faultSite) *faultTry {
			p := s.somebody().signsUp()
			p.b = p.browser()
			p.opens()
			p.want(p.b.Get("/auth/verify"), 200, "")
			return &faultTry{
				p: p, method: post, path: "/auth/verify", form: fronttest.Form{"password": fronttest.Password}, to: "/", done: p.active,
				acknowledged: func() { p.want(p.b.Get("/auth/account"), 200, "") }, goal: p.confirms,
			}
		}},
		{name: "confirms an invitation", ready: func(s *faultSite) *faultTry {
			p := s.somebody().isInvited()
			link := p.mailed("activation")
			form := fronttest.Form{"password": fronttest.Password}
			p.want(p.b.Get(link), 303, "/auth/verify")
			p.want(p.b.Get("/auth/verify"), 200, "")
			return &faultTry{
				p: p, method: post, path: "/auth/verify", form: form, to: "/", done: p.active,
				acknowledged: func() { p.want(p.b.Get("/auth/account"), 200, "") },
				goal: func() {
					if !p.active() {
						p.b = p.browser()
						p.want(p.b.Get(link), 303, "/auth/verify")
						p.want(p.b.Get("/auth/verify"), 200, "")
						p.want(p.b.Post("/auth/verify", form), 303, "/")
					}
					p.in()
				},
			}
		}},
		{name: "gives the password for another app", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins().enrols().losesApp()
			link := p.mailed("rebind")
			p.want(p.b.Get(link), 303, "/auth/rebind")
			p.want(p.b.Get("/auth/rebind"), 200, "")
			return &faultTry{
				p: p, method: post, path: "/auth/rebind", form: fronttest.Form{"password": fronttest.Password}, to: "/auth/rebind",
				done:         func() bool { return true },
				acknowledged: func() { p.scans(p.want(p.b.Get("/auth/rebind"), 200, "")) },
				goal:         func() { p.rebinds(link).in() },
			}
		}},
		{name: "binds another app", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins().enrols().losesApp()
			link := p.mailed("rebind")
			p.provesMailbox(link)
			done := func() bool { return len(p.apps()) == 1 }
			return &faultTry{
				p: p, method: post, path: "/auth/rebind", form: fronttest.Form{"code": p.code()}, to: "/auth/sign-in", done: done,
				acknowledged: func() {
					if signedIn(p.b) {
						p.fail("a recovery signs in")
					}
				},
				goal: func() {
					if !done() {
						p.rebinds(link)
					}
					p.s.sleep(fronttest.SecondStep)
					p.in()
				},
			}
		}},
		{name: "signs in with a known password", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins().isKnown()
			p.want(p.b.Get("/auth/sign-in"), 200, "")
			return &faultTry{
				p: p, method: post, path: "/auth/sign-in", to: "/auth/sign-in/password", form: p.signInForm(),
				done: func() bool { return len(p.sessions()) == 0 },
				acknowledged: func() {
					p.want(p.b.Get("/auth/sign-in/password"), 200, "")
					if signedIn(p.b) {
						p.fail("signed in with a known password")
					}
				},
				goal: p.replaces,
			}
		}},
		{name: "replaces a known password", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins().isKnown().owes()
			return &faultTry{
				p: p, method: post, path: "/auth/sign-in/password", form: fronttest.Form{"new_password": otherPassword}, to: "/",
				done:         func() bool { return len(p.sessions()) == 1 },
				acknowledged: func() { p.want(p.b.Get("/auth/account"), 200, "") },
				goal:         p.replaces,
			}
		}},
		{name: "signs in", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins()
			old := p.b
			p.b = p.browser()
			p.want(p.b.Get("/auth/sign-in"), 200, "")
			return &faultTry{
				p: p, method: post, path: "/auth/sign-in", to: "/", form: p.signInForm(),
				done:         func() bool { return len(p.sessions()) == 2 },
				acknowledged: func() { p.want(p.b.Get("/auth/account"), 200, "") },
				goal: func() {
					p.in()
					if !signedIn(old) {
						p.fail("a failed sign-in has ended the other session")
					}
				},
			}
		}},
		{name: "gives the password where an app is asked for that was never there", ready: func(s *faultSite) *faultTry {
			p := s.lateApp()
			return &faultTry{
				p: p, method: post, path: "/auth/sign-in", to: "/auth/enrol", form: p.signInForm(),
				done:         func() bool { return len(p.apps()) == 0 },
				acknowledged: func() { p.scans(p.want(p.b.Get("/auth/enrol"), 200, "")) },
				goal:         p.in,
			}
		}},
		{name: "sets up that app", ready: func(s *faultSite) *faultTry {
			p := s.lateApp()
			p.want(p.b.Post("/auth/sign-in", p.signInForm()), 303, "/auth/enrol")
			p.scans(p.want(p.b.Get("/auth/enrol"), 200, ""))
			done := func() bool { return len(p.apps()) == 1 }
			return &faultTry{
				p: p, method: post, path: "/auth/enrol", to: "/", form: fronttest.Form{"code": p.code()}, done: done,
				acknowledged: func() { p.want(p.b.Get("/auth/account"), 200, "") },
				goal: func() {
					p.in()
					if !done() {
						p.fail("%d apps", len(p.apps()))
					}
				},
			}
		}},
		{name: "is shown another key", ready: func(s *faultSite) *faultTry {
			p := s.lateApp()
			p.want(p.b.Post("/auth/sign-in", p.signInForm()), 303, "/auth/enrol")
			return &faultTry{
				p: p, method: post, path: "/auth/enrol", to: "/auth/enrol", form: fronttest.Form{"renew": "1"},
				done:         func() bool { return true },
				acknowledged: func() { p.scans(p.want(p.b.Get("/auth/enrol"), 200, "")) },
				goal:         p.in,
			}
		}},
		{name: "begins with two factors", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins().enrols()
			p.b = p.browser()
			p.want(p.b.Get("/auth/sign-in"), 200, "")
			return &faultTry{
				p: p, method: post, path: "/auth/sign-in", to: "/auth/factor/totp", form: p.signInForm(),
				done:         func() bool { return len(p.sessions()) == 1 },
				acknowledged: func() { p.want(p.b.Get("/auth/factor/totp"), 200, "") },
				goal:         p.in,
			}
		}},
		{name: "shows a code", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins().enrols()
			p.b = p.browser()
			p.want(p.b.Get("/auth/sign-in"), 200, "")
			p.want(p.b.Post("/auth/sign-in", p.signInForm()), 303, "/auth/factor/totp")
			form := fronttest.Form{"code": p.code()}
			return &faultTry{
				p: p, method: post, path: "/auth/factor/totp", to: "/", form: form,
				done: func() bool { return len(p.sessions()) == 2 },
				acknowledged: func() {
					p.want(p.b.Get("/auth/account"), 200, "")
					spy := p.browser()
					p.want(spy.Get("/auth/sign-in"), 200, "")
					p.want(spy.Post("/auth/sign-in", p.signInForm()), 303, "/auth/factor/totp")
					if a := spy.Post("/auth/factor/totp", form); a.Status != http.StatusUnauthorized {
						p.fail("a code that has signed in is worth something: %s", brief(a))
					}
				},
				goal: p.in,
			}
		}},
		{name: "guesses passwords", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins()
			p.b = p.browser()
			p.want(p.b.Get("/auth/sign-in"), 200, "")
			wrong := fronttest.Form{"identifier": p.email, "password": "wrong horse battery staple"}
			return p.guessing("/auth/sign-in", wrong)
		}},
		{name: "guesses codes", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins().enrols()
			p.b = p.browser()
			p.want(p.b.Get("/auth/sign-in"), 200, "")
			p.want(p.b.Post("/auth/sign-in", p.signInForm()), 303, "/auth/factor/totp")
			return p.guessing("/auth/factor/totp", fronttest.Form{"code": "000000"})
		}},
		{name: "opens an enrolment", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins()
			f := &faultTry{
				p: p, method: get, path: "/auth/account/factors/totp", harmless: true, done: func() bool { return true },
				goal: func() { p.enrols() },
			}
			f.acknowledged = func() { // what was shown is what counts
				p.scans(f.last)
				form := fronttest.Form{"code": p.code(), "label": "Phone"}
				p.want(p.b.Post("/auth/account/factors/totp", form), 303, "/auth/account")
				p.s.sleep(fronttest.SecondStep)
			}
			return f
		}},
		{name: "enrols an app", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins()
			other := p.browser()
			p.want(other.Get("/auth/sign-in"), 200, "")
			p.want(other.Post("/auth/sign-in", p.signInForm()), 303, "/")
			p.scans(p.want(p.b.Get("/auth/account/factors/totp"), 200, ""))
			done := func() bool { return len(p.apps()) == 1 }
			return &faultTry{
				p: p, method: post, path: "/auth/account/factors/totp", to: "/auth/account",
				form: fronttest.Form{"code": p.code(), "label": "Phone"}, done: done,
				acknowledged: gone(p, other, "another browser"),
				goal: func() {
					if !done() {
						p.in()
						p.enrols()
					}
					p.in()
					gone(p, other, "another browser")()
				},
			}
		}},
		{name: "removes an app", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins().enrols()
			other := &walker{s: s, b: p.browser(), email: p.email, seed: p.seed, fail: p.fail}
			other.in()
			path := "/auth/account/factors/totp/" + p.apps()[0].ID.String() + "/remove"
			form := fronttest.Form{}
			done := func() bool { return len(p.apps()) == 0 }
			return &faultTry{
				p: p, method: post, path: path, to: "/auth/account", form: form, done: done,
				acknowledged: gone(p, other.b, "another browser"),
				goal: func() {
					if !done() {
						p.in()
						p.want(p.patient(path, form), 303, "/auth/account")
					}
					p.in()
					gone(p, other.b, "another browser")()
				},
			}
		}},
		{name: "is asked to step up", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins()
			s.sleep(fronttest.StepUpAge)
			to := "/auth/factor/password?next=%2Fauth%2Faccount%2Femail"
			return &faultTry{
				p: p, method: get, path: "/auth/account/email", to: to, harmless: true, done: func() bool { return true },
				acknowledged: func() { p.want(p.b.Get(to), 200, "") },
				goal: func() {
					p.want(p.b.Get("/auth/account/email"), 303, to)
					form := fronttest.Form{"password": fronttest.Password, "next": "/auth/account/email"}
					p.want(p.patient("/auth/factor/password", form), 303, "/auth/account/email")
					p.want(p.b.Get("/auth/account/email"), 200, "")
				},
			}
		}},
		{name: "leaves a step-up", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins()
			s.sleep(fronttest.StepUpAge)
			p.want(p.b.Get("/auth/account/email"), 303, "/auth/factor/password?next=%2Fauth%2Faccount%2Femail")
			return &faultTry{
				p: p, method: post, path: "/auth/step-up/leave", to: "/auth/account", harmless: true,
				done: func() bool { return true },
				goal: func() { p.want(p.b.Post("/auth/step-up/leave", nil), 303, "/auth/account") },
			}
		}},
		{name: "begins to act as somebody", ready: func(s *faultSite) *faultTry {
			q := s.somebody().joins()
			p := s.somebody().joins().enrols().administers()
			form := q.actedAs()
			p.want(p.b.Get(fronttest.DeskPath), 200, "")
			done := func() bool { return q.trail()["impersonation_started"] > 0 }
			return &faultTry{
				p: p, method: post, path: fronttest.DeskPath, form: form, to: "/auth/account", done: done,
				acknowledged: func() {
					if !p.acts() {
						p.fail("begun, and does not act")
					}
				},
				goal: func() {
					if p.in(); !p.acts() {
						p.want(p.b.Get(fronttest.DeskPath), 200, "")
						p.want(p.patient(fronttest.DeskPath, form), 303, "/auth/account")
					}
					s.sleep(66 * time.Second) // whoever lost the answer did not hurry the mails
					told := len(s.mails.to(q.email, "impersonated"))
					if !p.acts() || !done() || !signedIn(q.b) || told == 0 {
						p.fail("acts %v, event %v, the person signed in %v and told %d times", p.acts(), done(), signedIn(q.b), told)
					}
				},
			}
		}},
		{name: "stops acting", ready: func(s *faultSite) *faultTry {
			q := s.somebody().joins()
			p := s.somebody().joins().enrols().administers()
			p.want(p.b.Get(fronttest.DeskPath), 200, "")
			p.want(p.b.Post(fronttest.DeskPath, q.actedAs()), 303, "/auth/account")
			return &faultTry{
				p: p, method: post, path: "/auth/stop-acting", to: "/auth/account",
				done: func() bool { return q.trail()["impersonation_ended"] > 0 },
				acknowledged: func() {
					if p.acts() {
						p.fail("stopped, and still acts")
					}
				},
				goal: func() {
					if p.acts() {
						p.want(p.patient("/auth/stop-acting", nil), 303, "/auth/account")
					}
					if p.in(); p.acts() || !signedIn(q.b) {
						p.fail("acts %v, the person signed in %v", p.acts(), signedIn(q.b))
					}
					p.want(p.b.Get(fronttest.DeskPath), 200, "")
				},
			}
		}},
		{name: "asks for another address", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins()
			q := p.movesTo()
			form := fronttest.Form{"email": q.email}
			return &faultTry{
				p: p, method: post, path: "/auth/account/email", form: form, to: "/auth/account/email", harmless: true,
				done:         func() bool { return true },
				acknowledged: func() { q.mailed("address") },
				goal: func() {
					p.want(p.patient("/auth/account/email", form), 303, "/auth/account/email")
					q.mailed("address")
				},
			}
		}},
		{name: "confirms another address", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins()
			other := p.browser()
			p.want(other.Get("/auth/sign-in"), 200, "")
			p.want(other.Post("/auth/sign-in", p.signInForm()), 303, "/")
			q := p.movesTo()
			p.want(p.b.Post("/auth/account/email", fronttest.Form{"email": q.email}), 303, "/auth/account/email")
			link := q.mailed("address")
			p.want(p.b.Get(link), 303, "/auth/address")
			done := func() bool { _, ok := q.account(); return ok }
			return &faultTry{
				p: p, method: post, path: "/auth/address", to: "/auth/account", done: done,
				acknowledged: gone(p, other, "another browser"),
				goal: func() {
					if !done() {
						p.in()
						p.want(p.b.Get(link), 303, "/auth/address")
						p.want(p.patient("/auth/address", nil), 303, "/auth/account")
					}
					q.b = p.b
					q.in()
					gone(p, other, "another browser")()
					p.mailed("address_changed")
				},
			}
		}},
		{name: "confirms a second address", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins()
			q := p.movesTo()
			p.want(p.b.Post("/auth/account/names", fronttest.Form{"new_name": q.email}), 303, "/auth/account/names")
			link := q.mailed("address")
			p.want(p.b.Get(link), 303, "/auth/address")
			done := func() bool { _, ok := q.account(); return ok }
			return &faultTry{
				p: p, method: post, path: "/auth/address", to: "/auth/account/names", done: done,
				acknowledged: func() { p.mailed("address_added") },
				goal: func() {
					if !done() {
						p.in()
						p.want(p.b.Get(link), 303, "/auth/address")
						p.want(p.patient("/auth/address", nil), 303, "/auth/account/names")
					}
					p.in()
					p.mailed("address_added")
				},
			}
		}},
		renames("adds a user name", "/auth/account/names", func(name string) fronttest.Form { return fronttest.Form{"new_name": name} }, false),
		renames("removes a user name", "/auth/account/names/remove", func(name string) fronttest.Form {
			return fronttest.Form{"kind": "username", "name": name}
		}, true),
		{name: "ends another session", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins()
			other := p.browser()
			p.want(other.Get("/auth/sign-in"), 200, "")
			p.want(other.Post("/auth/sign-in", p.signInForm()), 303, "/")
			ref, _ := sessionOf(s.T, other.Cookies[other.Cookie("")])
			path := "/auth/account/sessions/" + ref.String() + "/end"
			return &faultTry{
				p: p, method: post, path: path, to: "/auth/account/sessions", harmless: true,
				done: func() bool { return !s.stored(ref) }, acknowledged: gone(p, other, "the other"),
				goal: func() {
					p.want(p.b.Post(path, nil), 303, "/auth/account/sessions")
					gone(p, other, "the other")()
				},
			}
		}},
		{name: "ends the others", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins()
			other := p.browser()
			p.want(other.Get("/auth/sign-in"), 200, "")
			p.want(other.Post("/auth/sign-in", p.signInForm()), 303, "/")
			stolen := p.b.Clone()
			ref, _ := sessionOf(s.T, other.Cookies[other.Cookie("")])
			return &faultTry{
				p: p, method: post, path: "/auth/account/sessions/end-others", to: "/auth/account/sessions",
				done: func() bool { return !signedIn(other) },
				acknowledged: func() {
					gone(p, other, "the other")()
					gone(p, stolen, "the id from before")()
				},
				goal: func() {
					p.in()
					p.want(p.b.Post("/auth/account/sessions/end-others", nil), 303, "/auth/account/sessions")
					gone(p, other, "the other "+ref.String())()
				},
			}
		}},
		{name: "signs out", ready: func(s *faultSite) *faultTry { return s.somebody().joins().leaving("this", gone) }},
		{name: "signs out with two factors", ready: func(s *faultSite) *faultTry {
			return s.somebody().joins().enrols().leaving("this", gone)
		}},
		{name: "signs out everywhere", ready: func(s *faultSite) *faultTry { return s.somebody().joins().leaving("all", gone) }},
		{name: "keeps a language", ready: func(s *faultSite) *faultTry {
			p := s.somebody().joins()
			form := fronttest.Form{"language": "de"}
			return &faultTry{
				p: p, method: post, path: "/auth/account/language", form: form, to: "/auth/account", harmless: true,
				done: func() bool { acct, _ := p.account(); return acct.User.Language == "de" },
				goal: func() { p.want(p.b.Post("/auth/account/language", form), 303, "/auth/account") },
			}
		}},
		read("the account", "/auth/account"), read("the sessions", "/auth/account/sessions"), read("the history", "/auth/account/history"), read("the start page", "/"),
		{name: "opens a claim", ready: func(s *faultSite) *faultTry {
			p := s.somebody()
			link := s.ClaimLink()
			return &faultTry{
				p: p, method: get, path: link, to: "/auth/activate", done: func() bool { return true },
				goal: func() { p.want(p.b.Get(link), 303, "/auth/activate"); p.want(p.b.Get("/auth/activate"), 200, "") },
			}
		}},
		{name: "begins a claim", ready: func(s *faultSite) *faultTry {
			p := s.somebody()
			link := s.ClaimLink()
			p.want(p.b.Get(link), 303, "/auth/activate")
			p.want(p.b.Get("/auth/activate"), 200, "")
			return &faultTry{
				p: p, method: post, path: "/auth/activate", form: p.signUpForm(), to: "/auth/activate",
				done:         func() bool { return strings.Contains(p.b.Clone().Get("/auth/activate").Body, "secret=") },
				acknowledged: func() { p.want(p.b.Get("/auth/activate"), 200, "") },
				goal: func() {
					if a := p.b.Get("/auth/activate"); a.Status != 200 || !strings.Contains(a.Body, "secret=") {
						p.b = p.browser()
						p.want(p.b.Get(link), 303, "/auth/activate")
						p.want(p.b.Get("/auth/activate"), 200, "")
						p.want(p.b.Post("/auth/activate", p.signUpForm()), 303, "/auth/activate")
					}
					p.scans(p.want(p.b.Get("/auth/activate"), 200, ""))
				},
			}
		}},
		{name: "completes a claim", alone: true, ready: func(s *faultSite) *faultTry {
			p := s.somebody()
			link := s.ClaimLink()
			enter := func() {
				p.want(p.b.Get(link), 303, "/auth/activate")
				p.want(p.b.Get("/auth/activate"), 200, "")
				p.want(p.b.Post("/auth/activate", p.signUpForm()), 303, "/auth/activate")
				p.scans(p.want(p.b.Get("/auth/activate"), 200, ""))
			}
			enter()
			return &faultTry{
				p: p, method: post, path: "/auth/activate", form: fronttest.Form{"code": p.code()}, to: "/auth/account", done: p.active,
				acknowledged: func() { p.want(p.b.Get("/auth/account"), 200, "") },
				goal: func() {
					if !p.active() {
						if a := p.b.Get("/auth/activate"); a.Status == 200 && strings.Contains(a.Body, "secret=") {
							p.scans(a)
						} else {
							p.b = p.browser()
							enter()
						}
						p.want(p.b.Post("/auth/activate", fronttest.Form{"code": p.code()}), 303, "/auth/account")
					}
					p.s.sleep(fronttest.SecondStep)
					p.in()
				},
			}
		}},
	}
}

// gone fails if a session goes on whose end was acknowledged.
func gone(p *walker, b *fronttest.Browser, who string) func() {
	return func() {
		if signedIn(b) {
			p.fail("%s is signed in after an acknowledged end", who)
		}
	}
}

// renames is a request that gives somebody a user name, or takes it away.
func renames(name, path string, form func(user string) fronttest.Form, removes bool) faultStep {
	return faultStep{name: name, ready: func(s *faultSite) *faultTry {
		p := s.somebody().joins()
		user := "user-" + strings.TrimSuffix(p.email, "@example.org")
		if removes {
			p.want(p.b.Post("/auth/account/names", fronttest.Form{"new_name": user}), 303, "/auth/account/names")
		}
		other := p.browser()
		p.want(other.Get("/auth/sign-in"), 200, "")
		p.want(other.Post("/auth/sign-in", p.signInForm()), 303, "/")
		done := func() bool {
			acct, _ := p.account()
			return removes != slices.ContainsFunc(acct.User.Identifiers, func(i identity.Identifier) bool { return i.Canonical == user })
		}
		return &faultTry{
			p: p, method: http.MethodPost, path: path, form: form(user), to: "/auth/account/names", done: done,
			acknowledged: gone(p, other, "another browser"),
			goal: func() {
				if !done() {
					p.in()
					p.want(p.patient(path, form(user)), 303, "/auth/account/names")
				}
				p.in()
				gone(p, other, "another browser")()
				p.mailed("names")
			},
		}
	}}
}

// movesTo is somebody under the address that they are about to have.
func (p *walker) movesTo() *walker {
	q := *p
	q.email = "moved-" + p.email
	return &q
}

func (p *walker) signInForm() fronttest.Form {
	return fronttest.Form{"identifier": p.email, "password": fronttest.Password}
}

// orders is what an administrator does, outside of any fault.
func (p *walker) orders(do func(*authn.Admin, authn.Order) error) {
	p.s.T.Helper()
	admin, err := authn.NewAdmin(authn.AdminConfig{Accounts: p.s.Auth.Authn()})
	if err != nil {
		p.s.T.Fatal(err)
	}
	system, err := identity.System("a walk")
	if err != nil {
		p.s.T.Fatal(err)
	}
	acct, _ := p.account()
	order := authn.Order{Actor: system, Subject: identity.Subject{Tenant: p.s.tenant, User: acct.User.ID}, Reason: "a walk"}
	if err := do(admin, order); err != nil {
		p.s.T.Fatal(err)
	}
}

func (p *walker) isInvited() *walker {
	p.invited = true
	p.orders(func(a *authn.Admin, o authn.Order) error {
		_, err := a.CreateUser(p.s.T.Context(), o, authn.NewAccount{Email: p.email, DisplayName: "Ada"})
		return err
	})
	return p
}

func (p *walker) losesApp() *walker {
	p.orders(func(a *authn.Admin, o authn.Order) error { return a.ResetFactors(p.s.T.Context(), o) })
	p.b = p.browser()
	return p
}

// otherPassword is what somebody chooses whose own is known to others.
const otherPassword = "another horse battery staple"

// isKnown has an administrator find the password in a list.
func (p *walker) isKnown() *walker {
	p.orders(func(a *authn.Admin, o authn.Order) error { return a.MarkCompromised(p.s.T.Context(), o) })
	p.b = p.browser()
	return p
}

// owes signs in as far as the page that asks for another password.
func (p *walker) owes() *walker {
	p.s.T.Helper()
	p.b = p.browser()
	p.want(p.b.Get("/auth/sign-in"), 200, "")
	p.want(p.patient("/auth/sign-in", p.signInForm()), 303, "/auth/sign-in/password")
	p.want(p.b.Get("/auth/sign-in/password"), 200, "")
	return p
}

// replaces gets somebody signed in under another password, whatever came before: the
// old one leads to the page that asks for it, or nowhere any more.
func (p *walker) replaces() {
	p.s.T.Helper()
	b := p.browser()
	p.want(b.Get("/auth/sign-in"), 200, "")
	p.b = b
	a := p.patient("/auth/sign-in", p.signInForm())
	switch {
	case a.Status == 303 && a.Header.Get("Location") == "/auth/sign-in/password":
		p.want(p.b.Get("/auth/sign-in/password"), 200, "")
		p.want(p.b.Post("/auth/sign-in/password", fronttest.Form{"new_password": otherPassword}), 303, "/")
	case a.Status == 401:
		p.want(p.patient("/auth/sign-in", fronttest.Form{"identifier": p.email, "password": otherPassword}), 303, "/")
	default:
		p.fail("a known password leads to %d %s", a.Status, a.Header.Get("Location"))
	}
	p.want(p.b.Get("/auth/account"), 200, "")
}

// provesMailbox goes as far as the page with the app.
func (p *walker) provesMailbox(link string) {
	p.s.T.Helper()
	p.b = p.browser()
	p.want(p.b.Get(link), 303, "/auth/rebind")
	p.want(p.b.Get("/auth/rebind"), 200, "")
	p.want(p.patient("/auth/rebind", fronttest.Form{"password": fronttest.Password}), 303, "/auth/rebind")
	p.scans(p.want(p.b.Get("/auth/rebind"), 200, ""))
}

func (p *walker) rebinds(link string) *walker {
	p.s.T.Helper()
	p.provesMailbox(link)
	p.want(p.b.Post("/auth/rebind", fronttest.Form{"code": p.code()}), 303, "/auth/sign-in")
	p.s.sleep(fronttest.SecondStep)
	return p
}

func (p *walker) active() bool {
	acct, ok := p.account()
	return ok && acct.User.State == identity.Active
}

// leaving is a sign-out; a copy of the cookie is worth nothing afterwards.
func (p *walker) leaving(scope string, gone func(*walker, *fronttest.Browser, string) func()) *faultTry {
	stolen := p.b.Clone()
	form := fronttest.Form{"scope": scope}
	return &faultTry{
		p: p, method: http.MethodPost, path: "/auth/sign-out", form: form, to: "/auth/sign-out",
		done:         func() bool { return !signedIn(stolen) },
		acknowledged: gone(p, stolen, "a copy of the cookie"),
		goal: func() {
			if page := p.want(p.b.Get("/auth/sign-out"), 200, ""); strings.Contains(page.Body, `name="scope"`) {
				p.want(p.b.Post("/auth/sign-out", form), 303, "/auth/sign-out")
			}
			gone(p, stolen, "a copy of the cookie")()
		},
	}
}

// guessing goes on until the lever locks; what counts is how often the guesser
// learns anything.
func (p *walker) guessing(path string, form fronttest.Form) *faultTry {
	told := new(int)
	return &faultTry{
		p: p, method: http.MethodPost, path: path, form: form, told: told, status: http.StatusUnauthorized,
		done: func() bool { return true }, acknowledged: func() { *told++ },
		goal: func() {
			for range 30 {
				p.b = p.browser()
				p.want(p.b.Get("/auth/sign-in"), 200, "")
				if path != "/auth/sign-in" && p.b.Post("/auth/sign-in", p.signInForm()).Status == http.StatusTooManyRequests {
					return
				}
				switch a := p.b.Post(path, form); a.Status {
				case http.StatusUnauthorized:
					*told++
				case http.StatusTooManyRequests:
					return
				}
			}
			p.fail("nobody stops a guesser, who was told %d times", *told)
		},
	}
}
