package recovery

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// Result is the answer of [Verify].
type Result struct {
	// Verdict is Accepted or Rejected. A code that was used is not known any more.
	Verdict factor.Verdict
	// Index says which of the codes that are left it is; meaningful with Accepted.
	Index int
}

// Verify looks for a typed code among those that a person has left. It compares with ten
// digests in constant time whatever is left and whatever was typed; the zero Record, of
// whoever has no codes, takes as long and rejects (FAC-074).
//
// Accepted is not yet a sign-in: that is the write of [Advance].
func Verify(user identity.UserID, r Record, input seal.Secret) Result {
	c, ok := Parse(input) // what is none is compared like any other
	typed, found := c.digest(user), -1
	for i := range Count {
		var kept [len(typed)]byte
		if i < len(r.digests) {
			kept = r.digests[i]
		}
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(typed[:], kept[:]), i, found)
	}
	if !ok || found < 0 || found >= len(r.digests) {
		return Result{Verdict: factor.Rejected}
	}
	return Result{Verdict: factor.Accepted, Index: found}
}

// ErrIndex answers a code that the record does not have.
var ErrIndex = errors.New("recovery: no such code")

// Advance makes the change that uses up an accepted code: the row without it, conditioned
// on the version that was verified. Recording it answers store.ErrConflict to all but one
// of any number of attempts at once, and to a use that comes after a new set was made:
// using and replacing never both win (FAC-I11). Errors: [ErrIndex], and those of
// factor.Vault.Seal.
func Advance(v *factor.Vault, row identity.Credential, r Record, index int, now time.Time) (identity.AdvanceCredential, error) {
	if index < 0 || index >= len(r.digests) {
		return identity.AdvanceCredential{}, ErrIndex
	}
	r = r.without(index)
	row.Version++
	row.LastUsedAt = now
	row, err := v.Seal(row, r.Encode())
	if err != nil {
		return identity.AdvanceCredential{}, fmt.Errorf("recovery: advance: %w", err)
	}
	return identity.AdvanceCredential{Credential: row}, nil
}

// without is the set after a code of it was used.
func (r Record) without(index int) Record {
	return Record{slices.Delete(slices.Clone(r.digests), index, index+1)}
}

// Evidence says that a code was accepted: nothing that counts, with the RFC 8176
// reference "otp".
func Evidence(credential identity.CredentialID, at time.Time) identity.Evidence {
	return identity.Evidence{Kind: factor.Recovery, At: at, Credential: credential, AMR: []string{"otp"}}
}
