package argon2

import (
	"fmt"
	"math"

	"github.com/axess-go/axess/internal/sched"
)

// sweep is how many blocks are wiped before others get their turn; what they are in
// computing is for each machine to say, see stretch.
const sweep = 1024

// Space is memory to compute hashes in, one at a time: it is for one goroutine at a
// time, and [Space.Derive] is too long to be called under a lock. It has no memory
// before its first use, then as much as the largest hash took, and never any of it with
// something of a password in it while no hash is computed.
type Space struct {
	limit   uint32 // KiB
	blocks  []block
	work    work
	giveWay func()
	turn    uint32 // blocks to compute before others get their turn
	since   uint32 // blocks since they had
}

// work is what a hash needs besides its blocks; it is wiped with them.
type work struct {
	scratch, input, address block
	zero                    block // stays zero
	digest                  digests
}

// NewSpace returns a Space that holds hashes of up to so many KiB.
func NewSpace(limit uint32) *Space {
	return &Space{limit: limit, giveWay: sched.GiveWay, turn: stretch()}
}

// Derive computes the hash of in and fills out, at least four bytes, with it; the length
// is part of what is hashed. It computes on the goroutine of the caller alone, whatever
// the lanes, and gives way every few dozen microseconds. Error: [ErrParams], with out
// untouched.
func (s *Space) Derive(out []byte, p Params, in Input) error {
	if err := p.check(); err != nil {
		return err
	}
	if p.Memory > s.limit {
		return fmt.Errorf("%w: Memory is above %d KiB", ErrParams, s.limit)
	}
	if len(out) < minOut || uint64(len(out)) > math.MaxUint32 {
		return fmt.Errorf("%w: the length of the output", ErrParams)
	}
	if err := in.check(); err != nil {
		return err
	}
	s.derive(out, p, in)
	return nil
}

func (s *Space) derive(out []byte, p Params, in Input) {
	n := int(p.blocks())
	if cap(s.blocks) < n {
		s.blocks = nil // the collector may take it before there is twice as much
		s.blocks = make([]block, n)
	}
	s.blocks = s.blocks[:n]
	s.since = 0 // hashes of a few blocks, of tests and simulations, leave things as they are
	defer s.wipe()
	s.start(p, in, uint32(len(out)))
	s.fill(p)
	s.finish(out, p)
}

// wipe clears what the hash was computed in. That is a thirtieth of the time of a hash,
// or more where memory is slow, so others get their turn here too.
func (s *Space) wipe() {
	for rest := s.blocks; len(rest) > 0; {
		n := min(len(rest), sweep)
		clear(rest[:n])
		if rest = rest[n:]; len(rest) > 0 {
			s.giveWay()
		}
	}
	s.work.wipe()
}

func (w *work) wipe() {
	w.scratch, w.input, w.address = block{}, block{}, block{}
	w.digest.wipe()
}

// computed counts a block and lets others run when it is time.
func (s *Space) computed() {
	if s.since++; s.since >= s.turn {
		s.since = 0
		s.giveWay()
	}
}
