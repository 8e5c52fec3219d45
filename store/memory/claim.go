package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Create implements [session.Store].
func (s sessions) Create(ctx context.Context, rec session.Record, c session.Claim, also ...store.Row) ([]session.Ref, error) {
	if err := portargs.NewRecord(&rec, &c, also); err != nil {
		return nil, failed("create", err)
	}
	if err := alive(ctx, "create"); err != nil {
		return nil, err
	}
	e := newEntry(rec, c.Now)
	e.actor = c.ActorExpect
	l := s.b.lock()
	defer l.unlock()
	evicted, err := l.admit(&rec, &c, nil, also)
	if err != nil {
		return nil, failed("create", err)
	}
	l.install(e, &c, evicted, also)
	return evicted, nil
}

// Rotate implements [session.Store].
func (s sessions) Rotate(ctx context.Context, old session.Ref, prevRev uint64, next session.Record, c session.Claim, grace time.Duration, also ...store.Row) ([]session.Ref, error) {
	if old.IsZero() || prevRev == 0 || grace < 0 {
		return nil, malformed("rotate", "ref, rev or grace")
	}
	if err := portargs.NewRecord(&next, &c, also); err != nil {
		return nil, failed("rotate", err)
	}
	if err := alive(ctx, "rotate"); err != nil {
		return nil, err
	}
	if grace > 0 {
		next.Prev = old
	}
	e := newEntry(next, c.Now)
	e.actor = c.ActorExpect
	l := s.b.lock()
	defer l.unlock()
	was := l.get(old)
	if was == nil || was.dead(c.Now) {
		return nil, failed("rotate", store.ErrNotFound)
	}
	if was.rec.Superseded || was.rec.Rev != prevRev {
		return nil, failed("rotate", store.ErrConflict)
	}
	evicted, err := l.admit(&next, &c, was, also)
	if err != nil {
		return nil, failed("rotate", err)
	}
	if !was.rec.Prev.IsZero() {
		l.drop(was.rec.Prev)
	}
	if grace > 0 {
		l.supersede(was, next.Ref, c.Now.Add(grace))
	} else {
		l.drop(old)
	}
	l.install(e, &c, evicted, also)
	return evicted, nil
}

// admit checks a claim and says who must go for it. Nothing is changed.
func (l *locked) admit(rec *session.Record, c *session.Claim, old *entry, also []store.Row) ([]session.Ref, error) {
	if l.get(rec.Ref) != nil {
		return nil, store.ErrExists
	}
	if err := l.b.rows.admits(also); err != nil {
		return nil, err
	}
	if c.Subject.IsZero() {
		return nil, nil
	}
	current := l.b.epochs.of(c.Subject)
	if current != c.Expect {
		return nil, session.ErrEpoch
	}
	if !c.Actor.IsZero() {
		if l.b.epochs.of(c.Actor) != c.ActorExpect {
			return nil, session.ErrEpoch
		}
		return nil, nil // it takes nobody's place (SES-018)
	}
	replaces := old != nil && old.rec.Subject == c.Subject && old.rec.Actor.IsZero() && old.rec.Epochs.Covers(current)
	if c.Raise || replaces {
		return nil, nil
	}
	live := l.b.live(c.Subject, current, c.Now, l.get)
	live = slices.DeleteFunc(live, func(e *entry) bool { return !e.rec.Actor.IsZero() })
	bound := session.HardSessionLimit
	if c.Limit.Max > 0 {
		if c.Limit.RefuseNew && len(live) >= c.Limit.Max {
			return nil, session.ErrSessionLimit
		}
		bound = min(bound, c.Limit.Max)
	}
	var evicted []session.Ref
	for len(live) >= bound {
		oldest := live[len(live)-1]
		evicted = append(evicted, oldest.rec.Ref)
		live = live[:len(live)-1]
	}
	return evicted, nil
}

// install makes what admit has allowed.
func (l *locked) install(e *entry, c *session.Claim, evicted []session.Ref, also []store.Row) {
	for _, ref := range evicted {
		l.drop(ref)
	}
	if l.b.stored >= l.b.capacity {
		l.makeRoom(c.Now, e.rec.Prev)
	}
	l.put(e)
	if c.Raise {
		l.b.epochs.set(identity.UserScope(c.Subject), c.Expect.User+1)
	}
	l.b.rows.add(also...)
}

// live are the registered sessions of a subject that are neither over nor
// revoked, newest (AuthAt, Ref) first. The caller holds the book.
func (b *Backend) live(s identity.Subject, current identity.Epochs, now time.Time, get func(session.Ref) *entry) []*entry {
	var out []*entry
	for ref := range b.registry[s] {
		if e := get(ref); !e.dead(now) && e.rec.Epochs.Covers(current) && b.actorHolds(e) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(x, y *entry) int { return compareAge(&y.rec, &x.rec) })
	return out
}

// actorHolds reports that the actor of a session, if it has one, has not been
// revoked since.
func (b *Backend) actorHolds(e *entry) bool {
	return e.rec.Actor.IsZero() || e.actor.Covers(b.epochs.of(e.rec.Actor))
}

// compareAge orders by (AuthAt, Ref), oldest first.
func compareAge(x, y *session.Record) int {
	return cmp.Or(x.AuthAt.Compare(y.AuthAt), compareRefs(x.Ref, y.Ref))
}

func compareRefs(x, y session.Ref) int {
	a, b := x.Bytes(), y.Bytes()
	return bytes.Compare(a[:], b[:])
}
