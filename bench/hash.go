package bench

import (
	"context"
	"errors"
	"testing"

	"golang.org/x/crypto/argon2"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/seal"
)

const (
	phrase     = "correct horse battery staple"
	hashSource = "golang.org/x/crypto v0.58.0"
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
	if h.hasher.Verify(h.record, s).Verdict != factor.Accepted {
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

// idkey is the hash function alone, 19 MiB and two passes as in password.Lean.
type idkey struct{}

func (idkey) key() []byte {
	return argon2.IDKey([]byte(phrase), []byte("0123456789abcdef"), 2, 19*1024, 1, 32)
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
