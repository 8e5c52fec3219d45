package valkey

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
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

// wanted is a key to read: how long a copy of it may be used, and one of its absence.
// What is wanted later is never older than the key before it, of the same slot.
type wanted struct {
	key        string
	life, void time.Duration
	later      bool
}

// nearby reads keys from copies or, where there is none that may be used, from the
// server. copied reports that anything came from a copy.
func (b *base) nearby(ctx context.Context, verb string, wants ...wanted) (got []driver.ValkeyMessage, copied bool, err error) {
	if err := b.enter(ctx, verb); err != nil {
		return nil, false, err
	}
	defer b.leave()
	asked := make([]driver.CacheableTTL, len(wants))
	slots := make([]int, len(wants))
	sure := make([]bool, len(wants))
	from := b.near.now()
	for i, w := range wants {
		cmd := b.c.B().Get().Key(w.key).Cache().ToStaticTTL()
		asked[i], slots[i] = driver.CT(cmd, w.life), b.near.slot(&cmd)
		// Before copies are looked up: a proof that comes later says nothing of them.
		sure[i] = b.near.fresh(slots[i], from)
	}
	got = make([]driver.ValkeyMessage, len(wants))
	var again []int
	mine := make([]bool, len(wants)) // asked for by this call, not by one that it waited for
	for i, r := range b.c.DoMultiCache(ctx, asked...) {
		if got[i], err = b.message(ctx, verb, r); err != nil {
			return nil, false, err
		}
		switch mine[i] = !r.IsCacheHit(); {
		case mine[i]:
			b.near.proved(slots[i], from)
		case wants[i].later:
		case !sure[i], got[i].IsNil() && r.CachePTTL() < (wants[i].life-wants[i].void).Milliseconds():
			again = append(again, i)
		default:
			copied = true
		}
	}
	if err := b.again(ctx, verb, wants, again, got); err != nil {
		return nil, false, err
	}
	for _, i := range again {
		b.near.proved(slots[i], from)
	}
	for i, w := range wants {
		// Both asked for here were asked for in their order. Of others nobody knows it,
		// so the second is looked up once the first is there.
		if !w.later || mine[i] && mine[i-1] {
			continue
		}
		w.later = false
		one, old, err := b.nearby(ctx, verb, w)
		if err != nil {
			return nil, false, err
		}
		got[i], copied = one[0], copied || old
	}
	return got, copied, nil
}

// again reads some of what is wanted from the server.
func (b *base) again(ctx context.Context, verb string, wants []wanted, which []int, got []driver.ValkeyMessage) error {
	if len(which) == 0 {
		return nil
	}
	plain := make([]driver.Completed, len(which))
	for j, i := range which {
		plain[j] = b.c.B().Get().Key(wants[i].key).Build()
	}
	for j, r := range b.c.DoMulti(ctx, plain...) {
		var err error
		if got[which[j]], err = b.message(ctx, verb, r); err != nil {
			return err
		}
	}
	return nil
}

// copies says whether a script changes what may be copied. One that is not known here
// is taken to.
func copies(script string) bool {
	switch script {
	case "session_list", "session_kids", "session_claimed", "session_decide":
		return false
	}
	return len(script) > 8 && script[:8] == "session_"
}

// behind is the command that follows a script. The server tells what a command has
// changed right after its answer, on the connection that asked, and everywhere else
// with it; so when this is answered, the copies in this process know (STO-033).
func (b *base) behind(keys []string) driver.Completed {
	return b.c.B().Exists().Key(keys[0]).Build()
}

// caughtUp judges the answer of behind. Whatever the server says was said on that
// connection. If the connection is lost, so are its copies, but perhaps not yet: then
// nothing is promised.
func (b *base) caughtUp(ctx context.Context, verb string, r driver.ValkeyResult) error {
	if err := r.NonValkeyError(); err != nil {
		return b.answer(ctx, verb, err)
	}
	return nil
}

// runOnce sends a script, with what follows it.
func (b *base) runOnce(ctx context.Context, verb, name string, keys []string, cmd driver.Completed) (driver.ValkeyResult, error) {
	if b.near == nil || !copies(name) {
		return b.c.Do(ctx, cmd), nil
	}
	got := b.c.DoMulti(ctx, cmd, b.behind(keys))
	if got[0].NonValkeyError() != nil {
		return got[0], nil
	}
	return got[0], b.caughtUp(ctx, verb, got[1])
}

// untracked says why a connection was refused that asked to be tracked: perhaps the
// tracking is not what is wrong with it.
func untracked(ctx context.Context, t *target, o options) error {
	o.distant = "to see what else there is"
	c, err := driver.NewClient(t.options(&o))
	if err != nil {
		return err
	}
	defer c.Close()
	if err := inspect(ctx, c, &o); err != nil {
		return err
	}
	return errRefused
}

var errRefused = errors.New("the server refuses CLIENT TRACKING, by which it tells what has changed: ACL SETUSER the user +client|tracking, or open it WithoutLocalCache")

// errUntracked is a server that does not tell what has changed, though it said so.
var errUntracked = errors.New("the server agrees to CLIENT TRACKING and tells nothing: name the server itself instead of a proxy (WithoutLocalCache does without)")

// keepNear begins to use copies, after a trial: a copy is made, its key is changed, and
// the copy must be gone.
func (b *base) keepNear(ctx context.Context) error {
	const verb = "open"
	key := b.trial(strconv.FormatUint(entropy.Uint64(b.entropy), 36))
	read := func() (driver.ValkeyResult, error) {
		r := b.c.DoCache(ctx, b.c.B().Get().Key(key).Cache().ToStaticTTL(), copyLife)
		_, err := b.message(ctx, verb, r)
		return r, err
	}
	for range 2 { // the second time it is a copy
		if _, err := read(); err != nil {
			return err
		}
	}
	if _, err := b.message(ctx, verb, b.c.Do(ctx, b.c.B().Set().Key(key).Value("1").Px(lag).Build())); err != nil {
		return err
	}
	if err := b.caughtUp(ctx, verb, b.c.Do(ctx, b.behind([]string{key}))); err != nil {
		return err
	}
	r, err := read()
	if err != nil {
		return err
	}
	if text, err := r.ToString(); err != nil || text != "1" {
		return errUntracked
	}
	b.near = newNear(b.clock, b.c.Mode())
	_, err = b.message(ctx, verb, b.c.Do(ctx, b.c.B().Del().Key(key).Build()))
	return err
}
