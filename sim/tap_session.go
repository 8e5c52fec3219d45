package sim

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// tappedSession sees what the store of sessions has done.
type tappedSession struct {
	backend.Session
	g *ghost
}

// Create implements session.Store.
func (t tappedSession) Create(ctx context.Context, rec session.Record, c session.Claim, also ...store.Row) ([]session.Ref, error) {
	out, err := t.Session.Create(ctx, rec, c, also...)
	if err == nil {
		t.made(ctx, rec, c, out, also)
		t.limited(ctx, rec, c)
	}
	return out, err
}

// Rotate implements session.Store.
func (t tappedSession) Rotate(ctx context.Context, old session.Ref, prevRev uint64, next session.Record, c session.Claim, grace time.Duration, also ...store.Row) ([]session.Ref, error) {
	out, err := t.Session.Rotate(ctx, old, prevRev, next, c, grace, also...)
	if err == nil {
		was := t.g.stored[old]
		t.g.moves(old, next.Login, grace)
		t.made(ctx, next, c, out, also)
		if was == nil || was.login != next.Login { // else nobody has signed in
			t.limited(ctx, next, c)
		}
	}
	return out, err
}

// Update implements session.Store.
func (t tappedSession) Update(ctx context.Context, rec session.Record, prevRev uint64, now time.Time) error {
	err := t.Session.Update(ctx, rec, prevRev, now)
	if err == nil {
		t.g.writes(&rec)
		t.g.uses(rec.Login)
	}
	return err
}

// Reseal implements session.Store.
func (t tappedSession) Reseal(ctx context.Context, rec session.Record, from seal.KeyID, now time.Time) error {
	err := t.Session.Reseal(ctx, rec, from, now)
	if err == nil {
		t.g.writes(&rec)
	}
	return err
}

// Touch implements session.Store.
func (t tappedSession) Touch(ctx context.Context, ref session.Ref, idleUntil, now time.Time) error {
	err := t.Session.Touch(ctx, ref, idleUntil, now)
	if k := t.g.stored[ref]; err == nil && k != nil {
		t.g.uses(k.login)
	}
	return err
}

// Delete implements session.Store.
func (t tappedSession) Delete(ctx context.Context, ref session.Ref, s identity.Subject, also ...store.Row) error {
	err := t.Session.Delete(ctx, ref, s, also...)
	if err == nil {
		t.g.wrote(also...)
		t.g.over(ref, s)
	}
	return err
}

// Raise implements session.Store.
func (t tappedSession) Raise(ctx context.Context, s identity.Scope, also ...store.Row) error {
	err := t.Session.Raise(ctx, s, also...)
	if err == nil {
		t.g.wrote(also...)
		t.g.raises(s)
	}
	return err
}

// Load implements session.Store.
func (t tappedSession) Load(ctx context.Context, ref session.Ref, now time.Time) (session.Record, session.Current, error) {
	rec, cur, err := t.Session.Load(ctx, ref, now)
	if err == nil {
		t.g.rises(rec.Subject, cur.Epochs)
		t.g.uses(rec.Login)
	}
	return rec, cur, err
}

// Epochs implements session.Store.
func (t tappedSession) Epochs(ctx context.Context, s identity.Subject) (identity.Epochs, error) {
	e, err := t.Session.Epochs(ctx, s)
	if err == nil {
		t.g.rises(s, e)
	}
	return e, err
}

// made looks at a record that is new.
func (t tappedSession) made(ctx context.Context, rec session.Record, c session.Claim, evicted []session.Ref, also []store.Row) {
	g := t.g
	g.wrote(also...)
	g.begins(rec, also)
	g.leaks("a session", rec.Sealed)
	g.stored[rec.Ref] = &stored{login: rec.Login, subject: rec.Subject}
	g.uses(rec.Login)
	if c.Raise {
		g.raises(identity.UserScope(c.Subject))
	}
	for _, ref := range evicted {
		g.over(ref, rec.Subject)
	}
	g.refs = append(g.refs, rec.Ref)
	const most = 64
	g.refs = g.refs[max(0, len(g.refs)-most):]
	if len(evicted) > 0 {
		for _, p := range g.people {
			if p.id == rec.Subject.User || p.id.IsZero() {
				g.doubt(p, nil)
			}
		}
	}
}

// limited counts the sessions of whoever has signed in. An administrator who comes back
// from acting as somebody is in again without a sign-in: until their next one they may
// have one session more.
func (t tappedSession) limited(ctx context.Context, rec session.Record, c session.Claim) {
	if c.Limit.Max == 0 || rec.Subject.IsZero() || !rec.Actor.IsZero() {
		return
	}
	list, err := t.Session.Sessions(ctx, rec.Subject, session.Ref{}, 100, c.Now)
	if err != nil {
		return
	}
	live := 0
	for _, l := range list {
		if l.Actor.IsZero() {
			live++
		}
	}
	if live > c.Limit.Max {
		t.g.notice("I10", "somebody has %d sessions of %d", live, c.Limit.Max)
	}
}

// moves notes that a session has got another id.
func (g *ghost) moves(old session.Ref, login identity.LoginID, grace time.Duration) {
	g.moved[login] = g.w.coro.Steps()
	g.replaced[old] = replaced{at: g.w.coro.Elapsed(), step: g.w.coro.Steps(), grace: grace}
	g.over(old, identity.Subject{})
}

// raises notes that an epoch was: what began before it has no end.
func (g *ghost) raises(s identity.Scope) { g.raised[s] = g.w.coro.Steps() }

// heardSession sees what a server hears of the store, in front of every fault.
type heardSession struct {
	backend.Session
	g *ghost
}

// Create implements session.Store.
func (h heardSession) Create(ctx context.Context, rec session.Record, c session.Claim, also ...store.Row) ([]session.Ref, error) {
	out, err := h.Session.Create(ctx, rec, c, also...)
	h.acked(rec.Ref, err)
	return out, err
}

// Rotate implements session.Store.
func (h heardSession) Rotate(ctx context.Context, old session.Ref, prevRev uint64, next session.Record, c session.Claim, grace time.Duration, also ...store.Row) ([]session.Ref, error) {
	out, err := h.Session.Rotate(ctx, old, prevRev, next, c, grace, also...)
	h.acked(next.Ref, err)
	return out, err
}

// Load implements session.Store.
func (h heardSession) Load(ctx context.Context, ref session.Ref, now time.Time) (session.Record, session.Current, error) {
	rec, cur, err := h.Session.Load(ctx, ref, now)
	h.acked(ref, err)
	h.g.answers(rec.Ref, err)
	return rec, cur, err
}

func (h heardSession) acked(ref session.Ref, err error) {
	if err == nil {
		h.g.acked[ref.Bytes()] = true
	}
}

// hears lets the ghost see what a server hears.
func (g *ghost) hears(s backend.Stores) backend.Stores {
	s.Session = heardSession{s.Session, g}
	return s
}

// rises looks at epochs that were read.
func (g *ghost) rises(s identity.Subject, e identity.Epochs) {
	was := g.epochs[s]
	if g.shaken > 0 {
		return // what was raised last may be lost (SES-210)
	}
	if e.Global < was.Global || e.Tenant < was.Tenant || e.User < was.User {
		g.notice("I12", "epochs fell from %v to %v", was, e)
	}
	g.epochs[s] = e
}

// given looks at the session cookie of an answer: its record must be known to be there.
func (g *ghost) given(b *browser, c *http.Cookie) {
	const stored, head = 1, 6
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	if c.Name != cookieName || c.MaxAge < 0 || err != nil || len(raw) < head+16 || raw[1] != stored {
		return
	}
	sum := sha256.Sum256(append([]byte("axess/session/ref/v1"), raw[head:head+16]...))
	if !g.acked[[16]byte(sum[:16])] {
		g.notice("I07", "%s is given a cookie whose session no store has acknowledged", b.name)
	}
}
