package recovery

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
)

// Record is what is known about a set of codes: the digests of those that are left. Make
// it with [New] or [Decode].
type Record struct {
	digests [][sha256.Size]byte
}

// Left is how many codes may still be used. At [Few] a person should be told.
func (r Record) Left() int { return len(r.digests) }

// Few are so few codes left that their owner is told.
const Few = 3

// ErrCorrupt answers a body that [Record.Encode] does not make.
var ErrCorrupt = errors.New("recovery: record is corrupt")

// recordVersion begins the body:
//
//	version(1) ∥ digests(32 each, at most 10)
const recordVersion = 0x01

// New draws a set of codes for a person. Show the codes once; the record has nothing of
// them that could be shown again. It replaces what the person had.
func New(src entropy.Source, user identity.UserID) ([]Code, Record) {
	codes, r := make([]Code, Count), Record{}
	for i := range codes {
		codes[i] = draw(src)
		r.digests = append(r.digests, codes[i].digest(user))
	}
	return codes, r
}

// Encode gives the body of a credential row, for factor.Vault.
func (r Record) Encode() []byte {
	b := make([]byte, 1, 1+len(r.digests)*sha256.Size)
	b[0] = recordVersion
	for _, d := range r.digests {
		b = append(b, d[:]...)
	}
	return b
}

// Decode reads a body. Error: [ErrCorrupt].
func Decode(body []byte) (Record, error) {
	if len(body) < 1 || body[0] != recordVersion || (len(body)-1)%sha256.Size != 0 || len(body) > 1+Count*sha256.Size {
		return Record{}, fmt.Errorf("%w: size or version", ErrCorrupt)
	}
	var r Record
	for rest := body[1:]; len(rest) > 0; rest = rest[sha256.Size:] {
		r.digests = append(r.digests, [sha256.Size]byte(rest[:sha256.Size]))
	}
	return r, nil
}
