package valkey

import (
	"context"
	"encoding/binary"
	"sync/atomic"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/session"
)

// A load asks twice: where a session is, and there for it. Whose a session is never
// changes, so a process that has loaded it once guesses where it is, asks for both at
// the same time, and believes the guess if the server says the same. A wrong one costs
// what it would have saved; nothing is answered from it.

// knownHomes is how many guesses are kept, each about a KiB.
const knownHomes = 1 << 12

type homes [knownHomes]atomic.Pointer[knownHome]

// knownHome is where a session was found, and what reads it there.
type knownHome struct {
	ref  session.Ref
	home home
	// The shard of the ref, the global epoch, the record with the epoch of its user,
	// the epoch of its tenant.
	reads [4]driver.Completed
}

func (h *homes) at(ref session.Ref) *atomic.Pointer[knownHome] {
	raw := ref.Bytes() // a digest: any of its bytes will do
	return &h[binary.BigEndian.Uint16(raw[2:])%knownHomes]
}

func (s sessions) known(ref session.Ref) *knownHome {
	if k := s.b.homes.at(ref).Load(); k != nil && k.ref == ref {
		return k
	}
	return nil
}

func (s sessions) know(ref session.Ref, at home) {
	k := &knownHome{ref: ref, home: at, reads: [...]driver.Completed{
		s.lookup(ref).Pin(), s.get(s.globalEpoch()).Pin(), s.pair(ref, at).Pin(), s.get(s.tenantEpoch(at.subject.Tenant)).Pin(),
	}}
	s.b.homes.at(ref).Store(k)
}

// loadKnown is load with a guess; sure is false if it was wrong.
func (s sessions) loadKnown(ctx context.Context, verb string, k *knownHome) (r row, e session.Current, sure bool, err error) {
	got, err := s.b.doMulti(ctx, verb, k.reads[:]...)
	if err != nil {
		return row{}, e, false, err
	}
	m, err := s.b.message(ctx, verb, got[0])
	if err != nil {
		return row{}, e, false, err
	}
	at, _, found, err := s.located(verb, k.ref, m)
	if err != nil || !found || at != k.home {
		return row{}, e, err == nil && !found, err
	}
	if e.Global, err = s.epoch(ctx, verb, got[1]); err != nil {
		return row{}, e, false, err
	}
	raw, found, err := s.ownFrom(ctx, verb, got[2], got[3], &e.Epochs)
	if err != nil || !found {
		return row{}, e, err == nil, err
	}
	r, err = s.decoded(verb, k.ref, at, raw)
	if err == nil && !r.Actor.IsZero() {
		e.Actor, err = s.epochs(ctx, verb, r.Actor)
	}
	return r, e, err == nil, err
}
