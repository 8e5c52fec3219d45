package sim

import (
	"context"
	"slices"
	"time"

	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/session"
)

// tamper is somebody who can write to the database and has no key: bodies of sessions
// change places, come back as they were before, or have a bit flipped (SIM-I37). Whoever
// it befalls may be signed out; nobody may be served as somebody else.
func (w *World) tamper() {
	s, ctx := w.place.memory.Session, context.Background()
	if s == nil {
		return
	}
	s = w.place.stores(w.servers[0]).Session
	kids, err := s.Kids(ctx)
	if err != nil {
		w.coro.Report(err)
		return
	}
	var refs []session.Ref
	for _, k := range kids {
		more, err := s.UnderKid(ctx, k.Kid, session.Ref{}, 100)
		if err != nil {
			w.coro.Report(err)
			return
		}
		refs = append(refs, more...)
	}
	if len(refs) < 2 {
		return
	}
	now := w.coro.Time().Truncate(time.Microsecond) // as a database holds it
	at := w.pick(coro.Faults, len(refs))
	mine, _, err := s.Load(ctx, refs[at], now)
	if err != nil {
		return // it has run out
	}
	other, _, err := s.Load(ctx, refs[(at+1+w.pick(coro.Faults, len(refs)-1))%len(refs)], now)
	if err != nil {
		return
	}
	w.ghost.edited = true
	for _, l := range w.ghost.logins {
		l.maybe = true
	}
	prev := mine.Rev
	mine.Rev++
	switch old, kept := w.loot[mine.Ref]; {
	case kept && w.pick(coro.Faults, 2) == 1:
		mine.Sealed, mine.Kid = old.Sealed, old.Kid
	case w.pick(coro.Faults, 2) == 1:
		mine.Sealed = slices.Clone(mine.Sealed)
		mine.Sealed[w.pick(coro.Faults, len(mine.Sealed))] ^= 1 << w.pick(coro.Faults, 8)
	default:
		mine.Sealed, mine.Kid = other.Sealed, other.Kid
	}
	w.loot[other.Ref] = other
	if err := s.Update(ctx, mine, prev, now); err != nil {
		w.log.Debug("tamper", "error", err)
	}
}
