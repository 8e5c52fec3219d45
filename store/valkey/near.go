package valkey

import (
	"sync"
	"sync/atomic"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
)

// Copies of what sessions are loaded from are kept in this process, one line of them
// for each connection: the server notes what was read on a connection and tells the
// same connection when it changes (CLIENT TRACKING). What keeps a copy from outliving
// a revocation:
//
//   - Everything about a slot goes over one connection (PipelineMultiplex), copies,
//     scripts and what the server tells, so it is in the order in which it happened.
//   - A copy is used only if something that was asked on its connection during the
//     last second has been answered ([near.fresh]): then all that the server told
//     before that answer has been heard. A connection that has died, or is silent,
//     ends the use of its copies before anybody has noticed (SES-208); so does a slot
//     that is asked for elsewhere.
//   - A script that changes what may be copied is followed, on the same connection,
//     by a command that waits for what the server tells about it ([base.caughtUp]), so
//     a process never reads what was there before its own write (STO-033).
//   - Only a live session is answered from copies. Whatever else they say, the server
//     is asked.
//
// A session that was loaded is kept decoded beside the copies that it was made of
// ([loaded]), for as long as each of them may be used, and not a moment longer.
const (
	copyLife  = 30 * time.Second
	proofLife = time.Second
	// copySize bounds the copies of one connection, in bytes; a session takes about
	// 3 KiB.
	copySize = 32 << 20
)

// near says which copies may be used.
type near struct {
	clock clock.Clock
	sched sched.Sched
	// slots are proofs for each slot, since slots move between nodes; one for all
	// where there is one server.
	slots []atomic.Pointer[proof]
	// doubt is the monotonic time before which no proof counts.
	doubt atomic.Int64
	// shut: the backend is closed.
	shut atomic.Bool

	loads loads

	mu     sync.Mutex
	lines  map[int64]*line
	serial int64
}

// slotsOfCluster is how many slots a cluster has.
const slotsOfCluster = 16384

func newNear(c clock.Clock) *near {
	n := &near{clock: c, sched: sched.Of(c), lines: map[int64]*line{}}
	n.doubt.Store(int64(c.Mono()))
	return n
}

// serve says what the copies are of, before the first is made.
func (n *near) serve(mode driver.ClientMode) {
	slots := 1
	if mode == driver.ClientModeCluster {
		slots = slotsOfCluster
	}
	n.slots = make([]atomic.Pointer[proof], slots)
}

func (n *near) cluster() bool { return len(n.slots) > 1 }

// proof is when something was asked that has been answered, and on which line. It is
// told by both clocks: the one stands while the machine sleeps, the other is set by hand.
type proof struct {
	mono time.Duration
	wall time.Time
	line *line
}

func (n *near) now() proof { return proof{mono: n.clock.Mono(), wall: n.clock.Now()} }

// fresh reports that copies of a slot on a line may be used by whoever looks them up
// after at; without a line, those of the line that was asked last.
func (n *near) fresh(slot int, at proof, l *line) bool {
	p := n.slots[slot].Load()
	if p == nil || l != nil && p.line != l || int64(p.mono) <= n.doubt.Load() {
		return false
	}
	wall := at.wall.Sub(p.wall)
	return at.mono-p.mono < proofLife && wall < proofLife && wall > -proofLife
}

// proved notes that what was asked after p has been answered on the line of a number.
// A line that is gone proves nothing.
func (n *near) proved(slot int, p proof, number int64) {
	if p.line = n.line(number); p.line == nil {
		return
	}
	at := &n.slots[slot]
	for {
		was := at.Load()
		if was != nil && was.mono >= p.mono || at.CompareAndSwap(was, &p) {
			return
		}
	}
}

// distrust has everybody ask once more: something was heard elsewhere that the
// connection of the copies may not have told yet.
func (n *near) distrust() {
	if n == nil {
		return
	}
	now := int64(n.clock.Mono())
	for {
		was := n.doubt.Load()
		if was >= now || n.doubt.CompareAndSwap(was, now) {
			return
		}
	}
}

// absence is how long a key is taken to be absent. While a cluster moves a slot, what
// is absent in its old place may be made in the new one, and nobody is told.
func (n *near) absence() time.Duration {
	if n.cluster() {
		return proofLife
	}
	return copyLife
}

// open begins a line, for the driver.
func (n *near) open(o driver.CacheStoreOption) driver.CacheStore {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.serial++
	l := &line{near: n, number: n.serial, room: o.CacheSizeEachConn, keys: map[string]*copied{}, asked: map[string]*question{}}
	n.lines[l.number] = l
	return l
}

func (n *near) line(number int64) *line {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.lines[number]
}

func (n *near) forget(l *line) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.lines, l.number)
}

// held is the copy of a key on the line that was asked last for its slot; nil if there
// is none.
func (n *near) held(key string) *copied {
	p := n.slots[n.slot(key)].Load()
	if p == nil {
		return nil
	}
	return p.line.find(key)
}

// slot is the number of the proofs that count for a key.
func (n *near) slot(key string) int {
	if !n.cluster() {
		return 0
	}
	return slotOf(key)
}
