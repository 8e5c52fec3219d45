package valkey_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// What moves slots and counts commands has a cluster to itself, one thing after the other.
func TestCluster_that_nobody_else_uses(t *testing.T) {
	t.Parallel()
	s := own(t, ownCluster)
	t.Run("loads_are_answered_without_it", func(t *testing.T) { asksNothing(t, s) })
	t.Run("what_waits_for_a_replica_follows_its_moves", func(t *testing.T) { waitsWhereItIs(t, s) })
	t.Run("the_local_cache_follows_its_moves", func(t *testing.T) { followsMoves(t, s) })
	t.Run("nothing_changes_in_a_slot_that_is_on_its_way", func(t *testing.T) { changesNothing(t, s) })
	t.Run("what_waits_for_a_replica_finds_a_node_that_is_new", func(t *testing.T) { waitsWhereNobodyWas(t, s) })
}

// moving is a cluster whose slots change their nodes.
type moving struct {
	*duo
	nodes []*dbtest.RedisServer
}

func (m *moving) say(s *dbtest.RedisServer, words ...string) string {
	m.Helper()
	text, err := s.Say(words...)
	if err != nil {
		m.Fatalf("%s: %v", strings.Join(words, " "), err)
	}
	return text
}

// primaries are the nodes that take writes.
func (m *moving) primaries() (out []*dbtest.RedisServer) {
	m.Helper()
	for _, s := range m.nodes {
		if strings.Contains(m.say(s, "INFO", "replication"), "role:master") {
			out = append(out, s)
		}
	}
	return out
}

// slot is the slot of a key, its node and another.
func (m *moving) slot(key string) (slot string, from, to *dbtest.RedisServer) {
	m.Helper()
	slot = m.say(m.nodes[0], "CLUSTER", "KEYSLOT", key)
	for _, s := range m.primaries() {
		if _, err := s.Say("EXISTS", key); err == nil {
			from = s
		} else {
			to = s
		}
	}
	if from == nil || to == nil {
		m.Fatal("no node has the key")
	}
	return slot, from, to
}

func (m *moving) begin(slot string, from, to *dbtest.RedisServer) {
	m.Helper()
	m.say(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", m.say(from, "CLUSTER", "MYID"))
	m.say(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", m.say(to, "CLUSTER", "MYID"))
}

// carry moves keys.
func (m *moving) carry(from, to *dbtest.RedisServer, keys ...string) {
	m.Helper()
	host, port, err := net.SplitHostPort(to.Addr)
	if err != nil {
		m.Fatal(err)
	}
	m.say(from, append([]string{"MIGRATE", host, port, "", "0", "5000", "AUTH", dbtest.RedisPassword, "KEYS"}, keys...)...)
}

func (m *moving) end(slot string, from, to *dbtest.RedisServer) {
	m.Helper()
	for {
		keys := m.say(from, "CLUSTER", "GETKEYSINSLOT", slot, "100")
		if keys == "" {
			break
		}
		m.carry(from, to, strings.Split(keys, "\n")...)
	}
	id := m.say(to, "CLUSTER", "MYID")
	for _, s := range append([]*dbtest.RedisServer{to, from}, m.primaries()...) {
		m.say(s, "CLUSTER", "SETSLOT", slot, "NODE", id)
	}
}

// ends makes an end and checks that it is seen within the second that a copy may be
// used without proof.
func (m *moving) ends(what string, r session.Record, end func() error) {
	m.Helper()
	var err error
	for began := time.Now(); ; { // a driver that has to find its way may fail once
		if err = end(); err == nil || time.Since(began) > 10*time.Second {
			break
		}
	}
	if err != nil {
		m.Fatalf("%s: %v", what, err)
	}
	acknowledged := time.Now()
	var took time.Duration // until the last load begins that passes
	for began := took; valid(m.load(m.here, r)) && took < 10*time.Second; began = time.Since(acknowledged) {
		took = began
	}
	m.Logf("%s: seen after %s", what, took)
	if took > 1200*time.Millisecond {
		m.Errorf("%s: seen after %s", what, took)
	}
}

// While a cluster moves slots between its nodes, and when a replica takes over, copies
// that the old node no longer tells about are not used: neither of what is there nor
// of what is absent.
//
// STO-033, SES-208, STO-029
func followsMoves(t *testing.T, s *server) {
	m := &moving{newDuo(t, s), s.nodes}
	ctx := t.Context()
	shard := func(r session.Record) string {
		user := r.Subject.User.Bytes()
		return fmt.Sprintf("%s:{%s.%02x}:d", m.prefix, m.prefix, user[15])
	}

	// An epoch that was never raised, in a slot whose other keys go on being read.
	acting, beside := record(person()), record(person())
	user, actor := beside.Subject.User.Bytes(), identity.NewUserID(entropy.System()).Bytes()
	actor[15] = user[15]
	acting.Actor = identity.Subject{Tenant: acting.Subject.Tenant, User: identity.FromBytes[identity.UserID](actor)}
	m.create(m.far, acting)
	m.create(m.far, beside)
	m.warm(m.here, acting, beside)
	slot, from, to := m.slot(shard(beside))
	m.begin(slot, from, to)
	m.warm(m.here, acting, beside)
	if err := m.far.Raise(ctx, identity.UserScope(acting.Actor)); err != nil {
		t.Fatal(err)
	}
	acknowledged := time.Now()
	var last time.Duration
	for began := last; valid(m.load(m.here, acting)) && last < 5*time.Second; began = time.Since(acknowledged) {
		last = began
		for range 20 {
			if got, e, err := m.load(m.here, beside); !valid(got, e, err) {
				t.Fatal(err)
			}
		}
	}
	if last > 1200*time.Millisecond {
		t.Errorf("an epoch that was absent is taken for absent %s after it was raised elsewhere", last)
	}
	m.end(slot, from, to)

	r := m.signIn(m.far)
	m.warm(m.here, r)
	slot, from, to = m.slot(fmt.Sprintf("%s:epoch:{%s.%s}", m.prefix, m.prefix, r.Subject.Tenant))
	m.begin(slot, from, to)
	m.ends("an epoch that was absent where it was", r, func() error { return m.far.Raise(ctx, identity.TenantScope(r.Subject.Tenant)) })
	m.end(slot, from, to)

	r = m.signIn(m.far)
	m.warm(m.here, r)
	slot, from, to = m.slot(shard(r))
	m.begin(slot, from, to)
	m.warm(m.here, r)
	m.end(slot, from, to)
	m.ends("a session of a slot that was moved", r, func() error { return m.far.Raise(ctx, identity.UserScope(r.Subject)) })

	r = m.signIn(m.far)
	m.warm(m.here, r)
	_, from, _ = m.slot(shard(r))
	id := m.say(from, "CLUSTER", "MYID")
	for began := time.Now(); strings.Contains(m.say(from, "INFO", "replication"), "role:master"); {
		for _, s := range m.nodes {
			if strings.Contains(m.say(s, "CLUSTER", "NODES"), "myself,slave "+id) {
				_, _ = s.Say("CLUSTER", "FAILOVER") // again, as it gives up after a while
			}
		}
		if time.Since(began) > 20*time.Second {
			t.Fatal("no replica takes over")
		}
	}
	m.ends("a session whose replica took over", r, func() error { return m.far.Raise(ctx, identity.UserScope(r.Subject)) })
	r = m.signIn(m.far)
	m.passes(r)
}

// As long as some keys of a slot are on one node and some on another, nothing is begun,
// changed or ended there on half of what is known: it is refused, and made when the
// slot has arrived. Sessions can be loaded meanwhile.
//
// STO-030, STO-029, SES-198
func changesNothing(t *testing.T, s *server) {
	m := &moving{newDuo(t, s), s.nodes}
	ctx := t.Context()
	for what, first := range map[string]string{"nothing has arrived": "", "the index has": ":d", "the record has": ":r:"} {
		r := m.signIn(m.far)
		user := r.Subject.User.Bytes()
		slot, from, to := m.slot(fmt.Sprintf("%s:{%s.%02x}:d", m.prefix, m.prefix, user[15]))
		m.begin(slot, from, to)
		for key := range strings.SplitSeq(m.say(from, "CLUSTER", "GETKEYSINSLOT", slot, "100"), "\n") {
			if first != "" && strings.Contains(key, first) {
				m.carry(from, to, key)
			}
		}
		changed := r
		changed.Rev++
		next := record(r.Subject)
		for verb, do := range map[string]func() error{
			"delete": func() error { return m.far.Delete(ctx, r.Ref, r.Subject) },
			"update": func() error { return m.far.Update(ctx, changed, 1, noon()) },
			"rotate": func() error { _, err := m.far.Rotate(ctx, r.Ref, 1, next, claimFor(next), 0); return err },
			"create": func() error {
				other := record(r.Subject)
				_, err := m.far.Create(ctx, other, claimFor(other))
				return err
			},
			"sessions": func() error { _, err := m.far.Sessions(ctx, r.Subject, session.Ref{}, 10, noon()); return err },
		} {
			if err := do(); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s, %s: %v", what, verb, err)
			}
		}
		if _, _, err := m.load(m.far, r); err != nil {
			t.Errorf("%s, load: %v", what, err)
		}
		m.end(slot, from, to)
		m.ends(what+", a session of a slot that has arrived", r, func() error { return m.far.Delete(ctx, r.Ref, r.Subject) })
	}
}
