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
	e := newEntry(&rec, &c)
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
	e := newEntry(&next, &c)
	l := s.b.lock()
	defer l.unlock()
	was := l.get(old)
	if was == nil || was.dead(c.Now) {
		return nil, failed("rotate", store.ErrNotFound)
	}
	if was.bound().superseded || was.rev != prevRev {
		return nil, failed("rotate", store.ErrConflict)
	}
	evicted, err := l.admit(&next, &c, was, also)
	if err != nil {
		return nil, failed("rotate", err)
	}
	if prev := was.bound().prev; !prev.IsZero() {
		l.drop(prev)
	}
	if was.login != next.Login || was.subject() != next.Subject {
		l.tell(was)
	}
	if grace > 0 {
		l.supersede(was, next.Ref, c.Now.Add(grace))
	} else {
		l.remove(old)
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
	replaces := old != nil && old.subject() == c.Subject && old.bound().actor.IsZero() && old.stamp().Covers(current)
	if c.Raise || replaces {
		return nil, nil
	}
	live := l.b.live(c.Subject, current, c.Now, l.age)
	live = slices.DeleteFunc(live, func(a login) bool { return !a.e.bound().actor.IsZero() })
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
		evicted = append(evicted, oldest.e.ref)
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
		l.makeRoom(c.Now, e.bound().prev)
	}
	l.put(e)
	if c.Raise {
		l.raise(identity.UserScope(c.Subject), c.Expect.User+1)
	}
	l.b.rows.add(also...)
}

// login is a registered session with its time of sign-in.
type login struct {
	e  *entry
	at int64
}

// live are the registered sessions of a subject that are neither over nor
// revoked, newest (AuthAt, Ref) first. The caller holds the book, and age reads an
// entry's time of sign-in with its shard locked: an update may move it.
func (b *Backend) live(s identity.Subject, current identity.Epochs, now time.Time, age func(*entry) int64) []login {
	var out []login
	for e := b.registry.first(s); e != nil; e = e.sibling {
		if !e.dead(now) && e.stamp().Covers(current) && b.actorHolds(e) {
			out = append(out, login{e, age(e)})
		}
	}
	slices.SortFunc(out, func(x, y login) int {
		return cmp.Or(cmp.Compare(y.at, x.at), compareRefs(y.e.ref, x.e.ref))
	})
	return out
}

// actorHolds reports that the actor of a session, if it has one, has not been
// revoked since.
func (b *Backend) actorHolds(e *entry) bool {
	actor := e.bound().actor
	return actor.IsZero() || e.bound().stamp.Covers(b.epochs.of(actor))
}

// age locks the shard of an entry for the rest of the step.
func (l *locked) age(e *entry) int64 {
	l.shard(shardOf(e.ref))
	return e.authAt
}

func compareRefs(x, y session.Ref) int {
	a, b := x.Bytes(), y.Bytes()
	return bytes.Compare(a[:], b[:])
}
