package machine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/axess-go/axess/identity"
)

// states are one of each kind in every shape that the moves tell apart.
func states(t *testing.T) map[string]State {
	t.Helper()
	decoy := flowData(person, password)
	decoy.Decoy = true
	half := must(t, flowOf(t, flowData(person, password, totp)), Pass{Evidence: proven("password", t0)})
	login := loggedIn(t)
	begun := must(t, Guest{}, StartWorkflow{Flow: workflowData(person)})
	toGuest := workflowData(person)
	toGuest.Then = ThenGuest
	nobody := workflowData(person)
	nobody.Decoy = true
	return map[string]State{
		"guest":           Guest{},
		"identifying":     must(t, Guest{}, Identify{person, t0.Add(1)}),
		"one step":        flowOf(t, flowData(person, password)),
		"two steps":       flowOf(t, flowData(person, password, totp)),
		"half way":        half,
		"decoy":           flowOf(t, decoy),
		"step-up":         must(t, login, StepUp{flowData(person, totp)}),
		"login":           login,
		"acting":          must(t, login, impersonation()),
		"workflow":        begun,
		"workflow done":   must(t, begun, StepWorkflow{}),
		"workflow guest":  must(t, must(t, Guest{}, StartWorkflow{Flow: toGuest}), StepWorkflow{}),
		"workflow decoy":  must(t, must(t, Guest{}, StartWorkflow{Flow: nobody}), StepWorkflow{}),
		"forced workflow": must(t, login, StartWorkflow{Flow: workflowData(person)}),
		"forced done":     must(t, must(t, login, StartWorkflow{Flow: workflowData(person)}), StepWorkflow{}),
		"hollow flow":     Authenticating{},
		"hollow login":    Authenticated{},
		"hollow workflow": PendingWorkflow{},
		"hollow claim":    Identifying{},
		"nil":             nil,
	}
}

// events are one of each kind; the proof fits the state where one can be had.
func events(t *testing.T, s State) map[string]Event {
	t.Helper()
	var p Proof
	if a, ok := s.(Authenticating); ok && a.StepsTotal()-a.StepNumber() == 0 && a.flow != nil && !a.flow.Decoy {
		p = earn(t, a, a.Current().At(0))
	} else {
		p = earn(t, flowOf(t, flowData(person, password)), "password")
	}
	reset := workflowData(person)
	reset.Kind = WorkflowPasswordReset
	decoy := workflowData(person)
	decoy.Decoy = true
	return map[string]Event{
		"identify":       Identify{person, t0.Add(1)},
		"begin":          Begin{flowData(person, password)},
		"begin other":    Begin{flowData(other, password)},
		"choose":         Choose{Method: "passkey", Steps: []identity.Step{either}},
		"pass":           Pass{Evidence: proven("password", t0)},
		"complete":       Complete{Proof: p, Login: loginID},
		"fail":           Fail{},
		"abort":          Abort{},
		"step up":        StepUp{flowData(person, totp)},
		"start":          StartWorkflow{Flow: reset},
		"start decoy":    StartWorkflow{Flow: decoy},
		"start other":    StartWorkflow{Flow: workflowData(other)},
		"step":           StepWorkflow{},
		"finish":         FinishWorkflow{Evidence: []identity.Evidence{proven("email_link", t0)}, Login: loginID},
		"regenerate":     Regenerate{},
		"adopt":          Adopt{loginData(person)},
		"impersonate":    impersonation(),
		"stop":           StopImpersonating{},
		"end":            End{},
		"nil":            nil,
		"pointer (none)": &End{},
	}
}

// legal is the whole of SES-013, with the composite moves of SES-015. What is
// not here is refused: ErrIllegalTransition, or the error after "!".
//
// Columns: row, new id or "same", what happens to custom data, then grace,
// ended, silent, and the state that follows.
var legal = map[string]string{
	"guest/identify":    "T1 new keep → Identifying",      // SES-013 T1
	"guest/begin":       "T2 new keep → Authenticating",   // SES-013 T2
	"guest/begin other": "T2 new keep → Authenticating",   // SES-013 T2
	"guest/start":       "T8 new carry → PendingWorkflow", // SES-013 T8, SES-014
	"guest/start decoy": "T8 new carry → PendingWorkflow", // SES-013 T8
	"guest/start other": "T8 new carry → PendingWorkflow", // SES-013 T8
	"guest/adopt":       "T13 new carry → Authenticated",  // SES-013 T13, SES-014

	"identifying/adopt":       "T13 new clear → Authenticated", // SES-015
	"identifying/begin":       "T2 new keep → Authenticating",  // SES-013 T2
	"identifying/begin other": "T2 new clear → Authenticating", // SES-013 T2, SES-015

	"one step/begin":        "T2 new clear → Authenticating",      // SES-015
	"one step/begin other":  "T2 new clear → Authenticating",      // SES-015
	"one step/choose":       "T2 new keep → Authenticating",       // SES-015
	"one step/complete":     "T4 new carry → Authenticated",       // SES-013 T4, SES-014
	"one step/fail":         " same keep silent → Authenticating", // SES-019
	"one step/abort":        "T5 new clear → Guest",               // SES-013 T5
	"one step/start":        "T8 new carry → PendingWorkflow",     // SES-013 T8
	"one step/start other":  "T8 new clear → PendingWorkflow",     // SES-013 T5, SES-015
	"two steps/begin":       "T2 new clear → Authenticating",      // SES-015
	"two steps/choose":      "T2 new keep → Authenticating",       // SES-015
	"two steps/pass":        "T3 new keep grace → Authenticating", // SES-013 T3
	"two steps/complete":    refused(ErrBadProof),                 // SES-012
	"two steps/fail":        " same keep silent → Authenticating", // SES-019
	"two steps/abort":       "T5 new clear → Guest",               // SES-013 T5
	"two steps/start":       "T8 new carry → PendingWorkflow",     // SES-013 T8
	"half way/begin":        "T2 new clear → Authenticating",      // SES-015
	"half way/pass":         refused(ErrStepMismatch),             // SES-009
	"half way/complete":     "T4 new carry → Authenticated",       // SES-013 T4
	"half way/fail":         " same keep silent → Authenticating", // SES-019
	"half way/abort":        "T5 new clear → Guest",               // SES-013 T5
	"half way/start":        "T8 new carry → PendingWorkflow",     // SES-013 T8
	"decoy/begin":           "T2 new clear → Authenticating",      // SES-015
	"decoy/choose":          "T2 new keep → Authenticating",       // SES-015
	"decoy/complete":        refused(ErrBadProof),                 // SES-012
	"decoy/fail":            " same keep silent → Authenticating", // SES-019
	"decoy/abort":           "T5 new clear → Guest",               // SES-013 T5
	"decoy/start decoy":     "T8 new carry → PendingWorkflow",     // SES-013 T8
	"two steps/begin other": "T2 new clear → Authenticating",
	"two steps/start other": "T8 new clear → PendingWorkflow",
	"half way/begin other":  "T2 new clear → Authenticating",
	"half way/start other":  "T8 new clear → PendingWorkflow",
	"decoy/begin other":     "T2 new clear → Authenticating",
	"decoy/start other":     "T8 new clear → PendingWorkflow",

	"one step/adopt":  "T13 new clear → Authenticated", // SES-015
	"two steps/adopt": "T13 new clear → Authenticated", // SES-015
	"half way/adopt":  "T13 new clear → Authenticated", // SES-015
	"decoy/adopt":     "T13 new clear → Authenticated", // SES-015

	"step-up/begin":       "T2 new clear ended-first → Authenticating", // SES-015
	"step-up/begin other": "T2 new clear ended-first → Authenticating", // SES-015
	"step-up/choose":      "T7 same keep → Authenticating",             // SES-015
	"step-up/pass":        refused(ErrStepMismatch),                    // SES-009
	"step-up/complete":    "T6 new keep grace → Authenticated",         // SES-013 T6
	"step-up/fail":        " same keep silent → Authenticating",        // SES-019
	"step-up/abort":       "T5 same keep → Authenticated",              // SES-013 T5, SES-017
	"step-up/step up":     "T7 same keep → Authenticating",             // SES-013 T7
	"step-up/start":       "T11 new keep → PendingWorkflow",            // SES-013 T11

	"login/begin":       "T2 new clear ended-first → Authenticating", // SES-015
	"login/begin other": "T2 new clear ended-first → Authenticating", // SES-015
	"login/step up":     "T7 same keep → Authenticating",             // SES-013 T7
	"login/start":       "T11 new keep → PendingWorkflow",            // SES-013 T11
	"login/regenerate":  "T12 new keep grace → Authenticated",        // SES-013 T12
	"login/impersonate": "T12 new clear → Authenticated",             // SES-013 T12, SES-018

	"acting/regenerate": "T12 new keep grace → Authenticated", // SES-013 T12
	"acting/stop":       "T12 new clear → Authenticated",      // SES-013 T12, SES-018

	"workflow/begin":             "T2 new clear → Authenticating",  // SES-015
	"workflow/begin other":       "T2 new clear → Authenticating",  // SES-015
	"workflow/start":             "T8 new clear → PendingWorkflow", // SES-015
	"workflow/start decoy":       "T8 new clear → PendingWorkflow", // SES-015
	"workflow/start other":       "T8 new clear → PendingWorkflow", // SES-015
	"workflow/adopt":             "T13 new clear → Authenticated",  // SES-015
	"workflow done/begin":        "T2 new clear → Authenticating",  // SES-015
	"workflow done/begin other":  "T2 new clear → Authenticating",  // SES-015
	"workflow done/start":        "T8 new clear → PendingWorkflow", // SES-015
	"workflow done/start decoy":  "T8 new clear → PendingWorkflow", // SES-015
	"workflow done/start other":  "T8 new clear → PendingWorkflow", // SES-015
	"workflow done/adopt":        "T13 new clear → Authenticated",  // SES-015
	"workflow guest/begin":       "T2 new clear → Authenticating",  // SES-015
	"workflow guest/begin other": "T2 new clear → Authenticating",  // SES-015
	"workflow guest/start":       "T8 new clear → PendingWorkflow", // SES-015
	"workflow guest/start decoy": "T8 new clear → PendingWorkflow", // SES-015
	"workflow guest/start other": "T8 new clear → PendingWorkflow", // SES-015
	"workflow guest/adopt":       "T13 new clear → Authenticated",  // SES-015
	"workflow decoy/begin":       "T2 new clear → Authenticating",  // SES-015
	"workflow decoy/begin other": "T2 new clear → Authenticating",  // SES-015
	"workflow decoy/start":       "T8 new clear → PendingWorkflow", // SES-015
	"workflow decoy/start decoy": "T8 new clear → PendingWorkflow", // SES-015
	"workflow decoy/start other": "T8 new clear → PendingWorkflow", // SES-015
	"workflow decoy/adopt":       "T13 new clear → Authenticated",  // SES-015
	"workflow/step":              "T9 same keep → PendingWorkflow", // SES-013 T9
	"workflow/finish":            refused(ErrWorkflowIncomplete),   // SES-020
	"workflow done/finish":       "T10 new keep → Authenticated",   // SES-013 T10
	"workflow guest/finish":      "T10 new clear → Guest",          // SES-013 T10
	"forced workflow/step":       "T9 same keep → PendingWorkflow", // SES-013 T9
	"forced workflow/finish":     refused(ErrWorkflowIncomplete),   // SES-020
	"forced done/finish":         "T10 new keep → Authenticated",   // SES-013 T10
}

func TestNext_knows_these_moves_and_refuses_all_others(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for from, s := range states(t) {
		for what, e := range events(t, s) {
			cell := from + "/" + what
			want, ok := legal[cell]
			switch {
			case ok:
				used[cell] = true
			case what == "end":
				want = "T14 same clear ended → Guest" // SES-013 T14
			default:
				want = refused(ErrIllegalTransition) // SES-013
			}
			before, asked := dump(s), dump(e)
			next, effect, err := Next(s, e, t0)
			if got := render(next, effect, err); got != want {
				t.Errorf("%s: got %q, want %q", cell, got, want)
			}
			if err != nil && (dump(next) != before || effect != (Effect{})) {
				t.Errorf("%s: refused, but the state or the effect is not what it was", cell)
			}
			if dump(s) != before || dump(e) != asked {
				t.Errorf("%s: wrote to its input", cell) // SES-008
			}
		}
	}
	for cell := range legal {
		if !used[cell] {
			t.Errorf("%s names no state or event", cell)
		}
	}
}

func render(next State, e Effect, err error) string {
	if err != nil {
		return refused(err)
	}
	words := []string{e.Row, "same", map[DataRule]string{Keep: "keep", Carry: "carry", Clear: "clear"}[e.Data]}
	if e.NewID {
		words[1] = "new"
	}
	if e.Grace {
		words = append(words, "grace")
	}
	if e.Ended {
		words = append(words, "ended")
	}
	if e.Silent {
		words = append(words, "silent")
	}
	if !e.EndedFirst.IsZero() {
		words = append(words, "ended-first")
	}
	return strings.Join(words, " ") + " → " + strings.TrimPrefix(fmt.Sprintf("%T", next), "machine.")
}

func refused(err error) string { return "!" + strings.TrimPrefix(err.Error(), "session: ") }
