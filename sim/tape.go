package sim

import (
	"time"

	"github.com/axess-go/axess/internal/coro"
)

// tape is the source of a world: it gives each turn streams of its own for faults and
// delays, and writes down what was drawn if somebody wants to know.
type tape struct {
	w    *World
	src  coro.Source
	log  coro.Log // nil: nothing is written down
	hits []hit    // faults among it, in their order
	// began is when each turn did, by its stream.
	began map[coro.Stream]time.Duration
}

// hit is the place in the log of a draw that made something go wrong.
type hit struct {
	stream coro.Stream
	at     int
}

// Draw implements coro.Source.
func (t *tape) Draw(s coro.Stream, n uint64) uint64 {
	befalls := n == million && (s == coro.Faults || s == coro.Latency)
	s = t.own(s)
	if st := t.w.cfg.stage; st != nil && (s == coro.Schedule || s == coro.Faults || s == coro.Latency || befalls && !st.watches(t.w.turn())) {
		return 0 // nothing but what those who look ask decides for them
	}
	v := t.src.Draw(s, n)
	if t.log != nil {
		t.log[s] = append(t.log[s], v)
	}
	return v
}

// pause is how long a turn waits before it begins. A seed says never: it is written into
// a log in place of turns that were taken out, so that what follows comes when it came.
func (t *tape) pause(own coro.Stream) time.Duration {
	if t.log != nil {
		t.began[own] = t.w.coro.Elapsed()
	}
	if _, replayed := t.src.(*coro.Replay); !replayed {
		if t.log != nil {
			t.log[own+pauses] = []uint64{0}
		}
		return 0
	}
	return time.Duration(t.Draw(own+pauses, uint64(longestPause)))
}

// pauses ends the name of the stream of a turn's pause.
const pauses = "/pause"

const longestPause = 1000 * time.Hour

// own is the stream of the running turn in place of the one for all.
func (t *tape) own(s coro.Stream) coro.Stream {
	if s != coro.Faults && s != coro.Latency {
		return s
	}
	at := t.w.turn()
	switch {
	case at == nil:
		return s
	case s == coro.Faults:
		return at.faults
	}
	return at.late
}

// hit notes that the newest draw of a stream made something go wrong.
func (t *tape) hit(s coro.Stream) {
	if t.log != nil {
		s = t.own(s)
		t.hits = append(t.hits, hit{s, len(t.log[s]) - 1})
	}
}
