package argon2

import (
	"encoding/binary"
	"hash"

	"golang.org/x/crypto/blake2b"
)

// digests are BLAKE2b in each of its lengths, made when first used and kept: a new one
// for each block would leave what it has read in the heap.
type digests struct {
	made  [blake2b.Size + 1]hash.Hash
	words [6 * 4]byte
	link  [blake2b.Size]byte      // of the chain of H'
	first [blake2b.Size]byte      // H0
	bytes [8 * blockWords]byte    // a block as H' reads and writes it
	zeros [blake2b.BlockSize]byte // stays zero
}

// of returns the digest of so many bytes, 1 to 64, ready for input.
func (d *digests) of(size int) hash.Hash {
	h := d.made[size]
	if h == nil {
		var err error
		if h, err = blake2b.New(size, nil); err != nil {
			panic(err) // only for another size or a key
		}
		d.made[size] = h
	}
	h.Reset()
	return h
}

func (d *digests) number(h hash.Hash, n uint32) {
	binary.LittleEndian.PutUint32(d.words[:], n)
	h.Write(d.words[:4])
}

// start computes H0 (RFC 9106 §3.2, step 1).
func (d *digests) start(p Params, in Input, out uint32) {
	h := d.of(blake2b.Size)
	for i, n := range [...]uint32{p.Lanes, out, p.Memory, p.Passes, Version, uint32(p.Type)} {
		binary.LittleEndian.PutUint32(d.words[4*i:], n)
	}
	h.Write(d.words[:])
	for _, b := range [...][]byte{in.Password, in.Salt, in.Secret, in.Data} {
		d.number(h, uint32(len(b)))
		h.Write(b)
	}
	h.Sum(d.first[:0])
}

// block computes one of the first two blocks of a lane from H0 (steps 3 and 4).
func (d *digests) block(b *block, column, lane uint32) {
	h := d.of(blake2b.Size)
	d.number(h, uint32(len(d.bytes)))
	h.Write(d.first[:])
	d.number(h, column)
	d.number(h, lane)
	d.stretch(d.bytes[:], h)
	for i := range b {
		b[i] = binary.LittleEndian.Uint64(d.bytes[8*i:])
	}
}

// finish computes the output from the last block (step 7).
func (d *digests) finish(out []byte, b *block) {
	for i, v := range b {
		binary.LittleEndian.PutUint64(d.bytes[8*i:], v)
	}
	h := d.of(min(len(out), blake2b.Size))
	d.number(h, uint32(len(out)))
	h.Write(d.bytes[:])
	d.stretch(out, h)
}

// stretch is H' (RFC 9106 §3.3) from where its length and its input are written: a chain
// of digests that each give half of themselves, but for the last, which gives all.
func (d *digests) stretch(out []byte, h hash.Hash) {
	h.Sum(d.link[:0])
	for len(out) > blake2b.Size {
		copy(out, d.link[:blake2b.Size/2])
		out = out[blake2b.Size/2:]
		h = d.of(min(len(out), blake2b.Size))
		h.Write(d.link[:])
		h.Sum(d.link[:0])
	}
	copy(out, d.link[:])
}

// wipe clears what it can reach. A digest keeps the last block that it was given; zeros
// of a block's length take its place.
func (d *digests) wipe() {
	for _, h := range d.made {
		if h != nil {
			h.Reset()
			h.Write(d.zeros[:])
			h.Reset()
		}
	}
	clear(d.words[:])
	clear(d.link[:])
	clear(d.first[:])
	clear(d.bytes[:])
}
