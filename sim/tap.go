package sim

import (
	"context"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// tap lets the ghost see what the stores have really done, behind every fault.
func (g *ghost) tap(s backend.Stores) backend.Stores {
	s.Identity, s.Session, s.Audit = tappedIdentity{s.Identity, g}, tappedSession{s.Session, g}, tappedAudit{s.Audit, g}
	s.Throttle = tappedLedger{s.Throttle, g}
	return s
}

type tappedIdentity struct {
	backend.Identity
	g *ghost
}

// Apply implements identity.Admin.
func (t tappedIdentity) Apply(ctx context.Context, changes ...identity.Change) error {
	err := t.Identity.Apply(ctx, changes...)
	if err == nil {
		t.done(changes)
	}
	return err
}

// Record implements identity.AuthnLog.
func (t tappedIdentity) Record(ctx context.Context, changes ...identity.LogChange) error {
	err := t.Identity.Record(ctx, changes...)
	if err == nil {
		all := make([]identity.Change, len(changes))
		for i, c := range changes {
			all[i] = c
		}
		t.done(all)
	}
	return err
}

func (t tappedIdentity) done(changes []identity.Change) {
	t.g.spent(changes...)
	t.g.wrote(rowsOf(changes)...)
	for _, c := range changes {
		if c, ok := c.(identity.RaiseEpoch); ok {
			t.g.raises(c.Scope)
		}
		if c, ok := c.(identity.PutCredential); ok {
			t.g.leaks("a credential", c.Credential.Body)
		}
		if c, ok := c.(identity.AdvanceCredential); ok {
			t.g.leaks("a credential", c.Credential.Body)
		}
	}
}

// Append implements store.Outbox.
func (t tappedIdentity) Append(ctx context.Context, rows ...store.Row) error {
	err := t.Identity.Append(ctx, rows...)
	if err == nil {
		t.g.wrote(rows...)
	}
	return err
}

// truth is what the store really holds; false while a file is closed, and where what was
// acknowledged may have been lost.
func (w *World) truth() (backend.Stores, bool) {
	switch {
	case w.ghost.shaken > 0:
		return backend.Stores{}, false
	case w.place.persona != SQLite:
		return w.place.memory, true
	case w.place.file == nil:
		return backend.Stores{}, false
	}
	return w.place.file.Stores(), true
}
