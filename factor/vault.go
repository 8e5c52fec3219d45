package factor

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// The errors of [Vault.Open]. For a login either means that the credential is
// absent; both are alarms.
var (
	// ErrForged: the row's MAC is not ours. Somebody made or changed the row.
	ErrForged = errors.New("factor: credential row is not authentic")
	// ErrSealed: the row is authentic, its body does not open. A key is missing
	// or the body was damaged.
	ErrSealed = errors.New("factor: credential body does not open")
)

// MaxBody bounds the plaintext of a credential in bytes.
const MaxBody = 16 << 10

// Vault turns what a verifier knows about a credential into a stored row and
// back. The body is sealed under a key of its own for every credential, with
// purpose, tenant, user, credential and version as associated data, so that
// rows cannot be swapped (FAC-003); the row is authenticated as a whole, so that
// none can be made (ASVS 6.7.1). Safe for concurrent use.
type Vault struct {
	data *seal.Ring
	box  *seal.Sealer
	mac  *seal.MAC
}

// NewVault takes the ring that seals stored secrets and the one that
// authenticates rows. It panics when their purposes are not [seal.Data] and
// [seal.Index].
func NewVault(data, index *seal.Ring) *Vault {
	return &Vault{
		data: data,
		box:  data.Sealer(seal.LabelFactorVault),
		mac:  index.MAC(seal.LabelIdentityRow),
	}
}

// Seal fills Body and MAC of the row for this plaintext, which is the
// verifier's encoded record. Everything else of the row is set by the caller and
// kept; Version is the one that the row will have. Errors:
// [identity.ErrInvalidID] for a missing id, otherwise only programming faults.
func (v *Vault) Seal(row identity.Credential, plaintext []byte) (identity.Credential, error) {
	if err := checkHeader(row); err != nil {
		return identity.Credential{}, fmt.Errorf("factor: seal: %w", err)
	}
	if len(plaintext) > MaxBody {
		return identity.Credential{}, fmt.Errorf("factor: seal: body of %d bytes, at most %d", len(plaintext), MaxBody)
	}
	body, err := v.box.Seal(info(row), associated(row), plaintext)
	if err != nil {
		return identity.Credential{}, fmt.Errorf("factor: seal %s: %w", row.Kind, err)
	}
	row.Body = body
	_, tag := v.mac.Sum(canonical(row))
	row.MAC = tag
	return row, nil
}

// Open checks the row and returns the plaintext of its body. Errors:
// [ErrForged], [ErrSealed]; a row with missing parts is ErrForged too, because
// [Vault.Seal] makes none.
func (v *Vault) Open(row identity.Credential) ([]byte, error) {
	if err := checkHeader(row); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForged, err)
	}
	// First the MAC: nothing of a forged row is decoded or told apart.
	if _, err := v.mac.VerifyAny(row.MAC[:], canonical(row)); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrForged, row.Kind)
	}
	plaintext, _, err := v.box.Open(info(row), associated(row), row.Body)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrSealed, row.Kind, err)
	}
	return plaintext, nil
}

// IsStale reports whether a row that [Vault.Open] accepts was written under keys
// that are no longer primary. The next write of the row renews it.
func (v *Vault) IsStale(row identity.Credential) bool {
	if kid, ok := seal.EnvelopeKey(row.Body); !ok || kid != v.data.Primary() {
		return true
	}
	_, tag := v.mac.Sum(canonical(row))
	return !seal.Equal(tag[:], row.MAC[:])
}

// checkHeader refuses what no row has: the zero values of the fields that tell
// rows apart.
func checkHeader(row identity.Credential) error {
	switch {
	case row.ID.IsZero(), row.Tenant.IsZero(), row.User.IsZero():
		return identity.ErrInvalidID
	case row.Kind == "":
		return errors.New("no kind")
	case row.State != identity.CredentialActive && row.State != identity.CredentialDisabled:
		return errors.New("no state")
	case row.Version == 0:
		return errors.New("no version")
	}
	return nil
}

// info names the record for key derivation: it is the same for all versions.
func info(row identity.Credential) []byte {
	return fields(row, "credential")
}

// associated is purpose ‖ tenant ‖ user ‖ credential ‖ version of FAC-003.
func associated(row identity.Credential) []byte {
	return binary.BigEndian.AppendUint64(fields(row, "credential"), row.Version)
}

func fields(row identity.Credential, purpose string) []byte {
	t, u, c := row.Tenant.Bytes(), row.User.Bytes(), row.ID.Bytes()
	return seal.AppendFields(nil, seal.PrefixFactorVault, []byte(purpose), []byte(row.Kind), t[:], u[:], c[:])
}

// canonical is what the row MAC covers. Times count in microseconds, the
// resolution of stores. Label and last use serve the person and change without a
// new version, so they are outside.
func canonical(row identity.Credential) []byte {
	t, u, c := row.Tenant.Bytes(), row.User.Bytes(), row.ID.Bytes()
	var fixed [17]byte
	fixed[0] = byte(row.State)
	binary.BigEndian.PutUint64(fixed[1:9], row.Version)
	binary.BigEndian.PutUint64(fixed[9:17], uint64(row.CreatedAt.UnixMicro()))
	return seal.AppendFields(nil, seal.PrefixIdentityRow, []byte("credential"), []byte(row.Kind),
		t[:], u[:], c[:], fixed[:], row.Body)
}
