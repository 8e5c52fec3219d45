package machine

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
)

// SES-009, SES-010, SES-012
func TestAdvance_takes_the_first_remaining_step_and_no_other(t *testing.T) {
	t.Parallel()
	a := flowOf(t, flowData(person, password, either))
	before := dump(a)

	// The kind of the second step, before the first: upstream libraries take it.
	next, out, p, err := Advance(a, proven("totp", t0), t0)
	if !errors.Is(err, ErrStepMismatch) || out != NotApplicable || dump(p) != dump(Proof{}) || dump(next) != before {
		t.Fatalf("second step first: %v, %v, %v", out, p, err)
	}

	next, out, p, err = Advance(a, proven("password", t0), t0)
	if err != nil || out != StillAuthenticating || dump(p) != dump(Proof{}) {
		t.Fatalf("first step: %v, %v, %v", out, p, err)
	}
	if !next.Current().Equal(either) || len(next.Remaining()) != 1 {
		t.Fatalf("the choice is gone: %v", next.Remaining())
	}
	if _, _, _, err := Advance(next, proven("password", t0), t0); !errors.Is(err, ErrStepMismatch) {
		t.Fatalf("one password for two steps: %v", err)
	}

	last, out, p, err := Advance(next, proven("passkey", t0), t0)
	if err != nil || out != Completed || p.Subject() != person {
		t.Fatalf("last step: %v, %v, %v", out, p, err)
	}
	if ev := p.Evidence(); len(ev) != 2 || ev[0].Kind != "password" || ev[1].Kind != "passkey" {
		t.Fatalf("evidence %v", ev)
	}
	if dump(a) != before {
		t.Fatal("Advance wrote to the flow that it was given")
	}

	// SES-011
	if _, out, p, err := Advance(last, proven("passkey", t0), t0); !errors.Is(err, ErrEmptyMethod) || out != NotApplicable || p.flow != (FlowID{}) {
		t.Fatalf("nothing left: %v, %v, %v", out, p, err)
	}
}

func TestAdvance_refuses(t *testing.T) {
	t.Parallel()
	f := flowData(person, password)
	decoy := f
	decoy.Decoy = true
	late := f.Deadline
	tests := map[string]struct {
		flow Authenticating
		ev   identity.Evidence
		now  time.Time
		want error
	}{
		"evidence from the future":     {flowOf(t, f), proven("password", t0.Add(EvidenceSkew+1)), t0, ErrBadEvidence},
		"evidence without time":        {flowOf(t, f), proven("password", time.Time{}), t0, ErrBadEvidence},
		"a decoy":                      {flowOf(t, decoy), proven("password", t0), t0, ErrIllegalTransition},
		"a decoy, like others at that": {flowOf(t, decoy), proven("totp", t0), t0, ErrStepMismatch},
		"a flow at its deadline":       {flowOf(t, f), proven("password", late), late, ErrIllegalTransition}, // SES-021
		"a hollow flow":                {Authenticating{}, proven("password", t0), t0, ErrIllegalTransition},
	}
	for name, tt := range tests {
		_, out, p, err := Advance(tt.flow, tt.ev, tt.now)
		if !errors.Is(err, tt.want) || out != NotApplicable || dump(p) != dump(Proof{}) {
			t.Errorf("%s: %v, %v, %v", name, out, p, err)
		}
	}
	if _, out, _, err := Advance(flowOf(t, f), proven("password", t0.Add(EvidenceSkew)), t0); err != nil || out != Completed {
		t.Errorf("evidence of a clock just so far ahead: %v, %v", out, err)
	}
}

// SES-012, SES-023
func TestComplete_takes_only_the_proof_of_this_flow(t *testing.T) {
	t.Parallel()
	two := flowData(person, password, totp)
	half := must(t, flowOf(t, two), Pass{Evidence: proven("password", t0)}).(Authenticating)
	good := earn(t, half, "totp")

	// The same flow with another first evidence: a proof from a parallel run.
	elsewhere := must(t, flowOf(t, two), Pass{Evidence: proven("password", t0.Add(-time.Second))})
	otherID := two
	otherID.ID = FlowID{2}
	stranger := two
	stranger.Subject = other
	short := earn(t, flowOf(t, flowData(person, totp)), "totp")
	swapped := must(t, flowOf(t, flowData(person, password)), Choose{Method: "passkey", Steps: []identity.Step{identity.Required("passkey")}})

	tests := map[string]struct {
		state State
		proof Proof
	}{
		"zero":                {half, Proof{}},
		"other flow":          {must(t, flowOf(t, otherID), Pass{Evidence: proven("password", t0)}), good},
		"other person":        {must(t, flowOf(t, stranger), Pass{Evidence: proven("password", t0)}), good},
		"other evidence":      {elsewhere, good},
		"of fewer steps":      {half, short},
		"of another method":   {swapped, earn(t, flowOf(t, flowData(person, password)), "password")},
		"of more steps":       {flowOf(t, flowData(person, password)), good},
		"built without steps": {half, Proof{flow: half.flow.ID, subject: person}},
	}
	for name, tt := range tests {
		if _, _, err := Next(tt.state, Complete{Proof: tt.proof, Login: loginID}, t0); !errors.Is(err, ErrBadProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := Next(half, Complete{Proof: good, Login: loginID}, t0); err != nil {
		t.Errorf("the right one: %v", err)
	}
	// Time passes between the proof and its use, but not backwards.
	if _, _, err := Next(half, Complete{Proof: good, Login: loginID}, t0.Add(-time.Hour)); !errors.Is(err, ErrBadEvidence) {
		t.Errorf("a proof from the future: %v", err)
	}
}

// SES-008
func TestProof_hands_out_copies(t *testing.T) {
	t.Parallel()
	p := earn(t, flowOf(t, flowData(person, password)), "password")
	ev := p.Evidence()
	ev[0].Kind, ev[0].AMR[0] = "passkey", "hwk"
	if got := p.Evidence()[0]; got.Kind != "password" || got.AMR[0] != "password" {
		t.Fatalf("changed from outside: %v", got)
	}
}
