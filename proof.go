package axess

import (
	"context"
	"fmt"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/guard"
	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/session"
)

// ErrForgedProof is what reading a zero proof panics with: only guards mint
// proofs that work (GRD-004). The chain answers such a request with 500.
var ErrForgedProof = guard.ErrForgedProof

// Authenticated proves that a guard let this request pass. Its zero value proves
// nothing, and every method of it panics.
type Authenticated struct{ pass *pass }

// pass is what a guard knew when it minted a proof.
type pass struct {
	login session.Authenticated
	ref   session.Ref
}

func (a Authenticated) login() session.Authenticated {
	if a.pass == nil {
		panic(ErrForgedProof)
	}
	return a.pass.login
}

// UserID is the signed-in user.
func (a Authenticated) UserID() identity.UserID { return a.login().Subject().User }

// Tenant is the user's tenant.
func (a Authenticated) Tenant() identity.TenantID { return a.login().Subject().Tenant }

// DisplayName is the name that the account had at sign-in; it may be empty.
func (a Authenticated) DisplayName() string { return a.login().DisplayName() }

// AuthTime is when the sign-in was completed.
func (a Authenticated) AuthTime() time.Time { return a.login().AuthTime() }

// Factors is the evidence of this login, each with its own time.
func (a Authenticated) Factors() []identity.Evidence { return a.login().Evidence() }

// Assurance is what the evidence amounts to (SP 800-63B-4, RFC 8176).
func (a Authenticated) Assurance() identity.Assurance { return identity.Assess(a.Factors()) }

// Device is the recognized device of this login; zero if none was recognized.
func (a Authenticated) Device() identity.DeviceID { return a.login().Device() }

// Actor is the administrator who acts as this person, with true; false when it is
// the person themselves. Every decision and event of such a request is made by
// both.
func (a Authenticated) Actor() (identity.Actor, bool) {
	who, ok := a.login().Actor()
	if !ok {
		return identity.Actor{}, false
	}
	return identity.Actor{Subject: who.Subject, AuthnTime: who.AuthTime, Evidence: who.Evidence}, true
}

// SessionRef names the session in lists and logs. It opens nothing.
func (a Authenticated) SessionRef() identity.SessionID {
	a.login()
	return a.pass.ref
}

// Principal is who is asking, for policies and logs.
func (a Authenticated) Principal() identity.Human {
	login := a.login()
	f := identity.HumanFields{
		Subject: login.Subject(), Session: a.pass.ref, Device: login.Device(),
		AuthnTime: login.AuthTime(), Evidence: login.Evidence(),
	}
	if who, ok := a.Actor(); ok {
		f.Actor = &who
	}
	p, err := identity.NewHuman(f)
	if err != nil {
		// The guard has checked all of it; a failure here is a fault of ours.
		panic(fmt.Errorf("axess: principal: %w", err))
	}
	return p
}

// Partial proves that a login is in progress. Its zero value proves nothing, and
// every method of it panics.
type Partial struct{ flow *session.Authenticating }

func (p Partial) state() session.Authenticating {
	if p.flow == nil {
		panic(ErrForgedProof)
	}
	return *p.flow
}

// Method is the method in progress.
func (p Partial) Method() string { return p.state().Method() }

// Remaining are the steps that wait, the current one first.
func (p Partial) Remaining() []identity.Step { return p.state().Remaining() }

// Deadline is when the login lapses.
func (p Partial) Deadline() time.Time { return p.state().Deadline() }

// FromContext returns the proof of a guarded request to code that has only the
// context. ok is false as long as no guard has let the request pass.
func FromContext(ctx context.Context) (Authenticated, bool) {
	scope := respond.From(ctx)
	if scope == nil {
		return Authenticated{}, false
	}
	p, ok := scope.Get(respond.SlotProof).(*pass)
	return Authenticated{p}, ok
}
