package session

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/metric"
)

// recognizer is a resolver whose answer a test sets.
type recognizer struct {
	id     identity.DeviceID
	err    error
	asked  int
	stored identity.DeviceID
	hook   func(ctx context.Context)
}

func (d *recognizer) resolve(ctx context.Context, r *http.Request, stored identity.DeviceID) (identity.DeviceID, error) {
	d.asked++
	d.stored = stored
	if r.UserAgent() == "" {
		return identity.DeviceID{}, errors.New("no request")
	}
	if d.hook != nil {
		d.hook(ctx)
	}
	return d.id, d.err
}

func newDeviceRig(t *testing.T) (*rig, *recognizer) {
	t.Helper()
	d := &recognizer{}
	return newRig(t, func(c *Config) { c.Device = d.resolve }), d
}

func (b *browser) device() identity.DeviceID {
	b.g.t.Helper()
	return b.state().(Authenticated).Device()
}

// SES-086: a new device is written once; nothing else is, and nothing is
// forgotten.
func TestDevice(t *testing.T) {
	t.Parallel()
	g, d := newDeviceRig(t)
	b := g.in()
	first, second := identity.NewDeviceID(g.src), identity.NewDeviceID(g.src)
	writes := func(what string, want int, then identity.DeviceID) {
		t.Helper()
		g.db.reset()
		if got := b.device(); got != then {
			t.Errorf("%s: device %v, want %v", what, got, then)
		}
		if n := g.db.writes(); n != want {
			t.Errorf("%s: %d writes, want %d", what, n, want)
		}
		if b.sets() || b.last.StatusCode != http.StatusOK {
			t.Errorf("%s: %d, cookie %v", what, b.last.StatusCode, b.sets())
		}
	}
	writes("not recognized", 0, identity.DeviceID{})
	d.id = first
	writes("recognized", 1, first)
	if writes("the same", 0, first); d.stored != first {
		t.Errorf("asked with %v", d.stored)
	}
	d.err = errors.New("out of order")
	d.id = second
	writes("a failure", 0, first)
	if !strings.Contains(g.logs.String(), "out of order") || g.rec.Counted(metricDevice, metric.L(metric.Outcome, "error")) != 1 {
		t.Error("the failure is not told")
	}
	d.id, d.err = identity.DeviceID{}, nil
	writes("no device", 0, first)
	d.hook = func(context.Context) { panic("boom") }
	writes("a panic", 0, first)
	d.hook = nil
	d.id = second
	writes("another one", 1, second)
	infos, err := g.Sessions(t.Context(), g.subj, Ref{}, 10)
	if err != nil || infos[0].Device != second {
		t.Errorf("listed %+v, %v", infos, err)
	}
	// What cannot be written costs the request nothing.
	d.id = first
	g.db.down("update")
	if got := b.device(); got != first || b.last.StatusCode != http.StatusOK {
		t.Errorf("%v, %d", got, b.last.StatusCode)
	}
	g.db.up()
	writes("again", 1, first)
}

// SES-086: whoever does not answer in a quarter of a second is not waited for.
func TestDevice_time_limit(t *testing.T) {
	t.Parallel()
	for what, hook := range map[string]func(context.Context){
		"one that listens":    func(ctx context.Context) { <-ctx.Done() },
		"one that does not":   func(context.Context) { <-t.Context().Done() },
		"one that is in time": nil,
	} {
		g, d := newDeviceRig(t)
		b := g.in()
		d.id = identity.NewDeviceID(g.src)
		if hook != nil {
			d.hook = func(ctx context.Context) {
				g.fake.Advance(250 * time.Millisecond)
				hook(ctx)
			}
		}
		if st, ok := b.state().(Authenticated); !ok || (hook == nil) == st.Device().IsZero() {
			t.Errorf("%s: %T, device %v", what, st, st.Device())
		}
		if g.now().Sub(t0) > 250*time.Millisecond {
			t.Errorf("%s: waited %v", what, g.now().Sub(t0))
		}
	}
}

// SES-086: guests have none, a login has it from its first moment, and what is
// done in another's name is done on nobody's device.
func TestDevice_needs_a_subject(t *testing.T) {
	t.Parallel()
	g, d := newDeviceRig(t)
	d.id = identity.NewDeviceID(g.src)
	b, note := g.browser(), NewKey[string]("note")
	b.state()
	b.with(func(_ *http.Request, s *Session) { _ = note.Set(s, "x") })
	if b.state(); d.asked != 0 {
		t.Fatalf("asked %d times for a guest", d.asked)
	}
	b.must(machine.Begin{Flow: g.flow(g.subj)})
	b.must(machine.Pass{Evidence: g.evidence("password")})
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		_, _, p, err := machine.Advance(s.State().(Authenticating), g.evidence("totp"), g.now())
		if err == nil {
			_, err = s.Transition(r.Context(), machine.Complete{Proof: p, Login: identity.NewLoginID(g.src)}, Commit{})
		}
		if err != nil {
			t.Error(err)
		}
	})
	g.db.reset()
	if b.device() != d.id || g.db.writes() != 0 {
		t.Errorf("device %v, %d writes", b.device(), g.db.writes())
	}
	// A step-up and a workflow stand on the same login.
	other := identity.NewDeviceID(g.src)
	b.must(machine.StepUp{Flow: g.flow(g.subj)})
	d.id = other
	if base, ok := b.state().(Authenticating).Base(); !ok || base.Device() != other {
		t.Error("not under a step-up")
	}
	b.must(machine.Abort{})
	b.must(machine.StartWorkflow{Flow: machine.WorkflowData{Subject: g.subj, Kind: "terms", Total: 1, Deadline: g.now().Add(time.Hour), Then: machine.ThenAuthenticated}})
	d.id = identity.NewDeviceID(g.src)
	if w := machine.WorkflowOf(b.state().(PendingWorkflow)); w.Prior.Device != d.id {
		t.Error("not under a workflow")
	}
	acting := g.in()
	acting.must(g.as(g.colleague()))
	g.db.reset()
	if !acting.device().IsZero() || g.db.writes() != 0 {
		t.Error("a device of somebody else's")
	}
}

// AUN-106: a device that was revoked loses its cookie with the answer, and the login
// that the request goes on to carries none; nothing else of the answer changes.
func TestDevice_forgotten(t *testing.T) {
	t.Parallel()
	g, d := newDeviceRig(t)
	d.id = identity.NewDeviceID(g.src)
	b := g.browser()
	b.must(machine.Begin{Flow: g.flow(g.subj)})
	b.must(machine.Pass{Evidence: g.evidence("password")})
	lines := func() (gone []string) {
		for _, line := range b.last.Header["Set-Cookie"] {
			if strings.HasPrefix(line, "__Host-axess-did") {
				gone = append(gone, line)
			}
		}
		return gone
	}
	if len(lines()) != 0 {
		t.Fatal("taken from a browser of which nothing is known")
	}
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		if s.Device() != d.id {
			t.Errorf("device %v", s.Device())
		}
		s.ForgetDevice()
		_, _, p, err := machine.Advance(s.State().(Authenticating), g.evidence("totp"), g.now())
		if err == nil {
			_, err = s.Transition(r.Context(), machine.Complete{Proof: p, Login: identity.NewLoginID(g.src)}, Commit{})
		}
		if err != nil {
			t.Error(err)
		}
	})
	if got := lines(); len(got) != 1 || got[0] != "__Host-axess-did=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax" || b.last.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%q, %q", got, b.last.Header.Get("Cache-Control"))
	}
	d.id = identity.DeviceID{}
	if !b.device().IsZero() {
		t.Error("the login is on the device that was revoked")
	}
}
