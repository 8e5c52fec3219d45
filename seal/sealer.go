package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/fips140"
	"fmt"
)

const (
	headerSize = 1 + len(KeyID{})
	nonceSize  = 12
	tagSize    = 16

	// EnvelopeFormat is the first byte of every envelope; the key id follows.
	EnvelopeFormat = 0x01

	// Overhead is how many bytes an envelope is longer than its plaintext.
	Overhead = headerSize + nonceSize + tagSize
)

// Sealer seals and opens records under one label of a ring. The envelope is
//
//	format(1)=0x01 ∥ kid(4) ∥ nonce(12) ∥ ciphertext ∥ tag(16)
//
// with AES-256-GCM (SES-150). Every record has its own key, HKDF-Expand over
// label and info, so random nonces stay far from the 2³² messages per key that
// SP 800-38D §8.3 allows, whatever the traffic (SES-151).
type Sealer struct {
	ring  *Ring
	label []byte
}

// Sealer returns the Sealer for label. Like [Ring.MAC] it panics when label is
// none of this ring's sealing labels.
func (r *Ring) Sealer(label Label) *Sealer {
	label.mustBe(r.purpose, primitiveSeal)
	return &Sealer{ring: r, label: []byte(label)}
}

// Seal encrypts plaintext under the primary key. info names the record (a
// session Ref; or purpose, tenant, user and credential framed by
// [AppendFields]) and must not be empty; aad is authenticated, not stored, and
// must be the same at Open.
func (s *Sealer) Seal(info, aad, plaintext []byte) ([]byte, error) {
	st := s.ring.cur.Load()
	k := &st.keys[st.primary]
	aead, err := s.aead(k, info)
	if err != nil {
		return nil, fmt.Errorf("seal: seal: %w", err)
	}
	env := make([]byte, headerSize, Overhead+len(plaintext))
	env[0] = EnvelopeFormat
	copy(env[1:], k.id[:])
	// The cipher draws the nonce itself and puts it in front of the
	// ciphertext, which is the envelope's own order. Under fips140=only Go
	// refuses nonces that come from a caller (SES-153).
	return aead.Seal(env, nil, plaintext, aad), nil
}

// Open returns the plaintext and the id of the key it was sealed under; a
// caller that sees another id than [Ring.Primary] seals again. The key is
// chosen by the envelope's id, never by trial. Errors: [ErrUnknownKey] (the id
// is returned with it) and [ErrIntegrity], never one for the other (SES-154);
// no plaintext is ever returned with an error.
func (s *Sealer) Open(info, aad, envelope []byte) ([]byte, KeyID, error) {
	kid, ok := EnvelopeKey(envelope)
	if !ok {
		return nil, KeyID{}, ErrIntegrity
	}
	k := s.ring.cur.Load().find(kid)
	if k == nil {
		return nil, kid, ErrUnknownKey
	}
	aead, err := s.aead(k, info)
	if err != nil {
		return nil, kid, fmt.Errorf("seal: open: %w", err)
	}
	plaintext, err := aead.Open(nil, nil, envelope[headerSize:], aad)
	if err != nil {
		return nil, kid, ErrIntegrity
	}
	return plaintext, kid, nil
}

// EnvelopeKey returns the id of the key that an envelope says it was sealed under.
// Nothing is proven by that: it serves to count what needs a key. It is false for
// what is no envelope of this format.
func EnvelopeKey(envelope []byte) (KeyID, bool) {
	if len(envelope) < Overhead || envelope[0] != EnvelopeFormat {
		return KeyID{}, false
	}
	return KeyID(envelope[1:headerSize]), true
}

func (s *Sealer) aead(k *entry, info []byte) (cipher.AEAD, error) {
	block, err := s.block(k, info)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (s *Sealer) block(k *entry, info []byte) (cipher.Block, error) {
	if len(info) == 0 {
		// Would put every record of the label under one key.
		return nil, fmt.Errorf("info is empty: it names the record")
	}
	key := s.recordKey(k, info)
	block, err := aes.NewCipher(key[:])
	clear(key[:])
	return block, err
}

// recordKey is HKDF-Expand over label and info. To 32 bytes that is one HMAC,
// HMAC(master, info ∥ 0x01) (RFC 5869 §2.3), and a keyed state of the pool makes it
// in a third of the time, which every read of a session pays. In FIPS 140-3 mode a
// key comes from the module's own derivation, as SP 800-56C wants it approved.
func (s *Sealer) recordKey(k *entry, info []byte) [KeySize]byte {
	if fips140.Enabled() {
		key := derive(k.Master, string(s.label)+string(info))
		defer clear(key)
		return [KeySize]byte(key)
	}
	return k.prf.sum([][]byte{s.label, info, {1}})
}
