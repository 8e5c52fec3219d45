package audit

import "time"

// AccountSuspended says that an account may not sign in until it is activated
// again; with it every session ended.
type AccountSuspended struct {
	Outcome Outcome `audit:"outcome"`
	Cause   Cause   `audit:"cause"`
	By      By      `audit:"by"`
	// Until is when the account may sign in again by itself; left out for a
	// suspension without end.
	Until time.Time `audit:"until_us,optional"`
	// Sessions is how many sessions it ended; left out when a raised epoch ended
	// them without looking.
	Sessions int `audit:"sessions_ended,optional"`
}

func (AccountSuspended) about() facts {
	return facts{kind: "account_suspended", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e AccountSuspended) fill(f *fields) {
	f.outcome(e.Outcome)
	closed(f, "cause", e.Cause, CauseAdmin)
	closed(f, "by", e.By, BySelf, ByAdmin, BySystem)
	if !e.Until.IsZero() {
		f.at("until_us", e.Until)
	}
	f.optionalCount("sessions_ended", e.Sessions)
}

// AccountActivated says that an account may sign in from now on: by the decision of
// somebody, after it was suspended or archived, or because its owner has set up an
// account that was made for them.
type AccountActivated struct {
	Outcome Outcome `audit:"outcome"`
	Cause   Cause   `audit:"cause"`
	By      By      `audit:"by"`
}

func (AccountActivated) about() facts {
	return facts{kind: "account_activated", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e AccountActivated) fill(f *fields) {
	f.outcome(e.Outcome)
	closed(f, "cause", e.Cause, CauseAdmin, CauseExpired, CauseArchived, CauseActivation)
	closed(f, "by", e.By, BySelf, ByAdmin, BySystem)
}

// AccountDeleted says that an account is over: its row stays after the end and in
// the archive, and goes when it is erased, which a user_erased reports. With it
// every session ended.
type AccountDeleted struct {
	Outcome Outcome `audit:"outcome"`
	Cause   Cause   `audit:"cause"`
	By      By      `audit:"by"`
	// Sessions is how many sessions it ended; left out when a raised epoch ended
	// them without looking.
	Sessions int `audit:"sessions_ended,optional"`
}

func (AccountDeleted) about() facts {
	return facts{kind: "account_deleted", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e AccountDeleted) fill(f *fields) {
	f.outcome(e.Outcome)
	closed(f, "cause", e.Cause, CauseTerminated, CauseArchived, CauseErased)
	closed(f, "by", e.By, BySelf, ByAdmin, BySystem)
	f.optionalCount("sessions_ended", e.Sessions)
}

// UserErased says that an account is gone for good: its row, names, factors, links,
// roles, tokens and guesses. The handle is what is left of it.
type UserErased struct {
	Outcome Outcome `audit:"outcome"`
	By      By      `audit:"by"`
}

func (UserErased) about() facts {
	return facts{kind: "user_erased", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e UserErased) fill(f *fields) {
	f.outcome(e.Outcome)
	closed(f, "by", e.By, BySelf, ByAdmin, BySystem)
}

// LockoutCleared says that somebody has lifted the lock that failures closed.
type LockoutCleared struct {
	Scope     Scope `audit:"scope"`
	ClearedBy By    `audit:"cleared_by"`
}

func (LockoutCleared) about() facts {
	return facts{kind: "lockout_cleared", class: Critical, outcomes: anyOf(Success), subject: true}
}

func (e LockoutCleared) fill(f *fields) {
	f.outcome(Success)
	closed(f, "scope", e.Scope, ScopeUser)
	closed(f, "cleared_by", e.ClearedBy, ByAdmin, BySystem)
}
