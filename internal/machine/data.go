package machine

import (
	"time"

	"github.com/axess-go/axess/identity"
)

// FlowID names one run through a method; it binds a proof to the flow that it
// was earned in.
type FlowID [16]byte

// FlowData is what an [Authenticating] state holds (SES-004, AUN-022). Values
// handed to this package are copied where it keeps them; values it hands out
// through [FlowOf] are shared and read-only.
type FlowData struct {
	ID      FlowID
	Subject identity.Subject
	// Decoy marks a flow for nobody: it runs like any other and never passes.
	Decoy bool
	// Method is the chosen method; Menu names those on offer until a first
	// factor has passed (AUN-012).
	Method string
	Menu   []string
	// Steps are all steps of the method, in order; Done is the evidence for the
	// first len(Done) of them.
	Steps    []identity.Step
	Done     []identity.Evidence
	Failed   uint32 // failed attempts, saturating; never stored (SES-019)
	LastTry  time.Time
	Started  time.Time // set by the machine
	Deadline time.Time
	// Epochs were read when the flow began; completion re-checks them (SES-201).
	Epochs identity.Epochs
	// Policy is the version of the settings that the menu was made from.
	Policy uint64
	// Rules is what the owner of the flow wants to remember of the policies that it
	// began under: at most MaxText bytes of valid UTF-8, empty for none.
	Rules string
	// Identifier is what the person typed, for the next page to show: at most
	// MaxText bytes of valid UTF-8, which is the caller's to see to.
	Identifier string
	// Base is the login that a step-up stands on; nil for a login.
	Base *LoginData
}

// Origin says how a login came about (SES-005).
type Origin uint8

// The origins. The zero origin is invalid.
const (
	OriginFactors Origin = iota + 1
	OriginFederated
	OriginRefresh
	OriginImpersonation
	OriginSignup
)

// LoginData is what an [Authenticated] state holds (SES-005).
type LoginData struct {
	Subject  identity.Subject
	AuthTime time.Time
	Evidence []identity.Evidence
	Origin   Origin
	// Login is constant from sign-in to its end, through all rotations.
	Login  identity.LoginID
	Epochs identity.Epochs
	Device identity.DeviceID // zero: unknown
	// Profile is carried so that a guard needs no read.
	Profile Profile
	// Actor is who acts in this login instead of the person; nil for nobody.
	Actor *ActorData
}

// Profile is what pages show of a person and events say about them.
type Profile struct {
	DisplayName string
	AuditHandle [16]byte
}

// WorkflowKind names what a [PendingWorkflow] is for: 1 to 64 bytes of
// [a-z0-9._-] (SES-006).
type WorkflowKind string

// The built-in workflows.
const (
	WorkflowSignup            WorkflowKind = "signup"
	WorkflowClaim             WorkflowKind = "claim"
	WorkflowPasswordReset     WorkflowKind = "password_reset"
	WorkflowEmailVerification WorkflowKind = "email_verification"
)

// Then says what follows a finished workflow.
type Then uint8

// What may follow. The zero value is invalid.
const (
	ThenAuthenticated Then = iota + 1
	ThenGuest
)

// WorkflowData is what a [PendingWorkflow] state holds.
type WorkflowData struct {
	Subject identity.Subject
	// Decoy marks a workflow for nobody: it runs like any other and is never
	// finished.
	Decoy bool
	Kind  WorkflowKind
	// Step counts the steps that are done, from 0 to Total.
	Step, Total int
	Started     time.Time
	Deadline    time.Time
	Then        Then
	Epochs      identity.Epochs
	// Address is where a link was sent, for pages to show.
	Address string
	// Prior is the login that a workflow interrupted (T11); nil otherwise.
	Prior *LoginData
	// Passed is the evidence of an unfinished login that a workflow interrupted
	// (T8), and Owed the number of evidences which that login still lacked.
	Passed []identity.Evidence
	Owed   int
}

// FlowOf returns the data of a flow, shared and read-only.
func FlowOf(s Authenticating) *FlowData { return s.flow }

// LoginOf returns the data of a login, shared and read-only.
func LoginOf(s Authenticated) *LoginData { return s.login }

// WorkflowOf returns the data of a workflow, shared and read-only.
func WorkflowOf(s PendingWorkflow) *WorkflowData { return s.flow }
