package jwt

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"
)

// ReplayKey names one use of one token: a digest of issuer and jti together. On jti
// alone, one issuer could burn the tokens of another.
type ReplayKey [sha256.Size]byte

// NewReplayKey returns the key of a token.
func NewReplayKey(issuer, jti string) ReplayKey {
	h := sha256.New()
	for _, s := range [...]string{issuer, jti} {
		// With its length, so that no other pair reads the same.
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	return ReplayKey(h.Sum(nil))
}

// ReplayStore remembers which tokens were used.
type ReplayStore interface {
	// Claim takes a key for one use, in one atomic step: of any number of callers with
	// one key, one gets true, for as long as now is not after until. It forgets a key
	// no earlier than that. An error means that nothing is known: the caller lets
	// nobody in. It may be store.ErrUnavailable or store.ErrBadArgument (the zero key,
	// or an until that is before now).
	Claim(ctx context.Context, key ReplayKey, now, until time.Time) (bool, error)
}

// Consume takes the one use that a token has. It is the last step, after everything
// else that could refuse: a token that is refused for another reason stays good
// (WKL-023). A second call for the token is [Replayed], a token without jti is
// [MissingClaim], a store that does not answer is [ErrUnavailable].
func (v *Verifier) Consume(ctx context.Context, c *Claims) error {
	if v.cfg.Replay == nil {
		return errors.New("jwt: Config.Replay is missing")
	}
	if c == nil || c.payload == nil {
		return refuse(MissingClaim, "")
	}
	if c.ID == "" {
		return refuse(MissingClaim, "jti")
	}
	// To the end of the skew: until then the token is still taken.
	now, until := v.cfg.Clock.Now(), c.Expires.Add(v.cfg.Skew)
	if now.After(until) {
		return refuse(Expired, "")
	}
	fresh, err := v.cfg.Replay.Claim(ctx, NewReplayKey(c.Issuer, c.ID), now, until)
	if err != nil {
		return unavailable("replay", err)
	}
	if !fresh {
		return refuse(Replayed, "")
	}
	return nil
}
