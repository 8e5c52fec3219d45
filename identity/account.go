package identity

import "time"

// CredentialState tells whether a credential may be used.
type CredentialState uint8

// The states of a credential. The zero state is invalid.
const (
	CredentialActive CredentialState = iota + 1
	CredentialDisabled
)

// Credential is the stored row of one factor of one user. Its body is opaque
// here: factor.Vault seals it and authenticates the row, the verifier decodes
// it. Credentials exist at User scope only (IDN-074).
type Credential struct {
	ID     CredentialID
	Tenant TenantID
	User   UserID
	Kind   Kind
	State  CredentialState
	// Version grows by one with every write; writes are conditioned on the
	// version that was verified (FAC-002, AUN-043). A new row has version 1.
	Version   uint64
	CreatedAt time.Time
	// Body is sealed; MAC covers tenant, user, id, kind, state, version, created
	// time and body, so that whoever can write the table cannot make or move a
	// credential (ASVS 6.7.1).
	Body []byte
	MAC  [32]byte

	// Label and LastUsedAt serve the person; they are outside version and MAC.
	Label      string // at most 64 characters
	LastUsedAt time.Time
}

// Account is a user with what a login needs, in one read from the primary.
type Account struct {
	User        User
	Tenant      TenantStatus
	Credentials []Credential // ascending by CreatedAt, then ID
	Methods     []Method     // User scope only
	Grants      []Grant      // ascending by Role; as stored, not yet authenticated
	Policies    []Policy     // User scope only, by kind; expired ones included
	Links       []Link       // by issuer, then external subject; as stored
}

// TokenPurpose says what a one-time link token is good for.
type TokenPurpose string

// The purposes that exist today.
const (
	TokenSignUp TokenPurpose = "sign_up"
	// TokenClaim makes the first administrator (PRD-060). It belongs to no user: its
	// User is [SystemUser].
	TokenClaim TokenPurpose = "claim"
	// TokenReset lets its bearer choose a new password (AUN-131).
	TokenReset TokenPurpose = "reset"
	// TokenActivation lets somebody whom an administrator has made, or whose factors
	// were taken away, set up the factors of the account (IDN-052, AUN-115).
	TokenActivation TokenPurpose = "activation"
	// TokenAddress proves the new address of an account, which is Address (AUN-127).
	TokenAddress TokenPurpose = "address"
	// TokenSecondAddress proves an address that an account is to have beside its own
	// ones, which is Address (IDN-027).
	TokenSecondAddress TokenPurpose = "second_address"
	// TokenUndo gives an account its former address back, which is Address (AUN-127).
	TokenUndo TokenPurpose = "undo"
	// TokenVoid is stored for equal work and opens nothing (AUN-122).
	TokenVoid TokenPurpose = "void"
)

// NeedsUser reports that a token of this purpose is worth something to one user
// alone, who must be there when it is stored.
func (p TokenPurpose) NeedsUser() bool {
	switch p {
	case TokenReset, TokenActivation, TokenAddress, TokenSecondAddress, TokenUndo:
		return true
	case TokenSignUp, TokenClaim, TokenVoid:
	}
	return false
}

// Token is the stored half of a one-time link (FAC-085): the selector finds it,
// the digest proves it. The secret itself is in the mail only.
type Token struct {
	Selector [16]byte
	// Digest is a MAC over every other field and the 32-byte verifier, so that
	// whoever can write the table cannot make a link, or make one say something
	// else (ASVS 6.7.1). Only its owner can compute it; a backend compares it.
	Digest    [32]byte
	Purpose   TokenPurpose
	Tenant    TenantID
	User      UserID
	Address   string // the canonical address that it was sent to
	CreatedAt time.Time
	ExpiresAt time.Time
	// Tries counts what [CountTry] did; outside the digest.
	Tries int
}
