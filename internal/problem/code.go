package problem

import "net/http"

// Code names a refusal. The set is closed; a new one is a row of the table.
// The zero Code is no refusal and is written as Internal.
type Code uint8

// Answers to requests, by status.
const (
	_ Code = iota

	BadRequest
	BadIdentifier
	TooLong
	AmbiguousCredentials
	TokenInvalid

	Unauthenticated
	InvalidCredentials
	FactorRequired
	StepUpRequired
	SessionRevoked

	Forbidden
	CSRFFailed
	CSRFStale
	WorkflowPending
	RoleNeedsMFA
	LastFactor
	Impersonating
	ImpersonationRefused
	RecoveryHold

	NotFound
	MethodNotAllowed
	NotAcceptable

	NoFlow
	StepMismatch
	FlowExpired
	AlreadyAuthenticated
	Conflict
	SessionLimit

	PayloadTooLarge
	UnsupportedMediaType
	Misdirected
	ValidationFailed
	PasswordPolicy
	Throttled

	Internal
	Unavailable
	Busy

	// What follows is found while starting and never answers a request.

	ConfigInvalid
	OriginInvalid
	OriginNotHTTPS
	StoresMissing
	KeysMissing
	SignUpUnset
	MemoryRefused
	StoresNotShared
	MailMissing
	SchemaBehind

	codes
)

type row struct {
	name, title, cause, cure string
	status                   int
}

// row returns the row of c, that of Internal for whatever is no code.
func (c Code) row() *row {
	if c == 0 || c >= codes {
		c = Internal
	}
	return &table[c]
}

// String returns the code as the wire and the documents spell it.
func (c Code) String() string { return c.row().name }

// Status returns the HTTP status, 0 for a code that is found at start-up.
func (c Code) Status() int { return c.row().status }

// Title returns one short sentence for whoever sees the answer.
func (c Code) Title() string { return c.row().title }

// Cause says, for developers and operators, why this happens.
func (c Code) Cause() string { return c.row().cause }

// Cure says what to do about it.
func (c Code) Cure() string { return c.row().cure }

// Type returns the URI of the problem type (RFC 9457 §3.1.1).
func (c Code) Type() string { return "urn:axess:problem:" + c.String() }

// Codes returns every code in the order of the table.
func Codes() []Code {
	all := make([]Code, 0, codes-1)
	for c := Code(1); c < codes; c++ {
		all = append(all, c)
	}
	return all
}

// table is the one place where codes, statuses and texts meet. Titles reach
// strangers: they name no policy, no role, no other account.
var table = [codes]row{
	BadRequest: {status: http.StatusBadRequest, name: "bad_request",
		title: "The request could not be read.",
		cause: "The body, the form or a header is malformed.",
		cure:  "Send what the route documents. The log line with the same request id names the part."},
	BadIdentifier: {status: http.StatusBadRequest, name: "bad_identifier",
		title: "The address contains a malformed identifier.",
		cause: "A part of the path is not of the type the route expects, or longer than 1,024 bytes.",
		cure:  "Follow links as they were given; ids are hyphenated lower-case UUIDs."},
	TooLong: {status: http.StatusBadRequest, name: "too_long",
		title: "A value is too long.",
		cause: "A field exceeds its hard cap, which is checked before any expensive work.",
		cure:  "Shorten the value; the caps are the constants of package validate."},
	AmbiguousCredentials: {status: http.StatusBadRequest, name: "ambiguous_credentials",
		title: "The request carries two different credentials.",
		cause: "A session cookie and an Authorization header came together.",
		cure:  "Send one of them. Scripts that use a token should omit cookies."},
	TokenInvalid: {status: http.StatusBadRequest, name: "token_invalid",
		title: "This link is no longer valid.",
		cause: "The link was used before, has expired, was replaced by a newer one, or was changed on the way.",
		cure:  "Ask for a new link and open the latest mail."},

	Unauthenticated: {status: http.StatusUnauthorized, name: "unauthenticated",
		title: "You are not signed in.",
		cause: "The request carries no live session.",
		cure:  "Sign in. Navigations are redirected to the sign-in page by themselves."},
	InvalidCredentials: {status: http.StatusUnauthorized, name: "invalid_credentials",
		title: "Sign-in failed.",
		cause: "The name or the secret is wrong, or the account may not sign in. Which one is never said.",
		cure:  "Try again. The audit event of the attempt holds the reason."},
	FactorRequired: {status: http.StatusUnauthorized, name: "factor_required",
		title: "Sign-in is not complete.",
		cause: "The session has passed some steps of its sign-in method, not all.",
		cure:  "Complete the next step."},
	StepUpRequired: {status: http.StatusUnauthorized, name: "step_up_required",
		title: "Please confirm that it is you.",
		cause: "The action asks for a more recent or a stronger sign-in than the session has, or the session began in another browser or network.",
		cure:  "Confirm with the factor asked for and repeat the action."},
	SessionRevoked: {status: http.StatusUnauthorized, name: "session_revoked",
		title: "Your session has ended.",
		cause: "The cookie is genuine, but its session was signed out, ended elsewhere, or ran out.",
		cure:  "Sign in again."},

	Forbidden: {status: http.StatusForbidden, name: "forbidden",
		title: "You may not do this.",
		cause: "The policies deny the action for this principal.",
		cure:  "The decision's audit event names the policies; change them or the grants."},
	CSRFFailed: {status: http.StatusForbidden, name: "csrf_failed",
		title: "The request was refused for your safety.",
		cause: "It came from another site, or without the token of this session.",
		cure:  "Send the form field _csrf or the header X-CSRF-Token; list other origins of yours in ExtraOrigins."},
	CSRFStale: {status: http.StatusForbidden, name: "csrf_stale",
		title: "This page was out of date.",
		cause: "The page was opened before a sign-in or sign-out in another tab. The answer sets a fresh token.",
		cure:  "Send the request once more with the new token."},
	WorkflowPending: {status: http.StatusForbidden, name: "workflow_pending",
		title: "Something must be completed first.",
		cause: "The session is inside a workflow, such as verifying an address.",
		cure:  "Complete or leave the workflow."},
	RoleNeedsMFA: {status: http.StatusForbidden, name: "role_needs_mfa",
		title: "Administrators need a second factor.",
		cause: "The account holds, or was to get, a role of the console, and would be left without a second factor.",
		cure:  "Add an authenticator app before the role is granted, or another one before this one is removed."},
	LastFactor: {status: http.StatusForbidden, name: "last_factor",
		title: "Signing in needs this.",
		cause: "Signing in asks for a second factor, and this is the last one of the account that works.",
		cure:  "Add another authenticator app before this one is removed, or remove those first that no longer work."},
	Impersonating: {status: http.StatusForbidden, name: "impersonating",
		title: "Only the person themselves can do this.",
		cause: "An administrator is acting in this person's name, and this is about their credentials, their sessions or their account.",
		cure:  "Stop acting, and let the person do it."},
	ImpersonationRefused: {status: http.StatusForbidden, name: "impersonation_refused",
		title: "You cannot act as this person.",
		cause: "The person is not active, holds a protected role, is of another tenant or is yourself; or the reason or the time is missing or too long; or you act as somebody already. The audit event says which.",
		cure:  "Name an active person of your tenant, with a reason of 1 to 512 bytes, for at most 60 minutes."},
	RecoveryHold: {status: http.StatusForbidden, name: "recovery_hold",
		title: "Not so soon after a recovery.",
		cause: "The account has set up another second factor lately, after an administrator took the former one away, and the program keeps what it signs in with unchanged for a time.",
		cure:  "Wait until the hold is over."},

	NotFound: {status: http.StatusNotFound, name: "not_found",
		title: "There is nothing here.",
		cause: "The resource does not exist, or its existence is hidden from this principal.",
		cure:  "Check the address."},
	MethodNotAllowed: {status: http.StatusMethodNotAllowed, name: "method_not_allowed",
		title: "This address does not take that method.",
		cause: "The route exists for other methods; the Allow header lists them.",
		cure:  "Use one of the listed methods. Method-override headers are ignored."},
	NotAcceptable: {status: http.StatusNotAcceptable, name: "not_acceptable",
		title: "The answer is not available in that form.",
		cause: "The Accept header allows neither JSON nor HTML.",
		cure:  "Accept application/json or text/html."},

	NoFlow: {status: http.StatusConflict, name: "no_flow",
		title: "There is nothing to continue.",
		cause: "The step belongs to a sign-in or sign-up that this session has not begun.",
		cure:  "Start again."},
	StepMismatch: {status: http.StatusConflict, name: "step_mismatch",
		title: "Another step comes first.",
		cause: "The answer is for a step that is not the current one, often from an older tab.",
		cure:  "Continue with the step that is shown."},
	FlowExpired: {status: http.StatusConflict, name: "flow_expired",
		title: "This took too long.",
		cause: "The sign-in or sign-up ran past its deadline.",
		cure:  "Start again."},
	AlreadyAuthenticated: {status: http.StatusConflict, name: "already_authenticated",
		title: "You are already signed in.",
		cause: "The route serves unfinished sign-ins only.",
		cure:  "Go on, or sign out first."},
	Conflict: {status: http.StatusConflict, name: "conflict",
		title: "Something else changed this at the same time.",
		cause: "Two requests changed the same state and the other one won.",
		cure:  "Reload and try again."},
	SessionLimit: {status: http.StatusConflict, name: "session_limit",
		title: "You are signed in on too many devices.",
		cause: "The account has as many sessions as the limit allows, and the limit refuses new ones.",
		cure:  "End a session on another device, or raise the limit."},

	PayloadTooLarge: {status: http.StatusRequestEntityTooLarge, name: "payload_too_large",
		title: "The request is too large.",
		cause: "The body exceeds 64 KiB on the product's own routes or 1 MiB elsewhere.",
		cure:  "Send less."},
	UnsupportedMediaType: {status: http.StatusUnsupportedMediaType, name: "unsupported_media_type",
		title: "The request has a form that is not understood.",
		cause: "The body is neither JSON nor a URL-encoded form.",
		cure:  "Send application/json or application/x-www-form-urlencoded."},
	Misdirected: {status: http.StatusMisdirectedRequest, name: "misdirected",
		title: "This server does not answer for that name.",
		cause: "The Host header names no origin of this deployment.",
		cure:  "Open the address in Config.Origin; add further own names to ExtraOrigins."},
	ValidationFailed: {status: http.StatusUnprocessableEntity, name: "validation_failed",
		title: "Please check what you entered.",
		cause: "One or more fields are missing or not of the expected form; errors lists them.",
		cure:  "Correct the listed fields."},
	PasswordPolicy: {status: http.StatusUnprocessableEntity, name: "password_policy",
		title: "Please choose another password.",
		cause: "The password is too short, too common, or contains the account's own name.",
		cure:  "Choose a longer one. Several words are easier to keep than symbols."},
	Throttled: {status: http.StatusTooManyRequests, name: "throttled",
		title: "Too many attempts.",
		cause: "The allowance of attempts for this account or address is used up.",
		cure:  "Wait until retry_at. An operator can clear the ledger entry."},

	Internal: {status: http.StatusInternalServerError, name: "internal",
		title: "Something went wrong on our side.",
		cause: "A fault in the program or its wiring.",
		cure:  "Look up the request id in the log; the stack or the missing line stands there."},
	Unavailable: {status: http.StatusServiceUnavailable, name: "unavailable",
		title: "The service is not available right now.",
		cause: "A store or another service did not answer. Nobody was signed out.",
		cure:  "Try again in a moment. Readiness and the log name what is down."},
	Busy: {status: http.StatusServiceUnavailable, name: "busy",
		title: "The service is very busy right now.",
		cause: "All places for password hashing are taken.",
		cure:  "Try again in a moment; more processors or memory raise the number of places."},

	ConfigInvalid: {name: "config_invalid",
		title: "A setting is wrong.",
		cause: "A field of the configuration holds a value outside its range.",
		cure:  "The message names the field and what it may hold."},
	OriginInvalid: {name: "origin_invalid",
		title: "The origin is not an origin.",
		cause: "Config.Origin has a path, a query, user information, an upper-case letter, a trailing dot or an IP address, or is empty.",
		cure:  "Write scheme and host, and a port if it is not the usual one: https://app.example.com."},
	OriginNotHTTPS: {name: "origin_not_https",
		title: "The origin must use https.",
		cause: "An http origin that is not on the loopback interface would send cookies in the clear.",
		cure:  "Use https, with own certificates or behind a proxy listed in Config.Proxies."},
	StoresMissing: {name: "stores_missing",
		title: "No stores are configured.",
		cause: "Config.Stores is empty or one of its groups is nil.",
		cure:  "Pass a backend's Stores(), for example sqlite.MustOpen(\"app.db\").Stores()."},
	KeysMissing: {name: "keys_missing",
		title: "Keys are missing.",
		cause: "There is no key file outside development, or it lacks a key under which stored data is sealed.",
		cure:  "Create one with axess keys init, or restore the file that belongs to this data."},
	SignUpUnset: {name: "sign_up_unset",
		title: "Who may sign up is not stated.",
		cause: "Outside development Config.SignUp has no default: an open sign-up behind a gate guards nothing.",
		cure:  "Set it to open, invite or closed."},
	MemoryRefused: {name: "memory_refused",
		title: "Memory stores are for development.",
		cause: "A restart would sign everybody out and lose every account.",
		cure:  "Use a durable backend, or state SingleNode with a reason where the profile allows it."},
	StoresNotShared: {name: "stores_not_shared",
		title: "A store serves one process alone.",
		cause: "Config.MultiInstance says that several processes run, and a group of Config.Stores is on a backend that only one may use: each would know nothing of the others' sessions and revocations.",
		cure:  "Put the group on a backend that processes share, or run one process and leave MultiInstance out."},
	MailMissing: {name: "mail_missing",
		title: "No way to send mail is configured.",
		cause: "An enabled flow sends mail and Config.Mail is empty; only development writes it to the terminal.",
		cure:  "Set Config.Mail, such as to a sender of package mail/smtp, or switch off the flows that need it."},
	SchemaBehind: {name: "schema_behind",
		title: "The database is older than the program.",
		cause: "Tables lack steps that this version needs. Outside development a start changes no schema unless Config.Migrate says so, and in Regulated never.",
		cure:  "Run axess migrate plan and read what it would do, take a backup, then run axess migrate apply."},
}
