package password

import (
	"bytes"
	"fmt"
)

// MaxHistory is how many earlier passwords a credential remembers at most (FAC-023).
const MaxHistory = 24

// chainVersion begins the body of a credential that remembers more than the password
// that holds: a byte of marks, then the records, the one that holds first and each
// earlier one after it, newest first, as their PHC strings with a NUL between them.
// With neither marks nor history a body is a record alone, which every release reads.
const chainVersion = 0x02

// compromised is the one mark that there is.
const compromised = 0x01

// chain is a decoded body: at least one record, each in the form of version 1.
type chain struct {
	marks   byte
	records [][]byte
}

// encode gives the one form of a chain.
func (c chain) encode() []byte {
	if c.marks == 0 && len(c.records) == 1 {
		return bytes.Clone(c.records[0])
	}
	out := []byte{chainVersion, c.marks}
	for i, r := range c.records {
		if i > 0 {
			out = append(out, 0)
		}
		out = append(out, r[1:]...)
	}
	return out
}

// decodeChain reads a body of either version, and every record in it. Error:
// [ErrCorrupt].
func decodeChain(body []byte) (chain, error) {
	if len(body) < 1 || body[0] != chainVersion {
		if _, err := decodeOne(body); err != nil {
			return chain{}, err
		}
		return chain{records: [][]byte{body}}, nil
	}
	if len(body) < 2 || len(body) > 2+(MaxHistory+1)*maxRecord || body[1]&^compromised != 0 {
		return chain{}, fmt.Errorf("%w: size or marks", ErrCorrupt)
	}
	c := chain{marks: body[1]}
	for _, text := range bytes.Split(body[2:], []byte{0}) {
		one := append([]byte{recordVersion}, text...)
		if _, err := decodeOne(one); err != nil {
			return chain{}, err
		}
		c.records = append(c.records, one)
	}
	if len(c.records) > MaxHistory+1 || c.marks == 0 && len(c.records) == 1 {
		return chain{}, fmt.Errorf("%w: not in canonical form", ErrCorrupt)
	}
	return c, nil
}

// Records are the records of a credential, each for [Hasher.Verify] and [Hasher.Cost]:
// the password that holds, then the earlier ones, newest first. They keep the
// parameters and the pepper that they were made with. Error: [ErrCorrupt].
func Records(body []byte) ([][]byte, error) {
	c, err := decodeChain(body)
	return c.records, err
}

// Replace is the body of a credential whose password is another one from now on: next
// is what [Hasher.Hash] made, and at most keep of the earlier ones are remembered, up
// to [MaxHistory]. It carries no mark. What cannot be read of the old body is
// forgotten.
func Replace(old, next []byte, keep int) []byte {
	c := chain{records: [][]byte{next}}
	if before, err := decodeChain(old); err == nil {
		keep = min(max(keep, 0), MaxHistory, len(before.records))
		c.records = append(c.records, before.records[:keep]...)
	}
	return c.encode()
}

// Renew is the body of a credential whose password stays and is hashed anew: marks and
// history stay too.
func Renew(old, next []byte) []byte {
	c, err := decodeChain(old)
	if err != nil {
		return next
	}
	records := append([][]byte{next}, c.records[1:]...)
	return chain{c.marks, records}.encode()
}

// MarkCompromised is the body with the mark that others know its password: it still
// verifies, and is to be replaced before it leads anywhere. [Replace] takes the mark
// off, nothing else does. Error: [ErrCorrupt].
func MarkCompromised(body []byte) ([]byte, error) {
	c, err := decodeChain(body)
	if err != nil {
		return nil, err
	}
	c.marks |= compromised
	return c.encode(), nil
}

// IsCompromised reports the mark of [MarkCompromised], and a body that cannot be read:
// what is not known to be in order is to be replaced.
func IsCompromised(body []byte) bool {
	c, err := decodeChain(body)
	return err != nil || c.marks&compromised != 0
}
