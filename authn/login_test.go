package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

const (
	ada = "ada@example.org"
	bob = "bob@example.org"
)

// AUN-020, AUN-041, AUN-047, AUN-070
func TestLogin_with_a_password_alone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser()
	out, ok := b.begin("Ada@Example.org").(authn.StepRequired)
	if !ok || len(out.Menu.Options) != 1 || out.Menu.Options[0] != factor.Password || out.Menu.Step != 1 || out.Menu.Total != 0 {
		t.Fatalf("begin: %+v", out)
	}
	if !is[session.Authenticating](b.state()) {
		t.Fatalf("state after begin: %T", b.state())
	}
	if got := b.try(pw("not it, but long enough")); !is[authn.Rejected](got) {
		t.Fatalf("wrong password: %T", got)
	}
	if b.signedIn() {
		t.Fatal("signed in with a wrong password")
	}
	done, ok := b.try(pw(goodPassword)).(authn.Completed)
	if !ok || done.Proof.Subject() != u.Subject() {
		t.Fatalf("right password: %+v", done)
	}
	st, ok := b.state().(session.Authenticated)
	if !ok || st.Subject() != u.Subject() || len(st.Evidence()) != 1 || st.Evidence()[0].Kind != factor.Password {
		t.Fatalf("state: %+v", st)
	}
	acct, err := r.stores.Identity.AccountByID(t.Context(), u.Subject())
	must(t, err)
	if !acct.User.LastLoginAt.Equal(r.clock.Now()) || !acct.Credentials[0].LastUsedAt.Equal(r.clock.Now()) {
		t.Fatal("last login or last use not recorded")
	}
}

// AUN-012, AUN-031, AUN-042
func TestLogin_with_password_and_app(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	show := r.app(u)
	r.clock.Advance(time.Minute)
	b := r.browser()
	first := b.begin(ada).(authn.StepRequired)
	if first.Menu.Total != 0 {
		t.Fatal("the menu tells how many steps the person has before any proof")
	}
	if _, err := b.verify(code(show())); !errors.Is(err, authn.ErrStepMismatch) {
		t.Fatalf("second factor first: %v", err)
	}
	second, ok := b.try(pw(goodPassword)).(authn.StepRequired)
	if !ok || second.Menu.Step != 2 || second.Menu.Total != 2 || second.Menu.Options[0] != factor.TOTP {
		t.Fatalf("after the password: %+v", second)
	}
	if b.signedIn() {
		t.Fatal("signed in after one of two factors")
	}
	if _, err := b.verify(pw(goodPassword)); !errors.Is(err, authn.ErrStepMismatch) {
		t.Fatalf("the password twice: %v", err)
	}
	if out := b.try(code("000000")); !is[authn.Rejected](out) {
		t.Fatalf("wrong code: %T", out)
	}
	if out := b.try(code(show())); !is[authn.Completed](out) {
		t.Fatalf("right code: %T", out)
	}
	st := b.state().(session.Authenticated)
	if a := identity.Assess(st.Evidence()); a.AAL != identity.AAL2 {
		t.Fatalf("assurance %v", a)
	}
}

// AUN-050, AUN-052, AUN-053: the first test of this package.
func TestLock_right_password_fails_while_locked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser()
	lock := func() time.Time {
		t.Helper()
		for i := range 5 {
			b.begin(ada)
			if out := b.try(pw(fmt.Sprintf("wrong number %d of many", i))); !is[authn.Rejected](out) {
				t.Fatalf("guess %d: %T", i+1, out)
			}
			r.clock.Advance(time.Second)
		}
		b.begin(ada)
		before := r.hasher.Evaluations()
		out, ok := b.try(pw(goodPassword)).(authn.Throttled)
		if !ok || b.signedIn() {
			t.Fatalf("the right password while locked: %T", out)
		}
		if r.hasher.Evaluations() != before {
			t.Fatal("a password was evaluated while locked")
		}
		return out.Until
	}
	until := lock()
	if d := until.Sub(r.clock.Now()); d < 14*time.Minute || d > 15*time.Minute {
		t.Fatalf("first lock: %v", d)
	}
	// Trying does not extend it.
	r.clock.Advance(10 * time.Minute)
	b.begin(ada)
	if out := b.try(pw(goodPassword)).(authn.Throttled); !out.Until.Equal(until) {
		t.Fatalf("the lock moved from %v to %v", until, out.Until)
	}
	r.clock.Advance(6 * time.Minute)
	if d := lock().Sub(r.clock.Now()); d < 29*time.Minute || d > 30*time.Minute {
		t.Fatalf("second lock: %v", d)
	}
	r.clock.Advance(31 * time.Minute)
	b.begin(ada)
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Fatalf("after the lock: %T", out)
	}
}

// AUN-051, AUN-I11
func TestLock_unknown_people_lock_alike(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	sequence := func(who string) string {
		b := r.browser()
		b.addr = "198.51.100.1:1"
		if who == ada {
			b.addr = "198.51.100.2:1"
		}
		var seen []string
		for range 8 {
			b.begin(who)
			out := b.try(pw("not the right password"))
			seen = append(seen, fmt.Sprintf("%T", out))
		}
		return strings.Join(seen, " ")
	}
	if a, b := sequence(ada), sequence("nobody@example.org"); a != b {
		t.Fatalf("known:   %s\nunknown: %s", a, b)
	}
}

// AUN-055, AUN-057
func TestLock_of_an_address_spares_the_person(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	attacker := r.browser()
	for i := range 10 {
		attacker.begin(fmt.Sprintf("victim%d@example.org", i))
		attacker.try(pw("one password for everybody"))
	}
	attacker.begin(ada)
	before := r.hasher.Evaluations()
	if out := attacker.try(pw("one password for everybody")); !is[authn.Throttled](out) {
		t.Fatalf("eleventh guess of an address: %T", out)
	}
	if r.hasher.Evaluations() != before {
		t.Fatal("the eleventh guess was evaluated")
	}
	owner := r.browser()
	owner.addr = "203.0.113.9:1"
	owner.signIn(ada)
}

// AUN-002, AUN-044, AUN-I4, AUN-I10
func TestLock_parallel_guesses_take_the_allowance_first(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	const n = 64
	browsers := make([]*browser, n)
	for i := range browsers {
		browsers[i] = r.browser()
		browsers[i].addr = fmt.Sprintf("203.0.113.%d:1", i) // the address lever stays out of it
		browsers[i].begin(ada)
	}
	before := r.hasher.Evaluations()
	var rejected, throttled atomic.Int32
	var wg sync.WaitGroup
	for _, b := range browsers {
		wg.Go(func() {
			out, err := b.verify(pw("not the right password"))
			switch {
			case err != nil:
				t.Error(err)
			case is[authn.Rejected](out):
				rejected.Add(1)
			case is[authn.Throttled](out):
				throttled.Add(1)
			default:
				t.Errorf("%T", out)
			}
		})
	}
	wg.Wait()
	if got := r.hasher.Evaluations() - before; got > 5 {
		t.Fatalf("%d guesses were evaluated, 5 are allowed", got)
	}
	if rejected.Load() != 5 || throttled.Load() != n-5 {
		t.Fatalf("%d rejected, %d throttled", rejected.Load(), throttled.Load())
	}
}

// classes are the ways in which a sign-in can be for nobody, and the one in
// which it is for somebody with a wrong password.
func classes(r *rig) map[string]string {
	r.t.Helper()
	r.person(ada)
	gone := r.person("gone@example.org")
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.Transition{
		Subject: gone.Subject(), From: identity.Active, To: identity.Suspended,
		Detail: identity.StateDetail{Since: r.clock.Now()},
	}))
	odd := r.person("odd@example.org")
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.PutMethod{
		Scope: identity.UserScope(odd.Subject()), Method: identity.Method{
			Name: "app", Enabled: true, Steps: []identity.Step{identity.Required(factor.TOTP)},
		},
	}))
	stopped := r.person("stopped@example.org")
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.PutMethod{
		Scope: identity.UserScope(stopped.Subject()), Method: identity.Method{
			Name: "password", Steps: []identity.Step{identity.Required(factor.Password)},
		},
	}))
	strong := r.person("strong@example.org")
	r.app(strong)
	return map[string]string{
		"wrong password": ada, "unknown": "nobody@example.org", "suspended": "gone@example.org",
		"no method": "odd@example.org", "methods disabled": "stopped@example.org",
		"two steps": "strong@example.org", "user name": "nobody-here",
		"malformed": "no@@body", "control": "a\x00b@example.org", "bidi": "a\u202eb@example.org",
		"empty": "", "oversized": strings.Repeat("x", 300) + "@example.org",
	}
}

// AUN-030, AUN-033, AUN-I1, AUN-I2
func TestEnumeration_all_classes_look_and_cost_the_same(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.clock.Advance(time.Minute)
	type trace struct{ outcome, cookie, work string }
	seen := map[string]trace{}
	i := 0
	for name, who := range classes(r) {
		b := r.browser()
		i++
		b.addr = fmt.Sprintf("203.0.113.%d:1", i)
		r.work.take()
		before := r.hasher.Evaluations()
		out := b.begin(who)
		step, ok := out.(authn.StepRequired)
		if !ok {
			t.Fatalf("%s: begin: %T", name, out)
		}
		step.Menu.Identifier = "" // the page repeats what was typed
		var lens []string
		for k, v := range b.cookies {
			lens = append(lens, fmt.Sprintf("%s:%d", k, len(v)))
		}
		res := b.try(pw("not the right password"))
		rejected, ok := res.(authn.Rejected)
		if !ok {
			t.Fatalf("%s: verify: %T", name, res)
		}
		rejected.Menu.Identifier = ""
		seen[name] = trace{
			fmt.Sprintf("%+v %+v", step, rejected), strings.Join(lens, " "),
			fmt.Sprintf("%s hashes=%d", r.work.take(), r.hasher.Evaluations()-before),
		}
	}
	for name, got := range seen {
		if want := seen["wrong password"]; got != want {
			t.Errorf("%s differs from a wrong password:\n got %+v\nwant %+v", name, got, want)
		}
	}
	if !strings.Contains(seen["unknown"].work, "hashes=1") {
		t.Fatalf("a decoy evaluates nothing: %s", seen["unknown"].work)
	}
}

// AUN-030: the right password of somebody who may not sign in does not
// sign in, and says nothing.
func TestEnumeration_decoys_never_pass(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, who := range classes(r) {
		if name == "wrong password" || name == "two steps" {
			continue
		}
		b := r.browser()
		b.addr = fmt.Sprintf("203.0.113.%d:1", len(name)+len(who)%200)
		b.begin(who)
		if out := b.try(pw(goodPassword)); !is[authn.Rejected](out) || b.signedIn() {
			t.Errorf("%s: %T", name, out)
		}
	}
}

// BeginLogin ≤ 4 port calls, the last VerifyFactor ≤ 6.
func TestWork_stays_within_its_budget(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser()
	calls := func(s string) int {
		n := 0
		for _, f := range strings.Fields(s) {
			var k int
			_, err := fmt.Sscanf(f[strings.LastIndex(f, "=")+1:], "%d", &k)
			must(t, err)
			n += k
		}
		return n
	}
	r.work.take()
	b.begin(ada)
	if w := r.work.take(); calls(w) > 4 {
		t.Errorf("begin: %s", w)
	}
	b.try(pw(goodPassword))
	if w := r.work.take(); calls(w) > 6 {
		t.Errorf("last factor: %s", w)
	}
}

// AUN-042, AUN-071
func TestFlow_errors_charge_nothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser()
	if _, err := b.verify(pw(goodPassword)); !errors.Is(err, authn.ErrNoFlow) {
		t.Fatalf("no flow: %v", err)
	}
	b.begin(ada)
	r.work.take()
	if _, err := b.verify(code("123456")); !errors.Is(err, authn.ErrStepMismatch) {
		t.Fatalf("wrong kind: %v", err)
	}
	if w := r.work.take(); strings.Contains(w, "Reserve") || strings.Contains(w, "hash") {
		t.Fatalf("a wrong kind was charged: %s", w)
	}
	r.clock.Advance(16 * time.Minute)
	if _, err := b.verify(pw(goodPassword)); !errors.Is(err, authn.ErrFlowExpired) && !errors.Is(err, authn.ErrNoFlow) {
		t.Fatalf("expired flow: %v", err)
	}
	// Empty and oversized passwords are charged and not hashed.
	for _, s := range []string{"", strings.Repeat("x", authn.MaxPassword+1)} {
		b.begin(ada)
		before := r.hasher.Evaluations()
		if out := b.try(pw(s)); !is[authn.Rejected](out) || r.hasher.Evaluations() != before {
			t.Fatalf("%d bytes: %T, hashed %d", len(s), out, r.hasher.Evaluations()-before)
		}
	}
}

// AUN-043, AUN-I3, FAC-032, FAC-I4
func TestCode_signs_in_once(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	show := r.app(u)
	r.clock.Advance(time.Minute)
	const n = 16
	browsers := make([]*browser, n)
	for i := range browsers {
		browsers[i] = r.browser()
		browsers[i].addr = fmt.Sprintf("203.0.113.%d:1", i)
		browsers[i].begin(ada)
		if out := browsers[i].try(pw(goodPassword)); !is[authn.StepRequired](out) {
			t.Fatalf("%T", out)
		}
	}
	same := show()
	var passed atomic.Int32
	var wg sync.WaitGroup
	for _, b := range browsers {
		wg.Go(func() {
			out, err := b.verify(code(same))
			if err != nil {
				t.Error(err)
			}
			if is[authn.Completed](out) {
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	if passed.Load() != 1 {
		t.Fatalf("one code signed in %d times", passed.Load())
	}
	in := 0
	for _, b := range browsers {
		if b.signedIn() {
			in++
		}
	}
	if in != 1 {
		t.Fatalf("%d browsers are signed in", in)
	}
}

// AUN-045: a replay is not charged, and suspicious.
func TestCode_replay_is_not_charged(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	show := r.app(u)
	r.clock.Advance(time.Minute)
	used := show()
	a := r.browser()
	a.begin(ada)
	a.try(pw(goodPassword))
	a.try(code(used))
	for range 8 { // more than the threshold
		b := r.browser()
		b.begin(ada)
		b.try(pw(goodPassword))
		if out := b.try(code(used)); !is[authn.Rejected](out) {
			t.Fatalf("replay: %T", out)
		}
	}
	r.clock.Advance(time.Minute)
	b := r.browser()
	b.begin(ada)
	b.try(pw(goodPassword))
	if out := b.try(code(show())); !is[authn.Completed](out) {
		t.Fatalf("a fresh code after replays: %T", out)
	}
}

// AUN-054, AUN-059: wrong codes are charged to the person, and one right factor in
// a chain clears nothing.
func TestLock_right_password_does_not_clear_wrong_codes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	r.app(u)
	r.clock.Advance(time.Minute)
	b := r.browser()
	var last authn.FactorOutcome
	for range 6 {
		b.begin(ada)
		if out := b.try(pw(goodPassword)); is[authn.Throttled](out) {
			last = out
			break
		}
		last = b.try(code("000000"))
	}
	if !is[authn.Throttled](last) {
		t.Fatalf("six wrong codes behind a right password: %T", last)
	}
}

// AUN-046, AUN-047, AUN-I5: wherever a suspension lands, no session stays.
func TestSuspend_racing_the_last_step(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"AccountByID", "Record/identity.Append", "Record/identity.RecordLogin"} {
		t.Run(strings.ReplaceAll(at, "/", "_"), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			u := r.person(ada)
			b := r.browser()
			b.begin(ada)
			done := false
			r.ident.hook(func(verb string) error {
				if verb != at || done {
					return nil
				}
				done = true
				return r.stores.Identity.Apply(context.Background(),
					identity.Transition{
						Subject: u.Subject(), From: identity.Active, To: identity.Suspended,
						Detail: identity.StateDetail{Since: r.clock.Now()},
					},
					identity.RaiseEpoch{Scope: identity.UserScope(u.Subject())})
			})
			out, err := b.verify(pw(goodPassword))
			if !done {
				t.Fatal("the suspension never landed")
			}
			if is[authn.Completed](out) {
				t.Fatal("signed in")
			}
			if err != nil && !errors.Is(err, authn.ErrFlowSuperseded) {
				t.Fatal(err)
			}
			if b.signedIn() {
				t.Fatal("a session is left")
			}
			list, err := r.sessions.Sessions(t.Context(), u.Subject(), session.Ref{}, 10)
			if err != nil || len(list) != 0 {
				t.Fatalf("%d sessions listed, %v", len(list), err)
			}
		})
	}
}

// AUN-047: the re-read runs even when only the state changed, without a raise.
func TestSuspend_without_raise_is_seen_by_the_reread(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser()
	b.begin(ada)
	r.ident.hook(func(verb string) error {
		if verb != "Record/identity.RecordLogin" {
			return nil
		}
		return r.stores.Identity.Apply(context.Background(), identity.Transition{
			Subject: u.Subject(), From: identity.Active, To: identity.Suspended, Detail: identity.StateDetail{Since: r.clock.Now()},
		})
	})
	if out := b.try(pw(goodPassword)); !is[authn.Rejected](out) || b.signedIn() {
		t.Fatalf("%T, signed in: %v", out, b.signedIn())
	}
}

// AUN-046, SES-201
func TestEpoch_raised_during_a_login_ends_it(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser()
	b.begin(ada)
	must(t, r.sessions.InvalidateUser(t.Context(), u.Subject()))
	if _, err := b.verify(pw(goodPassword)); !errors.Is(err, authn.ErrFlowSuperseded) {
		t.Fatalf("got %v", err)
	}
	if b.signedIn() {
		t.Fatal("signed in across a revocation")
	}
}

// AUN-060
func TestLedger_outage_is_no_free_guess(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser()
	b.begin(ada)
	r.ledger.down = true
	before := r.hasher.Evaluations()
	if out := b.try(pw(goodPassword)); !is[authn.Unavailable](out) || b.signedIn() {
		t.Fatalf("%T", out)
	}
	if r.hasher.Evaluations() != before {
		t.Fatal("evaluated without a ledger")
	}
}

// FAC-003, design §5: rows that an attacker with the database could write.
func TestForged_rows_are_absent_and_alarm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u, mallory := r.person(ada), r.person(bob)
	acct, err := r.stores.Identity.AccountByID(t.Context(), mallory.Subject())
	must(t, err)
	row := acct.Credentials[0]
	victim, err := r.stores.Identity.AccountByID(t.Context(), u.Subject())
	must(t, err)
	// Mallory's own hash under Ada's name.
	row.User, row.ID = u.ID, identity.NewCredentialID(r.entropy)
	must(t, r.stores.Identity.Apply(t.Context(),
		identity.DropCredential{Subject: u.Subject(), ID: victim.Credentials[0].ID, Expect: 1},
		identity.PutCredential{Credential: row}))
	b := r.browser()
	b.begin(ada)
	before := r.hasher.Evaluations()
	if out := b.try(pw(goodPassword)); !is[authn.Rejected](out) {
		t.Fatalf("%T", out)
	}
	if r.hasher.Evaluations()-before != 1 {
		t.Fatal("not the work of a miss")
	}
	if r.metrics.Counted("authn_alarms", metric.L(metric.Reason, "credential_unreadable")) != 1 {
		t.Fatal("no alarm")
	}
}

// FAC-007
func TestCredential_made_during_the_flow_does_not_count(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	acct, err := r.stores.Identity.AccountByID(t.Context(), u.Subject())
	must(t, err)
	b := r.browser()
	b.begin(ada)
	r.clock.Advance(time.Second)
	body, err := r.hasher.Hash(r.entropy, secret("another long password"))
	must(t, err)
	must(t, r.stores.Identity.Apply(t.Context(),
		identity.DropCredential{Subject: u.Subject(), ID: acct.Credentials[0].ID, Expect: 1},
		identity.PutCredential{Credential: r.row(u.Subject(), factor.Password, body)}))
	if out := b.try(pw("another long password")); !is[authn.Rejected](out) {
		t.Fatalf("%T", out)
	}
}

// AUN-021, SES-015
func TestBegin_over_a_live_login(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.person(bob)
	b := r.browser().signIn(ada)
	if out := b.begin(bob); !is[authn.AlreadyAuthenticated](out) || !b.signedIn() {
		t.Fatalf("%T", out)
	}
	b.do(func(ctx context.Context, s *session.Session) {
		if _, err := r.accounts.BeginLogin(ctx, s, authn.LoginRequest{Identifier: bob, Switch: true}); err != nil {
			t.Error(err)
		}
	})
	if b.signedIn() {
		t.Fatal("switching kept the old login")
	}
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
}

// AUN-023
func TestTenant_suspended_says_so_unless_hidden(t *testing.T) {
	t.Parallel()
	for _, hide := range []bool{false, true} {
		r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { c.HideTenantStatus = hide })
		r.ident.Admin = suspendedTenant{r.ident.Admin}
		out := r.browser().begin(ada)
		if hide != is[authn.StepRequired](out) || hide == is[authn.TenantSuspended](out) {
			t.Fatalf("hide=%v: %T", hide, out)
		}
	}
}

type suspendedTenant struct{ identity.Admin }

func (s suspendedTenant) TenantByID(ctx context.Context, t identity.TenantID) (identity.TenantView, error) {
	v, err := s.Admin.TenantByID(ctx, t)
	v.Tenant.Status = identity.TenantSuspended
	return v, err
}

// AUN-048: a lost event changes no outcome and is counted.
func TestEvent_failure_changes_no_outcome(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser()
	b.begin(ada)
	r.ident.hook(func(verb string) error {
		if verb == "Record/identity.Append" {
			return store.ErrUnavailable
		}
		return nil
	})
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	if r.metrics.Counted("audit_write_failed") != 1 {
		t.Fatal("not counted")
	}
}

// AUN-003: the zero proof installs nothing.
func TestProof_zero_is_refused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser()
	b.begin(ada)
	b.do(func(ctx context.Context, s *session.Session) {
		_, err := s.Transition(ctx, machine.Complete{Proof: authn.Proof{}, Login: identity.NewLoginID(r.entropy)}, session.Commit{})
		if !errors.Is(err, machine.ErrBadProof) {
			t.Errorf("got %v", err)
		}
	})
	if b.signedIn() {
		t.Fatal("signed in with the zero proof")
	}
}
