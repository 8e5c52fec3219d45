package argon2

import (
	"errors"
	"fmt"
	"math"
)

// ErrParams answers parameters that the function does not know or that a [Space] does
// not hold; the text names the one.
var ErrParams = errors.New("argon2: parameters")

// Type is the variant of the function, numbered as in RFC 9106 §3.2.
type Type uint8

// The variants that passwords are hashed with. Argon2d, whose memory accesses depend
// on the password throughout, is computed for the vectors of the RFC alone.
const (
	typeD Type = 0
	I     Type = 1
	ID    Type = 2
)

// Version is the one version of the function that is computed: 1.3.
const Version = 0x13

const (
	syncPoints = 4 // slices of a pass (RFC 9106 §3.4)
	maxLanes   = 1<<24 - 1
	minOut     = 4
)

// Params are the costs of a hash (RFC 9106 §3.1).
type Params struct {
	Type   Type
	Memory uint32 // KiB, at least eight for each lane
	Passes uint32 // at least one
	Lanes  uint32 // 1 to 2^24 - 1; computed one after the other
}

func (p Params) check() error {
	switch {
	case p.Type != I && p.Type != ID:
		return fmt.Errorf("%w: Type", ErrParams)
	case p.Lanes < 1 || p.Lanes > maxLanes:
		return fmt.Errorf("%w: Lanes", ErrParams)
	case p.Passes < 1:
		return fmt.Errorf("%w: Passes", ErrParams)
	case uint64(p.Memory) < 2*syncPoints*uint64(p.Lanes):
		return fmt.Errorf("%w: Memory", ErrParams)
	}
	return nil
}

// segment is how many blocks a lane has in a slice. Memory that does not divide is
// left over (RFC 9106 §3.2, m').
func (p Params) segment() uint32 { return p.Memory / (syncPoints * p.Lanes) }

func (p Params) blocks() uint32 { return p.segment() * syncPoints * p.Lanes }

// Input is what is hashed. Secret (K) and Data (X) are optional. Nothing is changed or
// kept.
type Input struct {
	Password, Salt, Secret, Data []byte
}

func (in Input) check() error {
	for _, b := range [][]byte{in.Password, in.Salt, in.Secret, in.Data} {
		if uint64(len(b)) > math.MaxUint32 {
			return fmt.Errorf("%w: an input of 4 GiB or more", ErrParams)
		}
	}
	return nil
}
