package authn_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

func (b *browser) asksFor(req authn.LoginRequest) (out authn.LoginOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { out, err = b.r.accounts.BeginLogin(ctx, s, req) })
	return out, err
}

// reasons is why logins were for nobody, oldest first; empty for the others.
func (r *rig) reasons() (why []string) {
	r.t.Helper()
	for _, line := range r.story(nil) {
		if rest, ok := strings.CutPrefix(line, "login_attempt "); ok {
			why = append(why, strings.TrimSuffix(rest, " first_factor:password method:password"))
		}
	}
	return why
}

// AUN-033, AUN-060: each call of a login in its order, and none behind one that
// failed; the cause is told, and nothing has begun.
func TestBegin_stops_at_the_call_that_fails(t *testing.T) {
	t.Parallel()
	calls := []string{"TenantByID=1", "AccountByIdentifier=1", "Epochs=1", "Create/1=1"}
	for i, call := range calls {
		r := newRig(t)
		r.person(ada)
		b := r.browser()
		r.work.take()
		verb, _, _ := strings.Cut(call, "=")
		r.failing(map[string]error{verb: errPlug})
		if out, err := b.asksFor(authn.LoginRequest{Identifier: ada}); out != nil || !errors.Is(err, errPlug) {
			t.Errorf("%s: %T, %v", verb, out, err)
		}
		want := slices.Sorted(slices.Values(calls[:i+1]))
		if got := r.work.take(); got != strings.Join(want, " ") {
			t.Errorf("%s fails: %s, want %v", verb, got, want)
		}
		r.mend()
		if !is[session.Guest](b.state()) {
			t.Errorf("%s fails and something has begun", verb)
		}
		if got := r.alarms(); got != "" {
			t.Errorf("%s: alarms %q", verb, got)
		}
	}
}

// AUN-020, AUN-033: a row that is not authentic is nobody, and an alarm.
func TestBegin_of_an_account_that_is_not_authentic(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser()
	r.failing(map[string]error{"AccountByIdentifier": store.ErrCorrupt})
	if out := b.begin(ada); !is[authn.StepRequired](out) {
		t.Errorf("%T", out)
	}
	r.mend()
	if out := b.try(pw(goodPassword)); !is[authn.Rejected](out) || b.signedIn() {
		t.Errorf("signed in as a row that is not authentic: %T", out)
	}
	if got := fmt.Sprint(r.alarms(), r.reasons()); got != "data_integrity=1[failure unknown_user]" {
		t.Errorf("told %s", got)
	}
}

// AUN-023, AUN-030: a tenant that is not there, or neither active nor suspended,
// or offers nothing, looks like any, lets nobody in, and the event says why.
func TestBegin_in_a_tenant_that_takes_nobody(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		tenant tenantAs
		hide   bool
		why    string
	}{
		"gone":             {tenantAs{err: store.ErrNotFound}, false, "failure tenant_inactive"},
		"of another state": {tenantAs{status: 77}, false, "failure tenant_inactive"},
		"suspended":        {tenantAs{status: identity.TenantSuspended}, true, "failure tenant_inactive"},
		"without methods":  {tenantAs{status: identity.TenantActive, bare: true}, false, "failure no_method"},
	} {
		r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { c.HideTenantStatus = tc.hide })
		r.person(ada)
		as := tc.tenant
		as.Admin = r.ident.Admin
		r.ident.Admin = as
		b := r.browser()
		if out, ok := b.begin(ada).(authn.StepRequired); !ok || fmt.Sprint(out.Menu.Methods, out.Menu.Options) != "[password] [password]" {
			t.Errorf("%s: %+v", name, out)
		}
		if out := b.try(pw(goodPassword)); !is[authn.Rejected](out) || b.signedIn() {
			t.Errorf("%s: %T", name, out)
		}
		if got := strings.Join(r.reasons(), ","); got != tc.why {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// tenantAs answers for every tenant in another state.
type tenantAs struct {
	identity.Admin
	status identity.TenantStatus
	bare   bool
	err    error
}

func (s tenantAs) TenantByID(ctx context.Context, t identity.TenantID) (identity.TenantView, error) {
	if s.err != nil {
		return identity.TenantView{}, s.err
	}
	v, err := s.Admin.TenantByID(ctx, t)
	v.Tenant.Status = s.status
	if s.bare {
		v.Methods = nil
	}
	return v, err
}

// AUN-020: a request may name its tenant; the configured one is for those that do not.
func TestBegin_in_a_tenant_of_its_own(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	home := r.tenant
	r.tenant = identity.NewTenantID(r.entropy)
	must(t, r.stores.Identity.Apply(t.Context(), identity.NewTenant{
		Tenant:  identity.Tenant{ID: r.tenant, Slug: "other", Status: identity.TenantActive, CreatedAt: r.clock.Now(), UpdatedAt: r.clock.Now()},
		Methods: authn.DefaultMethods(),
	}))
	u := r.person(ada)
	for tenant, want := range map[identity.TenantID]bool{r.tenant: true, home: false, {}: false} {
		b := r.browser()
		if out, err := b.asksFor(authn.LoginRequest{Tenant: tenant, Identifier: ada}); err != nil || !is[authn.StepRequired](out) {
			t.Errorf("%v: %T, %v", tenant, out, err)
		}
		b.try(pw(goodPassword))
		st, in := b.state().(session.Authenticated)
		if in != want || in && st.Subject() != u.Subject() {
			t.Errorf("in %v: signed in %v", tenant, in)
		}
	}
}

// AUN-012: the request may pick from the menu; what is not on it picks nothing.
// The menu is in the order of priority, then name.
func TestBegin_picks_a_method(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	app := func(name string, priority int) identity.PutMethod {
		return identity.PutMethod{Scope: identity.TenantScope(r.tenant), Method: identity.Method{
			Name: name, Priority: priority, Enabled: true, Steps: []identity.Step{identity.Required(factor.TOTP)},
		}}
	}
	must(t, r.stores.Identity.Apply(t.Context(), app("zebra", 4), app("early", 4), app("app", 9), app("first", -1)))
	r.app(r.person(ada))
	for asked, want := range map[string]string{"": "first", "app": "app", "password": "password", "nothing": "first"} {
		out, err := r.browser().asksFor(authn.LoginRequest{Identifier: "nobody@example.org", Method: asked})
		if m := out.(authn.StepRequired).Menu; err != nil || m.Method != want || fmt.Sprint(m.Methods) != "[first password early zebra app]" {
			t.Errorf("%q: %+v, %v", asked, m, err)
		}
	}
}

// AUN-020: a name is taken up to its bound, and what is longer is for nobody,
// though it would be short without what people write between digits.
func TestBegin_bounds_what_is_typed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	long := strings.Repeat("x", authn.MaxIdentifier)
	r.named(map[identity.IdentifierKind]string{identity.Username: long, identity.Phone: "+4930123456"}, identity.Username)
	for typed, want := range map[string]bool{
		long: true, long + "x": false, "+49" + strings.Repeat("-", authn.MaxIdentifier-11) + "30123456": true,
		"+49" + strings.Repeat("-", authn.MaxIdentifier-10) + "30123456": false,
	} {
		b := r.browser()
		out := b.begin(typed).(authn.StepRequired)
		if got := out.Menu.Identifier; (got == typed) != (len(typed) <= authn.MaxIdentifier) || got != typed && got != "" {
			t.Errorf("%d bytes typed, repeated %q", len(typed), got)
		}
		if b.try(pw(goodPassword)); b.signedIn() != want {
			t.Errorf("%d bytes, %.8q: signed in %v", len(typed), typed, !want)
		}
	}
}

// What is repeated to the person is what they typed, or nothing.
func TestBegin_repeats_what_can_be_shown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for typed, want := range map[string]string{
		ada: ada, "  Ada ": "  Ada ", "Äda": "Äda", "": "", "a\u202eb": "", "a\xffb": "", "a\nb": "", "a\x00": "",
	} {
		if got := r.browser().begin(typed).(authn.StepRequired).Menu.Identifier; got != want {
			t.Errorf("%q typed, %q shown", typed, got)
		}
	}
}

// AUN-051, AUN-057: the keys of the ledger outlive the program: address first,
// then the person, both keyed digests whose form is fixed; who is unknown has
// the key of what was typed.
func TestLevers_have_keys_that_last(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	spy := &keySpy{Ledger: r.ledger.Ledger}
	r.ledger.Ledger = spy
	u := r.person(ada)
	key := func(parts ...[]byte) string {
		_, tag := r.index.MAC(seal.LabelLedger).Sum(seal.AppendFields(nil, seal.PrefixLedger, parts...))
		return hex.EncodeToString(tag[:4])
	}
	tenant, user := u.Tenant.Bytes(), u.ID.Bytes()
	_, tag := r.index.MAC(seal.LabelDecoy).Sum(seal.AppendFields(nil, seal.PrefixDecoy, tenant[:], []byte(identity.Email), []byte("nobody@example.org")))
	decoy := identity.Derived[identity.UserID](tag).Bytes()
	v6 := make([]byte, 16)
	streak := func(user []byte) string { return key([]byte("k"), tenant[:], user, []byte("password")) + " " }
	copy(v6, []byte{0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2})
	for _, tc := range []struct{ who, addr, want string }{
		{ada, "192.0.2.7:1", key([]byte("a"), []byte{192, 0, 2, 7}) + " " + streak(user[:]) + key([]byte("u"), tenant[:], user[:])},
		{ada, "[::ffff:192.0.2.7]:1", key([]byte("a"), []byte{192, 0, 2, 7}) + " " + streak(user[:]) + key([]byte("u"), tenant[:], user[:])},
		{ada, "[2001:db8:1:2:3:4:5:6]:1", key([]byte("a"), v6) + " " + streak(user[:]) + key([]byte("u"), tenant[:], user[:])},
		{ada, "unix", streak(user[:]) + key([]byte("u"), tenant[:], user[:])},
		{"Nobody@Example.org", "192.0.2.7:1", key([]byte("a"), []byte{192, 0, 2, 7}) + " " + streak(decoy[:]) + key([]byte("u"), tenant[:], decoy[:])},
	} {
		b := r.browser()
		b.addr = tc.addr
		b.begin(tc.who)
		spy.last = ""
		b.try(pw("not the right password"))
		if spy.last != tc.want {
			t.Errorf("%s from %s: keys %s, want %s", tc.who, tc.addr, spy.last, tc.want)
		}
	}
}

// keySpy remembers the keys of the last attempt.
type keySpy struct {
	authn.Ledger
	last string
}

func (l *keySpy) Reserve(ctx context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	var keys []string
	for _, lever := range a.Levers {
		keys = append(keys, hex.EncodeToString(lever.Key[:4]))
	}
	l.last = strings.Join(keys, " ")
	return l.Ledger.Reserve(ctx, a, now)
}

// AUN-012: choosing another method fails whole, and says why.
func TestSelect_stops_at_the_call_that_fails(t *testing.T) {
	t.Parallel()
	for verb, work := range map[string]string{"TenantByID": "TenantByID=1", "AccountByID": "AccountByID=1 TenantByID=1"} {
		r := newRig(t)
		twoMethods(r)
		r.person(ada)
		b := r.browser()
		b.begin(ada)
		r.work.take()
		r.failing(map[string]error{verb: errPlug})
		if out, err := b.selects("app"); out != nil || !errors.Is(err, errPlug) {
			t.Errorf("%s: %T, %v", verb, out, err)
		}
		if got := r.work.take(); got != work {
			t.Errorf("%s: %s", verb, got)
		}
		r.mend()
		if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
			t.Errorf("%s: the flow has changed: %T", verb, out)
		}
	}
}

// AUN-042: a session that ends while a method is chosen has none.
func TestSelect_in_a_session_that_ends_meanwhile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	twoMethods(r)
	r.person(ada)
	b := r.browser()
	b.begin(ada)
	b.do(func(ctx context.Context, s *session.Session) {
		r.ident.hook(func(verb string) error {
			if verb == "AccountByID" {
				must(t, s.Logout(ctx))
			}
			return nil
		})
		if out, err := r.accounts.SelectMethod(ctx, s, "app"); out != nil || !errors.Is(err, authn.ErrFlowSuperseded) {
			t.Errorf("%T, %v", out, err)
		}
	})
}

// AUN-030, IDN-073: a flow that has become one for nobody stays one, and shows
// what the tenant asks for, not what the person does.
func TestSelect_leads_no_way_back_from_nobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	twoMethods(r)
	u := r.person(ada)
	r.app(u)
	b := r.browser()
	b.begin(ada)
	for _, name := range []string{"app", "password"} {
		if _, err := b.selects(name); err != nil {
			t.Fatal(err)
		}
	}
	if out := b.try(pw(goodPassword)); !is[authn.Rejected](out) || b.signedIn() {
		t.Errorf("%T", out)
	}
	r.tells(map[string]string{u.ID.String(): "ada"},
		"login_attempt success of=ada first_factor:password method:password",
		"factor_verified failure mismatch password of=ada step:1 steps_total:1")
}

// SES-102: of two forms that one browser sends at once, the one that comes second finds
// the session moved on. It is told so, and not that something is not there.
func TestBeginLogin_whose_session_moved_on_is_overtaken(t *testing.T) {
	t.Parallel()
	for name, verb := range map[string]func(r *rig, ctx context.Context, s *session.Session) error{
		"sign-in": func(r *rig, ctx context.Context, s *session.Session) error {
			_, err := r.accounts.BeginLogin(ctx, s, authn.LoginRequest{Identifier: ada})
			return err
		},
		"sign-up": func(r *rig, ctx context.Context, s *session.Session) error {
			_, err := r.accounts.BeginSignup(ctx, s, authn.NewUser{Email: "another@example.test", Password: secret(goodPassword)})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.person(ada)
			b := r.browser()
			b.begin("somebody.else@example.test")
			b.do(func(ctx context.Context, s *session.Session) {
				b.begin(ada) // another tab
				if err := verb(r, ctx, s); !errors.Is(err, authn.ErrFlowSuperseded) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}
