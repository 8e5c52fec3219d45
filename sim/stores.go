package sim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/sim/model"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/sqlite"
)

// Persona is how the store behind the servers behaves towards what befalls it
// (SIM-021).
type Persona string

// The personas. The zero Persona is SQL.
const (
	// SQL is one database for all servers: what it has acknowledged stays.
	SQL Persona = "sql"
	// Replica is SQL, of which each server reads who somebody is from a copy that is up
	// to five seconds old (identity.Combine).
	Replica Persona = "replica"
	// Valkey acknowledges before a replica has it, unless what was asked for is waited
	// for: a fail-over loses what was written in the second before it.
	Valkey Persona = "valkey"
	// SQLite is the shipped adapter on a file, for one server, which opens it anew in
	// every life.
	SQLite Persona = "sqlite"
)

// Personas are all of them.
func Personas() []Persona { return []Persona{SQL, Replica, Valkey, SQLite} }

// place is where the servers keep what is durable.
type place struct {
	w       *World
	persona Persona
	memory  backend.Stores // bare; none with SQLite
	journal *journal       // of what replicas are sent; nil where there are none
	copies  map[int]*replica
	watches []session.Watch // open ones, which a fail-over ends
	dir     string          // of files; empty: there are none
	file    *sqlite.Backend // of the life that has it open
	model   *modelled       // of what is durable
	full    time.Duration   // until when it takes no write
}

func newPlace(w *World) (*place, error) {
	p := &place{w: w, persona: w.cfg.Store, copies: map[int]*replica{}, model: w.model()}
	switch p.persona {
	case SQL:
	case Replica, Valkey:
		p.journal = &journal{w: w}
	case SQLite:
		dir, err := os.MkdirTemp(fast(w.cfg.Dir), "axess-sim-")
		if err != nil {
			return nil, fmt.Errorf("sim: %w", err)
		}
		p.dir = dir
		return p, nil
	default:
		return nil, fmt.Errorf("sim: %q is no store: %v", p.persona, Personas())
	}
	p.memory = p.model.over(p.empty())
	return p, nil
}

// fast is where files of a run are cheap, if nobody says where they belong: what a crash
// of a process leaves does not depend on the disk.
func fast(dir string) string {
	const shared = "/dev/shm"
	if _, err := os.Stat(shared); dir == "" && err == nil {
		return shared
	}
	return dir
}

// empty is a store in memory, which waits in a place of its own.
func (p *place) empty() backend.Stores { return memory.New(memory.Config{Clock: p.w.disk}).Stores() }

// open is what one life of a server sees, without what befalls it.
func (p *place) open(s *server, node *coro.Node) (backend.Stores, error) {
	if p.persona != SQLite {
		return p.stores(s), nil
	}
	b, err := sqlite.Open(filepath.Join(p.dir, "app.db"), sqlite.WithClock(node), sqlite.WithReaders(1),
		sqlite.WithEntropy(entropy.SeededBytes(coro.Expand(p.w.cfg.Seed, coro.Stream("store/"+node.Name())))))
	if err != nil {
		return backend.Stores{}, fmt.Errorf("sim: %w", err)
	}
	p.file = b
	return p.model.over(b.Stores()), nil
}

// stores are the connection of a server to what is kept in memory.
func (p *place) stores(s *server) backend.Stores {
	out := p.memory
	if p.journal != nil {
		out = p.journal.over(out)
	}
	out = backend.Stores{
		Identity: keptIdentity{out.Identity, p},
		Session:  keptSession{out.Session, p},
		Throttle: keptLedger{out.Throttle, p},
		Audit:    keptAudit{out.Audit, p},
	}
	if p.persona == Replica {
		out.Identity = replicated{out.Identity, p.copyOf(s)}
	}
	return out
}

// shut ends what a life has open.
func (p *place) shut() error {
	if p.file == nil {
		return nil
	}
	b := p.file
	p.file = nil
	return b.Close()
}

// close ends all and removes what the run has written.
func (p *place) close() error {
	err := p.shut()
	if p.dir != "" {
		err = errors.Join(err, os.RemoveAll(p.dir))
	}
	return err
}

// info is what each group says: one database, for several servers, that keeps what it
// acknowledges.
func (p *place) info() backend.Info {
	return backend.Info{Name: string(p.persona), Durable: true, Shared: true, Place: backend.PlaceOf(p), Endings: "in the same process"}
}

type keptIdentity struct {
	backend.Identity
	p *place
}

type keptSession struct {
	backend.Session
	p *place
}

type keptLedger struct {
	backend.Throttle
	p *place
}

type keptAudit struct {
	backend.Audit
	p *place
}

// Info implements backend.Identity, and so on.
func (k keptIdentity) Info() backend.Info { return k.p.info() }
func (k keptSession) Info() backend.Info  { return k.p.info() }
func (k keptLedger) Info() backend.Info   { return k.p.info() }
func (k keptAudit) Info() backend.Info    { return k.p.info() }

// Watch implements session.Store.
func (k keptSession) Watch(ctx context.Context) (session.Watch, error) {
	w, err := k.Session.Watch(ctx)
	if err == nil {
		k.p.watches = append(k.p.watches, w)
	}
	return w, err
}

// unreplicated is how old a write may be that no replica has.
const unreplicated = time.Second

// failover puts a replica in the place of the primary: what the primary wrote last is
// lost, from the newest write that a replica is known to have. It reports how many
// writes that were.
func (p *place) failover() int {
	if p.persona != Valkey {
		return 0
	}
	entries := p.journal.entries
	first := len(entries)
	for first > 0 && !entries[first-1].safe && p.w.coro.Elapsed()-entries[first-1].at < unreplicated {
		first--
	}
	lost := p.w.pick(coro.Faults, len(entries)-first+1)
	p.journal.entries = entries[:len(entries)-lost]
	if lost > 0 {
		p.w.ghost.forgets(p.journal.entries)
	}
	p.model = p.w.model()
	p.memory = p.model.over(p.empty())
	p.journal.play(p.memory, 0, len(p.journal.entries))
	for _, s := range p.w.servers {
		if s.ports != nil {
			s.ports.Replace(s.w.ghost.tap(p.stores(s)))
		}
	}
	gone := p.watches
	p.watches = nil
	for _, w := range gone {
		w.Close() //nolint:errcheck // the connection is lost in any case
	}
	return lost
}

// lag is how old what a replica answers may be.
const lag = 5 * time.Second

// replica is the copy that one server reads.
type replica struct {
	p      *place
	stores backend.Stores
	has    int           // writes
	until  time.Duration // it hears of nothing
}

func (p *place) copyOf(s *server) *replica {
	r := p.copies[s.number]
	if r == nil {
		r = &replica{p: p, stores: p.empty()}
		p.copies[s.number] = r
	}
	return r
}

// catchUp lets the replica hear of what was written, unless it lags.
func (r *replica) catchUp() {
	w := r.p.w
	now := w.coro.Elapsed()
	if now >= r.until && !w.quiet && w.chance(coro.Faults, w.cfg.Faults.Stale) {
		r.until = now + time.Duration(w.src.Draw(coro.Faults, uint64(lag)))
	}
	if have := len(r.p.journal.entries); now >= r.until || w.quiet {
		r.p.journal.play(r.stores, r.has, have)
		r.has = have
	} else if r.has < have {
		w.reach("stale", "")
	}
}

// replicated reads from the copy what identity.Combine lets it.
type replicated struct {
	backend.Identity
	r *replica
}

func (c replicated) reads() identity.AuthnLog {
	c.r.catchUp()
	return identity.Combine(c.r.stores.Identity, c.Identity)
}

// TenantByID implements identity.Lookup.
func (c replicated) TenantByID(ctx context.Context, t identity.TenantID) (identity.TenantView, error) {
	return c.reads().TenantByID(ctx, t)
}

// TenantBySlug implements identity.Lookup.
func (c replicated) TenantBySlug(ctx context.Context, slug string) (identity.TenantView, error) {
	return c.reads().TenantBySlug(ctx, slug)
}

// AccountByIdentifier implements identity.Lookup.
func (c replicated) AccountByIdentifier(ctx context.Context, t identity.TenantID, kind identity.IdentifierKind, canonical string) (identity.Account, error) {
	return c.reads().AccountByIdentifier(ctx, t, kind, canonical)
}

// AccountByHandle implements identity.Lookup.
func (c replicated) AccountByHandle(ctx context.Context, t identity.TenantID, handle [32]byte) (identity.Account, error) {
	return c.reads().AccountByHandle(ctx, t, handle)
}

// AccountByLink implements identity.Lookup.
func (c replicated) AccountByLink(ctx context.Context, t identity.TenantID, issuer, external string) (identity.Account, error) {
	return c.reads().AccountByLink(ctx, t, issuer, external)
}

// Users implements identity.Lookup.
func (c replicated) Users(ctx context.Context, t identity.TenantID, after identity.UserCursor, limit int) ([]identity.User, error) {
	return c.reads().Users(ctx, t, after, limit)
}

// What must not be old is asked for in the same way, and held against what is.
func (c replicated) fresh() identity.AuthnLog {
	return identity.Combine(c.r.stores.Identity, c.Identity)
}

// AccountByID implements identity.Lookup.
func (c replicated) AccountByID(ctx context.Context, sub identity.Subject) (identity.Account, error) {
	a, err := c.fresh().AccountByID(ctx, sub)
	c.r.p.model.judge(err, func(s *model.State) error { return s.AccountByID(sub, a, err) })
	return a, err
}

// HasRole implements identity.Lookup.
func (c replicated) HasRole(ctx context.Context, t identity.TenantID, r identity.Role) (bool, error) {
	has, err := c.fresh().HasRole(ctx, t, r)
	c.r.p.model.judge(err, func(s *model.State) error { return s.HasRole(t, r, has, err) })
	return has, err
}

// TokenBySelector implements identity.Lookup.
func (c replicated) TokenBySelector(ctx context.Context, selector [16]byte) (identity.Token, error) {
	t, err := c.fresh().TokenBySelector(ctx, selector)
	c.r.p.model.judge(err, func(s *model.State) error { return s.TokenBySelector(selector, t, err) })
	return t, err
}
