package authn_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// proved is a factor as the model of a login remembers it.
type proved struct {
	kind identity.Kind
	at   time.Time
}

// meets is the requirement, worked out from what was proved and nothing else.
func meets(req authn.Requirement, all []proved, now time.Time) bool {
	age := req.MaxAge
	if age == 0 {
		age = 5 * time.Minute
	}
	kinds := map[identity.Kind]bool{}
	for _, p := range all {
		if now.Sub(p.at) <= age {
			kinds[p.kind] = true
		}
	}
	return identity.AAL(len(kinds)) >= req.MinAAL &&
		slices.ContainsFunc(req.AnyOf, func(k identity.Kind) bool { return kinds[k] })
}

// modelLogin is what a model knows of the login of one browser.
type modelLogin struct {
	b       *browser
	base    []proved
	pending []proved // in the step-up that is under way
	auth    time.Time
	asked   authn.Requirement
	since   time.Time // when it was asked
}

// AUN-I13, AUN-100, AUN-102, AUN-103, SES-016, SES-017: step-ups asked for, answered
// rightly and wrongly, with codes used before, given up, run out of time and locked,
// in two logins of one person and in any order: a login has at each moment exactly the
// evidence that was proved for it by step-ups that were finished, and meets what asks
// for more only while that is young enough.
func TestStepUp_in_any_order(t *testing.T) {
	t.Parallel()
	onStores(t, 2, 20, func(w walk) {
		r := w.rig()
		show := r.app(r.person(ada))
		spent := map[string]bool{}
		var logins []*modelLogin
		for _, addr := range []string{"192.0.2.7:1", "198.51.100.7:1"} {
			r.clock.Advance(time.Minute)
			l := &modelLogin{b: r.browser()}
			l.b.addr = addr
			l.b.begin(ada)
			l.b.try(pw(goodPassword))
			typed := show()
			spent[typed+r.clock.Now().Truncate(30*time.Second).String()] = true
			if out := l.b.try(code(typed)); !is[authn.Completed](out) {
				w.Fatalf("sign-in: %T", out)
			}
			l.auth = r.clock.Now()
			l.base = []proved{{factor.Password, l.auth}, {factor.TOTP, l.auth}}
			logins = append(logins, l)
		}
		pick := func(rt *rapid.T) *modelLogin { return logins[rapid.IntRange(0, 1).Draw(rt, "login")] }
		present := func(rt *rapid.T, l *modelLogin, c authn.Credential, right bool) {
			out, err := l.b.verify(c)
			if err != nil {
				if !errors.Is(err, authn.ErrNoFlow) && !errors.Is(err, authn.ErrStepMismatch) && !errors.Is(err, authn.ErrFlowExpired) {
					rt.Fatalf("verify: %v", err)
				}
				return
			}
			passed := is[authn.Completed](out) || is[authn.StepRequired](out)
			if passed && !right {
				rt.Fatalf("a wrong credential: %T", out)
			}
			if passed {
				l.pending = append(l.pending, proved{c.Kind(), r.clock.Now()})
			}
			if is[authn.Completed](out) {
				then := slices.Clone(l.base)
				for _, p := range l.pending {
					then = append(then, proved{p.kind, l.since})
				}
				if !meets(l.asked, then, l.since) {
					rt.Fatalf("%+v answered by %+v", l.asked, then)
				}
				l.base, l.pending = append(l.base, l.pending...), nil
			}
		}
		w.Repeat(map[string]func(*rapid.T){
			"asks": func(rt *rapid.T) {
				l, req := pick(rt), asks(rt)
				out, err := l.b.stepsUp(req)
				if err != nil {
					rt.Fatal(err)
				}
				met := meets(req, l.base, r.clock.Now())
				if is[authn.Satisfied](out) != met || is[authn.StepRequired](out) == met {
					rt.Fatalf("%+v of %+v at %v: %T, and the model says %v", req, l.base, r.clock.Now(), out, met)
				}
				if !met {
					l.pending, l.asked, l.since = nil, req, r.clock.Now()
				}
			},
			"password": func(rt *rapid.T) { present(rt, pick(rt), pw(goodPassword), true) },
			"guess":    func(rt *rapid.T) { present(rt, pick(rt), wrong(rt), false) },
			"code": func(rt *rapid.T) {
				typed := show()
				of := typed + r.clock.Now().Truncate(30*time.Second).String()
				l := pick(rt)
				before := len(l.base) + len(l.pending)
				present(rt, l, code(typed), !spent[of])
				if len(l.base)+len(l.pending) > before {
					spent[of] = true
				}
			},
			"gives up": func(rt *rapid.T) {
				l := pick(rt)
				if err := l.b.abandons(); err != nil {
					rt.Fatal(err)
				}
				l.pending = nil
			},
			"another tab": func(rt *rapid.T) {
				l := pick(rt)
				if list, err := l.b.sessions(session.Ref{}, 10); err != nil || len(list) != 2 {
					rt.Fatalf("%d sessions, %v", len(list), err)
				}
			},
			"time": func(rt *rapid.T) {
				r.clock.Advance(chance(rt, "wait", time.Second, 29*time.Second, 31*time.Second, time.Minute, 4*time.Minute, 10*time.Minute, 16*time.Minute))
			},
			"": func(rt *rapid.T) {
				for i, l := range logins {
					l.same(rt, i)
				}
			},
		})
	})
}

// same compares a login with what the model knows of it.
func (l *modelLogin) same(rt *rapid.T, i int) {
	now := l.b.r.clock.Now()
	l.b.do(func(_ context.Context, s *session.Session) {
		login, ok := s.State().(session.Authenticated)
		if st, under := s.State().(session.Authenticating); under {
			login, ok = st.Base()
		} else {
			l.pending = nil
		}
		if !ok {
			rt.Fatalf("login %d is %T", i, s.State())
		}
		var have []proved
		for _, e := range login.Evidence() {
			have = append(have, proved{e.Kind, e.At})
		}
		if !slices.EqualFunc(have, l.base, func(a, b proved) bool { return a.kind == b.kind && a.at.Equal(b.at) }) || !login.AuthTime().Equal(l.auth) {
			rt.Fatalf("login %d has %+v since %v, and the model %+v since %v", i, have, login.AuthTime(), l.base, l.auth)
		}
		for _, kinds := range [][]identity.Kind{{factor.TOTP}, {factor.Password}} {
			for _, level := range []identity.AAL{identity.AAL1, identity.AAL2} {
				for _, age := range []time.Duration{time.Second, time.Minute, 5 * time.Minute} {
					req := authn.Requirement{AnyOf: kinds, MinAAL: level, MaxAge: age}
					if got, want := l.b.r.accounts.Meets(s.State(), req), meets(req, l.base, now); got != want {
						rt.Fatalf("login %d meets %+v: %v, with %+v at %v", i, req, got, l.base, now)
					}
				}
			}
		}
	})
}
