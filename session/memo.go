package session

import (
	"bytes"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/seal"
)

// WithoutMemo is the value of Config.Memo that keeps no opened body in memory.
const WithoutMemo = -1

const (
	defaultMemo = 32 << 20
	minMemo     = 1 << 20
	maxMemo     = 1 << 30

	memoShards = 64
	memoSets   = 256 // of a shard
	memoWays   = 2   // sessions whose refs fall into one set
	memoSlots  = memoSets * memoWays

	// memoAge is how long a body serves before it is opened anew, and with that
	// how long the plaintext of a session that nobody uses stays: an hour, and
	// then until the hourly sweep.
	memoAge = time.Hour

	// openedSize is what a body takes beside its bytes, about: its structs and
	// those of its state.
	openedSize = 1 << 10
)

// memo remembers what opening and decoding made of sealed bytes. That is a pure
// function of ref, revision, key ring and bytes, and all four are compared, the
// bytes to the last one: a revision is not authentic before it is opened, so a
// forged row or a database from a backup may show one that was seen before with
// another body. Nothing else is remembered. The record is read with each request,
// and epochs, deadlines and columns are judged each time (SES-195).
//
// It lies in front of no store and works the same over all of them.
type memo struct {
	shards [memoShards]memoShard
	// share is how many bytes a shard may hold.
	share int
	// generation is that of the ring which all bodies were opened with.
	generation atomic.Uint64
}

type memoTable [memoSlots]atomic.Pointer[opened]

// memoShard is read without a lock; table is nil while it is empty.
type memoShard struct {
	table atomic.Pointer[memoTable]

	mu   sync.Mutex // serialises writers
	size int
	hand uint // where the next one to go is looked for
}

// opened is a body and what it was opened from. It is shared by all requests that
// find it, so nobody changes it: what leaves the package is a copy.
type opened struct {
	ref        Ref
	rev        uint64
	generation uint64
	until      time.Time
	sealed     []byte // our own: a store that reuses its buffer must not change it
	kid        seal.KeyID
	body       body
}

func (o *opened) size() int { return openedSize + 2*len(o.sealed) }

// newMemo returns nil for WithoutMemo; a nil memo remembers nothing.
func newMemo(size int) *memo {
	if size == WithoutMemo {
		return nil
	}
	return &memo{share: size / memoShards}
}

func (m *memo) place(ref Ref) (*memoShard, uint) {
	id := ref.Bytes() // a digest: nobody chooses who is thrown out by whom
	return &m.shards[id[0]%memoShards], uint(binary.LittleEndian.Uint16(id[1:])%memoSets) * memoWays
}

// find returns what was made of exactly these bytes, or nil. A ring that has
// changed empties the memo first, so that no plaintext outlives its key.
func (m *memo) find(ref Ref, rev, generation uint64, sealed []byte, now time.Time) *opened {
	if m == nil {
		return nil
	}
	if known := m.generation.Load(); known != generation {
		if known < generation {
			m.empty(known, generation)
		}
		return nil
	}
	shard, at := m.place(ref)
	table := shard.table.Load()
	if table == nil {
		return nil
	}
	for i := range uint(memoWays) {
		o := table[at+i].Load()
		if o == nil || o.ref != ref {
			continue
		}
		if o.rev == rev && o.generation == generation && now.Before(o.until) && bytes.Equal(o.sealed, sealed) {
			return o
		}
		return nil
	}
	return nil
}

// keep remembers o, in the place of another one if need be. A body that would
// take a large part of the room is not worth it.
func (m *memo) keep(o *opened) {
	if m == nil || o.size() > m.share/8 {
		return
	}
	shard, at := m.place(o.ref)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	table := shard.table.Load()
	if table == nil {
		table = new(memoTable)
		shard.table.Store(table)
	}
	way := shard.hand % memoWays
	for i := range uint(memoWays) {
		if old := table[at+i].Load(); old == nil || old.ref == o.ref {
			way = i
			if old != nil {
				break
			}
		}
	}
	shard.put(&table[at+way], o)
	// The clock's hand: whoever is next goes. It takes no note of who was used, which
	// would be a write to shared memory with every request.
	for shard.size > m.share {
		if i := shard.hand % memoSlots; i != at+way {
			shard.put(&table[i], nil)
		}
		shard.hand++
	}
	shard.hand++
}

// put is called with mu held.
func (s *memoShard) put(slot *atomic.Pointer[opened], o *opened) {
	if old := slot.Swap(o); old != nil {
		s.size -= old.size()
	}
	if o != nil {
		s.size += o.size()
	}
}

// drop forgets a session that has ended or got another id.
func (m *memo) drop(ref Ref) {
	if m == nil {
		return
	}
	shard, at := m.place(ref)
	table := shard.table.Load() // never replaced once it is there
	if table == nil {
		return
	}
	shard.mu.Lock()
	defer shard.mu.Unlock()
	for i := range uint(memoWays) {
		if o := table[at+i].Load(); o != nil && o.ref == ref {
			shard.put(&table[at+i], nil)
		}
	}
}

// sweep forgets what no request could use any more.
func (m *memo) sweep(generation uint64, now time.Time) {
	if m == nil {
		return
	}
	for i := range m.shards {
		m.shards[i].each(func(o *opened) bool { return o.generation != generation || !now.Before(o.until) })
	}
}

// empty forgets everything, on behalf of one of those who see a new generation.
func (m *memo) empty(known, generation uint64) {
	if !m.generation.CompareAndSwap(known, generation) {
		return
	}
	for i := range m.shards {
		m.shards[i].each(func(*opened) bool { return true })
	}
}

// each forgets those that match.
func (s *memoShard) each(matches func(*opened) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	table := s.table.Load()
	if table == nil {
		return
	}
	for i := range table {
		if o := table[i].Load(); o != nil && matches(o) {
			s.put(&table[i], nil)
		}
	}
}
