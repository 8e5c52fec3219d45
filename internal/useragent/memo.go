package useragent

import (
	"strings"
	"sync/atomic"
)

// Memo remembers what the last headers that it saw say: browsers are few, and one
// sends the same header with every request. It decides nothing; parsing again gives
// the same. The zero value is ready and safe for concurrent use.
type Memo struct {
	slots [memoSlots]atomic.Pointer[parsed]
}

const (
	memoSlots = 128
	// memoLongest keeps what a stranger can make it hold to 64 KiB.
	memoLongest = 512
)

type parsed struct {
	header string
	agent  Agent
}

// Parse is [Parse].
func (m *Memo) Parse(userAgent string) Agent {
	if len(userAgent) > memoLongest {
		return Parse(userAgent)
	}
	slot := &m.slots[place(userAgent)]
	if p := slot.Load(); p != nil && p.header == userAgent {
		return p.agent
	}
	a := Parse(userAgent)
	// A copy: the header may be a part of all the headers of its request.
	slot.Store(&parsed{strings.Clone(userAgent), a})
	return a
}

// place spreads headers that differ in length or in one of every seven bytes, which
// versions and platforms do often enough. Whoever makes two meet makes them slower.
func place(s string) int {
	h := uint32(len(s))
	for i := 0; i < len(s); i += 7 {
		h = h*31 + uint32(s[i])
	}
	return int((h ^ h>>7 ^ h>>14) % memoSlots)
}
