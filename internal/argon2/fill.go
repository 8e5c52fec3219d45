package argon2

// start fills the first two blocks of each lane.
func (s *Space) start(p Params, in Input, out uint32) {
	s.work.digest.start(p, in, out)
	length := syncPoints * p.segment()
	for lane := range p.Lanes {
		row := s.blocks[lane*length:]
		s.work.digest.block(&row[0], 0, lane)
		s.work.digest.block(&row[1], 1, lane)
	}
}

// fill computes all other blocks, and each again in every further pass. In a slice the
// lanes refer to nothing that another lane computes in that slice, so their order does
// not matter, and one after the other is what takes one processor.
func (s *Space) fill(p Params) {
	for pass := range p.Passes {
		for slice := range uint32(syncPoints) {
			for lane := range p.Lanes {
				s.segment(p, place{pass: pass, slice: slice, lane: lane, segment: p.segment()})
			}
		}
	}
}

// finish gives the output from the last blocks of all lanes.
func (s *Space) finish(out []byte, p Params) {
	length := syncPoints * p.segment()
	last := &s.blocks[length-1]
	for lane := uint32(1); lane < p.Lanes; lane++ {
		for i, v := range s.blocks[(lane+1)*length-1] {
			last[i] ^= v
		}
	}
	s.work.digest.finish(out, last)
}

// place is a segment: a lane's part of a slice in a pass.
type place struct {
	pass, slice, lane uint32
	segment           uint32 // blocks of a segment
}

// segment computes the blocks of one segment, in order.
func (s *Space) segment(p Params, at place) {
	length := syncPoints * at.segment
	first := uint32(0)
	if at.pass == 0 && at.slice == 0 {
		first = 2 // start has filled them
	}
	// Argon2id does not let the password choose where to read in the first half of
	// the first pass, Argon2i never (RFC 9106 §3.4.1).
	blind := p.Type == I || p.Type == ID && at.pass == 0 && at.slice < syncPoints/2
	if blind {
		s.work.input = block{
			uint64(at.pass), uint64(at.lane), uint64(at.slice),
			uint64(p.blocks()), uint64(p.Passes), uint64(p.Type),
		}
	}
	row := at.lane * length
	for i := first; i < at.segment; i++ {
		column := at.slice*at.segment + i
		before := column - 1
		if column == 0 {
			before = length - 1
		}
		prev := &s.blocks[row+before]
		j := prev[0]
		if blind {
			if i == first || i%blockWords == 0 {
				s.addresses()
			}
			j = s.work.address[i%blockWords]
		}
		lane, ref := at.reference(i, j, p.Lanes)
		compress(&s.blocks[row+column], prev, &s.blocks[lane*length+ref], &s.work.scratch, at.pass > 0)
		s.computed()
	}
}

// addresses computes the next 128 places to read at.
func (s *Space) addresses() {
	w := &s.work
	w.input[6]++
	compress(&w.address, &w.zero, &w.input, &w.scratch, false)
	compress(&w.address, &w.zero, &w.address, &w.scratch, false)
}

// reference maps the word j to the lane and the column that the i-th block of the
// segment refers to (RFC 9106 §3.4.2): one of the blocks that are finished, the nearer
// ones more often, never the one before.
func (at place) reference(i uint32, j uint64, lanes uint32) (lane, column uint32) {
	lane = at.lane
	if lanes > 1 && (at.pass > 0 || at.slice > 0) {
		lane = uint32(j>>32) % lanes
	}
	// Finished are the other three slices, in the first pass those that there were.
	size, start := 3*at.segment, (at.slice+1)*at.segment
	if at.pass == 0 {
		size, start = at.slice*at.segment, 0
	}
	switch {
	case lane == at.lane:
		size += i - 1
	case i == 0:
		size--
	}
	x := j & (1<<32 - 1)
	x = x * x >> 32
	x = uint64(size) * x >> 32
	column = start + size - 1 - uint32(x)
	if length := syncPoints * at.segment; column >= length {
		column -= length
	}
	return lane, column
}
