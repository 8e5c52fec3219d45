package duty_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/duty"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/storetest/fault"
)

// world is a person who is signed in, with accounts and sessions in two places.
type world struct {
	t     *testing.T
	under backend.Stores
	other backend.Stores // where the sessions are
	f     *fault.Faults
	clock *clock.Fake
	log   bytes.Buffer
	d     *duty.Duties
	s     backend.Stores
	who   identity.Subject
	sess  session.Record
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, other: onMemory(t), clock: clock.NewFake(noon())}
	w.under = onSQLite(t).WithSession(w.other)
	w.f = fault.New(w.under)
	w.d = over(t, w.f.Stores(), w.clock, slog.New(slog.NewTextHandler(&w.log, nil)))
	w.s = w.d.Stores()
	src := entropy.Seeded(7)
	tenant := identity.Tenant{ID: identity.NewTenantID(src), Slug: "acme", Status: identity.TenantActive, CreatedAt: noon()}
	user := identity.User{
		ID: identity.NewUserID(src), Tenant: tenant.ID, State: identity.Active, CreatedAt: noon(),
		Identifiers:    []identity.Identifier{{Kind: identity.Email, Canonical: "ada@example.test", Typed: "ada@example.test"}},
		WebAuthnHandle: entropy.Bytes32(src), AuditHandle: entropy.Bytes16(src),
	}
	w.who = user.Subject()
	w.must(w.under.Identity.Apply(t.Context(), identity.NewTenant{Tenant: tenant}, identity.NewUser{User: user}))
	w.sess = session.Record{
		Ref: identity.FromBytes[session.Ref]([16]byte{1}), Rev: 1, Subject: w.who, Login: identity.NewLoginID(src),
		AuthAt: noon(), CreatedAt: noon(), IdleUntil: noon().Add(time.Hour), AbsUntil: noon().Add(8 * time.Hour), Sealed: []byte("body"),
	}
	_, err := w.under.Session.Create(t.Context(), w.sess, session.Claim{Subject: w.who, Now: noon()})
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// accepted reports whether the session would still be taken for a signed-in one.
func (w *world) accepted() bool {
	w.t.Helper()
	rec, now, err := w.under.Session.Load(w.t.Context(), w.sess.Ref, noon())
	w.must(err)
	return rec.Epochs.Covers(now.Epochs)
}

func (w *world) suspended() bool {
	w.t.Helper()
	a, err := w.under.Identity.AccountByID(w.t.Context(), w.who)
	w.must(err)
	return a.User.State == identity.Suspended
}

// owed counts the duties that wait.
func (w *world) owed() int {
	w.t.Helper()
	far := noon().Add(1000 * time.Hour)
	list, err := w.under.Identity.Lease(w.t.Context(), store.TopicDuty, 1000, far, far.Add(time.Nanosecond*1000))
	w.must(err)
	for _, p := range list {
		w.must(w.under.Identity.Defer(w.t.Context(), store.TopicDuty, p.ID, noon()))
	}
	return len(list)
}

// restarted is another process that finds what the first has left.
func (w *world) restarted() *duty.Duties {
	return over(w.t, w.under, w.clock, slog.New(slog.NewTextHandler(&w.log, nil)))
}

func (w *world) suspend(ctx context.Context) error {
	return w.s.Identity.Apply(ctx,
		identity.Transition{Subject: w.who, From: identity.Active, To: identity.Suspended},
		identity.RaiseEpoch{Scope: identity.UserScope(w.who), Check: true})
}

var errLost = errors.Join(store.ErrUnavailable, errors.New("injected"))

// A fault between any two steps: whoever hears of success is right, and whatever
// was begun and not acknowledged is finished by the next process. PRD-022
func TestApply_with_a_fault_at_every_step(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"session.Epochs", "identity.Apply", "session.Raise", "outbox.Done"} {
		for when, what := range map[string]fault.Injection{
			"before": {Before: errLost}, "after": {After: errLost}, "twice": {Twice: true},
		} {
			t.Run(verb+"_"+when, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.f.Reset()
				w.f.Use(fault.On(verb, 1, what))
				err := w.suspend(t.Context())
				if err == nil && (w.accepted() || !w.suspended()) {
					t.Error("acknowledged, and not in force")
				}
				if err != nil && when != "twice" && !errors.Is(err, store.ErrUnavailable) {
					t.Errorf("%v is not ErrUnavailable", err)
				}
				// SES-199: which half is done is said, and said of no other fault.
				if half := errors.Is(err, identity.ErrNotRevoked); half != (verb == "session.Raise" && when != "twice") {
					t.Errorf("half done %v: %v", half, err)
				}
				if verb == "session.Raise" && when != "twice" && err == nil {
					t.Error("nobody has acknowledged the raise")
				}
				w.must(w.restarted().Settle(t.Context(), 0))
				if w.suspended() && w.accepted() {
					t.Error("after a restart the suspended person is still signed in")
				}
				if !w.suspended() && !w.accepted() {
					t.Error("signed out by a change that was not made")
				}
				if n := w.owed(); n != 0 {
					t.Errorf("%d duties are left", n)
				}
			})
		}
	}
}

// Without the settling the fault would be for good: this is what the test above
// stands on. PRD-022
func TestApply_leaves_a_duty_when_its_process_dies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.f.Use(fault.Always("session.Raise", fault.Injection{Before: errLost}))
	if err := w.suspend(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	if !w.suspended() || !w.accepted() || w.owed() != 1 {
		t.Fatalf("suspended %v, signed in %v, %d duties; want true, true, 1", w.suspended(), w.accepted(), w.owed())
	}
	w.must(w.restarted().Settle(t.Context(), 0))
	if w.accepted() || !strings.Contains(w.log.String(), "left behind") {
		t.Errorf("not settled, or without a word:\n%s", w.log.String())
	}
}

// The order is the promise: the duty commits with the change, then the raise, then
// it is cleared. PRD-022
func TestApply_makes_its_steps_in_order(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.f.Reset()
	w.must(w.suspend(t.Context()))
	var steps []string
	for _, c := range w.f.Calls() {
		steps = append(steps, c.String())
	}
	want := "session.Epochs, identity.Apply[Transition Append], session.Raise, outbox.Done[duty]"
	if got := strings.Join(steps, ", "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// A caller who leaves in the middle takes nothing back. PRD-022
func TestApply_goes_on_without_its_caller(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, leave := context.WithCancel(t.Context())
	w.f.Use(fault.On("session.Raise", 1, fault.Injection{Delay: leave}))
	w.must(w.suspend(ctx))
	if w.accepted() || w.owed() != 0 {
		t.Errorf("signed in %v, %d duties", w.accepted(), w.owed())
	}
}

// Many changes of two scopes in either order end, one at a time, and each counts.
func TestApply_of_several_scopes_at_once(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := identity.UserScope(identity.Subject{Tenant: w.who.Tenant, User: identity.FromBytes[identity.UserID]([16]byte{15: 3})})
	both := []identity.Change{
		identity.RaiseEpoch{Scope: identity.UserScope(w.who)}, identity.RaiseEpoch{Scope: other},
		identity.RaiseEpoch{Scope: identity.TenantScope(w.who.Tenant)},
	}
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			changes := append(append([]identity.Change{}, both[i%3:]...), both[:i%3]...)
			if err := w.s.Identity.Apply(t.Context(), changes...); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	e, err := w.under.Session.Epochs(t.Context(), w.who)
	w.must(err)
	if e.User != 32 || e.Tenant != 32 || w.owed() != 0 {
		t.Errorf("epochs %+v, %d duties", e, w.owed())
	}
}

// The job leaves alone what its caller is still about, and does what nobody is.
// PRD-022
func TestSettle_waits_for_the_age_of_a_duty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.f.Use(fault.On("session.Raise", 1, fault.Injection{Before: errLost}))
	if err := w.suspend(t.Context()); err == nil {
		t.Fatal("acknowledged")
	}
	d := w.restarted()
	for range 3 {
		w.must(d.Settle(t.Context(), duty.Age))
		w.clock.Advance(duty.Age / 3)
		if !w.accepted() {
			t.Fatal("done while its caller may be doing it")
		}
	}
	w.must(d.Settle(t.Context(), duty.Age))
	if w.accepted() || w.owed() != 0 {
		t.Errorf("signed in %v, %d duties", w.accepted(), w.owed())
	}
}

// While sessions are down nothing is given up, and every duty is asked about.
// PRD-022
func TestSettle_tries_again_what_fails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.f.Use(fault.Always("session.Raise", fault.Injection{Before: errLost}))
	for range 3 {
		if err := w.s.Identity.Apply(t.Context(), identity.RaiseEpoch{Scope: identity.UserScope(w.who)}); err == nil {
			t.Fatal("acknowledged")
		}
	}
	w.f.Reset()
	if err := w.d.Settle(t.Context(), 0); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("the fault is swallowed: %v", err)
	}
	raises := 0
	for _, c := range w.f.Calls() {
		if c.Verb == "session.Raise" {
			raises++
		}
	}
	if raises != 3 {
		t.Errorf("%d of 3 duties were tried", raises)
	}
	w.f.Use(nil)
	w.clock.Advance(time.Minute)
	w.must(w.d.Settle(t.Context(), 0))
	if w.accepted() || w.owed() != 0 {
		t.Errorf("signed in %v, %d duties", w.accepted(), w.owed())
	}
}

// More duties than one batch, and one that cannot be read: it is reported, kept,
// and in nobody's way.
func TestSettle_of_many_and_of_one_it_cannot_read(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	src := entropy.Seeded(9)
	w.must(w.under.Identity.Append(t.Context(), store.Row{
		ID: identity.NewEventID(noon(), src).Bytes(), At: noon(), Topic: store.TopicDuty, Body: []byte("from a newer release"),
	}))
	w.f.Use(fault.Always("session.Raise", fault.Injection{Before: errLost}))
	for range 120 {
		if err := w.s.Identity.Apply(t.Context(), identity.RaiseEpoch{Scope: identity.UserScope(w.who)}); err == nil {
			t.Fatal("acknowledged")
		}
	}
	if err := w.restarted().Settle(t.Context(), 0); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("got %v, want ErrCorrupt", err)
	}
	if n := w.owed(); n != 1 {
		t.Errorf("%d duties are left, want the unreadable one", n)
	}
	e, err := w.under.Session.Epochs(t.Context(), w.who)
	w.must(err)
	if e.User != 120 {
		t.Errorf("%d raises of 120", e.User)
	}
}

// PRD-022
func TestNew_refuses_what_is_missing(t *testing.T) {
	t.Parallel()
	whole := duty.Config{Stores: onMemory(t), Clock: clock.System(), Entropy: entropy.System(), Logger: slog.Default()}
	for name, change := range map[string]func(*duty.Config){
		"stores":  func(c *duty.Config) { c.Stores.Session = nil },
		"clock":   func(c *duty.Config) { c.Clock = nil },
		"entropy": func(c *duty.Config) { c.Entropy = nil },
		"logger":  func(c *duty.Config) { c.Logger = nil },
	} {
		cfg := whole
		change(&cfg)
		if _, err := duty.New(cfg); err == nil {
			t.Errorf("no %s, no error", name)
		}
	}
	// One place needs no duties, and gets none in its way.
	if d, err := duty.New(whole); err != nil || d.Stores() != whole.Stores {
		t.Errorf("stores of one place were wrapped, or %v", err)
	}
}

// A process that is killed while its job settles, and is started again, does what
// the job had in hand, or had put off, before it serves anybody; also if the clock
// has been set back since.
// PRD-022
func TestSettle_at_the_start_does_what_a_job_had_in_hand(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(w *world){
		"put off as too young": func(w *world) { w.must(w.restarted().Settle(t.Context(), duty.Age)) },
		"put off after a failure": func(w *world) {
			w.clock.Advance(duty.Age)
			if err := w.d.Settle(t.Context(), duty.Age); err == nil {
				t.Error("the fault is swallowed")
			}
		},
		"in hand": func(w *world) {
			now := w.clock.Now()
			if list, err := w.under.Identity.Lease(t.Context(), store.TopicDuty, 100, now, now.Add(time.Minute)); err != nil || len(list) != 1 {
				t.Error(list, err)
			}
		},
		"in hand at a start": func(w *world) {
			ctx, cancel := context.WithCancel(t.Context())
			w.f.Use(fault.Always("session.Raise", fault.Injection{Delay: cancel, Before: errLost}))
			if err := w.d.Settle(ctx, 0); err == nil {
				t.Error("the fault is swallowed")
			}
			w.clock.Advance(time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.f.Use(fault.Always("session.Raise", fault.Injection{Before: errLost}))
			if err := w.suspend(t.Context()); err == nil {
				t.Fatal("acknowledged")
			}
			before(w)
			w.must(w.restarted().Settle(t.Context(), 0))
			if w.accepted() || w.owed() != 0 {
				t.Errorf("signed in %v, %d duties", w.accepted(), w.owed())
			}
		})
	}
}

// A duty of a process whose clock runs ahead is no younger for that.
// PRD-022
func TestSettle_of_a_duty_from_the_future(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{0, duty.Age} {
		w := newWorld(t)
		w.clock.Advance(time.Hour)
		w.f.Use(fault.Always("session.Raise", fault.Injection{Before: errLost}))
		if err := w.suspend(t.Context()); err == nil {
			t.Fatal("acknowledged")
		}
		here := clock.NewFake(noon())
		d := over(t, w.under, here, slog.New(slog.DiscardHandler))
		w.must(d.Settle(t.Context(), age))
		if age > 0 {
			here.Advance(age)
			w.must(d.Settle(t.Context(), age))
		}
		if w.accepted() || w.owed() != 0 {
			t.Errorf("age %v: signed in %v, %d duties", age, w.accepted(), w.owed())
		}
	}
}
