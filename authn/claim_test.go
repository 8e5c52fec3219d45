package authn_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

const boss = "boss@example.org"

// claimToken mints a link and returns its token.
func (r *rig) claimToken() string {
	r.t.Helper()
	link, err := r.accounts.ClaimLink(r.t.Context())
	must(r.t, err)
	before, token, ok := strings.Cut(link, "?token=")
	if !ok || before != "http://localhost:8080/auth/activate" {
		r.t.Fatalf("link %q", link)
	}
	return token
}

func (b *browser) viewClaim(token string) (v authn.ClaimView, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { v, err = b.r.accounts.ViewClaim(ctx, s, token) })
	return v, err
}

func (b *browser) beginClaim(token, email, password string) (err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		err = b.r.accounts.BeginClaim(ctx, s, token, authn.NewUser{Email: email, DisplayName: "The Boss", Password: secret(password)})
	})
	return err
}

func (b *browser) completeClaim(token, typed string) (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		out, err = b.r.accounts.CompleteClaim(ctx, s, token, code(typed))
	})
	return out, err
}

// enters does the first step and returns the app.
func (b *browser) enters(token, email string) func() string {
	b.r.t.Helper()
	must(b.r.t, b.beginClaim(token, email, goodPassword))
	v, err := b.viewClaim("")
	must(b.r.t, err)
	if v.App == nil || v.Email != email {
		b.r.t.Fatalf("after the first step: %+v", v)
	}
	return b.r.codes(*v.App)
}

// claims is the whole claim, which must succeed.
func (b *browser) claims(token, email string) func() string {
	b.r.t.Helper()
	app := b.enters(token, email)
	out, err := b.completeClaim("", app())
	must(b.r.t, err)
	if !is[authn.Completed](out) {
		b.r.t.Fatalf("claim: %T", out)
	}
	return app
}

// nobody fails unless the claim has left nothing.
func (r *rig) nobody(emails ...string) {
	r.t.Helper()
	for _, e := range emails {
		if acct, ok := r.account(e); ok {
			r.t.Errorf("%s has an account: %+v", e, acct)
		}
	}
	held, err := r.stores.Identity.HasRole(r.t.Context(), r.tenant, identity.RoleAdmin)
	must(r.t, err)
	if held {
		r.t.Error("somebody is administrator")
	}
	if all := r.audited(); strings.Contains(all, "user_created") || strings.Contains(all, "role_granted") {
		r.t.Error("an event says that there is an administrator")
	}
}

// PRD-060, PRD-062
func TestClaim_makes_an_active_administrator_signed_in_with_both_factors(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	token := r.claimToken()
	if v, err := b.viewClaim(token); err != nil || v != (authn.ClaimView{}) {
		t.Fatalf("first look: %+v, %v", v, err)
	}
	app := b.enters(token, boss)
	r.nobody(boss)
	if b.signedIn() {
		t.Fatal("signed in half-way")
	}
	before := b.cookie()
	r.clock.Advance(time.Minute)
	out, err := b.completeClaim("", app())
	if err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	st, ok := b.state().(session.Authenticated)
	if !ok || b.cookie() == before {
		t.Fatalf("state %T, new id %t", b.state(), b.cookie() != before)
	}
	ev := st.Evidence()
	if len(ev) != 2 || ev[0].Kind != factor.Password || ev[1].Kind != factor.TOTP || identity.Assess(ev).AAL != identity.AAL2 {
		t.Errorf("evidence %+v, %v", ev, identity.Assess(ev))
	}
	acct, _ := r.account(boss)
	if acct.User.State != identity.Active || !acct.User.EmailVerifiedAt.IsZero() || acct.User.DisplayName != "The Boss" || acct.User.CreatedBy != identity.SystemUser {
		t.Errorf("account %+v", acct.User)
	}
	if roles := r.accounts.Roles(t.Context(), acct); len(roles) != 1 || roles[0] != identity.RoleAdmin {
		t.Errorf("roles %v", roles)
	}
	g := acct.Grants[0]
	if g.By != identity.SystemUser || !g.At.Equal(r.clock.Now()) || g.Version != 1 {
		t.Errorf("grant %+v", g)
	}
	all := r.audited()
	for _, want := range []string{`"kind":"user_created"`, `"source":"claim"`, `"kind":"role_granted"`, `"role":"axess.admin"`, `"kind":"factor_enabled"`, `"flow":"claim"`} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in the events", want)
		}
	}
	if _, err := r.accounts.ClaimLink(t.Context()); !errors.Is(err, authn.ErrAdminExists) {
		t.Errorf("another link: %v", err)
	}
}

// FAC-032, FAC-006: nothing of the claim stays behind in the session, and its code
// does not sign in.
func TestClaim_leaves_nothing_to_use_again(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	app := b.claims(r.claimToken(), boss)
	b.do(func(ctx context.Context, s *session.Session) {
		for _, kind := range authn.ClaimCeremonies() {
			if _, ok := s.PeekCeremony(ctx, kind); ok {
				t.Errorf("%s is still in the session", kind)
			}
		}
	})
	other := r.browser()
	other.begin(boss)
	if out := other.try(pw(goodPassword)); !is[authn.StepRequired](out) {
		t.Fatalf("password: %T", out)
	}
	if out := other.try(code(app())); !is[authn.Rejected](out) {
		t.Errorf("the code of the claim: %T", out)
	}
	r.clock.Advance(time.Minute)
	if out := other.try(code(app())); !is[authn.Completed](out) {
		t.Errorf("the next code: %T", out)
	}
}

// PRD-060, PRD-062, FAC-085: a link that is used, expired, replaced, forged or of
// another kind opens nothing, and costs no hash and no write.
func TestClaim_takes_a_live_link_alone(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(r *rig, token string) string{
		"none":     func(*rig, string) string { return "" },
		"nonsense": func(*rig, string) string { return "✗" },
		"long":     func(*rig, string) string { return strings.Repeat("A", 4096) },
		"forged":   func(_ *rig, token string) string { return token[:len(token)-2] + "AA" },
		"replaced": func(r *rig, token string) string { r.claimToken(); return token },
		"expired":  func(r *rig, token string) string { r.clock.Advance(24 * time.Hour); return token },
		"used":     func(r *rig, token string) string { r.browser().claims(token, boss); return token },
		"of a sign-up": func(r *rig, _ string) string {
			return r.browser().asks("someone@example.org", goodPassword)
		},
		"after a grant": func(r *rig, token string) string {
			u := r.person("other@example.org")
			r.app(u)
			must(r.t, r.accounts.GrantRole(r.t.Context(), authn.RoleChange{Subject: u.Subject(), Role: identity.RoleAdmin}))
			return token
		},
		"after a grant that was revoked": func(r *rig, token string) string {
			u := r.person("other@example.org")
			r.app(u)
			c := authn.RoleChange{Subject: u.Subject(), Role: identity.RoleAdmin}
			must(r.t, r.accounts.GrantRole(r.t.Context(), c))
			must(r.t, r.accounts.RevokeRole(r.t.Context(), c))
			return token
		},
		"after a grant that left the link": func(r *rig, token string) string {
			u := r.person("other@example.org")
			must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.PutGrant{Grant: identity.Grant{
				Tenant: u.Tenant, User: u.ID, Role: identity.RoleAdmin, Version: 1, At: r.clock.Now(), By: identity.SystemUser,
			}}))
			return token
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			token := spoil(r, r.claimToken())
			b := r.browser()
			r.work.take()
			if _, err := b.viewClaim(token); !errors.Is(err, authn.ErrTokenInvalid) {
				t.Errorf("view: %v", err)
			}
			// Input that could not pass: the link is judged before it.
			if err := b.beginClaim(token, "no address", "short"); !errors.Is(err, authn.ErrTokenInvalid) {
				t.Errorf("begin: %v", err)
			}
			if err := b.beginClaim(token, "late@example.org", goodPassword); !errors.Is(err, authn.ErrTokenInvalid) {
				t.Errorf("begin: %v", err)
			}
			if out, err := b.completeClaim(token, "000000"); !errors.Is(err, authn.ErrTokenInvalid) {
				t.Errorf("complete: %T, %v", out, err)
			}
			if work := r.work.take(); strings.Contains(work, "Apply") || strings.Contains(work, "Create") || strings.Contains(work, "Reserve") {
				t.Errorf("a bad link costs %s", work)
			}
			if b.cookie() != "" {
				t.Error("a bad link gets a session")
			}
		})
	}
}

// PRD-060, FAC-085: only the newest link works, and every start mints one.
func TestClaimLink_voids_the_ones_before(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.claimToken()
	b := r.browser()
	app := b.enters(first, boss)
	second := r.claimToken()
	if first == second {
		t.Fatal("the same link twice")
	}
	if _, err := b.completeClaim("", app()); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("begun under the first link: %v", err)
	}
	r.nobody(boss)
	// In the same browser the new link starts over: nothing of the old one counts.
	v, err := b.viewClaim(second)
	if err != nil || v.App != nil || v.Email != "" {
		t.Errorf("the new link shows %+v, %v", v, err)
	}
	if _, err := b.completeClaim(second, app()); !errors.Is(err, authn.ErrNoEnrolment) {
		t.Errorf("the old app under the new link: %v", err)
	}
	b.claims(second, boss)
}

// UIX-045: safe to leave and resume within the link's life; the app's key is
// renewed after 10 minutes (FAC-006).
func TestClaim_can_be_left_and_resumed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	token := r.claimToken()
	first := b.enters(token, boss)
	same, err := b.viewClaim("")
	must(t, err)
	if r.codes(*same.App)() != first() {
		t.Error("a reload shows another key")
	}
	r.clock.Advance(11 * time.Minute)
	if _, err := b.completeClaim("", first()); !errors.Is(err, authn.ErrNoEnrolment) {
		t.Errorf("a key of eleven minutes ago: %v", err)
	}
	r.clock.Advance(20 * time.Hour)
	v, err := b.viewClaim(token)
	if err != nil || v.App == nil || v.Email != boss || v.DisplayName != "The Boss" {
		t.Fatalf("the next day: %+v, %v", v, err)
	}
	app := r.codes(*v.App)
	if out, err := b.completeClaim("", "000000"); err != nil || !is[authn.Rejected](out) {
		t.Errorf("a wrong code: %T, %v", out, err)
	}
	if out, err := b.completeClaim("", app()); err != nil || !is[authn.Completed](out) {
		t.Errorf("%T, %v", out, err)
	}
	if !r.opens(boss, goodPassword) {
		t.Error("the password does not open the account")
	}
}

// UIX-045: going back replaces what was entered.
func TestClaim_goes_back(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	token := r.claimToken()
	old := b.enters(token, "wrong@example.org")
	must(t, b.beginClaim("", boss, "another correct horse battery"))
	if out, err := b.completeClaim("", old()); err != nil || !is[authn.Rejected](out) {
		t.Errorf("the app of before: %T, %v", out, err)
	}
	v, err := b.viewClaim("")
	must(t, err)
	if out, err := b.completeClaim("", r.codes(*v.App)()); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	if _, ok := r.account("wrong@example.org"); ok || r.opens(boss, goodPassword) || !r.opens(boss, "another correct horse battery") {
		t.Error("what was entered first counts")
	}
}

// PRD-062: who has the link has all; who has the session of somebody without it
// has nothing, and a claim in one browser cannot be finished in another.
func TestClaim_belongs_to_the_browser_that_began(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.claimToken()
	one, two := r.browser(), r.browser()
	app := one.enters(token, boss)
	if v, err := two.viewClaim(token); err != nil || v.App != nil || v.Email != "" {
		t.Errorf("the other browser sees %+v, %v", v, err)
	}
	if _, err := two.completeClaim(token, app()); !errors.Is(err, authn.ErrNoEnrolment) {
		t.Errorf("the other browser completes: %v", err)
	}
	other := two.enters(token, "second@example.org")
	if out, err := one.completeClaim("", other()); err != nil || !is[authn.Rejected](out) {
		t.Errorf("the app of the other browser: %T, %v", out, err)
	}
	if out, err := two.completeClaim("", other()); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	if _, err := one.completeClaim("", app()); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("after somebody else: %v", err)
	}
	if _, err := one.viewClaim(""); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("after somebody else: %v", err)
	}
	if _, ok := r.account(boss); ok || one.signedIn() {
		t.Error("the loser has something")
	}
}

// SES-013 T10: the session that was there before the end is worth nothing.
func TestClaim_fixation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	token := r.claimToken()
	must(t, b.beginClaim(token, boss, goodPassword))
	thief := b.jar()
	v, err := b.viewClaim("")
	must(t, err)
	if out, err := b.completeClaim("", r.codes(*v.App)()); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	if thief.signedIn() {
		t.Error("the session id of before is signed in")
	}
	r.clock.Advance(time.Minute)
	if thief.signedIn() {
		t.Error("the session id of before is signed in")
	}
}

// FAC-085, PRD-062: a link is for one purpose.
func TestLinks_of_one_purpose_open_nothing_else(t *testing.T) {
	t.Parallel()
	for _, mfa := range []bool{false, true} {
		r := newRig(t)
		if mfa {
			strict(r)
		}
		claimed, b := r.claimToken(), r.browser()
		mailed := b.asks(ada, goodPassword)
		claimer := r.browser()
		app := claimer.enters(claimed, boss)
		for name, who := range map[string]*browser{"a guest": r.browser(), "in the sign-up": b, "in the claim": claimer} {
			if _, err := who.view(claimed); !errors.Is(err, authn.ErrTokenInvalid) {
				t.Errorf("%s: view: %v", name, err)
			}
			if _, err := who.confirm(claimed, owners); !errors.Is(err, authn.ErrTokenInvalid) {
				t.Errorf("%s: confirm: %v", name, err)
			}
			if _, err := who.completes(claimed, app()); !errors.Is(err, authn.ErrTokenInvalid) {
				t.Errorf("%s: complete sign-up: %v", name, err)
			}
			if name == "in the claim" {
				continue // falls back to its own link
			}
			if _, err := who.viewClaim(mailed); !errors.Is(err, authn.ErrTokenInvalid) {
				t.Errorf("%s: view claim: %v", name, err)
			}
			if err := who.beginClaim(mailed, "late@example.org", goodPassword); !errors.Is(err, authn.ErrTokenInvalid) {
				t.Errorf("%s: begin claim: %v", name, err)
			}
			if _, err := who.completeClaim(mailed, app()); !errors.Is(err, authn.ErrTokenInvalid) {
				t.Errorf("%s: complete claim: %v", name, err)
			}
		}
		// The app of the claim is none of a sign-up in the same browser.
		if out, err := claimer.completes(mailed, app()); !errors.Is(err, authn.ErrNoEnrolment) {
			t.Errorf("the app of a claim completes a sign-up: %T, %v", out, err)
		}
		if _, err := claimer.completeClaim("", app()); err != nil {
			t.Errorf("the claim: %v", err)
		}
	}
}

// FAC-032: the code that set up the app of a claim signs nobody in.
func TestClaim_spends_the_code(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	typed := b.enters(r.claimToken(), boss)()
	if out, err := b.completeClaim("", typed); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	in := r.browser()
	in.begin(boss)
	in.try(pw(goodPassword))
	if out := in.try(code(typed)); !is[authn.Rejected](out) || in.signedIn() {
		t.Errorf("got %T", out)
	}
}
