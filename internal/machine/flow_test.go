package machine

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
)

func repeat[T any](n int, v T) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestBegin_refuses_what_could_complete_by_itself(t *testing.T) {
	t.Parallel()
	wide := func(n int) identity.Step {
		return identity.AnyOf(repeat(n, identity.Kind("totp"))...)
	}
	tests := map[string]struct {
		spoil func(*FlowData)
		want  error
	}{
		"no steps":                 {func(f *FlowData) { f.Steps = nil }, ErrEmptyMethod},                                         // SES-011
		"empty choice":             {func(f *FlowData) { f.Steps = []identity.Step{password, identity.AnyOf()} }, ErrEmptyMethod}, // SES-011
		"zero step":                {func(f *FlowData) { f.Steps = []identity.Step{{}} }, ErrEmptyMethod},                         // SES-011
		"nameless option":          {func(f *FlowData) { f.Steps = []identity.Step{identity.AnyOf("totp", "")} }, ErrEmptyMethod}, // SES-011
		"17 steps":                 {func(f *FlowData) { f.Steps = repeat(MaxSteps+1, password) }, ErrMethodTooLong},
		"9 options":                {func(f *FlowData) { f.Steps = []identity.Step{wide(MaxOptions + 1)} }, ErrMethodTooLong},
		"no method name":           {func(f *FlowData) { f.Method = "" }, ErrBadMethod},
		"65 bytes of name":         {func(f *FlowData) { f.Method = strings.Repeat("m", 65) }, ErrBadMethod},
		"65 on the menu":           {func(f *FlowData) { f.Menu = repeat(MaxMenu+1, "m") }, ErrBadFlow},
		"a name of no text":        {func(f *FlowData) { f.Method = "\xff" }, ErrBadMethod},
		"a kind of no text":        {func(f *FlowData) { f.Steps = []identity.Step{identity.Required("\xff")} }, ErrEmptyMethod},
		"an identifier of no text": {func(f *FlowData) { f.Identifier = "a\xff" }, ErrBadFlow},
		"an endless identifier":    {func(f *FlowData) { f.Identifier = strings.Repeat("a", MaxText+1) }, ErrBadFlow},
		"nameless menu entry":      {func(f *FlowData) { f.Menu = []string{""} }, ErrBadMethod},
		"no tenant":                {func(f *FlowData) { f.Subject.Tenant = identity.TenantID{} }, ErrBadSubject},
		"no user":                  {func(f *FlowData) { f.Subject.User = identity.UserID{} }, ErrBadSubject},
		"the background user":      {func(f *FlowData) { f.Subject.User = identity.SystemUser }, ErrBadSubject}, // SES-022
		"no flow id":               {func(f *FlowData) { f.ID = FlowID{} }, ErrBadFlow},
		"deadline now":             {func(f *FlowData) { f.Deadline = t0 }, ErrBadFlow},
		"no deadline":              {func(f *FlowData) { f.Deadline = time.Time{} }, ErrBadFlow},
		"evidence brought":         {func(f *FlowData) { f.Done = []identity.Evidence{proven("password", t0)} }, ErrBadFlow}, // SES-023
		"base brought":             {func(f *FlowData) { l := loginData(person); f.Base = &l }, ErrBadFlow},                  // SES-007
		"deadline at no date":      {func(f *FlowData) { f.Deadline = time.Unix(endOfTime, 0) }, ErrBadFlow},
	}
	for name, tt := range tests {
		f := flowData(person, password)
		tt.spoil(&f)
		for from, s := range map[string]State{"guest": Guest{}, "login of another": must(t, Guest{}, Adopt{loginData(other)})} {
			if _, _, err := Next(s, Begin{f}, t0); !errors.Is(err, tt.want) {
				t.Errorf("%s from %s: %v", name, from, err)
			}
		}
	}
	most := flowData(person, repeat(MaxSteps, wide(MaxOptions))...)
	most.Method, most.Menu = strings.Repeat("m", 64), repeat(MaxMenu, "m")
	most.Identifier = strings.Repeat("a", MaxText)
	if _, _, err := Next(Guest{}, Begin{most}, t0); err != nil {
		t.Errorf("at every bound: %v", err)
	}
}

// SES-003, SES-004
func TestBegin_keeps_copies_and_starts_from_nothing(t *testing.T) {
	t.Parallel()
	f := flowData(person, password, either)
	f.Identifier, f.Policy = "ann@example.com", 9
	f.Started, f.Failed, f.LastTry = t0.Add(time.Hour), 7, t0
	a := must(t, must(t, Guest{}, Identify{person, t0.Add(time.Minute)}), Begin{f}).(Authenticating)
	f.Steps[0], f.Menu[0] = identity.Required("none"), "none"

	d := FlowOf(a)
	if !d.Started.Equal(t0) || d.Failed != 0 || !d.LastTry.IsZero() || d.Policy != 9 || d.Epochs.User != 3 {
		t.Errorf("flow %+v", d)
	}
	if a.Subject() != person || a.Method() != "password" || a.Identifier() != "ann@example.com" || !a.Deadline().Equal(f.Deadline) {
		t.Errorf("state %+v", a)
	}
	if !a.Current().Equal(password) || a.StepNumber() != 1 || a.StepsTotal() != 2 || len(a.Done()) != 0 {
		t.Errorf("steps %v", a.Remaining())
	}
	a.Menu()[1], a.Remaining()[0] = "none", identity.Step{}
	if a.Menu()[0] != "password" || a.Menu()[1] != "passkey" || a.Remaining()[0].Len() != 1 {
		t.Errorf("menu %v, steps %v: changed from outside", a.Menu(), a.Remaining())
	}

	i := must(t, Guest{}, Identify{person, t0.Add(time.Minute)}).(Identifying)
	if i.Subject() != person || !i.Entered().Equal(t0) || !i.Deadline().Equal(t0.Add(time.Minute)) {
		t.Errorf("identifying %+v", i)
	}
	if _, _, err := Next(Guest{}, Identify{person, t0}, t0); !errors.Is(err, ErrBadFlow) {
		t.Errorf("a claim that has lapsed: %v", err)
	}
	if _, _, err := Next(Guest{}, Identify{Deadline: t0.Add(1)}, t0); !errors.Is(err, ErrBadSubject) {
		t.Errorf("a claim to be nobody: %v", err)
	}
}

// SES-015
func TestBegin_as_another_person_ends_the_first_login(t *testing.T) {
	t.Parallel()
	login := loggedIn(t)
	for name, s := range map[string]State{"login": login, "step-up": must(t, login, StepUp{flowData(person, totp)})} {
		next, effect, err := Next(s, Begin{flowData(other, password)}, t0)
		if err != nil || effect.EndedFirst != person || effect.Data != Clear || !effect.NewID || effect.Grace {
			t.Errorf("%s: %+v, %v", name, effect, err)
		}
		if IsAuthenticated(next) || Subject(next) != other {
			t.Errorf("%s: %+v", name, next)
		}
	}
}

// SES-013 T3
func TestPass_rotates_at_the_first_step_only(t *testing.T) {
	t.Parallel()
	a := flowOf(t, flowData(person, password, totp, either))
	b, effect, err := Next(a, Pass{Evidence: proven("password", t0)}, t0)
	if err != nil || !effect.NewID || !effect.Grace {
		t.Fatalf("first: %+v, %v", effect, err)
	}
	c, effect, err := Next(b, Pass{Evidence: proven("totp", t0)}, t0)
	if err != nil || effect.NewID || effect.Grace {
		t.Fatalf("second: %+v, %v", effect, err)
	}
	// SES-012: the last step takes a proof, whatever the event says.
	if _, _, err := Next(c, Pass{Evidence: proven("passkey", t0)}, t0); !errors.Is(err, ErrIllegalTransition) {
		t.Fatalf("last: %v", err)
	}
	if got := c.(Authenticating); got.StepNumber() != 3 || len(got.Done()) != 2 || IsAuthenticated(c) {
		t.Fatalf("state %+v", got)
	}
	got := c.(Authenticating).Done()
	got[0].Kind, got[0].AMR[0] = "none", "none"
	if ev := c.(Authenticating).Done()[0]; ev.Kind != "password" || ev.AMR[0] != "password" {
		t.Fatal("evidence changed from outside")
	}
}

// AUN-106, SES-011, SES-012: a flow takes steps on behind its own; the evidence that
// would have been its last completes nothing, and a proof of fewer steps does not either.
func TestPass_takes_steps_on(t *testing.T) {
	t.Parallel()
	alone := flowOf(t, flowData(person, password))
	short := earn(t, alone, "password")
	more := []identity.Step{identity.Required("totp")}
	b, effect, err := Next(alone, Pass{Evidence: proven("password", t0), More: more}, t0)
	if err != nil || !effect.NewID {
		t.Fatalf("%+v, %v", effect, err)
	}
	more[0] = identity.Required("password")
	half := b.(Authenticating)
	if half.StepNumber() != 2 || half.StepsTotal() != 2 || !FlowOf(half).Steps[1].Has("totp") {
		t.Fatalf("%+v", FlowOf(half))
	}
	if got := FlowOf(alone).Steps; len(got) != 1 {
		t.Fatalf("the state before was changed: %v", got)
	}
	if _, _, err := Next(half, Complete{Proof: short, Login: loginID}, t0); !errors.Is(err, ErrBadProof) {
		t.Errorf("the proof from before: %v", err)
	}
	if _, _, err := Next(half, Complete{Proof: earn(t, half, "totp"), Login: loginID}, t0); err != nil {
		t.Errorf("with the step: %v", err)
	}
	for name, steps := range map[string][]identity.Step{
		"one that asks for nothing": {{}},
		"too many":                  slices.Repeat([]identity.Step{totp}, MaxSteps),
	} {
		if _, _, err := Next(alone, Pass{Evidence: proven("password", t0), More: steps}, t0); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	decoy := flowData(person, password)
	decoy.Decoy = true
	if _, _, err := Next(flowOf(t, decoy), Pass{Evidence: proven("password", t0), More: more}, t0); !errors.Is(err, ErrIllegalTransition) {
		t.Errorf("a decoy: %v", err)
	}
}

// SES-008: two moves from one state must not share room behind a slice.
func TestPass_twice_from_one_state_gives_two_states(t *testing.T) {
	t.Parallel()
	f := flowData(person, password, either, totp)
	f.Started, f.Done = t0, append(make([]identity.Evidence, 0, 4), proven("password", t0))
	half, err := RestoreFlow(&f)
	if err != nil {
		t.Fatal(err)
	}
	one := must(t, half, Pass{Evidence: proven("totp", t0)})
	before := dump(one)
	must(t, half, Pass{Evidence: proven("passkey", t0)})
	if dump(one) != before {
		t.Fatal("the second move wrote into the result of the first")
	}
}

// SES-015
func TestChoose_is_for_flows_in_which_nothing_has_passed(t *testing.T) {
	t.Parallel()
	a := flowOf(t, flowData(person, password, totp))
	b := must(t, a, Choose{Method: "passkey", Steps: []identity.Step{either}}).(Authenticating)
	if b.Method() != "passkey" || b.StepsTotal() != 1 || !b.Deadline().Equal(a.Deadline()) || FlowOf(b).ID != FlowOf(a).ID {
		t.Fatalf("chosen %+v", FlowOf(b))
	}
	nobody := must(t, a, Choose{Method: "passkey", Steps: []identity.Step{either}, Decoy: true})
	back := must(t, nobody, Choose{Method: "password", Steps: FlowOf(a).Steps}).(Authenticating)
	if FlowOf(b).Decoy || !FlowOf(back).Decoy {
		t.Fatal("a decoy became a real flow again")
	}
	half := must(t, a, Pass{Evidence: proven("password", t0)})
	if _, _, err := Next(half, Choose{Method: "passkey", Steps: []identity.Step{either}}, t0); !errors.Is(err, ErrIllegalTransition) {
		t.Fatalf("after the first step: %v", err)
	}
	for want, e := range map[error]Choose{
		ErrEmptyMethod:   {Method: "passkey"},
		ErrBadMethod:     {Steps: []identity.Step{either}},
		ErrMethodTooLong: {Method: "passkey", Steps: repeat(MaxSteps+1, either)},
	} {
		if _, _, err := Next(a, e, t0); !errors.Is(err, want) {
			t.Errorf("%+v: %v", e, err)
		}
	}
}

// SES-019
func TestFail_counts_in_memory_and_saturates(t *testing.T) {
	t.Parallel()
	a := flowOf(t, flowData(person, password))
	a.flow.Failed = math.MaxUint32 - 1
	for range 2 {
		next, effect, err := Next(a, Fail{}, t0.Add(time.Second))
		if err != nil || effect != (Effect{Data: Keep, Silent: true}) {
			t.Fatalf("%+v, %v", effect, err)
		}
		a = next.(Authenticating)
	}
	if d := FlowOf(a); d.Failed != math.MaxUint32 || !d.LastTry.Equal(t0.Add(time.Second)) {
		t.Fatalf("failed %d at %v", d.Failed, d.LastTry)
	}
}
