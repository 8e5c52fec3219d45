package machine

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
)

// changePassword is a workflow that stands between a passed login and its session.
func changePassword() WorkflowData {
	w := workflowData(person)
	w.Kind = "axess.change-password"
	return w
}

// AUN-121, AUN-137, SES-013 T8: a login of which every step is passed may still have to
// do something first; what it has proven goes along, and nothing else does.
func TestStartWorkflow_in_the_place_of_a_completed_login(t *testing.T) {
	t.Parallel()
	half := must(t, flowOf(t, flowData(person, password, totp)), Pass{Evidence: proven("password", t0)})
	p := earn(t, half.(Authenticating), "totp")
	s := must(t, half, StartWorkflow{Flow: changePassword(), Proof: p})
	if IsAuthenticated(s) {
		t.Fatal("signed in before it is done")
	}
	w := WorkflowOf(s.(PendingWorkflow))
	if len(w.Passed) != 2 || w.Owed != 0 || w.voluntary() {
		t.Fatalf("workflow %+v", w)
	}
	for event, e := range map[string]Event{
		"another workflow": StartWorkflow{Flow: workflowData(person)},
		"a login":          Adopt{loginData(person)},
		"its proof":        Complete{Proof: p, Login: loginID},
	} {
		if _, _, err := Next(s, e, t0); !errors.Is(err, ErrIllegalTransition) {
			t.Errorf("left by %s: %v", event, err)
		}
	}
	finish := FinishWorkflow{Evidence: []identity.Evidence{proven("password", t0)}, Login: loginID}
	if _, _, err := Next(s, finish, t0); !errors.Is(err, ErrWorkflowIncomplete) {
		t.Fatalf("finished before it was done: %v", err)
	}
	l := must(t, must(t, s, StepWorkflow{}), finish).(Authenticated)
	if ev := l.Evidence(); len(ev) != 3 || ev[0].Kind != "password" || ev[1].Kind != "totp" || ev[2].Kind != "password" || l.Origin() != OriginFactors {
		t.Fatalf("login %+v", LoginOf(l))
	}
}

// AUN-003, AUN-I0: what does not complete a login does not begin such a workflow.
func TestStartWorkflow_refuses_a_proof_that_is_not_this_logins(t *testing.T) {
	t.Parallel()
	one := flowOf(t, flowData(person, password))
	half := must(t, flowOf(t, flowData(person, password, totp)), Pass{Evidence: proven("password", t0)})
	p := earn(t, one, "password")
	again := flowData(person, password)
	again.ID = FlowID{77}
	foreign, decoy := changePassword(), changePassword()
	foreign.Subject, decoy.Decoy = other, true
	tests := map[string]struct {
		from State
		e    StartWorkflow
		want error
	}{
		"nobody's flow":     {Guest{}, StartWorkflow{Flow: changePassword(), Proof: p}, ErrIllegalTransition},
		"a workflow":        {must(t, Guest{}, StartWorkflow{Flow: workflowData(person)}), StartWorkflow{Flow: changePassword(), Proof: p}, ErrIllegalTransition},
		"a step-up":         {must(t, loggedIn(t), StepUp{flowData(person, password)}), StartWorkflow{Flow: changePassword(), Proof: p}, ErrIllegalTransition},
		"another flow":      {flowOf(t, again), StartWorkflow{Flow: changePassword(), Proof: p}, ErrBadProof},
		"a step missing":    {half, StartWorkflow{Flow: changePassword(), Proof: p}, ErrBadProof},
		"somebody else":     {one, StartWorkflow{Flow: foreign, Proof: p}, ErrBadProof},
		"nobody's workflow": {one, StartWorkflow{Flow: decoy, Proof: p}, ErrBadProof},
	}
	for name, tt := range tests {
		if next, _, err := Next(tt.from, tt.e, t0); !errors.Is(err, tt.want) || next != tt.from {
			t.Errorf("%s: %T, %v", name, next, err)
		}
	}
	if _, _, err := Next(one, StartWorkflow{Flow: changePassword(), Proof: p}, t0.Add(-time.Hour)); err == nil {
		t.Error("with evidence from the future")
	}
}

// SES-013 T10, SES-013 T8: of two things to do before a login the second follows the
// first, with what both have proven.
func TestStartWorkflow_after_another_on_the_way_to_a_login(t *testing.T) {
	t.Parallel()
	half := must(t, flowOf(t, flowData(person, password, totp)), Pass{Evidence: proven("password", t0)})
	enrol := workflowData(person)
	enrol.Kind = "axess.enrol-factor"
	begun := must(t, half, StartWorkflow{Flow: enrol})
	done := must(t, begun, StepWorkflow{})
	app := []identity.Evidence{proven("totp", t0)}
	follow := StartWorkflow{Flow: changePassword(), Evidence: app}
	if _, _, err := Next(begun, follow, t0); !errors.Is(err, ErrWorkflowIncomplete) {
		t.Fatalf("before the first was done: %v", err)
	}
	owed := *done.(PendingWorkflow).flow
	owed.Owed = 2
	late := []identity.Evidence{proven("totp", t0.Add(time.Hour))}
	foreign, nobody := changePassword(), changePassword()
	foreign.Subject, nobody.Decoy = other, true
	for name, tt := range map[string]struct {
		from State
		e    StartWorkflow
		want error
	}{
		"too little":        {PendingWorkflow{&owed}, follow, ErrNoEvidence},
		"from the future":   {done, StartWorkflow{Flow: changePassword(), Evidence: late}, ErrBadEvidence},
		"somebody else":     {done, StartWorkflow{Flow: foreign, Evidence: app}, ErrIllegalTransition},
		"nobody's workflow": {done, StartWorkflow{Flow: nobody, Evidence: app}, ErrIllegalTransition},
		"no workflow":       {half, follow, ErrIllegalTransition},
		"a full login":      {done, StartWorkflow{Flow: changePassword(), Evidence: repeat(MaxEvidence, proven("totp", t0))}, ErrEvidenceFull},
		"over a login":      {must(t, must(t, loggedIn(t), StartWorkflow{Flow: enrol}), StepWorkflow{}), follow, ErrIllegalTransition},
	} {
		if next, _, err := Next(tt.from, tt.e, t0); !errors.Is(err, tt.want) || next != tt.from {
			t.Errorf("%s: %T, %v", name, next, err)
		}
	}
	s := must(t, done, follow)
	if w := WorkflowOf(s.(PendingWorkflow)); len(w.Passed) != 2 || w.Owed != 0 || w.Step != 0 || w.Kind != "axess.change-password" {
		t.Fatalf("workflow %+v", w)
	}
	finish := FinishWorkflow{Evidence: []identity.Evidence{proven("password", t0)}, Login: loginID}
	if l := must(t, must(t, s, StepWorkflow{}), finish).(Authenticated); len(l.Evidence()) != 3 {
		t.Fatalf("login %+v", LoginOf(l))
	}
}
