package seal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"
	"sync/atomic"
)

// Tag is a whole HMAC-SHA-256.
type Tag [32]byte

// Half returns the first 16 bytes, for stored tags truncated to 128 bits.
func (t Tag) Half() [16]byte { return [16]byte(t[:16]) }

// MAC authenticates messages under one label of a ring. It is made once, at
// construction, follows every change of the ring, and allocates nothing when
// warm. The parts of a message are authenticated one after the other as they
// are: give parts of varying length a frame, see [AppendFields].
type MAC struct {
	ring  *Ring
	label Label
	cur   atomic.Pointer[macSet]
}

// MAC returns the MAC for label. It panics when label is none of this ring's
// MAC labels: labels are constants, so the mistake is in the program and shows
// at its first start.
func (r *Ring) MAC(label Label) *MAC {
	label.mustBe(r.purpose, primitiveMAC)
	return &MAC{ring: r, label: label}
}

// Sum returns the tag under the primary key, and that key's id.
func (m *MAC) Sum(parts ...[]byte) (KeyID, Tag) {
	k := m.set().primary
	return k.id, k.sum(parts)
}

// SumWith returns the tag under the key kid: for messages that contain the id
// of their own key, and to compare with what was stored under an older one.
// [ErrUnknownKey] when the ring has no such key.
func (m *MAC) SumWith(kid KeyID, parts ...[]byte) (Tag, error) {
	k := m.set().find(kid)
	if k == nil {
		return Tag{}, ErrUnknownKey
	}
	return k.sum(parts), nil
}

// Verify checks the 32-byte tag of a message in constant time. Errors:
// [ErrUnknownKey], [ErrIntegrity].
func (m *MAC) Verify(kid KeyID, tag []byte, parts ...[]byte) error {
	k := m.set().find(kid)
	if k == nil {
		return ErrUnknownKey
	}
	want := k.sum(parts)
	if !hmac.Equal(want[:], tag) {
		return ErrIntegrity
	}
	return nil
}

// VerifyAny checks a tag that comes without a key id against every key of the
// ring and returns the one that made it, or [ErrIntegrity].
func (m *MAC) VerifyAny(tag []byte, parts ...[]byte) (KeyID, error) {
	for _, k := range m.set().keys {
		want := k.sum(parts)
		if hmac.Equal(want[:], tag) {
			return k.id, nil
		}
	}
	return KeyID{}, ErrIntegrity
}

// macSet is what a MAC derived from one state of its ring.
type macSet struct {
	of      *ringState
	keys    []*macKey
	primary *macKey
}

func (s *macSet) find(id KeyID) *macKey {
	for _, k := range s.keys {
		if k.id == id {
			return k
		}
	}
	return nil
}

// set returns the keys of the ring as it is now. Two callers may both derive
// after a change; the result is the same and the last one stays.
func (m *MAC) set() *macSet {
	of := m.ring.cur.Load()
	old := m.cur.Load()
	if old != nil && old.of == of {
		return old
	}
	s := &macSet{of: of, keys: make([]*macKey, len(of.keys))}
	for i, e := range of.keys {
		if old != nil {
			s.keys[i] = old.find(e.id) // keeps its warm pool
		}
		if s.keys[i] == nil {
			s.keys[i] = &macKey{id: e.id, key: NewSecret(derive(e.Master, string(m.label)))}
		}
	}
	s.primary = s.keys[of.primary]
	m.cur.Store(s)
	return s
}

// derive is HKDF-Expand (RFC 5869 §2.3) with SHA-256 to 32 bytes. Masters are
// uniformly random, so there is nothing to extract.
func derive(master Secret, info string) []byte {
	sub, err := hkdf.Expand(sha256.New, master.Reveal(), info, KeySize)
	if err != nil {
		// Only lengths can be wrong, and Key.Check has fixed them. Going on
		// without a key is the one thing that must not happen.
		panic("seal: derive: " + err.Error())
	}
	return sub
}

// macKey is one key with its keyed hash states. The pool hangs on the key: when a
// key leaves the ring its states go with it.
type macKey struct {
	id   KeyID
	key  Secret
	pool sync.Pool
}

// macState keeps input and output beside the hash: a caller's stack buffer
// given to an interface method would move to the heap.
type macState struct {
	h   hash.Hash
	in  [256]byte
	out [32]byte
}

func (k *macKey) sum(parts [][]byte) Tag {
	st, _ := k.pool.Get().(*macState)
	if st == nil {
		st = &macState{h: hmac.New(sha256.New, k.key.Reveal())}
		st.h.Reset() // the first Reset saves the key state; later ones are free
	}
	n, used := 0, 0
	for _, p := range parts {
		for len(p) > 0 {
			if n == len(st.in) {
				st.h.Write(st.in[:])
				n, used = 0, len(st.in)
			}
			c := copy(st.in[n:], p)
			n, p = n+c, p[c:]
		}
	}
	st.h.Write(st.in[:n])
	st.h.Sum(st.out[:0])
	tag := Tag(st.out)
	st.h.Reset()
	clear(st.in[:max(n, used)])
	// Not deferred: after a panic the state is in doubt and is left behind.
	k.pool.Put(st)
	return tag
}

func (l Label) mustBe(p Purpose, prim primitive) {
	gotP, gotPrim := l.use()
	if gotP == 0 {
		panic("seal: label " + string(l) + " is not in labels.go")
	}
	if gotP != p {
		panic("seal: label " + string(l) + " belongs to the " + gotP.String() + " ring, not to " + p.String())
	}
	if gotPrim != prim {
		panic("seal: label " + string(l) + " is for the other primitive")
	}
}
