package machine

import (
	"fmt"
	"time"

	"github.com/axess-go/axess/identity"
)

const (
	// MaxImpersonation is the longest that somebody acts as somebody else (AUN-141).
	MaxImpersonation = time.Hour
	// MaxReason bounds the reason for it, in bytes.
	MaxReason = 512
)

// KindImpersonation is the one evidence of an impersonated login. It has no class
// and no method: nothing was proven for that person, so no route that asks for
// strength, and no change of credentials that asks for a fresh factor, takes the
// administrator's factors for theirs.
const KindImpersonation identity.Kind = "impersonation"

// ActorData is who acts in a login that is not their own, and what they had
// before (SES-018).
type ActorData struct {
	// Login is the administrator's own login, put aside as it was.
	Login *LoginData
	// Reason is 1 to MaxReason bytes.
	Reason string
	// Until ends the impersonation, and with it the session.
	Until time.Time
	// CreatedAt and AbsUntil are those of the session that Login was in. Until is
	// not after AbsUntil.
	CreatedAt, AbsUntil time.Time
}

// Actor is an administrator who acts as somebody else.
type Actor struct {
	Subject     identity.Subject
	Login       identity.LoginID
	AuthTime    time.Time
	Evidence    []identity.Evidence
	DisplayName string
	AuditHandle [16]byte
	Reason      string
	Until       time.Time
}

// Actor is who acts in this login, with true; false when it is the person
// themselves.
func (s Authenticated) Actor() (Actor, bool) {
	a := s.data().Actor
	if a == nil {
		return Actor{}, false
	}
	return Actor{
		Subject: a.Login.Subject, Login: a.Login.Login, AuthTime: a.Login.AuthTime, Evidence: cloneEvidence(a.Login.Evidence),
		DisplayName: a.Login.Profile.DisplayName, AuditHandle: a.Login.Profile.AuditHandle,
		Reason: a.Reason, Until: a.Until,
	}, true
}

// ActorOf is who acts in a state, shared and read-only; nil for everybody who
// acts for themselves. Nothing is ever built on an impersonated login, so only a
// whole one can have an actor.
func ActorOf(s State) *ActorData {
	if a, ok := s.(Authenticated); ok && a.login != nil {
		return a.login.Actor
	}
	return nil
}

// impersonate is T12 into somebody else's name. It does not nest, and it is no
// way out of an unfinished step.
func impersonate(s State, e Impersonate, now time.Time) (State, Effect, error) {
	a, ok := s.(Authenticated)
	if !ok || a.login.Actor != nil {
		return illegal()
	}
	if e.By != a.login.Subject {
		return refuse(ErrBadSubject) // approved for somebody else
	}
	until := e.Until
	if e.AbsUntil.Before(until) {
		until = e.AbsUntil // nobody acts longer than they are signed in
	}
	if !until.After(now) { // the own login ran out while this request was on its way
		return refuse(fmt.Errorf("%w: %w", ErrBadImpersonation, ErrMoment))
	}
	next := &LoginData{
		Subject:  e.Target,
		AuthTime: now,
		Evidence: []identity.Evidence{{Kind: KindImpersonation, At: now}},
		Origin:   OriginImpersonation,
		Login:    e.Login,
		Epochs:   e.Epochs,
		Profile:  e.Profile,
		Actor:    &ActorData{Login: a.login, Reason: e.Reason, Until: until, CreatedAt: e.CreatedAt, AbsUntil: e.AbsUntil},
	}
	if err := checkImpersonated(next); err != nil {
		return refuse(err)
	}
	return Authenticated{next}, Effect{Row: "T12", NewID: true, Data: Clear}, nil
}

// stopImpersonating is T12 back. Whether the administrator was revoked meanwhile
// only the store can say, in the step that installs their login again.
func stopImpersonating(s State) (State, Effect, error) {
	a, ok := s.(Authenticated)
	if !ok || a.login.Actor == nil {
		return illegal()
	}
	return Authenticated{a.login.Actor.Login}, Effect{Row: "T12", NewID: true, Data: Clear}, nil
}

func checkImpersonated(l *LoginData) error {
	if err := checkAnyLogin(l); err != nil {
		return err
	}
	a := l.Actor
	if l.Origin != OriginImpersonation || a == nil || a.Login == nil {
		return ErrBadImpersonation
	}
	if err := checkLogin(a.Login); err != nil {
		return err
	}
	own := a.Login.Subject
	if own == l.Subject || own.Tenant != l.Subject.Tenant || a.Login.Login == l.Login {
		return ErrBadSubject
	}
	if e := l.Evidence; len(e) != 1 || e[0].Kind != KindImpersonation || e[0].Class != 0 || len(e[0].AMR) != 0 {
		return ErrBadEvidence
	}
	if a.Reason == "" || !fits(a.Reason, MaxReason) {
		return ErrBadImpersonation
	}
	if err := checkDeadline(l.AuthTime, a.Until, ErrBadImpersonation); err != nil {
		return err
	}
	if a.Until.Sub(l.AuthTime) > MaxImpersonation || a.Until.After(a.AbsUntil) {
		return ErrBadImpersonation
	}
	return checkDeadline(a.CreatedAt, a.AbsUntil, ErrBadImpersonation)
}
