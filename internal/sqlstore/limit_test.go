package sqlstore

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// SES-204: a database that cannot say how many sessions there are, which is the
// oldest or which epochs hold, lets nobody in and throws nobody out.
func TestClaim_fails_with_any_of_its_questions(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"how many": countLive, "the oldest": selectOldest, "the epochs": lockEpoch, "whether it is there": selectKnown,
	} {
		b := setup(t)
		s := b.Stores().Session
		sub := identity.Subject{
			Tenant: identity.FromNamespaced[identity.TenantID]("test", "t"), User: identity.FromNamespaced[identity.UserID]("test", "u"),
		}
		rec := session.Record{
			Ref: identity.FromNamespaced[session.Ref]("test", "1"), Rev: 1, Subject: sub,
			CreatedAt: at(0), IdleUntil: at(time.Hour), AbsUntil: at(time.Hour),
		}
		claim := session.Claim{Subject: sub, Limit: session.LimitPolicy{Max: 1}, Now: at(0)}
		if _, err := s.Create(t.Context(), rec, claim); err != nil {
			t.Fatal(err)
		}
		// The one connection that writes answers this statement with an error.
		l, err := b.writers.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		broken, err := l.conn.PrepareContext(t.Context(), "SELECT 1 WHERE ? AND ? AND ? AND ? AND ? AND ? AND ? AND ? AND ?") //nolint:sqlclosecheck // kept by the lane, closed with it
		if err != nil {
			t.Fatal(err)
		}
		if kept := l.stmts[statement]; kept != nil {
			if err := kept.Close(); err != nil {
				t.Fatal(err)
			}
		}
		l.stmts[statement] = broken
		b.writers.give(l)
		next := rec
		next.Ref = identity.FromNamespaced[session.Ref]("test", "2")
		evicted, err := s.Create(t.Context(), next, claim)
		if !errors.Is(err, store.ErrUnavailable) || evicted != nil {
			t.Errorf("%s: %v, evicted %v", name, err, evicted)
		}
		if _, _, err := s.Load(t.Context(), next.Ref, at(0)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: signed in: %v", name, err)
		}
		if _, _, err := s.Load(t.Context(), rec.Ref, at(0)); err != nil {
			t.Errorf("%s: signed out: %v", name, err)
		}
	}
}
