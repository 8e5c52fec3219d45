package emailotp

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/seal"
)

// Hash is the slow hash under a code: that of passwords, so that both cost the same and
// pass one gate (FAC-013).
type Hash interface {
	// Make hashes with a fresh salt.
	Make(src entropy.Source, input seal.Secret) ([]byte, error)
	// Verify compares; for a nil hash it does the work of a miss.
	Verify(hash []byte, input seal.Secret) factor.Verdict
}

// Config wires [Codes]. All but Policy is required.
type Config struct {
	Policy  Policy
	MAC     *seal.MAC // under seal.LabelMailedCode
	Hash    Hash
	Entropy entropy.Source
}

// Codes draws codes and verifies them. It is safe for concurrent use.
type Codes struct{ cfg Config }

// New checks the configuration. Errors: [ErrPolicy], what is missing.
func New(cfg Config) (*Codes, error) {
	if cfg.MAC == nil || cfg.Hash == nil || cfg.Entropy == nil {
		return nil, errors.New("emailotp: Config needs MAC, Hash and Entropy")
	}
	if err := cfg.Policy.Validate(); err != nil {
		return nil, err
	}
	cfg.Policy = cfg.Policy.filled()
	return &Codes{cfg}, nil
}

// Life is how long a code is good.
func (c *Codes) Life() time.Duration { return c.cfg.Policy.Life }

// Issue draws a code and makes what is kept of it, at the price of one hash.
func (c *Codes) Issue(b Bound, now time.Time) (Code, Challenge, error) {
	code := draw(c.cfg.Entropy, c.cfg.Policy.Digits)
	ch := Challenge{
		ID: entropy.Bytes16(c.cfg.Entropy), Expires: now.Add(c.cfg.Policy.Life).Truncate(time.Microsecond),
		digits: c.cfg.Policy.Digits,
	}
	kid, tag := c.cfg.MAC.Sum(message(code, ch.ID, b))
	ch.kid = kid
	input := text(tag)
	defer input.Wipe()
	hash, err := c.cfg.Hash.Make(c.cfg.Entropy, input)
	if err != nil {
		code.Wipe()
		return Code{}, Challenge{}, fmt.Errorf("emailotp: issue: %w", err)
	}
	ch.hash = hash
	return code, ch, nil
}

// Verify judges a typed code, at the price of one hash whatever the challenge is: none
// (the zero Challenge), one that is over, or one that fits. What is no code of so many
// digits is rejected before (FAC-064).
//
// Accepted is not yet a sign-in: that is who uses the challenge up.
func (c *Codes) Verify(b Bound, ch Challenge, input seal.Secret, now time.Time) factor.Verdict {
	digits := ch.digits
	if ch.hash == nil {
		digits = c.cfg.Policy.Digits
	}
	code, ok := parse(input, digits)
	if !ok {
		return factor.Rejected
	}
	defer code.Wipe()
	msg := message(code, ch.ID, b)
	defer clear(msg)
	tag, err := c.cfg.MAC.SumWith(ch.kid, msg)
	live := err == nil && ch.hash != nil && now.Before(ch.Expires)
	if !live {
		_, tag = c.cfg.MAC.Sum(msg)
		ch.hash = nil
	}
	typed := text(tag)
	defer typed.Wipe()
	return c.cfg.Hash.Verify(ch.hash, typed)
}

// message is what the MAC covers.
func message(code Code, id [16]byte, b Bound) []byte {
	t, u := b.Subject.Tenant.Bytes(), b.Subject.User.Bytes()
	return seal.AppendFields(nil, seal.PrefixMailedCode, code.secret.Reveal(), id[:], []byte(b.Purpose), t[:], u[:], b.Flow[:])
}

// text is a tag as the hash of passwords takes it.
func text(tag seal.Tag) seal.Secret { return seal.NewSecret(hex.AppendEncode(nil, tag[:])) }

// Traits are those of the kind: a code says that somebody reads a mailbox, which has the
// RFC 8176 reference "otp" and no class (FAC-066). Nothing is stored for a person, so
// nothing has to be enrolled: whoever has an address that is proven has the factor.
func Traits() factor.Traits {
	return factor.Traits{Kind: factor.EmailOTP, AMR: []string{"otp"}, Costly: true, External: true}
}
