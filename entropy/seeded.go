package entropy

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"sync"
)

// Seeded returns a source whose bytes follow from the number alone. For tests
// and simulation, never for a running service: the seed can be guessed.
func Seeded(seed uint64) Source {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], seed)
	return SeededBytes(sha256.Sum256(append([]byte("axess/entropy/v1\x00"), b[:]...)))
}

// SeededBytes returns the ChaCha8 stream of math/rand/v2 under the seed. The
// bytes do not depend on how they are cut into calls.
func SeededBytes(seed [32]byte) Source {
	return &seeded{stream: rand.NewChaCha8(seed)}
}

type seeded struct {
	mu     sync.Mutex
	stream *rand.ChaCha8
}

func (s *seeded) Fill(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = s.stream.Read(p) // always len(p), nil
}
