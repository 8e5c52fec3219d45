package authn

import (
	"encoding/binary"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// tokens bind a link to its row. What a link may do is written in the row alone:
// with a plain digest, whoever can write the table would invent a verifier and
// make themselves administrator, or the owner of an account that they set back to
// Candidate. The digest is therefore a MAC over the whole row and the verifier,
// under the key that authenticates credentials and grants (ASVS 6.7.1).
type tokens struct{ mac *seal.MAC }

// sealed is the row of a link.
func (t tokens) sealed(row identity.Token, l link) identity.Token {
	row.Selector = l.selector
	_, row.Digest = t.mac.Sum(canonicalToken(row, l))
	return row
}

// opens reports whether this program has written the row, as it stands, for this
// link. A row of nobody costs the same and is not opened.
func (t tokens) opens(row identity.Token, l link) bool {
	_, err := t.mac.VerifyAny(row.Digest[:], canonicalToken(row, l))
	return err == nil
}

// canonicalToken is what the MAC covers: every field, times in microseconds, and
// what only the mail holds.
func canonicalToken(row identity.Token, l link) []byte {
	t, u, d := row.Tenant.Bytes(), row.User.Bytes(), l.digest()
	var life [16]byte
	binary.BigEndian.PutUint64(life[:8], uint64(row.CreatedAt.UnixMicro()))
	binary.BigEndian.PutUint64(life[8:], uint64(row.ExpiresAt.UnixMicro()))
	return seal.AppendFields(nil, seal.PrefixIdentityRow, []byte("token"), []byte(row.Purpose),
		t[:], u[:], []byte(row.Address), life[:], row.Selector[:], d[:])
}
