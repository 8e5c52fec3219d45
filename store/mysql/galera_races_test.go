package mysql_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/mysql"
)

// IDN-067: a link is spent once, whichever node is asked.
func (c *cluster) consume(t *testing.T) {
	for range 10 {
		u := c.somebody(t)
		token := identity.Token{
			Selector: entropy.Bytes16(entropy.System()), Digest: entropy.Bytes32(entropy.System()), Purpose: identity.TokenReset,
			Tenant: u.Tenant, User: u.ID, CreatedAt: start, ExpiresAt: start.Add(time.Hour),
		}
		if err := c.on[2].Stores().Identity.Apply(t.Context(), identity.PutToken{Token: token}); err != nil {
			t.Fatal(err)
		}
		won := c.atOnce(t, 8, func(b *mysql.Backend, _ int) error {
			return b.Stores().Identity.Apply(t.Context(), identity.ConsumeToken{
				Selector: token.Selector, Digest: token.Digest, Purpose: token.Purpose, Now: start,
			})
		}, store.ErrNotFound, store.ErrConflict, store.ErrUnavailable)
		if won != 1 {
			t.Fatalf("%d spent one link", won)
		}
	}
}

// FAC-032, IDN-067: one code counts once, whichever node is asked.
func (c *cluster) step(t *testing.T) {
	for range 10 {
		u := c.somebody(t)
		cred := identity.Credential{
			ID: identity.NewCredentialID(entropy.System()), Tenant: u.Tenant, User: u.ID, Kind: "totp", State: identity.CredentialActive,
			Version: 1, CreatedAt: start, Body: []byte("step 1"), MAC: entropy.Bytes32(entropy.System()),
		}
		if err := c.on[2].Stores().Identity.Apply(t.Context(), identity.PutCredential{Credential: cred}); err != nil {
			t.Fatal(err)
		}
		cred.Version, cred.Body = 2, []byte("step 2")
		won := c.atOnce(t, 8, func(b *mysql.Backend, _ int) error {
			return b.Stores().Identity.Record(t.Context(), identity.AdvanceCredential{Credential: cred})
		}, store.ErrConflict, store.ErrUnavailable)
		if won != 1 {
			t.Fatalf("%d took one step", won)
		}
	}
}

// AUN-044: guesses at two nodes have one allowance.
func (c *cluster) guesses(t *testing.T) {
	const threshold = 3
	for range 10 {
		lever := authn.Lever{Key: authn.Key(entropy.Bytes32(entropy.System())), Policy: authn.LockPolicy{
			Threshold: threshold, Window: time.Hour, Lock: time.Minute, Factor: 2, Cap: time.Hour, Decay: 24 * time.Hour,
		}}
		var throttled atomic.Int64
		won := c.atOnce(t, 8, func(b *mysql.Backend, _ int) error {
			_, err := b.Stores().Throttle.Reserve(t.Context(), authn.Attempt{Levers: []authn.Lever{lever}}, start)
			var refused *authn.ThrottledError
			if errors.As(err, &refused) {
				throttled.Add(1)
				return store.ErrUnavailable // lost, as whoever was not served
			}
			return err
		}, store.ErrUnavailable)
		if won > threshold || throttled.Load() > 0 && won < threshold {
			t.Fatalf("%d of %d guesses, %d were refused", won, threshold, throttled.Load())
		}
	}
}

// SES-106: a sign-out at one node ends what a rotation at another makes of the session,
// and half of a rotation is none. A node that takes a transaction back while it
// prepares a statement tells nobody, so every statement is prepared anew here.
func (c *cluster) signOut(t *testing.T) {
	s := c.spread(t).Stores().Session
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for range 60 {
				c.rotateAndDelete(t, s)
			}
		})
	}
	all.Wait()
}

func (c *cluster) rotateAndDelete(t *testing.T, s session.Store) {
	sub := newSubject()
	old, next := record(sub, start, identity.Epochs{}), record(sub, start, identity.Epochs{})
	if _, err := s.Create(t.Context(), old, session.Claim{Subject: sub, Now: start}); err != nil {
		t.Error(err)
		return
	}
	var both sync.WaitGroup
	var rotated, ended error
	both.Go(func() {
		_, rotated = s.Rotate(t.Context(), old.Ref, 1, next, session.Claim{Subject: sub, Now: start}, time.Minute)
	})
	both.Go(func() { ended = s.Delete(t.Context(), old.Ref, sub) })
	both.Wait()
	for _, ref := range []session.Ref{old.Ref, next.Ref} {
		if _, _, err := s.Load(t.Context(), ref, start); ended == nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a session is there after its sign-out: %v; the rotation: %v", err, rotated)
		}
	}
}
