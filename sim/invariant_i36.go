package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/store"
)

// erasedGone asks the stores themselves for whoever was erased.
func erasedGone() invariant {
	return invariant{Invariant: Invariant{
		ID: "I36", Name: "ErasedGone",
		Statement: "Behind an erasure that was acknowledged, the account is found under no id and no name of it, its address is free for whoever comes next, and no event holds its address.",
		Covers:    []string{"GDP-001", "AUN-I7", "AUN-113"},
	}, still: func(w *World) error {
		for _, e := range w.ghost.erased {
			if err := w.looksFor(e); err != nil {
				return err
			}
		}
		return nil
	}}
}

// erased is an account that is not there any more.
type erased struct {
	tenant    identity.TenantID
	user      identity.UserID
	addresses []string
}

func (w *World) looksFor(e erased) error {
	stores, ok := w.truth()
	if !ok {
		return nil
	}
	ctx, who := context.Background(), identity.Subject{Tenant: e.tenant, User: e.user}
	if _, err := stores.Identity.AccountByID(ctx, who); !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("the account %s was erased and is there: %w", e.user, err)
	}
	for _, address := range e.addresses {
		if err := w.takes(ctx, stores, e.tenant, address); err != nil {
			return err
		}
		acct, err := stores.Identity.AccountByIdentifier(ctx, e.tenant, identity.Email, address)
		if err == nil && acct.User.ID == e.user {
			return fmt.Errorf("the account %s was erased and is found under its address", e.user)
		}
		records, err := stores.Audit.Query(ctx, e.tenant, audit.Filter{Limit: audit.MaxLimit})
		if err != nil {
			return err
		}
		for _, r := range records {
			if bytes.Contains(r.Body, []byte(address)) {
				return fmt.Errorf("the event %s holds the address of %s, who was erased", r.Kind, e.user)
			}
		}
	}
	return nil
}

// takes looks whether somebody can have an address that nobody has.
func (w *World) takes(ctx context.Context, stores backend.Stores, tenant identity.TenantID, address string) error {
	if _, err := stores.Identity.AccountByIdentifier(ctx, tenant, identity.Email, address); err == nil {
		return nil // they are back
	}
	name, err := identity.NewIdentifier(identity.Email, address)
	if err != nil {
		return fmt.Errorf("sim: %w", err)
	}
	src, now := entropy.SeededBytes(coro.Expand(w.cfg.Seed, coro.Stream("takes/"+address))), w.coro.Time().Truncate(time.Microsecond)
	u := identity.User{
		ID: identity.NewUserID(src), Tenant: tenant, Identifiers: []identity.Identifier{name}, State: identity.Candidate,
		Detail: identity.StateDetail{Since: now}, WebAuthnHandle: entropy.Bytes32(src), AuditHandle: entropy.Bytes16(src),
		CreatedAt: now, UpdatedAt: now,
	}
	u.CreatedBy, u.UpdatedBy = u.ID, u.ID
	if err := stores.Identity.Apply(ctx, identity.NewUser{User: u}); err != nil {
		return fmt.Errorf("nobody has the address %s, whose owner was erased, and nobody can have it: %w", address, err)
	}
	if err := stores.Identity.Apply(ctx, identity.EraseUser{Subject: u.Subject(), From: identity.Candidate}); err != nil {
		return fmt.Errorf("sim: %w", err)
	}
	return nil
}

// forgotten is somebody whose account is gone: they can begin again.
func (p *person) forgotten() {
	p.renewed()
	p.again = true
}

// renewed is somebody whose account has just been made: it has nothing of a former one.
func (p *person) renewed() {
	p.clear() // the guesses were at another account
	p.also, p.marked, p.born = nil, fact{}, p.w.coro.Steps()
	p.known, p.mailbox = 0, len(p.w.post.letters)
	p.id, p.gone, p.again, p.stopped, p.perhaps, p.rebinds, p.unbound = identity.UserID{}, false, false, 0, false, 0, false
	for _, phone := range p.apps {
		if phone.ended == 0 {
			phone.ended = p.w.coro.Steps()
		}
	}
}
