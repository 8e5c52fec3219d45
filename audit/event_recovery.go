package audit

// RecoveryCodesGenerated says that an account has a fresh set of recovery codes; those
// that it had before are void.
type RecoveryCodesGenerated struct {
	Outcome Outcome `audit:"outcome"`
	Count   int     `audit:"count"`
}

func (RecoveryCodesGenerated) about() facts {
	return facts{kind: "recovery_codes_generated", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e RecoveryCodesGenerated) fill(f *fields) {
	f.outcome(e.Outcome)
	f.count("count", e.Count)
}

// RecoveryCodeUsed says that a recovery code stood for the second factor of a sign-in:
// it is spent, and every session has ended.
type RecoveryCodeUsed struct {
	Outcome Outcome `audit:"outcome"`
	// Remaining is how many are left; left out for none.
	Remaining int `audit:"remaining,optional"`
}

func (RecoveryCodeUsed) about() facts {
	return facts{kind: "recovery_code_used", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e RecoveryCodeUsed) fill(f *fields) {
	f.outcome(e.Outcome)
	f.optionalCount("remaining", e.Remaining)
}
