package valkey

import (
	"context"
	"errors"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/ending"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/session"
)

// What is told is a letter and ids: L a login, U a user, T a tenant, G everybody
// (lua/part/session.lua).

func scopeMessage(s identity.Scope) string {
	sub := s.Subject()
	switch s.Kind() {
	case identity.ScopeUser:
		return "U" + string(appendSubject(nil, sub))
	case identity.ScopeTenant:
		return "T" + string(appendID(nil, sub.Tenant))
	case identity.ScopeGlobal:
	}
	return "G"
}

// endings reads what a script has told. What is not understood concerns everybody: a
// newer process may tell more.
func endings(text string) []session.Ending {
	var out []session.Ending
	for f := fields(text); f != ""; {
		switch kind := f.take(1); {
		case kind == "L" && len(f) >= 16:
			out = append(out, session.Ending{Login: takeID[identity.LoginID](&f)})
		case kind == "U" && len(f) >= 32:
			out = append(out, session.Ending{Scope: identity.UserScope(f.subject())})
		case kind == "T" && len(f) >= 16:
			out = append(out, session.Ending{Scope: identity.TenantScope(takeID[identity.TenantID](&f))})
		default:
			return append(out, session.Ending{Scope: identity.GlobalScope()})
		}
	}
	return out
}

// watch is a connection that subscribes to what the scripts tell.
type watch struct {
	*ending.Watch
	b      *base
	cancel context.CancelCauseFunc
	task   *sched.Task
}

// errClosed ends the subscription of a watch.
var errClosed = errors.New("valkey: the watch is closed")

// Watch implements [session.Store]. Every ending is published by the script that makes
// it. A subscription that is lost is an error of Next.
func (s sessions) Watch(ctx context.Context) (session.Watch, error) {
	const verb = "watch"
	if err := s.b.enter(ctx, verb); err != nil {
		return nil, err
	}
	defer s.b.leave()
	hub := ending.NewHub("valkey", s.b.sched)
	own, cancel := s.b.clock.WithCancel(context.WithoutCancel(ctx))
	w := &watch{Watch: hub.Watch(), b: s.b, cancel: cancel}
	heard := s.b.sched.NewGate("valkey.watch")
	hooked := driver.WithOnSubscriptionHook(own, func(driver.PubSubSubscription) { heard.Open() })
	subscribe := s.b.c.B().Subscribe().Channel(s.b.prefix + ":ended").Build()
	w.task = s.b.sched.Go(hooked, "valkey.watch", func(ctx context.Context) error {
		defer heard.Open()
		// On a connection of its own, since the driver would mend a shared one without
		// a word. The first command says which node of a cluster it is.
		err := s.b.c.Dedicated(func(c driver.DedicatedClient) error {
			if err := c.Do(ctx, s.get(s.globalEpoch())).Error(); err != nil && !driver.IsValkeyNil(err) {
				return err
			}
			return c.Receive(ctx, subscribe, func(m driver.PubSubMessage) {
				s.b.near.distrust() // whoever looks now sees it, though that connection may be slower
				hub.Tell(endings(m.Message)...)
			})
		})
		if err == nil {
			err = errClosed
		}
		err = s.b.answer(context.WithoutCancel(ctx), verb, err)
		hub.Lose(err)
		return nil
	})
	bounded, stop := clock.WithTimeout(ctx, s.b.clock, patience)
	defer stop()
	if err := heard.Wait(bounded); err != nil {
		return nil, errors.Join(s.b.lost(bounded, verb), w.Close()) //nolint:contextcheck // ctx is over
	}
	return w, nil
}

// Close implements [session.Watch].
func (w *watch) Close() error {
	err := w.Watch.Close()
	w.cancel(errClosed)
	ctx, stop := clock.WithTimeout(context.Background(), w.b.clock, closeTime)
	defer stop()
	return errors.Join(err, w.task.Wait(ctx))
}
