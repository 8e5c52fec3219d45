package session

import (
	"context"
	"slices"
	"time"

	"github.com/axess-go/axess/internal/machine"
)

const (
	maxCeremonies    = 8
	maxCeremonyBytes = 16 << 10
	ceremonyLife     = 10 * time.Minute
)

// PutCeremony keeps what a flow needs between two requests, such as a challenge:
// one value for each kind, until deadline (zero: 10 min). Applications can
// neither read nor enumerate it. It is written like custom data, when the
// response begins. ErrCeremonyTooLarge: more than 8 entries or 16 KiB; else as
// [Key.Set].
func (s *Session) PutCeremony(ctx context.Context, kind machine.CeremonyKind, deadline time.Time, v []byte) error {
	if kind == "" || len(kind) > maxKey {
		return ErrBadKey
	}
	now := s.m.now()
	if deadline.IsZero() {
		deadline = now.Add(ceremonyLife)
	}
	if err := s.dropLapsed(ctx, now); err != nil {
		return err
	}
	enc := putBytes(putTime(putList(nil, 2), deadline), v)
	return s.put(ctx, "put ceremony", op{inCeremony, string(kind), enc}, func(enc []byte) error {
		r := cborReader{b: enc}
		if len(enc) > maxCeremonyBytes || r.want(cborMap) > maxCeremonies {
			return ErrCeremonyTooLarge
		}
		return nil
	})
}

// dropLapsed makes room.
func (s *Session) dropLapsed(ctx context.Context, now time.Time) error {
	base, ops, err := s.begin(ctx, "put ceremony")
	if err != nil {
		return err
	}
	for _, e := range decodeEntries(applyOps(base, ops, inCeremony)) {
		if _, ok := ceremonyValue(e.value, now); !ok {
			if err := s.put(ctx, "put ceremony", op{inCeremony, e.key, nil}, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// TakeCeremony removes a value and returns it, with a round trip to the store:
// of all requests at most one gets it. ErrConsumed: it is not there, or past its
// deadline (SES-104).
func (s *Session) TakeCeremony(ctx context.Context, kind machine.CeremonyKind) ([]byte, error) {
	raw, err := s.consume(ctx, inCeremony, string(kind))
	if err != nil {
		return nil, err
	}
	v, ok := ceremonyValue(raw, s.m.now())
	if !ok {
		return nil, ErrConsumed
	}
	return v, nil
}

// PeekCeremony returns a value and leaves it: for showing again what the person
// is in the middle of. It proves nothing; what is verified is taken.
func (s *Session) PeekCeremony(_ context.Context, kind machine.CeremonyKind) ([]byte, bool) {
	s.mu.Lock()
	base, ops := s.cur, s.ops
	s.used = true
	s.mu.Unlock()
	raw, _ := value(base, ops, inCeremony, string(kind)) // nothing reads as lapsed
	return ceremonyValue(raw, s.m.now())
}

// DropCeremony removes a value; none is success. It is written like custom data,
// or with the next move.
func (s *Session) DropCeremony(ctx context.Context, kind machine.CeremonyKind) error {
	return s.put(ctx, "drop ceremony", op{inCeremony, string(kind), nil}, nil)
}

// ceremonyValue returns a copy of a value that has not lapsed.
func ceremonyValue(raw []byte, now time.Time) ([]byte, bool) {
	r := cborReader{b: raw}
	r.tuple(2)
	deadline, v := r.time(), r.bytes()
	if !r.done() || !now.Before(deadline) {
		return nil, false
	}
	return slices.Clone(v), true
}
