package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// deviceList is a resolver whose answers a test sets.
type deviceList struct {
	mu    sync.Mutex
	trust map[identity.DeviceID]authn.DeviceTrust
	err   error
	hook  func(context.Context)
	asked []identity.Subject
}

func (d *deviceList) DeviceTrust(ctx context.Context, s identity.Subject, id identity.DeviceID) (authn.DeviceTrust, error) {
	d.mu.Lock()
	d.asked = append(d.asked, s)
	trust, err, hook := d.trust[id], d.err, d.hook
	d.mu.Unlock()
	if hook != nil {
		hook(ctx)
	}
	return trust, err
}

func (d *deviceList) times() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.asked)
}

// deviceRig is a rig whose requests all come from one device, of that trust.
func deviceRig(t *testing.T, trust authn.DeviceTrust, opts ...option) (*rig, *deviceList) {
	t.Helper()
	d := &deviceList{trust: map[identity.DeviceID]authn.DeviceTrust{}}
	r := newRig(t, append([]option{func(c *authn.Config, _ *authn.AccountsConfig) { c.Devices = d }}, opts...)...)
	r.device = identity.NewDeviceID(r.entropy)
	d.trust[r.device] = trust
	return r, d
}

// spareApp enrols an app that no method of the person asks for.
func (r *rig) spareApp(u identity.User) func() string {
	r.t.Helper()
	rec, err := totp.New(r.entropy, totp.Policy{})
	must(r.t, err)
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.PutCredential{Credential: r.row(u.Subject(), factor.TOTP, rec.Encode())}))
	return func() string { return codeFor(rec, r.clock.Now()) }
}

// asksForApp signs in with the password and reports whether a code is asked for then.
func (b *browser) asksForApp(email string) bool {
	b.r.t.Helper()
	b.begin(email)
	out := b.try(pw(goodPassword))
	if is[authn.Completed](out) {
		return false
	}
	step, ok := out.(authn.StepRequired)
	if !ok {
		b.r.t.Fatalf("%T", out)
	}
	if fmt.Sprint(step.Menu.Options) != "[totp]" || step.Menu.Step != 2 || step.Menu.Total != 2 {
		b.r.t.Errorf("menu %+v", step.Menu)
	}
	if b.signedIn() {
		b.r.t.Error("signed in before the step")
	}
	return true
}

// AUN-106: whoever has an app is asked for it on a device that is not trusted, though
// their method is a password alone; the login is then one with both factors.
func TestDevice_asks_for_a_second_factor(t *testing.T) {
	t.Parallel()
	for trust, want := range map[authn.DeviceTrust]bool{
		authn.DeviceUnknown: true, authn.DeviceSeen: true, authn.DeviceTrusted: false, authn.DeviceRevoked: true,
		authn.DeviceRevoked + 1: true, // none of the set
	} {
		r, d := deviceRig(t, trust)
		show := r.spareApp(r.person(ada))
		r.person(bob)
		r.clock.Advance(time.Minute)
		b := r.browser()
		if got := b.asksForApp(ada); got != want {
			t.Errorf("%v: asked %t, want %t", trust, got, want)
			continue
		}
		if d.times() != 1 || d.asked[0].Tenant != r.tenant {
			t.Errorf("%v: the devices were asked %v", trust, d.asked)
		}
		if want {
			if out := b.try(code("000000")); !is[authn.Rejected](out) || b.signedIn() {
				t.Errorf("%v: a wrong code: %T", trust, out)
			}
			if out := b.try(code(show())); !is[authn.Completed](out) {
				t.Errorf("%v: %T", trust, out)
			}
		}
		login := b.login()
		if level := identity.Assess(login.Evidence()).AAL; (level == identity.AAL2) != want {
			t.Errorf("%v: %v", trust, level)
		}
		// Who has nothing that answers comes in as before.
		if other := r.browser(); other.asksForApp(bob) {
			t.Errorf("%v: somebody without an app was asked for it", trust)
		}
		if told := strings.Contains(r.alarms(), "devices="); told != (trust > authn.DeviceRevoked) {
			t.Errorf("%v: alarms %q", trust, r.alarms())
		}
	}
}

// AUN-106: the cookie of a device that was revoked goes, and the login that
// goes on is on none.
func TestDevice_revoked_loses_its_cookie(t *testing.T) {
	t.Parallel()
	for trust, want := range map[authn.DeviceTrust]bool{authn.DeviceSeen: false, authn.DeviceTrusted: false, authn.DeviceRevoked: true} {
		r, _ := deviceRig(t, trust)
		r.person(ada)
		b := r.browser()
		b.begin(ada)
		res := b.do(func(ctx context.Context, s *session.Session) {
			if _, err := r.accounts.VerifyFactor(ctx, s, pw(goodPassword)); err != nil {
				t.Error(err)
			}
		})
		gone := false
		for _, c := range res.Cookies() {
			gone = gone || c.Name == "axess-dev-did" && c.MaxAge < 0
		}
		was := r.device
		r.device = identity.DeviceID{}
		if on := b.login().Device() == was; gone != want || on == want {
			t.Errorf("%v: cookie taken %t, login on the device %t", trust, gone, on)
		}
	}
}

// AUN-106, AUN-032: so it is where somebody sets up an app on the way in, which makes up
// for any device.
func TestDevice_revoked_while_an_app_is_set_up(t *testing.T) {
	t.Parallel()
	r, d := deviceRig(t, authn.DeviceRevoked)
	r.person(ada)
	strict(r)
	b := r.browser()
	show := r.codes(b.comesIn(ada))
	if d.times() != 0 {
		t.Errorf("asked %d times before all steps have passed", d.times())
	}
	typed, gone := show(), false
	res := b.do(func(ctx context.Context, s *session.Session) {
		if out, err := r.accounts.CompleteEnrolment(ctx, s, code(typed)); err != nil || !is[authn.Completed](out) {
			t.Errorf("%T, %v", out, err)
		}
	})
	for _, c := range res.Cookies() {
		gone = gone || c.Name == "axess-dev-did" && c.MaxAge < 0
	}
	was := r.device
	r.device = identity.DeviceID{}
	if b.login().Device() == was || !gone || d.times() != 1 {
		t.Errorf("on the device %v, cookie taken %t, asked %d times", b.login().Device() == was, gone, d.times())
	}
}

// AUN-106: an answer that does not come counts as an unknown device; nobody is kept
// waiting, and an operator is told.
func TestDevice_fails_closed(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(r *rig, d *deviceList){
		"an error": func(_ *rig, d *deviceList) { d.err = errors.New("out of order") },
		"a panic":  func(_ *rig, d *deviceList) { d.hook = func(context.Context) { panic("boom") } },
		"no answer": func(r *rig, d *deviceList) {
			d.hook = func(context.Context) {
				r.clock.Advance(250 * time.Millisecond)
				<-t.Context().Done()
			}
		},
	} {
		r, d := deviceRig(t, authn.DeviceTrusted)
		r.spareApp(r.person(ada))
		fault(r, d)
		if !r.browser().asksForApp(ada) || r.alarms() != "devices=1" {
			t.Errorf("%s: not asked, or alarms %q", name, r.alarms())
		}
	}
}

// AUN-106: no device, no recognition and another person's device are unknown; without
// Devices nothing changes.
func TestDevice_without_any(t *testing.T) {
	t.Parallel()
	r, d := deviceRig(t, authn.DeviceTrusted)
	r.spareApp(r.person(ada))
	r.device = identity.DeviceID{}
	if !r.browser().asksForApp(ada) || d.times() != 0 {
		t.Errorf("without a device: asked %d times", d.times())
	}
	plain := newRig(t)
	plain.device = identity.NewDeviceID(plain.entropy)
	plain.spareApp(plain.person(ada))
	if plain.browser().asksForApp(ada) {
		t.Error("asked without Devices")
	}
}

// AUN-106: the rule of the tenant, or of one user, stands in the place of the
// program's; a floor holds under both.
func TestDevice_policies(t *testing.T) {
	t.Parallel()
	off := func(c *authn.Config, _ *authn.AccountsConfig) { c.WithoutDeviceStepUp = "a test" }
	floor := func(c *authn.Config, _ *authn.AccountsConfig) { c.Floors.MinDeviceTrust = authn.DeviceSeen }
	enough := func(d authn.DeviceTrust) string { return encoded(t, authn.DevicePolicy{Enough: d}) }
	for name, tc := range map[string]struct {
		opts        []option
		tenant, own string
		asks        map[authn.DeviceTrust]bool
	}{
		"the program asks nobody":  {[]option{off}, "", "", map[authn.DeviceTrust]bool{authn.DeviceUnknown: false, authn.DeviceRevoked: false}},
		"the tenant does":          {[]option{off}, enough(authn.DeviceTrusted), "", map[authn.DeviceTrust]bool{authn.DeviceUnknown: true, authn.DeviceSeen: true}},
		"the tenant does not":      {nil, enough(authn.DeviceUnknown), "", map[authn.DeviceTrust]bool{authn.DeviceUnknown: false, authn.DeviceSeen: false}},
		"a seen one is enough":     {nil, enough(authn.DeviceSeen), "", map[authn.DeviceTrust]bool{authn.DeviceUnknown: true, authn.DeviceSeen: false, authn.DeviceRevoked: true}},
		"one user is asked":        {nil, enough(authn.DeviceUnknown), enough(authn.DeviceTrusted), map[authn.DeviceTrust]bool{authn.DeviceUnknown: true, authn.DeviceTrusted: false}},
		"the floor is under it":    {[]option{floor}, enough(authn.DeviceUnknown), "", map[authn.DeviceTrust]bool{authn.DeviceUnknown: true, authn.DeviceSeen: false}},
		"what cannot be read asks": {nil, "", `{"enough":"any"}`, nil},
	} {
		for trust, want := range tc.asks {
			r, _ := deviceRig(t, trust, tc.opts...)
			u := r.person(ada)
			r.spareApp(u)
			if tc.tenant != "" {
				r.stored(identity.TenantScope(r.tenant), authn.PolicyDevice, tc.tenant)
			}
			if tc.own != "" {
				r.stored(identity.UserScope(u.Subject()), authn.PolicyDevice, tc.own)
			}
			if got := r.browser().asksForApp(ada); got != want {
				t.Errorf("%s, %v: asked %t, want %t", name, trust, got, want)
			}
		}
		if tc.asks == nil {
			// Nobody signs in under a rule that cannot be read (IDN-071).
			r, _ := deviceRig(t, authn.DeviceTrusted)
			r.stored(identity.UserScope(r.person(ada).Subject()), authn.PolicyDevice, tc.own)
			b := r.browser()
			b.begin(ada)
			if out := b.try(pw(goodPassword)); !is[authn.Rejected](out) {
				t.Errorf("%s: %T", name, out)
			}
		}
	}
}

// AUN-106: who proves a second factor anyway is asked for nothing on top.
func TestDevice_asks_nothing_on_top(t *testing.T) {
	t.Parallel()
	r, _ := deviceRig(t, authn.DeviceUnknown)
	show := r.app(r.person(ada))
	r.clock.Advance(time.Minute)
	b := r.browser()
	b.begin(ada)
	b.try(pw(goodPassword))
	if out := b.try(code(show())); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
}

// AUN-106: the step that a device was asked for stays: not a trusted device behind the
// next request, nor another method, nor the password once more leads around it.
func TestDevice_step_stays(t *testing.T) {
	t.Parallel()
	r, d := deviceRig(t, authn.DeviceUnknown)
	r.spareApp(r.person(ada))
	b := r.browser()
	if !b.asksForApp(ada) {
		t.Fatal("not asked")
	}
	d.trust[r.device] = authn.DeviceTrusted
	if _, err := b.verify(pw(goodPassword)); !errors.Is(err, authn.ErrStepMismatch) {
		t.Errorf("the password again: %v", err)
	}
	b.do(func(ctx context.Context, s *session.Session) {
		if _, err := r.accounts.SelectMethod(ctx, s, "password"); err == nil {
			t.Error("the method was chosen anew in the middle")
		}
	})
	if out := b.try(code("123456")); !is[authn.Rejected](out) || b.signedIn() {
		t.Errorf("a guess: %T", out)
	}
	stolen := b.jar()
	if stolen.signedIn() {
		t.Error("signed in")
	}
}

// AUN-106, AUN-033, AUN-036: devices are asked about nobody and by no guess, and what a
// wrong password costs is the same with them.
func TestDevice_tells_nobody_apart(t *testing.T) {
	t.Parallel()
	work := map[string]string{}
	r, d := deviceRig(t, authn.DeviceRevoked)
	r.spareApp(r.person(ada))
	r.person(bob)
	for _, name := range []string{ada, bob, "nobody@example.org"} {
		b := r.browser()
		r.work.take()
		b.begin(name)
		res := b.do(func(ctx context.Context, s *session.Session) {
			if out, err := r.accounts.VerifyFactor(ctx, s, pw("not the right password")); err != nil || !is[authn.Rejected](out) {
				t.Errorf("%s: %T, %v", name, out, err)
			}
		})
		work[r.work.take()+fmt.Sprint(len(res.Cookies()))] = name
	}
	if len(work) != 1 || d.times() != 0 {
		t.Errorf("asked %d times, work %v", d.times(), work)
	}
}

// AUN-106, AUN-100: a step-up on a device that is not trusted takes a second factor, of
// who has one; on a trusted one it takes what it asks for.
func TestDevice_at_a_step_up(t *testing.T) {
	t.Parallel()
	for trust, want := range map[authn.DeviceTrust]string{authn.DeviceTrusted: "[password] 0", authn.DeviceSeen: "[password] 2", authn.DeviceRevoked: "[password] 2"} {
		r, d := deviceRig(t, authn.DeviceTrusted)
		u := r.person(ada)
		b := r.browser().signIn(ada)
		r.clock.Advance(time.Hour)
		d.trust[r.device] = trust
		b.mustStep(anyOf(factor.Password), factor.Password) // nothing else to ask for
		must(t, b.abandons())
		show := r.spareApp(u)
		r.clock.Advance(time.Minute)
		out, err := b.stepsUp(anyOf(factor.Password))
		must(t, err)
		step, ok := out.(authn.StepRequired)
		if !ok {
			t.Fatalf("%v: %T", trust, out)
		}
		next := b.try(pw(goodPassword))
		got := fmt.Sprint(step.Menu.Options, " 0")
		if more, ok := next.(authn.StepRequired); ok {
			got = fmt.Sprint(step.Menu.Options, " ", more.Menu.Step)
			next = b.try(code(show()))
		}
		if got != want || !is[authn.Completed](next) {
			t.Errorf("%v: %s, want %s; %T", trust, got, want, next)
		}
		if !b.signedIn() {
			t.Errorf("%v: the login is gone", trust)
		}
	}
}

// AUN-106: half a configuration is refused.
func TestDevice_configuration(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*authn.Config){
		"a reason without devices": func(c *authn.Config) { c.WithoutDeviceStepUp = "why" },
		"below its own floor": func(c *authn.Config) {
			c.Devices, c.WithoutDeviceStepUp, c.Floors.MinDeviceTrust = &deviceList{}, "why", authn.DeviceSeen
		},
		"a floor that nothing reaches": func(c *authn.Config) { c.Floors.MinDeviceTrust = authn.DeviceRevoked },
	} {
		var cfg authn.Config
		newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { cfg = *c })
		change(&cfg)
		var field *authn.FieldError
		if _, err := authn.New(cfg); !errors.As(err, &field) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// AUN-106: the texts of the levels are the four, and no other is read as one.
func TestDeviceTrust_texts(t *testing.T) {
	t.Parallel()
	for d, want := range map[authn.DeviceTrust]string{
		authn.DeviceUnknown: "unknown", authn.DeviceSeen: "seen", authn.DeviceTrusted: "trusted", authn.DeviceRevoked: "revoked",
	} {
		text, err := d.MarshalText()
		var back authn.DeviceTrust
		if err != nil || string(text) != want || back.UnmarshalText(text) != nil || back != d {
			t.Errorf("%d: %q, %v, %v", d, text, back, err)
		}
	}
	if _, err := authn.DeviceTrust(4).MarshalText(); err == nil || authn.DeviceTrust(4).String() != "" {
		t.Error("a fifth level has a text")
	}
	for _, text := range []string{"", "Trusted", "trusted ", "4"} {
		d := authn.DeviceTrusted
		if d.UnmarshalText([]byte(text)) == nil || d != authn.DeviceTrusted {
			t.Errorf("%q was read as %v", text, d)
		}
	}
}
