package authn_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/approval"
	"github.com/axess-go/axess/session"
)

// stage is an office in whose browser the boss is signed in, and somebody to act as.
type stage struct {
	*office
	b   *browser
	bob identity.User
}

func newStage(t *testing.T, with ...func(*authn.AdminConfig)) *stage {
	t.Helper()
	o := newOffice(t, with...)
	s := &stage{office: o, bob: o.person(bob)}
	s.b = o.browser().signIn(eve)
	o.mails()
	return s
}

func (s *stage) approved() authn.Approval {
	return approval.Mint(authn.ActionImpersonate, s.boss.Subject())
}

func (s *stage) as(u identity.User) authn.Impersonation {
	return authn.Impersonation{Target: u.Subject(), Reason: "ticket 7"}
}

// begins asks to act, and says which error that gave.
func (s *stage) begins(im authn.Impersonation, by authn.Approval) error {
	s.t.Helper()
	_, err := s.b.act(func(ctx context.Context, sess *session.Session) error {
		return s.admin.BeginImpersonation(ctx, sess, im, by)
	})
	return err
}

func (s *stage) ends() {
	s.t.Helper()
	_, err := s.b.act(s.accounts.EndImpersonation)
	must(s.t, err)
}

// actor is who acts in the browser, and in whose name.
func (s *stage) actor() (name, actor identity.Subject) {
	s.t.Helper()
	login, ok := s.b.state().(session.Authenticated)
	if !ok {
		return name, actor
	}
	who, _ := login.Actor()
	return login.Subject(), who.Subject
}

// entries are the events so far, opened, oldest first; they leave the outbox.
func (r *rig) entries() (out []audit.Entry) {
	r.t.Helper()
	r.relay()
	all, err := r.stores.Audit.Query(r.t.Context(), r.tenant, audit.Filter{Limit: audit.MaxLimit})
	must(r.t, err)
	for _, rec := range slices.Backward(all) {
		e, err := rec.Open()
		must(r.t, err)
		out = append(out, e)
	}
	return out
}

// relay brings what waits to those who read it.
func (r *rig) relay() {
	r.t.Helper()
	relay, err := audit.NewRelay(audit.RelayConfig{Outbox: r.stores.Identity, Store: r.stores.Audit, Clock: r.clock})
	must(r.t, err)
	must(r.t, relay.Run(r.t.Context()))
}

func kind(e audit.Entry) string { return string(e.Kind) }

// AUN-140, AUN-141, AUN-143, AUN-I9: into a person's name and back, with an event at
// either end and a mail to the person, and nothing else of theirs touched.
func TestBeginImpersonation_there_and_back(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	theirs := s.browser().signIn(bob)
	s.clock.Advance(time.Minute)
	before, _ := s.account(bob)
	must(t, s.begins(s.as(s.bob), s.approved()))
	name, actor := s.actor()
	if name != s.bob.Subject() || actor != s.boss.Subject() {
		t.Fatalf("%v acts as %v", actor, name)
	}
	login := s.b.state().(session.Authenticated)
	who, _ := login.Actor()
	if who.Reason != "ticket 7" || !who.Until.Equal(s.clock.Now().Add(15*time.Minute)) || login.DisplayName() != s.bob.DisplayName {
		t.Errorf("%+v", who)
	}
	if !theirs.signedIn() {
		t.Error("the person was signed out")
	}
	if after, _ := s.account(bob); !after.User.LastLoginAt.Equal(before.User.LastLoginAt) || !after.User.UpdatedAt.Equal(before.User.UpdatedAt) {
		t.Error("it looks like a sign-in of the person")
	}
	if mails := s.mails(); len(mails) != 1 || mails[0].Subject != string(authn.NoteImpersonated) || mails[0].To != bob {
		t.Errorf("%+v", mails)
	}
	s.clock.Advance(3 * time.Minute)
	s.ends()
	if name, actor := s.actor(); name != s.boss.Subject() || !actor.IsZero() {
		t.Errorf("came back as %v, acted by %v", name, actor)
	}
	s.ends() // again: nothing happens
	var said []string
	for _, e := range s.entries() {
		if !strings.HasPrefix(kind(e), "impersonation_") {
			continue
		}
		said = append(said, kind(e))
		if e.Subject.ID != s.bob.ID || e.Actor.ID != s.boss.ID || e.Handle != s.bob.AuditHandle || e.Outcome != audit.Success {
			t.Errorf("%s: of %+v by %+v", e.Kind, e.Subject, e.Actor)
		}
		for _, want := range map[string][]audit.Datum{
			"impersonation_started": {{Name: "stated_reason", Value: "ticket 7"}},
			"impersonation_ended":   {{Name: "cause", Value: "stopped"}, {Name: "duration_ms", Value: "180000"}},
		}[kind(e)] {
			if !slices.Contains(e.Data, want) {
				t.Errorf("%s: %+v", e.Kind, e.Data)
			}
		}
	}
	if !slices.Equal(said, []string{"impersonation_started", "impersonation_ended"}) {
		t.Errorf("%v", said)
	}
}

// AUN-140, IDN-031, IDN-032: what is refused, with an event that names the
// administrator and says which rule, and without any effect on the session.
func TestBeginImpersonation_refusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do     func(*stage) error
		reason audit.Reason
		also   error
	}{
		"nobody approved": {func(s *stage) error { return s.begins(s.as(s.bob), authn.Approval{}) }, audit.ReasonNotApproved, approval.ErrNotApproved},
		"another was approved": {func(s *stage) error {
			return s.begins(s.as(s.bob), approval.Mint(authn.ActionImpersonate, s.bob.Subject()))
		}, audit.ReasonNotApproved, approval.ErrNotApproved},
		"something else was approved": {func(s *stage) error {
			return s.begins(s.as(s.bob), approval.Mint("erase", s.boss.Subject()))
		}, audit.ReasonNotApproved, approval.ErrNotApproved},
		"no reason": {func(s *stage) error {
			return s.begins(authn.Impersonation{Target: s.bob.Subject()}, s.approved())
		}, audit.ReasonBadInput, authn.ErrReason},
		"a novel": {func(s *stage) error {
			return s.begins(authn.Impersonation{Target: s.bob.Subject(), Reason: strings.Repeat("x", 513)}, s.approved())
		}, audit.ReasonBadInput, authn.ErrReason},
		"too long": {func(s *stage) error {
			im := s.as(s.bob)
			im.For = time.Hour + time.Nanosecond
			return s.begins(im, s.approved())
		}, audit.ReasonBadInput, nil},
		"backwards": {func(s *stage) error {
			im := s.as(s.bob)
			im.For = -time.Second
			return s.begins(im, s.approved())
		}, audit.ReasonBadInput, nil},
		"oneself": {func(s *stage) error { return s.begins(s.as(s.boss), s.approved()) }, audit.ReasonSelf, authn.ErrSelf},
		"of another tenant": {func(s *stage) error {
			im := s.as(s.bob)
			im.Target.Tenant = identity.NewTenantID(s.entropy)
			return s.begins(im, s.approved())
		}, audit.ReasonCrossTenant, nil},
		"nobody": {func(s *stage) error {
			im := s.as(s.bob)
			im.Target.User = identity.NewUserID(s.entropy)
			return s.begins(im, s.approved())
		}, audit.ReasonUnknownUser, nil},
		"the system": {func(s *stage) error {
			im := s.as(s.bob)
			im.Target.User = identity.SystemUser
			return s.begins(im, s.approved())
		}, audit.ReasonUnknownUser, nil},
		"suspended": {func(s *stage) error {
			must(s.t, s.suspend(s.bob.Subject(), identity.Active))
			return s.begins(s.as(s.bob), s.approved())
		}, audit.ReasonNotActive, nil},
		"a colleague": {func(s *stage) error {
			s.app(s.bob)
			must(s.t, s.accounts.GrantRole(s.t.Context(), authn.RoleChange{Subject: s.bob.Subject(), Role: identity.RoleAdmin}))
			return s.begins(s.as(s.bob), s.approved())
		}, audit.ReasonProtected, nil},
		"signed in long ago": {func(s *stage) error {
			s.clock.Advance(5*time.Minute + time.Second)
			return s.begins(s.as(s.bob), s.approved())
		}, audit.ReasonStepUp, authn.ErrStepUpRequired},
		"with the weaker factor": {func(s *stage) error {
			s.app(s.boss)
			return s.begins(s.as(s.bob), s.approved())
		}, audit.ReasonStepUp, authn.ErrStepUpRequired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			err := c.do(s)
			if !errors.Is(err, authn.ErrImpersonationRefused) || c.also != nil && !errors.Is(err, c.also) {
				t.Errorf("%v", err)
			}
			if name, actor := s.actor(); name != s.boss.Subject() || !actor.IsZero() {
				t.Errorf("%v acts as %v", actor, name)
			}
			var got audit.Entry
			for _, e := range s.entries() {
				if kind(e) == "impersonation_started" {
					got = e
				}
			}
			if got.Outcome != audit.Failure || got.Reason != c.reason || got.Actor.ID != s.boss.ID || got.Tenant != s.tenant {
				t.Errorf("%+v", got)
			}
			if strings.Contains(strings.Join(s.subjects(), " "), "impersonated") {
				t.Error("a mail for nothing")
			}
		})
	}
}

// AUN-141: it does not nest, and the refusal leaves it as it is.
func TestBeginImpersonation_does_not_nest(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	must(t, s.begins(s.as(s.bob), s.approved()))
	carol := s.person("carol@example.org")
	for _, by := range []identity.User{s.boss, s.bob} {
		err := s.begins(s.as(carol), approval.Mint(authn.ActionImpersonate, by.Subject()))
		if !errors.Is(err, authn.ErrImpersonationRefused) {
			t.Errorf("%v", err)
		}
	}
	if name, actor := s.actor(); name != s.bob.Subject() || actor != s.boss.Subject() {
		t.Errorf("%v acts as %v", actor, name)
	}
}

// AUN-140: roles may be protected, or not; AUN-143: the mail may be left out, with a
// reason.
func TestNewAdmin_settings_of_impersonation(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(c *authn.AdminConfig) {
		c.NoImpersonation, c.WithoutImpersonationNotice = []identity.Role{"payroll"}, "staff are told by contract"
	})
	s.app(s.bob)
	must(t, s.accounts.GrantRole(t.Context(), authn.RoleChange{Subject: s.bob.Subject(), Role: "payroll"}))
	if err := s.begins(s.as(s.bob), s.approved()); !errors.Is(err, authn.ErrImpersonationRefused) {
		t.Errorf("%v", err)
	}
	must(t, s.begins(s.as(s.person("carol@example.org")), s.approved()))
	if got := s.subjects(); len(got) != 0 {
		t.Errorf("mails %q", got)
	}
	if !strings.Contains(s.logs.String(), "staff are told by contract") {
		t.Error("the reason is not in the log")
	}
}

// AUN-141: the time is absolute, and never longer than the administrator's own
// session.
func TestImpersonation_ends_by_itself(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	im := s.as(s.bob)
	im.For = time.Hour
	must(t, s.begins(im, s.approved()))
	for range 5 {
		s.clock.Advance(10 * time.Minute)
		if !s.b.signedIn() {
			t.Fatal("ended early")
		}
	}
	s.clock.Advance(10 * time.Minute)
	if s.b.signedIn() {
		t.Error("goes on after an hour")
	}
}

// SES-018, AUN-141: an administrator who was revoked meanwhile has nothing to come
// back to, and a person who is suspended is acted for no longer.
func TestImpersonation_and_revocations(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]func(*stage) identity.Subject{
		"administrator": func(s *stage) identity.Subject { return s.boss.Subject() },
		"person":        func(s *stage) identity.Subject { return s.bob.Subject() },
	} {
		s := newStage(t)
		must(t, s.begins(s.as(s.bob), s.approved()))
		must(t, s.suspend(c(s), identity.Active))
		s.ends()
		if s.b.signedIn() {
			t.Errorf("%s suspended: %T", name, s.b.state())
		}
	}
}

// AUN-140, AUN-111: whatever happens to the person between the look at them and the
// new session ends it: it is made under the epochs from before the look.
func TestBeginImpersonation_loses_against_a_suspension(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]error{"Epochs": authn.ErrImpersonationRefused, "Rotate/": authn.ErrFlowSuperseded} {
		s := newStage(t)
		done := false
		s.store.hook(func(verb string) error {
			if strings.HasPrefix(verb, at) && !done {
				done = true
				must(t, s.suspend(s.bob.Subject(), identity.Active))
			}
			return nil
		})
		if err := s.begins(s.as(s.bob), s.approved()); !errors.Is(err, want) || !done {
			t.Errorf("%s: %v", at, err)
		}
		s.store.hook(nil)
		if name, actor := s.actor(); name != s.boss.Subject() || !actor.IsZero() {
			t.Errorf("%s: %v acts as %v", at, actor, name)
		}
	}
}

// AUN-143: signing out while acting is the end of both, and says so.
func TestLogout_ends_the_impersonation_too(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	must(t, s.begins(s.as(s.bob), s.approved()))
	_, err := s.b.act(s.accounts.Logout)
	must(t, err)
	var said []string
	for _, e := range s.entries() {
		if e.Actor.ID == s.boss.ID {
			said = append(said, kind(e))
		}
	}
	slices.Sort(said)
	if !slices.Equal(said, []string{"impersonation_ended", "impersonation_started", "logout_attempt"}) || s.b.signedIn() {
		t.Errorf("%v, signed in %v", said, s.b.signedIn())
	}
}

// AUN-140: what the form asks for before it is shown.
func TestImpersonationProof_is_the_strongest(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	proof := func() (req authn.Requirement, err error) {
		_, err = s.b.act(func(ctx context.Context, sess *session.Session) (err error) {
			req, err = s.admin.ImpersonationProof(ctx, sess)
			return err
		})
		return req, err
	}
	if req, err := proof(); err != nil || !slices.Equal(req.AnyOf, []identity.Kind{factor.Password}) {
		t.Errorf("%+v, %v", req, err)
	}
	s.app(s.boss)
	if req, err := proof(); err != nil || !slices.Equal(req.AnyOf, []identity.Kind{factor.TOTP}) {
		t.Errorf("%+v, %v", req, err)
	}
	carol := s.stage2("carol@example.org")
	must(t, carol.begins(carol.as(s.bob), carol.approved()))
	carol.b.do(func(ctx context.Context, sess *session.Session) {
		if _, err := s.admin.ImpersonationProof(ctx, sess); !errors.Is(err, authn.ErrImpersonating) {
			t.Errorf("%v", err)
		}
	})
}

// stage2 is the stage of another administrator.
func (s *stage) stage2(email string) *stage {
	o := *s.office
	o.boss = s.person(email)
	return &stage{office: &o, b: s.browser().signIn(email), bob: s.bob}
}

// AUN-143: sixty-four impersonations leave the person's failures, sessions and last
// sign-in as they are.
func TestImpersonation_counts_nothing_against_the_person(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	theirs := s.browser().signIn(bob)
	fails := s.browser()
	fails.begin(bob)
	fails.try(pw("wrong wrong wrong"))
	before, _ := s.account(bob)
	for range 64 {
		must(t, s.begins(s.as(s.bob), s.approved()))
		s.ends()
	}
	after, _ := s.account(bob)
	if !after.User.LastLoginAt.Equal(before.User.LastLoginAt) || len(after.Credentials) != len(before.Credentials) || !theirs.signedIn() {
		t.Error("the person's account is another one")
	}
	list, err := s.sessions.Sessions(t.Context(), s.bob.Subject(), session.Ref{}, 100)
	must(t, err)
	if len(list) != 2 { // theirs, and none of the sixty-four; a flow is not listed
		for _, i := range list {
			if !i.Actor.IsZero() {
				t.Errorf("left over: %+v", i)
			}
		}
	}
	for range 3 { // the failure counts as before, no more and no less
		if out := fails.try(pw("wrong wrong wrong")); !is[authn.Rejected](out) {
			t.Fatalf("%T", out)
		}
	}
	if got := strings.Count(strings.Join(s.subjects(), " "), "impersonated"); got != 3 {
		t.Errorf("%d mails in an hour", got) // AUN-162
	}
}
