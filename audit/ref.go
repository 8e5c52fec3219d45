package audit

import (
	"encoding/hex"
	"strings"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// refs names things in events by keyed digests, so that an archive of events
// cannot be joined with a stolen table (AUD-008, AUD-020). The text is the id of
// the key, a hyphen, and the digest, in hex: after a change of keys the name of
// a thing changes too, and whoever searches tries the keys of the ring.
type refs struct {
	ids, names *seal.MAC
}

func newRefs(index *seal.Ring) refs {
	return refs{ids: index.MAC(seal.LabelAuditSession), names: index.MAC(seal.LabelAuditIdentifier)}
}

// of returns 128 bits of the digest of an id.
func (r refs) of(p seal.Prefix, id [16]byte) string {
	kid, tag := r.ids.Sum([]byte(p), id[:])
	half := tag.Half()
	return hex.EncodeToString(kid[:]) + "-" + hex.EncodeToString(half[:])
}

func (r refs) identifier(t identity.TenantID, canonical string) string {
	tenant := t.Bytes()
	kid, tag := r.names.Sum(seal.AppendFields(nil, seal.PrefixAuditIdentifier, tenant[:], []byte(canonical)))
	return hex.EncodeToString(kid[:]) + "-" + hex.EncodeToString(tag[:])
}

// isIdentifierMAC keeps a caller from putting the identifier itself into an
// event.
func isIdentifierMAC(s string) bool {
	kid, tag, _ := strings.Cut(s, "-")
	return len(kid) == 8 && len(tag) == 64 && isHex(kid) && isHex(tag)
}
