package sim

import (
	"context"
	"errors"

	"github.com/axess-go/axess/internal/coro"
)

// actor is somebody who does one thing after another. Each thing is a turn with streams
// of its own, also for the faults that befall its requests: a turn that is taken out of
// a log leaves what the others draw as it was (SIM-010, SIM-064).
type actor struct {
	w    *World
	name string
	now  *turn
	last int // turns that were begun
}

// turn is one thing that an actor does.
type turn struct {
	actor  string
	number int
	own    coro.Stream
	faults coro.Stream
	late   coro.Stream
}

// actorKey and turnKey find them in the context of a task.
type (
	actorKey struct{}
	turnKey  struct{}
)

// errLeft says that an actor has nothing more to do.
var errLeft = errors.New("sim: the actor has left")

// turns is how many names a turn may have. Zero is none: the actor leaves, which is
// what the end of a log means.
const turns = 1 << 32

func (w *World) actor(name string) *actor { return &actor{w: w, name: name} }

// start lets an actor live. Each thing that it does begins with begin.
func (a *actor) start(live func(context.Context)) {
	a.w.outside.Go(context.WithValue(context.Background(), actorKey{}, a), a.name, live)
}

// begin begins the next thing that the actor does; errLeft is the end of its life.
func (a *actor) begin() error {
	id := a.w.src.Draw(whole(a.name), turns)
	if id == 0 {
		a.now = nil
		return errLeft
	}
	own := stream(a.name, id)
	a.last++
	a.now = &turn{
		actor: a.name, number: a.last,
		own: own, faults: own + "/" + coro.Faults, late: own + "/" + coro.Latency,
	}
	return a.w.outside.Sleep(a.w.coro.Context(), a.w.src.pause(own)) //nolint:wrapcheck // the world has ended
}

// whole is the stream from which the turns of an actor come.
func whole(name string) coro.Stream { return coro.Stream("actor/" + name) }

// draw is a choice of this turn.
func (a *actor) draw(n int) int { return a.w.pick(a.now.own, n) }

// within is a context whose tasks belong to the turn in which the running task is.
func (w *World) within(ctx context.Context) context.Context {
	if t := w.turn(); t != nil {
		return context.WithValue(ctx, turnKey{}, t)
	}
	return ctx
}

// turn is the one in which the running task is; nil: none, as in background work.
func (w *World) turn() *turn {
	if w.coro == nil {
		return nil // while it is made
	}
	ctx := w.coro.Context()
	if ctx == nil {
		return nil
	}
	if t, ok := ctx.Value(turnKey{}).(*turn); ok {
		return t
	}
	if a, ok := ctx.Value(actorKey{}).(*actor); ok {
		return a.now
	}
	return nil
}
