package ldap_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/ldap"
	"github.com/axess-go/axess/health"
)

// brokenDialer fails while it is broken, and counts.
type brokenDialer struct {
	countingDialer

	broken atomic.Bool
}

func (d *brokenDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if d.broken.Load() {
		d.n.Add(1)
		return nil, errors.New("no route")
	}
	return d.countingDialer.DialContext(ctx, network, address)
}

// FAC-096: five failures in thirty seconds, fifteen seconds of rest, one that tries.
func TestBreaker(t *testing.T) {
	t.Parallel()
	s := serve(t, &stub{secure: true, bind: func(string, string) (int, string) { return 51, "" }})
	fake, dialer := fakeClock(), &brokenDialer{}
	d := at(t, s, fake, func(c *ldap.Config) { c.Dialer = dialer })
	ask := func(reason ldap.Reason, dials int64) {
		t.Helper()
		before := dialer.n.Load()
		want(t, d.Verify(t.Context(), ldap.Person{Name: "ada"}, secret(marked)), factor.Unavailable, reason)
		if n := dialer.n.Load() - before; n != dials {
			t.Errorf("%d connections, want %d", n, dials)
		}
	}
	for range 10 { // one that answers is up, whatever it says
		ask(ldap.ReasonBusy, 1)
	}
	dialer.broken.Store(true)
	for range 4 {
		ask(ldap.ReasonTransport, 1)
	}
	fake.Advance(31 * time.Second)
	for range 4 { // the first ones were too long ago
		ask(ldap.ReasonTransport, 1)
	}
	check := d.Check("directory")
	if got := check.Run(t.Context()).Status; check.Name != "directory" || got != health.Healthy {
		t.Errorf("%q is %v after four failures", check.Name, got)
	}
	ask(ldap.ReasonTransport, 1)
	ask(ldap.ReasonResting, 0)
	if got := check.Run(t.Context()).Status; got != health.Degraded {
		t.Errorf("%v while it is left alone", got)
	}
	fake.Advance(15*time.Second - time.Microsecond)
	ask(ldap.ReasonResting, 0)
	fake.Advance(time.Microsecond)
	ask(ldap.ReasonTransport, 1)
	ask(ldap.ReasonResting, 0)
	fake.Advance(15 * time.Second)
	dialer.broken.Store(false)
	ask(ldap.ReasonBusy, 1)
	ask(ldap.ReasonBusy, 1)
}

// FAC-096: of all who come after the rest, one goes ahead; one that gives up leaves the
// way free.
func TestBreaker_one_tries_after_the_rest(t *testing.T) {
	t.Parallel()
	s := serve(t, &stub{secure: true, bind: func(string, string) (int, string) { return -1, "" }})
	fake, dialer := fakeClock(), &brokenDialer{}
	d := at(t, s, fake, func(c *ldap.Config) { c.Dialer = dialer })
	dialer.broken.Store(true)
	for range 5 {
		want(t, d.Verify(t.Context(), ldap.Person{Name: "ada"}, secret(marked)), factor.Unavailable, ldap.ReasonTransport)
	}
	dialer.broken.Store(false)
	fake.Advance(15 * time.Second)
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		said := make(chan ldap.Result, 1)
		go func() { said <- d.Verify(ctx, ldap.Person{Name: "ada"}, secret(marked)) }()
		<-s.hung
		want(t, d.Verify(t.Context(), ldap.Person{Name: "bob"}, secret(marked)), factor.Unavailable, ldap.ReasonResting)
		cancel()
		want(t, <-said, factor.Unavailable, ldap.ReasonCancelled)
	}
}

// FAC-096: no more binds at a time than were allowed; the others wait, within their ten
// seconds.
func TestVerify_bounds_what_is_under_way(t *testing.T) {
	t.Parallel()
	s := serve(t, &stub{secure: true, bind: func(name, _ string) (int, string) {
		if name == "uid=late,dc=x" {
			return 0, ""
		}
		return -1, ""
	}})
	fake, dialer := fakeClock(), &countingDialer{}
	d := at(t, s, fake, func(c *ldap.Config) { c.MaxBinds, c.Dialer = 2, dialer })
	early, late := make(chan ldap.Result, 2), make(chan ldap.Result, 1)
	for range 2 {
		go func() { early <- d.Verify(t.Context(), ldap.Person{Name: "ada"}, secret(marked)) }()
		<-s.hung
	}
	// Each bind holds two deadlines, its own and the whole's.
	before := len(fake.Pending())
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		late <- d.Verify(t.Context(), ldap.Person{Name: "late"}, secret(marked))
		cancel()
	}()
	if err := fake.Await(ctx, "", before+1); err != nil {
		t.Fatal(err)
	}
	if n := dialer.n.Load(); n != 2 {
		t.Errorf("%d connections", n)
	}
	fake.Advance(5 * time.Second)
	for range 2 {
		want(t, <-early, factor.Unavailable, ldap.ReasonTimeout)
	}
	want(t, <-late, factor.Accepted, "")
}

// AUN-034: who does not exist takes as long as one who does, without a connection; while
// nothing is known of the directory, or it is down, it is asked.
func TestVerifyNobody_takes_as_long_as_somebody(t *testing.T) {
	t.Parallel()
	fake, dialer := fakeClock(), &brokenDialer{}
	const took = 30 * time.Millisecond
	s := serve(t, &stub{secure: true, bind: func(name, _ string) (int, string) {
		fake.Advance(took)
		if name == "uid=ada,dc=x" {
			return 0, ""
		}
		return 49, ""
	}})
	d := at(t, s, fake, func(c *ldap.Config) { c.Dialer = dialer })
	want(t, d.VerifyNobody(t.Context(), secret(marked)), factor.Rejected, ldap.ReasonCredential)
	if dialer.n.Load() != 1 {
		t.Fatal("nothing was known, and nobody was asked")
	}
	for range 7 {
		want(t, d.Verify(t.Context(), ldap.Person{Name: "ada"}, secret(marked)), factor.Accepted, "")
	}
	binds := s.bound()
	waited := func() {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		said := make(chan ldap.Result, 1)
		go func() {
			said <- d.VerifyNobody(t.Context(), secret(marked))
			cancel() // an answer without a wait ends the wait for it
		}()
		if err := fake.Await(ctx, clock.SleepName, 1); err != nil {
			t.Fatalf("%v: %+v", err, <-said)
		}
		fake.Advance(took - time.Microsecond)
		if !slices.Contains(fake.Pending(), clock.SleepName) {
			t.Error("answered too early")
		}
		fake.Advance(time.Microsecond)
		want(t, <-said, factor.Rejected, ldap.ReasonCredential)
	}
	for range 3 {
		waited()
	}
	if got := s.bound(); len(got) != len(binds) {
		t.Errorf("%d binds, want %d", len(got), len(binds))
	}
	// atOnce is an answer without a wait; one that waits is cancelled.
	atOnce := func(v factor.Verdict, r ldap.Reason) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			if fake.Await(ctx, clock.SleepName, 1) == nil {
				cancel()
			}
		}()
		want(t, d.VerifyNobody(ctx, secret(marked)), v, r)
	}
	// An outage is the same for everybody, and so is its end.
	dialer.broken.Store(true)
	want(t, d.Verify(t.Context(), ldap.Person{Name: "ada"}, secret(marked)), factor.Unavailable, ldap.ReasonTransport)
	for range 3 {
		atOnce(factor.Unavailable, ldap.ReasonTransport)
	}
	want(t, d.Verify(t.Context(), ldap.Person{Name: "ada"}, secret(marked)), factor.Unavailable, ldap.ReasonTransport)
	atOnce(factor.Unavailable, ldap.ReasonResting)
	want(t, d.Verify(t.Context(), ldap.Person{Name: "ada"}, secret(marked)), factor.Unavailable, ldap.ReasonResting)
	dialer.broken.Store(false)
	fake.Advance(15 * time.Second)
	atOnce(factor.Rejected, ldap.ReasonCredential)
	waited()
}
