package seal

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Purpose says what a ring's keys are for and bounds how many it holds. Rings
// of different purposes never share a master.
type Purpose uint8

const (
	// Cookie keys sign and seal what browsers hold: session, CSRF, link and
	// notice cookies. At most 4 keys, because a CSRF token carries no key id.
	Cookie Purpose = iota + 1
	// Session keys seal session bodies. At most 8 keys.
	Session
	// Data keys seal stored secrets: seeds, link payloads, mail. At most 8 keys.
	Data
	// Index keys authenticate rows and name what must not be stored in clear:
	// ledger keys, identifiers, decoys. At most 8 keys.
	Index
)

// String returns the word used in key files.
func (p Purpose) String() string {
	switch p {
	case Cookie:
		return "cookie"
	case Session:
		return "session"
	case Data:
		return "data"
	case Index:
		return "index"
	}
	return fmt.Sprintf("Purpose(%d)", uint8(p))
}

// MaxKeys is how many keys a ring of this purpose may hold; 0 for an unknown one.
func (p Purpose) MaxKeys() int {
	switch p {
	case Cookie:
		return 4
	case Session, Data, Index:
		return 8
	}
	return 0
}

// Ring is the set of keys of one purpose: exactly one primary, any others
// pending or retiring (SES-128). It is safe for concurrent use; changes are
// seen whole by the next operation of every MAC and Sealer made from it.
type Ring struct {
	purpose Purpose
	cur     atomic.Pointer[ringState]

	mu      sync.Mutex // serialises writers; readers only load cur
	revoked []KeyID
}

// ringState is immutable once published.
type ringState struct {
	keys       []entry
	primary    int
	generation uint64
	nextExpiry int64 // unix µs of the earliest not-after; 0 when there is none
}

type entry struct {
	Key
	id  KeyID
	prf *macKey // HMAC under the master itself, for Sealer; nobody else uses it
}

// NewRing checks keys and returns their ring. Errors: [ErrRing], [ErrWeakKey].
func NewRing(p Purpose, keys ...Key) (*Ring, error) {
	s, err := newState(p, keys)
	if err != nil {
		return nil, fmt.Errorf("seal: new %s ring: %w", p, err)
	}
	r := &Ring{purpose: p}
	r.cur.Store(s)
	return r, nil
}

// WithPreviousKey returns a new ring that also verifies and opens with old,
// which becomes its retiring key (SES-155). A Cookie ring needs old.NotAfter,
// the others refuse one. r is unchanged.
func (r *Ring) WithPreviousKey(old Key) (*Ring, error) {
	old.State = Retiring
	return NewRing(r.purpose, append(r.Keys(), old)...)
}

// Purpose returns what the ring's keys are for.
func (r *Ring) Purpose() Purpose { return r.purpose }

// Primary returns the id of the key that signs and seals.
func (r *Ring) Primary() KeyID {
	s := r.cur.Load()
	return s.keys[s.primary].id
}

// Generation rises with every change of the ring. A copy of something opened
// under one generation must not be used under another.
func (r *Ring) Generation() uint64 { return r.cur.Load().generation }

// Keys returns the keys in the order they were given. Only key files and key
// tools need them: everything else goes through MAC and Sealer.
func (r *Ring) Keys() []Key {
	s := r.cur.Load()
	out := make([]Key, len(s.keys))
	for i, e := range s.keys {
		out[i] = e.Key
	}
	return out
}

// Replace puts the keys of next in place of r's, at once and for every MAC and
// Sealer of r. Both rings have the same purpose ([ErrRing]). A key that was
// revoked in this process does not come back by a reload ([ErrRevoked]). On an
// error r is unchanged.
func (r *Ring) Replace(next *Ring) error {
	if next == nil || next.purpose != r.purpose {
		return fmt.Errorf("seal: replace %s ring: %w: other purpose", r.purpose, ErrRing)
	}
	n := next.cur.Load()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range n.keys {
		if slices.Contains(r.revoked, e.id) {
			return fmt.Errorf("seal: replace %s ring: %w: %s", r.purpose, ErrRevoked, e.id)
		}
	}
	r.publish(n.keys, n.primary)
	return nil
}

// Revoke drops a key at once: from the next operation on nothing verifies or
// opens under it (SES-131), and this process never accepts it again. Revoking
// the primary promotes the youngest pending key. With no key to promote it
// returns [ErrRing] and changes nothing: use Replace, which drops the old keys
// as fast. A kid the ring does not hold is remembered and gives
// [ErrUnknownKey].
func (r *Ring) Revoke(id KeyID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.cur.Load()
	keys, primary := without(s, func(e entry) bool { return e.id == id })
	if primary < 0 {
		primary = youngestPending(keys)
		if primary < 0 {
			return fmt.Errorf("seal: revoke %s: %w: it is the primary and nothing is pending", id, ErrRing)
		}
		keys[primary].State = Primary
	}
	if !slices.Contains(r.revoked, id) {
		r.revoked = append(r.revoked, id)
	}
	if len(keys) == len(s.keys) {
		return fmt.Errorf("seal: revoke %s: %w", id, ErrUnknownKey)
	}
	r.publish(keys, primary)
	return nil
}

// Expire drops the retiring keys whose not-after has come. It is called with
// the time of each request by the owner of the ring; when nothing is due it
// costs one atomic load.
func (r *Ring) Expire(now time.Time) {
	if next := r.cur.Load().nextExpiry; next == 0 || now.UnixMicro() < next {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.cur.Load()
	keys, primary := without(s, func(e entry) bool {
		return !e.NotAfter.IsZero() && now.UnixMicro() >= e.NotAfter.UnixMicro()
	})
	if len(keys) < len(s.keys) {
		r.publish(keys, primary)
	}
}

// publish is called with mu held.
func (r *Ring) publish(keys []entry, primary int) {
	s := &ringState{keys: keys, primary: primary, generation: r.cur.Load().generation + 1}
	s.nextExpiry = earliest(keys)
	r.cur.Store(s)
}

func newState(p Purpose, keys []Key) (*ringState, error) {
	if p.MaxKeys() == 0 {
		return nil, fmt.Errorf("%w: unknown purpose", ErrRing)
	}
	if len(keys) > p.MaxKeys() {
		return nil, fmt.Errorf("%w: %d keys, at most %d", ErrRing, len(keys), p.MaxKeys())
	}
	s := &ringState{primary: -1, generation: 1}
	for i, k := range keys {
		if err := k.Check(); err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
		e := entry{Key: k, id: k.ID()}
		e.prf = &macKey{id: e.id, key: k.Master}
		if err := checkPlace(p, e); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(s.keys, func(o entry) bool { return o.id == e.id }) {
			return nil, fmt.Errorf("%w: key %s twice", ErrRing, e.id)
		}
		if k.State == Primary {
			if s.primary >= 0 {
				return nil, fmt.Errorf("%w: two primary keys", ErrRing)
			}
			s.primary = i
		}
		s.keys = append(s.keys, e)
	}
	if s.primary < 0 {
		return nil, fmt.Errorf("%w: no primary key", ErrRing)
	}
	s.nextExpiry = earliest(s.keys)
	return s, nil
}

// checkPlace checks state and not-after. A retiring cookie key without an end
// would verify for ever; a not-after elsewhere would silently mean nothing.
func checkPlace(p Purpose, e entry) error {
	switch e.State {
	case Pending, Primary, Retiring:
	default:
		return fmt.Errorf("%w: key %s: unknown state", ErrRing, e.id)
	}
	ends := p == Cookie && e.State == Retiring
	if ends && e.NotAfter.IsZero() {
		return fmt.Errorf("%w: key %s: a retiring cookie key needs a not-after", ErrRing, e.id)
	}
	if !ends && !e.NotAfter.IsZero() {
		return fmt.Errorf("%w: key %s: only a retiring cookie key has a not-after", ErrRing, e.id)
	}
	return nil
}

// without returns the keys that drop does not name and where the primary is
// among them, -1 when it was dropped.
func without(s *ringState, drop func(entry) bool) ([]entry, int) {
	kept := make([]entry, 0, len(s.keys))
	primary := -1
	for i, e := range s.keys {
		if drop(e) {
			continue
		}
		if i == s.primary {
			primary = len(kept)
		}
		kept = append(kept, e)
	}
	return kept, primary
}

// youngestPending breaks ties by id, so that all instances choose alike.
func youngestPending(keys []entry) int {
	best := -1
	for i, e := range keys {
		if e.State != Pending {
			continue
		}
		if best < 0 || e.Created.After(keys[best].Created) ||
			e.Created.Equal(keys[best].Created) && bytes.Compare(e.id[:], keys[best].id[:]) > 0 {
			best = i
		}
	}
	return best
}

func earliest(keys []entry) int64 {
	var first int64
	for _, e := range keys {
		if e.NotAfter.IsZero() {
			continue
		}
		if t := e.NotAfter.UnixMicro(); first == 0 || t < first {
			first = t
		}
	}
	return first
}

func (s *ringState) find(id KeyID) *entry {
	for i := range s.keys {
		if s.keys[i].id == id {
			return &s.keys[i]
		}
	}
	return nil
}
