package bench

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	idkeys "golang.org/x/crypto/argon2"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/internal/argon2"
	"github.com/axess-go/axess/seal"
)

const (
	phrase     = "correct horse battery staple"
	hashSource = "golang.org/x/crypto v0.58.0"
	hashSalt   = "0123456789abcdef"
	hashMemory = 19 << 10 // KiB, as password.Lean has
)

// hashed verifies a password as a sign-in does: gate, record, comparison.
type hashed struct {
	hasher *password.Hasher
	gate   *password.Gate
	record []byte
	secret seal.Secret
}

func newHashed() (Subject, error) {
	h := &hashed{secret: seal.NewSecret([]byte(phrase))}
	var err error
	if h.hasher, err = password.New(password.Config{}); err != nil {
		return nil, err
	}
	if h.gate, err = password.NewGate(password.GateConfig{Clock: clock.System()}); err != nil {
		return nil, err
	}
	h.record, err = h.hasher.Hash(entropy.System(), h.secret)
	return h, err
}

func (h *hashed) once(s seal.Secret) error {
	pass, err := h.gate.Enter(context.Background(), h.hasher.Cost(h.record))
	if err != nil {
		return err
	}
	defer pass.Leave()
	if h.hasher.Verify(time.Time{}, h.record, s).Verdict != factor.Accepted {
		return errRefused
	}
	return nil
}

var errRefused = errors.New("refused")

func (h *hashed) Check() error {
	if !errors.Is(h.once(seal.NewSecret([]byte("wrong"+phrase))), errRefused) {
		return errors.New("accepted a wrong password")
	}
	return h.once(h.secret)
}

func (h *hashed) Measure() (Sample, error) { return loop(h.loop).Measure() }

func (h *hashed) loop(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := h.once(h.secret); err != nil {
			b.Fatal(err)
		}
	}
}

// derived is the hash function alone, in memory that it has.
type derived struct {
	space *argon2.Space
	in    argon2.Input
	out   [32]byte
}

func newDerived() (Subject, error) {
	return &derived{
		space: argon2.NewSpace(hashMemory),
		in:    argon2.Input{Password: []byte(phrase), Salt: []byte(hashSalt)},
	}, nil
}

func (d *derived) Check() error {
	err := d.once()
	if err == nil && !bytes.Equal(d.out[:], idkey{}.key()) {
		err = errRefused
	}
	return err
}

func (d *derived) once() error {
	return d.space.Derive(d.out[:], argon2.Params{Type: argon2.ID, Memory: hashMemory, Passes: 2, Lanes: 1}, d.in)
}

func (d *derived) Measure() (Sample, error) { return loop(d.loop).Measure() }

func (d *derived) loop(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := d.once(); err != nil {
			b.Fatal(err)
		}
	}
}

// idkey is the hash function alone, 19 MiB and two passes as in password.Lean.
type idkey struct{}

func (idkey) key() []byte {
	return idkeys.IDKey([]byte(phrase), []byte(hashSalt), 2, hashMemory, 1, 32)
}

func (k idkey) Check() error {
	if len(k.key()) != 32 {
		return errRefused
	}
	return nil
}

func (k idkey) Measure() (Sample, error) { return loop(k.loop).Measure() }

func (k idkey) loop(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = k.key()
	}
}
