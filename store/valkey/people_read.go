package valkey

import (
	"context"
	"slices"
	"strconv"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
	"github.com/axess-go/axess/store"
)

// sight is what a verb has seen of the accounts: each key with what it held, or
// that it held nothing. Tables of a change set are read through it: what has not
// been seen yet counts as absent and is noted, to be looked at before the change
// set is judged again.
type sight struct {
	b     *base
	seen  map[string]string // a key that held nothing has the empty text
	order []string          // keys of seen, as they were looked at
	asked []string          // not seen yet
	looks int
	how   keeping
	bad   string // the kind of the first row that is corrupt
}

func (b *base) sight() *sight { return &sight{b: b, seen: map[string]string{}} }

// raw is what a key held when it was looked at.
func (s *sight) raw(key string) ([]byte, bool) {
	v, seen := s.seen[key]
	if !seen {
		s.ask(key)
	}
	return []byte(v), v != ""
}

func (s *sight) ask(key string) {
	if _, seen := s.seen[key]; seen {
		return
	}
	if !slices.Contains(s.asked, key) {
		s.asked = append(s.asked, key)
	}
}

// again forgets what was seen and asks for all of it anew.
func (s *sight) again() {
	s.asked, s.order, s.seen, s.looks = append(s.order, s.asked...), nil, map[string]string{}, 0
}

// look reads what has been asked for, in one step.
func (s *sight) look(ctx context.Context, verb string) error {
	m, err := s.b.do(ctx, verb, s.b.c.B().Mget().Key(s.asked...).Build())
	if err != nil {
		return err
	}
	values, err := m.ToArray()
	if err != nil || len(values) != len(s.asked) {
		return s.b.corrupt(verb, "answer")
	}
	for i, key := range s.asked {
		v, err := values[i].ToString()
		switch {
		case driver.IsValkeyNil(err):
		case err != nil || v == "":
			return s.b.corrupt(verb, "row")
		}
		s.seen[key] = v
	}
	s.order = append(s.order, s.asked...)
	s.asked = nil
	s.looks++
	return nil
}

// table is a table of rows as far as they have been seen.
type table[K comparable, V any] struct {
	s      *sight
	kind   string
	key    func(K) string
	decode func(K, []byte) (V, bool)
}

// Get implements changeset.Table.
func (t table[K, V]) Get(k K) (V, bool) {
	var none V
	raw, found := t.s.raw(t.key(k))
	if !found {
		return none, false
	}
	v, fine := t.decode(k, raw)
	if !fine {
		if t.s.bad == "" {
			t.s.bad = t.kind
		}
		return none, false
	}
	return v, true
}

func (s *sight) tenants() table[identity.TenantID, *changeset.Tenant] {
	return table[identity.TenantID, *changeset.Tenant]{s, "tenant", s.b.tenantKey, decodeTenant}
}

func (s *sight) slugs() table[string, identity.TenantID] {
	return table[string, identity.TenantID]{s, "slug", s.b.slugKey, decodeIDOf[string, identity.TenantID]}
}

func (s *sight) users() table[identity.Subject, *changeset.User] {
	return table[identity.Subject, *changeset.User]{s, "user", s.b.userKey, decodeUser}
}

func (s *sight) names() table[changeset.Name, identity.UserID] {
	return table[changeset.Name, identity.UserID]{s, "name", s.b.nameKey, decodeIDOf[changeset.Name, identity.UserID]}
}

func (s *sight) handles() table[changeset.Handle, identity.UserID] {
	return table[changeset.Handle, identity.UserID]{s, "handle", s.b.handleKey, decodeIDOf[changeset.Handle, identity.UserID]}
}

func (s *sight) links() table[changeset.LinkKey, identity.UserID] {
	return table[changeset.LinkKey, identity.UserID]{s, "link", s.b.linkKey, decodeIDOf[changeset.LinkKey, identity.UserID]}
}

func (s *sight) members() table[identity.TenantID, int] {
	return table[identity.TenantID, int]{s, "members", s.b.membersKey, func(_ identity.TenantID, b []byte) (int, bool) {
		n, err := strconv.Atoi(string(b))
		return n, err == nil && n > 0
	}}
}

func (s *sight) holders() table[changeset.Holding, int] {
	return table[changeset.Holding, int]{s, "holders", s.b.holdersKey, func(_ changeset.Holding, b []byte) (int, bool) { return decodeCount(b) }}
}

func (s *sight) tokens() table[[16]byte, identity.Token] {
	return table[[16]byte, identity.Token]{s, "token", s.b.tokenKey, decodeToken}
}

func (s *sight) tokensOf() table[identity.Subject, [][16]byte] {
	return table[identity.Subject, [][16]byte]{s, "tokens", s.b.tokensKey, func(_ identity.Subject, b []byte) ([][16]byte, bool) { return decodeIDs(b) }}
}

func decodeIDOf[K any, I identity.AnyID](_ K, b []byte) (I, bool) {
	id, fine := decodeID(b)
	return identity.FromBytes[I](id), fine
}

// Known implements changeset.Rows. Ids of rows are new as a rule, so one that has
// not been seen is taken for new without a look; the commit is refused if it is not.
func (s *sight) Known(id [16]byte) bool {
	v, seen := s.seen[s.b.rowKey(id)]
	return seen && v != ""
}

func (s *sight) tables() changeset.Tables {
	return changeset.Tables{
		Tenants: s.tenants(), Slugs: s.slugs(), Users: s.users(), Names: s.names(),
		Handles: s.handles(), Links: s.links(), Members: s.members(), Holders: s.holders(),
		Tokens: s.tokens(), TokensOf: s.tokensOf(), Outbox: s,
	}
}

// steady looks until everything that judge asks for has been seen in one step, so
// that what it says was true at one moment. What is corrupt is an error.
func (s *sight) steady(ctx context.Context, verb string, judge func()) error {
	for range maxTries {
		s.bad = ""
		judge()
		if len(s.asked) == 0 {
			return s.sound(verb)
		}
		if s.looks > 0 { // what was seen then need not have been there together with this
			s.again()
		}
		if err := s.look(ctx, verb); err != nil {
			return err
		}
	}
	return s.b.failed(verb, store.ErrUnavailable) // somebody has been changing it all the time
}

func (s *sight) sound(verb string) error {
	if s.bad != "" {
		return s.b.corrupt(verb, s.bad)
	}
	return nil
}
