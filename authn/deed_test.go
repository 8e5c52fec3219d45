package authn_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// deed is one request whose ports fail in turn.
type deed struct {
	// prepare makes the world; the result is the request.
	prepare func(r *rig) (*browser, act)
	// calls are the verbs that the request uses, in their order.
	calls string
	// after is what is true when it went well, in the words of where.
	after string
	// differs says what a fault of a call leads to where that is not the rule: the
	// fault is told as it is, and everything is as before.
	differs map[string]string
}

type act func(ctx context.Context, s *session.Session) error

// faults are what a store may answer; canceled is the request's end while the
// verb runs; ended is the end of this session by another request of it.
var faults = map[string]error{
	"plug": errPlug, "gone": store.ErrNotFound, "conflict": store.ErrConflict, "exists": store.ErrExists,
	"corrupt": store.ErrCorrupt, "canceled": context.Canceled, "ended": session.ErrEnded,
}

// where tells how things stand: who is signed in in the browser, and what ada's
// and the boss's accounts are.
func (r *rig) where(b *browser) string {
	r.t.Helper()
	var out []string
	if b != nil && b.signedIn() {
		out = append(out, "in")
	}
	for name, email := range map[string]string{"ada": ada, "boss": boss} {
		if acct, ok := r.account(email); ok {
			out = append(out, fmt.Sprintf("%s %s/%d", name, states[acct.User.State], len(acct.Credentials)))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// told names an error by what a caller can tell it by.
func told(err, fault error) string {
	if err == nil {
		return "done"
	}
	var names []string
	for name, e := range map[string]error{
		"link": authn.ErrTokenInvalid, "superseded": authn.ErrFlowSuperseded, "not signed in": authn.ErrNotAuthenticated,
		"no enrolment": authn.ErrNoEnrolment, "closed": authn.ErrSignUpClosed, "signed in": authn.ErrSignedIn,
		"taken": authn.ErrIdentifierTaken, "admin exists": authn.ErrAdminExists, "outcome": errOutcome,
	} {
		if errors.Is(err, e) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		return strings.Join(names, "+")
	}
	var half *authn.RevocationError
	switch {
	case errors.As(err, &half):
		return fmt.Sprintf("changed %t, revoked %t", half.Changed, half.Revoked)
	case fault != nil && errors.Is(err, fault):
		return "told"
	}
	return err.Error()
}

// errOutcome is an outcome that is not an error and not the wanted one.
var errOutcome = errors.New("outcome")

// run does the deed with a fault at the nth call; zero is none. It returns the
// verbs, numbered where they come more than once, and the error.
func (d deed) run(t *testing.T, nth int, fault string) (verbs []string, before, after string, err error) {
	t.Helper()
	r := newRig(t)
	b, do := d.prepare(r)
	before = r.where(b)
	if b == nil {
		b = r.browser()
	}
	b.do(func(ctx context.Context, s *session.Session) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		hook := func(verb string) error {
			n := 1
			for _, v := range verbs {
				if v == verb || strings.HasPrefix(v, verb+"#") {
					n++
				}
			}
			if n > 1 {
				verb = fmt.Sprintf("%s#%d", verb, n)
			}
			verbs = append(verbs, verb)
			if len(verbs) != nth {
				return nil
			}
			switch fault {
			case "canceled":
				cancel()
				return nil
			case "ended":
				return s.Logout(ctx)
			}
			return fmt.Errorf("%s: %w", verb, faults[fault])
		}
		r.ident.hook(hook)
		r.ledger.hook(hook)
		r.store.hook(func(verb string) error {
			if fault == "ended" {
				verbs = append(verbs, verb)
				return nil // a session is not ended from inside its own store
			}
			return hook(verb)
		})
		err = do(ctx, s)
		r.mend()
	})
	return verbs, before, r.where(b), err
}

// check does the deed without a fault, and then with each fault at each call.
func (d deed) check(t *testing.T) {
	t.Helper()
	verbs, _, after, err := d.run(t, 0, "")
	if got := strings.Join(verbs, " "); err != nil || got != d.calls || after != d.after {
		t.Errorf("without a fault: %v\n\tcalls: %q, after: %q,", err, got, after)
	}
	for nth, verb := range verbs {
		led := map[string][]string{}
		for fault, as := range faults {
			_, before, after, err := d.run(t, nth+1, fault)
			what := told(err, as)
			if after != before {
				what += " and " + after
			}
			if what != "told" {
				led[what] = append(led[what], fault)
			}
		}
		var lines []string
		for what, by := range led {
			slices.Sort(by)
			lines = append(lines, what+" if "+strings.Join(by, " "))
		}
		slices.Sort(lines)
		if got := strings.Join(lines, "; "); got != d.differs[verb] {
			t.Errorf("a fault of a call leads to\n\t%q: %q,", verb, got)
		}
	}
}

// want is the error of an outcome: nil for the wanted kind.
func want[T any](out any, err error) error {
	if err == nil && !is[T](out) {
		return fmt.Errorf("%w %T", errOutcome, out)
	}
	return err
}

var states = map[identity.UserState]string{identity.Candidate: "candidate", identity.Active: "active"}
