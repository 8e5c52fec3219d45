package machine

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
)

// SES-013 T4, SES-005
func TestComplete_makes_a_login_of_every_step(t *testing.T) {
	t.Parallel()
	a := must(t, flowOf(t, flowData(person, password, either)), Pass{Evidence: proven("password", t0)}).(Authenticating)
	e := Complete{Proof: earn(t, a, "passkey"), Login: loginID, Profile: Profile{DisplayName: "Ann", AuditHandle: [16]byte{4}}}
	now := t0.Add(time.Minute)
	next, _, err := Next(a, e, now)
	if err != nil {
		t.Fatal(err)
	}
	l := next.(Authenticated)
	if l.Subject() != person || !l.AuthTime().Equal(now) || l.Origin() != OriginFactors || l.LoginID() != loginID {
		t.Errorf("login %+v", LoginOf(l))
	}
	if l.DisplayName() != "Ann" || l.AuditHandle() != [16]byte{4} || l.Epochs() != FlowOf(a).Epochs || !l.Device().IsZero() || !IsAuthenticated(l) {
		t.Errorf("login %+v", LoginOf(l))
	}
	ev := l.Evidence()
	if len(ev) != 2 || ev[0].Kind != "password" || ev[1].Kind != "passkey" || !ev[1].At.Equal(t0) {
		t.Errorf("evidence %v", ev)
	}
	ev[0].AMR[0] = "none"
	if l.Evidence()[0].AMR[0] != "password" || e.Proof.Evidence()[0].AMR[0] != "password" {
		t.Error("evidence changed from outside")
	}

	// What happened since the flow began is for the session to find; a stamp never
	// falls behind the flow's.
	e.Epochs = identity.Epochs{Global: 1, Tenant: 2, User: 4}
	if l := must(t, a, e).(Authenticated); l.Epochs() != e.Epochs {
		t.Errorf("stamp %v", l.Epochs())
	}
	e.Epochs.User = 2
	if _, _, err := Next(a, e, t0); !errors.Is(err, ErrBadLogin) {
		t.Errorf("a stamp below the flow's: %v", err)
	}
	e.Epochs, e.Login = identity.Epochs{}, identity.LoginID{}
	if _, _, err := Next(a, e, t0); !errors.Is(err, ErrBadLogin) {
		t.Errorf("no login id: %v", err)
	}
}

// SES-007, SES-016, SES-013 T6, SES-013 T7
func TestComplete_over_a_base_only_adds_evidence(t *testing.T) {
	t.Parallel()
	base := loggedIn(t)
	up := must(t, base, StepUp{flowData(person, totp)}).(Authenticating)
	if got, ok := up.Base(); !ok || got != base || !IsAuthenticated(up) {
		t.Fatal("the login is gone during the step-up")
	}
	next := must(t, up, Complete{
		Proof:   earn(t, up, "totp"),
		Login:   idOf[identity.LoginID](9),
		Epochs:  identity.Epochs{Global: 9, Tenant: 9, User: 9},
		Profile: Profile{DisplayName: "Eve"},
	})
	want := loginData(person)
	want.Evidence = append(want.Evidence, proven("totp", t0))
	if got := LoginOf(next.(Authenticated)); dumpLogin(*got) != dumpLogin(want) {
		t.Fatalf("login %+v", got)
	}
}

// dumpLogin leaves out the spare room of slices.
func dumpLogin(l LoginData) string {
	l.Evidence = l.Evidence[:len(l.Evidence):len(l.Evidence)]
	return dump(l)
}

// SES-017
func TestStepUp_that_ends_restores_the_base_exactly(t *testing.T) {
	t.Parallel()
	base := loggedIn(t)
	before := dump(base)
	up := must(t, base, StepUp{flowData(person, password, totp)})
	half := must(t, must(t, up, Fail{}), Pass{Evidence: proven("password", t0)})
	expired, _, _ := AtDeadline(half, FlowOf(half.(Authenticating)).Deadline)
	for name, s := range map[string]State{"abort": must(t, half, Abort{}), "deadline": expired} {
		if dump(s) != before {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func TestStepUp_refuses(t *testing.T) {
	t.Parallel()
	base := loggedIn(t)
	decoy := flowData(person, totp)
	decoy.Decoy = true
	for name, tt := range map[string]struct {
		flow FlowData
		want error
	}{
		"another person": {flowData(other, totp), ErrBadSubject},
		"a decoy":        {decoy, ErrIllegalTransition},
		"no steps":       {flowData(person), ErrEmptyMethod}, // SES-011
	} {
		if _, _, err := Next(base, StepUp{tt.flow}, t0); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// SES-013 T12
func TestRegenerate_keeps_the_login(t *testing.T) {
	t.Parallel()
	base := loggedIn(t)
	next, effect, err := Next(base, Regenerate{}, t0)
	if err != nil || !effect.Grace || dump(next) != dump(base) {
		t.Fatalf("plain: %+v, %v", effect, err)
	}
	raised := identity.Epochs{Global: 1, Tenant: 2, User: 4}
	next, effect, err = Next(base, Regenerate{Epochs: &raised, Evidence: []identity.Evidence{proven("totp", t0)}}, t0)
	if err != nil || effect.Grace {
		t.Fatalf("after a raise the old id has no grace: %+v, %v", effect, err)
	}
	l := next.(Authenticated)
	if l.Epochs() != raised || len(l.Evidence()) != 2 || !l.AuthTime().Equal(base.AuthTime()) || l.LoginID() != loginID {
		t.Fatalf("login %+v", LoginOf(l))
	}
	raised.User = 99
	if l.Epochs().User != 4 {
		t.Fatal("the stamp is shared with the event")
	}
	low := identity.Epochs{Global: 1, Tenant: 2, User: 2}
	if _, _, err := Next(base, Regenerate{Epochs: &low}, t0); !errors.Is(err, ErrBadLogin) {
		t.Fatalf("a lower stamp: %v", err)
	}
	if _, _, err := Next(base, Regenerate{Evidence: []identity.Evidence{proven("totp", t0.Add(time.Hour))}}, t0); !errors.Is(err, ErrBadEvidence) {
		t.Fatalf("evidence from the future: %v", err)
	}
}

// The list of evidence is bounded, and what is full refuses instead of
// forgetting (SES-016).
func TestEvidence_is_bounded_and_never_dropped(t *testing.T) {
	t.Parallel()
	var s State = loggedIn(t)
	fill := Regenerate{Evidence: repeat(MaxEvidence-1, proven("totp", t0))}
	s = must(t, s, fill)
	up := must(t, s, StepUp{flowData(person, totp)}).(Authenticating)
	if _, _, err := Next(up, Complete{Proof: earn(t, up, "totp")}, t0); !errors.Is(err, ErrEvidenceFull) {
		t.Fatalf("step-up: %v", err)
	}
	if _, _, err := Next(s, Regenerate{Evidence: fill.Evidence[:1]}, t0); !errors.Is(err, ErrEvidenceFull) {
		t.Fatalf("regenerate: %v", err)
	}
	if len(must(t, up, Abort{}).(Authenticated).Evidence()) != MaxEvidence {
		t.Fatal("evidence is gone")
	}
}

// SES-013 T13, SES-023
func TestAdopt_takes_only_a_whole_login(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(*LoginData)
		want  error
	}{
		"no evidence":            {func(l *LoginData) { l.Evidence = nil }, ErrNoEvidence}, // SES-023
		"nameless evidence":      {func(l *LoginData) { l.Evidence[0].Kind = "" }, ErrBadEvidence},
		"future evidence":        {func(l *LoginData) { l.Evidence[0].At = t0.Add(time.Hour) }, ErrBadEvidence},
		"no subject":             {func(l *LoginData) { l.Subject = identity.Subject{} }, ErrBadSubject},
		"the background":         {func(l *LoginData) { l.Subject.User = identity.SystemUser }, ErrBadSubject}, // SES-022
		"no origin":              {func(l *LoginData) { l.Origin = 0 }, ErrBadLogin},
		"unknown origin":         {func(l *LoginData) { l.Origin = OriginSignup + 1 }, ErrBadLogin},
		"an impersonation":       {func(l *LoginData) { l.Origin = OriginImpersonation }, ErrBadLogin},
		"no login id":            {func(l *LoginData) { l.Login = identity.LoginID{} }, ErrBadLogin},
		"no time":                {func(l *LoginData) { l.AuthTime = time.Time{} }, ErrBadLogin},
		"the year 1970":          {func(l *LoginData) { l.AuthTime = time.Unix(0, 0) }, ErrBadLogin},
		"a time to come":         {func(l *LoginData) { l.AuthTime = t0.Add(EvidenceSkew + 1) }, ErrBadLogin},
		"a kind of no text":      {func(l *LoginData) { l.Evidence[0].Kind = "\xff" }, ErrBadEvidence},
		"a reference of no text": {func(l *LoginData) { l.Evidence[0].AMR[0] = "\xff" }, ErrBadEvidence},
		"17 references":          {func(l *LoginData) { l.Evidence[0].AMR = repeat(MaxAMR+1, "pwd") }, ErrBadEvidence},
		"a name of no text":      {func(l *LoginData) { l.Profile.DisplayName = "\xff" }, ErrBadLogin},
		"too much evidence":      {func(l *LoginData) { l.Evidence = repeat(MaxEvidence+1, l.Evidence[0]) }, ErrEvidenceFull},
	}
	for name, tt := range tests {
		l := loginData(person)
		tt.spoil(&l)
		if _, _, err := Next(Guest{}, Adopt{l}, t0); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// At every limit a login is still whole.
	full := loginData(person)
	full.AuthTime = t0.Add(EvidenceSkew)
	full.Evidence[0].AMR = repeat(MaxAMR, "pwd")
	full.Evidence = repeat(MaxEvidence, full.Evidence[0])
	if _, _, err := Next(Guest{}, Adopt{full}, t0); err != nil {
		t.Errorf("a login at its limits: %v", err)
	}
	l := loginData(person)
	l.Origin, l.Device = OriginFederated, idOf[identity.DeviceID](3)
	got := must(t, Guest{}, Adopt{l}).(Authenticated)
	l.Evidence[0].AMR[0] = "none"
	if got.Origin() != OriginFederated || got.Device() != l.Device || !got.AuthTime().Equal(l.AuthTime) || got.Evidence()[0].AMR[0] != "password" {
		t.Errorf("adopted %+v", LoginOf(got))
	}
}

// SES-001, SES-002, SES-006
func TestStates_read_on_their_zero_values(t *testing.T) {
	t.Parallel()
	var a Authenticating
	_, based := a.Base()
	if !a.Subject().IsZero() || a.Method() != "" || a.Menu() != nil || len(a.Remaining()) != 0 || a.Current().Len() != 0 || len(a.Done()) != 0 ||
		a.StepNumber() != 0 || a.StepsTotal() != 0 || !a.Deadline().IsZero() || a.Identifier() != "" || based {
		t.Error("Authenticating")
	}
	var l Authenticated
	if !l.Subject().IsZero() || !l.AuthTime().IsZero() || len(l.Evidence()) != 0 || l.Origin() != 0 || !l.LoginID().IsZero() ||
		l.Epochs() != (identity.Epochs{}) || !l.Device().IsZero() || l.DisplayName() != "" {
		t.Error("Authenticated")
	}
	var p PendingWorkflow
	if !p.Subject().IsZero() || p.Kind() != "" || p.Step() != 0 || p.Total() != 0 || !p.Deadline().IsZero() || p.Then() != 0 || p.Address() != "" {
		t.Error("PendingWorkflow")
	}
	for _, s := range []State{nil, Guest{}, Identifying{}, a, l, p} {
		// A login that anybody can write down is not one (SES-007).
		if IsAuthenticated(s) || !Subject(s).IsZero() {
			t.Errorf("%T counts as somebody", s)
		}
		if got, _, late := AtDeadline(s, t0.AddDate(100, 0, 0)); late || got != s {
			t.Errorf("%T has a deadline", s)
		}
	}
}
