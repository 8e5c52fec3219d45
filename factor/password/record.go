package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrCorrupt answers a record that is not what this package writes, or whose
// numbers are out of bounds.
var ErrCorrupt = errors.New("password: record is corrupt")

// recordVersion begins the body of a credential that is one PHC string; that of a
// credential which remembers more is in history.go.
const recordVersion = 0x01

const (
	maxRecord   = 512
	maxPepperID = 16
)

// record is a decoded password record.
type record struct {
	params Params
	pepper string // id of the pepper key, empty for none
	salt   []byte
	digest []byte
	// foreign, unless nil, is all there is: a hash of another system (FAC-015).
	foreign *foreign
}

// encode gives the version byte and the PHC string
// $argon2id$v=19$m=..,t=..,p=..[,keyid=..]$salt$hash (FAC-011).
func (r record) encode() []byte {
	var b strings.Builder
	b.WriteByte(recordVersion)
	if r.foreign != nil {
		b.WriteString(r.foreign.String())
		return []byte(b.String())
	}
	b.WriteString(r.params.String())
	if r.pepper != "" {
		b.WriteString(",keyid=" + r.pepper)
	}
	b.WriteString("$" + base64.RawStdEncoding.EncodeToString(r.salt))
	b.WriteString("$" + base64.RawStdEncoding.EncodeToString(r.digest))
	return []byte(b.String())
}

// decode reads the record of the password that holds, of either version of a body.
// Error: [ErrCorrupt].
func decode(body []byte) (record, error) {
	if len(body) > 0 && body[0] == chainVersion {
		c, err := decodeChain(body)
		if err != nil {
			return record{}, err
		}
		return decodeOne(c.records[0])
	}
	return decodeOne(body)
}

// decodeOne checks every bound before anything is allocated by it.
func decodeOne(body []byte) (record, error) {
	if len(body) < 1 || len(body) > maxRecord || body[0] != recordVersion {
		return record{}, fmt.Errorf("%w: size or version", ErrCorrupt)
	}
	r, err := parsePHC(string(body[1:]))
	if err != nil {
		return record{}, err
	}
	// One form only: duplicate or reordered fields, leading zeros and line ends
	// inside the base64 (which the decoder skips) all fail here.
	if string(r.encode()) != string(body) {
		return record{}, fmt.Errorf("%w: not in canonical form", ErrCorrupt)
	}
	return r, nil
}

func parsePHC(s string) (record, error) {
	var r record
	if strings.HasPrefix(s, foreignPrefix) {
		var err error
		r.foreign, err = decodeForeign(s)
		return r, err
	}
	parts := strings.Split(s, "$")
	var names []string
	switch {
	case strings.HasPrefix(s, "$argon2id$v=19$"):
		r.params.alg, names = argon2id, []string{"m", "t", "p"}
	case strings.HasPrefix(s, "$pbkdf2-sha256$"):
		r.params.alg, names = pbkdf2SHA256, []string{"i"}
	case strings.HasPrefix(s, "$pbkdf2-sha512$"):
		r.params.alg, names = pbkdf2SHA512, []string{"i"}
	default:
		return record{}, fmt.Errorf("%w: unknown form", ErrCorrupt)
	}
	// Fields, salt and hash are the last three. A part too many or too few is in
	// the wrong place, and no canonical form.
	n := len(parts)
	if err := r.parseFields(strings.Split(parts[n-3], ","), names); err != nil {
		return record{}, err
	}
	if err := r.params.bounds(); err != nil {
		return record{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	var err error
	if r.salt, err = part(parts[n-2], minSalt, maxSalt); err != nil {
		return record{}, err
	}
	if r.digest, err = part(parts[n-1], minDigest, maxDigest); err != nil {
		return record{}, err
	}
	return r, nil
}

func (r *record) parseFields(fields, names []string) error {
	if len(fields) != len(names) && len(fields) != len(names)+1 {
		return fmt.Errorf("%w: fields", ErrCorrupt)
	}
	for i, name := range names {
		value, ok := strings.CutPrefix(fields[i], name+"=")
		n, err := strconv.ParseUint(value, 10, 32)
		if !ok || err != nil {
			return fmt.Errorf("%w: field %s", ErrCorrupt, name)
		}
		switch name {
		case "m":
			r.params.memory = uint32(n)
		case "t", "i":
			r.params.passes = uint32(n)
		case "p":
			r.params.threads = uint8(min(n, 255))
		}
	}
	if len(fields) > len(names) {
		id, ok := strings.CutPrefix(fields[len(names)], "keyid=")
		if !ok || !validPepperID(id) {
			return fmt.Errorf("%w: field keyid", ErrCorrupt)
		}
		r.pepper = id
	}
	return nil
}

func part(s string, least, most int) ([]byte, error) {
	if len(s) > base64.RawStdEncoding.EncodedLen(most) {
		return nil, fmt.Errorf("%w: salt or hash too long", ErrCorrupt)
	}
	b, err := base64.RawStdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) < least { // not above most: the text was short enough
		return nil, fmt.Errorf("%w: salt or hash", ErrCorrupt)
	}
	return b, nil
}

// validPepperID is [a-z0-9-]{1,16}.
func validPepperID(id string) bool {
	if len(id) < 1 || len(id) > maxPepperID {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
