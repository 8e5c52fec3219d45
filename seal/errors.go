package seal

import "errors"

// What a caller may branch on. None of them carries key bytes or plaintext.
var (
	// ErrIntegrity means the bytes are not what was sealed or signed: a bad
	// tag under a known key, or an envelope too short or of an unknown format.
	ErrIntegrity = errors.New("seal: integrity check failed")
	// ErrUnknownKey means the key id names no key of the ring. It is never
	// used for a bad tag: the first asks for the key file, the second is an
	// attack or a damaged row (SES-154).
	ErrUnknownKey = errors.New("seal: unknown key")
	// ErrWeakKey means a master is not 32 bytes, all zero, or has fewer than 8
	// distinct byte values (SES-129).
	ErrWeakKey = errors.New("seal: weak key")
	// ErrRing means a set of keys is no ring: no or two primaries, too many
	// keys, two keys with one id, a missing or misplaced not-after.
	ErrRing = errors.New("seal: not a valid ring")
	// ErrKeyReuse means two rings share a master (SES-159).
	ErrKeyReuse = errors.New("seal: one key in two rings")
	// ErrRevoked means a replacement would bring back a key that was revoked
	// in this process.
	ErrRevoked = errors.New("seal: key was revoked")
)
