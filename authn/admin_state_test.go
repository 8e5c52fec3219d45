package authn_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// AUN-111, AUN-112: a suspension ends sessions, logins in progress and links at
// once; an activation lets the person sign in again and brings nothing back.
func TestAdmin_suspends_and_activates(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.person(ada)
	in, half := o.browser().signIn(ada), o.browser()
	half.begin(ada)
	_, err := o.accounts.BeginReset(t.Context(), ada)
	must(t, err)
	link := o.link()
	x := o.order(u)
	x.Until = o.clock.Now().Add(time.Hour)
	must(t, o.admin.Suspend(t.Context(), x))
	if in.signedIn() || o.opens(ada, goodPassword) {
		t.Error("signed in after the suspension")
	}
	if out, err := half.verify(pw(goodPassword)); is[authn.Completed](out) {
		t.Errorf("a login in progress goes on: %T %v", out, err)
	}
	d := o.read(u)
	if d.State != identity.Suspended || d.Detail.Reason != "ticket 7" || !d.Detail.Until.Equal(x.Until) || d.UpdatedBy != o.boss.ID {
		t.Errorf("%+v", d)
	}
	got := o.audited()
	for _, want := range []string{`"kind":"account_suspended"`, `"until_us":`, `"by":"admin"`, o.boss.ID.String()} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if strings.Contains(got, "ticket 7") {
		t.Error("the reason is in the event")
	}
	x.Until = time.Time{}
	must(t, o.admin.Activate(t.Context(), x))
	must(t, o.admin.Activate(t.Context(), x)) // again
	if in.signedIn() || half.signedIn() {
		t.Error("an old session is back")
	}
	if _, err := o.accounts.ViewReset(t.Context(), link); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("the old link works: %v", err)
	}
	if !o.opens(ada, goodPassword) || o.eventsOf("account_activated") != 1 {
		t.Errorf("no sign-in, or %d events", o.eventsOf("account_activated"))
	}
}

// AUN-111: an order that is repeated ends sessions once more and is one event; one
// that says something else holds from then on.
func TestAdmin_repeats(t *testing.T) {
	t.Parallel()
	for verb, kind := range map[string]string{"suspend": "account_suspended", "terminate": "account_deleted", "archive": "account_deleted"} {
		o := newOffice(t)
		u := o.person(ada)
		do := o.verbs()[verb]
		for range 3 {
			must(t, do(t.Context(), o.order(u)))
		}
		e, err := o.stores.Session.Epochs(t.Context(), u.Subject())
		if n := o.eventsOf(kind); err != nil || n != 1 || e.User != 3 {
			t.Errorf("%s: %d events, epoch %d, %v", verb, n, e.User, err)
		}
		x := o.order(u)
		x.Reason = "ticket 8"
		must(t, do(t.Context(), x))
		if verb == "suspend" && (o.read(u).Detail.Reason != "ticket 8" || o.eventsOf(kind) != 2) {
			t.Errorf("%+v", o.read(u).Detail)
		}
	}
}

// IDN-022, AUN-112: each verb leads from the states that it is for, and from no
// other.
func TestAdmin_states(t *testing.T) {
	t.Parallel()
	const c, p, a, s, d, v, e = identity.Candidate, identity.PendingActivation, identity.Active, identity.Suspended, identity.Terminated, identity.Archived, identity.Erasing
	moves := map[string]map[identity.UserState]identity.UserState{
		"suspend":   {a: s, s: s},
		"activate":  {p: a, a: a, s: a}, // not a Candidate: AUN-123
		"terminate": {c: d, p: d, a: d, s: d, d: d},
		"archive":   {a: v, d: v, v: v},
		"restore":   {},
		"operator":  {a: a, v: a},
		"erase":     {c: 0, p: 0, a: 0, s: 0, d: 0, v: 0, e: 0},
	}
	for verb, from := range moves {
		o := newOffice(t)
		for st := c; st <= e; st++ {
			u := o.in(st, fmt.Sprintf("p%d@example.org", st))
			x, do := o.order(u), o.verbs()[verb]
			if verb == "operator" {
				x.Actor, do = operator(t), o.admin.Restore
			}
			err := do(t.Context(), x)
			to, fine := from[st]
			if !fine {
				to = st
			}
			if fine != (err == nil) || !fine && !errors.Is(err, identity.ErrStateTransition) || o.read(u).State != to {
				t.Errorf("%s from %d: to %d, %v", verb, st, o.read(u).State, err)
			}
		}
	}
}

// IDN-021: a suspension whose end has passed counts as Active; the next verb writes
// so, and whoever signed in meanwhile stays.
func TestAdmin_rewrites_a_suspension_that_is_over(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"activate", "suspend", "archive", "terminate"} {
		o := newOffice(t)
		u := o.person(ada)
		x := o.order(u)
		x.Until = o.clock.Now().Add(time.Minute)
		must(t, o.admin.Suspend(t.Context(), x))
		if verb == "archive" {
			if err := o.admin.Archive(t.Context(), o.order(u)); !errors.Is(err, identity.ErrStateTransition) {
				t.Errorf("archived while it lasts: %v", err)
			}
		}
		o.clock.Advance(time.Minute)
		b := o.browser().signIn(ada)
		must(t, o.verbs()[verb](t.Context(), o.order(u)))
		st := o.read(u).State
		if verb == "activate" {
			if st != identity.Active || !b.signedIn() || !strings.Contains(o.audited(), `"cause":"expired"`) {
				t.Errorf("state %d, signed in %v", st, b.signedIn())
			}
			continue
		}
		if st == identity.Active || b.signedIn() || o.read(u).Detail.Until != (time.Time{}) {
			t.Errorf("%s: state %d, signed in %v", verb, st, b.signedIn())
		}
	}
}

// SES-199: a verb that could not end the sessions fails, says that the state is
// changed, and is finished by repeating it.
func TestAdmin_half_done(t *testing.T) {
	t.Parallel()
	owed := fmt.Errorf("%w: %w", identity.ErrNotRevoked, store.ErrUnavailable)
	for _, verb := range []string{"suspend", "terminate", "archive", "erase"} {
		for nth := 1; nth <= 2; nth++ {
			o := newOffice(t)
			u := o.person(ada)
			calls := 0
			o.ident.hook(func(v string) error {
				if !strings.HasPrefix(v, "Apply/") {
					return nil
				}
				if calls++; calls == nth {
					return owed
				}
				return nil
			})
			err := o.verbs()[verb](t.Context(), o.order(u))
			var half *authn.RevocationError
			if nth == 2 && verb != "erase" {
				must(t, err)
				continue
			}
			if !errors.As(err, &half) || !half.Changed || half.Revoked || !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s: %v", verb, err)
			}
			must(t, o.verbs()[verb](t.Context(), o.order(u)))
		}
	}
}

// AUN-111, AUN-113: one call of a port fails, whichever: the verb says so, nobody
// who was told of success is wrong, and repeating it comes to the end.
func TestAdmin_outage_of_any_call(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"suspend", "activate", "terminate", "archive", "restore", "erase", "clear_attempts"} {
		for nth := 1; ; nth++ {
			o := newOffice(t)
			st := map[string]identity.UserState{"activate": identity.Suspended, "restore": identity.Archived}[verb]
			u := identity.User{}
			if st == 0 {
				u = o.person(ada)
			} else {
				u = o.in(st, ada)
			}
			x := o.order(u)
			if verb == "restore" {
				x.Actor = operator(t)
			}
			hit := o.cut(nth)
			err := o.verbs()[verb](t.Context(), x)
			o.mend()
			if hit() == "" {
				must(t, err)
				if nth < 3 {
					t.Errorf("%s makes %d calls", verb, nth-1)
				}
				break
			}
			if !errors.Is(err, errPlug) {
				t.Errorf("%s: %s failed: %v", verb, hit(), err)
			}
			must(t, o.verbs()[verb](t.Context(), x))
		}
	}
}

// IDN-023: an order that was overtaken is judged anew by the state that it meets.
func TestAdmin_overtaken(t *testing.T) {
	t.Parallel()
	for verb, want := range map[string]error{"suspend": nil, "terminate": nil, "archive": identity.ErrStateTransition, "erase": nil} {
		o := newOffice(t)
		u := o.person(ada)
		first := o.order(u)
		first.Reason = "ticket 6"
		once := false
		o.ident.hook(func(v string) error {
			if once || !strings.HasPrefix(v, "Apply/") {
				return nil
			}
			once = true
			return o.admin.Suspend(t.Context(), first)
		})
		if err := o.verbs()[verb](t.Context(), o.order(u)); !errors.Is(err, want) {
			t.Errorf("%s: %v", verb, err)
		}
		if st := o.read(u); st.State == identity.Active || want == nil && st.Detail.Reason == "ticket 6" {
			t.Errorf("%s: %+v", verb, st)
		}
	}
}
