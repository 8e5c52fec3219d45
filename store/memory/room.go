package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/axess-go/axess/session"
)

// sweepLag is how long a dead record stays: the clocks of several instances
// differ, and none may meet a record that another has already removed as dead
// while it still counts as alive here (SES-230).
const sweepLag = 5 * time.Minute

// aged is a record with the deadline that decides about it.
type aged struct {
	ref session.Ref
	at  int64 // microseconds
}

// makeRoom removes dead records or, if there are none, those idle longest: a
// small part of all of them at once, because finding the oldest looks at every
// one. The record named keep stays.
func (l *locked) makeRoom(now time.Time, keep session.Ref) {
	all := make([]aged, 0, l.b.stored)
	dead := 0
	for i := range l.b.sessions {
		for e := range l.shard(i).all {
			if e.ref != keep {
				all = append(all, aged{e.ref, e.end()})
				if e.dead(now) {
					dead++
				}
			}
		}
	}
	slices.SortFunc(all, compareAged)
	room := dead
	if dead == 0 {
		room = min(1+l.b.capacity/256, len(all))
		l.crowded = room
	}
	for _, a := range all[:room] {
		l.drop(a.ref)
	}
}

func compareAged(x, y aged) int { return cmp.Or(cmp.Compare(x.at, y.at), compareRefs(x.ref, y.ref)) }

// Sweep implements [session.Store]: longest dead first.
func (s sessions) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	if now.IsZero() || limit < 1 {
		return 0, malformed("sweep", "time or limit")
	}
	if err := alive(ctx, "sweep"); err != nil {
		return 0, err
	}
	gone := now.Add(-sweepLag).UnixMicro()
	var found []aged
	for i := range s.b.sessions {
		part := &s.b.sessions[i]
		part.RLock()
		for e := range part.all {
			if end := e.end(); end < gone {
				found = append(found, aged{e.ref, end})
			}
		}
		part.RUnlock()
	}
	slices.SortFunc(found, compareAged)
	l := s.b.lock()
	defer l.unlock()
	before := l.b.stored
	for _, a := range found {
		if before-l.b.stored >= limit {
			break
		}
		if e := l.get(a.ref); e != nil && e.end() < gone {
			l.remove(a.ref)
		}
	}
	return before - l.b.stored, nil
}
