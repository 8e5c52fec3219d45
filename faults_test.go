package axess_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/sqlite"
	"github.com/axess-go/axess/store/storetest/fault"
)

// Every step of an account's life is walked once in peace, which tells the calls of
// ports that it makes; then once more for every kind of fault at every one of those
// calls, each time by somebody new. Whatever befalls, the answer is one of the
// documented ones; it never claims what did not happen; nobody is signed out by a
// blink of the storage and nobody stays signed in after an acknowledged end; no
// cookie goes out without its record; a guess is never free; a promised mail comes;
// the trail says what the tables say; and when the storage is well again the person
// gets where they wanted.
//
// Time is the bubble's, so a wait costs nothing, a request that waits for ever is a
// deadlock, and a goroutine that is left behind fails the test.
//
// On SQLite, whose own part is another one, only the faults in which a backend
// takes part are injected; AXESS_FAULTS=all injects everything there too.
//
// STO-010, STO-061, SES-066, SES-067, SES-074, SES-199, AUN-042, AUN-050, AUN-060
func TestFaults_around_every_call(t *testing.T) {
	t.Parallel()
	for _, on := range []struct {
		name  string
		all   bool
		store func(t *testing.T) backend.Stores
	}{
		{"memory", true, func(*testing.T) backend.Stores { return memory.New(memory.Config{}).Stores() }},
		{"sqlite", os.Getenv("AXESS_FAULTS") == "all", func(t *testing.T) backend.Stores {
			db, err := sqlite.Open(filepath.Join(t.TempDir(), "app.db"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
			return db.Stores()
		}},
	} {
		t.Run(on.name, func(t *testing.T) {
			t.Parallel()
			for _, step := range faultSteps() {
				t.Run(step.name, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						r := &faultRun{open: on.store, all: on.all, step: step, t: t}
						r.walk()
						t.Logf("%d calls, %d faults", len(r.calls), r.count)
					})
				})
			}
		})
	}
}

// faultStep is one request of a journey.
type faultStep struct {
	name string
	// alone: a site serves one such step only.
	alone bool
	// ready brings somebody new to where the step is next.
	ready func(s *faultSite) *faultTry
}

// faultTry is a step that somebody is about to take.
type faultTry struct {
	p *walker
	// method, path and form are the request.
	method, path string
	form         fronttest.Form
	// to is where the answer of a success leads; empty is a page, of this status
	// unless it is 200.
	to     string
	status int
	// done reads whether it has happened.
	done func() bool
	// acknowledged is what holds from a successful answer on.
	acknowledged func()
	// goal goes on like a person who wants the step done, and fails if they cannot.
	goal func()
	// harmless: whatever happens, p stays signed in.
	harmless bool
	// last is the answer that was judged.
	last fronttest.Answer
	// told are the answers from which a guesser learns that the guess was wrong.
	told *int
}

func (f *faultTry) succeeded(a fronttest.Answer) bool {
	if f.to == "" {
		return a.Status == cmp.Or(f.status, http.StatusOK)
	}
	return a.Status == http.StatusSeeOther && leads(a) == f.to
}

// faultKind is one fault of the walk.
type faultKind struct {
	name string
	// inject gets what ends the request's context.
	inject func(s *faultSite, hangUp func()) fault.Injection
	// gone: the person does not see the answer.
	gone bool
	// deep: the backend itself takes part.
	deep bool
}

func faultKinds() []faultKind {
	var out []faultKind
	for _, k := range fault.Kinds() {
		out = append(out, faultKind{
			name: k.Name, inject: func(*faultSite, func()) fault.Injection { return k.Injection },
			deep: k.Name != "error before" && k.Name != "context ended before",
		})
	}
	return append(out,
		faultKind{name: "later than anybody waits", inject: func(s *faultSite, _ func()) fault.Injection {
			return fault.Injection{Delay: func() { s.sleep(6 * time.Second) }}
		}},
		faultKind{name: "client gone before", gone: true, inject: func(_ *faultSite, hangUp func()) fault.Injection {
			return fault.Injection{Delay: hangUp}
		}, deep: true},
		faultKind{name: "client gone after", gone: true, inject: func(_ *faultSite, hangUp func()) fault.Injection {
			return fault.Injection{Late: hangUp}
		}},
	)
}

// faultRun walks one step on one backend.
type faultRun struct {
	open  func(t *testing.T) backend.Stores
	all   bool
	step  faultStep
	t     *testing.T
	site  *faultSite
	calls []fault.Call
	count int
}

func (r *faultRun) ready() *faultTry {
	if r.site == nil || r.step.alone {
		r.site = newFaultSite(r.t, r.open(r.t))
	}
	return r.step.ready(r.site)
}

func (r *faultRun) walk() {
	clean := r.ready()
	a, calls := r.take(clean, nil, faultKind{})
	if !clean.succeeded(a) || !clean.done() {
		r.t.Fatalf("in peace: %s, done %v\n%s", brief(a), clean.done(), r.site.errors())
	}
	if len(calls) == 0 {
		r.t.Fatal("a step without calls: nothing can be injected")
	}
	r.calls = calls
	learned := 0
	if clean.last = a; clean.acknowledged != nil {
		clean.acknowledged()
	}
	if clean.goal(); clean.told != nil {
		learned = *clean.told
	}
	for _, call := range calls {
		for _, kind := range faultKinds() {
			if !r.all && !kind.deep {
				continue
			}
			r.count++
			r.one(call, kind, learned)
		}
	}
}

// take sends the request under a plan and returns the calls that the request made.
func (r *faultRun) take(f *faultTry, call *fault.Call, kind faultKind) (fronttest.Answer, []fault.Call) {
	s := r.site
	ctx, hangUp := s.clock.WithCancel(r.t.Context())
	defer hangUp(nil)
	synctest.Wait()
	s.Ports.Faults.Reset()
	if call != nil {
		s.Ports.Faults.Use(fault.On(call.Verb, call.N, kind.inject(s, func() { hangUp(context.Canceled) })))
	}
	before := f.p.b.Clone().Cookies
	a := f.p.b.Send(f.p.b.Request(f.method, f.path, f.form).WithContext(ctx))
	s.Ports.Faults.Use(nil)
	if kind.gone {
		f.p.b.Cookies = before
	}
	synctest.Wait()
	return a, slices.DeleteFunc(s.Ports.Faults.Calls(), fronttest.OfJobs)
}

// one is one fault at one call.
func (r *faultRun) one(call fault.Call, kind faultKind, learned int) {
	f := r.ready()
	where := fmt.Sprintf("%s at %s, number %d", kind.name, call, call.N)
	fail := func(format string, args ...any) {
		r.t.Helper()
		r.t.Errorf("%s: %s", where, fmt.Sprintf(format, args...))
	}
	f.p.fail = fail
	before := f.p.b.Clone()
	a, calls := r.take(f, &call, kind)
	if !slices.ContainsFunc(calls, func(c fault.Call) bool { return c.Verb == call.Verb && c.N == call.N }) {
		fail("the call did not happen: nothing was injected")
	}
	if !kind.gone {
		r.judge(f, before, a, fail)
	} else if why := undocumented(a); why != "" && !f.succeeded(a) {
		fail("%s: %s\n%s", why, brief(a), r.site.errors()) // nobody sees it, but it is logged and counted
	}
	f.p.consistent()
	if f.harmless {
		if a := f.p.b.Get("/auth/account"); a.Status != http.StatusOK {
			fail("signed out: %s", brief(a))
		}
	}
	f.goal()
	f.p.consistent()
	if f.told != nil && *f.told > learned {
		fail("%d guesses were told that they are wrong, %d in peace", *f.told, learned)
	}
	if r.t.Failed() {
		r.t.FailNow() // one fault is told whole rather than hundreds in part
	}
}

// judge looks at an answer that somebody has seen.
func (r *faultRun) judge(f *faultTry, before *fronttest.Browser, a fronttest.Answer, fail func(string, ...any)) {
	s, name := r.site, f.p.b.Cookie("")
	f.last = a
	if f.harmless && strings.HasPrefix(a.Header.Get("Location"), "/auth/sign-in") {
		fail("sent to sign in by a blink of the storage")
	}
	if f.succeeded(a) {
		if !f.done() {
			fail("a success that did not happen: %s", brief(a))
		}
		if f.acknowledged != nil {
			f.acknowledged()
		}
	} else if why := undocumented(a); why != "" {
		fail("%s: %s\n%s", why, brief(a), s.errors())
	}
	if !a.Sets(name) {
		return
	}
	if value, ok := f.p.b.Cookies[name]; ok {
		if ref, stored := sessionOf(r.t, value); stored && !s.stored(ref) {
			fail("%d sets a cookie without a record", a.Status)
		}
	} else if ref, stored := sessionOf(r.t, before.Cookies[name]); stored && s.stored(ref) {
		fail("%d takes the cookie of a session that lives", a.Status)
	}
}

// undocumented says what is wrong with an answer that is no success.
func undocumented(a fronttest.Answer) string {
	switch {
	case a.Status == http.StatusSeeOther:
		if to := a.Header.Get("Location"); !strings.HasPrefix(to, "/auth/") && to != "/" {
			return "leads to " + to
		}
		return ""
	case a.Status >= 500 && a.Status != http.StatusServiceUnavailable:
		return fmt.Sprintf("a fault of the storage answered %d", a.Status)
	case a.Status == http.StatusServiceUnavailable && a.Header.Get("Retry-After") == "":
		return "503 does not say when to try again"
	case a.Status < 400:
		return fmt.Sprintf("neither done nor refused: %d", a.Status)
	case !codeOn.MatchString(a.Body) && !strings.Contains(a.Body, "<form"):
		return fmt.Sprintf("%d without a code", a.Status)
	case a.Header.Get("Cache-Control") != "no-store":
		return "a refusal that may be kept"
	}
	return ""
}
