package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// AUN-001: every wrong setting is named, and without a logger and metrics a
// service alarms into the void instead of stopping.
func TestConfig_names_what_is_wrong(t *testing.T) {
	t.Parallel()
	var cfg authn.Config
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { cfg = *c })
	for want, change := range map[string]func(c *authn.Config){
		"authn: TOTP: ":                   func(c *authn.Config) { c.TOTP.Skew = 99 },
		"authn: UserLock.Threshold ":      func(c *authn.Config) { c.UserLock.Factor = 1 },
		"authn: AddressLock.Threshold ":   func(c *authn.Config) { c.AddressLock.Factor = 1 },
		"authn: AddressLock.Cap must not": func(c *authn.Config) { c.AddressLock = authn.AddressLock(); c.AddressLock.Cap = 1 },
	} {
		bad := cfg
		change(&bad)
		if _, err := authn.New(bad); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	bare := cfg
	bare.Logger, bare.Metrics = nil, nil
	alone, err := authn.New(bare)
	must(t, err)
	r.person(ada)
	b := r.browser()
	b.begin(ada)
	r.ledger.down = true
	b.do(func(ctx context.Context, s *session.Session) {
		if out, err := alone.VerifyFactor(ctx, s, pw(goodPassword)); err != nil || !is[authn.Unavailable](out) {
			t.Errorf("%T, %v", out, err)
		}
	})
}

// AUN-055: the lock of an address is the configured one, or ten failures.
func TestConfig_locks_of_an_address(t *testing.T) {
	t.Parallel()
	three := authn.AddressLock()
	three.Threshold = 3
	for want, p := range map[int]authn.LockPolicy{3: three, 10: {}} {
		r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { c.AddressLock = p })
		b, n := r.browser(), 0
		for n < 20 {
			b.begin(fmt.Sprintf("nobody%d@example.org", n))
			if is[authn.Throttled](b.try(pw("not the right password"))) {
				break
			}
			n++
		}
		if n != want {
			t.Errorf("locked after %d, want %d", n, want)
		}
	}
}

// AUN-090, AUN-060: a sign-out that fails says so, whoever asks and by whatever verb.
func TestLogout_that_fails_is_told(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	for name, end := range map[string]func(*browser) func(context.Context, *session.Session) error{
		"a login under way":             func(*browser) func(context.Context, *session.Session) error { return r.accounts.Logout },
		"a login under way, everywhere": func(*browser) func(context.Context, *session.Session) error { return r.accounts.LogoutEverywhere },
		"this session by its name": func(b *browser) func(context.Context, *session.Session) error {
			b.signIn(ada)
			ref := b.ref()
			return func(ctx context.Context, s *session.Session) error { return r.accounts.RevokeSession(ctx, s, ref) }
		},
	} {
		b := r.browser()
		b.begin(ada)
		f := end(b)
		r.failing(map[string]error{"Delete": errPlug})
		if _, err := b.act(f); !errors.Is(err, errPlug) {
			t.Errorf("%s: %v", name, err)
		}
		r.mend()
		if is[session.Guest](b.state()) {
			t.Errorf("%s: ended all the same", name)
		}
	}
}

// AUN-162: what cannot be told raises an alarm and stops nothing; a hurry of the
// delivery comes after the commit, not ahead of it.
func TestNotes_that_are_lost_alarm(t *testing.T) {
	t.Parallel()
	for verb, want := range map[string]string{"": "", "AccountByID": "note_lost=1", "Reserve": "ledger_outage=1"} {
		for name, end := range map[string]func(*authn.Accounts, context.Context, *session.Session) error{
			"others": func(a *authn.Accounts, ctx context.Context, s *session.Session) error { return a.LogoutOthers(ctx, s) },
			"everywhere": func(a *authn.Accounts, ctx context.Context, s *session.Session) error {
				return a.LogoutEverywhere(ctx, s)
			},
		} {
			var order []string
			r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) {
				c.Notes.Wake = func() { order = append(order, "wake") }
			})
			r.person(ada)
			b := r.browser().signIn(ada)
			if verb != "" {
				r.failing(map[string]error{verb: errPlug})
			}
			r.store.hook(func(v string) error {
				order = append(order, v[:strings.Index(v+"/", "/")])
				return nil
			})
			if _, err := b.act(func(ctx context.Context, s *session.Session) error { return end(r.accounts, ctx, s) }); err != nil {
				t.Errorf("%s, %s: %v", name, verb, err)
			}
			r.mend()
			if got := r.alarms(); got != want {
				t.Errorf("%s, %s: alarms %q", name, verb, got)
			}
			if got, want := fmt.Sprint(order), map[string]string{"others": "[Rotate wake]", "everywhere": "[Raise wake Delete Sessions]"}[name]; got != want {
				t.Errorf("%s, %s: order %s", name, verb, got)
			}
		}
	}
}

// AUN-162: a person without an address, and a service without mail, are told
// nothing, and nothing is asked for it.
func TestNotes_to_nobody(t *testing.T) {
	t.Parallel()
	var alone *authn.Service
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) {
		silent := *c
		silent.Notes = authn.Notes{}
		var err error
		alone, err = authn.New(silent)
		must(t, err)
	})
	r.person(ada)
	r.named(map[identity.IdentifierKind]string{identity.Username: "lovelace"}, identity.Username)
	for who, tc := range map[string]struct {
		end  func(context.Context, *session.Session) error
		work string
	}{
		ada:        {alone.LogoutOthers, "Rotate/1=1"},
		"lovelace": {r.accounts.LogoutOthers, "AccountByID=1 Rotate/1=1"},
	} {
		b := r.browser().signIn(who)
		r.work.take()
		if _, err := b.act(tc.end); err != nil {
			t.Errorf("%s: %v", who, err)
		}
		if w := r.work.take(); w != tc.work {
			t.Errorf("%s: %s", who, w)
		}
	}
	if got := r.subjects(); len(got) != 0 || r.alarms() != "" {
		t.Errorf("mails %v, alarms %s", got, r.alarms())
	}
}

// longSubjects are more than a mail takes.
type longSubjects struct{}

func (longSubjects) Mail(authn.Note) (string, string) { return "two\r\nlines", "text\n" }

// AUN-162: a text that is no mail is told to the operator, and stops no sign-out.
func TestNotes_that_are_no_mail(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { c.Notes.Texts = longSubjects{} })
	r.person(ada)
	b := r.browser().signIn(ada)
	if _, err := b.act(r.accounts.LogoutOthers); err != nil {
		t.Errorf("a sign-out: %v", err)
	}
	if got := r.alarms(); got != "note_lost=1" || len(r.subjects()) != 0 {
		t.Errorf("alarms %q, mails %v", got, r.subjects())
	}
	if _, err := r.browser().signUp("new@example.org", goodPassword); err == nil {
		t.Error("a sign-up without its mail")
	}
}

// UIX-086: a language is a person's own to choose, and theirs alone while they
// are there.
func TestSetLanguage_is_the_persons_own(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada).acts(r.person(bob))
	if err := b.setLanguage("de"); !errors.Is(err, authn.ErrImpersonating) {
		t.Errorf("in somebody's name: %v", err)
	}
	own := r.browser().signIn(ada)
	r.failing(map[string]error{"Apply": store.ErrNotFound})
	if err := own.setLanguage("de"); !errors.Is(err, authn.ErrNotAuthenticated) || errors.Is(err, store.ErrNotFound) {
		t.Errorf("erased meanwhile: %v", err)
	}
	r.mend()
	for _, email := range []string{ada, bob} {
		if acct, _ := r.account(email); acct.User.Language != "" {
			t.Errorf("%s: kept %q", email, acct.User.Language)
		}
	}
}

// AUN-011, FAC-020: which methods a password alone passes.
func TestMethods_that_a_password_passes(t *testing.T) {
	t.Parallel()
	method := func(enabled bool, kinds ...identity.Kind) identity.Method {
		m := identity.Method{Name: "m", Enabled: enabled}
		for _, k := range kinds {
			m.Steps = append(m.Steps, identity.Required(k))
		}
		return m
	}
	for name, tc := range map[string]struct {
		methods []identity.Method
		want    bool
	}{
		"default":  {authn.DefaultMethods(), true},
		"two":      {authn.MFAMethods(), false},
		"none":     {nil, false},
		"disabled": {[]identity.Method{method(false, factor.Password)}, false},
		"app":      {[]identity.Method{method(true, factor.TOTP)}, false},
		"either":   {[]identity.Method{method(true, factor.Password, factor.TOTP), method(true, factor.Password)}, true},
	} {
		if got := authn.PasswordAlone(tc.methods); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if m := authn.MFAMethods(); len(m) != 1 || m[0].Reason != "" || !m[0].Enabled || m[0].Name != "password" || m[0].Priority != 0 {
		t.Errorf("preset: %+v", m)
	}
}
