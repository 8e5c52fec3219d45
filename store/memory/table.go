package memory

import (
	"encoding/binary"
	"math/bits"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// table finds entries by a key that they carry themselves. A map would hold every
// key a second time, and of a million sessions with two keys each that is a sixth of
// all the memory: here an entry costs nine bytes and what is free beside it.
//
// Entries lie at their hash or behind it, without a gap. A tag of each hash lies
// apart, so that what is looked for is nearly always the first entry that is looked
// at. The hash is not secret: refs are digests and ids are drawn by the server, so
// nobody chooses where they fall.
type table struct {
	hash  func(*entry) uint64
	tags  []uint8 // 0: free
	slots []*entry
	n     int
}

// tagged is the part of a hash that does not choose the place.
func tagged(hash uint64) uint8 { return uint8(hash>>56) | 1 }

// at is the place of an entry.
func (t *table) at(hash uint64, is func(*entry) bool) (int, bool) {
	if t.n == 0 {
		return 0, false
	}
	mask, tag := len(t.tags)-1, tagged(hash)
	for i := int(hash) & mask; t.tags[i] != 0; i = (i + 1) & mask {
		if t.tags[i] == tag && is(t.slots[i]) {
			return i, true
		}
	}
	return 0, false
}

// get returns nil if there is no such entry.
func (t *table) get(hash uint64, is func(*entry) bool) *entry {
	if i, ok := t.at(hash, is); ok {
		return t.slots[i]
	}
	return nil
}

// put adds an entry whose key is not there.
func (t *table) put(e *entry) {
	if t.n >= len(t.tags)/4*3 {
		t.grow()
	}
	t.place(e)
	t.n++
}

func (t *table) place(e *entry) {
	hash := t.hash(e)
	mask := len(t.tags) - 1
	i := int(hash) & mask
	for t.tags[i] != 0 {
		i = (i + 1) & mask
	}
	t.tags[i], t.slots[i] = tagged(hash), e
}

const smallest = 8

func (t *table) grow() {
	old := t.slots
	size := max(smallest, 2*len(old))
	t.tags, t.slots = make([]uint8, size), make([]*entry, size)
	for _, e := range old {
		if e != nil {
			t.place(e)
		}
	}
}

// remove frees a place and moves up what would be behind the gap.
func (t *table) remove(gap int) {
	mask := len(t.tags) - 1
	for i := (gap + 1) & mask; t.tags[i] != 0; i = (i + 1) & mask {
		if home := int(t.hash(t.slots[i])) & mask; (i-home)&mask >= (i-gap)&mask {
			t.tags[gap], t.slots[gap] = t.tags[i], t.slots[i]
			gap = i
		}
	}
	t.tags[gap], t.slots[gap] = 0, nil
	t.n--
}

// all yields every entry, in no promised order.
func (t *table) all(yield func(*entry) bool) {
	for _, e := range t.slots {
		if e != nil && !yield(e) {
			return
		}
	}
}

// spread is Fibonacci hashing of 16 bytes, the upper half folded into the lower one.
func spread(id [16]byte, seed uint64) uint64 {
	a, b := binary.LittleEndian.Uint64(id[:8]), binary.LittleEndian.Uint64(id[8:])
	h := (a ^ bits.RotateLeft64(b, 32) ^ seed) * 0x9e3779b97f4a7c15
	return h ^ h>>32
}

func hashRef(ref session.Ref) uint64 { return spread(ref.Bytes(), 0) }

func hashSubject(s identity.Subject) uint64 {
	return spread(s.User.Bytes(), spread(s.Tenant.Bytes(), 0))
}
