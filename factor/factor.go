// Package factor is what all ways to authenticate have in common: their stable
// tags, the shape of a [Verifier] with what the program must know of it ([Traits]), the
// classes of its answer, and the [Vault] through which credential rows are read and
// written.
//
// It verifies nothing itself. The verifiers below it (factor/password,
// factor/totp, …), and those that a program brings, answer one question about one
// credential, from policy, record, input and time; they hold no store, no clock and no
// log. What happens next is decided by package authn.
//
//	vault := factor.NewVault(keys.Data, keys.Index) // once, at construction
//
//	row, err := vault.Seal(identity.Credential{ID: id, Tenant: t, User: u, Kind: factor.TOTP,
//		State: identity.CredentialActive, Version: 1, CreatedAt: now}, body)
//	err = admin.Apply(ctx, identity.PutCredential{Credential: row})
//
//	body, err := vault.Open(row)
//	if errors.Is(err, factor.ErrForged) || errors.Is(err, factor.ErrSealed) {
//		// the credential does not exist for this login; raise an alarm
//	}
//
// # What the vault promises
//
// A row that was made or changed by somebody who can write the table but has no
// keys is refused, and so is a row moved to another user, tenant, credential or
// version. What it cannot see is a whole earlier row put back in its place: that
// row was once genuine.
//
// Requirements: FAC-001, FAC-003, FAC-I0, AUN-010, and the classes of AUN-045 and AUN-054.
package factor

import "github.com/axess-go/axess/identity"

// The kinds of this module. The tags are stored and sent; they never change.
const (
	Password identity.Kind = "password"
	TOTP     identity.Kind = "totp"
	HOTP     identity.Kind = "hotp"
	// EmailOTP is a code that was mailed: it proves that somebody reads a mailbox, which
	// gives no assurance level.
	EmailOTP  identity.Kind = "email_otp"
	Passkey   identity.Kind = "passkey"
	Recovery  identity.Kind = "recovery"
	LDAPBind  identity.Kind = "ldap_bind"
	MTLS      identity.Kind = "mtls"
	JWTBearer identity.Kind = "jwt_bearer"
	// EmailLink is evidence only: somebody opened a link that was mailed. It is
	// never a step of a method and gives no assurance level.
	EmailLink identity.Kind = "email_link"
)

// tags are the kinds that a verifier may have; a program adds its own with [Custom].
var tags = []identity.Kind{Password, TOTP, HOTP, EmailOTP, Passkey, Recovery, LDAPBind, MTLS, JWTBearer}

// Verdict is the class of a verifier's answer (AUN-045). The set is closed; the
// zero Verdict is none of them and must be taken as an error.
type Verdict uint8

// The verdicts.
const (
	// Accepted: the input proves the credential. For a one-time value it counts
	// only once the store has moved forward.
	Accepted Verdict = iota + 1
	// Rejected: it does not. Charged.
	Rejected
	// Replayed: it is a right value that was used before. Not charged, suspicious.
	Replayed
	// Unavailable: it could not be judged now. The attempt is given back.
	Unavailable
	// Misconfigured: it cannot be judged as things are set up. The attempt is
	// given back, somebody must be told.
	Misconfigured
)

// String names the verdict for reports.
func (v Verdict) String() string {
	switch v {
	case Accepted:
		return "accepted"
	case Rejected:
		return "rejected"
	case Replayed:
		return "replayed"
	case Unavailable:
		return "unavailable"
	case Misconfigured:
		return "misconfigured"
	}
	return "invalid"
}

// Charged reports whether the verdict counts as a failure in the attempt ledger.
// A verdict that is not known counts: anything else would be a free guess.
func (v Verdict) Charged() bool {
	switch v {
	case Accepted, Replayed, Unavailable, Misconfigured:
		return false
	case Rejected:
	}
	return true
}
