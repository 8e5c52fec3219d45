package ui

import (
	"fmt"
	"time"
)

// ErrorPage says what happened, what to do, and gives one link (UIX-043). The
// sentences depend on Code, else on Status; an unknown code still makes a
// whole page.
type ErrorPage struct {
	Frame
	Status  int       // HTTP status of the answer
	Code    string    // stable code, as in the JSON answer; shown in small text
	RetryAt time.Time // for 429 and 503: when it is worth trying again; zero: not known
	LinkTo  string    // replaces the link's path, such as the page to try again

	// Shown only when Frame.Dev is set.
	Cause string
	Cure  string
	Docs  string // address of the code's entry in the documentation
}

func (p ErrorPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "error." + p.Kind() + ".title"}, "")
	return "error", &p
}

// Kind is the group of sentences the page uses.
func (p ErrorPage) Kind() string {
	switch p.Code {
	case "flow_expired", "no_flow", "step_mismatch":
		return "expired"
	case "token_invalid":
		return "link"
	case "csrf_stale", "csrf_failed":
		return "stale"
	case "busy":
		return "busy"
	case "session_limit":
		return "session_limit"
	case "workflow_pending":
		return "pending"
	case "impersonating":
		return "acting"
	case "impersonation_refused":
		return "not_acting"
	case "mail_missing", "degraded":
		return "trouble"
	}
	switch p.Status {
	case 401:
		return "signed_out"
	case 403:
		return "denied"
	case 404, 410:
		return "missing"
	case 409:
		return "conflict"
	case 413:
		return "large"
	case 429:
		return "wait"
	}
	if p.Status >= 500 {
		return "trouble"
	}
	return "request"
}

// Wait is the wait in words; empty when nothing is known about it.
func (p ErrorPage) Wait() (string, error) {
	if p.RetryAt.IsZero() || p.Now.IsZero() || !p.RetryAt.After(p.Now) {
		return "", nil
	}
	return p.T("wait.for", "duration", p.RetryAt.Sub(p.Now))
}

// Text is what to do.
func (p ErrorPage) Text() (string, error) {
	if p.Kind() == "wait" && !p.RetryAt.IsZero() {
		return p.T("problem.locked", "time", p.RetryAt)
	}
	return p.T("error." + p.Kind() + ".text")
}

// LinkText is the words of the one link.
func (p ErrorPage) LinkText() (string, error) { return p.T("error." + p.Kind() + ".link") }

// Link is the one way on.
func (p ErrorPage) Link() (string, error) {
	if p.LinkTo != "" {
		return p.LinkTo, nil
	}
	switch p.Kind() {
	case "expired", "signed_out", "stale", "wait":
		return p.Path("sign_in")
	case "link":
		return p.Path("sign_up")
	case "session_limit":
		return p.Path("sessions")
	case "conflict", "acting":
		return p.Path("account")
	default:
		return p.Path("home")
	}
}

// Reference is the small line a person can copy into a question.
func (p ErrorPage) Reference() string {
	switch {
	case p.Code != "" && p.RequestID != "":
		return fmt.Sprintf("%s · %s", p.Code, p.RequestID)
	case p.Code != "":
		return p.Code
	default:
		return p.RequestID
	}
}
