package session

import (
	"context"
	"errors"
	"time"

	"github.com/axess-go/axess/identity"
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
	// revokedEvery is how often a long-lived handler's session is looked up.
	revokedEvery = time.Second
	// revokedPatience is how long lookups may fail.
	revokedPatience = 30 * time.Second
)

// Revoked is for handlers that outlast a request: server-sent events, long
// polls, upgraded connections. The channel gives a reason and closes when the
// login that this request has now ends or reaches its deadline, and closes
// without one when the request's context ends or there is no login. Bindings
// are checked when a request starts and not again (SES-084).
//
// It costs one read a second. A rotation by another request is followed: the
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
	w := watch{m: s.m, ref: cur.ref, subject: login.Subject, login: login.Login}
	if login.Actor != nil {
		w.actor = login.Actor.Login.Epochs
	}
	sched.Of(s.m.clock).Go(s.scope, "session.revoked", func(ctx context.Context) error {
		defer close(ch)
		if reason := w.until(ctx); reason != 0 {
			//axess:allow L07 the channel is handed out (SES-084) and has room for the one reason
			ch <- reason
		}
		return nil
	})
	return ch
}

// watch follows one login.
type watch struct {
	m       *Manager
	ref     Ref
	subject identity.Subject
	login   identity.LoginID
	actor   identity.Epochs // zero: nobody acts in it
	failing time.Duration
}

// until looks the login up until it has ended; 0 if ctx ends first.
func (w *watch) until(ctx context.Context) RevokedReason {
	for {
		if err := w.m.clock.Sleep(ctx, revokedEvery); err != nil {
			return 0
		}
		live, err := w.lives(ctx)
		switch {
		case ctx.Err() != nil:
			return 0
		case err != nil:
			if w.failing += revokedEvery; w.failing >= revokedPatience {
				w.m.log.ErrorContext(ctx, "session: cannot tell whether a watched session lives", "ref", w.ref, "error", err)
				return RevokedLost
			}
		case !live:
			return RevokedEnded
		default:
			w.failing = 0
		}
	}
}

// lives looks at the record, and for the login's next one when it is gone or
// superseded.
func (w *watch) lives(ctx context.Context) (bool, error) {
	now := w.m.now()
	rec, epochs, err := w.m.fetch(ctx, w.ref, now)
	if err == nil && w.m.overdue(w.subject.Tenant, rec.CreatedAt, now) {
		return false, nil
	}
	if err == nil && !rec.Superseded {
		return rec.Subject == w.subject && rec.Epochs.Covers(epochs.Epochs) && w.actor.Covers(epochs.Actor), nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	ref, found, err := w.m.findLogin(ctx, w.subject, w.login)
	if !found {
		return false, err
	}
	w.ref = ref
	return true, nil
}
