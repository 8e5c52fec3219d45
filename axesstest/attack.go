package axesstest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess"
)

// Attack runs every attack that the kit knows against the program, each as a
// subtest of its name. One that does not hold fails with what was sent and seen, and
// so does one that finds nothing to attack; one that was left out says why.
//
//		axesstest.Attack(t, axesstest.New(t, app.Routes), axesstest.Guarded("GET /reports/{id}"))
//
//	  - guards: every route that asks for a sign-in refuses strangers, people half-way
//	    through their sign-in, and people of another installation, as page and as data
//	  - fixation: a cookie planted before a sign-in is worth nothing after it
//	  - csrf: forms of another site, of a sibling, of http and of a sandboxed frame
//	    change nothing, with the victim's cookies and without Sec-Fetch
//	  - login_csrf: nobody is signed in to an attacker's account by a page elsewhere
//	  - forged_cookie: changed, cut, foreign and doubled session cookies are nobody's
//	  - replayed_code: codes and mailed links work once
//	  - ended_session: a stolen cookie ends with the sign-out of its owner
//	  - open_redirect: no next leads away
//	  - host: no header puts another host into answers and mails
//	  - enumeration: sign-in and sign-up answer alike whether an address is known
//	  - malformed: what cannot be read is refused and never a fault
//
// Routes come from the program's axess.Routes; those of another mux are named by
// [Guarded]. The clock of the kit moves, and people called …@attack.example get
// accounts.
func Attack(t *testing.T, k *Kit, options ...AttackOption) {
	t.Helper()
	p := k.plan(options)
	for _, a := range attacks() {
		t.Run(a.name, func(t *testing.T) {
			t.Helper()
			if reason := p.skip[a.name]; reason != "" {
				t.Skipf("left out on purpose: %s", reason)
			}
			switch found := a.run(p); {
			case len(found.broken) > 0:
				t.Errorf("broken: %s", strings.Join(found.broken, "\nbroken: "))
			case found.tried == 0:
				// What looks like a success would be a guard that nobody tried.
				t.Errorf("nothing here to attack: name the routes with Guarded, or say why not with Without(%q, reason)", a.name)
			default:
				t.Logf("held, %d times", found.tried)
			}
		})
	}
}

// AttackOption says more about the program under attack.
type AttackOption func(*plan)

// Guarded names routes that only somebody signed in may see, in the syntax of
// ServeMux, for programs that do not keep them in an axess.Routes.
func Guarded(patterns ...string) AttackOption {
	return func(p *plan) {
		for _, pattern := range patterns {
			p.routes = append(p.routes, target{pattern: pattern, guard: "authn"})
		}
	}
}

// Sample gives a route a path to ask for; without one, wildcards become "1".
func Sample(pattern, path string) AttackOption {
	return func(p *plan) { p.samples[pattern] = path }
}

// Without leaves an attack out, with a reason that the summary shows.
func Without(name, reason string) AttackOption {
	return func(p *plan) {
		if !slices.ContainsFunc(attacks(), func(a attack) bool { return a.name == name }) {
			p.k.T.Fatalf("axesstest: no attack %q to leave out", name)
		}
		if strings.TrimSpace(reason) == "" {
			p.k.T.Fatalf("axesstest: why is %s left out?", name)
		}
		p.skip[name] = reason
	}
}

// plan is what is attacked.
type plan struct {
	k       *Kit
	routes  []target
	samples map[string]string
	skip    map[string]string
}

// target is a route with a request for it.
type target struct{ pattern, guard, method, path string }

// found is what became of an attack.
type found struct {
	tried  int
	broken []string
}

func (f *found) breaks(format string, args ...any) {
	if len(f.broken) < 10 { // enough to see what it is
		f.broken = append(f.broken, fmt.Sprintf(format, args...))
	}
}

type attack struct {
	name string
	run  func(*plan) found
}

func attacks() []attack {
	return []attack{
		{"guards", (*plan).guards}, {"fixation", (*plan).fixation}, {"csrf", (*plan).csrf}, {"login_csrf", (*plan).loginCSRF},
		{"forged_cookie", (*plan).forgedCookie}, {"replayed_code", (*plan).replayedCode}, {"ended_session", (*plan).endedSession},
		{"open_redirect", (*plan).openRedirect}, {"host", (*plan).host}, {"enumeration", (*plan).enumeration}, {"malformed", (*plan).malformed},
	}
}

func (k *Kit) plan(options []AttackOption) *plan {
	k.T.Helper()
	p := &plan{k: k, samples: map[string]string{}, skip: map[string]string{}}
	for _, r := range k.routes {
		p.routes = append(p.routes, target{pattern: r.Pattern, guard: r.Guard})
	}
	for _, o := range options {
		o(p)
	}
	for i := range p.routes {
		r := &p.routes[i]
		r.method, r.path = sample(r.pattern)
		if path := p.samples[r.pattern]; path != "" {
			r.path = path
		}
	}
	// The account is guarded in every program that mounts the pages.
	if a := k.Browser().Get(k.Auth.URL(axess.PageSignIn, nil)); a.Status == http.StatusOK {
		p.routes = append(p.routes,
			target{"account", "authn", http.MethodGet, k.page("/account")},
			target{"sessions", "authn", http.MethodGet, k.page("/account/sessions")},
			target{"end others", "authn", http.MethodPost, k.page("/account/sessions/end-others")})
	} else {
		k.T.Fatalf("axesstest: the pages are not mounted, and people can only sign in there\n%s", a.report())
	}
	return p
}

// sample makes a request line from a pattern.
func sample(pattern string) (method, path string) {
	method, path = http.MethodGet, pattern
	if m, rest, ok := strings.Cut(pattern, " "); ok {
		method, path = m, strings.TrimLeft(rest, " \t")
	}
	if i := strings.IndexByte(path, '/'); i > 0 {
		path = path[i:] // a host
	}
	path = strings.TrimSuffix(path, "{$}")
	for {
		before, rest, ok := strings.Cut(path, "{")
		if !ok {
			return method, path
		}
		_, after, _ := strings.Cut(rest, "}")
		path = before + "1" + after
	}
}

// guarded are the routes that ask for a sign-in.
func (p *plan) guarded() []target {
	return slices.DeleteFunc(slices.Clone(p.routes), func(r target) bool { return r.guard != "authn" })
}

// ask sends the request of a route without following redirects: as a page, or as
// data.
func (b *Browser) ask(r target, data bool) (*Answer, error) {
	var body *strings.Reader
	form := r.method != http.MethodGet && r.method != http.MethodHead
	if form {
		body = strings.NewReader("_csrf=" + b.token())
	} else {
		body = strings.NewReader("")
	}
	req := b.Request(r.method, r.path, body)
	if form {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if data {
		req.Header.Set("Accept", "application/json")
	}
	return b.once(req)
}

// once sends a request and follows nothing.
func (b *Browser) once(r *http.Request) (*Answer, error) {
	stay := *b
	stay.Client = &http.Client{Transport: way{&stay}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return stay.do(r)
}
