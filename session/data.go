package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/store"
)

// Data is changed by a log of operations over the body that was loaded, one key
// at a time. On a lost write the log is replayed on the newer body, so that two
// requests that write different keys both get their way (SES-101).

// space tells custom data from ceremony data, which no application sees.
type space uint8

const (
	inCustom space = iota
	inCeremony
)

// op sets a key, or deletes it if value is nil. An empty value is not nil.
type op struct {
	space space
	key   string
	value []byte
}

// value is what a key holds after ops, shared.
func value(base *snapshot, ops []op, in space, key string) ([]byte, bool) {
	for i := len(ops) - 1; i >= 0; i-- {
		if o := &ops[i]; o.space == in && o.key == key {
			return o.value, o.value != nil
		}
	}
	return lookup(base.data(in), key)
}

func (c *snapshot) data(in space) []byte {
	if in == inCeremony {
		return c.body.ceremony
	}
	return c.body.custom
}

// applyOps is the encoded map after ops.
func applyOps(base *snapshot, ops []op, in space) []byte {
	enc := base.data(in)
	if !slices.ContainsFunc(ops, func(o op) bool { return o.space == in }) {
		return enc
	}
	list := decodeEntries(enc)
	for _, o := range ops {
		if o.space != in {
			continue
		}
		i := slices.IndexFunc(list, func(e entry) bool { return e.key == o.key })
		switch {
		case o.value == nil && i >= 0:
			list = slices.Delete(list, i, i+1)
		case o.value == nil:
		case i >= 0:
			list[i].value = o.value
		default:
			list = append(list, entry{o.key, o.value})
		}
	}
	return encodeEntries(list)
}

func carryEntries(enc []byte, keys []string) []byte {
	return encodeEntries(slices.DeleteFunc(decodeEntries(enc), func(e entry) bool { return !slices.Contains(keys, e.key) }))
}

// put adds an operation after check has seen what the map would become. One
// that changes nothing is none (SES-039).
func (s *Session) put(ctx context.Context, name string, o op, check func(enc []byte) error) error {
	for {
		base, ops, err := s.begin(ctx, name)
		if err != nil {
			return err
		}
		old, had := value(base, ops, o.space, o.key)
		if had == (o.value != nil) && slices.Equal(old, o.value) {
			return nil
		}
		next := append(ops, o) // ops is clipped: this copies
		if o.value != nil {
			if err := check(applyOps(base, next, o.space)); err != nil {
				return err
			}
		}
		s.mu.Lock()
		// Another goroutine may have added its own meanwhile: look again, or two
		// values that fit alone would be over the limit together.
		if s.cur == base && sameOps(s.ops, ops) && s.usable() == nil {
			s.ops = next
			s.mu.Unlock()
			return nil
		}
		s.mu.Unlock()
	}
}

const flushTries = 3

// flush writes the operations and reports whether anything was written. A
// session that has ended meanwhile is not revived: the data is dropped, and
// that is no error (SES-103).
func (s *Session) flush(ctx context.Context) (wrote bool, err error) {
	for try := 1; ; try++ {
		s.mu.Lock()
		base, ops := s.cur, s.ops[:len(s.ops):len(s.ops)]
		s.mu.Unlock()
		if len(ops) == 0 {
			return false, nil
		}
		wrote, err = s.write(ctx, base, ops)
		if !errors.Is(err, store.ErrConflict) {
			return wrote, err
		}
		s.m.metrics.Count(metricConflicts)
		if try == flushTries {
			return false, err
		}
		if err := s.m.pause(ctx); err != nil {
			return false, failed("flush", err)
		}
		if live, err := s.reload(ctx, base); !live {
			return false, err
		}
	}
}

// sameOps reports that nothing was added or written in between. The log is
// copied when it grows, so the address of its first entry names it.
func sameOps(a, b []op) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// written takes the operations that a write has covered off the log, unless
// another goroutine has done so; what was added behind them meanwhile stays. One
// that stayed on would be replayed over what other requests have done since, and
// bring a consumed value back (SES-104). Called with mu held.
func (s *Session) written(own []op) {
	n := len(own)
	if len(s.ops) >= n && slices.EqualFunc(s.ops[:n], own, sameOp) {
		s.ops = s.ops[n:]
	}
}

func sameOp(a, b op) bool {
	return a.space == b.space && a.key == b.key && (a.value == nil) == (b.value == nil) && slices.Equal(a.value, b.value)
}

// write stores base with the session's own operations and one more.
func (s *Session) write(ctx context.Context, base *snapshot, own []op, more ...op) (bool, error) {
	m, now := s.m, s.m.now()
	ops := append(own, more...) // own is clipped: this copies
	next := *base
	b := &next.body
	b.custom, b.ceremony = applyOps(base, ops, inCustom), applyOps(base, ops, inCeremony)
	if slices.Equal(b.custom, base.body.custom) && slices.Equal(b.ceremony, base.body.ceremony) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.cur == base {
			s.written(own)
		}
		return false, nil
	}
	if !base.stored {
		err := s.create(ctx, base, own, ops)
		return err == nil, err
	}
	next.rev++
	next.idle, _ = m.idleUntil(b, now)
	if err := m.update(ctx, &next, base.rev, now); err != nil {
		return false, err
	}
	s.install(base, &next, own)
	return true, nil
}

// create makes the record of a guest's first data, under a new id also if the
// guest was anchored (SES-065).
func (s *Session) create(ctx context.Context, base *snapshot, own, ops []op) error {
	m, now := s.m, s.m.now()
	next := &snapshot{id: newSecretID(m.entropy), stored: true, rev: 1, body: guestBody()}
	next.ref = next.id.ref()
	b := &next.body
	b.custom, b.ceremony = applyOps(base, ops, inCustom), applyOps(base, ops, inCeremony)
	b.created, b.absolute = now, now.Add(m.timeouts.GuestAbsolute)
	b.client = clientOf(s.scope.Request())
	global, err := m.globalEpoch(ctx, machine.Guest{})
	if err != nil {
		return err
	}
	b.epochs.Global = global
	next.idle, _ = m.idleUntil(b, now)
	rec, err := m.record(next)
	if err != nil {
		return err
	}
	next.kid = rec.Kid
	ctx, cancel := m.outlive(ctx)
	defer cancel()
	_, err = m.store.Create(ctx, rec, Claim{Now: now})
	m.count("create", err)
	if err != nil {
		return failed("create", err)
	}
	if !s.installNew(base, next, own, notRotated, machine.Effect{}) {
		// The other record is the one to add to.
		return errors.Join(store.ErrConflict, failed("delete", m.store.Delete(ctx, next.ref, headerOf(b.state).subject)))
	}
	return nil
}

// pause waits 2 to 20 ms before another try.
func (m *Manager) pause(ctx context.Context) error {
	d := 2*time.Millisecond + time.Duration(entropy.Int64n(m.entropy, int64(18*time.Millisecond)))
	return clock.Pause(context.WithoutCancel(ctx), m.clock, d)
}

// reload replaces base by what is stored now. It is not live when the record is
// gone, superseded, revoked or another login's.
func (s *Session) reload(ctx context.Context, base *snapshot) (live bool, err error) {
	s.mu.Lock()
	moved := s.cur.ref != base.ref || s.cur.rev != base.rev
	s.mu.Unlock()
	if moved || !base.stored {
		return true, nil // a goroutine of this request moved it: its state is newer
	}
	next := &snapshot{}
	ctx, cancel := s.m.outlive(ctx)
	defer cancel()
	o, _, err := s.m.load(ctx, base.id, s.m.now(), next)
	switch {
	case o.refused():
		return false, failed("reload", err)
	case o != loadLive, headerOf(next.body.state) != headerOf(base.body.state):
		s.m.log.InfoContext(ctx, "session: data dropped, the session has ended or moved on", "ref", base.ref)
		s.mu.Lock()
		s.ops, s.gone, s.cookie = nil, true, cookieKeep
		s.mu.Unlock()
		return false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur.ref == base.ref && s.cur.rev == base.rev {
		s.cur = next
	}
	return true, nil
}

// consume takes a value out with a round trip to the store, so that of all
// requests on all instances at most one gets it (SES-104).
func (s *Session) consume(ctx context.Context, in space, key string) ([]byte, error) {
	for try := 1; ; try++ {
		base, ops, err := s.begin(ctx, "consume")
		if err != nil {
			return nil, err
		}
		v, ok := value(base, ops, in, key)
		if !ok {
			return nil, ErrConsumed
		}
		if _, stored := lookup(base.data(in), key); !stored {
			// Set in this request: it has to be in the store before it can be taken
			// out of it once.
			if _, err := s.flush(ctx); err != nil {
				return nil, err
			}
			if try == flushTries {
				return nil, fmt.Errorf("session: consume: %w", store.ErrConflict)
			}
			continue
		}
		wrote, err := s.write(ctx, base, ops, op{in, key, nil})
		if wrote {
			return v, nil
		}
		if err == nil {
			return nil, ErrConsumed
		}
		if !errors.Is(err, store.ErrConflict) {
			return nil, err
		}
		s.m.metrics.Count(metricConflicts)
		if try == flushTries {
			return nil, err
		}
		if err := s.m.pause(ctx); err != nil {
			return nil, failed("consume", err)
		}
		if live, err := s.reload(ctx, base); err != nil {
			return nil, err
		} else if !live {
			return nil, ErrConsumed
		}
	}
}
