package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
)

// safe is where the servers have their keys from: one text for all.
type safe struct {
	w     *World
	rings seal.Keys
	phase int
	since time.Duration // when the last phase had reached every server
}

func newSafe(w *World) (*safe, error) {
	rings, err := keys.Generate(entropy.SeededBytes(coro.Expand(w.cfg.Seed, "keys")), w.coro.Time())
	if err != nil {
		return nil, fmt.Errorf("sim: %w", err)
	}
	return &safe{w: w, rings: rings}, nil
}

// Load implements keys.Source.
func (s *safe) Load(context.Context) (seal.Keys, error) {
	text, err := keys.Encode(s.rings)
	if err != nil {
		return seal.Keys{}, fmt.Errorf("sim: %w", err)
	}
	return keys.Decode(text)
}

// Of a change of keys: new ones are published, sign, and are alone.
const (
	publish = iota
	promote
	drop
	phases
)

// turn makes the next step of a change of keys if it is time for it (SIM-I38).
func (s *safe) turn() error {
	rings := s.rings.Rings()
	now := s.w.coro.Time()
	limits := s.w.limits()
	passed := s.w.coro.Elapsed() - s.since
	switch s.phase % phases {
	case promote:
		if passed < keys.SettleTime {
			return nil
		}
	case drop:
		if passed < limits.Absolute+keys.RetireMargin+2*s.w.slack() {
			return nil
		}
	}
	source := entropy.SeededBytes(coro.Expand(s.w.cfg.Seed, coro.Stream(fmt.Sprint("keys/", s.phase))))
	for _, ring := range rings {
		have := ring.Keys()
		switch s.phase % phases {
		case publish:
			next := seal.GenerateKey(source, now)
			next.State = seal.Pending
			have = append(have, next)
		case promote:
			for i := range have {
				switch have[i].State {
				case seal.Pending:
					have[i].State = seal.Primary
				case seal.Primary:
					have[i].State = seal.Retiring
					if ring.Purpose() == seal.Cookie {
						have[i].NotAfter = now.Add(limits.Absolute + keys.RetireMargin + 2*s.w.slack()).Truncate(time.Second)
					}
				case seal.Retiring:
				}
			}
		case drop: // keys of stored secrets and of lookups stay
			gone, err := s.unused(ring.Purpose())
			if err != nil {
				return err
			}
			have = slices.DeleteFunc(have, func(k seal.Key) bool { return k.State == seal.Retiring && gone(k.ID()) })
		}
		next, err := seal.NewRing(ring.Purpose(), have...)
		if err == nil {
			err = ring.Replace(next)
		}
		if err != nil {
			return fmt.Errorf("sim: keys: %w", err)
		}
	}
	s.phase++
	return nil
}

// unused says which retiring keys of a ring nothing needs any more.
func (s *safe) unused(p seal.Purpose) (func(seal.KeyID) bool, error) {
	switch p {
	case seal.Cookie:
		return func(seal.KeyID) bool { return true }, nil
	case seal.Session:
		store := s.w.place.memory.Session
		if store == nil {
			break
		}
		counts, err := store.Kids(context.Background())
		if err != nil {
			return nil, fmt.Errorf("sim: keys: %w", err)
		}
		return func(id seal.KeyID) bool {
			for _, c := range counts {
				if c.Kid == id && c.Count > 0 {
					return false
				}
			}
			return true
		}, nil
	case seal.Data, seal.Index:
	}
	return func(seal.KeyID) bool { return false }, nil
}

// deploy rolls a release out: one server after another finishes what it has begun, ends
// and starts again, and with it comes the next step of a change of all keys.
func (w *World) deploy(ctx context.Context) {
	defer func() { w.deploying = false }()
	if err := w.safe.turn(); err != nil {
		w.coro.Report(err)
		return
	}
	w.peppers(ctx)
	for _, s := range w.servers {
		for tries := 0; !s.up; tries++ {
			if w.outside.Sleep(ctx, time.Second) != nil {
				return
			}
		}
		s.drain(ctx)
	}
	for _, s := range w.servers {
		for !s.up {
			if w.outside.Sleep(ctx, time.Second) != nil {
				return
			}
		}
	}
	w.safe.since = w.coro.Elapsed()
}

// peppers gives each tenant another pepper for the fingerprints of its devices.
func (w *World) peppers(ctx context.Context) {
	by, err := identity.System("the simulated operator")
	if err != nil {
		panic(err)
	}
	scope, err := identity.Operate(by)
	if err != nil {
		panic(err)
	}
	for _, origin := range []string{Origin, Second} {
		i := slices.IndexFunc(w.ghost.people, func(p *person) bool { return p.origin == origin && !p.tenant.IsZero() })
		if i < 0 {
			continue
		}
		tenant := w.ghost.people[i].tenant
		w.order(ctx, "rotate pepper", func(ctx context.Context, auth *axess.Axess) error { //nolint:errcheck // at the next release, then
			return authn.NewTenants(auth.Authn()).RotateFingerprintPepper(ctx, scope, tenant)
		})
	}
}

// patience is how long a server that ends waits for what it has begun.
const patience = 30 * time.Second

// drain ends a server as its operator does: nobody comes in, what is there is finished.
func (s *server) drain(ctx context.Context) {
	w, node := s.w, s.node
	s.up = false
	for d := time.Duration(0); len(s.calls) > 0 && d < patience && s.node == node && !node.Dead(); d += time.Second {
		if w.outside.Sleep(ctx, time.Second) != nil {
			return
		}
	}
	if s.node != node || node.Dead() {
		return // it died meanwhile
	}
	closed := w.outside.NewWaiter("the server has closed")
	auth := s.auth
	node.Go(context.Background(), "close", func(context.Context) {
		ending, cancel := node.WithDeadline(context.Background(), node.Now().Add(patience))
		defer cancel()
		if err := auth.Close(ending); err != nil {
			w.log.Warn("close", "server", node.Name(), "error", err)
		}
		closed.Wake()
	})
	within, cancel := w.outside.WithDeadline(ctx, w.outside.Now().Add(2*patience))
	defer cancel()
	closed.Wait(within) //nolint:errcheck // one that does not close is killed
	s.crashed(node)
}
