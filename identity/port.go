package identity

import (
	"context"
	"time"

	"github.com/axess-go/axess/store"
)

// How long [Admin.Sweep] leaves things alone, and how much a page holds.
const (
	// CandidateLife is how long somebody who signed up has to confirm (AUN-125).
	CandidateLife = 7 * 24 * time.Hour
	// MaxPage bounds what the listing verbs return at once (IDN-061 row 7).
	MaxPage = 200
	// TokenKept is how long an expired token is still found.
	TokenKept = 24 * time.Hour
)

// Lookup is what a login reads. Every verb filters by tenant in the query
// itself; a row of another tenant is store.ErrNotFound (IDN-031, IDN-032). Zero
// ids are ErrInvalidID, without I/O. Results are the caller's to keep.
//
// Errors: store.ErrNotFound, store.ErrUnavailable, store.ErrCorrupt.
type Lookup interface {
	// TenantByID returns the tenant in any status, with its methods by priority,
	// then name.
	TenantByID(ctx context.Context, t TenantID) (TenantView, error)
	// TenantBySlug is TenantByID for a slug.
	TenantBySlug(ctx context.Context, slug string) (TenantView, error)
	// AccountByIdentifier finds a user by the canonical form inside one tenant.
	AccountByIdentifier(ctx context.Context, t TenantID, kind IdentifierKind, canonical string) (Account, error)
	// AccountByID is always answered by the primary.
	AccountByID(ctx context.Context, s Subject) (Account, error)
	// AccountByHandle finds the user of a WebAuthn handle inside one tenant.
	AccountByHandle(ctx context.Context, t TenantID, handle [32]byte) (Account, error)
	// AccountByLink finds the user whom an issuer calls by this subject inside one
	// tenant.
	AccountByLink(ctx context.Context, t TenantID, issuer, external string) (Account, error)
	// Users lists the users of a tenant in any state, with their identifiers,
	// ascending by CreatedAt, then ID, behind the place after (zero: from the first),
	// at most limit (1 to MaxPage). Whoever is created while somebody pages is seen
	// or not, and moves nobody else.
	Users(ctx context.Context, t TenantID, after UserCursor, limit int) ([]User, error)
	// HasRole reports whether an account of the tenant holds the role, by the same
	// rule as [RequireNoRole]. An unknown tenant has none.
	HasRole(ctx context.Context, t TenantID, r Role) (bool, error)
	// TokenBySelector returns a live or expired token; the caller judges.
	TokenBySelector(ctx context.Context, selector [16]byte) (Token, error)
}

// UserCursor is a place in the order of the users of a tenant. The zero cursor is
// before the first.
type UserCursor struct {
	At time.Time
	ID UserID
}

// Cursor returns the place of the user.
func (u User) Cursor() UserCursor { return UserCursor{u.CreatedAt, u.ID} }

// AuthnLog adds what a login may write.
type AuthnLog interface {
	Lookup
	// Record makes every change or none, in order; each is one conditional
	// statement. A condition that fails is a *ChangeError. On
	// store.ErrUnavailable the effect is unknown: read back, never repeat blindly.
	Record(ctx context.Context, changes ...LogChange) error
}

// Admin adds the privileged writes.
type Admin interface {
	AuthnLog
	OperatorLookup
	// Apply is Record for every kind of change, with the same promise. ErrNotRevoked
	// says that it is done but for the end of the sessions.
	Apply(ctx context.Context, changes ...Change) error
	// Overdue lists the Candidates that a Sweep at the same time would erase, at
	// most limit (from 1), oldest first: for a caller who has to do the erasing
	// himself, because the epochs are kept elsewhere.
	Overdue(ctx context.Context, now time.Time, limit int) ([]Subject, error)
	// CredentialKids counts the credentials of all tenants by the key that their
	// body is sealed under, in the order of the ids: a ring that lacks one of them
	// cannot open what people sign in with (PRD-034). A body that is no envelope is
	// damaged, needs no key and is not counted.
	CredentialKids(ctx context.Context) ([]store.KidCount, error)
	// Sweep removes what nobody waits for any more, at most limit (from 1) rows of
	// each kind, oldest first, and reports how many: tokens a day past their end
	// (until then their owner can be told "expired"), methods and policies of users
	// that are past their end, and Candidates created
	// CandidateLife ago or earlier with everything that belongs to them, raising
	// their epoch (AUN-125). A short count means that nothing is left. It judges
	// by now alone and may run on every node at once. A zero now or a limit below 1
	// is store.ErrBadArgument.
	Sweep(ctx context.Context, now time.Time, limit int) (int, error)
}
