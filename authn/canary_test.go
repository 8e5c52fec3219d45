package authn_test

import (
	"bytes"
	"context"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/approval"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// canaries are the secrets that one run of all verbs was fed with.
type canaries struct {
	mu    sync.Mutex
	marks map[string]string // secret to what it is
	codes map[string]bool   // six digits are too short to look for anywhere
}

func (c *canaries) mark(what, secret string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if secret == "" {
		return
	}
	c.marks[secret] = what
	c.marks[hex.EncodeToString([]byte(secret))] = what + ", in hex"
	c.marks[base64.StdEncoding.EncodeToString([]byte(secret))] = what + ", in base64"
}

// found names the secrets in a text.
func (c *canaries) found(text string) (what []string) {
	for secret, name := range c.marks {
		if strings.Contains(text, secret) {
			what = append(what, name)
		}
	}
	for code := range c.codes {
		if regexp.MustCompile(`(^|[^0-9A-Za-z])` + code + `([^0-9A-Za-z]|$)`).MatchString(text) {
			what = append(what, "a one-time code")
		}
	}
	slices.Sort(what)
	return slices.Compact(what)
}

const (
	canaryPassword = "canary-password-fd31 of the first kind"
	canaryOther    = "canary-password-07ce of the second kind"
	canaryListed   = "canary-listed-3b70-of-a-printed-list"
	canaryWrong    = "canary-guess-99ab that is wrong"
	canaryNobody   = "canary-nobody-5511@example.org"
	canaryMangled  = "canary-mangled-8812@@example.org"
)

// everyVerb runs all verbs of the package, right and wrong, and returns the
// errors. It goes on after errors: a run with a broken store gets as far as it can.
func everyVerb(r *rig, c *canaries) (errs []string) {
	r.accounts.Teach(paperVerifier{})
	for _, s := range []string{canaryListed, canaryPassword, canaryOther, canaryOther + "!", canaryOther + "?", canaryWrong} {
		c.mark("a password", s)
	}
	c.mark("an identifier that failed", canaryNobody)
	c.mark("an identifier that failed", canaryMangled)
	note := func(err error) {
		if err != nil {
			errs = append(errs, fmt.Sprintf("%v %+v %#v", err, err, err))
		}
	}
	b, other := r.browser(), r.browser()
	in := func(b *browser, f func(ctx context.Context, s *session.Session) error) {
		b.do(func(ctx context.Context, s *session.Session) { note(f(ctx, s)) })
		c.mark("a cookie", b.cookie())
		if v := b.cookie(); strings.Contains(v, ".") {
			for part := range strings.SplitSeq(v, ".") {
				if len(part) >= 16 {
					c.mark("part of a cookie", part)
				}
			}
		}
	}
	links := func() (list []string) {
		for _, m := range slices.Backward(r.outbox.Messages()) {
			if _, token, ok := strings.Cut(m.Text, "token="); ok {
				token = strings.TrimSpace(token)
				c.mark("a link token", token)
				c.mark("the secret half of a link token", token[22:])
				list = append(list, token)
			}
		}
		return list
	}
	a := r.accounts
	signUp := func(b *browser, address string) {
		in(b, func(ctx context.Context, s *session.Session) error {
			_, err := a.BeginSignup(ctx, s, authn.NewUser{Email: address, Password: secret(canaryPassword)})
			return err
		})
		note(r.queue.Deliver(context.Background()))
	}
	confirm := func(b *browser, text, password string) {
		in(b, func(ctx context.Context, s *session.Session) error {
			_, err := a.ViewLink(ctx, s, text)
			note(err)
			_, err = a.ConfirmSignup(ctx, s, text, secret(password))
			return err
		})
	}
	signUp(b, "no address "+canaryPassword)
	signUp(b, "here@example.org")
	signUp(other, "there@example.org")
	for _, text := range links() {
		confirm(b, text[:63], canaryOther)
		confirm(b, text, "short")
		confirm(b, text, canaryOther)
		confirm(b, text, canaryOther)
	}
	login := func(b *browser, who string, credentials ...authn.Credential) {
		in(b, func(ctx context.Context, s *session.Session) error {
			_, err := a.BeginLogin(ctx, s, authn.LoginRequest{Identifier: who, Switch: true})
			return err
		})
		for _, cred := range credentials {
			in(b, func(ctx context.Context, s *session.Session) error {
				_, err := a.PrepareFactor(ctx, s, cred.Kind())
				note(err)
				_, err = a.PrepareFactorAgain(ctx, s, cred.Kind())
				note(err)
				_, err = a.SelectMethod(ctx, s, "password")
				note(err)
				_, err = a.VerifyFactor(ctx, s, cred)
				return err
			})
		}
	}
	login(other, canaryNobody, pw(canaryWrong), pw(canaryPassword))
	login(other, canaryMangled, pw(canaryWrong))
	login(other, "here@example.org", pw(canaryWrong), code("000000"), pw(canaryPassword))
	login(b, "here@example.org", pw(canaryPassword))
	var show func() string
	enrol := func(ctx context.Context, s *session.Session) error {
		e, err := a.BeginTOTP(ctx, s)
		if err != nil {
			return err
		}
		key := strings.ReplaceAll(string(e.Key.Reveal()), " ", "")
		seed, _ := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key)
		c.mark("a seed, as typed", key)
		c.mark("a seed, as shown", string(e.Key.Reveal()))
		c.mark("a seed", string(seed))
		show = r.codes(e)
		_, err = a.PendingTOTP(ctx, s)
		return err
	}
	typed := func(s string) authn.Code {
		c.codes[s] = true
		return code(s)
	}
	r.clock.Advance(6 * time.Minute)
	in(b, enrol)
	if show != nil {
		in(b, func(ctx context.Context, s *session.Session) error {
			_, err := a.ConfirmTOTP(ctx, s, typed(show()), "phone")
			note(err)
			self, err := a.Self(ctx, s)
			note(err)
			_, err = a.RequireStepUp(ctx, s, a.Strongest(ctx, self))
			return err
		})
		for _, password := range []string{canaryWrong, canaryPassword} {
			in(b, func(ctx context.Context, s *session.Session) error {
				_, err := a.VerifyFactor(ctx, s, pw(password))
				return err
			})
		}
		in(b, func(ctx context.Context, s *session.Session) error {
			_, err := a.ConfirmTOTP(ctx, s, typed(show()), "phone")
			return err
		})
		used := show()
		r.clock.Advance(time.Minute)
		login(other, "here@example.org", pw(canaryPassword), typed(used), typed("314159"), typed(show()))
		in(other, func(ctx context.Context, s *session.Session) error {
			_, err := a.ActiveSessions(ctx, s, session.Ref{}, 10)
			note(err)
			if err := a.LogoutOthers(ctx, s); err != nil {
				return err
			}
			for _, id := range r.apps("here@example.org") {
				_, err := a.RemoveTOTP(ctx, s, id)
				note(err)
			}
			for _, typed := range []string{canaryWrong, canaryListed} {
				_, err := a.AddFactor(ctx, s, authn.NewFactor{Kind: paper, Label: "list", Body: []byte(canaryListed + "\n" + canaryListed)}, listed(typed))
				note(err)
			}
			self, err := a.Self(ctx, s)
			note(err)
			for _, c := range self.Credentials {
				_, err := a.RemoveFactor(ctx, s, c.ID)
				note(err)
			}
			return a.RevokeSession(ctx, s, identity.Derived[session.Ref]([32]byte{1}))
		})
	}
	for _, who := range []string{"there@example.org", canaryNobody, canaryMangled} {
		_, err := a.BeginReset(context.Background(), who)
		note(err)
	}
	note(r.queue.Deliver(context.Background()))
	for _, text := range links() {
		_, err := a.ViewReset(context.Background(), text)
		note(err)
		for _, next := range []string{"short", canaryPassword, canaryOther, canaryOther} {
			note(a.CompleteReset(context.Background(), text, secret(next)))
		}
	}
	for _, current := range []string{canaryWrong, canaryPassword} {
		in(other, func(ctx context.Context, s *session.Session) error {
			_, err := a.ChangePassword(ctx, s, pw(current), secret(canaryOther+"!"))
			return err
		})
	}
	for range 6 { // a lock
		login(b, "there@example.org", pw(canaryWrong))
	}
	in(other, a.LogoutEverywhere)
	in(b, a.Logout)
	wayInVerbs(r, c, in, note)
	claimVerbs(r, c, in, note)
	provisionVerbs(r, c, in, note)
	orderVerbs(r, c, in, note)
	return errs
}

// replaceVerbs marks a password as known to others, and replaces it.
func replaceVerbs(r *rig, in func(*browser, func(context.Context, *session.Session) error), mark func()) {
	r.clock.Advance(time.Hour) // what was locked is open again
	mark()
	owing := r.browser()
	for _, current := range []string{canaryOther + "!", canaryOther, canaryPassword} {
		in(owing, func(ctx context.Context, s *session.Session) error {
			_, err := r.accounts.BeginLogin(ctx, s, authn.LoginRequest{Identifier: "there@example.org"})
			return err
		})
		in(owing, func(ctx context.Context, s *session.Session) error {
			_, err := r.accounts.VerifyFactor(ctx, s, pw(current))
			return err
		})
	}
	for _, next := range []string{"short", canaryPassword, canaryOther, canaryOther + "?"} {
		in(owing, func(ctx context.Context, s *session.Session) error {
			if _, err := r.accounts.ViewReplacement(ctx, s); err != nil {
				return err
			}
			_, err := r.accounts.ReplacePassword(ctx, s, secret(next))
			return err
		})
	}
}

// recoverVerbs uses up recovery codes, and makes others.
func recoverVerbs(r *rig, c *canaries, in func(*browser, func(context.Context, *session.Session) error)) {
	r.clock.Advance(time.Hour)
	a, b := r.accounts, r.browser()
	u := r.person("recovers@example.org")
	show := r.app(u)
	var codes []string
	sees := func(b *browser) {
		in(b, func(ctx context.Context, s *session.Session) error {
			list, err := a.NewCodes(ctx, s)
			for _, one := range list {
				codes = append(codes, one.Reveal())
				c.mark("a recovery code", one.Reveal())
			}
			return errors.Join(err, a.CodesKept(ctx, s))
		})
	}
	enters := func(b *browser, second func() authn.Code) {
		in(b, func(ctx context.Context, s *session.Session) error {
			if _, err := a.BeginLogin(ctx, s, authn.LoginRequest{Identifier: "recovers@example.org"}); err != nil {
				return err
			}
			_, err := a.VerifyFactor(ctx, s, pw(goodPassword))
			return err
		})
		in(b, func(ctx context.Context, s *session.Session) error {
			_, err := a.VerifyFactor(ctx, s, second())
			return err
		})
	}
	r.clock.Advance(time.Minute)
	enters(b, func() authn.Code { return code(show()) })
	in(b, func(ctx context.Context, s *session.Session) error {
		_, err := a.ReplaceCodes(ctx, s)
		return err
	})
	sees(b)
	r.clock.Advance(time.Minute)
	for _, keep := range []bool{true, false} {
		b := r.browser()
		codes = append(codes, "none")
		enters(b, func() authn.Code { return spare(codes[0]) })
		codes = codes[1:]
		in(b, func(ctx context.Context, s *session.Session) error {
			if err := a.RenewRecovery(ctx, s); err != nil {
				return err
			}
			v, err := a.ViewRecovery(ctx, s)
			if err != nil || v.App == nil {
				return err
			}
			show = r.codes(*v.App)
			if keep {
				_, err = a.KeepFactors(ctx, s)
			} else {
				_, err = a.CompleteRecovery(ctx, s, code(show()))
			}
			return err
		})
		sees(b)
	}
}

// claimVerbs claims the first administrator, and changes roles.
func claimVerbs(r *rig, c *canaries, in func(*browser, func(context.Context, *session.Session) error), note func(error)) {
	a, b := r.accounts, r.browser()
	minted, err := a.ClaimLink(context.Background())
	note(err)
	_, token, _ := strings.Cut(minted, "token=")
	if token == "" {
		return
	}
	c.mark("a claim's token", token)
	c.mark("the secret half of a claim's token", token[22:])
	note(a.CheckClaim(context.Background(), token[:63]))
	for _, password := range []string{"short", canaryPassword} {
		in(b, func(ctx context.Context, s *session.Session) error {
			return a.BeginClaim(ctx, s, token, authn.NewUser{Email: "boss@example.org", Password: secret(password)})
		})
	}
	var show func() string
	in(b, func(ctx context.Context, s *session.Session) error {
		v, err := a.ViewClaim(ctx, s, "")
		if err != nil || v.App == nil {
			return err
		}
		c.mark("a seed, as typed", strings.ReplaceAll(string(v.App.Key.Reveal()), " ", ""))
		c.mark("a seed, as shown", string(v.App.Key.Reveal()))
		show = r.codes(*v.App)
		return nil
	})
	if show == nil {
		return
	}
	for _, typed := range []string{"314159", show()} {
		c.codes[typed] = true
		in(b, func(ctx context.Context, s *session.Session) error {
			_, err := a.CompleteClaim(ctx, s, "", code(typed))
			return err
		})
	}
	acct, ok := r.account("boss@example.org")
	if !ok {
		return
	}
	a.Roles(context.Background(), acct)
	change := authn.RoleChange{Subject: acct.User.Subject(), Role: "editor"}
	note(a.GrantRole(context.Background(), change))
	note(a.RevokeRole(context.Background(), change))
}

const (
	canarySubject = "canary-subject-4e21"
	canaryVouched = "canary-vouched-0c9a@example.net"
)

// provisionVerbs brings people from an issuer, of whom one may not come, and links
// and unlinks, right and wrong.
func provisionVerbs(r *rig, c *canaries, in func(*browser, func(context.Context, *session.Session) error), note func(error)) {
	c.mark("what an issuer calls somebody", canarySubject)
	c.mark("an address that was refused", canaryVouched)
	policy, tenants, op := open(), r.tenants(), opScope(r.t)
	p, err := authn.NewProvisioner(authn.ProvisionerConfig{Accounts: r.accounts, Default: policy})
	note(err)
	note(tenants.SetProvisioning(context.Background(), op, r.tenant, 0, policy))
	_, _, err = tenants.Provisioning(context.Background(), op, r.tenant)
	note(err)
	for _, e := range []authn.External{
		vouched(canarySubject, canaryVouched), vouched(canarySubject, ada), vouched(canarySubject, ada),
		vouched(canarySubject+" with a space", ada), vouched(canarySubject+"-2", "there@example.org"),
	} {
		_, err := p.Provision(context.Background(), e)
		note(err)
	}
	b := r.browser()
	in(b, func(ctx context.Context, s *session.Session) error {
		_, err := r.accounts.BeginLogin(ctx, s, authn.LoginRequest{Identifier: "boss@example.org"})
		return err
	})
	r.clock.Advance(time.Minute)
	for _, cred := range []func() authn.Credential{
		func() authn.Credential { return pw(canaryPassword) },
		func() authn.Credential {
			if len(r.held("boss@example.org", factor.TOTP)) == 0 {
				return code("000000")
			}
			typed := r.codesOf("boss@example.org")
			c.codes[typed] = true
			return code(typed)
		},
	} {
		in(b, func(ctx context.Context, s *session.Session) error {
			_, err := r.accounts.VerifyFactor(ctx, s, cred())
			return err
		})
	}
	for _, e := range []authn.External{vouched(canarySubject+"-3", ada), vouched(canarySubject, ada), {Issuer: canarySubject, Subject: canarySubject}} {
		in(b, func(ctx context.Context, s *session.Session) error { return p.Link(ctx, s, e) })
	}
	in(b, func(ctx context.Context, s *session.Session) error {
		_, err := p.LinkPresented(ctx, s, bears(canarySubject))
		return err
	})
	in(b, func(ctx context.Context, s *session.Session) error {
		_, err := p.Links(ctx, s)
		note(err)
		_, err = r.accounts.History(ctx, s, authn.HistoryQuery{Cursor: canarySubject})
		note(err)
		note(r.accounts.SetLanguage(ctx, s, canarySubject+" is no tag"))
		note(r.accounts.SetLanguage(ctx, s, "de"))
		return p.Unlink(ctx, s, issuer, canarySubject+"-unknown")
	})
	in(b, func(ctx context.Context, s *session.Session) error {
		return p.Unlink(ctx, s, issuer, canarySubject+"-3")
	})
	r.clock.Advance(authn.DefaultMaxAge + time.Minute)
	in(b, func(ctx context.Context, s *session.Session) error {
		_, err := r.accounts.RequireStepUp(ctx, s, authn.Requirement{AnyOf: []identity.Kind{factor.Password}})
		return err
	})
	in(b, func(ctx context.Context, s *session.Session) error {
		_, err := r.accounts.VerifyFactor(ctx, s, pw(canaryWrong))
		return err
	})
	in(b, r.accounts.AbandonStepUp)
	in(b, func(ctx context.Context, s *session.Session) error {
		_, err := r.accounts.CompleteSignup(ctx, s, canarySubject, code("271828"))
		return err
	})
}

// addressVerbs changes the address of somebody who is signed in, and back.
func addressVerbs(r *rig, c *canaries, in func(*browser, func(context.Context, *session.Session) error), note func(error), b *browser) {
	c.mark("an identifier that failed", "canary-moving-31bd")
	for _, to := range []string{"canary-moving-31bd", "here@example.org", "boss@new.example.org"} {
		in(b, func(ctx context.Context, s *session.Session) error {
			_, err := r.accounts.BeginAddressChange(ctx, s, to)
			r.accounts.PendingAddress(ctx, s)
			return err
		})
	}
	for range 2 { // what confirms, then what undoes
		note(r.queue.Deliver(context.Background()))
		for _, m := range r.outbox.Messages() {
			_, token, ok := strings.Cut(m.Text, "token=")
			if token = strings.TrimSpace(token); !ok || !strings.HasPrefix(m.To, "boss@") {
				continue
			}
			c.mark("a link token", token)
			c.mark("the secret half of a link token", token[22:])
			in(b, func(ctx context.Context, s *session.Session) error {
				_, err := r.accounts.ViewAddress(ctx, s, token)
				note(err)
				_, err = r.accounts.ConfirmAddress(ctx, s, token)
				return err
			})
			_, err := r.accounts.ViewUndo(context.Background(), token)
			note(err)
			note(r.accounts.UndoAddress(context.Background(), token))
		}
	}
	in(b, r.accounts.CancelAddressChange)
	nameVerbs(r, c, in, note, b)
}

// nameVerbs changes the names of somebody who is signed in.
func nameVerbs(r *rig, c *canaries, in func(*browser, func(context.Context, *session.Session) error), note func(error), b *browser) {
	c.mark("an identifier that failed", "canary-second-9c1f")
	for _, to := range []string{"canary-second-9c1f", "here@example.org", "boss@second.example.org"} {
		in(b, func(ctx context.Context, s *session.Session) error {
			_, err := r.accounts.BeginSecondAddress(ctx, s, to)
			r.accounts.PendingSecondAddress(ctx, s)
			return err
		})
	}
	note(r.queue.Deliver(context.Background()))
	for _, m := range r.outbox.Messages() {
		_, token, ok := strings.Cut(m.Text, "token=")
		if token = strings.TrimSpace(token); ok && m.To == "boss@second.example.org" {
			c.mark("a link token", token)
			c.mark("the secret half of a link token", token[22:])
			in(b, func(ctx context.Context, s *session.Session) error {
				_, err := r.accounts.ConfirmAddress(ctx, s, token)
				return err
			})
		}
	}
	for _, name := range []string{"boss", "boss", "canary\x00name"} {
		in(b, func(ctx context.Context, s *session.Session) error { return r.accounts.AddUsername(ctx, s, name) })
	}
	for _, verb := range []func(context.Context, *session.Session, identity.Identifier) error{r.accounts.MakePrimary, r.accounts.RemoveName} {
		for _, name := range []identity.Identifier{named(identity.Email, "boss@second.example.org"), named(identity.Username, "boss")} {
			in(b, func(ctx context.Context, s *session.Session) error { return verb(ctx, s, name) })
		}
	}
	in(b, r.accounts.CancelSecondAddress)
}

// orderVerbs gives every order of administrators and operators, right and wrong.
func orderVerbs(r *rig, c *canaries, in func(*browser, func(context.Context, *session.Session) error), note func(error)) {
	ctx := context.Background()
	c.mark("an identifier that failed", "canary-hired-77aa")
	desk, err := authn.NewAdmin(authn.AdminConfig{Accounts: r.accounts})
	note(err)
	boss, _ := r.account("boss@example.org")
	actor, err := identity.NewHuman(identity.HumanFields{Subject: boss.User.Subject()})
	note(err)
	if err != nil {
		return
	}
	order := authn.Order{Actor: actor, Subject: identity.Subject{Tenant: r.tenant}, Reason: "ticket 7"}
	for _, email := range []string{"canary-hired-77aa", "hired@example.org", "here@example.org"} {
		sub, err := desk.CreateUser(ctx, order, authn.NewAccount{Email: email})
		note(err)
		to := order
		to.Subject = sub
		note(desk.ResendActivation(ctx, to))
	}
	note(r.queue.Deliver(ctx))
	for _, m := range r.outbox.Messages() {
		if _, token, ok := strings.Cut(m.Text, "token="); ok {
			c.mark("a link token", strings.TrimSpace(token))
			c.mark("the secret half of a link token", strings.TrimSpace(token)[22:])
		}
	}
	_, err = desk.Events(ctx, authn.EventQuery{Actor: actor, Cursor: canarySubject})
	note(err)
	note(r.accounts.TellNewBrowsers(ctx, r.signIns(canarySubject)))
	acct, _ := r.account("there@example.org")
	order.Subject = acct.User.Subject()
	actsVerbs(r, c, in, note, desk, boss.User.Subject(), acct.User.Subject())
	own := authn.OwnPolicy{Policy: authn.StepUpPolicy{MaxAge: time.Minute}}
	for _, cred := range acct.Credentials {
		note(desk.DisableFactor(ctx, order, cred.ID))
		note(desk.EnableFactor(ctx, order, cred.ID))
	}
	for _, name := range []identity.Identifier{
		named(identity.Email, "here@example.org"), named(identity.Email, "there@second.example.org"), named(identity.Username, "there"),
	} {
		note(desk.AddName(ctx, order, name))
		note(desk.RemoveName(ctx, order, name))
	}
	note(desk.PutPolicy(ctx, order, own))
	replaceVerbs(r, in, func() { note(desk.MarkCompromised(ctx, order)) })
	recoverVerbs(r, c, in)
	_, err = desk.Explain(ctx, order)
	note(err)
	note(desk.DropPolicy(ctx, order, authn.PolicyStepUp, 1))
	r.accounts.PasswordPolicyFor(ctx, acct)
	note(desk.InitiateReset(ctx, order))
	note(desk.ResetFactors(ctx, order))
	note(r.queue.Deliver(ctx))
	b := r.browser()
	for _, m := range r.outbox.Messages() {
		_, token, ok := strings.Cut(m.Text, "token=")
		if token = strings.TrimSpace(token); !ok || m.To != "there@example.org" {
			continue
		}
		c.mark("a link token", token)
		c.mark("the secret half of a link token", token[22:])
		in(b, func(ctx context.Context, s *session.Session) error {
			_, err := r.accounts.ViewRebind(ctx, s, token)
			return err
		})
		for _, password := range []string{canaryWrong, canaryOther} {
			in(b, func(ctx context.Context, s *session.Session) error {
				_, err := r.accounts.BeginRebind(ctx, s, token, pw(password))
				return err
			})
		}
		in(b, func(ctx context.Context, s *session.Session) error {
			c.codes["161803"] = true
			_, err := r.accounts.CompleteRebind(ctx, s, token, code("161803"))
			return err
		})
	}
	for _, do := range []func(context.Context, authn.Order) error{
		desk.ClearAttempts, desk.Suspend, desk.Activate, desk.Terminate, desk.Archive, desk.Restore, desk.Erase,
	} {
		note(do(ctx, authn.Order{Actor: actor, Subject: boss.User.Subject(), Reason: "a\x00b"}))
		note(do(ctx, order))
	}
	note(desk.FinishErasures(ctx, r.stores.Identity, r.clock.Now()))
	tenants, op := r.tenants(), opScope(r.t)
	made, err := tenants.CreateTenant(ctx, op, authn.Bootstrap{Slug: "acme"})
	note(err)
	_, err = tenants.Tenants(ctx, op, "", 10)
	note(err)
	for _, id := range []identity.TenantID{made.ID, identity.SystemTenant} {
		note(tenants.UpdateTenant(ctx, op, authn.TenantUpdate{Tenant: id, Expect: 1, Slug: "other"}))
		note(tenants.PutMethod(ctx, op, id, authn.MFAMethods()[0]))
		note(tenants.RemoveMethod(ctx, op, id, "password"))
		note(tenants.PutPolicy(ctx, op, authn.PolicyChange{Tenant: id, Policy: own.Policy}))
		note(tenants.DropPolicy(ctx, op, id, authn.PolicyStepUp, 1))
		_, _, err := tenants.Offenders(ctx, op, "", 10)
		note(err)
		note(tenants.RotateFingerprintPepper(ctx, op, id))
		_, err = tenants.ResealSecrets(ctx, op)
		note(err)
		if view, err := r.stores.Identity.TenantByID(ctx, id); err == nil {
			peppers, err := r.accounts.Peppers(view.Tenant)
			note(err)
			c.mark("a pepper", string(peppers.Current[:]))
		}
		note(tenants.SuspendTenant(ctx, op, id))
		note(tenants.UnsuspendTenant(ctx, op, id))
		due, err := tenants.DeleteTenant(ctx, op, id, 0)
		note(err)
		note(tenants.RestoreTenant(ctx, op, id))
		_, err = tenants.DeleteTenant(ctx, op, id, 0)
		note(err)
		_, err = tenants.Purge(ctx, due.Add(time.Hour), 10)
		note(err)
	}
}

// actsVerbs lets the administrator act as somebody.
func actsVerbs(r *rig, c *canaries, in func(*browser, func(context.Context, *session.Session) error), note func(error), desk *authn.Admin, boss, target identity.Subject) {
	b := r.browser()
	r.clock.Advance(time.Minute)
	in(b, func(ctx context.Context, s *session.Session) error {
		_, err := r.accounts.BeginLogin(ctx, s, authn.LoginRequest{Identifier: "boss@example.org"})
		return err
	})
	in(b, func(ctx context.Context, s *session.Session) error {
		_, err := r.accounts.VerifyFactor(ctx, s, pw(canaryPassword))
		return err
	})
	if len(r.held("boss@example.org", factor.TOTP)) > 0 {
		typed := r.codesOf("boss@example.org")
		c.codes[typed] = true
		in(b, func(ctx context.Context, s *session.Session) error {
			_, err := r.accounts.VerifyFactor(ctx, s, code(typed))
			return err
		})
	}
	for _, by := range []authn.Approval{{}, approval.Mint(authn.ActionImpersonate, boss)} {
		in(b, func(ctx context.Context, s *session.Session) error {
			_, err := desk.ImpersonationProof(ctx, s)
			note(err)
			return desk.BeginImpersonation(ctx, s, authn.Impersonation{Target: target, Reason: "ticket 7"}, by)
		})
	}
	in(b, r.accounts.EndImpersonation)
	addressVerbs(r, c, in, note, b)
}

// spyLedger remembers what the ledger is told.
type spyLedger struct {
	authn.Ledger
	mu   sync.Mutex
	told bytes.Buffer
}

func (l *spyLedger) Reserve(ctx context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	l.mu.Lock()
	for _, lv := range a.Levers {
		l.told.Write(lv.Key[:])
	}
	l.mu.Unlock()
	return l.Ledger.Reserve(ctx, a, now)
}

// AUN-171, FAC-I3: marked secrets through every verb, whole and with every port
// failing in turn; no sink holds one.
func TestCanary_no_secret_reaches_a_sink(t *testing.T) {
	t.Parallel()
	run := func(broken string) (verbs []string) {
		spy := &spyLedger{}
		r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { spy.Ledger, c.Ledger = c.Ledger, spy })
		seen := map[string]bool{}
		var mu sync.Mutex
		n := 0
		fault := func(verb string) error {
			mu.Lock()
			defer mu.Unlock()
			if !seen[verb] {
				seen[verb] = true
				verbs = append(verbs, verb)
			}
			if verb != broken {
				return nil
			}
			if n++; n%2 == 0 { // every other call, so that runs get beyond it
				return nil
			}
			return fmt.Errorf("%s: %w", verb, store.ErrUnavailable)
		}
		r.ident.hook(fault)
		r.store.hook(fault)
		r.ledger.hook(fault)
		c := &canaries{marks: map[string]string{}, codes: map[string]bool{}}
		errs := everyVerb(r, c)
		if broken == "" && len(c.codes) < 3 {
			t.Fatalf("the run did not get through: %q", errs)
		}
		sinks := map[string]string{
			"the log": r.logs.String(), "an error": strings.Join(errs, "\n"),
			"the metrics": strings.Join(r.metrics.Series(), "\n"), "the ledger": spy.told.String(),
		}
		for _, topic := range []store.Topic{store.TopicAudit, store.TopicMail, store.TopicVoid, store.TopicDuty} {
			for _, row := range r.rows(topic) {
				sinks["the outbox, "+string(topic)] += string(row.Body)
			}
		}
		for _, address := range []string{"here@example.org", "there@example.org"} {
			acct, _ := r.account(address)
			for _, cred := range acct.Credentials {
				sinks["a credential"] += string(cred.Body)
			}
			list, err := r.stores.Session.Sessions(t.Context(), acct.User.Subject(), session.Ref{}, 100, r.clock.Now())
			if err == nil {
				for _, rec := range list {
					sinks["a session"] += string(rec.Sealed)
				}
			}
		}
		if broken == "" {
			for _, must := range []string{"the log", "an error", "the metrics", "the ledger", "the outbox, audit", "a credential"} {
				if sinks[must] == "" {
					t.Errorf("nothing reached %s: the run shows nothing", must)
				}
			}
			for _, kind := range []string{"signup_completed", "factor_enabled", "factor_disabled", "lockout_triggered", "logout_attempt",
				"identity_linked", "identity_unlinked", "provision_refused", "account_suspended", "user_erased", "tenant_purged",
				"impersonation_started", "impersonation_ended"} {
				if !strings.Contains(sinks["the outbox, audit"], `"`+kind+`"`) {
					t.Errorf("the run did not get as far as %s", kind)
				}
			}
		}
		for sink, text := range sinks {
			if what := c.found(text); len(what) > 0 {
				t.Errorf("%q broken: %v in %s", broken, what, sink)
			}
		}
		if v := r.metrics.Violations(); len(v) > 0 {
			t.Errorf("labels that are no names: %v", v)
		}
		return verbs
	}
	for _, verb := range run("") {
		run(verb)
	}
}

// AUN-041, FAC-004: what was typed is overwritten when the verb returns, however
// it ends.
func TestCanary_credentials_are_wiped(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada)
	wiped := func(what string, f func(p authn.Password, c authn.Code)) {
		p, c := pw(canaryPassword), authn.Code{Of: factor.TOTP, Secret: secret("123456")}
		f(p, c)
		if bytes.Contains(p.Secret.Reveal(), []byte("canary")) {
			t.Errorf("%s leaves the password", what)
		}
	}
	wiped("sign-up", func(p authn.Password, _ authn.Code) {
		r.browser().do(func(ctx context.Context, s *session.Session) {
			_, _ = r.accounts.BeginSignup(ctx, s, authn.NewUser{Email: bob, Password: p.Secret})
		})
	})
	wiped("sign-up with an error", func(p authn.Password, _ authn.Code) {
		b.do(func(ctx context.Context, s *session.Session) {
			_, _ = r.accounts.BeginSignup(ctx, s, authn.NewUser{Email: bob, Password: p.Secret})
		})
	})
	wiped("confirming", func(p authn.Password, _ authn.Code) {
		b.do(func(ctx context.Context, s *session.Session) { _, _ = r.accounts.ConfirmSignup(ctx, s, "x", p.Secret) })
	})
	wiped("verifying", func(p authn.Password, _ authn.Code) {
		b.do(func(ctx context.Context, s *session.Session) { _, _ = r.accounts.VerifyFactor(ctx, s, p) })
	})
	wiped("changing", func(p authn.Password, c authn.Code) {
		b.do(func(ctx context.Context, s *session.Session) {
			_, _ = r.accounts.ConfirmTOTP(ctx, s, c, "a\nb")
			_, _ = r.accounts.ChangePassword(ctx, s, p, secret("x"))
		})
		if bytes.Contains(c.Secret.Reveal(), []byte("123456")) {
			t.Error("enrolling leaves the code")
		}
	})
}
