package valkey

import (
	"sync/atomic"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/clock"
)

// Copies of what sessions are loaded from are kept in this process, by the driver:
// the server notes what was read on a connection and tells the same connection when
// it changes (CLIENT TRACKING). What keeps a copy from outliving a revocation:
//
//   - Everything about a slot goes over one connection (PipelineMultiplex), copies,
//     scripts and what the server tells, so it is in the order in which it happened.
//   - A copy is used only if something that was asked on its connection during the
//     last second has been answered ([near.fresh]): then all that the server told
//     before that answer has been heard. A connection that has died, or is silent,
//     ends the use of its copies before anybody has noticed (SES-208).
//   - A script that changes what may be copied is followed, on the same connection,
//     by a command that waits for what the server tells about it ([base.caughtUp]), so
//     a process never reads what was there before its own write (STO-033).
//   - Only a live session is answered from copies. Whatever else they say, the server
//     is asked.
const (
	copyLife  = 30 * time.Second
	proofLife = time.Second
	// copySize bounds the copies of one node, in bytes; a session takes about 2 KiB.
	copySize = 32 << 20
)

// near says which copies may be used.
type near struct {
	clock clock.Clock
	// slots are proofs for each slot, since slots move between nodes; one for all
	// where there is one server.
	slots []atomic.Pointer[proof]
	// doubt is the monotonic time before which no proof counts.
	doubt atomic.Int64
}

// slotsOfCluster is how many slots a cluster has.
const slotsOfCluster = 16384

func newNear(c clock.Clock, mode driver.ClientMode) *near {
	n := 1
	if mode == driver.ClientModeCluster {
		n = slotsOfCluster
	}
	near := &near{clock: c, slots: make([]atomic.Pointer[proof], n)}
	near.doubt.Store(int64(c.Mono()))
	return near
}

// proof is when something was asked that has been answered. It is told by both
// clocks: the one stands while the machine sleeps, the other is set by hand.
type proof struct {
	mono time.Duration
	wall time.Time
}

func (n *near) now() proof { return proof{n.clock.Mono(), n.clock.Now()} }

func (n *near) slot(cmd *driver.Cacheable) int { return int(cmd.Slot()) & (len(n.slots) - 1) }

// fresh reports that copies of a slot may be used by whoever looks them up after at.
func (n *near) fresh(slot int, at proof) bool {
	p := n.slots[slot].Load()
	if p == nil || int64(p.mono) <= n.doubt.Load() {
		return false
	}
	wall := at.wall.Sub(p.wall)
	return at.mono-p.mono < proofLife && wall < proofLife && wall > -proofLife
}

// proved notes that what was asked after p has been answered.
func (n *near) proved(slot int, p proof) {
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
