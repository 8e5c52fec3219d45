package authn

import (
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/session"
)

// Proof says that every step of one flow was passed. Only this package's
// pipeline earns one, and the zero Proof is refused (AUN-003).
type Proof = machine.Proof

// Menu is what the person may do next.
type Menu struct {
	// Methods are the names on offer; one until there is a choice (AUN-012).
	Methods []string
	// Method is the one in progress.
	Method string
	// Step counts from 1. Total is 0 before the first factor has passed, because
	// it may depend on the person (AUN-031).
	Step, Total int
	// Options are the kinds that satisfy this step, in order.
	Options []identity.Kind
	// Identifier is what the person typed, for the page to show.
	Identifier string
}

// LoginOutcome is what BeginLogin led to. The set is closed.
//
//sumtype:decl
type LoginOutcome interface{ loginOutcome() }

// FactorOutcome is what one attempt at a factor led to. The set is closed.
//
//sumtype:decl
type FactorOutcome interface{ factorOutcome() }

// PrepareOutcome is what asking for a factor led to. The set is closed.
//
//sumtype:decl
type PrepareOutcome interface{ prepareOutcome() }

type (
	// StepRequired means that a step waits. After BeginLogin it says nothing
	// about whether the account exists (AUN-030).
	StepRequired struct{ Menu Menu }
	// AlreadyAuthenticated means that nothing was changed: somebody is signed in
	// here and the request did not say Switch.
	AlreadyAuthenticated struct{}
	// TenantSuspended is the only disclosure before proof (AUN-023).
	TenantSuspended struct{}
	// Completed means that every step passed and the session is Authenticated.
	Completed struct{ Proof Proof }
	// Rejected means that the factor did not match, for whatever reason.
	Rejected struct {
		Menu Menu
		// Of is the kind that did not match.
		Of identity.Kind
	}
	// Throttled means that nothing was evaluated.
	Throttled struct{ Until time.Time }
	// Busy means that another attempt of this flow is being evaluated, or that
	// the hash gate is full. Nothing was charged.
	Busy struct{ RetryAfter time.Duration }
	// Unavailable means that the factor could not be judged. Nothing was charged.
	Unavailable struct{ RetryAfter time.Duration }
	// Workflow means that every factor which the person has was verified and that
	// something is left to do before they are in: the session is in the workflow of
	// this kind, whose own verbs go on. WorkflowEnrol: [Accounts.CompleteEnrolment].
	// WorkflowChangePassword, after every step: [Accounts.ReplacePassword].
	Workflow struct{ Kind session.WorkflowKind }
	// Ready means that the factor can be asked for at once.
	Ready struct{ Menu Menu }
	// CodeSent means that what is to be presented is on its way.
	CodeSent struct {
		Menu Menu
		// To is where it went, masked; empty: not said.
		To string
		// Again is from when on another can be asked for, Until when this one ends.
		Again, Until time.Time
	}
	// AlreadySent means that what was sent before still counts; nothing was sent now.
	AlreadySent struct {
		Menu         Menu
		To           string
		Again, Until time.Time
	}
)

func (StepRequired) loginOutcome()         {}
func (AlreadyAuthenticated) loginOutcome() {}
func (TenantSuspended) loginOutcome()      {}

func (Completed) factorOutcome()    {}
func (StepRequired) factorOutcome() {}
func (Rejected) factorOutcome()     {}
func (Throttled) factorOutcome()    {}
func (Busy) factorOutcome()         {}
func (Unavailable) factorOutcome()  {}
func (Workflow) factorOutcome()     {}

func (Ready) prepareOutcome()       {}
func (CodeSent) prepareOutcome()    {}
func (AlreadySent) prepareOutcome() {}
func (Unavailable) prepareOutcome() {}
