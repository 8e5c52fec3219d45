package sim

import (
	"fmt"

	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/store/storetest/fault"
)

// side is one of the two of a duel.
type side int

const (
	left side = iota
	right
	nobody side = -1
)

func (s side) String() string { return []string{"left", "right"}[s] }
func (s side) other() side    { return 1 - s }

// move is one call of a store that a side makes in a duel, or the arrival of its answer.
type move struct {
	by    side
	n     int // which of this side's, from 1
	verb  string
	parts []string // of its changes
	marks marks
	fault Fault // that befalls it; zero: none
	// next is what either side was about to do.
	next [2]*move
}

// bout decides one run of a duel. The two sides are served by different servers, which
// share nothing but the store; so it makes a difference only in which order they make
// those of their calls that touch the same. A side stops before each call. When both
// have, one goes on. Whatever else there is to do, such as relaying events, is done at
// once, and time moves only when neither can go on.
type bout struct {
	w      *World
	order  []side // who goes on; behind its end, whoever went last
	fault  Fault
	asleep map[int][2]bool // sides that need not be tried first, by the move before which
	whole  bool            // every call touches everything
	limit  uint64          // drawn for sessions of a person: 0 is any number
	one    bool            // one server has both
	turned bool            // the other server is asked
	jars   bool            // they share a jar
	ahead  *safe           // where the second server has its keys from; nil: as the first

	open  bool
	acts  [2]bool          // has begun, and has not come to its end
	naps  int              // time has moved so often to wake a side
	gates map[uint64]*move // where tasks stand, by their ids
	calls [2]int
	moves []*move
	cut   bool   // what follows was seen in another run
	end   string // in what it came to, for comparisons
	sleep [2]bool
	marks marks // of the call that is about to be made; nil: not known
	ids   uint64
}

// Draw implements coro.Source: nothing happens by chance.
func (b *bout) Draw(s coro.Stream, n uint64) uint64 {
	switch {
	case n == turns:
		b.ids++ // no actor leaves
		return b.ids
	case s == "limit":
		return b.limit
	}
	return 0
}

// pick is the strategy.
func (b *bout) pick(ready []coro.Ready) int {
	if !b.open {
		return 0
	}
	at := [2]int{-1, -1}
	for i, t := range ready {
		by := b.sideOf(t)
		if by == nobody || b.gates[t.ID] == nil {
			return i // others, and what lies between two calls
		}
		if at[by] < 0 {
			at[by] = i
		}
	}
	next := [2]*move{}
	for by, i := range at {
		if i >= 0 {
			next[by] = b.gates[ready[i].ID]
		}
	}
	// Who waits to try again goes on as soon as they can: the other one may still be
	// first, and otherwise never was second.
	for by := range next {
		if next[by] == nil && b.acts[by] && !b.one && b.naps < mostNaps {
			b.naps++
			return -1
		}
	}
	by := b.goes(next)
	m := next[by]
	m.next = next
	b.tell(m)
	b.moves = append(b.moves, m)
	delete(b.gates, ready[at[by]].ID)
	if other := next[by.other()]; other != nil && b.sleep[by.other()] && b.touch(m, other) {
		b.sleep[by.other()] = false
	}
	return at[by]
}

// tell notes a move for a story.
func (b *bout) tell(m *move) {
	s := b.w.servers[m.by]
	if b.one {
		s = b.w.servers[left]
	}
	what := m.verb
	if len(m.parts) > 0 {
		what += fmt.Sprint(" ", m.parts)
	}
	if m.fault.Kind != "" {
		what += ": " + m.fault.Kind
	}
	if m.verb != answering && s.node != nil {
		b.w.tells(s.node.Name(), "store", "for the %s: %s", m.by, what)
	}
}

// goes is the side that makes the next move.
func (b *bout) goes(next [2]*move) side {
	i := len(b.moves)
	for by, is := range b.asleep[i] {
		b.sleep[by] = b.sleep[by] || is
	}
	by := left
	switch {
	case i < len(b.order):
		by = b.order[i]
	case i > 0:
		by = b.moves[i-1].by
	}
	if next[by] == nil {
		by = by.other()
	}
	if i < len(b.order) {
		return by
	}
	if o := by.other(); b.sleep[by] && next[o] != nil && !b.sleep[o] {
		by = o
	}
	b.cut = b.cut || b.sleep[by]
	return by
}

// touch says whether the order of two moves can matter.
func (b *bout) touch(x, y *move) bool { return b.whole || x.marks.meet(y.marks) }

func (b *bout) sideOf(t coro.Ready) side {
	at, ok := t.Context.Value(turnKey{}).(*turn)
	if !ok {
		a, ok := t.Context.Value(actorKey{}).(*actor)
		if !ok {
			return nobody
		}
		at = a.now
	}
	return b.of(at)
}

func (b *bout) of(t *turn) side {
	switch {
	case t == nil:
	case t.actor == left.String():
		return left
	case t.actor == right.String():
		return right
	}
	return nobody
}

// home is the server that has what the running task asks for; nil: any.
func (b *bout) home() *server {
	by := b.of(b.w.turn())
	if by == nobody || b.one {
		by = left
	}
	if b.turned {
		by = by.other()
	}
	if s := b.w.servers[by]; s.up {
		return s
	}
	return nil
}

// meets stops whoever makes a call, and says what befalls it.
func (b *bout) meets(c fault.Call) Fault {
	known := b.marks
	b.marks = nil
	if known == nil {
		known = everything()
	}
	return b.stop(c.Verb, c.Parts, known)
}

// answers stops a side before its answer arrives, and says what befalls that.
func (b *bout) answers() Fault {
	var touched marks
	if b.jars {
		touched = marks{{kind: "jar", write: true}}
	}
	return b.stop(answering, nil, touched)
}

// mostNaps bounds that, should one wait for the other.
const mostNaps = 1000

// answering is what the arrival of an answer is called among calls.
const answering = "answer"

func (b *bout) stop(verb string, parts []string, touched marks) Fault {
	by := b.of(b.w.turn())
	if !b.open || by == nobody {
		return Fault{}
	}
	b.calls[by]++
	m := &move{by: by, n: b.calls[by], verb: verb, parts: parts, marks: touched}
	if f := b.fault; f.Kind != "" && f.side() == by && f.Call == m.n {
		m.fault = f
	}
	b.gates[b.w.coro.Running()] = m
	return m.fault
}
