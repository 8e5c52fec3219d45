package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Outage is a server that a test can take away and bring back.
type Outage struct {
	// Stores stay open all the while: what uses them does not know.
	Stores backend.Stores
	// Kill ends the server with nothing put in order, and Return brings it, or
	// another one in its place, back with what it had kept.
	Kill, Return func() error
	// LosesLogins is for a server whose successor may not have heard of what was
	// acknowledged last, as in asynchronous replication. It may then forget that
	// somebody signed in, or that something was changed; that something has ended it
	// must not forget.
	LosesLogins bool
}

const (
	crashRounds  = 5
	crashPeople  = 8
	crashActions = 100 // acknowledged in a round, by all, before the server dies
)

// RunOutage has eight people sign in, move on, sign out, be revoked and change what
// they sign in with, takes the server away in the middle, and asks afterwards: what
// was acknowledged is there and no more than there; what was not is done or not done,
// never by half; nothing that ended has come back. Five times.
func RunOutage(t *testing.T, o Outage) {
	t.Helper()
	k := newKit(t, func(*testing.T) backend.Stores { return o.Stores })
	people := make([]*survivor, crashPeople)
	w := newWorld(k)
	for i := range people {
		u := k.user(w.tenant, fmt.Sprintf("person%d@example.test", i), fmt.Sprintf("person%d", i))
		people[i] = &survivor{kit: newKit(t, func(*testing.T) backend.Stores { return o.Stores }), o: &o, sub: u.Subject()}
		people[i].src = newSource(t.Name(), i)
		people[i].account = standing{user: u, cred: k.credential(u, 1)}
		k.apply(identity.NewUser{User: u}, identity.PutCredential{Credential: people[i].account.cred})
	}
	for round := range crashRounds {
		var done atomic.Int64
		enough := make(chan struct{})
		var all sync.WaitGroup
		for _, p := range people {
			all.Go(func() {
				for p.act() {
					if done.Add(1) == crashActions {
						close(enough)
					}
				}
			})
		}
		over := make(chan struct{})
		go func() { defer close(over); all.Wait() }()
		select {
		case <-enough:
		case <-over: // who is not answered stops: nobody is left to go on
			if n := done.Load(); n < crashActions {
				t.Fatalf("round %d: the server was not taken away, and left everybody without an answer after %d: %v", round, n, unheard(people))
			}
		}
		k.must(o.Kill())
		all.Wait()
		k.must(o.Return())
		for i, p := range people {
			if p.judge(); t.Failed() {
				t.Fatalf("round %d, person %d", round, i)
			}
		}
	}
}

// survivor is one person and what they were told.
type survivor struct {
	*kit
	o     *Outage
	sub   identity.Subject
	live  []session.Record // acknowledged, or found, and not ended
	ended []session.Ref    // acknowledged
	epoch uint64
	turn  int

	account standing
	rows    [][16]byte // of changes of the account
	gone    identity.Token
	last    error // that was no answer

	doubt func() // judges the verb whose answer did not come
}

// act does the next thing. It reports false when the server did not answer.
func (p *survivor) act() bool {
	st, ctx := p.s.Session, p.ctx()
	p.turn++
	switch kind := p.turn % 7; {
	case kind == 5:
		return p.changeAccount()
	case kind == 6:
		return p.told(st.Raise(ctx, identity.UserScope(p.sub)), p.revoked, p.doubtRaise)
	case len(p.live) == 0 || kind < 2:
		r := p.rec(p.sub)
		r.Epochs.User = p.epoch
		return p.told(first(st.Create(ctx, r, claimOf(r))), func() { p.live = append(p.live, r) }, func() {
			if p.there(r) {
				p.live = append(p.live, r)
			}
		})
	case kind == 4:
		r := p.live[0]
		return p.told(st.Delete(ctx, r.Ref, p.sub), func() { p.end(r.Ref) }, func() {
			if !p.there(r) {
				p.end(r.Ref)
			}
		})
	default:
		old, next := p.live[0], p.rec(p.sub)
		next.Epochs.User = p.epoch
		return p.told(first(st.Rotate(ctx, old.Ref, old.Rev, next, claimOf(next), 0)), func() {
			p.end(old.Ref)
			p.live = append(p.live, next)
		}, func() { p.doubtRotation(old, next) })
	}
}

// told sorts an answer: done, or in doubt until the server is back.
func (p *survivor) told(err error, done, doubt func()) bool {
	if err == nil {
		done()
		return true
	}
	if !errors.Is(err, store.ErrUnavailable) {
		p.Errorf("an outage is %v", err)
	}
	p.doubt, p.last = doubt, err
	return false
}

// unheard is what those who are not answered were told.
func unheard(people []*survivor) error {
	var errs []error
	for _, p := range people {
		errs = append(errs, p.last)
	}
	return errors.Join(errs...)
}

func (p *survivor) end(ref session.Ref) {
	p.live = slices.DeleteFunc(p.live, func(r session.Record) bool { return r.Ref == ref })
	p.ended = append(p.ended, ref)
}

// revoked notes that every session so far has ended.
func (p *survivor) revoked() {
	p.epoch++
	for _, r := range slices.Clone(p.live) {
		p.end(r.Ref)
	}
}

// there reports that a record signs in: found whole and under current epochs.
func (p *survivor) there(r session.Record) bool {
	got, e, err := p.s.Session.Load(p.ctx(), r.Ref, at(0))
	if errors.Is(err, store.ErrNotFound) {
		return false
	}
	p.must(err)
	equal(p.kit, "record", got, r)
	return r.Epochs.Covers(e.Epochs)
}

func (p *survivor) doubtRaise() {
	e, err := p.s.Session.Epochs(p.ctx(), p.sub)
	p.must(err)
	if e.User == p.epoch+1 {
		p.revoked()
	}
}

// doubtRotation: one of the two signs in, and never both.
func (p *survivor) doubtRotation(old, next session.Record) {
	was, is := p.there(old), p.there(next)
	if was == is && !(p.o.LosesLogins && !was) {
		p.Errorf("after a rotation in doubt the old record signs in: %t, the new one: %t", was, is)
	}
	if !was {
		p.end(old.Ref)
	}
	if is {
		p.live = append(p.live, next)
	}
}

// judge compares what is there with what was told.
func (p *survivor) judge() {
	ctx := p.ctx()
	if p.doubt != nil {
		p.doubt()
		p.doubt = nil
	}
	e, err := p.s.Session.Epochs(ctx, p.sub)
	p.must(err)
	if e.User != p.epoch {
		p.Errorf("the epoch is %d, acknowledged were %d raises", e.User, p.epoch)
	}
	for _, ref := range p.ended {
		r, now, err := p.s.Session.Load(ctx, ref, at(0))
		if err == nil && r.Epochs.Covers(now.Epochs) {
			p.Errorf("session %v signs in again after its end was acknowledged", ref)
		} else if err != nil {
			p.fails("ended", err, store.ErrNotFound)
		}
	}
	want := []session.Ref{}
	for _, r := range slices.Clone(p.live) {
		switch {
		case p.there(r):
			want = append(want, r.Ref)
		case p.o.LosesLogins:
			p.end(r.Ref)
		default:
			p.Errorf("session %v is gone, its sign-in was acknowledged", r.Ref)
		}
	}
	equal(p.kit, "listed", sortedRefs(p.listed(p.sub, at(0))), sortedRefs(want))
	p.judgeAccount()
}

func sortedRefs(refs []session.Ref) [][16]byte {
	ids := make([][16]byte, len(refs))
	for i, r := range refs {
		ids[i] = r.Bytes()
	}
	return sorted(ids)
}
