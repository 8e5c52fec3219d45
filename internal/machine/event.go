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
	// subject it ends the old login first (T14 then T2, SES-015). As the same
	// subject it is refused: that is a step-up, or a login after [End]. The flow
	// brings neither evidence nor a base.
	Begin struct{ Flow FlowData }
	// Choose changes the method of a flow in which nothing has passed yet. Id,
	// subject and deadline of the flow stay; custom data does too.
	Choose struct {
		Method string
		Steps  []identity.Step
		// Decoy says that the method is not the subject's. The flow is for nobody
		// from then on, whatever is chosen later.
		Decoy bool
	}
	// Pass satisfies the first remaining step, which is not the last (T3).
	Pass struct {
		Evidence identity.Evidence
		// More are steps that the flow takes on behind its own, so that this one is
		// not the last: what is asked of whoever has got so far. No step ever leaves.
		More []identity.Step
	}
	// Complete passes the last step with its proof: T4 without, T6 with a base.
	// With a base everything but the proof is ignored: that login goes on, under
	// its own id, time and epochs.
	Complete struct {
		Proof Proof
		Login identity.LoginID
		// Epochs stamp the login; zero means those of the flow. Lower ones are
		// refused.
		Epochs  identity.Epochs
		Profile Profile
	}
	// Fail notes a failed attempt; it changes a counter in memory only (SES-019).
	Fail struct{}
	// Abort ends a flow: back to the base, or to Guest (T5).
	Abort struct{}
	// StepUp asks a login for more (T7); during a step-up it starts it over.
	StepUp struct{ Flow FlowData }
	// StartWorkflow enters a workflow (T8, from a login T11) at step 0.
	StartWorkflow struct {
		Flow WorkflowData
		// Proof, unless zero, is what completes the flow that this interrupts: the
		// workflow then stands between every passed step and the login, and owes
		// none (AUN-137).
		Proof Proof
		// Evidence, unless empty, finishes the workflow that this one follows, as
		// with FinishWorkflow: T10, then T8.
		Evidence []identity.Evidence
	}
	// StepWorkflow finishes one step of it (T9).
	StepWorkflow struct{}
	// FinishWorkflow leaves it (T10). To a login it carries evidence (SES-023).
	// After T11 the interrupted login goes on: Login and Profile are ignored.
	// Zero Epochs mean those of the workflow, or of that login.
	FinishWorkflow struct {
		Evidence []identity.Evidence
		Login    identity.LoginID
		Epochs   identity.Epochs
		Profile  Profile
	}
	// Regenerate gives a login a new id (T12); Epochs, unless nil, re-stamps it
	// and is refused if lower.
	Regenerate struct {
		Epochs *identity.Epochs
		// Profile, unless nil, replaces what pages show of the person.
		Profile *Profile
		// Evidence is appended: a credential that was just enrolled and confirmed.
		Evidence []identity.Evidence
	}
	// Impersonate lets an administrator act as another person of their tenant
	// (T12). By is whom a guard has approved for it, and must be who is signed in;
	// the caller has looked at the target. Until is at most MaxImpersonation ahead.
	Impersonate struct {
		By     identity.Subject
		Target identity.Subject
		// Login names the impersonation, Epochs and Profile are the target's.
		Login   identity.LoginID
		Epochs  identity.Epochs
		Profile Profile
		Reason  string
		Until   time.Time
		// CreatedAt and AbsUntil are those of the session, set by package session.
		CreatedAt, AbsUntil time.Time
	}
	// StopImpersonating gives the administrator back their own login (T12).
	StopImpersonating struct{}
	// Adopt installs a login that was proven elsewhere (T13). Its AuthTime is when
	// that happened.
	Adopt struct{ Login LoginData }
	// End is logout, revocation, expiry (T14).
	End struct{}
)

func (Identify) event()          {}
func (Begin) event()             {}
func (Choose) event()            {}
func (Pass) event()              {}
func (Complete) event()          {}
func (Fail) event()              {}
func (Abort) event()             {}
func (StepUp) event()            {}
func (StartWorkflow) event()     {}
func (StepWorkflow) event()      {}
func (FinishWorkflow) event()    {}
func (Regenerate) event()        {}
func (Impersonate) event()       {}
func (StopImpersonating) event() {}
func (Adopt) event()             {}
func (End) event()               {}

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
	// Row is the row of SES-013 ("T4"); composite moves name the last. A failed
	// attempt is in no row.
	Row string
	// NewID demands a rotation. To a guest whose data is cleared nothing is left
	// to store under the new id.
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
	ErrIllegalTransition  error = machineError("illegal transition")
	ErrStepMismatch       error = machineError("kind does not match the first remaining step")
	ErrEmptyMethod        error = machineError("method has no steps, or an empty one")
	ErrMethodTooLong      error = machineError("method has too many steps or options")
	ErrBadMethod          error = machineError("method name is empty or too long")
	ErrBadSubject         error = machineError("zero tenant or user id")
	ErrBadEvidence        error = machineError("evidence is incomplete or from the future")
	ErrNoEvidence         error = machineError("login without evidence, or with too little")
	ErrEvidenceFull       error = machineError("login holds all the evidence it can")
	ErrBadFlow            error = machineError("flow id, deadline or content is malformed")
	ErrBadLogin           error = machineError("login id, origin, time or epochs are malformed")
	ErrBadWorkflow        error = machineError("workflow kind, step or deadline is malformed")
	ErrWorkflowIncomplete error = machineError("workflow is not finished")
	ErrBadImpersonation   error = machineError("reason or time of an impersonation is malformed")
	ErrBadProof           error = machineError("proof is empty or of another flow")
)

// ErrMoment means that a time was right when it was taken and is not any more: the clock
// of this server was set back since, or what the time ends is over. The same request may
// well succeed when it is made again. What was wrong with the time is an error beside it.
var ErrMoment error = machineError("the moment has passed, or the clock was set back")

type machineError string

func (e machineError) Error() string { return "session: " + string(e) }
