package session

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// memStore is the port in its simplest correct form, with a place for faults.
// The real backends have a conformance suite of their own.
type memStore struct {
	mu     sync.Mutex
	recs   map[Ref]Record
	seen   map[Ref]time.Time
	epochs map[identity.Scope]uint64
	actors map[Ref]identity.Epochs
	rows   []store.Row
	told   []*memWatch
	muted  bool
	calls  []string
	// before and after are asked with the verb's name; an error of before means
	// that nothing happens, one of after that the answer is lost.
	lax    bool // Load forgets to look at the deadlines
	before func(ctx context.Context, verb string) error
	after  func(verb string) error
}

func newMemStore() *memStore {
	return &memStore{recs: map[Ref]Record{}, seen: map[Ref]time.Time{}, epochs: map[identity.Scope]uint64{}, actors: map[Ref]identity.Epochs{}}
}

func (m *memStore) enter(ctx context.Context, verb string) error {
	m.mu.Lock()
	m.calls = append(m.calls, verb)
	before := m.before
	m.mu.Unlock()
	if before != nil {
		if err := before(ctx, verb); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	return nil
}

func (m *memStore) leave(verb string, err *error) {
	after := m.after
	m.mu.Unlock()
	if after != nil && *err == nil {
		*err = after(verb)
	}
}

func (m *memStore) count(verbs ...string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, c := range m.calls {
		if len(verbs) == 0 || slices.Contains(verbs, c) {
			n++
		}
	}
	return n
}

// writes counts every verb that changes something.
func (m *memStore) writes() int {
	return m.count("create", "update", "rotate", "touch", "delete", "raise", "append", "reseal")
}

func (m *memStore) reset() {
	m.mu.Lock()
	m.calls = nil
	m.mu.Unlock()
}

func (m *memStore) faults(before func(context.Context, string) error, after func(string) error) {
	m.mu.Lock()
	m.before, m.after = before, after
	m.mu.Unlock()
}

func (m *memStore) edit(ref Ref, f func(*Record)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.recs[ref]
	f(&r)
	m.recs[ref] = r
}

func (m *memStore) list() []Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Record
	for _, r := range m.recs {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Record) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return out
}

func (m *memStore) now(s identity.Subject) identity.Epochs {
	e := identity.Epochs{Global: m.epochs[identity.GlobalScope()]}
	if s.Valid() {
		e.Tenant, e.User = m.epochs[identity.TenantScope(s.Tenant)], m.epochs[identity.UserScope(s)]
	}
	return e
}

func live(r Record, now time.Time) bool { return now.Before(r.IdleUntil) && now.Before(r.AbsUntil) }

func (m *memStore) Load(ctx context.Context, ref Ref, now time.Time) (_ Record, _ Current, err error) {
	if err := m.enter(ctx, "load"); err != nil {
		return Record{}, Current{}, err
	}
	defer m.leave("load", &err)
	r, ok := m.recs[ref]
	if !ok || !m.lax && !live(r, now) {
		return Record{}, Current{}, store.ErrNotFound
	}
	current := Current{Epochs: m.now(r.Subject)}
	if r.Actor.Valid() {
		current.Actor = m.now(r.Actor)
	}
	return r, current, nil
}

func (m *memStore) install(rec Record, c Claim, replaces Ref) ([]Ref, error) {
	if _, ok := m.recs[rec.Ref]; ok {
		return nil, store.ErrExists
	}
	if c.Now.IsZero() || rec.Subject != c.Subject || rec.Actor != c.Actor || rec.IdleUntil.IsZero() || rec.IdleUntil.After(rec.AbsUntil) {
		return nil, store.ErrBadArgument
	}
	var out []Ref
	if c.Subject.Valid() {
		want := c.Expect
		if c.Raise {
			want.User++
		}
		if rec.Epochs != want {
			return nil, store.ErrBadArgument
		}
		if m.now(c.Subject) != c.Expect {
			return nil, ErrEpoch
		}
		if c.Actor.Valid() {
			if m.now(c.Actor) != c.ActorExpect {
				return nil, ErrEpoch
			}
			m.actors[rec.Ref] = c.ActorExpect
		}
		if c.Raise {
			m.epochs[identity.UserScope(c.Subject)]++
			m.tell(Ending{Scope: identity.UserScope(c.Subject)})
		}
		limit := cmp.Or(c.Limit.Max, HardSessionLimit)
		var mine []Record
		for _, r := range m.recs {
			if r.Subject == c.Subject && live(r, c.Now) && !r.Superseded && r.Ref != replaces && r.Actor.IsZero() && r.Epochs.Covers(m.now(c.Subject)) {
				mine = append(mine, r)
			}
		}
		slices.SortFunc(mine, func(a, b Record) int {
			x, y := a.Ref.Bytes(), b.Ref.Bytes()
			return cmp.Or(a.AuthAt.Compare(b.AuthAt), bytes.Compare(x[:], y[:]))
		})
		for len(mine) >= limit && c.Actor.IsZero() && m.recs[replaces].Subject != c.Subject {
			if c.Limit.RefuseNew {
				return nil, ErrSessionLimit
			}
			m.tell(Ending{Login: mine[0].Login})
			delete(m.recs, mine[0].Ref)
			out = append(out, mine[0].Ref)
			mine = mine[1:]
		}
	}
	m.recs[rec.Ref], m.seen[rec.Ref] = rec, c.Now
	return out, nil
}

func (m *memStore) Create(ctx context.Context, rec Record, c Claim, also ...store.Row) (ev []Ref, err error) {
	if err := m.enter(ctx, "create"); err != nil {
		return nil, err
	}
	defer m.leave("create", &err)
	if ev, err = m.install(rec, c, Ref{}); err == nil {
		m.rows = append(m.rows, also...)
	}
	return ev, err
}

func (m *memStore) Update(ctx context.Context, rec Record, prev uint64, now time.Time) (err error) {
	if err := m.enter(ctx, "update"); err != nil {
		return err
	}
	defer m.leave("update", &err)
	old, ok := m.recs[rec.Ref]
	switch {
	case !ok || !live(old, now):
		return store.ErrNotFound
	case old.Superseded || old.Rev != prev:
		return store.ErrConflict
	case rec.IdleUntil.After(rec.AbsUntil), rec.Subject != old.Subject, rec.Login != old.Login, rec.Actor != old.Actor, !rec.CreatedAt.Equal(old.CreatedAt), !rec.AbsUntil.Equal(old.AbsUntil), rec.Epochs != old.Epochs:
		return store.ErrBadArgument
	}
	rec.Prev = old.Prev
	m.recs[rec.Ref] = rec
	return nil
}

func (m *memStore) Rotate(ctx context.Context, ref Ref, prev uint64, next Record, c Claim, grace time.Duration, also ...store.Row) (ev []Ref, err error) {
	if err := m.enter(ctx, "rotate"); err != nil {
		return nil, err
	}
	defer m.leave("rotate", &err)
	old, ok := m.recs[ref]
	switch {
	case !ok || !live(old, c.Now):
		return nil, store.ErrNotFound
	case old.Superseded || old.Rev != prev:
		return nil, store.ErrConflict
	}
	if ev, err = m.install(next, c, ref); err != nil {
		return nil, err
	}
	delete(m.recs, old.Prev)
	if old.Login != next.Login || old.Subject != next.Subject {
		m.tell(Ending{Login: old.Login})
	}
	if grace > 0 {
		next.Prev = ref
		m.recs[next.Ref] = next
		old.Superseded, old.Prev, old.IdleUntil = true, Ref{}, c.Now.Add(grace)
		m.recs[ref] = old
	} else {
		delete(m.recs, ref)
	}
	m.rows = append(m.rows, also...)
	return ev, nil
}

func (m *memStore) Touch(ctx context.Context, ref Ref, until, now time.Time) (err error) {
	if err := m.enter(ctx, "touch"); err != nil {
		return err
	}
	defer m.leave("touch", &err)
	if r, ok := m.recs[ref]; ok && live(r, now) && !r.Superseded {
		m.seen[ref] = now
		if until.After(r.IdleUntil) && !until.After(r.AbsUntil) {
			r.IdleUntil = until
			m.recs[ref] = r
		}
	}
	return nil
}

func (m *memStore) Delete(ctx context.Context, ref Ref, s identity.Subject, also ...store.Row) (err error) {
	if err := m.enter(ctx, "delete"); err != nil {
		return err
	}
	defer m.leave("delete", &err)
	if r, ok := m.recs[ref]; ok && (s.IsZero() || r.Subject == s) {
		m.tell(Ending{Login: r.Login})
		delete(m.recs, ref)
		delete(m.recs, r.Prev)
		for _, next := range m.recs {
			if next.Prev == ref {
				m.tell(Ending{Login: next.Login})
				delete(m.recs, next.Ref)
			}
		}
	}
	m.rows = append(m.rows, also...)
	return nil
}

func (m *memStore) Raise(ctx context.Context, s identity.Scope, also ...store.Row) (err error) {
	if err := m.enter(ctx, "raise"); err != nil {
		return err
	}
	defer m.leave("raise", &err)
	m.epochs[s]++
	m.tell(Ending{Scope: s})
	m.rows = append(m.rows, also...)
	return nil
}

func (m *memStore) Epochs(ctx context.Context, s identity.Subject) (_ identity.Epochs, err error) {
	if err := m.enter(ctx, "epochs"); err != nil {
		return identity.Epochs{}, err
	}
	defer m.leave("epochs", &err)
	return m.now(s), nil
}

func (m *memStore) Sessions(ctx context.Context, s identity.Subject, after Ref, limit int, now time.Time) (out []Listed, err error) {
	if err := m.enter(ctx, "sessions"); err != nil {
		return nil, err
	}
	defer m.leave("sessions", &err)
	for _, r := range m.recs {
		if r.Actor.Valid() && !m.actors[r.Ref].Covers(m.now(r.Actor)) {
			continue
		}
		if r.Subject == s && live(r, now) && !r.Superseded && r.Epochs.Covers(m.now(s)) {
			out = append(out, Listed{r, m.seen[r.Ref]})
		}
	}
	slices.SortFunc(out, func(a, b Listed) int {
		x, y := a.Ref.Bytes(), b.Ref.Bytes()
		return cmp.Or(b.AuthAt.Compare(a.AuthAt), bytes.Compare(y[:], x[:]))
	})
	if !after.IsZero() {
		i := slices.IndexFunc(out, func(l Listed) bool { return l.Ref == after })
		if i < 0 {
			return nil, store.ErrNotFound
		}
		out = out[i+1:]
	}
	return out[:min(limit, len(out))], nil
}

func (m *memStore) Kids(ctx context.Context) (out []store.KidCount, err error) {
	if err := m.enter(ctx, "kids"); err != nil {
		return nil, err
	}
	defer m.leave("kids", &err)
	n := map[seal.KeyID]int{}
	for _, r := range m.recs {
		n[r.Kid]++
	}
	for kid, count := range n {
		out = append(out, store.KidCount{Kid: kid, Count: count})
	}
	slices.SortFunc(out, func(a, b store.KidCount) int { return bytes.Compare(a.Kid[:], b.Kid[:]) })
	return out, nil
}

func (m *memStore) UnderKid(ctx context.Context, kid seal.KeyID, after Ref, limit int) (out []Ref, err error) {
	if err := m.enter(ctx, "under kid"); err != nil {
		return nil, err
	}
	defer m.leave("under kid", &err)
	order := func(a, b Ref) int {
		x, y := a.Bytes(), b.Bytes()
		return bytes.Compare(x[:], y[:])
	}
	for ref, r := range m.recs {
		if r.Kid == kid && !r.Superseded && order(ref, after) > 0 {
			out = append(out, ref)
		}
	}
	slices.SortFunc(out, order)
	return out[:min(limit, len(out))], nil
}

func (m *memStore) Reseal(ctx context.Context, rec Record, from seal.KeyID, now time.Time) (err error) {
	if err := m.enter(ctx, "reseal"); err != nil {
		return err
	}
	defer m.leave("reseal", &err)
	old, ok := m.recs[rec.Ref]
	switch {
	case !ok || !live(old, now):
		return store.ErrNotFound
	case old.Rev != rec.Rev || old.Kid != from:
		return store.ErrConflict
	}
	old.Kid, old.Sealed = rec.Kid, rec.Sealed
	m.recs[rec.Ref] = old
	return nil
}

func (m *memStore) Sweep(context.Context, time.Time, int) (int, error) {
	return 0, errors.ErrUnsupported
}
func (m *memStore) Check(context.Context) error { return nil }

// memOutbox is the outbox of the same store.
type memOutbox struct {
	store.Outbox
	m *memStore
}

func (o memOutbox) Append(ctx context.Context, rows ...store.Row) (err error) {
	if err := o.m.enter(ctx, "append"); err != nil {
		return err
	}
	defer o.m.leave("append", &err)
	o.m.rows = append(o.m.rows, rows...)
	return nil
}

var errDown = fmt.Errorf("%w: test", store.ErrUnavailable)

// down makes verbs fail before they do anything.
func (m *memStore) down(verbs ...string) {
	m.faults(func(_ context.Context, v string) error {
		if slices.Contains(verbs, v) {
			return errDown
		}
		return nil
	}, nil)
}

func (m *memStore) up() { m.faults(nil, nil) }
