package password

import (
	"crypto/fips140"
	"crypto/hmac"
	"crypto/pbkdf2"
	"encoding/binary"
	"hash"

	"github.com/axess-go/axess/internal/sched"
)

// pbkdf2Stretch is how many iterations are computed before others are let in: a few
// dozen microseconds, as with Argon2id.
const pbkdf2Stretch = 64

// derivePBKDF2 is PBKDF2 (RFC 8018 §5.2). Under FIPS 140-3 it is the standard library's,
// which is the module's own and knows no way to let others in between; elsewhere it is
// computed here, out of the same HMAC, so that half of those who only read do not wait
// for whole hashes (FAC-016).
func derivePBKDF2(newHash func() hash.Hash, input, salt []byte, iterations uint32, size int) ([]byte, error) {
	if fips140.Enabled() {
		return pbkdf2.Key(newHash, string(input), salt, int(iterations), size)
	}
	return slicedPBKDF2(newHash, input, salt, iterations, size, sched.GiveWay), nil
}

func slicedPBKDF2(newHash func() hash.Hash, input, salt []byte, iterations uint32, size int, giveWay func()) []byte {
	prf := hmac.New(newHash, input)
	var out, u []byte
	defer func() { clear(u) }()
	for block := uint32(1); len(out) < size; block++ {
		prf.Reset()
		prf.Write(salt)
		prf.Write(binary.BigEndian.AppendUint32(nil, block))
		u = prf.Sum(u[:0])
		from := len(out)
		out = append(out, u...)
		t := out[from:]
		for n := uint32(1); n < iterations; n++ {
			if n%pbkdf2Stretch == 0 {
				giveWay()
			}
			prf.Reset()
			prf.Write(u)
			u = prf.Sum(u[:0])
			for i, b := range u {
				t[i] ^= b
			}
		}
	}
	clear(out[size:])
	return out[:size]
}
