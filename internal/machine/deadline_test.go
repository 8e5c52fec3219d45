package machine

import (
	"errors"
	"testing"
	"time"
)

// SES-021
func TestAtDeadline_is_the_result_of_T5_or_T14(t *testing.T) {
	t.Parallel()
	base := loggedIn(t)
	tests := map[string]struct {
		state    State
		deadline time.Time
		want     State
		effect   Effect
	}{
		"identifying": {must(t, Guest{}, Identify{person, t0.Add(9)}), t0.Add(9), Guest{}, Effect{Row: "T14", Data: Clear, Ended: true}},
		"flow":        {flowOf(t, flowData(person, password)), t0.Add(15 * time.Minute), Guest{}, Effect{Row: "T5", NewID: true, Data: Clear}},
		"step-up":     {must(t, base, StepUp{flowData(person, password)}), t0.Add(15 * time.Minute), base, Effect{Row: "T5", Data: Keep}},
		"acting":      {must(t, base, impersonation()), t0.Add(15 * time.Minute), Guest{}, Effect{Row: "T14", Data: Clear, Ended: true}},
		"workflow":    {must(t, Guest{}, StartWorkflow{Flow: workflowData(person)}), t0.Add(24 * time.Hour), Guest{}, Effect{Row: "T14", Data: Clear, Ended: true}},
	}
	for name, tt := range tests {
		got, effect, late := AtDeadline(tt.state, tt.deadline.Add(-1))
		if late || got != tt.state || effect != (Effect{}) {
			t.Errorf("%s, a moment before: %+v, %+v", name, got, effect)
		}
		got, effect, late = AtDeadline(tt.state, tt.deadline)
		if !late || got != tt.want || effect != tt.effect {
			t.Errorf("%s, at it: %+v, %+v", name, got, effect)
		}
	}
	for _, s := range []State{Guest{}, base} {
		if got, _, late := AtDeadline(s, t0.AddDate(9, 0, 0)); late || got != s {
			t.Errorf("%T ends by a deadline that the session owns", s)
		}
	}
}

// SES-021
func TestNext_sees_a_late_state_as_what_it_became(t *testing.T) {
	t.Parallel()
	f := flowData(person, password, totp)
	late := f.Deadline
	flow := flowOf(t, f)
	again := f
	again.Deadline = late.Add(time.Hour)
	up := must(t, loggedIn(t), StepUp{f})
	gone := func(e Event) error {
		_, _, err := Next(flow, e, late)
		return err
	}
	for name, e := range map[string]Event{"pass": Pass{Evidence: proven("password", t0)}, "choose": Choose{Method: "m", Steps: f.Steps}, "fail": Fail{}} {
		if err := gone(e); !errors.Is(err, ErrIllegalTransition) {
			t.Errorf("%s: %v", name, err)
		}
	}
	half := must(t, flow, Pass{Evidence: proven("password", t0)}).(Authenticating)
	if next, _, err := Next(half, Complete{Proof: earn(t, half, "totp"), Login: loginID}, late); !errors.Is(err, ErrIllegalTransition) || next != State(half) {
		t.Errorf("a proof that came in time, used late: %v", err)
	}

	workflow := workflowData(person)
	workflow.Deadline = late
	tests := map[string]struct {
		state State
		event Event
		want  string
	}{
		"begin":            {flow, Begin{again}, "T2 new clear → Authenticating"},
		"begin, named":     {must(t, Guest{}, Identify{person, late}), Begin{again}, "T2 new clear → Authenticating"},
		"abort":            {flow, Abort{}, "T5 new clear → Guest"},
		"abort a step-up":  {up, Abort{}, "T5 same keep → Authenticated"},
		"end":              {flow, End{}, "T14 same clear ended → Guest"},
		"step up again":    {up, StepUp{again}, "T7 same keep → Authenticating"},
		"regenerate":       {up, Regenerate{}, "T12 new keep grace → Authenticated"},
		"adopt":            {flow, Adopt{loginData(person)}, "T13 new clear → Authenticated"},
		"begin, workflow":  {must(t, Guest{}, StartWorkflow{Flow: workflow}), Begin{again}, "T2 new clear → Authenticating"},
		"finish, too late": {must(t, must(t, Guest{}, StartWorkflow{Flow: workflow}), StepWorkflow{}), FinishWorkflow{Evidence: link, Login: loginID}, "!illegal transition"},
	}
	for name, tt := range tests {
		if got := render(Next(tt.state, tt.event, late)); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}
