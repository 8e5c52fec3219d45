package memory

import (
	"bytes"
	"sync"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// shard is one part of the stored sessions, by ref. Load, Touch and Update hold
// one shard and nothing else; whoever holds two holds the book (see locked).
type shard struct {
	sync.RWMutex
	m map[session.Ref]*entry
}

func shardOf(ref session.Ref) int { return int(ref.Bytes()[0] % shards) }

// entry is one stored session. The record is immutable; what a touch moves lies
// beside it in microseconds, so that a touch writes no record (SES-229).
type entry struct {
	rec  session.Record
	next session.Ref // the successor, if superseded
	// actor is the stamp of the actor, if the record has one.
	actor identity.Epochs
	idle  atomic.Int64
	seen  atomic.Int64
}

func newEntry(rec session.Record, now time.Time) *entry {
	rec.Sealed = bytes.Clone(rec.Sealed)
	return entryOver(rec, now)
}

// entryOver is newEntry for sealed bytes that the store already owns.
func entryOver(rec session.Record, now time.Time) *entry {
	e := &entry{rec: rec}
	e.idle.Store(rec.IdleUntil.UnixMicro())
	e.seen.Store(now.UnixMicro())
	return e
}

// record is what the entry says now.
func (e *entry) record() session.Record {
	rec := e.rec
	rec.IdleUntil = micro(e.idle.Load())
	return rec
}

func micro(us int64) time.Time { return time.UnixMicro(us).UTC() }

// end is when the record dies unless it is touched.
func (e *entry) end() time.Time {
	idle := micro(e.idle.Load())
	if e.rec.AbsUntil.Before(idle) {
		return e.rec.AbsUntil
	}
	return idle
}

// dead: at the deadline itself it is over (SES-228).
func (e *entry) dead(now time.Time) bool { return !now.Before(e.end()) }

// locked is the book with the shards that a step has touched so far. Only the
// holder of the book ever holds two shards, so their order does not matter; all
// stay locked until the step is whole, so that nobody sees half of it.
type locked struct {
	b       *Backend
	mask    uint64
	crowded int // live records that made room for others
}

func (b *Backend) lock() *locked {
	b.book.Lock()
	return &locked{b: b}
}

// unlock ends the step; only then are evictions counted, because the counter is
// somebody else's code.
func (l *locked) unlock() {
	for i := range l.b.sessions {
		if l.mask&(1<<i) != 0 {
			l.b.sessions[i].Unlock()
		}
	}
	l.b.book.Unlock()
	for range l.crowded {
		l.b.metrics.Count(MetricEvicted)
	}
}

func (l *locked) shard(i int) map[session.Ref]*entry {
	if l.mask&(1<<i) == 0 {
		l.b.sessions[i].Lock()
		l.mask |= 1 << i
	}
	return l.b.sessions[i].m
}

func (l *locked) get(ref session.Ref) *entry { return l.shard(shardOf(ref))[ref] }

// put adds a new entry and registers it, if it has a subject (SES-202).
func (l *locked) put(e *entry) {
	l.shard(shardOf(e.rec.Ref))[e.rec.Ref] = e
	l.b.stored++
	if s := e.rec.Subject; !s.IsZero() {
		refs := l.b.registry[s]
		if refs == nil {
			refs = map[session.Ref]struct{}{}
			l.b.registry[s] = refs
		}
		refs[e.rec.Ref] = struct{}{}
	}
}

func (l *locked) unregister(s identity.Subject, ref session.Ref) {
	refs := l.b.registry[s]
	if delete(refs, ref); len(refs) == 0 {
		delete(l.b.registry, s)
	}
}

// drop removes a record and its superseded predecessor, if they are there.
func (l *locked) drop(ref session.Ref) {
	e := l.get(ref)
	if e == nil {
		return
	}
	delete(l.shard(shardOf(ref)), ref)
	l.b.stored--
	l.unregister(e.rec.Subject, ref)
	if !e.rec.Prev.IsZero() {
		l.drop(e.rec.Prev)
	}
}

// supersede keeps a record for its grace, registered no more.
func (l *locked) supersede(e *entry, next session.Ref, until time.Time) {
	rec := e.record()
	rec.Superseded, rec.Prev = true, session.Ref{}
	if until.Before(rec.IdleUntil) {
		rec.IdleUntil = until
	}
	old := entryOver(rec, micro(e.seen.Load()))
	old.next = next
	l.shard(shardOf(rec.Ref))[rec.Ref] = old
	l.unregister(rec.Subject, rec.Ref)
}
