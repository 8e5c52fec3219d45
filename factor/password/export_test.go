package password

// Decoded re-encodes a record that decode accepts.
func Decoded(body []byte) (again []byte, err error) {
	r, err := decode(body)
	if err != nil {
		return nil, err
	}
	return r.encode(), nil
}

// Again re-encodes a body that decodeChain accepts.
func Again(body []byte) ([]byte, error) {
	c, err := decodeChain(body)
	if err != nil {
		return nil, err
	}
	return c.encode(), nil
}

// Made builds a record out of its parts, whatever the bounds.
func Made(p Params, pepper string, salt, digest []byte) []byte {
	return record{params: p, pepper: pepper, salt: salt, digest: digest}.encode()
}

// Derive runs the key derivation alone.
func (h *Hasher) Derive(p Params, input, salt string, size int) ([]byte, error) {
	return h.derive(record{params: p, salt: []byte(salt)}, Pepper{}.Key, []byte(input), size)
}

// RawArgon2id and RawPBKDF2 skip the floors.
func RawArgon2id(m, t uint32, p uint8) Params { return Params{argon2id, m, t, p} }
func RawPBKDF2SHA256(i uint32) Params         { return Params{alg: pbkdf2SHA256, passes: i} }
func RawPBKDF2SHA512(i uint32) Params         { return Params{alg: pbkdf2SHA512, passes: i} }

// DefaultMemory is what a gate takes under a memory limit of the process.
func DefaultMemory(limit int64) int64 { return defaultMemory(limit) }

// SlicedPBKDF2 is the form that lets others in.
var SlicedPBKDF2 = slicedPBKDF2
