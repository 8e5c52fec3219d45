package audit

import (
	"time"
	"unicode"
	"unicode/utf8"
)

// ImpersonationStarted says that an administrator acts as somebody else from now
// on, or was refused. The subject is the person, the actor the administrator; where
// the person is not theirs to know, the subject is the administrator too. Every
// event until the end names both.
type ImpersonationStarted struct {
	Outcome Outcome `audit:"outcome"`
	Reason  Reason  `audit:"reason"` // unless Success
	// Stated is why, in the administrator's own words; left out when it was refused
	// for what it is.
	Stated string `audit:"stated_reason,optional"`
	// Until is when it ends by itself, which no other event tells; left out when it
	// was refused before that was known.
	Until time.Time `audit:"until_us,optional"`
}

func (ImpersonationStarted) about() facts {
	return facts{kind: "impersonation_started", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e ImpersonationStarted) fill(f *fields) {
	f.outcome(e.Outcome)
	f.reason(e.Reason, ReasonBadInput, ReasonCrossTenant, ReasonNested, ReasonNotActive, ReasonNotApproved,
		ReasonProtected, ReasonSelf, ReasonStepUp, ReasonUnknownUser)
	f.optionalText("stated_reason", e.Stated, isStated)
	if !e.Until.IsZero() {
		f.at("until_us", e.Until)
	}
}

// ImpersonationEnded says that an administrator no longer acts as somebody else,
// before the time was up.
type ImpersonationEnded struct {
	Cause Cause `audit:"cause"`
	// Duration is how long they did: at least a millisecond.
	Duration time.Duration `audit:"duration_ms"`
}

func (ImpersonationEnded) about() facts {
	return facts{kind: "impersonation_ended", class: Critical, outcomes: anyOf(Success), subject: true}
}

func (e ImpersonationEnded) fill(f *fields) {
	f.outcome(Success)
	closed(f, "cause", e.Cause, CauseStopped, CauseLogout)
	f.count("duration_ms", int(e.Duration.Milliseconds()))
}

// isStated is a line that somebody has written.
func isStated(s string) bool {
	if len(s) > 512 || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
