// Package backend holds the bundle of ports that one place of storage serves.
//
// Adapters (store/memory, store/sqlite, …) make a [Stores], the front door and
// the test kits take one; programs never spell the type:
//
//	stores := memory.New(memory.Config{}).Stores()
//	if err := stores.Check(); err != nil {
//		return err // names every port that is missing
//	}
//	admin, outbox := stores.Identity, stores.Outbox
//
// The bundle declares no port and adds no behaviour: each port belongs to the
// package that needs it, and its doc comment is what store/storetest holds a
// backend to. A group appears here when a shipped feature uses it, and from then
// on nil is refused: a port that may be missing is a security feature that can be
// switched off without a word.
//
// Requirements: STO-001 (every port is required).
package backend

import (
	"errors"
	"fmt"
	"strings"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// ErrIncomplete means that a bundle lacks a port or does not say what it is.
var ErrIncomplete = errors.New("backend: incomplete")

// Stores are the ports of one backend. All are required.
type Stores struct {
	Identity identity.Admin
	Outbox   store.Outbox
	Session  session.Store
	Throttle authn.Ledger
	Audit    audit.Store
	Info     Info
}

// Info says what a backend is, for checks at start and for diagnostics.
type Info struct {
	// Name is the adapter's: "memory", "sqlite", …
	Name string
	// Durable: acknowledged writes survive the end of the process.
	Durable bool
	// Shared: several processes may use it at once.
	Shared bool
	// Dir is the directory of a backend that keeps files; empty otherwise. The
	// key file must not be lost without it, so diagnostics name both.
	Dir string
	// Place says which groups commit together.
	Place Place
}

// Place names, for each group of ports, where its commits happen. Two groups
// with equal names share a transaction; of those with different names, a crash
// can leave one half done, and the front door keeps a duty for the other.
type Place struct{ Identity, Session, Throttle string }

// OnePlace is the place of a backend whose groups all commit together.
func OnePlace(name string) Place { return Place{name, name, name} }

// Check refuses a bundle with a port missing, naming every one, and one that
// does not say what it is. It is [ErrIncomplete].
func (s Stores) Check() error {
	var missing []string
	for _, part := range []struct {
		name   string
		absent bool
	}{
		{"Identity", s.Identity == nil},
		{"Outbox", s.Outbox == nil},
		{"Session", s.Session == nil},
		{"Throttle", s.Throttle == nil},
		{"Audit", s.Audit == nil},
		{"Info.Name", s.Info.Name == ""},
		{"Info.Place", s.Info.Place.Identity == "" || s.Info.Place.Session == "" || s.Info.Place.Throttle == ""},
	} {
		if part.absent {
			missing = append(missing, part.name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: Stores lacks %s", ErrIncomplete, strings.Join(missing, ", "))
	}
	return nil
}
