package memory

import (
	"bytes"
	"sync/atomic"
	"time"
	"unique"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
)

// entry is one stored session, from its creation to its end. It is a
// [session.Record] without what most sessions share or do not have: beside the
// sealed bytes that is all that an idle session costs, and there may be a million.
// Times are in microseconds.
type entry struct {
	// These stay.
	ref       session.Ref
	user      identity.UserID
	login     identity.LoginID
	home      unique.Handle[home]
	epoch     uint64 // of the user
	createdAt int64
	absUntil  int64

	// These change with the shard locked.
	rev    uint64
	authAt int64
	sealed []byte // replaced, never written to: readers have them
	bonds  *bonds // nil: none
	kid    seal.KeyID

	// What a touch moves, which writes nothing else (SES-229).
	idle atomic.Int64
	seen atomic.Int64

	// sibling is the next session of the same subject, under the book.
	sibling *entry
}

// home is what the sessions of a tenant share until an epoch is raised.
type home struct {
	tenant         identity.TenantID
	global, epochs uint64 // stamps of the global epoch and of the tenant's
}

// bonds tie a session to others. They are replaced, never written to.
type bonds struct {
	prev, next session.Ref
	superseded bool
	actor      identity.Subject
	stamp      identity.Epochs // the actor's
}

var unbound bonds

func (e *entry) bound() *bonds {
	if e.bonds == nil {
		return &unbound
	}
	return e.bonds
}

// newEntry copies what it keeps of a record.
func newEntry(rec *session.Record, c *session.Claim) *entry {
	e := &entry{
		ref: rec.Ref, user: rec.Subject.User, login: rec.Login,
		home:  unique.Make(home{rec.Subject.Tenant, rec.Epochs.Global, rec.Epochs.Tenant}),
		epoch: rec.Epochs.User, createdAt: rec.CreatedAt.UnixMicro(), absUntil: rec.AbsUntil.UnixMicro(),
		rev: rec.Rev, authAt: rec.AuthAt.UnixMicro(), sealed: bytes.Clone(rec.Sealed), kid: rec.Kid,
	}
	if rec.Superseded || !rec.Prev.IsZero() || !rec.Actor.IsZero() {
		e.bonds = &bonds{prev: rec.Prev, superseded: rec.Superseded, actor: rec.Actor, stamp: c.ActorExpect}
	}
	e.idle.Store(rec.IdleUntil.UnixMicro())
	e.seen.Store(c.Now.UnixMicro())
	return e
}

func (e *entry) subject() identity.Subject {
	return identity.Subject{Tenant: e.home.Value().tenant, User: e.user}
}

func (e *entry) stamp() identity.Epochs {
	h := e.home.Value()
	return identity.Epochs{Global: h.global, Tenant: h.epochs, User: e.epoch}
}

// record is what the entry says now.
func (e *entry) record() session.Record {
	h, b := e.home.Value(), e.bound()
	return session.Record{
		Ref: e.ref, Prev: b.prev, Rev: e.rev, Superseded: b.superseded,
		Subject: identity.Subject{Tenant: h.tenant, User: e.user}, Login: e.login, Actor: b.actor,
		AuthAt: micro(e.authAt), CreatedAt: micro(e.createdAt), IdleUntil: micro(e.idle.Load()), AbsUntil: micro(e.absUntil),
		Epochs: identity.Epochs{Global: h.global, Tenant: h.epochs, User: e.epoch}, Kid: e.kid, Sealed: e.sealed,
	}
}

func micro(us int64) time.Time { return time.UnixMicro(us).UTC() }

// end is when the record dies unless it is touched.
func (e *entry) end() int64 { return min(e.idle.Load(), e.absUntil) }

// dead: at the deadline itself it is over (SES-228).
func (e *entry) dead(now time.Time) bool { return now.UnixMicro() >= e.end() }

// write replaces the body. The caller has locked the shard.
func (e *entry) write(rec *session.Record, sealed []byte, now time.Time) {
	e.rev, e.authAt, e.kid, e.sealed = rec.Rev, rec.AuthAt.UnixMicro(), rec.Kid, sealed
	e.idle.Store(rec.IdleUntil.UnixMicro())
	e.seen.Store(now.UnixMicro())
}
