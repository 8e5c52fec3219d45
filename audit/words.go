package audit

// Reason says why something did not succeed, a closed set of words: each kind of
// event takes the ones that docs/audit-events.md lists for it (AUD-004).
type Reason string

// The reasons.
const (
	ReasonAudience       Reason = "audience"
	ReasonBadInput       Reason = "bad_input"
	ReasonBinding        Reason = "binding"
	ReasonDomain         Reason = "domain"
	ReasonCrossTenant    Reason = "cross_tenant"
	ReasonExists         Reason = "exists"
	ReasonExpired        Reason = "expired"
	ReasonIntegrity      Reason = "integrity"
	ReasonIssuer         Reason = "issuer"
	ReasonLifetime       Reason = "lifetime"
	ReasonLimit          Reason = "limit"
	ReasonLocked         Reason = "locked"
	ReasonMalformed      Reason = "malformed"
	ReasonMismatch       Reason = "mismatch"
	ReasonMissing        Reason = "missing"
	ReasonNested         Reason = "nested"
	ReasonNetwork        Reason = "network"
	ReasonNoMethod       Reason = "no_method"
	ReasonNotActive      Reason = "not_active"
	ReasonNotApproved    Reason = "not_approved"
	ReasonOrigin         Reason = "origin"
	ReasonProtected      Reason = "protected"
	ReasonReplay         Reason = "replay"
	ReasonSelf           Reason = "self"
	ReasonSignature      Reason = "signature"
	ReasonStale          Reason = "stale"
	ReasonStepUp         Reason = "step_up"
	ReasonStoreOutage    Reason = "store_outage"
	ReasonTokenClass     Reason = "token_class"
	ReasonTenantInactive Reason = "tenant_inactive"
	ReasonUnknownUser    Reason = "unknown_user"
	ReasonUnlinked       Reason = "unlinked"
	ReasonUnmigratable   Reason = "unmigratable"

	// Of a client certificate (package factor/mtls).
	ReasonCertNotLeaf   Reason = "cert_not_leaf"
	ReasonCertUsage     Reason = "cert_usage"
	ReasonName          Reason = "name"
	ReasonNotYetValid   Reason = "not_yet_valid"
	ReasonRevoked       Reason = "revoked"
	ReasonTooLarge      Reason = "too_large"
	ReasonUnbound       Reason = "unbound"
	ReasonUntrusted     Reason = "untrusted"
	ReasonWeakKey       Reason = "weak_key"
	ReasonWeakSignature Reason = "weak_signature"
	ReasonWorkload      Reason = "workload"
)

// Cause says what ended a session or moved an account.
type Cause string

// The causes.
const (
	CauseLogout          Cause = "logout"
	CauseAdmin           Cause = "admin"
	CauseSuspended       Cause = "suspended"
	CauseConcurrentLimit Cause = "concurrent_limit"
	CausePasswordChanged Cause = "password_changed"
	CauseStepUp          Cause = "step_up"
	// CauseStopped: whoever acted as somebody else has stopped, and is themselves
	// again.
	CauseStopped Cause = "stopped"
	// CauseTerminated, CauseArchived and CauseErased say how an account ended;
	// CauseArchived also where it came back from.
	CauseTerminated Cause = "terminated"
	CauseArchived   Cause = "archived"
	CauseErased     Cause = "erased"
	// CauseExpired: the suspension was over, and what was stored says so from now on.
	CauseExpired Cause = "expired"
	// CauseActivation: its owner followed the link of an account that was made for them.
	CauseActivation Cause = "activation"
)

// Scope says how far something reaches.
type Scope string

// The scopes.
const (
	ScopeSession Scope = "session"
	ScopeUser    Scope = "user"
	ScopeAddress Scope = "ip"
	ScopeTenant  Scope = "tenant"
)

// Flow says which way a login was completed.
type Flow string

// The flows.
const (
	FlowInteractive Flow = "interactive"
	FlowSignup      Flow = "signup"
	FlowClaim       Flow = "claim"
)

// By says whose decision it was.
type By string

// The deciders.
const (
	BySelf   By = "self"
	ByAdmin  By = "admin"
	BySystem By = "system"
)

// Source says where an account or tenant came from.
type Source string

// The sources.
const (
	// SourceClaim: the first administrator, by the claim link of a new installation.
	SourceClaim Source = "claim"
	// SourceBootstrap: made by the first start of a program.
	SourceBootstrap Source = "bootstrap"
	// SourceAdmin: made by an administrator, for its owner to activate.
	SourceAdmin Source = "admin"
	// SourceOperator: made by an operator's command.
	SourceOperator Source = "operator"
	// SourceProvisioned: made for somebody whom an issuer has verified.
	SourceProvisioned Source = "provisioned"
	// SourceRestore: a deletion that was taken back.
	SourceRestore Source = "restore"
)

// PurgePhase says what a step of a tenant's removal was about.
type PurgePhase string

// The phases.
const (
	PurgeUsers  PurgePhase = "users"
	PurgeTenant PurgePhase = "tenant"
)

// Binding says which trait of a browser a session is bound to.
type Binding string

// The traits.
const (
	// BindingAgent: the browser, as the User-Agent header says.
	BindingAgent Binding = "ua"
	// BindingNetwork: the network that the request came from.
	BindingNetwork Binding = "ip"
	// BindingTLS: the client certificate.
	BindingTLS Binding = "tls"
	// BindingLanguage: the first language that the browser asks for.
	BindingLanguage Binding = "lang"
)

// BindingAction says what a request met that did not show the trait.
type BindingAction string

// The actions.
const (
	// BindingObserve: nothing but this event.
	BindingObserve BindingAction = "observe"
	// BindingChallenge: guards refused the login until a factor was proved again.
	BindingChallenge BindingAction = "challenge"
	// BindingReject: the request was treated as a guest's.
	BindingReject BindingAction = "reject"
	// BindingRevoke: the session ended.
	BindingRevoke BindingAction = "revoke"
)

// TokenKind says which of the two checks against cross-site requests refused.
type TokenKind string

// The kinds of check.
const (
	// TokenOrigin: where the browser says the request comes from.
	TokenOrigin TokenKind = "origin"
	// TokenForm: the token in a form field or header.
	TokenForm TokenKind = "form"
)
