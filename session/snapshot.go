package session

import (
	"encoding/binary"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
)

// snapshot is a session at one moment, immutable once published: whoever wants
// to change it makes another. A guest without a record has one too, with or
// without an id.
type snapshot struct {
	id         secretID
	ref        Ref  // zero: no id yet
	stored     bool // a record stands behind ref; else ref is an anchor
	superseded bool
	rev        uint64
	idle       time.Time
	kid        seal.KeyID
	body       body
}

// registration is the login that a state is or stands on: what makes a record
// listed, counted and revocable with its subject. Nil for guests and flows.
func registration(s machine.State) *machine.LoginData {
	switch s := s.(type) {
	case machine.Authenticated:
		return machine.LoginOf(s)
	case machine.Authenticating:
		return machine.FlowOf(s).Base
	case machine.PendingWorkflow:
		return machine.WorkflowOf(s).Prior
	case machine.Guest, machine.Identifying:
	}
	return nil
}

// deadline is when the state ends the session by itself; zero if it does not.
// A step-up lapses into its base and ends nothing.
func deadline(s machine.State) time.Time {
	switch s := s.(type) {
	case machine.Identifying:
		return s.Deadline()
	case machine.Authenticating:
		if f := machine.FlowOf(s); f.Base == nil {
			return f.Deadline
		}
	case machine.PendingWorkflow:
		return machine.WorkflowOf(s).Deadline
	case machine.Guest, machine.Authenticated:
	}
	return time.Time{}
}

// idleUntil is the idle deadline that activity at now gives a body. For an
// unfinished flow it is the flow's own, so that sweeps remove it (decisions:
// flow records).
func (t *Timeouts) idleUntil(b *body, now time.Time) (until time.Time, every time.Duration) {
	idle := t.GuestIdle
	login := registration(b.state)
	if login != nil {
		idle = t.Idle
	}
	until = now.Add(idle)
	if end := deadline(b.state); !end.IsZero() && (login == nil || end.Before(until)) {
		until = end
	}
	if until.After(b.absolute) {
		until = b.absolute
	}
	return until.Truncate(time.Millisecond), t.touchEvery(idle)
}

// header is what the clear columns repeat of a body (SES-031).
type header struct {
	subject identity.Subject
	login   identity.LoginID
	actor   identity.Subject
	authAt  int64 // Unix ms
}

func headerOf(s machine.State) header {
	login := registration(s)
	if login == nil {
		return header{}
	}
	h := header{subject: login.Subject, login: login.Login, authAt: login.AuthTime.UnixMilli()}
	if login.Actor != nil {
		h.actor = login.Actor.Login.Subject
	}
	return h
}

// agrees compares the clear columns with the body. A difference means that
// somebody wrote the table.
func (b *body) agrees(rec *Record) bool {
	h := headerOf(b.state)
	authAt := int64(0)
	if !rec.AuthAt.IsZero() {
		authAt = rec.AuthAt.UnixMilli()
	}
	return rec.Subject == h.subject && rec.Login == h.login && rec.Actor == h.actor && authAt == h.authAt &&
		rec.CreatedAt.UnixMilli() == b.created.UnixMilli() &&
		rec.AbsUntil.UnixMilli() == b.absolute.UnixMilli() &&
		rec.Epochs == b.epochs
}

// record seals a snapshot for the store.
func (m *Manager) record(s *snapshot) (Record, error) {
	sealed, err := m.seal(s.ref, s.rev, s.body.encode())
	if err != nil {
		return Record{}, err
	}
	rec := Record{
		Ref: s.ref, Rev: s.rev,
		CreatedAt: s.body.created, AbsUntil: s.body.absolute, IdleUntil: s.idle,
		Epochs: s.body.epochs, Kid: seal.KeyID(sealed[1:5]), Sealed: sealed,
	}
	if login := registration(s.body.state); login != nil {
		rec.Subject, rec.Login = login.Subject, login.Login
		rec.AuthAt = login.AuthTime.Truncate(time.Millisecond)
		if login.Actor != nil {
			rec.Actor = login.Actor.Login.Subject
		}
	}
	return rec, nil
}

const aadSize = len(seal.PrefixSession) + 16 + 8

// aad binds a sealed body to its row and its revision (SES-152).
func aad(ref Ref, rev uint64) (a [aadSize]byte) {
	b := append(a[:0], seal.PrefixSession...)
	id := ref.Bytes()
	b = append(b, id[:]...)
	binary.BigEndian.AppendUint64(b, rev)
	return a
}

func (m *Manager) seal(ref Ref, rev uint64, plain []byte) ([]byte, error) {
	id, a := ref.Bytes(), aad(ref, rev)
	return m.sealer.Seal(id[:], a[:], plain)
}

func (m *Manager) open(ref Ref, rev uint64, sealed []byte) ([]byte, seal.KeyID, error) {
	id, a := ref.Bytes(), aad(ref, rev)
	return m.sealer.Open(id[:], a[:], sealed)
}
