package model

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// ErrUnknown, handed to a verb as what was answered, says that nobody heard the answer.
var ErrUnknown = errors.New("model: nobody heard the answer")

// State is what a store holds. The zero State is none: make it with [New]. After a verb
// has said that an answer is wrong, the state is of no further use.
type State struct {
	records map[session.Ref]*record
	of      map[identity.Subject][]session.Ref // registered sessions
	epochs  map[identity.Scope]uint64

	levers map[authn.Key]*lever
	flows  map[[16]byte]flow
	serial uint64
	latest time.Time // that any clock has said to the ledger

	tenants  map[identity.TenantID]*tenant
	slugs    map[string]identity.TenantID
	users    map[identity.Subject]*user
	names    map[name]identity.UserID
	handles  map[handle]identity.UserID
	links    map[link]identity.UserID
	tokens   map[[16]byte]identity.Token
	tokensOf map[identity.Subject][][16]byte
	holders  map[holding]int
	members  map[identity.TenantID]int

	rows map[[16]byte]store.Topic // of the outbox

	undo []func() // of the changes of an Apply that has not come to its end
}

// New is an empty store.
func New() *State {
	return &State{
		records: map[session.Ref]*record{}, of: map[identity.Subject][]session.Ref{}, epochs: map[identity.Scope]uint64{},
		levers: map[authn.Key]*lever{}, flows: map[[16]byte]flow{},
		tenants: map[identity.TenantID]*tenant{}, slugs: map[string]identity.TenantID{}, users: map[identity.Subject]*user{},
		names: map[name]identity.UserID{}, handles: map[handle]identity.UserID{}, links: map[link]identity.UserID{},
		tokens: map[[16]byte]identity.Token{}, tokensOf: map[identity.Subject][][16]byte{}, holders: map[holding]int{},
		members: map[identity.TenantID]int{}, rows: map[[16]byte]store.Topic{},
	}
}

// Clone is the same state, which goes on by itself.
func (s *State) Clone() *State {
	c := &State{
		records: make(map[session.Ref]*record, len(s.records)), of: make(map[identity.Subject][]session.Ref, len(s.of)), epochs: maps.Clone(s.epochs),
		levers: make(map[authn.Key]*lever, len(s.levers)), flows: maps.Clone(s.flows), serial: s.serial, latest: s.latest,
		tenants: maps.Clone(s.tenants), slugs: maps.Clone(s.slugs), users: maps.Clone(s.users), names: maps.Clone(s.names),
		handles: maps.Clone(s.handles), links: maps.Clone(s.links), tokens: maps.Clone(s.tokens),
		tokensOf: maps.Clone(s.tokensOf), // rows of accounts are replaced, never written to
		holders:  maps.Clone(s.holders), members: maps.Clone(s.members), rows: maps.Clone(s.rows),
	}
	for ref, r := range s.records {
		same := *r
		c.records[ref] = &same
	}
	for sub, refs := range s.of {
		c.of[sub] = slices.Clone(refs)
	}
	for k, l := range s.levers {
		c.levers[k] = l.clone()
	}
	return c
}

// refused are the classes of errors by which a store says that it was not asked
// properly. That is not judged here: nothing has happened.
func refused(err error) bool {
	for _, class := range []error{
		store.ErrBadArgument, store.ErrTooLarge, identity.ErrInvalidID, identity.ErrIDReserved, identity.ErrNameReserved,
		identity.ErrSystemTenant, identity.ErrStateTransition,
	} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

// judge holds an error against those that the conditions of a verb allow; none is
// success. It says whether the verb has had its effect.
func judge(verb string, got error, want []error) (made bool, err error) {
	switch {
	case errors.Is(got, ErrUnknown):
		return len(want) == 0, nil
	case got == nil && len(want) == 0:
		return true, nil
	case got == nil, len(want) == 0 && !refused(got), len(want) > 0 && !is(got, want) && !refused(got):
		return false, wrong(verb, got, expected(want))
	}
	return false, nil
}

func is(err error, any []error) bool {
	return slices.ContainsFunc(any, func(one error) bool { return errors.Is(err, one) })
}

func expected(want []error) any {
	if len(want) == 0 {
		return "success"
	}
	return errors.Join(want...)
}

// wrong is an answer that no store may give.
func wrong(verb string, got, want any) error {
	return fmt.Errorf("model: %s: got %v, which should be %v", verb, shown(got), shown(want))
}

func shown(v any) any {
	if v == nil {
		return "success"
	}
	return v
}

// rowsKnown says that a row of a commit is there already, which refuses the commit.
func (s *State) rowsKnown(also []store.Row) []error {
	for i, r := range also {
		_, known := s.rows[r.ID]
		if known || slices.ContainsFunc(also[:i], func(o store.Row) bool { return o.ID == r.ID }) {
			return []error{store.ErrExists}
		}
	}
	return nil
}

func (s *State) addRows(also []store.Row) {
	for _, r := range also {
		s.rows[r.ID] = r.Topic
	}
}

// put and cut change a table so that it can be taken back.
func put[K comparable, V any](s *State, table map[K]V, k K, v V) {
	s.remember(undoing(table, k))
	table[k] = v
}

func cut[K comparable, V any](s *State, table map[K]V, k K) {
	s.remember(undoing(table, k))
	delete(table, k)
}

func undoing[K comparable, V any](table map[K]V, k K) func() {
	old, had := table[k]
	return func() {
		if had {
			table[k] = old
		} else {
			delete(table, k)
		}
	}
}

func (s *State) remember(f func()) { s.undo = append(s.undo, f) }

// back takes back what changes have made.
func (s *State) back() {
	for _, f := range slices.Backward(s.undo) {
		f()
	}
	s.undo = s.undo[:0]
}

// Same reports that two states hold the same. It may say that they differ when only
// something that nobody can see does.
func Same(a, b *State) bool {
	x, y := *a, *b
	x.undo, y.undo = nil, nil
	return reflect.DeepEqual(&x, &y)
}
