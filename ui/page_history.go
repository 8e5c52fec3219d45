package ui

import "time"

// HistoryRow is one thing that happened to the account.
type HistoryRow struct {
	At       time.Time
	Kind     string // of the event, as docs/audit-events.md has it
	Failed   bool   // it did not succeed
	Factor   string // what was tried or changed; empty for nothing
	By       string // "self", "admin" or "system"
	Browser  string // "Firefox"; empty when unknown or somebody else's
	Platform string // "Linux"; likewise
	Address  string // likewise; of an older one the network
}

// HistoryPage is what has happened to the account, newest first (UIX-038). Show is
// "", "sign_ins" or "changes"; Older and Newest are paths, empty where there is
// nothing.
type HistoryPage struct {
	Frame
	Rows   []HistoryRow
	Show   string
	Older  string
	Newest string
}

func (p HistoryPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "history.title"}, "history")
	return "history", &p
}

// HistoryDay is the rows of one day.
type HistoryDay struct {
	Day  string
	Rows []HistoryRow
}

// Days are the rows by the days of the reader's zone.
func (p HistoryPage) Days() ([]HistoryDay, error) {
	place := p.moments().place()
	var days []HistoryDay
	var last time.Time
	for _, r := range p.Rows {
		at := r.At.In(place)
		if len(days) == 0 || !sameDay(last, at) {
			words, err := p.words.day(at)
			if err != nil {
				return nil, err
			}
			days = append(days, HistoryDay{Day: words})
		}
		last = at
		days[len(days)-1].Rows = append(days[len(days)-1].Rows, r)
	}
	return days, nil
}

// Says is the sentence about a row.
func (p HistoryPage) Says(r HistoryRow) (string, error) {
	key := "history." + r.Kind
	if _, known := historyKinds()[r.Kind]; !known {
		key = "history.else"
	}
	return p.T(key)
}

// With is the factor of a row in words; empty for none, or one without a name.
func (p HistoryPage) With(r HistoryRow) (string, error) {
	switch r.Factor {
	case "password", "totp", "hotp", "recovery", "email_link":
		return p.T("factor." + r.Factor + ".name")
	}
	return "", nil
}

// Choices are the lists to choose from.
func (p HistoryPage) Choices() []HistoryChoice {
	out := make([]HistoryChoice, 0, 3)
	for _, show := range []string{"", "sign_ins", "changes"} {
		out = append(out, HistoryChoice{Show: show, Key: "history." + map[bool]string{true: "all", false: show}[show == ""], Current: show == p.Show})
	}
	return out
}

// HistoryChoice is one list to choose.
type HistoryChoice struct {
	Show, Key string
	Current   bool
}

// historyKinds are the kinds that have a sentence, and the list that they are in.
func historyKinds() map[string]string {
	return map[string]string{
		"login_attempt": "sign_ins", "factor_verified": "sign_ins", "authenticated": "sign_ins", "step_up": "sign_ins",
		"logout_attempt": "sign_ins", "session_invalidated": "sign_ins", "session_binding_mismatch": "sign_ins",
		"recovery_code_used": "sign_ins", "lockout_triggered": "sign_ins", "lockout_cleared": "sign_ins", "impersonation_started": "sign_ins", "impersonation_ended": "sign_ins",
		"recovery_codes_generated": "changes", "factor_enabled": "changes", "factor_disabled": "changes", "factor_reset": "changes", "password_changed": "changes", "password_compromised": "changes",
		"password_reset": "changes", "password_reset_requested": "changes", "signup_completed": "changes", "user_created": "changes",
		"user_updated": "changes", "address_change_requested": "changes", "factor_setup": "changes", "account_suspended": "changes", "account_activated": "changes", "account_deleted": "changes",
		"role_granted": "changes", "role_revoked": "changes", "identity_linked": "changes", "identity_unlinked": "changes",
		"csrf_rejected": "", "role_refused": "", "password_rehashed": "", "signup_started": "",
	}
}
