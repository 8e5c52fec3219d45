package ldap

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/axess-go/axess/factor"
)

// Reason says why a password was not accepted, in words that may be logged.
type Reason string

// The reasons. Those up to Disabled come with [factor.Rejected].
const (
	ReasonInput      Reason = "input"      // nothing that a directory is asked with
	ReasonCredential Reason = "credential" // name or password do not fit
	ReasonNoEntry    Reason = "no_entry"   // a search found nobody, or more than one
	// ReasonMustChange: the password is right, and the directory lets nobody in with it
	// until it is changed. It tells no stranger anything: who reads it knew the password.
	ReasonMustChange Reason = "must_change"
	ReasonLocked     Reason = "locked"
	ReasonExpired    Reason = "expired"  // the account, not its password
	ReasonDisabled   Reason = "disabled" // or not allowed to sign in here and now

	ReasonBusy      Reason = "busy"      // the directory says that it cannot
	ReasonTransport Reason = "transport" // no connection, or it broke
	ReasonTLS       Reason = "tls"       // the certificate, or no TLS at all
	ReasonTimeout   Reason = "timeout"
	ReasonCancelled Reason = "cancelled" // whoever asked has gone
	ReasonResting   Reason = "resting"   // it failed too often a moment ago
	ReasonGroups    Reason = "groups"    // attributes or groups are required and could not be read

	ReasonReferral Reason = "referral" // the directory knows another that knows
	ReasonRefused  Reason = "refused"  // it does not do what it was asked: the configuration
	ReasonService  Reason = "service"  // it does not take the account that searches
)

// verdict of a reason.
func (r Reason) verdict() factor.Verdict {
	switch r {
	case "":
		return factor.Accepted
	case ReasonInput, ReasonCredential, ReasonNoEntry, ReasonMustChange, ReasonLocked, ReasonExpired, ReasonDisabled:
		return factor.Rejected
	case ReasonReferral, ReasonRefused, ReasonService:
		return factor.Misconfigured
	default:
		return factor.Unavailable
	}
}

// transport reports whether a reason counts against the directory (FAC-096).
func (r Reason) transport() bool {
	return r == ReasonTransport || r == ReasonTLS || r == ReasonTimeout
}

// Error is why a directory could not be asked, or what it answered. It holds no text of
// the directory, no name and no password.
type Error struct {
	Op     string // connect, tls, bind, search
	Reason Reason
	Code   int    // the result code (RFC 4511 §4.1.9), 0 if there is none
	Detail string // for operators, of this program alone
}

// Error implements error.
func (e *Error) Error() string {
	s := "ldap: " + e.Op + ": " + string(e.Reason)
	if e.Code != 0 {
		s += fmt.Sprintf(" (result %d)", e.Code)
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// reasonOf is the reason in an error of this package.
func reasonOf(err error) Reason {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Reason
	}
	return ReasonTransport
}

// sub finds what Active Directory says behind a result of 49, in hexadecimal.
var sub = regexp.MustCompile(`(?i)\bdata ([0-9a-f]{1,8})\b`)

var subs = map[string]Reason{
	"525": ReasonCredential, // no such user
	"52e": ReasonCredential,
	"530": ReasonDisabled, // not at this time
	"531": ReasonDisabled, // not from this machine
	"532": ReasonMustChange,
	"533": ReasonDisabled,
	"701": ReasonExpired,
	"773": ReasonMustChange,
	"775": ReasonLocked,
}

// bindReason reads the answer to a bind: the result, its sub-code, and the control that
// directories with a password policy add. What is not known is not a wrong password.
func bindReason(err error, controls []goldap.Control) (Reason, int) {
	code, text, answered := resultOf(err)
	if !answered {
		return ReasonTransport, 0
	}
	switch said := policyError(controls); {
	case (code == goldap.LDAPResultSuccess || code == goldap.LDAPResultInvalidCredentials) && (said == 0 || said == 2):
		return ReasonMustChange, code // passwordExpired, changeAfterReset
	case code == goldap.LDAPResultInvalidCredentials && said == 1:
		return ReasonLocked, code
	}
	switch code {
	case goldap.LDAPResultSuccess:
		return "", 0
	case goldap.LDAPResultInvalidCredentials:
		if m := sub.FindStringSubmatch(text); m != nil {
			if r, known := subs[strings.ToLower(m[1])]; known {
				return r, code
			}
		}
		return ReasonCredential, code
	case goldap.LDAPResultNoSuchObject, goldap.LDAPResultInappropriateAuthentication:
		return ReasonCredential, code // no such entry, or one without a password
	case goldap.LDAPResultConstraintViolation:
		return ReasonLocked, code // what 389 Directory Server says after too many
	}
	return otherReason(code), code
}

// searchReason reads the answer to a search. A base that is not there holds nobody.
func searchReason(err error) (Reason, int) {
	code, _, answered := resultOf(err)
	switch {
	case !answered:
		return ReasonTransport, 0
	case code == goldap.LDAPResultSuccess:
		return "", 0
	case code == goldap.LDAPResultNoSuchObject, code == goldap.LDAPResultSizeLimitExceeded:
		return ReasonNoEntry, code
	}
	return otherReason(code), code
}

func otherReason(code int) Reason {
	switch code {
	case goldap.LDAPResultReferral:
		return ReasonReferral
	case goldap.LDAPResultTimeLimitExceeded, goldap.LDAPResultAdminLimitExceeded, goldap.LDAPResultBusy,
		goldap.LDAPResultUnavailable, goldap.LDAPResultUnwillingToPerform, goldap.LDAPResultOther:
		return ReasonBusy
	case goldap.LDAPResultProtocolError, goldap.LDAPResultAuthMethodNotSupported, goldap.LDAPResultStrongAuthRequired,
		goldap.LDAPResultConfidentialityRequired, goldap.LDAPResultInvalidDNSyntax, goldap.LDAPResultInsufficientAccessRights,
		goldap.LDAPResultUndefinedAttributeType, goldap.LDAPResultInappropriateMatching:
		return ReasonRefused
	}
	return ReasonBusy
}

// resultOf is the code that a server answered, false if it did not.
func resultOf(err error) (code int, text string, answered bool) {
	if err == nil {
		return goldap.LDAPResultSuccess, "", true
	}
	var e *goldap.Error
	if !errors.As(err, &e) || e.ResultCode >= goldap.ErrorNetwork {
		return 0, "", false
	}
	if e.Err != nil {
		text = e.Err.Error()
	}
	return int(e.ResultCode), text, true
}

// policyError is the error in the answer's password policy control, -1 without one
// (draft-behera-ldap-password-policy-10 §6.2).
func policyError(controls []goldap.Control) int8 {
	for _, c := range controls {
		if p, ok := c.(*goldap.ControlBeheraPasswordPolicy); ok {
			return p.Error
		}
	}
	return -1
}
