package ldap

import (
	"encoding/binary"
	"errors"
	"strings"
)

// Record is the body of a credential row: which entry of which directory an account
// belongs to. It holds no password. The row is sealed like every other.
type Record struct {
	// Directory is the name that the program has given to a directory.
	Directory string
	Person
}

// ErrRecord answers a [Record] that leads to no entry, and a body that is none.
var ErrRecord = errors.New("ldap: record is corrupt or leads to no entry")

// recordVersion begins the body; each text follows behind its length in two bytes.
const recordVersion = 0x01

// Validate refuses what [Directory.Verify] could only reject: a name that is blank, too
// long or holds a zero byte, a DN that does not parse. Error: [ErrRecord].
func (r Record) Validate() error {
	if r.Directory == "" || len(r.Directory) > 64 || strings.TrimSpace(r.Name) == "" || len(r.Name) > maxName || strings.ContainsRune(r.Name, 0) {
		return ErrRecord
	}
	if r.DN != "" && checkDN(r.DN) != nil {
		return ErrRecord
	}
	return nil
}

// Encode gives the body of a row.
func (r Record) Encode() []byte {
	b := []byte{recordVersion}
	for _, s := range []string{r.Directory, r.Name, r.DN} {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
	}
	return b
}

// Decode reads a body and checks every field. Error: [ErrRecord].
func Decode(body []byte) (Record, error) {
	if len(body) == 0 || body[0] != recordVersion {
		return Record{}, ErrRecord
	}
	body = body[1:]
	var fields [3]string
	for i := range fields {
		if len(body) < 2 || len(body)-2 < int(binary.BigEndian.Uint16(body)) {
			return Record{}, ErrRecord
		}
		n := int(binary.BigEndian.Uint16(body))
		fields[i], body = string(body[2:2+n]), body[2+n:]
	}
	r := Record{Directory: fields[0], Person: Person{fields[1], fields[2]}}
	if len(body) != 0 || r.Validate() != nil {
		return Record{}, ErrRecord
	}
	return r, nil
}
