package valkey

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/session"
)

// line is the copies of one connection. The driver asks it before it asks the server,
// and hands it, in the order in which they arrive, the answers and what the server says
// has changed. Only GET is copied, so a copy is known by its key.
type line struct {
	near   *near
	number int64
	room   int

	mu     sync.Mutex
	keys   map[string]*copied
	asked  map[string]*question
	ring   copied // the least recently used comes next
	size   int
	closed bool
}

// Flight implements [driver.CacheStore]: a copy that may be used, or whoever has asked
// already, or neither; then the caller asks. What may no longer be used without a
// proof is asked for too, and the answer is one.
func (l *line) Flight(key, _ string, life time.Duration, _ time.Time) (driver.ValkeyMessage, driver.CacheEntry) {
	at := l.near.now()
	fresh := l.near.fresh(l.near.slot(key), at, l) // before the copy is looked up
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return driver.ValkeyMessage{}, nil
	}
	if q := l.asked[key]; q != nil {
		if q.answered == nil {
			q.answered = l.near.sched.NewGate("valkey.copy")
		}
		return driver.ValkeyMessage{}, q
	}
	if c := l.keys[key]; c != nil && fresh && c.usable(at.mono) {
		return c.message, nil
	}
	l.asked[key] = &question{at: at.mono, life: life}
	return driver.ValkeyMessage{}, nil
}

// Update implements [driver.CacheStore]. What it returns the driver takes for the time
// at which the copy ends, and hands to whoever asked; it is the number of the line, by
// which they prove it ([near.proved]). A value that was read again is the same copy.
func (l *line) Update(key, _ string, m driver.ValkeyMessage) int64 {
	l.mu.Lock()
	q := l.asked[key]
	if q == nil { // its caller has given up
		l.mu.Unlock()
		return l.number
	}
	delete(l.asked, key)
	q.message = m
	text, err := m.ToString()
	absent := m.IsNil()
	if absent {
		q.life = min(q.life, l.near.absence())
	}
	switch c := l.keys[key]; {
	case err != nil && !absent: // no text, which no key of ours is
	case c != nil && c.absent == absent && c.text == text:
		c.until.Store(int64(q.at + q.life))
		l.unlink(c)
		l.link(c)
	default:
		if c != nil {
			l.remove(c)
		}
		c = &copied{line: l, slot: l.near.slot(key), key: key, text: text, absent: absent, message: m}
		c.until.Store(int64(q.at + q.life))
		l.keys[key] = c
		l.size += c.size()
		l.link(c)
		l.shrink()
	}
	l.mu.Unlock()
	q.tell()
	return l.number
}

// Cancel implements [driver.CacheStore].
func (l *line) Cancel(key, _ string, err error) {
	l.mu.Lock()
	q := l.asked[key]
	delete(l.asked, key)
	l.mu.Unlock()
	if q != nil {
		q.err = err
		q.tell()
	}
}

// Delete implements [driver.CacheStore]: the server says that keys have changed, or,
// with none, that any may have.
func (l *line) Delete(keys []driver.ValkeyMessage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if keys == nil {
		l.clear()
		return
	}
	for i := range keys {
		key, err := keys[i].ToString()
		if err != nil {
			l.clear()
			return
		}
		if c := l.keys[key]; c != nil {
			l.remove(c)
		}
	}
}

// Close implements [driver.CacheStore]: the connection is lost, and all copies with it.
func (l *line) Close(err error) {
	l.mu.Lock()
	l.closed = true
	l.clear()
	asked := l.asked
	l.asked = nil
	l.mu.Unlock()
	l.near.forget(l)
	for _, key := range slices.Sorted(maps.Keys(asked)) {
		asked[key].err = err
		asked[key].tell()
	}
}

func (l *line) find(key string) *copied {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keys[key]
}

func (l *line) link(c *copied) {
	if l.ring.next == nil {
		l.ring.next, l.ring.prev = &l.ring, &l.ring
	}
	c.prev, c.next = l.ring.prev, &l.ring
	c.prev.next, l.ring.prev = c, c
}

func (l *line) unlink(c *copied) {
	c.prev.next, c.next.prev = c.next, c.prev
	c.prev, c.next = nil, nil
}

func (l *line) remove(c *copied) {
	l.unlink(c)
	delete(l.keys, c.key)
	l.size -= c.size()
	c.state.Store(copyGone)
	if ref := c.ref.Load(); ref != nil { // after it is gone: see loads.keep
		l.near.loads.drop(*ref, c)
	}
}

func (l *line) clear() {
	for c := l.ring.next; c != nil && c != &l.ring; c = l.ring.next {
		l.remove(c)
	}
}

// secondChances bounds how many copies that were used lately are passed over for one that
// was not.
const secondChances = 32

// shrink makes room, for which those go first that have not been used for longest.
func (l *line) shrink() {
	for passed := 0; l.size > l.room && l.ring.next != &l.ring; {
		c := l.ring.next
		if passed < secondChances && c.state.CompareAndSwap(copyUsed, copyIdle) {
			passed++
			l.unlink(c)
			l.link(c)
			continue
		}
		l.remove(c)
	}
}

// What a copy is.
const (
	copyIdle uint32 = iota
	copyUsed        // since it was last looked at for removal
	copyGone        // it must not be used, nor what was made of it
)

// copied is what the server said about a key.
type copied struct {
	line    *line
	slot    int
	key     string
	text    string
	absent  bool
	message driver.ValkeyMessage
	until   atomic.Int64 // monotonic
	state   atomic.Uint32
	// ref is that of the session that hangs on this copy of its record.
	ref atomic.Pointer[session.Ref]

	prev, next *copied // of the line
}

// usable reports that a copy has neither ended nor been ended.
func (c *copied) usable(at time.Duration) bool {
	if int64(at) >= c.until.Load() {
		return false
	}
	switch c.state.Load() {
	case copyGone:
		return false
	case copyIdle:
		return c.state.CompareAndSwap(copyIdle, copyUsed) || c.state.Load() != copyGone
	}
	return true
}

// What a copy takes beside key and text, and what a session does that is decoded.
const (
	copyRoom   = 256
	loadedRoom = 640
)

// size is about what a copy takes. What is as long as a record is taken for one, which
// is decoded sooner or later.
func (c *copied) size() int {
	n := copyRoom + len(c.key) + len(c.text)
	if len(c.text) >= headerSize {
		n += loadedRoom + len(c.text) - headerSize
	}
	return n
}

// question is a key that somebody has asked for on a line, for whoever comes meanwhile.
type question struct {
	at       time.Duration
	life     time.Duration
	answered *sched.Gate // nil: nobody has come
	message  driver.ValkeyMessage
	err      error
}

// Wait implements [driver.CacheEntry].
func (q *question) Wait(ctx context.Context) (driver.ValkeyMessage, error) {
	if err := q.answered.Wait(ctx); err != nil {
		return driver.ValkeyMessage{}, err
	}
	return q.message, q.err
}

// tell hands the answer to those who wait. Nobody comes any more.
func (q *question) tell() {
	if q.answered != nil {
		q.answered.Open()
	}
}
