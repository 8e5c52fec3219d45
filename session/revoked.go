package session

import (
	"container/list"
	"context"
	"errors"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/store"
)

// RevokedReason says why [Session.Revoked] has ended.
type RevokedReason uint8

// The reasons. The zero reason is what a closed channel gives after the first.
const (
	// RevokedEnded: signed out, ended from elsewhere, or revoked by an epoch.
	RevokedEnded RevokedReason = iota + 1
	// RevokedLost: for revokedPatience nobody could say whether the session
	// lives. Close the connection: it must not outlive a revocation that could
	// not be seen.
	RevokedLost
)

const (
	// revokedEvery is how often a long-lived handler's session is looked up while
	// nothing is heard of what ends, or its last look failed.
	revokedEvery = time.Second
	// revokedAnyway is how often it is looked up although nothing has been heard.
	revokedAnyway = 30 * time.Second
	// revokedPatience is how long lookups may fail.
	revokedPatience = 30 * time.Second
	// revokedTimer names the wait for the next look.
	revokedTimer = "session.revoked"
)

// Revoked is for handlers that outlast a request: server-sent events, long
// polls, upgraded connections. The channel gives a reason and closes when the
// login that this request has now ends or reaches its deadline, and closes
// without one when the request's context ends or there is no login. Bindings
// are checked when a request starts and not again (SES-084).
//
// The store says what ends ([Watch]), once for all handlers of the process, and
// those whom it concerns look at once; everybody looks at the beginning, at the
// deadline, and each half minute in any case (SES-207). While the store cannot say
// it, everybody looks once a second, and after half a minute in which every look
// fails the reason is [RevokedLost]. A rotation by another request is followed: the
// login goes on.
func (s *Session) Revoked() <-chan RevokedReason {
	s.mu.Lock()
	s.used = true
	cur := s.cur
	s.mu.Unlock()
	ch := make(chan RevokedReason, 1)
	login := registration(cur.body.state)
	if login == nil {
		close(ch)
		return ch
	}
	w := s.m.watcher(cur.ref, login)
	sched.Of(s.m.clock).Go(s.scope, "session.revoked", func(ctx context.Context) error {
		defer close(ch)
		s.m.follower.join(w)        //nolint:contextcheck // the channel outlives this request
		defer s.m.follower.leave(w) //nolint:contextcheck // also when this request is over
		if reason := w.until(ctx); reason != 0 {
			//axess:allow L07 the channel is handed out (SES-084) and has room for the one reason
			ch <- reason
		}
		return nil
	})
	return ch
}

// watcher waits for the end of one login.
type watcher struct {
	m       *Manager
	place   *list.Element // in the follower's list
	wake    *sched.Queue[struct{}]
	ref     Ref
	subject identity.Subject
	login   identity.LoginID
	actor   stamped // zero: nobody acts in it

	ends    time.Time     // the deadline that the last look saw; zero before the first
	failing bool          // the last look was no answer
	since   time.Duration // when the first of those was, on the monotonic clock
}

// stamped is a subject with the epochs that hold for a session.
type stamped struct {
	subject identity.Subject
	epochs  identity.Epochs
}

func (m *Manager) watcher(ref Ref, login *machine.LoginData) *watcher {
	w := &watcher{
		m: m, wake: sched.NewQueue[struct{}](sched.Of(m.clock), 1),
		ref: ref, subject: login.Subject, login: login.Login,
	}
	if login.Actor != nil {
		w.actor = stamped{login.Actor.Login.Subject, login.Actor.Login.Epochs}
	}
	return w
}

// call makes the watcher look. One call that it has not yet heard is enough.
func (w *watcher) call() { w.wake.TryPush(struct{}{}) }

// until looks the login up until it has ended; 0 if ctx ends first.
func (w *watcher) until(ctx context.Context) RevokedReason {
	for w.rest(ctx) {
		live, err := w.lives(ctx)
		switch {
		case ctx.Err() != nil:
			return 0
		case err == nil && !live:
			return RevokedEnded
		case err == nil:
			w.failing = false
		case !w.failing:
			w.failing, w.since = true, w.m.clock.Mono()
		case w.m.clock.Mono()-w.since >= revokedPatience:
			w.m.log.ErrorContext(ctx, "session: cannot tell whether a watched session lives", "ref", w.ref, "error", err)
			return RevokedLost
		}
	}
	return 0
}

// rest waits until it is time to look; false if ctx ends first.
func (w *watcher) rest(ctx context.Context) bool {
	d := revokedEvery
	if !w.failing && w.m.follower.stands() {
		d = revokedAnyway
		switch left := w.ends.Sub(w.m.now()); {
		case w.ends.IsZero() || left > d:
		case left > 0:
			d = left
		default:
			d = revokedEvery // a touch has moved it, or the store's clock is behind
		}
	}
	t := w.m.clock.AfterFunc(d, revokedTimer, w.call)
	defer t.Stop()
	_, err := w.wake.Pop(ctx)
	return err == nil
}

// lives looks at the record, and for the login's next one when it is gone or
// superseded.
func (w *watcher) lives(ctx context.Context) (bool, error) {
	now := w.m.now()
	rec, epochs, err := w.m.fetch(ctx, w.ref, now)
	if err == nil && w.m.overdue(w.subject.Tenant, rec.CreatedAt, now) {
		return false, nil
	}
	if err == nil && !rec.Superseded {
		w.ends = w.m.endOf(&rec)
		return rec.Subject == w.subject && rec.Epochs.Covers(epochs.Epochs) && w.actor.epochs.Covers(epochs.Actor), nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	bounded, cancel := clock.WithTimeout(ctx, w.m.clock, w.m.timeouts.Load)
	defer cancel()
	ref, found, err := w.m.findLogin(bounded, w.subject, w.login)
	if !found {
		return false, err
	}
	w.ref = ref
	return true, nil
}

// endOf is when a record is over unless it is touched.
func (m *Manager) endOf(rec *Record) time.Time {
	end := rec.IdleUntil
	if rec.AbsUntil.Before(end) {
		end = rec.AbsUntil
	}
	if tenant := rec.Subject.Tenant; m.tenantTimeouts != nil && !tenant.IsZero() {
		if allowed := rec.CreatedAt.Add(m.timesFor(tenant).Absolute); allowed.Before(end) {
			end = allowed
		}
	}
	return end
}
