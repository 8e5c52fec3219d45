package fronttest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Ports are a backend's ports, counted, with faults on demand.
type Ports struct {
	mu    sync.Mutex
	under backend.Stores
	calls []string
	rows  map[store.Topic]int
	fail  func(port, verb string) error
}

// NewPorts wraps a backend.
func NewPorts(s backend.Stores) *Ports { return &Ports{under: s, rows: map[store.Topic]int{}} }

// Fail makes verbs fail before they have any effect: f returns the error of
// port ("identity", "session", "throttle", "outbox") and verb, nil to let it
// pass. A nil f ends the outage.
func (p *Ports) Fail(f func(port, verb string) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = f
}

// Down is an outage of whole ports.
func Down(ports ...string) func(port, verb string) error {
	return func(port, _ string) error {
		if slices.Contains(ports, port) {
			return store.ErrUnavailable
		}
		return nil
	}
}

// Take returns the calls since the last Take, "port.Verb" each. Those of
// background jobs (outbox leases, sweeps) are left out: they come when they come.
func (p *Ports) Take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() { p.calls = nil }()
	return p.calls
}

// TakeRows returns how many rows of a topic were handed to the outbox since the
// last call: those that were stored with a change, and those that came alone.
func (p *Ports) TakeRows(t store.Topic) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer delete(p.rows, t)
	return p.rows[t]
}

func (p *Ports) at(port, verb string, rows ...store.Row) error {
	p.mu.Lock()
	p.calls = append(p.calls, port+"."+verb)
	for _, r := range rows {
		p.rows[r.Topic]++
	}
	f := p.fail
	p.mu.Unlock()
	if f == nil {
		return nil
	}
	return f(port, verb)
}

// Stores returns the wrapped bundle. Audit is read by jobs alone and stays as it
// is.
func (p *Ports) Stores() backend.Stores {
	s := p.under
	s.Identity, s.Session, s.Throttle = admin{s.Identity, p}, sessions{s.Session, p}, ledger{s.Throttle, p}
	return s
}

type admin struct {
	backend.Identity
	p *Ports
}

func (a admin) TenantByID(ctx context.Context, t identity.TenantID) (identity.TenantView, error) {
	if err := a.p.at("identity", "TenantByID"); err != nil {
		return identity.TenantView{}, err
	}
	return a.Identity.TenantByID(ctx, t)
}

func (a admin) TenantBySlug(ctx context.Context, slug string) (identity.TenantView, error) {
	if err := a.p.at("identity", "TenantBySlug"); err != nil {
		return identity.TenantView{}, err
	}
	return a.Identity.TenantBySlug(ctx, slug)
}

func (a admin) AccountByIdentifier(ctx context.Context, t identity.TenantID, k identity.IdentifierKind, c string) (identity.Account, error) {
	if err := a.p.at("identity", "AccountByIdentifier"); err != nil {
		return identity.Account{}, err
	}
	return a.Identity.AccountByIdentifier(ctx, t, k, c)
}

func (a admin) AccountByID(ctx context.Context, s identity.Subject) (identity.Account, error) {
	if err := a.p.at("identity", "AccountByID"); err != nil {
		return identity.Account{}, err
	}
	return a.Identity.AccountByID(ctx, s)
}

func (a admin) HasRole(ctx context.Context, t identity.TenantID, r identity.Role) (bool, error) {
	if err := a.p.at("identity", "HasRole"); err != nil {
		return false, err
	}
	return a.Identity.HasRole(ctx, t, r)
}

func (a admin) TokenBySelector(ctx context.Context, sel [16]byte) (identity.Token, error) {
	if err := a.p.at("identity", "TokenBySelector"); err != nil {
		return identity.Token{}, err
	}
	return a.Identity.TokenBySelector(ctx, sel)
}

func (a admin) Record(ctx context.Context, changes ...identity.LogChange) error {
	if err := a.p.at("identity", "Record", appended(changes)...); err != nil {
		return err
	}
	return a.Identity.Record(ctx, changes...)
}

func (a admin) Apply(ctx context.Context, changes ...identity.Change) error {
	if err := a.p.at("identity", "Apply", appended(changes)...); err != nil {
		return err
	}
	return a.Identity.Apply(ctx, changes...)
}

// appended are the rows among changes.
func appended[C identity.Change](changes []C) (rows []store.Row) {
	for _, c := range changes {
		if a, ok := any(c).(identity.Append); ok {
			rows = append(rows, a.Row)
		}
	}
	return rows
}

type sessions struct {
	backend.Session
	p *Ports
}

func (s sessions) Load(ctx context.Context, ref session.Ref, now time.Time) (session.Record, session.Current, error) {
	if err := s.p.at("session", "Load"); err != nil {
		return session.Record{}, session.Current{}, err
	}
	return s.Session.Load(ctx, ref, now)
}

func (s sessions) Create(ctx context.Context, rec session.Record, c session.Claim, also ...store.Row) ([]session.Ref, error) {
	if err := s.p.at("session", "Create", also...); err != nil {
		return nil, err
	}
	return s.Session.Create(ctx, rec, c, also...)
}

func (s sessions) Update(ctx context.Context, rec session.Record, prev uint64, now time.Time) error {
	if err := s.p.at("session", "Update"); err != nil {
		return err
	}
	return s.Session.Update(ctx, rec, prev, now)
}

func (s sessions) Rotate(ctx context.Context, old session.Ref, prev uint64, next session.Record, c session.Claim, grace time.Duration, also ...store.Row) ([]session.Ref, error) {
	if err := s.p.at("session", "Rotate", also...); err != nil {
		return nil, err
	}
	return s.Session.Rotate(ctx, old, prev, next, c, grace, also...)
}

func (s sessions) Touch(ctx context.Context, ref session.Ref, idle, now time.Time) error {
	if err := s.p.at("session", "Touch"); err != nil {
		return err
	}
	return s.Session.Touch(ctx, ref, idle, now)
}

func (s sessions) Delete(ctx context.Context, ref session.Ref, sub identity.Subject, also ...store.Row) error {
	if err := s.p.at("session", "Delete", also...); err != nil {
		return err
	}
	return s.Session.Delete(ctx, ref, sub, also...)
}

func (s sessions) Raise(ctx context.Context, sc identity.Scope, also ...store.Row) error {
	if err := s.p.at("session", "Raise", also...); err != nil {
		return err
	}
	return s.Session.Raise(ctx, sc, also...)
}

func (s sessions) Check(ctx context.Context) error {
	if err := s.p.at("session", "Check"); err != nil {
		return err
	}
	return s.Session.Check(ctx)
}

func (s sessions) Epochs(ctx context.Context, sub identity.Subject) (identity.Epochs, error) {
	if err := s.p.at("session", "Epochs"); err != nil {
		return identity.Epochs{}, err
	}
	return s.Session.Epochs(ctx, sub)
}

func (s sessions) Sessions(ctx context.Context, sub identity.Subject, after session.Ref, limit int, now time.Time) ([]session.Listed, error) {
	if err := s.p.at("session", "Sessions"); err != nil {
		return nil, err
	}
	return s.Session.Sessions(ctx, sub, after, limit, now)
}

func (s sessions) Kids(ctx context.Context) ([]store.KidCount, error) {
	if err := s.p.at("session", "Kids"); err != nil {
		return nil, err
	}
	return s.Session.Kids(ctx)
}

func (s sessions) UnderKid(ctx context.Context, kid seal.KeyID, after session.Ref, limit int) ([]session.Ref, error) {
	if err := s.p.at("session", "UnderKid"); err != nil {
		return nil, err
	}
	return s.Session.UnderKid(ctx, kid, after, limit)
}

func (s sessions) Reseal(ctx context.Context, rec session.Record, from seal.KeyID, now time.Time) error {
	if err := s.p.at("session", "Reseal"); err != nil {
		return err
	}
	return s.Session.Reseal(ctx, rec, from, now)
}

type ledger struct {
	backend.Throttle
	p *Ports
}

func (l ledger) Reserve(ctx context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	if err := l.p.at("throttle", "Reserve"); err != nil {
		return authn.Reservation{}, err
	}
	return l.Throttle.Reserve(ctx, a, now)
}

func (l ledger) Commit(ctx context.Context, r authn.Reservation, v authn.Verdict, levers []authn.Lever, now time.Time) ([]authn.Lock, error) {
	if err := l.p.at("throttle", "Commit"); err != nil {
		return nil, err
	}
	return l.Throttle.Commit(ctx, r, v, levers, now)
}

func (l ledger) Release(ctx context.Context, r authn.Reservation, now time.Time) error {
	if err := l.p.at("throttle", "Release"); err != nil {
		return err
	}
	return l.Throttle.Release(ctx, r, now)
}

func (l ledger) Clear(ctx context.Context, k authn.Key, now time.Time) error {
	if err := l.p.at("throttle", "Clear"); err != nil {
		return err
	}
	return l.Throttle.Clear(ctx, k, now)
}

func (a admin) Append(ctx context.Context, rows ...store.Row) error {
	if err := a.p.at("outbox", "Append", rows...); err != nil {
		return err
	}
	return a.Identity.Append(ctx, rows...)
}
