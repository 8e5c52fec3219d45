package identity

import (
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/store"
)

// Change is one conditional statement of [Admin.Apply]. The set is closed and
// grows with the features that need it; a backend that meets a change it does
// not know, or one that is malformed, answers store.ErrBadArgument, and
// ErrInvalidID for a zero id, before it touches anything.
//
//sumtype:decl
type Change interface{ change() }

// LogChange is the subset of changes that a login may write.
//
//sumtype:decl
type LogChange interface {
	Change
	logChange()
}

// ChangeError says which change of an Apply or Record failed, and why. Nothing
// of the call has taken effect. Unwrap gives the cause, so errors.Is works.
type ChangeError struct {
	Index int
	Err   error
}

// Error implements error.
func (e *ChangeError) Error() string { return fmt.Sprintf("identity: change %d: %v", e.Index, e.Err) }

// Unwrap returns the cause.
func (e *ChangeError) Unwrap() error { return e.Err }

// ErrNotRevoked means that the changes of an Apply are made and the end of the
// sessions that they promise is not acknowledged: epochs are kept elsewhere, and
// the raise is owed. It will be done without being asked for again. It comes with
// store.ErrUnavailable, and from no backend that keeps both in one place (SES-199).
var ErrNotRevoked = errors.New("identity: changed, the end of the sessions is not acknowledged")

type (
	// NewTenant inserts a tenant, at version 1, and its methods. ErrExists: id or
	// slug taken.
	NewTenant struct {
		Tenant  Tenant
		Methods []Method
	}
	// UpdateTenant replaces what a tenant decides about itself if its version is
	// Expect, and sets UpdatedAt. ErrConflict: another version; ErrExists: the slug
	// is taken; ErrNotFound: absent; ErrSystemTenant.
	UpdateTenant struct {
		Tenant      TenantID
		Expect      uint64
		Slug        string
		DisplayName string
		Settings    TenantSettings
		Secrets     []byte
		At          time.Time
	}
	// MoveTenant moves a tenant from one status to another if it is in From, and sets
	// UpdatedAt to Detail.Since. ErrConflict: another status; ErrNotFound: absent;
	// ErrStateTransition: there is no such move; ErrSystemTenant.
	MoveTenant struct {
		Tenant   TenantID
		From, To TenantStatus
		Detail   TenantDetail
	}
	// DropTenant removes a tenant with its methods and policies, if it is being
	// deleted, its PurgeAt has come at Now, and it has no user left. ErrConflict
	// otherwise; ErrNotFound: absent; ErrSystemTenant. Epochs and audit stay; tokens
	// of nobody lead nowhere and end by themselves.
	DropTenant struct {
		Tenant TenantID
		Now    time.Time
	}
	// NewUser inserts a user with its identifiers. ErrExists: the id or one of
	// the identifiers is taken in this tenant. ErrNotFound: no such tenant.
	NewUser struct{ User User }
	// Transition moves a user from one state to another, if it is in From
	// (IDN-023). ErrConflict: it is in another state; ErrNotFound: absent;
	// ErrStateTransition: there is no such move, whatever state it is in.
	// EmailVerifiedAt and UpdatedBy are set when they are not zero, UpdatedAt when
	// Detail.Since is not.
	Transition struct {
		Subject         Subject
		From, To        UserState
		Detail          StateDetail
		By              UserID
		EmailVerifiedAt time.Time
	}
	// SetLanguage sets the language that a user reads, in whatever state; empty
	// forgets it. It sets UpdatedBy and UpdatedAt. ErrNotFound: absent.
	SetLanguage struct {
		Subject  Subject
		Language string
		By       UserID
		At       time.Time
	}
	// SetDisplayName sets the name that a user is shown under, in whatever state;
	// empty forgets it. It sets UpdatedBy and UpdatedAt. ErrNotFound: absent.
	SetDisplayName struct {
		Subject     Subject
		DisplayName string
		By          UserID
		At          time.Time
	}
	// SetIdentifiers replaces the names of a user, if they are those of Was now (in
	// any order), by Next, of which the first is the primary one. It sets UpdatedBy
	// and UpdatedAt, and EmailVerifiedAt if that is not zero. ErrConflict: other
	// names; ErrExists: one of Next belongs to somebody else of the tenant;
	// ErrNotFound: absent.
	SetIdentifiers struct {
		Subject         Subject
		Was, Next       []Identifier
		EmailVerifiedAt time.Time
		By              UserID
		At              time.Time
	}
	// PutCredential inserts the row (Expect 0: ErrExists if the id is known) or
	// replaces it if its version is Expect (ErrConflict otherwise, ErrNotFound if
	// absent). Credential.Version is Expect+1. ErrNotFound: no such user.
	PutCredential struct {
		Credential Credential
		Expect     uint64
	}
	// DropCredential removes a credential if its version is Expect.
	DropCredential struct {
		Subject Subject
		ID      CredentialID
		Expect  uint64
	}
	// VoidCredentials removes every credential of a user; none is success.
	VoidCredentials struct{ Subject Subject }
	// PutMethod sets a method of a scope by name; Remove deletes it (absent is
	// success).
	PutMethod struct {
		Scope  Scope
		Method Method
		Remove bool
	}
	// PutPolicy sets a policy of a tenant or user (Expect 0: ErrExists if the scope
	// has one of the kind) or replaces the row if its version is Expect (ErrConflict
	// otherwise, ErrNotFound if absent). Policy.Version is Expect+1. ErrNotFound: no
	// such tenant or user.
	PutPolicy struct {
		Policy Policy
		Expect uint64
	}
	// DropPolicy removes a policy if its version is Expect (ErrConflict otherwise,
	// ErrNotFound if absent).
	DropPolicy struct {
		Scope  Scope
		Kind   PolicyKind
		Expect uint64
	}
	// PutLink ties an external subject to a user. ErrExists: it belongs to somebody
	// of this tenant, this user included; ErrNotFound: no such user; ErrTooLarge: the
	// user has MaxLinks.
	PutLink struct{ Link Link }
	// DropLink removes a link of this user; absent is ErrNotFound.
	DropLink struct {
		Subject          Subject
		Issuer, External string
	}
	// PutGrant gives a role (Expect 0: ErrExists if the user holds it) or replaces
	// the row if its version is Expect (ErrConflict otherwise, ErrNotFound if
	// absent). Grant.Version is Expect+1. ErrNotFound: no such user.
	PutGrant struct {
		Grant  Grant
		Expect uint64
	}
	// DropGrant takes a role away if the version of its row is Expect (ErrConflict
	// otherwise, ErrNotFound if the user does not hold it).
	DropGrant struct {
		Subject Subject
		Role    Role
		Expect  uint64
	}
	// RequireNoRole changes nothing: it is ErrExists if an account of the tenant
	// holds the role, in whatever state and whether its row is authentic or not
	// (doubt closes). Of any number of change sets that begin with it and grant the
	// role, at most one succeeds (PRD-062). ErrNotFound: no such tenant.
	RequireNoRole struct {
		Tenant TenantID
		Role   Role
	}
	// RequireHolder changes nothing: it is ErrConflict unless the user is Active and
	// holds the role, whether its row is authentic or not; ErrNotFound: absent. Of two
	// change sets of which each begins with it for the user whom the other moves away,
	// at most one succeeds: so administrators cannot put one another out at once.
	RequireHolder struct {
		Subject Subject
		Role    Role
	}
	// PutToken stores a one-time token. One that [TokenPurpose.NeedsUser]
	// belongs to a user who is there (ErrNotFound), so that an erasure leaves
	// none behind, whoever was about to write one (AUN-I7). With Keep above 0 only that many tokens of
	// this user and purpose remain, the newest by CreatedAt, then Selector; the new
	// one always does. ErrExists: the selector is known.
	PutToken struct {
		Token Token
		Keep  int
	}
	// CountTry counts one use of a token that led nowhere, if it is live at Now, has
	// this purpose and digest and fewer than Max tries. ErrNotFound: it is not there;
	// ErrConflict: it has had its tries.
	CountTry struct {
		Selector [16]byte
		Digest   [32]byte
		Purpose  TokenPurpose
		Max      int // 1 to 100
		Now      time.Time
	}
	// ConsumeToken removes a token if it is live at Now, has this purpose and
	// this digest. ErrNotFound otherwise: of any number of callers at most one
	// succeeds (FAC-I11).
	ConsumeToken struct {
		Selector [16]byte
		Digest   [32]byte
		Purpose  TokenPurpose
		Now      time.Time
	}
	// VoidTokens removes the tokens of a user with one purpose, or with any if it is
	// empty; none is success. With Since, which needs a purpose, older ones stay:
	// those whose CreatedAt is before it.
	VoidTokens struct {
		Subject Subject
		Purpose TokenPurpose
		Since   time.Time
	}
	// EraseUser removes a user that is in From, with its identifiers,
	// credentials, methods, policies, links, grants and tokens. ErrConflict: another state.
	EraseUser struct {
		Subject Subject
		From    UserState
	}
	// RaiseEpoch adds one to the epoch of a scope. With Check it applies only if
	// the epoch is From now (ErrConflict otherwise): somebody else's raise in
	// between is then noticed (decisions: credential change of the person acting).
	RaiseEpoch struct {
		Scope Scope
		Check bool
		From  uint64
	}
	// AdvanceCredential replaces state, body and MAC of a credential if its version is
	// Credential.Version-1, and stamps LastUsedAt from it. ErrConflict: another
	// writer was first, which for a one-time code is a replay (AUN-043).
	AdvanceCredential struct{ Credential Credential }
	// RecordLogin stamps the user's last login, and LastUsedAt of the credentials
	// in Used that are still there, never backwards, if user and tenant are Active
	// at At. ErrConflict otherwise: this condition is the last re-read of a login
	// (AUN-047). Neither version nor MAC of a credential changes.
	RecordLogin struct {
		Subject Subject
		At      time.Time
		Used    []CredentialID
	}
	// Append writes an outbox row in the same commit.
	Append struct{ Row store.Row }
)

func (NewTenant) change()         {}
func (NewUser) change()           {}
func (Transition) change()        {}
func (SetLanguage) change()       {}
func (SetDisplayName) change()    {}
func (PutCredential) change()     {}
func (DropCredential) change()    {}
func (VoidCredentials) change()   {}
func (PutMethod) change()         {}
func (PutGrant) change()          {}
func (DropGrant) change()         {}
func (RequireNoRole) change()     {}
func (RequireHolder) change()     {}
func (PutToken) change()          {}
func (ConsumeToken) change()      {}
func (VoidTokens) change()        {}
func (EraseUser) change()         {}
func (RaiseEpoch) change()        {}
func (AdvanceCredential) change() {}
func (RecordLogin) change()       {}
func (UpdateTenant) change()      {}
func (MoveTenant) change()        {}
func (DropTenant) change()        {}
func (SetIdentifiers) change()    {}
func (PutPolicy) change()         {}
func (DropPolicy) change()        {}
func (PutLink) change()           {}
func (DropLink) change()          {}
func (CountTry) change()          {}
func (Append) change()            {}

func (AdvanceCredential) logChange() {}
func (RecordLogin) logChange()       {}
func (CountTry) logChange()          {}
func (Append) logChange()            {}
