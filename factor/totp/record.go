package totp

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/oath"
	"github.com/axess-go/axess/seal"
)

// Record is what is known about one authenticator app. Make it with [New],
// [Import] or [Decode].
type Record struct {
	Algorithm Algorithm
	Digits    int
	Period    int // seconds
	Seed      seal.Secret
	// LastStep is the time step of the last code accepted; only later ones are
	// (FAC-032). Zero: none yet.
	LastStep int64
}

// ErrCorrupt answers a body that [Record.Encode] does not make.
var ErrCorrupt = errors.New("totp: record is corrupt")

// recordVersion begins the body:
//
//	version(1) ∥ algorithm(1) ∥ digits(1) ∥ period(1) ∥ last step(8) ∥ seed(16 to 128)
const (
	recordVersion = 0x01
	headerSize    = 12
)

// New draws the seed of a new credential: 20, 32 or 64 bytes by algorithm. Show
// it once, then [Confirm]. Error: [ErrPolicy].
func New(src entropy.Source, p Policy) (Record, error) {
	seed := make([]byte, p.filled().Algorithm.SeedSize())
	defer clear(seed)
	src.Fill(seed)
	return Import(p, seed) // which judges the policy
}

// Import makes a record of a seed from elsewhere, 16 to 128 raw bytes. Which
// text encoding a seed came in is for the importer to state, never to guess.
// Error: [ErrPolicy].
func Import(p Policy, seed []byte) (Record, error) {
	if err := p.Validate(); err != nil {
		return Record{}, err
	}
	if len(seed) < oath.MinSeed || len(seed) > oath.MaxSeed {
		return Record{}, fmt.Errorf("%w: seed of %d bytes, %d to %d", ErrPolicy, len(seed), oath.MinSeed, oath.MaxSeed)
	}
	p = p.filled()
	return Record{Algorithm: p.Algorithm, Digits: p.Digits, Period: p.Period, Seed: seal.NewSecret(seed)}, nil
}

// Encode gives the body of a credential row. It holds the seed in clear: give it
// to factor.Vault and clear it.
func (r Record) Encode() []byte {
	b := make([]byte, headerSize, headerSize+len(r.Seed.Reveal()))
	b[0], b[1], b[2], b[3] = recordVersion, byte(r.Algorithm), byte(r.Digits), byte(r.Period)
	binary.BigEndian.PutUint64(b[4:], uint64(r.LastStep))
	return append(b, r.Seed.Reveal()...)
}

// Decode reads a body and checks every field. Error: [ErrCorrupt].
func Decode(body []byte) (Record, error) {
	if len(body) < headerSize || body[0] != recordVersion {
		return Record{}, fmt.Errorf("%w: size or version", ErrCorrupt)
	}
	r := Record{
		Algorithm: Algorithm(body[1]), Digits: int(body[2]), Period: int(body[3]),
		LastStep: int64(binary.BigEndian.Uint64(body[4:headerSize])),
		Seed:     seal.NewSecret(body[headerSize:]),
	}
	// A record whose algorithm this mode does not have is not corrupt: Verify
	// says Misconfigured.
	if err := r.check(); err != nil && !r.Algorithm.IsBarred() {
		return Record{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return r, nil
}

// check refuses what New and Import do not make. A zero field is no default
// here.
func (r Record) check() error {
	if r.Algorithm == 0 || r.Digits == 0 || r.Period == 0 {
		return fmt.Errorf("%w: a field is missing", ErrPolicy)
	}
	if err := (Policy{Algorithm: r.Algorithm, Digits: r.Digits, Period: r.Period}).Validate(); err != nil {
		return err
	}
	if n := len(r.Seed.Reveal()); n < oath.MinSeed || n > oath.MaxSeed {
		return fmt.Errorf("%w: seed of %d bytes", ErrPolicy, n)
	}
	if r.LastStep < 0 {
		return fmt.Errorf("%w: last step is negative", ErrPolicy)
	}
	return nil
}
