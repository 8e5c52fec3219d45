// Package seal holds the keys of a program and everything done with them:
// rings of keys that rotate without signing anybody out, message
// authentication codes, and sealed envelopes for what is stored.
//
// It is not a crypto toolbox. There is one MAC (HMAC-SHA-256), one cipher
// (AES-256-GCM with a fresh random nonce), one key derivation (HKDF-Expand with
// SHA-256), and no way to choose another. A master key is never used itself:
// every use derives its own key under a [Label], and every sealed record has a
// key of its own. There is no unsealed form, not even for development.
//
// Other packages reach hashes and constant-time comparison through here too
// ([Digest], [Equal]), so that one package decides about primitives.
//
//	ring, err := seal.NewRing(seal.Cookie, seal.GenerateKey(src, now))
//	mac := ring.MAC(seal.LabelSessionCookie)     // once, at construction
//	kid, tag := mac.Sum([]byte("message"))       // under the primary key
//	err = mac.Verify(kid, tag[:], []byte("message"))
//
//	box := bodies.Sealer(seal.LabelSessionBody)  // bodies is a Session ring
//	env, err := box.Seal(ref[:], aad, plaintext)
//	plaintext, kid, err := box.Open(ref[:], aad, env)
//
// # Rotation
//
// A key is [Pending] (published, so every instance can verify with it), then
// [Primary] (signs), then [Retiring] (verifies only), then gone. The safe order
// is: publish the new key as pending on every instance; promote it; keep the
// old one retiring for the longest lifetime of what it signed plus one hour,
// or, for sealed records, until none is left under its id; remove it. A key
// that signs before every instance knows it signs people out on the others.
//
// Retiring keys of a [Cookie] ring carry a not-after. [Ring.Expire] enforces it
// and costs one atomic load when nothing is due: whoever owns the requests
// calls it with the time of each. [Ring.Revoke] drops a key at once,
// [Ring.Replace] swaps the whole ring.
//
// # Limits
//
// Key bytes held here can be cleared; the copies that the standard library
// expands from them can not, so wiping is best effort.
//
// Owns SES-122, SES-128, SES-129, SES-131, SES-150, SES-151, SES-153 to
// SES-155, SES-158, SES-159, the key half of SES-241, CRY-001.
package seal
