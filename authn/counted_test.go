package authn_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 as authenticator apps compute it
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// codeFor is the code that an authenticator app would show, computed apart from
// the product.
func codeFor(rec totp.Record, now time.Time) string {
	var step [8]byte
	binary.BigEndian.PutUint64(step[:], uint64(now.Unix()/30))
	mac := hmac.New(sha1.New, rec.Seed.Reveal())
	mac.Write(step[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff)%1_000_000)
}

// tap lets a test act ahead of a verb; an error it returns is the verb's.
type tap struct {
	mu     sync.Mutex
	before func(verb string) error
}

func (h *tap) hook(f func(verb string) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.before = f
}

func (h *tap) run(verb string) error {
	h.mu.Lock()
	f := h.before
	h.mu.Unlock()
	if f == nil {
		return nil
	}
	return f(verb)
}

// countedAdmin counts verbs and kinds of changes, and lets a test act or fail at
// a verb.
type countedAdmin struct {
	identity.Admin
	work *tally
	tap
}

func (c *countedAdmin) at(verb string) error {
	c.work.add(verb)
	return c.run(verb)
}

func (c *countedAdmin) TenantByID(ctx context.Context, t identity.TenantID) (identity.TenantView, error) {
	if err := c.at("TenantByID"); err != nil {
		return identity.TenantView{}, err
	}
	return c.Admin.TenantByID(ctx, t)
}

func (c *countedAdmin) AccountByIdentifier(ctx context.Context, t identity.TenantID, k identity.IdentifierKind, canonical string) (identity.Account, error) {
	if err := c.at("AccountByIdentifier"); err != nil {
		return identity.Account{}, err
	}
	return c.Admin.AccountByIdentifier(ctx, t, k, canonical)
}

func (c *countedAdmin) AccountByID(ctx context.Context, s identity.Subject) (identity.Account, error) {
	if err := c.at("AccountByID"); err != nil {
		return identity.Account{}, err
	}
	return c.Admin.AccountByID(ctx, s)
}

func (c *countedAdmin) TokenBySelector(ctx context.Context, selector [16]byte) (identity.Token, error) {
	if err := c.at("TokenBySelector"); err != nil {
		return identity.Token{}, err
	}
	return c.Admin.TokenBySelector(ctx, selector)
}

func (c *countedAdmin) HasRole(ctx context.Context, t identity.TenantID, role identity.Role) (bool, error) {
	if err := c.at("HasRole"); err != nil {
		return false, err
	}
	return c.Admin.HasRole(ctx, t, role)
}

func (c *countedAdmin) Record(ctx context.Context, changes ...identity.LogChange) error {
	verb := "Record"
	for _, ch := range changes {
		verb += fmt.Sprintf("/%T", ch)
	}
	if err := c.at(verb); err != nil {
		return err
	}
	return c.Admin.Record(ctx, changes...)
}

func (c *countedAdmin) Apply(ctx context.Context, changes ...identity.Change) error {
	if err := c.at(fmt.Sprintf("Apply/%d", len(changes))); err != nil {
		return err
	}
	return c.Admin.Apply(ctx, changes...)
}

// countedLedger does the same for the ledger.
type countedLedger struct {
	authn.Ledger
	work *tally
	down bool
	tap
}

func (c *countedLedger) at(verb string) error {
	c.work.add(verb)
	return c.run(verb)
}

func (c *countedLedger) Reserve(ctx context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	if err := c.at(fmt.Sprintf("Reserve/%d", len(a.Levers))); err != nil {
		return authn.Reservation{}, err
	}
	if c.down {
		return authn.Reservation{}, store.ErrUnavailable
	}
	return c.Ledger.Reserve(ctx, a, now)
}

func (c *countedLedger) Commit(ctx context.Context, r authn.Reservation, v authn.Verdict, l []authn.Lever, now time.Time) ([]authn.Lock, error) {
	if err := c.at(fmt.Sprintf("Commit/%d", v)); err != nil {
		return nil, err
	}
	return c.Ledger.Commit(ctx, r, v, l, now)
}

func (c *countedLedger) Release(ctx context.Context, r authn.Reservation, now time.Time) error {
	if err := c.at("Release"); err != nil {
		return err
	}
	return c.Ledger.Release(ctx, r, now)
}

// countedSessions does the same for sessions, with the number of outbox rows.
type countedSessions struct {
	session.Store
	work *tally
	tap
}

func (c *countedSessions) at(verb string) error {
	c.work.add(verb)
	return c.run(verb)
}

func (c *countedSessions) Epochs(ctx context.Context, s identity.Subject) (identity.Epochs, error) {
	if err := c.at("Epochs"); err != nil {
		return identity.Epochs{}, err
	}
	return c.Store.Epochs(ctx, s)
}

func (c *countedSessions) Create(ctx context.Context, rec session.Record, cl session.Claim, also ...store.Row) ([]session.Ref, error) {
	if err := c.at(fmt.Sprintf("Create/%d", len(also))); err != nil {
		return nil, err
	}
	return c.Store.Create(ctx, rec, cl, also...)
}

func (c *countedSessions) Update(ctx context.Context, rec session.Record, prev uint64, now time.Time) error {
	if err := c.at("Update"); err != nil {
		return err
	}
	return c.Store.Update(ctx, rec, prev, now)
}

func (c *countedSessions) Rotate(ctx context.Context, old session.Ref, prev uint64, next session.Record, cl session.Claim, grace time.Duration, also ...store.Row) ([]session.Ref, error) {
	if err := c.at(fmt.Sprintf("Rotate/%d", len(also))); err != nil {
		return nil, err
	}
	return c.Store.Rotate(ctx, old, prev, next, cl, grace, also...)
}

func (c *countedSessions) Delete(ctx context.Context, ref session.Ref, s identity.Subject, also ...store.Row) error {
	if err := c.at(fmt.Sprintf("Delete/%d", len(also))); err != nil {
		return err
	}
	return c.Store.Delete(ctx, ref, s, also...)
}

func (c *countedSessions) Raise(ctx context.Context, s identity.Scope, also ...store.Row) error {
	if err := c.at(fmt.Sprintf("Raise/%d", len(also))); err != nil {
		return err
	}
	return c.Store.Raise(ctx, s, also...)
}

func (c *countedSessions) Sessions(ctx context.Context, s identity.Subject, after session.Ref, limit int, now time.Time) ([]session.Listed, error) {
	if err := c.at("Sessions"); err != nil {
		return nil, err
	}
	return c.Store.Sessions(ctx, s, after, limit, now)
}

// countedValues does the same for values that end by themselves, by the steps that a
// mailed code takes.
type countedValues struct {
	store.KV
	work *tally
	tap
}

func (c *countedValues) at(verb string) error {
	c.work.add(verb)
	return c.run(verb)
}

func (c *countedValues) Get(ctx context.Context, name string, now time.Time) ([]byte, error) {
	if err := c.at("Get"); err != nil {
		return nil, err
	}
	return c.KV.Get(ctx, name, now)
}

func (c *countedValues) PutIfAbsent(ctx context.Context, name string, value []byte, expires, now time.Time) error {
	if err := c.at("PutIfAbsent"); err != nil {
		return err
	}
	return c.KV.PutIfAbsent(ctx, name, value, expires, now)
}

func (c *countedValues) Swap(ctx context.Context, name string, was, value []byte, expires, now time.Time) error {
	if err := c.at("Swap"); err != nil {
		return err
	}
	return c.KV.Swap(ctx, name, was, value, expires, now)
}
