package machine

import (
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
)

// AUN-003, SES-013 T4: a proof stands on the evidence that the flow has now. One
// that was earned beside a step since passed again, with another credential or
// at another time, completes nothing.
func TestComplete_refuses_a_proof_on_other_evidence(t *testing.T) {
	t.Parallel()
	first := proven("passkey", t0)
	first.Credential = idOf[identity.CredentialID](5)
	half := must(t, flowOf(t, flowData(person, either, password)), Pass{Evidence: first}).(Authenticating)
	proof := earn(t, half, "password")
	complete := func(spoil func(*identity.Evidence)) error {
		f := *half.flow
		f.Done = cloneEvidence(f.Done)
		spoil(&f.Done[0])
		_, _, err := Next(Authenticating{&f}, Complete{Proof: proof, Login: loginID}, t0)
		return err
	}
	if err := complete(func(*identity.Evidence) {}); err != nil {
		t.Fatalf("untouched: %v", err)
	}
	for name, spoil := range map[string]func(*identity.Evidence){
		"kind":       func(e *identity.Evidence) { e.Kind = "totp" },
		"time":       func(e *identity.Evidence) { e.At = e.At.Add(time.Microsecond) },
		"credential": func(e *identity.Evidence) { e.Credential = idOf[identity.CredentialID](6) },
		"class":      func(e *identity.Evidence) { e.Class = identity.Possession },
		"reference":  func(e *identity.Evidence) { e.AMR[0] = "hwk" },
		"references": func(e *identity.Evidence) { e.AMR = append(e.AMR, "user") },
	} {
		if err := complete(spoil); err == nil {
			t.Errorf("another %s: completed", name)
		}
	}
}

// SES-015: of two moves in one operation neither's effect is lost.
func TestEffect_of_two_moves(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ first, second, want Effect }{
		{Effect{}, Effect{}, Effect{}},
		{Effect{NewID: true}, Effect{}, Effect{NewID: true}},
		{Effect{Ended: true}, Effect{}, Effect{NewID: true}},
		{Effect{}, Effect{NewID: true}, Effect{NewID: true}},
		{Effect{EndedFirst: person}, Effect{}, Effect{EndedFirst: person}},
		{Effect{EndedFirst: person}, Effect{EndedFirst: other}, Effect{EndedFirst: other}},
		{Effect{Data: Clear}, Effect{Data: Keep}, Effect{Data: Clear}},
	} {
		if got := tc.first.then(tc.second); got != tc.want {
			t.Errorf("%+v, then %+v: %+v", tc.first, tc.second, got)
		}
	}
}
