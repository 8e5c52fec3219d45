package machine

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
)

var link = []identity.Evidence{proven("email_link", t0)}

// SES-006, SES-020
func TestWorkflow_goes_step_by_step(t *testing.T) {
	t.Parallel()
	w := workflowData(person)
	w.Total = 2
	s := must(t, Guest{}, StartWorkflow{Flow: w})
	if IsAuthenticated(s) {
		t.Fatal("a workflow is no login") // SES-007
	}
	for step := range 2 {
		if p := s.(PendingWorkflow); p.Step() != step || p.Total() != 2 {
			t.Fatalf("step %d of %d", p.Step(), p.Total())
		}
		if _, _, err := Next(s, FinishWorkflow{Evidence: link, Login: loginID}, t0); !errors.Is(err, ErrWorkflowIncomplete) {
			t.Fatalf("finished after %d of 2: %v", step, err)
		}
		s = must(t, s, StepWorkflow{})
	}
	if _, _, err := Next(s, StepWorkflow{}, t0); !errors.Is(err, ErrIllegalTransition) {
		t.Fatalf("a step past the last: %v", err)
	}
	p := s.(PendingWorkflow)
	if p.Subject() != person || p.Kind() != WorkflowSignup || p.Then() != ThenAuthenticated || p.Address() != "ann@example.com" ||
		!p.Deadline().Equal(w.Deadline) || !WorkflowOf(p).Started.Equal(t0) {
		t.Fatalf("workflow %+v", WorkflowOf(p))
	}
}

func TestWorkflow_start_refuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(*WorkflowData)
		want  error
	}{
		"no kind":               {func(w *WorkflowData) { w.Kind = "" }, ErrBadWorkflow},
		"65 bytes of kind":      {func(w *WorkflowData) { w.Kind = WorkflowKind(strings.Repeat("k", 65)) }, ErrBadWorkflow},
		"upper case":            {func(w *WorkflowData) { w.Kind = "Signup" }, ErrBadWorkflow},
		"a slash":               {func(w *WorkflowData) { w.Kind = "a/b" }, ErrBadWorkflow},
		"no steps":              {func(w *WorkflowData) { w.Total = 0 }, ErrBadWorkflow},
		"too many steps":        {func(w *WorkflowData) { w.Total = MaxWorkflowSteps + 1 }, ErrBadWorkflow},
		"an address of no text": {func(w *WorkflowData) { w.Address = "\xff" }, ErrBadWorkflow},
		"a step done":           {func(w *WorkflowData) { w.Step = 1 }, ErrBadWorkflow}, // SES-020
		"nothing to follow":     {func(w *WorkflowData) { w.Then = 0 }, ErrBadWorkflow},
		"unknown to follow":     {func(w *WorkflowData) { w.Then = ThenGuest + 1 }, ErrBadWorkflow},
		"deadline now":          {func(w *WorkflowData) { w.Deadline = t0 }, ErrBadWorkflow},
		"more than seven days":  {func(w *WorkflowData) { w.Deadline = t0.Add(MaxWorkflow + 1) }, ErrBadWorkflow},
		"a login brought":       {func(w *WorkflowData) { l := loginData(person); w.Prior = &l }, ErrBadWorkflow}, // SES-023
		"evidence brought":      {func(w *WorkflowData) { w.Passed = link }, ErrBadWorkflow},                      // SES-023
		"a debt brought":        {func(w *WorkflowData) { w.Owed = -1 }, ErrBadWorkflow},
		"a small debt brought":  {func(w *WorkflowData) { w.Owed = 1 }, ErrBadWorkflow},
		"after z":               {func(w *WorkflowData) { w.Kind = "a{" }, ErrBadWorkflow},
		"nobody":                {func(w *WorkflowData) { w.Subject.User = identity.UserID{} }, ErrBadSubject},
	}
	for name, tt := range tests {
		w := workflowData(person)
		tt.spoil(&w)
		if _, _, err := Next(Guest{}, StartWorkflow{Flow: w}, t0); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := workflowData(person)
	w.Deadline, w.Total = t0.Add(MaxWorkflow), MaxWorkflowSteps
	for _, kind := range []WorkflowKind{"axess.enrol-factor_2", "az.09", WorkflowKind(strings.Repeat("k", 64))} {
		w.Kind = kind
		if _, _, err := Next(Guest{}, StartWorkflow{Flow: w}, t0); err != nil {
			t.Errorf("kind %s, for seven days: %v", kind, err)
		}
	}
}

// SES-013 T10, SES-023
func TestFinishWorkflow_makes_a_login_with_evidence(t *testing.T) {
	t.Parallel()
	done := must(t, must(t, Guest{}, StartWorkflow{Flow: workflowData(person)}), StepWorkflow{})
	for name, tt := range map[string]struct {
		e    FinishWorkflow
		want error
	}{
		"no evidence":     {FinishWorkflow{Login: loginID}, ErrNoEvidence},
		"future evidence": {FinishWorkflow{Evidence: []identity.Evidence{proven("email_link", t0.Add(time.Hour))}, Login: loginID}, ErrBadEvidence},
		"no login id":     {FinishWorkflow{Evidence: link}, ErrBadLogin},
		"a lower stamp":   {FinishWorkflow{Evidence: link, Login: loginID, Epochs: identity.Epochs{User: 9}}, ErrBadLogin},
	} {
		if _, _, err := Next(done, tt.e, t0); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	now := t0.Add(time.Minute)
	next, _, err := Next(done, FinishWorkflow{Evidence: link, Login: loginID, Profile: Profile{DisplayName: "Ann"}}, now)
	if err != nil {
		t.Fatal(err)
	}
	l := next.(Authenticated)
	if l.Origin() != OriginSignup || !l.AuthTime().Equal(now) || l.LoginID() != loginID || l.Epochs().User != 3 || len(l.Evidence()) != 1 || l.DisplayName() != "Ann" {
		t.Errorf("login %+v", LoginOf(l))
	}
}

// SES-013 T11, SES-013 T10
func TestFinishWorkflow_returns_to_the_login_that_it_interrupted(t *testing.T) {
	t.Parallel()
	base := loggedIn(t)
	w := workflowData(person)
	w.Kind = "axess.change-password"
	s := must(t, must(t, base, StartWorkflow{Flow: w}), StepWorkflow{})
	raised := identity.Epochs{Global: 1, Tenant: 2, User: 4}
	e := FinishWorkflow{Evidence: link, Login: idOf[identity.LoginID](9), Epochs: raised, Profile: Profile{DisplayName: "Eve"}}
	next, effect, err := Next(s, e, t0)
	if err != nil || effect.Data != Keep {
		t.Fatalf("%+v, %v", effect, err)
	}
	want := loginData(person)
	want.Evidence = append(want.Evidence, link...)
	want.Epochs = raised
	if got := LoginOf(next.(Authenticated)); dumpLogin(*got) != dumpLogin(want) {
		t.Fatalf("login %+v", got)
	}
	e.Epochs = identity.Epochs{}
	if got := must(t, s, e).(Authenticated); got.Epochs() != base.Epochs() {
		t.Fatalf("stamp %v", got.Epochs())
	}
	e.Epochs = identity.Epochs{User: 9}
	if _, _, err := Next(s, e, t0); !errors.Is(err, ErrBadLogin) {
		t.Fatalf("a lower stamp: %v", err)
	}
}

// SES-013 T11, SES-021
func TestWorkflow_over_a_login_is_not_passed_by_waiting(t *testing.T) {
	t.Parallel()
	s := must(t, loggedIn(t), StartWorkflow{Flow: workflowData(person)})
	got, effect, late := AtDeadline(s, t0.Add(24*time.Hour))
	if !late || got != (Guest{}) || !effect.Ended {
		t.Fatalf("%+v, %+v", got, effect)
	}
	// The login that went with it is named to whoever begins the next one.
	_, effect, err := Next(s, Begin{FlowData{ID: FlowID{2}, Subject: other, Method: "m", Steps: []identity.Step{password}, Deadline: t0.AddDate(0, 0, 2)}}, t0.AddDate(0, 0, 1))
	if err != nil || effect.EndedFirst != person || effect.Data != Clear || effect.Ended {
		t.Fatalf("%+v, %v", effect, err)
	}
}

// What a workflow owes cannot be left behind by starting another, or by a login
// from elsewhere. A login from the start is none: it asks for everything again.
func TestWorkflow_that_owes_is_left_by_nobody(t *testing.T) {
	t.Parallel()
	fresh := must(t, flowOf(t, flowData(person, password)), StartWorkflow{Flow: workflowData(person)})
	passed := *must(t, Guest{}, StartWorkflow{Flow: workflowData(person)}).(PendingWorkflow).flow
	passed.Passed = link
	for name, s := range map[string]State{
		"a step owed":       fresh,
		"a step passed":     PendingWorkflow{&passed},
		"a login before it": must(t, loggedIn(t), StartWorkflow{Flow: workflowData(person)}),
	} {
		for event, e := range map[string]Event{
			"another workflow": StartWorkflow{Flow: workflowData(person)},
			"a login":          Adopt{loginData(person)},
			"another flow":     Begin{flowData(person, password)},
		} {
			next, effect, err := Next(s, e, t0)
			if again, ok := next.(Authenticating); ok && event == "another flow" && name != "a login before it" {
				if len(again.flow.Done) != 0 || effect.Data != Clear || !effect.NewID || err != nil {
					t.Errorf("%s, left by %s: %+v, %+v, %v", name, event, again.flow, effect, err)
				}
				continue
			}
			if !errors.Is(err, ErrIllegalTransition) {
				t.Errorf("%s, left by %s: %v", name, event, err)
			}
		}
	}
}

// A login that is full takes nothing more, and is not lost over it.
func TestFinishWorkflow_over_a_full_login_refuses(t *testing.T) {
	t.Parallel()
	base := must(t, loggedIn(t), Regenerate{Evidence: repeat(MaxEvidence-1, proven("totp", t0))})
	s := must(t, must(t, base, StartWorkflow{Flow: workflowData(person)}), StepWorkflow{})
	if next, _, err := Next(s, FinishWorkflow{Evidence: link, Login: loginID}, t0); !errors.Is(err, ErrEvidenceFull) || next != s {
		t.Errorf("%T, %v", next, err)
	}
}

// SES-011: a workflow is no way around a step of the login that it interrupts.
func TestWorkflow_inside_a_login_owes_what_the_login_lacked(t *testing.T) {
	t.Parallel()
	half := must(t, flowOf(t, flowData(person, password, totp, either)), Pass{Evidence: proven("password", t0)})
	w := workflowData(person)
	w.Kind = "axess.enrol-factor"
	s := must(t, must(t, half, StartWorkflow{Flow: w}), StepWorkflow{})
	e := FinishWorkflow{Evidence: []identity.Evidence{proven("totp", t0)}, Login: loginID}
	if _, _, err := Next(s, e, t0); !errors.Is(err, ErrNoEvidence) {
		t.Fatalf("two evidences for three steps: %v", err)
	}
	e.Evidence = append(e.Evidence, proven("passkey", t0))
	l := must(t, s, e).(Authenticated)
	if ev := l.Evidence(); len(ev) != 3 || ev[0].Kind != "password" || ev[2].Kind != "passkey" || l.Origin() != OriginFactors {
		t.Fatalf("login %+v", LoginOf(l))
	}
}

func TestWorkflow_of_a_decoy_never_finishes(t *testing.T) {
	t.Parallel()
	f := flowData(person, password)
	f.Decoy = true
	decoy := flowOf(t, f)
	if _, _, err := Next(decoy, StartWorkflow{Flow: workflowData(person)}, t0); !errors.Is(err, ErrIllegalTransition) {
		t.Fatalf("a decoy became real: %v", err)
	}
	for _, then := range []Then{ThenAuthenticated, ThenGuest} {
		w := workflowData(person)
		w.Decoy, w.Then = true, then
		s := must(t, must(t, decoy, StartWorkflow{Flow: w}), StepWorkflow{})
		if _, _, err := Next(s, FinishWorkflow{Evidence: repeat(3, link[0]), Login: loginID}, t0); !errors.Is(err, ErrIllegalTransition) {
			t.Fatalf("finished: %v", err)
		}
	}
}
