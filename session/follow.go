package session

import (
	"container/list"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/sched"
)

// followAgain is how long after its loss a channel is begun again.
const followAgain = time.Second

// follower hears what ends, for everybody in this process who waits for the end of
// a session: one watch of the store, which begins with the first of them and ends
// with the last (SES-207).
type follower struct {
	m *Manager

	mu       sync.Mutex
	watchers list.List                       // of *watcher, in the order in which they came
	logins   map[identity.LoginID][]*watcher // in that order too
	channel  *channel                        // nil: nobody waits
}

// channel is the time from a first watcher to a last.
type channel struct {
	end    context.CancelCauseFunc
	task   *sched.Task
	stands bool // under the follower's lock: what ends is heard
}

// join adds a watcher. If the channel stands, the watcher looks at once: something
// may have ended between the load of its session and this moment.
func (f *follower) join(w *watcher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.place = f.watchers.PushBack(w)
	if f.logins == nil {
		f.logins = map[identity.LoginID][]*watcher{}
	}
	f.logins[w.login] = append(f.logins[w.login], w)
	switch {
	case f.channel == nil:
		// It ends with the last watcher, not with the request that came first.
		ctx, end := f.m.clock.WithCancel(context.Background())
		c := &channel{end: end}
		c.task = sched.Of(f.m.clock).Go(ctx, "session.follow", func(ctx context.Context) error { return f.run(ctx, c) })
		f.channel = c
	case f.channel.stands:
		w.call()
	}
}

// leave takes a watcher out, and waits for the end of the channel with the last.
func (f *follower) leave(w *watcher) {
	f.mu.Lock()
	f.watchers.Remove(w.place)
	rest := slices.DeleteFunc(f.logins[w.login], func(o *watcher) bool { return o == w })
	if f.logins[w.login] = rest; len(rest) == 0 {
		delete(f.logins, w.login)
	}
	var last *channel
	if f.watchers.Len() == 0 {
		last, f.channel = f.channel, nil
	}
	f.mu.Unlock()
	if last == nil {
		return
	}
	last.end(nil)
	if err := last.task.Wait(context.Background()); err != nil {
		f.m.log.Error("session: following what ends", "error", err)
	}
}

// stands reports that what ends is heard.
func (f *follower) stands() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.channel != nil && f.channel.stands
}

// run keeps a channel up until ctx ends.
func (f *follower) run(ctx context.Context, c *channel) error {
	defer f.turn(c, false) // however it ends: without a channel, everybody looks for themselves
	said := false
	for {
		err := f.listen(ctx, c)
		if ctx.Err() != nil {
			return nil
		}
		if f.turn(c, false) {
			said = false // it stood meanwhile
		}
		if !said {
			f.m.log.WarnContext(ctx, "session: endings are not heard, every watched session is looked up once a second", "error", err)
			said = true
		}
		if f.m.clock.Sleep(ctx, followAgain) != nil {
			return nil
		}
	}
}

// listen is one watch of the store, from its beginning to its loss.
func (f *follower) listen(ctx context.Context, c *channel) (err error) {
	w, err := f.begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if end := w.Close(); err == nil {
			err = end
		}
	}()
	f.turn(c, true)
	for {
		ended, err := w.Next(ctx)
		if err != nil {
			return err
		}
		f.tell(ended)
	}
}

func (f *follower) begin(ctx context.Context) (Watch, error) {
	ctx, cancel := clock.WithTimeout(ctx, f.m.clock, f.m.timeouts.Load)
	defer cancel()
	return f.m.store.Watch(ctx)
}

// turn notes whether a channel stands and says whether that is new. Then everybody
// looks: what ended before a channel stood, or after it was lost, is not told.
func (f *follower) turn(c *channel, stands bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.stands == stands {
		return false
	}
	if c.stands = stands; f.channel == c {
		f.callAll(func(*watcher) bool { return true })
	}
	return true
}

// tell calls those whom an ending concerns.
func (f *follower) tell(ended []Ending) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range ended {
		if e.Login.IsZero() {
			f.callAll(func(w *watcher) bool { return concerns(e.Scope, w.subject) || concerns(e.Scope, w.actor.subject) })
			continue
		}
		for _, w := range f.logins[e.Login] {
			w.call()
		}
	}
}

// callAll calls those who are meant. The caller holds the lock; a call waits for
// nothing.
func (f *follower) callAll(meant func(*watcher) bool) {
	for at := f.watchers.Front(); at != nil; at = at.Next() {
		if w, ok := at.Value.(*watcher); ok && meant(w) {
			w.call()
		}
	}
}

// concerns reports that a raised epoch is one of a subject's; the zero subject is
// nobody.
func concerns(s identity.Scope, sub identity.Subject) bool {
	switch s.Kind() {
	case identity.ScopeGlobal:
		return true
	case identity.ScopeTenant:
		return s.Subject().Tenant == sub.Tenant
	case identity.ScopeUser:
		return s.Subject() == sub
	}
	return true // an unknown one is a reason to look
}
