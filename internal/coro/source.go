package coro

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2" //axess:allow L02 the draws of a simulation come from its seed
)

// Stream names draws that belong together: taking some out of one leaves the others
// as they were (SIM-010).
type Stream string

// The streams of a world. Actors and lives of nodes have streams of their own.
const (
	Schedule Stream = "schedule"
	Faults   Stream = "faults"
	Latency  Stream = "latency"
)

// Source decides. Draw returns a number from 0 to n-1; zero is always the tamest
// choice: the first task, no fault, no delay.
type Source interface {
	Draw(s Stream, n uint64) uint64
}

// Seeded draws from independent streams of one seed and remembers what it drew.
type Seeded struct {
	seed    uint64
	streams map[Stream]*rand.Rand
	log     Log
}

// Log is what was drawn, by stream in order: with commit and configuration it is the
// whole run.
type Log map[Stream][]uint64

// NewSeeded expands a seed into streams: ChaCha8 under the SHA-256 of a label, the
// seed and the name of the stream.
func NewSeeded(seed uint64) *Seeded {
	return &Seeded{seed: seed, streams: map[Stream]*rand.Rand{}, log: Log{}}
}

// Draw implements [Source].
func (s *Seeded) Draw(stream Stream, n uint64) uint64 {
	r := s.streams[stream]
	if r == nil {
		r = rand.New(rand.NewChaCha8(Expand(s.seed, stream)))
		s.streams[stream] = r
	}
	v := r.Uint64N(max(n, 1))
	s.log[stream] = append(s.log[stream], v)
	return v
}

// Log is what was drawn so far.
func (s *Seeded) Log() Log { return s.log }

// Expand is the key of a stream.
func Expand(seed uint64, stream Stream) [32]byte {
	b := binary.BigEndian.AppendUint64([]byte("axess/sim/v1\x00"), seed)
	return sha256.Sum256(append(b, stream...))
}

// Replay draws what a log says, and zero where it has come to its end: any log is a
// run (SIM-064).
type Replay struct {
	log   Log
	at    map[Stream]int
	short int
}

// NewReplay reads from a log, which it does not change.
func NewReplay(log Log) *Replay { return &Replay{log: log, at: map[Stream]int{}} }

// Draw implements [Source].
func (r *Replay) Draw(stream Stream, n uint64) uint64 {
	i := r.at[stream]
	r.at[stream]++
	drawn := r.log[stream]
	switch {
	case i >= len(drawn):
		r.short++
		return 0
	case n == 0:
		return 0
	}
	return drawn[i] % n
}

// Short is how many draws lay behind the end of the log.
func (r *Replay) Short() int { return r.short }
