package machine

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/axess-go/axess/identity"
)

// Bounds of what a state may hold. A method is saved with at most 5 × 8; the
// wider bound here is for methods that were saved by something else.
const (
	MaxSteps    = 16
	MaxOptions  = 8
	MaxMenu     = 64
	MaxEvidence = 256 // in one login, step-ups included
	MaxAMR      = 16  // of one evidence
	MaxWorkflow = 7 * 24 * time.Hour
	// MaxWorkflowSteps bounds Total.
	MaxWorkflowSteps = 1 << 16
	// MaxText bounds, in bytes of valid UTF-8, what a state carries for pages to
	// show: identifier, address, display name.
	MaxText = 1024
	// EvidenceSkew is how far ahead of us the clock of another node may have
	// stamped an evidence.
	EvidenceSkew = 5 * time.Minute

	maxMethodName = 64
	maxKindName   = 128
)

// endOfTime is the first second of the year 10000, which text forms of a time
// cannot carry.
const endOfTime = 253402300800

// fits keeps out what a session body could not carry: a state that is stored
// and can never be opened again would lock its owner out.
func fits(s string, limit int) bool { return len(s) <= limit && utf8.ValidString(s) }

func checkTime(t time.Time, fault error) error {
	if s := t.Unix(); s <= 0 || s >= endOfTime {
		return fault
	}
	return nil
}

// checkSubject refuses the background subject as well: what works on its own
// behalf has no session (SES-022, IDN-014).
func checkSubject(s identity.Subject) error {
	if !s.Valid() || s.User == identity.SystemUser {
		return ErrBadSubject
	}
	return nil
}

func checkMethod(name string) error {
	if name == "" || !fits(name, maxMethodName) {
		return ErrBadMethod
	}
	return nil
}

// checkSteps refuses a method that could complete without evidence (SES-011).
func checkSteps(steps []identity.Step) error {
	if len(steps) == 0 {
		return ErrEmptyMethod
	}
	if len(steps) > MaxSteps {
		return ErrMethodTooLong
	}
	for _, step := range steps {
		if step.Len() == 0 {
			return ErrEmptyMethod
		}
		if step.Len() > MaxOptions {
			return ErrMethodTooLong
		}
		for i := range step.Len() {
			if k := step.At(i); k == "" || !fits(string(k), maxKindName) {
				return ErrEmptyMethod
			}
		}
	}
	return nil
}

// checkEvidence judges what does not depend on the present.
func checkEvidence(ev []identity.Evidence) error {
	if len(ev) > MaxEvidence {
		return ErrEvidenceFull
	}
	for i := range ev {
		if k := ev[i].Kind; k == "" || !fits(string(k), maxKindName) || len(ev[i].AMR) > MaxAMR {
			return ErrBadEvidence
		}
		for _, ref := range ev[i].AMR {
			if !fits(ref, maxKindName) {
				return ErrBadEvidence
			}
		}
		if err := checkTime(ev[i].At, ErrBadEvidence); err != nil {
			return err
		}
	}
	return nil
}

// checkNew judges evidence that enters a state now.
func checkNew(ev []identity.Evidence, now time.Time) error {
	latest := now.Add(EvidenceSkew)
	for i := range ev {
		if ev[i].At.After(latest) {
			return fmt.Errorf("%w: %w", ErrBadEvidence, ErrMoment)
		}
	}
	return checkEvidence(ev)
}

// checkFlow is the part that a new and a restored flow share.
func checkFlow(f *FlowData) error {
	if f.ID == (FlowID{}) || len(f.Menu) > MaxMenu || !fits(f.Identifier, MaxText) || !fits(f.Rules, MaxText) {
		return ErrBadFlow
	}
	if err := checkSubject(f.Subject); err != nil {
		return err
	}
	if err := checkMethod(f.Method); err != nil {
		return err
	}
	for _, name := range f.Menu {
		if err := checkMethod(name); err != nil {
			return err
		}
	}
	return checkSteps(f.Steps)
}

func checkDeadline(started, deadline time.Time, fault error) error {
	if !deadline.After(started) {
		return fault
	}
	if err := checkTime(started, fault); err != nil {
		return err
	}
	return checkTime(deadline, fault)
}

// checkLogin is for a login of one's own: the base of everything else.
func checkLogin(l *LoginData) error {
	// An impersonation without its actor would pass for the person (SES-018).
	if l.Actor != nil || l.Origin == OriginImpersonation {
		return ErrBadLogin
	}
	return checkAnyLogin(l)
}

func checkAnyLogin(l *LoginData) error {
	if err := checkSubject(l.Subject); err != nil {
		return err
	}
	if len(l.Evidence) == 0 {
		return ErrNoEvidence
	}
	if err := checkEvidence(l.Evidence); err != nil {
		return err
	}
	if l.Login.IsZero() || !fits(l.Profile.DisplayName, MaxText) {
		return ErrBadLogin
	}
	if l.Origin < OriginFactors || l.Origin > OriginSignup {
		return ErrBadLogin
	}
	return checkTime(l.AuthTime, ErrBadLogin)
}

func checkWorkflow(w *WorkflowData) error {
	if err := checkSubject(w.Subject); err != nil {
		return err
	}
	if !w.Kind.valid() || w.Total < 1 || w.Total > MaxWorkflowSteps || w.Step < 0 || w.Step > w.Total {
		return ErrBadWorkflow
	}
	if w.Then != ThenAuthenticated && w.Then != ThenGuest {
		return ErrBadWorkflow
	}
	if !fits(w.Address, MaxText) || w.Owed < 0 || w.Owed > MaxSteps {
		return ErrBadWorkflow
	}
	if err := checkDeadline(w.Started, w.Deadline, ErrBadWorkflow); err != nil {
		return err
	}
	if w.Deadline.Sub(w.Started) > MaxWorkflow {
		return ErrBadWorkflow
	}
	return checkEvidence(w.Passed)
}

func (k WorkflowKind) valid() bool {
	for i := range len(k) {
		c := k[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return k != "" && len(k) <= maxMethodName
}
