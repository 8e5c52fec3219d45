package hotp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/oath"
	"github.com/axess-go/axess/seal"
)

// Record is what is known about one token. Make it with [New], [Import] or [Decode].
type Record struct {
	Algorithm Algorithm
	Digits    int
	Seed      seal.Secret
	// Next is the counter of the first code that may still be accepted. It never falls.
	Next uint64
	// Failures are the wrong codes since the last right one, at most [MaxFailures].
	Failures int
	// ResyncAt is when somebody last tried to bring the token back, in whole seconds;
	// zero: never.
	ResyncAt time.Time
}

// NeedsResync reports that the token takes no code until it is brought back (RFC 4226
// §7.3, §7.4).
func (r Record) NeedsResync() bool { return r.Failures >= MaxFailures }

// ErrCorrupt answers a body that [Record.Encode] does not make.
var ErrCorrupt = errors.New("hotp: record is corrupt")

// recordVersion begins the body:
//
//	version(1) ∥ algorithm(1) ∥ digits(1) ∥ failures(1) ∥ next(8) ∥ resync(8, unix seconds) ∥ seed(16 to 128)
const (
	recordVersion = 0x01
	headerSize    = 20
)

// New draws the seed of a new credential: 20, 32 or 64 bytes by algorithm. Show it once,
// then [Confirm]. Error: [ErrPolicy].
func New(src entropy.Source, p Policy) (Record, error) {
	seed := make([]byte, p.filled().Algorithm.SeedSize())
	defer clear(seed)
	src.Fill(seed)
	return Import(p, seed, 0) // which judges the policy
}

// Import makes a record of a seed from elsewhere, 16 to 128 raw bytes, whose next code is
// that of the counter. Error: [ErrPolicy].
func Import(p Policy, seed []byte, counter uint64) (Record, error) {
	if err := p.Validate(); err != nil {
		return Record{}, err
	}
	p = p.filled()
	r := Record{Algorithm: p.Algorithm, Digits: p.Digits, Seed: seal.NewSecret(seed), Next: counter}
	return r, r.check()
}

// Encode gives the body of a credential row. It holds the seed in clear: give it to
// factor.Vault and clear it.
func (r Record) Encode() []byte {
	b := make([]byte, headerSize, headerSize+len(r.Seed.Reveal()))
	b[0], b[1], b[2], b[3] = recordVersion, byte(r.Algorithm), byte(r.Digits), byte(r.Failures)
	binary.BigEndian.PutUint64(b[4:], r.Next)
	if !r.ResyncAt.IsZero() {
		binary.BigEndian.PutUint64(b[12:], uint64(r.ResyncAt.Unix()))
	}
	return append(b, r.Seed.Reveal()...)
}

// Decode reads a body and checks every field. Error: [ErrCorrupt].
func Decode(body []byte) (Record, error) {
	if len(body) < headerSize || body[0] != recordVersion {
		return Record{}, fmt.Errorf("%w: size or version", ErrCorrupt)
	}
	r := Record{
		Algorithm: Algorithm(body[1]), Digits: int(body[2]), Failures: int(body[3]),
		Next: binary.BigEndian.Uint64(body[4:]),
		Seed: seal.NewSecret(body[headerSize:]),
	}
	at := binary.BigEndian.Uint64(body[12:])
	if at > 1<<40 {
		return Record{}, fmt.Errorf("%w: time of the resynchronisation", ErrCorrupt)
	}
	if at > 0 {
		r.ResyncAt = time.Unix(int64(at), 0).UTC()
	}
	// A record whose algorithm this mode does not have is not corrupt: Verify says
	// Misconfigured.
	if err := r.check(); err != nil && !r.Algorithm.IsBarred() {
		return Record{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return r, nil
}

// check refuses what New and Import do not make. A zero field is no default here.
func (r Record) check() error {
	if r.Algorithm == 0 || r.Digits == 0 {
		return fmt.Errorf("%w: a field is missing", ErrPolicy)
	}
	if err := (Policy{Algorithm: r.Algorithm, Digits: r.Digits}).Validate(); err != nil {
		return err
	}
	if n := len(r.Seed.Reveal()); n < oath.MinSeed || n > oath.MaxSeed {
		return fmt.Errorf("%w: seed of %d bytes, %d to %d", ErrPolicy, n, oath.MinSeed, oath.MaxSeed)
	}
	if r.Next > maxCounter {
		return fmt.Errorf("%w: counter above 2^63", ErrPolicy)
	}
	if r.Failures < 0 || r.Failures > MaxFailures {
		return fmt.Errorf("%w: %d failures, at most %d", ErrPolicy, r.Failures, MaxFailures)
	}
	return nil
}
