package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// NewFactor is a credential that somebody is about to get.
type NewFactor struct {
	Kind  identity.Kind
	Label string // what its owner calls it; may be empty
	// Body is what its verifier will read. It is cleared. None: the verifier makes it of
	// the proof (factor.Enroller).
	Body []byte
}

// AddFactor gives the signed-in person a credential whose body the program has made, or
// the verifier of the proof, once they have shown that they hold it: proof is judged against the body as at a
// sign-in, and what it spends is spent, so that it signs nobody in (FAC-005). Where a
// password alone signs in, who adds a second factor is asked for one of theirs from now
// on. Every other session of the person ends in the same commit; this one goes on under
// a new id.
//
// The person has proved the strongest kind that they have lately, else
// ErrStepUpRequired. Passwords and apps have verbs of their own, and what somebody else
// judges has its own way to come to an account.
//
// Outcomes: Completed, Rejected, Unavailable. Errors: ErrKindNotConfigured; ErrLimit
// beyond five of a kind; others as [Accounts.ConfirmTOTP].
func (a *Accounts) AddFactor(ctx context.Context, sess *session.Session, n NewFactor, proof Credential) (FactorOutcome, error) {
	defer proof.Wipe()
	defer clear(n.Body)
	acct, err := a.own(ctx, sess, "add factor")
	if err != nil {
		return nil, err
	}
	v, known := a.factors.Verifier(n.Kind)
	if !known || n.Kind == factor.Password || n.Kind == factor.TOTP || v.Traits().External {
		return nil, ErrKindNotConfigured
	}
	if proof.Kind() != n.Kind {
		return nil, ErrStepMismatch
	}
	if err := checkLabel(n.Label); err != nil {
		return nil, err
	}
	if count(acct, n.Kind) >= totp.MaxCredentials {
		return nil, ErrLimit
	}
	view, err := a.provenIn(ctx, sess, acct, "add factor")
	if err != nil {
		return nil, err
	}
	now := a.clock.Now()
	body, evidence, err := a.shown(ctx, v, acct, n, proof.secret(), now)
	switch {
	case errors.Is(err, errUnjudged):
		return Unavailable{retryAfter}, nil
	case err != nil:
		return nil, err
	case body == nil:
		return Rejected{Of: n.Kind}, nil
	}
	row, err := a.newCredential(acct.User.Subject(), n.Kind, n.Label, body, now)
	if err != nil {
		return nil, err
	}
	evidence.Credential = row.ID
	note := Note{Kind: NoteFactorAdded, At: now, Client: sess.View().Client, Factor: n.Kind, Label: n.Label}
	changes := append([]identity.Change{identity.PutCredential{Credential: row}}, hadNow(acct, n.Kind, now)...)
	changes = append(changes, a.asksFor(ctx, view, acct, n.Kind)...)
	return a.changeFactors(ctx, sess, acct, changes, a.events.factorAdded(ctx, acct.User, row), note, []identity.Evidence{evidence})
}

// errUnjudged means that a verifier could not say.
var errUnjudged = errors.New("authn: a new factor could not be judged")

// shown judges a new credential by itself, and gives its body with what the proof has
// spent; nil when it does not fit.
func (a *Accounts) shown(ctx context.Context, v factor.Verifier, acct identity.Account, n NewFactor, in seal.Secret, now time.Time) ([]byte, identity.Evidence, error) {
	t := v.Traits()
	if !t.Takes(len(in.Reveal())) {
		return nil, identity.Evidence{}, nil
	}
	at := factor.Attempt{
		Now: now, Secret: in, Subject: acct.User.Subject(),
		Identifier: acct.User.Primary().Typed, User: acct.User, Links: a.genuine(acct),
	}
	made, res := n.Body, factor.Result{Verdict: factor.Accepted}
	if e, ok := v.(factor.Enroller); ok && len(made) == 0 {
		made, res.Verdict = e.Enrol(ctx, at)
	} else if len(made) == 0 {
		return nil, identity.Evidence{}, ErrKindNotConfigured
	}
	if res.Verdict == factor.Accepted {
		record := factor.Record{Credential: identity.Credential{
			Tenant: acct.User.Tenant, User: acct.User.ID, Kind: n.Kind, State: identity.CredentialActive, CreatedAt: now,
		}, Body: made}
		if !v.Works(record) {
			return nil, identity.Evidence{}, fieldError("Body", "is none that the verifier can read")
		}
		at.Records = []factor.Record{record}
		res = v.Verify(ctx, at)
	}
	switch res.Verdict {
	case factor.Accepted:
	case factor.Unavailable, factor.Misconfigured:
		a.alarm(ctx, alarmUnavailable, fmt.Errorf("%s: %w", n.Kind, res.Err))
		return nil, identity.Evidence{}, errUnjudged
	case factor.Rejected, factor.Replayed:
		return nil, identity.Evidence{}, nil
	default:
		return nil, identity.Evidence{}, nil
	}
	body := slices.Clone(made)
	for _, c := range res.Changes {
		clear(body)
		body = c.Body
	}
	return body, evidenceOf(t, res, nil, now), nil
}

func checkLabel(label string) error {
	if err := identity.CheckDisplayName(label); err != nil || len([]rune(label)) > MaxLabel {
		return fieldError("label", "is too long or has characters that cannot be shown")
	}
	return nil
}

func count(acct identity.Account, kind identity.Kind) (n int) {
	for _, c := range acct.Credentials {
		if c.Kind == kind {
			n++
		}
	}
	return n
}

// RemoveFactor removes a credential of the signed-in person, of any kind but the
// password. One that they need stays: who holds a role of the console keeps a second
// factor (ErrRoleNeedsMFA, PRD-017), and nobody shuts themselves out (ErrLastFactor,
// FAC-005). Otherwise as [Accounts.AddFactor]; an unknown id is store.ErrNotFound.
func (a *Accounts) RemoveFactor(ctx context.Context, sess *session.Session, id identity.CredentialID) (FactorOutcome, error) {
	acct, err := a.own(ctx, sess, "remove factor")
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(acct.Credentials, func(c identity.Credential) bool { return c.ID == id })
	if at < 0 {
		return nil, fmt.Errorf("authn: remove factor: %w", store.ErrNotFound)
	}
	victim := acct.Credentials[at]
	switch victim.Kind {
	case factor.TOTP:
		return a.RemoveTOTP(ctx, sess, id)
	case factor.Password:
		return nil, fmt.Errorf("authn: remove factor: %w", ErrLastFactor)
	}
	view, err := a.provenIn(ctx, sess, acct, "remove factor")
	if err != nil {
		return nil, err
	}
	now := a.clock.Now()
	left := acct
	left.Credentials = slices.Delete(slices.Clone(acct.Credentials), at, at+1)
	method := a.asksStill(ctx, left)
	left.Methods = after(left.Methods, method)
	if acct.HoldsConsole() && len(a.seconds(ctx, left)) == 0 {
		return nil, fmt.Errorf("authn: remove factor: %w", ErrRoleNeedsMFA)
	}
	if a.signsIn(ctx, view, acct, now) && !a.signsIn(ctx, view, left, now) {
		return nil, fmt.Errorf("authn: remove factor: %w", ErrLastFactor)
	}
	changes := append([]identity.Change{identity.DropCredential{Subject: acct.User.Subject(), ID: id, Expect: victim.Version}}, hadNow(acct, victim.Kind, now)...)
	changes = append(changes, method...)
	if victim.Kind != factor.Recovery && len(a.seconds(ctx, left)) == 0 {
		changes = append(changes, dropCodes(acct)...) // they stand for nothing any more
	}
	note := Note{Kind: NoteFactorRemoved, At: now, Client: sess.View().Client, Factor: victim.Kind, Label: victim.Label}
	return a.changeFactors(ctx, sess, acct, changes, a.events.factorRemoved(ctx, acct.User, victim), note, nil)
}
