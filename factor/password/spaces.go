package password

import (
	"fmt"
	"sync"
	"weak"

	"github.com/axess-go/axess/internal/argon2"
)

// spaces is the memory that hashes are computed in, kept between them: as many as were
// computed at the same time, which the [Gate] bounds.
//
// It is kept weakly: what nobody computes in goes with the next collection of garbage.
// While people sign in one after the other, a hash finds the memory of the one before;
// when nobody does, none stays with the process.
type spaces struct {
	memory uint32 // KiB, of a hash with the parameters of new ones

	mu   sync.Mutex
	free []weak.Pointer[argon2.Space]
}

// take gives a Space to who computes, the one that was given back last.
func (s *spaces) take() *argon2.Space {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := len(s.free); n > 0; n = len(s.free) {
		kept := s.free[n-1].Value()
		s.free = s.free[:n-1]
		if kept != nil {
			return kept
		}
	}
	return argon2.NewSpace(s.memory)
}

func (s *spaces) give(space *argon2.Space) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, weak.Make(space))
}

// argon2id computes the digest of a record. One that asks for more memory than new ones
// do is hashed again at this sign-in, so its memory is not kept.
func (s *spaces) argon2id(r record, input []byte, size int) ([]byte, error) {
	var space *argon2.Space
	if r.params.memory > s.memory {
		space = argon2.NewSpace(r.params.memory)
	} else {
		space = s.take()
		defer s.give(space)
	}
	out := make([]byte, size)
	p := argon2.Params{Type: argon2.ID, Memory: r.params.memory, Passes: r.params.passes, Lanes: uint32(r.params.threads)}
	if err := space.Derive(out, p, argon2.Input{Password: input, Salt: r.salt}); err != nil {
		return nil, fmt.Errorf("password: %w", err)
	}
	return out, nil
}
