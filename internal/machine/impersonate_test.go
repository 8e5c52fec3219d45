package machine

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
)

// SES-018: the login is the target's in name, says who acts, and proves nothing;
// the administrator's own comes back as it was.
func TestImpersonate_keeps_the_administrator_beside_the_person(t *testing.T) {
	t.Parallel()
	own := loggedIn(t)
	before := dump(own)
	acting := must(t, own, impersonation()).(Authenticated)
	if acting.Subject() != colleague || acting.Origin() != OriginImpersonation || acting.DisplayName() != "Bo" || acting.LoginID() == own.LoginID() ||
		acting.Epochs().User != 9 || !acting.AuthTime().Equal(t0) || !IsAuthenticated(acting) {
		t.Errorf("%+v", LoginOf(acting))
	}
	// AUN-142: with the administrator's factors nobody passes for the person.
	if a := identity.Assess(acting.Evidence()); a.AAL != identity.AAL0 || len(acting.Evidence()) != 1 || acting.Evidence()[0].Kind != KindImpersonation {
		t.Errorf("%+v", a)
	}
	who, ok := acting.Actor()
	if !ok || who.Subject != person || who.DisplayName != "Ann" || who.Reason != "ticket 7" || !who.Until.Equal(t0.Add(15*time.Minute)) ||
		who.Login != own.LoginID() || len(who.Evidence) != 1 || who.Evidence[0].Kind != "password" || !who.AuthTime.Equal(own.AuthTime()) {
		t.Errorf("%+v", who)
	}
	who.Evidence[0].AMR[0] = "none"
	if _, ok := own.Actor(); ok || ActorOf(own) != nil || ActorOf(Guest{}) != nil || ActorOf(Authenticated{}) != nil || ActorOf(acting) == nil {
		t.Error("an actor where nobody acts")
	}
	again := must(t, must(t, acting, Regenerate{}), StopImpersonating{})
	if dump(again) != before {
		t.Errorf("came back as\n%s, was\n%s", dump(again), before)
	}
}

// SES-018, AUN-141
func TestImpersonate_refusals(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		edit func(*Impersonate)
		want error
	}{
		"approved for another":  {func(e *Impersonate) { e.By = colleague }, ErrBadSubject},
		"approved for nobody":   {func(e *Impersonate) { e.By = identity.Subject{} }, ErrBadSubject},
		"as nobody":             {func(e *Impersonate) { e.Target = identity.Subject{} }, ErrBadSubject},
		"as oneself":            {func(e *Impersonate) { e.Target = person }, ErrBadSubject},
		"as one of elsewhere":   {func(e *Impersonate) { e.Target = other }, ErrBadSubject},
		"as the background":     {func(e *Impersonate) { e.Target.User = identity.SystemUser }, ErrBadSubject},
		"under the own login":   {func(e *Impersonate) { e.Login = loginID }, ErrBadSubject},
		"without login":         {func(e *Impersonate) { e.Login = identity.LoginID{} }, ErrBadLogin},
		"without reason":        {func(e *Impersonate) { e.Reason = "" }, ErrBadImpersonation},
		"with a novel":          {func(e *Impersonate) { e.Reason = strings.Repeat("x", MaxReason+1) }, ErrBadImpersonation},
		"with a broken reason":  {func(e *Impersonate) { e.Reason = "\xff" }, ErrBadImpersonation},
		"for no time":           {func(e *Impersonate) { e.Until = t0 }, ErrBadImpersonation},
		"for too long":          {func(e *Impersonate) { e.Until = t0.Add(MaxImpersonation + 1) }, ErrBadImpersonation},
		"after the own session": {func(e *Impersonate) { e.AbsUntil = t0 }, ErrBadImpersonation},
		"of no own session":     {func(e *Impersonate) { e.CreatedAt, e.AbsUntil = time.Time{}, time.Time{} }, ErrBadImpersonation},
	} {
		e := impersonation()
		tc.edit(&e)
		if _, _, err := Next(loggedIn(t), e, t0); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	e := impersonation()
	e.Until, e.AbsUntil = t0.Add(MaxImpersonation), t0.Add(time.Minute)
	if a := ActorOf(must(t, loggedIn(t), e)); !a.Until.Equal(e.AbsUntil) {
		t.Errorf("acts until %v, is signed in until %v", a.Until, e.AbsUntil)
	}
}

// AUN-142, SES-018: neither factors nor the other sessions of a person are the
// business of who acts in their name.
func TestImpersonated_changes_nothing_of_the_person(t *testing.T) {
	t.Parallel()
	acting := must(t, loggedIn(t), impersonation())
	epochs := identity.Epochs{Global: 1, Tenant: 2, User: 10}
	for name, e := range map[string]Event{
		"enrolled": Regenerate{Evidence: []identity.Evidence{proven("totp", t0)}},
		"restamp":  Regenerate{Epochs: &epochs},
		"step up":  StepUp{flowData(colleague, totp)},
		"workflow": StartWorkflow{Flow: workflowData(colleague)},
	} {
		if _, _, err := Next(acting, e, t0); !errors.Is(err, ErrIllegalTransition) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// SES-002, SES-018: a stored impersonation is held to what a move makes.
func TestRestoreLogin_of_an_impersonation(t *testing.T) {
	t.Parallel()
	fresh := func() *LoginData {
		l := *LoginOf(must(t, loggedIn(t), impersonation()).(Authenticated))
		actor, own := *l.Actor, *l.Actor.Login
		actor.Login, l.Actor = &own, &actor
		return &l
	}
	if _, err := RestoreLogin(fresh()); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		edit func(*LoginData)
		want error
	}{
		"without actor":       {func(l *LoginData) { l.Actor = nil }, ErrBadLogin},
		"of another origin":   {func(l *LoginData) { l.Origin = OriginFactors }, ErrBadImpersonation},
		"hollow actor":        {func(l *LoginData) { l.Actor = &ActorData{} }, ErrBadImpersonation},
		"actor in the actor":  {func(l *LoginData) { l.Actor.Login.Actor = l.Actor }, ErrBadLogin},
		"actor of elsewhere":  {func(l *LoginData) { l.Actor.Login.Subject = other }, ErrBadSubject},
		"with real evidence":  {func(l *LoginData) { l.Evidence = []identity.Evidence{proven("password", t0)} }, ErrBadEvidence},
		"with a class":        {func(l *LoginData) { l.Evidence[0].Class = identity.Knowledge }, ErrBadEvidence},
		"with more evidence":  {func(l *LoginData) { l.Evidence = append(l.Evidence, l.Evidence[0]) }, ErrBadEvidence},
		"of another kind":     {func(l *LoginData) { l.Evidence[0].Kind = "password" }, ErrBadEvidence},
		"with a reference":    {func(l *LoginData) { l.Evidence[0].AMR = []string{"pwd"} }, ErrBadEvidence},
		"timeless evidence":   {func(l *LoginData) { l.Evidence[0].At = time.Time{} }, ErrBadEvidence},
		"past the own end":    {func(l *LoginData) { l.Actor.AbsUntil = l.Actor.Until.Add(-1) }, ErrBadImpersonation},
		"own session endless": {func(l *LoginData) { l.Actor.AbsUntil = time.Unix(endOfTime, 0) }, ErrBadImpersonation},
		"for too long":        {func(l *LoginData) { l.Actor.Until = l.AuthTime.Add(MaxImpersonation + 1) }, ErrBadImpersonation},
		"actor without proof": {func(l *LoginData) { l.Actor.Login.Evidence = nil }, ErrNoEvidence},
	} {
		l := fresh()
		tc.edit(l)
		if s, err := RestoreLogin(l); !errors.Is(err, tc.want) || s != nil {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	// Nothing is built on an impersonated login.
	f := *flowOf(t, flowData(colleague, password)).flow
	f.Base = fresh()
	w := *must(t, Guest{}, StartWorkflow{Flow: workflowData(colleague)}).(PendingWorkflow).flow
	w.Prior = fresh()
	_, flowErr := RestoreFlow(&f)
	_, workErr := RestoreWorkflow(&w)
	if !errors.Is(flowErr, ErrBadLogin) || !errors.Is(workErr, ErrBadLogin) {
		t.Errorf("flow: %v; workflow: %v", flowErr, workErr)
	}
}
