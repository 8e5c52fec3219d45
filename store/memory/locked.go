package memory

import (
	"sync"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// shard is one part of the stored sessions, by ref. Load, Touch and Update hold
// one shard and nothing else; whoever holds two holds the book (see locked).
type shard struct {
	sync.RWMutex
	table
}

func shardOf(ref session.Ref) int { return int(ref.Bytes()[0] % shards) }

// find is a session of this shard, nil if it is not there.
func (p *shard) find(ref session.Ref) *entry {
	return p.get(hashRef(ref), func(e *entry) bool { return e.ref == ref })
}

// registry holds the first of the sessions of each subject; the others hang on it
// (entry.sibling). In parts, because a table that grows moves all that it has.
type registry [shards]table

func (r *registry) init() {
	for i := range r {
		r[i].hash = func(e *entry) uint64 { return hashSubject(e.subject()) }
	}
}

// at is where a subject is or would be.
func (r *registry) at(s identity.Subject) (t *table, i int, ok bool) {
	t = &r[userShard(s)]
	i, ok = t.at(hashSubject(s), func(e *entry) bool { return e.subject() == s })
	return t, i, ok
}

func (r *registry) first(s identity.Subject) *entry {
	if t, i, ok := r.at(s); ok {
		return t.slots[i]
	}
	return nil
}

func (r *registry) add(e *entry) {
	t, i, ok := r.at(e.subject())
	if !ok {
		t.put(e)
		return
	}
	e.sibling, t.slots[i].sibling = t.slots[i].sibling, e
}

// remove takes out a session that may not be in.
func (r *registry) remove(e *entry) {
	t, i, ok := r.at(e.subject())
	if !ok {
		return
	}
	for at := &t.slots[i]; *at != nil; at = &(*at).sibling {
		if *at == e {
			*at, e.sibling = e.sibling, nil
			break
		}
	}
	if t.slots[i] == nil {
		t.remove(i)
	}
}

// locked is the book with the shards that a step has touched so far. Only the
// holder of the book ever holds two shards, so their order does not matter; all
// stay locked until the step is whole, so that nobody sees half of it.
type locked struct {
	b       *Backend
	mask    uint64
	crowded int // live records that made room for others
	ended   []session.Ending
}

func (b *Backend) lock() *locked {
	b.book.Lock()
	return &locked{b: b}
}

// unlock ends the step; only then are evictions counted and endings told, because
// that runs somebody else's code.
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
	l.b.hub.Tell(l.ended...)
}

// tell notes that a login has ended. A superseded record is the past of one that
// lives, or of one whose end was told.
func (l *locked) tell(e *entry) {
	if !e.login.IsZero() && !e.bound().superseded {
		l.ended = append(l.ended, session.Ending{Login: e.login})
	}
}

// raise installs an epoch and notes that it was.
func (l *locked) raise(s identity.Scope, v uint64) {
	l.b.epochs.set(s, v)
	l.ended = append(l.ended, session.Ending{Scope: s})
}

func (l *locked) shard(i int) *shard {
	if l.mask&(1<<i) == 0 {
		l.b.sessions[i].Lock()
		l.mask |= 1 << i
	}
	return &l.b.sessions[i]
}

func (l *locked) get(ref session.Ref) *entry { return l.shard(shardOf(ref)).find(ref) }

// put adds a new entry and registers it, if it has a subject (SES-202).
func (l *locked) put(e *entry) {
	l.shard(shardOf(e.ref)).put(e)
	l.b.stored++
	if !e.user.IsZero() {
		l.b.registry.add(e)
	}
}

// drop ends a record and its superseded predecessor, if they are there.
func (l *locked) drop(ref session.Ref) {
	if e := l.get(ref); e != nil {
		l.tell(e)
		l.remove(ref)
	}
}

// remove is drop for what ends nothing: a login that goes on in another record, or
// one that its deadline has ended.
func (l *locked) remove(ref session.Ref) {
	part := l.shard(shardOf(ref))
	i, ok := part.at(hashRef(ref), func(e *entry) bool { return e.ref == ref })
	if !ok {
		return
	}
	e := part.slots[i]
	part.remove(i)
	l.b.stored--
	l.b.registry.remove(e)
	if prev := e.bound().prev; !prev.IsZero() {
		l.remove(prev)
	}
}

// supersede keeps a record for its grace, registered no more.
func (l *locked) supersede(e *entry, next session.Ref, until time.Time) {
	was := e.bound()
	e.bonds = &bonds{next: next, superseded: true, actor: was.actor, stamp: was.stamp}
	e.idle.Store(min(e.idle.Load(), until.UnixMicro()))
	l.b.registry.remove(e)
}
