package authn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/emailotp"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/challenge"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// MailedCodes is the verifier of codes that are mailed, factor.EmailOTP, for
// Config.Factors: with it methods may ask for one. A mailbox is no authenticator (SP
// 800-63B-4 §3.1.3.1): such a code raises no assurance level, and is no second factor
// where one is demanded.
//
// It works in the service that it is given to, which needs Config.Values and Notes.
func MailedCodes(p emailotp.Policy) factor.Verifier { return &mailedCodes{policy: p} }

// What one person, and one address, gets mailed of codes (FAC-063).
const (
	codesHour = 5
	codesDay  = 10
)

// flowLife is longer than any flow: how long what was mailed in it is remembered.
const flowLife = time.Hour

// mailedCodes are the codes of a service: they send, and judge what comes back.
type mailedCodes struct {
	policy emailotp.Policy

	// What a service adds.
	s           *Service
	codes       *emailotp.Codes
	keep        *challenge.Keep
	tenantMails int
}

// bind puts codes that are wired in the place of those among the factors, and says what
// is missing for them.
func (cfg *Config) bind() (bound []*mailedCodes, errs []error) {
	cfg.Factors = slices.Clone(cfg.Factors)
	for i, v := range cfg.Factors {
		m, ok := v.(*mailedCodes)
		if !ok {
			continue
		}
		if cfg.Values == nil {
			errs = append(errs, fieldError("Values", "is required by MailedCodes"))
		}
		if cfg.Notes.Mail == nil {
			errs = append(errs, fieldError("Notes", "are required by MailedCodes"))
		}
		if cfg.TenantMails < 0 {
			errs = append(errs, fieldError("TenantMails", "must not be negative"))
		}
		if err := m.policy.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("authn: Factors: %w", err))
		}
		if len(errs) > 0 || cfg.Keys.Index == nil || cfg.Keys.Data == nil || cfg.Password == nil || cfg.Entropy == nil {
			continue // named elsewhere
		}
		next, err := m.wired(cfg)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		cfg.Factors[i] = next
		bound = append(bound, next)
	}
	return bound, errs
}

func (m *mailedCodes) wired(cfg *Config) (*mailedCodes, error) {
	codes, err := emailotp.New(emailotp.Config{
		Policy: m.policy, MAC: cfg.Keys.Index.MAC(seal.LabelMailedCode), Hash: slowly{cfg.Password}, Entropy: cfg.Entropy,
	})
	if err != nil {
		return nil, fmt.Errorf("authn: Factors: %w", err)
	}
	keep, err := challenge.New(cfg.Values, seal.NewNamed(cfg.Keys.Data))
	if err != nil {
		return nil, fmt.Errorf("authn: Factors: %w", err)
	}
	return &mailedCodes{policy: m.policy, codes: codes, keep: keep, tenantMails: cmp.Or(cfg.TenantMails, DefaultTenantMails)}, nil
}

// errUnwired is a fault of a program: codes work in a service.
var errUnwired = errors.New("authn: mailed codes work in the service that they were given to")

// slowly is the hash of passwords under codes.
type slowly struct{ *password.Hasher }

// Make implements [emailotp.Hash].
func (h slowly) Make(src entropy.Source, in seal.Secret) ([]byte, error) { return h.Hash(src, in) }

// Verify implements [emailotp.Hash].
func (h slowly) Verify(hash []byte, in seal.Secret) factor.Verdict {
	// A code is hashed as new passwords are, so no migration's end is asked for.
	return h.Hasher.Verify(time.Time{}, hash, in).Verdict
}

// Traits implements [factor.Verifier].
func (*mailedCodes) Traits() factor.Traits { return emailotp.Traits() }

// Works implements [factor.Verifier]: there are no records.
func (*mailedCodes) Works(factor.Record) bool { return false }

// Holds implements [factor.Holder]: whoever has an address that is proven.
func (*mailedCodes) Holds(a factor.Attempt) bool {
	_, ok := mailbox(a)
	return ok
}

// mailbox is where a code goes: to the address that was typed, if it is one of theirs,
// else to the first (FAC-065).
func mailbox(a factor.Attempt) (address string, ok bool) {
	first, has := a.User.Email()
	if !has || a.User.EmailVerifiedAt.IsZero() {
		return "", false
	}
	if typed, err := identity.NewIdentifier(identity.Email, a.Identifier); err == nil && owns(a.User, typed.Canonical) {
		return typed.Canonical, true
	}
	return first.Canonical, true
}

// told is the address that a page may name. Nothing may have been proven yet, so it is
// the one that was typed or none.
func (*mailedCodes) told(a factor.Attempt) string {
	typed, err := identity.NewIdentifier(identity.Email, a.Identifier)
	if err != nil {
		return ""
	}
	return emailotp.Mask(typed.Canonical)
}

func bound(a factor.Attempt) emailotp.Bound {
	return emailotp.Bound{Subject: a.Subject, Flow: a.Flow, Purpose: emailotp.SignIn}
}

// Verify implements [factor.Verifier]. The guess is counted before it is judged, and a
// code that fits is used up before it counts: each is one conditional write (FAC-062).
func (m *mailedCodes) Verify(ctx context.Context, a factor.Attempt) factor.Result {
	if m.s == nil {
		return factor.Result{Verdict: factor.Misconfigured, Err: errUnwired}
	}
	until := a.Now.Add(flowLife)
	at, err := m.keep.Claim(ctx, a.Flow, until, a.Now)
	switch {
	case errors.Is(err, challenge.ErrSpent):
		return factor.Result{Verdict: factor.Rejected, Reason: string(audit.ReasonLimit)}
	case err != nil && !errors.Is(err, challenge.ErrNone):
		return factor.Result{Verdict: factor.Unavailable, Err: err}
	}
	var ch emailotp.Challenge
	if at.Body != nil {
		if ch, err = emailotp.Decode(at.Body); err != nil {
			return factor.Result{Verdict: factor.Misconfigured, Err: err}
		}
	}
	out := factor.Result{Verdict: m.codes.Verify(bound(a), ch, a.Secret, a.Now)}
	if out.Verdict != factor.Accepted {
		if at.Body != nil && !a.Now.Before(ch.Expires) {
			out.Reason = string(audit.ReasonExpired)
		}
		return out
	}
	if !m.Holds(a) { // nobody, who was mailed nothing: a code that fits was guessed
		return factor.Result{Verdict: factor.Rejected}
	}
	switch err := m.keep.Use(ctx, a.Flow, at, until, a.Now); {
	case errors.Is(err, challenge.ErrNone):
		return factor.Result{Verdict: factor.Replayed}
	case err != nil:
		return factor.Result{Verdict: factor.Unavailable, Err: err}
	}
	return out
}

// Prepare implements [factor.Preparer]: it mails a code where none waits, or where
// another is asked for. For nobody it does the same, but that no mail goes out: the
// hash, the place where it waits, the allowances and the row (AUN-033).
func (m *mailedCodes) Prepare(ctx context.Context, a factor.Attempt) (factor.Prepared, error) {
	if m.s == nil {
		return factor.Prepared{}, errUnwired
	}
	at, err := m.keep.Look(ctx, a.Flow, a.Now)
	if err != nil {
		return factor.Prepared{}, err
	}
	waits := m.waiting(a, at)
	if at.Barred(a.Now) != nil || waits.Readiness == factor.AlreadySent && !a.Again {
		waits.Readiness = factor.AlreadySent
		return waits, nil
	}
	pass, err := m.s.hashing(ctx, m.s.hasher.Cost(nil))
	if errors.Is(err, password.ErrBusy) {
		return factor.Prepared{Readiness: factor.Unsent}, nil
	}
	if err != nil {
		return factor.Prepared{}, err
	}
	defer pass.Leave()
	within, err := m.mayMail(ctx, a)
	if err != nil {
		return factor.Prepared{}, err
	}
	if !within { // it looks as if the last one were on its way (FAC-063)
		waits.Readiness, waits.Again = factor.AlreadySent, a.Now.Add(challenge.Apart)
		if waits.Until.IsZero() {
			waits.Until = a.Now.Add(m.codes.Life())
		}
		return waits, nil
	}
	return m.send(ctx, a)
}

// waiting is what came of an earlier request: AlreadySent while its code is good.
func (m *mailedCodes) waiting(a factor.Attempt, at challenge.State) factor.Prepared {
	p := factor.Prepared{To: m.told(a)}
	if at.Sends > 0 && !errors.Is(at.Barred(at.SentAt.Add(challenge.Apart)), challenge.ErrSpent) {
		p.Again = at.SentAt.Add(challenge.Apart)
	}
	if ch, err := emailotp.Decode(at.Body); err == nil && at.Tries < challenge.Tries && a.Now.Before(ch.Expires) {
		p.Readiness, p.Until = factor.AlreadySent, ch.Expires
	}
	return p
}

// send draws a code, keeps what is needed to know it again, and queues the mail, in this
// order: a mail never carries a code that is not known.
func (m *mailedCodes) send(ctx context.Context, a factor.Attempt) (factor.Prepared, error) {
	code, ch, err := m.codes.Issue(bound(a), a.Now)
	if err != nil {
		return factor.Prepared{}, err
	}
	defer code.Wipe()
	at, err := m.keep.Send(ctx, a.Flow, ch.Encode(), a.Now.Add(flowLife), a.Now)
	switch {
	case errors.Is(err, challenge.ErrTooSoon), errors.Is(err, challenge.ErrSpent):
		waits := m.waiting(a, at) // another request was faster
		waits.Readiness = factor.AlreadySent
		return waits, nil
	case err != nil:
		return factor.Prepared{}, err
	}
	to, somebody := mailbox(a)
	if !somebody {
		to = toNobody
	}
	row, err := m.s.notes.row(ctx, to, Note{
		Kind: NoteCode, Language: a.User.Language, At: a.Now, Client: clientIn(ctx), Code: code.Grouped(), Works: m.codes.Life(),
	})
	if err != nil {
		return factor.Prepared{}, err
	}
	if !somebody {
		row.Topic, row.Body = store.TopicVoid, nil
	}
	if err := m.s.ident.Record(ctx, identity.Append{Row: row}); err != nil {
		return factor.Prepared{}, err
	}
	m.s.wake()
	sent := m.waiting(a, at)
	sent.Readiness = factor.Sent
	return sent, nil
}

type clientKey struct{}

// withClient tells a mail that is queued below from which browser it was asked for.
func withClient(ctx context.Context, c session.Client) context.Context {
	return context.WithValue(ctx, clientKey{}, c)
}

func clientIn(ctx context.Context) session.Client {
	c, _ := ctx.Value(clientKey{}).(session.Client)
	return c
}

// mayMail takes one code from the allowances of the person, of the address and of the
// tenant. Nobody has some too, by the name that was typed.
func (m *mailedCodes) mayMail(ctx context.Context, a factor.Attempt) (bool, error) {
	t, u := a.Subject.Tenant.Bytes(), a.Subject.User.Bytes()
	to, ok := mailbox(a)
	if !ok {
		_, to, _ = m.s.canonical(a.Identifier)
	}
	key := func(who byte, span string, of []byte) Key {
		return m.s.levers.key(byte(mailCode), t[:], []byte{who}, []byte(span), of)
	}
	for _, levers := range [][]Lever{
		{{key('u', "hour", u[:]), mailsIn(codesHour, time.Hour)}, {key('u', "day", u[:]), mailsIn(codesDay, 24*time.Hour)}},
		{
			{key('a', "hour", []byte(to)), mailsIn(codesHour, time.Hour)}, {key('a', "day", []byte(to)), mailsIn(codesDay, 24*time.Hour)},
			{m.s.levers.key('t', t[:]), mailsIn(m.tenantMails, time.Hour)},
		},
	} {
		within, err := m.s.chargeEvenly(ctx, levers, a.Now)
		if over := new(ThrottledError); errors.As(err, &over) {
			if over.Lever == 2 && over.First {
				m.s.alarm(ctx, alarmTenantMails, errTenantMails)
			}
			return false, nil
		}
		if err != nil || !within {
			return false, err
		}
	}
	return true, nil
}
