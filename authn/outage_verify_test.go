package authn_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// alarms is what an operator was told, as reason=count.
func (r *rig) alarms() string {
	r.t.Helper()
	var told []string
	for _, s := range r.metrics.Series() {
		if reason, ok := strings.CutPrefix(s, "count authn_alarms reason="); ok {
			told = append(told, fmt.Sprintf("%s=%d", reason, r.metrics.Counted("authn_alarms", metric.L(metric.Reason, reason))))
		}
	}
	return strings.Join(told, " ")
}

// failing makes calls fail whose verb begins so.
func (r *rig) failing(faults map[string]error) {
	hook := func(verb string) error {
		for prefix, err := range faults {
			if strings.HasPrefix(verb, prefix) {
				return err
			}
		}
		return nil
	}
	r.ident.hook(hook)
	r.ledger.hook(hook)
	r.store.hook(hook)
}

// otherParams is a person whose password record has the parameters of another policy.
func (r *rig) otherParams(email string) identity.User {
	r.t.Helper()
	u := r.person(email)
	other, err := password.New(password.Config{Params: password.Lean()})
	must(r.t, err)
	body, err := other.Hash(r.entropy, secret(goodPassword))
	must(r.t, err)
	r.replacePassword(u, body)
	return u
}

func (r *rig) replacePassword(u identity.User, body []byte) {
	r.t.Helper()
	must(r.t, r.stores.Identity.Apply(r.t.Context(),
		identity.DropCredential{Subject: u.Subject(), ID: r.held(u.Primary().Canonical, factor.Password)[0].ID, Expect: 1},
		identity.PutCredential{Credential: r.row(u.Subject(), factor.Password, body)}))
}

// AUN-048, AUN-060: what fails while a factor is judged: what the person
// is told, what the ledger is told, and what an operator hears. What may fail in
// silence for the person is loud for the operator, and nothing else is.
func TestVerify_outages_are_told_to_whom_they_concern(t *testing.T) {
	t.Parallel()
	const wrong = "not the right password"
	type try func(r *rig, b *browser) authn.Credential
	password := func(s string) try { return func(*rig, *browser) authn.Credential { return pw(s) } }
	alone := func(r *rig) { r.person(ada) }
	withApp := func(r *rig) { r.app(r.person(ada)) }
	one := func(verb string, err error) map[string]error { return map[string]error{verb: err} }
	const renewal = "Record/identity.AdvanceCredential/identity.Append"
	for name, tc := range map[string]struct {
		who    func(r *rig)
		try    try
		faults map[string]error
		out    authn.FactorOutcome // nil: an error
		err    error
		alarms string
		lost   int    // events
		ledger string // its settling calls
	}{
		"right": {who: alone, try: password(goodPassword), out: authn.Completed{}, ledger: "Commit/3=1"},
		"wrong": {who: alone, try: password(wrong), out: authn.Rejected{}, ledger: "Commit/1=1"},
		"first": {who: withApp, try: password(goodPassword), out: authn.StepRequired{}, ledger: "Commit/2=1"},
		"account not authentic": {
			who: alone, try: password(goodPassword), faults: one("AccountByID", store.ErrCorrupt),
			out: authn.Rejected{}, alarms: "data_integrity=1", ledger: "Commit/1=1",
		},
		"account gone": {
			who: alone, try: password(goodPassword), faults: one("AccountByID", store.ErrNotFound), out: authn.Rejected{}, ledger: "Commit/1=1",
		},
		"ledger down": {
			who: alone, try: password(goodPassword), faults: one("Reserve", errPlug), out: authn.Unavailable{}, alarms: "ledger_outage=1",
		},
		"attempt in flight": {who: alone, try: password(goodPassword), faults: one("Reserve", authn.ErrBusy), out: authn.Busy{}},
		"accounts down": {
			who: alone, try: password(goodPassword), faults: one("AccountByID", errPlug),
			out: authn.Unavailable{}, alarms: "unavailable=1", ledger: "Release=1",
		},
		"accounts down and not given back": {
			who: alone, try: password(goodPassword), faults: map[string]error{"AccountByID": errPlug, "Release": errPlug},
			out: authn.Unavailable{}, alarms: "ledger_outage=1 unavailable=1", ledger: "Release=1",
		},
		"failure not settled": {
			who: alone, try: password(wrong), faults: one("Commit", errPlug), out: authn.Rejected{}, alarms: "ledger_outage=1", ledger: "Commit/1=1",
		},
		"failure not told": {
			who: alone, try: password(wrong), faults: one("Record", errPlug), out: authn.Rejected{}, lost: 1, ledger: "Commit/1=1",
		},
		"pass not told": {
			who: alone, try: password(goodPassword), faults: one("Record/identity.Append", errPlug),
			out: authn.Completed{}, lost: 1, ledger: "Commit/3=1",
		},
		"first step not settled": {
			who: withApp, try: password(goodPassword), faults: one("Commit", errPlug),
			out: authn.StepRequired{}, alarms: "ledger_outage=1", ledger: "Commit/2=1",
		},
		"last step not settled": {
			who: alone, try: password(goodPassword), faults: one("Commit", errPlug),
			out: authn.Completed{}, alarms: "ledger_outage=1", ledger: "Commit/3=1",
		},
		"session not installed": {
			who: alone, try: password(goodPassword), faults: one("Rotate", store.ErrUnavailable), err: store.ErrUnavailable, ledger: "Commit/2=1",
		},
		"session revoked": {
			who: alone, try: password(goodPassword), faults: one("Rotate", session.ErrEpoch), err: authn.ErrFlowSuperseded, ledger: "Commit/2=1",
		},
		"stopped at the last moment": {
			who: alone, try: password(goodPassword), faults: one("Record/identity.RecordLogin", store.ErrConflict),
			out: authn.Rejected{}, ledger: "Commit/2=1",
		},
		"erased at the last moment": {
			who: alone, try: password(goodPassword), faults: one("Record/identity.RecordLogin", store.ErrNotFound),
			out: authn.Rejected{}, ledger: "Commit/2=1",
		},
		"last look fails": {
			who: alone, try: password(goodPassword), faults: one("Record/identity.RecordLogin", errPlug),
			out: authn.Rejected{}, alarms: "account_reread=1", ledger: "Commit/2=1",
		},
		"last look fails and the session stays": {
			who: alone, try: password(goodPassword), faults: map[string]error{"Record/identity.RecordLogin": errPlug, "Delete": errPlug},
			err: errPlug, alarms: "account_reread=1",
		},
		"renewed": {who: func(r *rig) { r.otherParams(ada) }, try: password(goodPassword), out: authn.Completed{}, ledger: "Commit/3=1"},
		"not renewed": {
			who: func(r *rig) { r.otherParams(ada) }, try: password(goodPassword), faults: one(renewal, errPlug),
			out: authn.Completed{}, alarms: "rehash=1", ledger: "Commit/3=1",
		},
		"renewed by somebody else": {
			who: func(r *rig) { r.otherParams(ada) }, try: password(goodPassword), faults: one(renewal, store.ErrConflict),
			out: authn.Completed{}, ledger: "Commit/3=1",
		},
		"record is none": {
			who: func(r *rig) { r.replacePassword(r.person(ada), []byte("no record")) }, try: password(goodPassword),
			out: authn.Rejected{}, alarms: "credential_corrupt=1", ledger: "Commit/1=1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			tc.who(r)
			r.clock.Advance(time.Minute)
			b := r.browser()
			b.begin(ada)
			c := tc.try(r, b)
			r.work.take()
			r.failing(tc.faults)
			out, err := b.verify(c)
			work := r.work.take()
			r.mend()
			if tc.out == nil {
				if out != nil || !errors.Is(err, tc.err) {
					t.Errorf("%T, %v", out, err)
				}
			} else if fmt.Sprintf("%T", out) != fmt.Sprintf("%T", tc.out) || err != nil {
				t.Errorf("%T, %v", out, err)
			}
			if got := r.alarms(); got != tc.alarms {
				t.Errorf("alarms %q, want %q", got, tc.alarms)
			}
			if got := r.metrics.Counted("audit_write_failed"); got != tc.lost {
				t.Errorf("%d events lost, want %d", got, tc.lost)
			}
			if got := strings.Join(slices.DeleteFunc(strings.Fields(work), func(s string) bool {
				return !strings.HasPrefix(s, "Commit") && !strings.HasPrefix(s, "Release")
			}), " "); got != tc.ledger {
				t.Errorf("settled by %q, want %q", got, tc.ledger)
			}
			if completed := is[authn.Completed](out); tc.err != errPlug && b.signedIn() != completed {
				t.Errorf("completed %v, signed in %v", completed, b.signedIn())
			}
		})
	}
}

// AUN-048: whoever is turned away at the last look leaves a trace of the session
// that was ended.
func TestVerify_that_is_taken_back_says_so(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser()
	b.begin(ada)
	r.failing(map[string]error{"Record/identity.RecordLogin": store.ErrConflict})
	b.try(pw(goodPassword))
	r.mend()
	said := ""
	for _, line := range strings.Split(r.audited(), "\n") {
		if strings.Contains(line, `"session_invalidated"`) {
			said += line
		}
	}
	if !strings.Contains(said, `"suspended"`) || !strings.Contains(said, u.ID.String()) {
		t.Errorf("event: %s\n%s", said, r.audited())
	}
}

// AUN-042, AUN-059: a session that ends while a factor is judged moves nowhere;
// the guess is settled all the same, once.
func TestVerify_in_a_session_that_ends_meanwhile(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		try, settled string
		app          bool
	}{
		"wrong": {try: "not the right password", settled: "Commit/1=1"},
		"first": {try: goodPassword, settled: "Commit/2=1", app: true},
		"last":  {try: goodPassword, settled: "Commit/2=1"},
	} {
		r := newRig(t)
		u := r.person(ada)
		if tc.app {
			r.app(u)
		}
		b := r.browser()
		b.begin(ada)
		b.do(func(ctx context.Context, s *session.Session) {
			r.ident.hook(func(verb string) error {
				if verb == "AccountByID" {
					must(t, s.Logout(ctx))
				}
				return nil
			})
			r.work.take()
			out, err := r.accounts.VerifyFactor(ctx, s, pw(tc.try))
			if out != nil || !errors.Is(err, authn.ErrFlowSuperseded) {
				t.Errorf("%s: %T, %v", name, out, err)
			}
		})
		if w := r.work.take(); !strings.Contains(w, tc.settled) || strings.Count(w, "Commit") != 1 {
			t.Errorf("%s: settled by %s", name, w)
		}
	}
}

// FAC-032: one broken app stops neither the other nor the alarm.
func TestVerify_with_a_broken_app(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		healthy bool
		code    func(show func() string) string
		want    authn.FactorOutcome
		alarms  string
	}{
		"other app": {true, func(show func() string) string { return show() }, authn.Completed{}, ""},
		"no code":   {true, func(func() string) string { return "00" }, authn.Rejected{}, "credential_corrupt=1"},
		"no other":  {false, func(func() string) string { return "000000" }, authn.Unavailable{}, "factor_misconfigured=1 unavailable=1"},
	} {
		r := newRig(t)
		u := r.person(ada)
		show := r.app(u)
		if !tc.healthy {
			must(t, r.stores.Identity.Apply(t.Context(), identity.DropCredential{Subject: u.Subject(), ID: r.apps(ada)[0], Expect: 1}))
		}
		must(t, r.stores.Identity.Apply(t.Context(), identity.PutCredential{Credential: r.row(u.Subject(), factor.TOTP, []byte("no record"))}))
		r.clock.Advance(time.Minute)
		b := r.browser()
		b.begin(ada)
		b.try(pw(goodPassword))
		if out := b.try(code(tc.code(show))); fmt.Sprintf("%T", out) != fmt.Sprintf("%T", tc.want) {
			t.Errorf("%s: %T", name, out)
		}
		if got := r.alarms(); got != tc.alarms {
			t.Errorf("%s: alarms %q", name, got)
		}
	}
}

// AUN-045: a replay that cannot be given back alarms; one that can does not.
func TestVerify_replay_that_is_not_given_back(t *testing.T) {
	t.Parallel()
	for _, fault := range []error{nil, errPlug} {
		r := newRig(t)
		show := r.app(r.person(ada))
		r.clock.Advance(time.Minute)
		b := r.browser()
		b.begin(ada)
		b.try(pw(goodPassword))
		r.failing(map[string]error{"Record/identity.AdvanceCredential": store.ErrConflict, "Release": fault})
		if out := b.try(code(show())); !is[authn.Rejected](out) {
			t.Errorf("%T", out)
		}
		if got := r.alarms(); (got == "ledger_outage=1") != (fault != nil) || fault == nil && got != "" {
			t.Errorf("%v: alarms %q", fault, got)
		}
	}
}

// AUN-042, FAC-013: what is empty or too long is charged like a wrong guess and
// reaches no verifier; what fits does.
func TestVerify_asks_the_verifier_what_fits_alone(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 0, 1: 1, authn.MaxPassword: 1, authn.MaxPassword + 1: 0} {
		r := newRig(t)
		asked := 0
		r.accounts.Teach(judging{factor.Traits{Kind: factor.Password, AMR: []string{"pwd"}, Limit: authn.MaxPassword}, func(factor.Attempt) factor.Result {
			asked++
			return factor.Result{Verdict: factor.Rejected}
		}})
		r.person(ada)
		b := r.browser()
		b.begin(ada)
		r.work.take()
		if out := b.try(pw(strings.Repeat("x", n))); !is[authn.Rejected](out) || asked != want {
			t.Errorf("%d bytes: %T, asked %d times", n, out, asked)
		}
		if w := r.work.take(); !strings.Contains(w, "Commit/1=1") {
			t.Errorf("%d bytes are not charged: %s", n, w)
		}

		signedIn := newRig(t)
		signedIn.person(ada)
		late := signedIn.browser().signIn(ada)
		asked = 0
		signedIn.accounts.Teach(judging{factor.Traits{Kind: factor.Password, AMR: []string{"pwd"}, Limit: authn.MaxPassword}, func(factor.Attempt) factor.Result {
			asked++
			return factor.Result{Verdict: factor.Rejected}
		}})
		if out, err := late.changes(strings.Repeat("x", n), "another one that is long"); err != nil || !is[authn.Rejected](out) || asked != want {
			t.Errorf("given again, %d bytes: %T, %v, asked %d times", n, out, err, asked)
		}
	}
}

// FAC-013: who waits at the gate is who hashes: a code, or nothing typed, does not.
func TestVerify_at_a_full_gate(t *testing.T) {
	t.Parallel()
	var gate *password.Gate
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) {
		var err error
		gate, err = password.NewGate(password.GateConfig{Clock: c.Clock, Params: password.InsecureCheap(), Parallel: 1, Memory: 64 << 20, Wait: time.Nanosecond})
		must(t, err)
		c.Gate = gate
	})
	show := r.app(r.person(ada))
	r.clock.Advance(time.Minute)
	b, other := r.browser(), r.browser()
	b.begin(ada)
	b.try(pw(goodPassword))
	other.begin(ada)
	pass, err := gate.Enter(t.Context(), r.hasher.Cost(nil))
	must(t, err)
	left, leave := context.WithCancel(t.Context())
	leave()
	other.do(func(ctx context.Context, s *session.Session) {
		if out, err := r.accounts.VerifyFactor(left, s, pw(goodPassword)); out != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("who left: %T, %v", out, err)
		}
	})
	if out := other.try(pw("")); !is[authn.Rejected](out) {
		t.Errorf("nothing typed: %T", out)
	}
	if out := other.try(pw(strings.Repeat("x", authn.MaxPassword+1))); !is[authn.Rejected](out) {
		t.Errorf("too much typed: %T", out)
	}
	if out := b.try(code(show())); !is[authn.Completed](out) {
		t.Errorf("a code: %T", out)
	}
	pass.Leave()
	// Each pass comes back: the one place is free after every kind of use.
	for range 3 {
		if out, err := b.changes("not the right password", "another one that is long"); err != nil || !is[authn.Rejected](out) {
			t.Fatalf("given again: %T, %v", out, err)
		}
	}
	pass, err = gate.Enter(t.Context(), r.hasher.Cost(nil))
	must(t, err)
	defer pass.Leave()
	if out, err := b.changes("", "another one that is long"); err != nil || !is[authn.Rejected](out) {
		t.Errorf("nothing given again: %T, %v", out, err)
	}
}

// AUN-042: a flow is over at its deadline, also within a request that began before it.
func TestVerify_at_the_deadline(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]error{15*time.Minute - time.Millisecond: nil, 15 * time.Minute: authn.ErrFlowExpired, time.Hour: authn.ErrFlowExpired} {
		r := newRig(t)
		r.person(ada)
		b := r.browser()
		b.begin(ada)
		b.do(func(ctx context.Context, s *session.Session) {
			r.clock.Advance(after)
			if _, err := r.accounts.VerifyFactor(ctx, s, pw("not the right password")); !errors.Is(err, want) {
				t.Errorf("%v: %v", after, err)
			}
		})
	}
}

// AUN-042: what no verifier of this build takes is no step, though a method names it.
func TestVerify_of_a_kind_without_a_verifier(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutMethod{Scope: identity.TenantScope(r.tenant), Method: identity.Method{
		Name: "password", Enabled: true, Steps: []identity.Step{identity.AnyOf(factor.Password, factor.EmailLink)},
	}}))
	r.person(ada)
	b := r.browser()
	b.begin(ada)
	r.work.take()
	if out, err := b.verify(authn.Code{Of: factor.EmailLink, Secret: secret("1")}); !errors.Is(err, authn.ErrStepMismatch) {
		t.Errorf("%T, %v", out, err)
	}
	b.do(func(ctx context.Context, s *session.Session) {
		if out, err := r.accounts.PrepareFactor(ctx, s, factor.EmailLink); !errors.Is(err, authn.ErrStepMismatch) {
			t.Errorf("%T, %v", out, err)
		}
	})
	if w := r.work.take(); w != "" {
		t.Errorf("charged: %s", w)
	}
}

// AUN-162: the mail of a sign-in after a lock hurries; without one nothing does.
func TestVerify_wakes_the_delivery_after_a_lock(t *testing.T) {
	t.Parallel()
	woken := 0
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { c.Notes.Wake = func() { woken++ } })
	r.person(ada)
	r.browser().signIn(ada)
	if woken != 0 {
		t.Errorf("woken %d times for nothing", woken)
	}
	r.lockAndWait(ada)
	r.browser().signIn(ada)
	if woken != 1 {
		t.Errorf("woken %d times after a lock", woken)
	}
	b := r.browser().signIn(ada)
	for i, end := range []func(context.Context, *session.Session) error{r.accounts.LogoutOthers, r.accounts.LogoutEverywhere} {
		woken = 0
		if _, err := b.act(end); err != nil || woken != 1 {
			t.Errorf("end %d: woken %d times, %v", i, woken, err)
		}
	}
}

// A session calls a person by name, or else by their address.
func TestVerify_names_the_person(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.named(map[identity.IdentifierKind]string{identity.Email: bob}, identity.Email)
	for who, want := range map[string]string{ada: "Somebody", bob: bob} {
		st, ok := r.browser().signIn(who).state().(session.Authenticated)
		if !ok || st.DisplayName() != want {
			t.Errorf("%s is called %q", who, st.DisplayName())
		}
	}
}

// FAC-015: the renewed record tells when it was used.
func TestRehash_tells_the_last_use(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.otherParams(ada)
	r.clock.Advance(time.Hour)
	b := r.browser()
	b.begin(ada)
	r.failing(map[string]error{"Record/identity.RecordLogin": nil})
	b.try(pw(goodPassword))
	if c := r.held(ada, factor.Password)[0]; !c.LastUsedAt.Equal(r.clock.Now()) {
		t.Errorf("used at %v, now %v", c.LastUsedAt, r.clock.Now())
	}
}
