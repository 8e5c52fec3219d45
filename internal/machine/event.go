package machine

import (
	"time"

	"github.com/axess-go/axess/identity"
)

// Event is what may happen to a state. Only packages that import this one can
// make an event, so only they can move a session (SES-008).
//
//sumtype:decl
type Event interface{ event() }

type (
	// Identify names who the person claims to be (T1).
	Identify struct {
		Subject  identity.Subject
		Deadline time.Time
	}
	// Begin starts a method (T2). Mid-flow it restarts (T5 then T2); as another
	// subject it ends the old login first (T14 then T2, SES-015).
	Begin struct{ Flow FlowData }
	// Choose changes the method of a flow in which nothing has passed yet.
	Choose struct {
		Method string
		Steps  []identity.Step
	}
	// Pass satisfies the first remaining step, which is not the last (T3).
	Pass struct{ Evidence identity.Evidence }
	// Complete passes the last step with its proof: T4 without, T6 with a base.
	Complete struct {
		Proof   Proof
		Login   identity.LoginID // ignored with a base: the login goes on
		Epochs  identity.Epochs
		Profile Profile
	}
	// Fail notes a failed attempt; it changes a counter in memory only (SES-019).
	Fail struct{}
	// Abort ends a flow: back to the base, or to Guest (T5).
	Abort struct{}
	// StepUp asks a login for more (T7).
	StepUp struct{ Flow FlowData }
	// StartWorkflow enters a workflow (T8, from a login T11).
	StartWorkflow struct{ Flow WorkflowData }
	// StepWorkflow finishes one step of it (T9).
	StepWorkflow struct{}
	// FinishWorkflow leaves it (T10). To a login it carries evidence (SES-023).
	FinishWorkflow struct {
		Evidence []identity.Evidence
		Login    identity.LoginID
		Epochs   identity.Epochs
		Profile  Profile
	}
	// Regenerate gives a login a new id (T12); Epochs, unless zero, re-stamps it.
	Regenerate struct {
		Epochs *identity.Epochs
		// Evidence is appended: a credential that was just enrolled and confirmed.
		Evidence []identity.Evidence
	}
	// Adopt installs a login that was proven elsewhere (T13).
	Adopt struct{ Login LoginData }
	// End is logout, revocation, expiry (T14).
	End struct{}
)

func (Identify) event()       {}
func (Begin) event()          {}
func (Choose) event()         {}
func (Pass) event()           {}
func (Complete) event()       {}
func (Fail) event()           {}
func (Abort) event()          {}
func (StepUp) event()         {}
func (StartWorkflow) event()  {}
func (StepWorkflow) event()   {}
func (FinishWorkflow) event() {}
func (Regenerate) event()     {}
func (Adopt) event()          {}
func (End) event()            {}

// DataRule says what happens to custom data in a move (SES-013, SES-014).
type DataRule uint8

// The data rules. Ceremony data is dropped under Carry and Clear.
const (
	Keep DataRule = iota + 1
	// Carry drops all keys but those on the carry list.
	Carry
	Clear
)

// Effect is what a move demands of the session around it.
type Effect struct {
	// Row is the row of SES-013 ("T4"); composite moves name the last.
	Row string
	// NewID demands a rotation.
	NewID bool
	Data  DataRule
	// Grace allows the old id to live for RotationGrace: same subject, no
	// privilege lowered (SES-106).
	Grace bool
	// Ended means that the record goes and none follows.
	Ended bool
	// Silent means that nothing is to be stored (SES-019).
	Silent bool
	// EndedFirst is the subject whose login ended on the way (SES-015); zero if
	// none did.
	EndedFirst identity.Subject
}

// Errors of moves. The state is unchanged when one is returned.
var (
	ErrIllegalTransition  = machineError("illegal transition")
	ErrStepMismatch       = machineError("kind does not match the first remaining step")
	ErrEmptyMethod        = machineError("method has no steps, or an empty one")
	ErrMethodTooLong      = machineError("method has too many steps or options")
	ErrBadMethod          = machineError("method name is empty or too long")
	ErrBadSubject         = machineError("zero tenant or user id")
	ErrBadEvidence        = machineError("evidence is incomplete or from the future")
	ErrNoEvidence         = machineError("login without evidence")
	ErrBadWorkflow        = machineError("workflow kind, step or deadline is malformed")
	ErrWorkflowIncomplete = machineError("workflow is not finished")
	ErrBadProof           = machineError("proof is empty or of another flow")
)

type machineError string

func (e machineError) Error() string { return "session: " + string(e) }
