package session

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/store"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

func adopt(g *rig) machine.Event { return machine.Adopt{Login: g.login(g.subj)} }

// undeletable is a store whose deletes fail.
type undeletable struct{ *memStore }

func (undeletable) Delete(context.Context, Ref, identity.Subject, ...store.Row) error {
	return store.ErrUnavailable
}

// mustDecodeRecord is the body behind a browser's cookie.
func mustDecodeRecord(t *testing.T, g *rig, b *browser) body {
	t.Helper()
	for _, rec := range g.db.list() {
		if rec.Ref != b.id().ref() {
			continue
		}
		plain, _, err := g.open(rec.Ref, rec.Rev, rec.Sealed)
		if err != nil {
			t.Fatal(err)
		}
		return mustDecode(t, plain)
	}
	t.Fatal("no record")
	return body{}
}

// works reports whether the cookie of a browser leads to its session in another.
func works(b *browser, agent string) bool {
	other := *b
	other.agent = agent
	return other.state() != Guest{}
}

// A session is bound from its first prompt on, through every move of it: a flow, a
// step-up, a workflow, an impersonation and what they come back to are good in one
// browser only, under the salt that they began with.
// SES-176, SES-178, SES-179
func TestBinding_of_every_state(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	var salt []byte
	bound := func(what string) {
		t.Helper()
		if !works(b, "") || works(b, firefox) || works(b, noAgent) {
			t.Errorf("%s: here %v, elsewhere %v, without a name %v", what, works(b, ""), works(b, firefox), works(b, noAgent))
		}
		now := mustDecodeRecord(t, g, b).salt
		if salt != nil && string(now) != string(salt) {
			t.Errorf("%s: bound anew", what)
		}
		salt = now
	}
	b.must(machine.Identify{Subject: g.subj, Deadline: g.now().Add(time.Minute)})
	bound("identifying")
	b.must(machine.Begin{Flow: g.flow(g.subj)})
	bound("authenticating")
	b.must(machine.Pass{Evidence: g.evidence("password")})
	bound("a step passed")
	g.complete(b)
	bound("signed in")
	b.must(machine.Regenerate{})
	bound("a new id")
	up := g.flow(g.subj)
	up.Steps = up.Steps[1:]
	b.must(machine.StepUp{Flow: up})
	bound("step-up")
	b.agent = agentOf("141.0") // an update must not raise what the login has set
	g.complete(b)
	b.agent = ""
	bound("stepped up")
	b.must(g.as(g.colleague()))
	bound("acting")
	b.must(machine.StopImpersonating{})
	bound("back")
	b.must(machine.StartWorkflow{Flow: machine.WorkflowData{Subject: g.subj, Kind: "terms", Total: 1, Deadline: g.now().Add(time.Hour), Then: machine.ThenAuthenticated}})
	bound("workflow over a login")

	signUp := g.browser()
	signUp.must(machine.StartWorkflow{Flow: machine.WorkflowData{Subject: g.subj, Kind: WorkflowSignup, Total: 1, Deadline: g.now().Add(time.Hour), Then: machine.ThenAuthenticated, Epochs: g.login(g.subj).Epochs}})
	b, salt = signUp, nil
	bound("sign-up")
}

// A guest's data are bound to nothing; what follows them is.
// SES-178
func TestBinding_begins_with_the_first_move(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	b.with(func(_ *http.Request, s *Session) { _ = anyNote.Set(s, "cart") })
	guest := *b
	if guest.agent = firefox; guest.note() != "cart" {
		t.Error("a guest is bound")
	}
	b.must(adopt(g))
	if works(b, firefox) {
		t.Error("a login is not")
	}
	// A sign-out and two logins in one request: the last one is bound, to this browser.
	old := mustDecodeRecord(t, g, b).salt
	b.with(func(r *http.Request, s *Session) {
		for range 2 {
			if err := s.Logout(r.Context()); err == nil {
				_, err = s.Transition(r.Context(), machine.End{}, Commit{})
				if !errors.Is(err, ErrEnded) {
					t.Error(err)
				}
			}
		}
	})
	b.with(func(r *http.Request, s *Session) {
		for _, ev := range []machine.Event{adopt(g), machine.End{}, adopt(g)} {
			if _, err := s.Transition(r.Context(), ev, Commit{}); err != nil {
				t.Fatal(err)
			}
		}
	})
	if !works(b, "") || works(b, firefox) || string(mustDecodeRecord(t, g, b).salt) == string(old) {
		t.Error("a login after a sign-out is not bound, or under the old salt")
	}
	// Another person in the same browser has a binding of their own.
	old = mustDecodeRecord(t, g, b).salt
	b.must(machine.Begin{Flow: g.flow(g.other())})
	if works(b, firefox) || string(mustDecodeRecord(t, g, b).salt) == string(old) {
		t.Error("two people can be seen to share a browser")
	}
	// Somebody who is rejected can sign in, and is bound to where they do.
	moved := &browser{g: g, cookie: g.in().cookie, agent: firefox}
	moved.must(adopt(g))
	if !works(moved, firefox) || works(moved, "") {
		t.Error("a new login from a rejected browser")
	}
}

// A challenge keeps the login, tells guards, lets a step-up through and is answered by
// it: the session is then bound to the browser that the factor was proved in.
// SES-180
func TestBinding_challenge(t *testing.T) {
	t.Parallel()
	g := newRig(t, bindings(Binding{BindLanguage, Challenge}, Binding{BindUserAgent, Reject}))
	speaking := func(lang string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Accept-Language", lang) }
	}
	b := g.browser()
	b.dress = speaking("en")
	b.must(adopt(g))
	before := mustDecodeRecord(t, g, b)
	b.dress = speaking("fr")
	if v := b.view(); !v.Challenged || !IsAuthenticated(v.State) || b.sets() {
		t.Fatalf("%+v", v)
	}
	b.must(machine.Regenerate{})
	if !b.view().Challenged {
		t.Fatal("a new id answers a challenge")
	}
	up := g.flow(g.subj)
	up.Steps = up.Steps[1:]
	b.must(machine.StepUp{Flow: up})
	if v := b.view(); !v.Challenged {
		t.Fatal("answered before a factor was proved")
	}
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		_, _, proof, err := machine.Advance(s.State().(Authenticating), g.evidence("totp"), g.now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Transition(r.Context(), machine.Complete{Proof: proof}, Commit{}); err != nil {
			t.Fatal(err)
		}
		if s.View().Challenged {
			t.Error("still challenged, in the same request")
		}
	})
	if v := b.view(); v.Challenged || !IsAuthenticated(v.State) {
		t.Fatalf("%+v", v)
	}
	after := mustDecodeRecord(t, g, b)
	if string(after.salt) != string(before.salt) || works(b, firefox) {
		t.Error("what was not challenged is bound anew")
	}
	b.dress = speaking("en")
	if !b.view().Challenged {
		t.Error("both browsers are good now")
	}
	b.with(func(r *http.Request, s *Session) {
		if err := s.Logout(r.Context()); err != nil || s.View().Challenged {
			t.Error("a challenged login cannot be signed out", err)
		}
	})
	// Where there is no login to prove a factor for, it is a rejection.
	for name, ev := range map[string]machine.Event{
		"flow":     machine.Begin{Flow: g.flow(g.subj)},
		"workflow": machine.StartWorkflow{Flow: machine.WorkflowData{Subject: g.subj, Kind: WorkflowSignup, Total: 1, Deadline: g.now().Add(time.Hour), Then: machine.ThenAuthenticated}},
	} {
		b := g.browser()
		b.dress = speaking("en")
		b.must(ev)
		b.dress = speaking("fr")
		if v := b.view(); v.State != (Guest{}) || v.Challenged {
			t.Errorf("%s: %+v", name, v)
		}
	}
	if g.mismatches(traitLanguage, Reject) != 2 {
		t.Error("reported as something else")
	}
}
