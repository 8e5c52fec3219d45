package authn_test

import (
	"context"
	"encoding/base32"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// What people do with their accounts, one request each.

func (b *browser) signUp(email, password string) (sent authn.LinkSent, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		sent, err = b.r.accounts.BeginSignup(ctx, s, authn.NewUser{
			Email: email, DisplayName: "Somebody", Password: secret(password),
		})
	})
	return sent, err
}

// asks signs up, must be told that a link was sent, and returns the link.
func (b *browser) asks(email, password string) string {
	b.r.t.Helper()
	if _, err := b.signUp(email, password); err != nil {
		b.r.t.Fatalf("sign-up: %v", err)
	}
	return b.r.link()
}

func (b *browser) view(link string) (v authn.LinkView, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { v, err = b.r.accounts.ViewLink(ctx, s, link) })
	return v, err
}

func (b *browser) confirm(link, password string) (c authn.Confirmed, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		c, err = b.r.accounts.ConfirmSignup(ctx, s, link, secret(password))
	})
	return c, err
}

func (b *browser) beginTOTP() (e authn.Enrolment, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { e, err = b.r.accounts.BeginTOTP(ctx, s) })
	return e, err
}

func (b *browser) confirmTOTP(typed, label string) (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		out, err = b.r.accounts.ConfirmTOTP(ctx, s, code(typed), label)
	})
	return out, err
}

func (b *browser) removeTOTP(id identity.CredentialID) (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		out, err = b.r.accounts.RemoveTOTP(ctx, s, id)
	})
	return out, err
}

func (b *browser) changes(current, next string) (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		out, err = b.r.accounts.ChangePassword(ctx, s, pw(current), secret(next))
	})
	return out, err
}

// enrols adds an authenticator app through the service and must succeed.
func (b *browser) enrols(label string) func() string {
	b.r.t.Helper()
	e, err := b.beginTOTP()
	must(b.r.t, err)
	show := b.r.codes(e)
	out, err := b.confirmTOTP(show(), label)
	must(b.r.t, err)
	if !is[authn.Completed](out) {
		b.r.t.Fatalf("enrolment: %T", out)
	}
	return show
}

// codes is the app that was set up by typing the key in.
func (r *rig) codes(e authn.Enrolment) func() string {
	r.t.Helper()
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(string(e.Key.Reveal()), " ", ""))
	must(r.t, err)
	rec := totp.Record{Seed: seal.NewSecret(seed)}
	return func() string { return codeFor(rec, r.clock.Now()) }
}

// account reads what is stored under an address; ok is false if nothing is.
func (r *rig) account(email string) (identity.Account, bool) {
	r.t.Helper()
	id, err := identity.NewIdentifier(identity.Email, email)
	must(r.t, err)
	acct, err := r.stores.Identity.AccountByIdentifier(r.t.Context(), r.tenant, id.Kind, id.Canonical)
	return acct, err == nil
}

// held are the credentials of a kind of an account, oldest first.
func (r *rig) held(email string, kind identity.Kind) []identity.Credential {
	r.t.Helper()
	acct, _ := r.account(email)
	return slices.DeleteFunc(acct.Credentials, func(c identity.Credential) bool { return c.Kind != kind })
}

// apps are the ids of the authenticator apps of an account, oldest first.
func (r *rig) apps(email string) (ids []identity.CredentialID) {
	r.t.Helper()
	for _, c := range r.held(email, factor.TOTP) {
		ids = append(ids, c.ID)
	}
	return ids
}

// opens reports whether a password signs in. It comes from an address of its
// own, so that failures elsewhere are in nobody's way.
func (r *rig) opens(email, password string) bool {
	r.t.Helper()
	b := r.browser()
	b.addr = "203.0.113.200:1"
	b.begin(email)
	out := b.try(pw(password))
	return is[authn.Completed](out) || is[authn.StepRequired](out)
}

// subjects are the subjects of the mails so far, oldest first.
func (r *rig) subjects() []string {
	r.t.Helper()
	var out []string
	for _, m := range slices.Backward(r.mails()) {
		out = append(out, m.Subject)
	}
	return out
}

// rows are the waiting outbox rows of a topic. They stay.
func (r *rig) rows(topic store.Topic) []store.Pending {
	r.t.Helper()
	now := r.clock.Now()
	rows, err := r.stores.Identity.Lease(r.t.Context(), topic, 1000, now, now.Add(time.Second))
	must(r.t, err)
	for _, row := range rows {
		must(r.t, r.stores.Identity.Defer(r.t.Context(), topic, row.ID, now))
	}
	return rows
}

// audited are the bodies of the events so far, joined.
func (r *rig) audited() string {
	r.t.Helper()
	var b strings.Builder
	for _, row := range r.rows(store.TopicAudit) {
		b.Write(row.Body)
		b.WriteByte('\n')
	}
	return b.String()
}

// suspend is what an administrator does: the state and the epoch in one commit.
func (r *rig) suspend(sub identity.Subject, from identity.UserState) error {
	return r.stores.Identity.Apply(context.Background(),
		identity.Transition{Subject: sub, From: from, To: identity.Suspended, Detail: identity.StateDetail{Since: r.clock.Now()}},
		identity.RaiseEpoch{Scope: identity.UserScope(sub)})
}

// jar is a copy of the cookies of a browser: what a thief of them has.
func (b *browser) jar() *browser {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &browser{r: b.r, cookies: maps.Clone(b.cookies), addr: b.addr, host: b.host, agent: b.agent}
}

// cookie is the value of the session cookie; empty if there is none.
func (b *browser) cookie() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cookies["axess-dev"]
}

// codesOf is what the newest app of an account shows now.
func (r *rig) codesOf(email string) string {
	r.t.Helper()
	rows := r.held(email, factor.TOTP)
	body, err := r.vault.Open(rows[len(rows)-1])
	must(r.t, err)
	rec, err := totp.Decode(body)
	must(r.t, err)
	return codeFor(rec, r.clock.Now())
}
