// Package backend holds the bundle of ports that places of storage serve.
//
// Adapters (store/memory, store/sqlite, …) make a [Stores], the front door and
// the test kits take one; programs never spell the type:
//
//	stores := sqlite.MustOpen("app.db").Stores()
//	stores = stores.WithSession(memory.New(memory.Config{}).Stores())
//	if err := stores.Check(); err != nil {
//		return err // names every group that is missing
//	}
//
// The ports come in groups. A group is one value and commits in one place: what
// belongs to it (people and their outbox, say) shares a transaction, and no
// program can give one half to another backend. Whole groups may be mixed; each
// says itself where it is ([Info]), so a mixture is known for what it is, and the
// front door keeps a duty for what two places no longer commit together
// ([Stores.Topology]).
//
// The bundle declares no port and adds no behaviour: each port belongs to the
// package that needs it, and its doc comment is what store/storetest holds a
// backend to. A group appears here when a shipped feature uses it, and from then
// on nil is refused: a port that may be missing is a security feature that can be
// switched off without a word.
//
// Requirements: STO-001 (every port is required), PRD-020, PRD-021, of PRD-022 the
// topology, of STO-068 the shape of a schema.
package backend

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// ErrIncomplete means that a bundle lacks a group, or that one does not say what
// it is.
var ErrIncomplete = errors.New("backend: incomplete")

// The groups of ports. A decorator of a group embeds the group, so that what is
// said about it stays true.
type (
	// Identity is people, what they prove themselves with, and the outbox whose
	// rows commit with every change to them.
	Identity interface {
		identity.Admin
		store.Outbox
		Info() Info
	}
	// Session is sessions and the epochs that end them.
	Session interface {
		session.Store
		Info() Info
	}
	// Throttle is the ledger of attempts, and beside it what else is kept for minutes:
	// small values that end by themselves.
	Throttle interface {
		authn.Ledger
		// KV is the port to those values, always the same one.
		KV() store.KV
		Info() Info
	}
	// Audit is the events as readers see them.
	Audit interface {
		audit.Store
		Info() Info
	}
)

// Stores are the groups of ports. All are required.
type Stores struct {
	Identity Identity
	Session  Session
	Throttle Throttle
	Audit    Audit
}

// Info says what the backend of a group is, for checks at start and for
// diagnostics.
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
	// Place is where the group commits.
	Place Place
	// Endings says, of a shared backend, how this process learns at the moment what
	// others have ended, for diagnostics: it is called, or looks once a second, and
	// why. Empty for the others.
	Endings string
	// Schema is the backend's way to older and newer tables; nil for one that has
	// no tables, such as memory.
	Schema Schema
}

// Place is where commits happen: two groups share transactions if and only if
// their places are equal. Of two groups in different places, a crash can leave
// one half done. The zero Place is no place.
type Place struct{ at any }

// PlaceOf is the place that an owner of storage is, such as an adapter's opened
// backend: the same for the same owner, and different from every other. Two
// handles of one database count as two places, which is safe.
func PlaceOf[T any](owner *T) Place { return Place{owner} }

// WithSession takes the whole Session group of another bundle.
func (s Stores) WithSession(other Stores) Stores {
	s.Session = other.Session
	return s
}

// WithThrottle takes the whole Throttle group of another bundle.
func (s Stores) WithThrottle(other Stores) Stores {
	s.Throttle = other.Throttle
	return s
}

// Split reports that sessions commit in another place than accounts.
func (s Stores) Split() bool {
	return s.Identity.Info().Place != s.Session.Info().Place
}

// Group is one group of a bundle and what it says of itself.
type Group struct {
	Name string // "Identity", "Session", "Throttle", "Audit"
	Info Info   // zero if the group is missing
}

// Groups returns all groups, always in the same order.
func (s Stores) Groups() []Group {
	out := []Group{{Name: "Identity"}, {Name: "Session"}, {Name: "Throttle"}, {Name: "Audit"}}
	if s.Identity != nil {
		out[0].Info = s.Identity.Info()
	}
	if s.Session != nil {
		out[1].Info = s.Session.Info()
	}
	if s.Throttle != nil {
		out[2].Info = s.Throttle.Info()
	}
	if s.Audit != nil {
		out[3].Info = s.Audit.Info()
	}
	return out
}

// Schemas returns what each backend that has tables says of itself, every one once:
// Info.Schema is not nil.
func (s Stores) Schemas() []Info {
	var out []Info
	for _, g := range s.Groups() {
		if g.Info.Schema != nil && !slices.ContainsFunc(out, func(i Info) bool { return i.Place == g.Info.Place }) {
			out = append(out, g.Info)
		}
	}
	return out
}

// Durable reports whether what any group has acknowledged survives the end of the
// process.
func (s Stores) Durable() bool {
	return !slices.ContainsFunc(s.Groups(), func(g Group) bool { return !g.Info.Durable })
}

// String names the backend, and each group that is on another one: "sqlite",
// "sqlite, Session on memory".
func (s Stores) String() string {
	groups := s.Groups()
	text := groups[0].Info.Name
	for _, g := range groups[1:] {
		if g.Info.Name != groups[0].Info.Name || g.Info.Place != groups[0].Info.Place {
			text += ", " + g.Name + " on " + g.Info.Name
		}
	}
	return text
}

// Check refuses a bundle with a group missing, naming every one, and a group that
// does not say what it is or where. It is [ErrIncomplete].
func (s Stores) Check() error {
	absent := map[string]bool{
		"Identity": s.Identity == nil, "Session": s.Session == nil, "Throttle": s.Throttle == nil, "Audit": s.Audit == nil,
	}
	var missing []string
	for _, g := range s.Groups() {
		switch {
		case absent[g.Name]:
			missing = append(missing, g.Name)
		case g.Info.Name == "":
			missing = append(missing, g.Name+".Info.Name")
		case g.Info.Place == Place{}:
			missing = append(missing, g.Name+".Info.Place")
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: Stores lacks %s", ErrIncomplete, strings.Join(missing, ", "))
	}
	return nil
}
