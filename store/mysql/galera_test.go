package mysql_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/mysql"
)

// cluster is three nodes, with a backend on each, all on one database.
type cluster struct {
	nodes    []*dbtest.MySQLServer
	database string
	on       []*mysql.Backend
	n        atomic.Int64
}

// TestGalera runs on one cluster, one thing after the other: nodes are expensive.
func TestGalera(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	t.Run("a sign-out meets a rotation", func(t *testing.T) { c.retried(t, c.signOut) })
	t.Run("one node spends a link", func(t *testing.T) { c.retried(t, c.consume) })
	t.Run("one node takes a step", func(t *testing.T) { c.retried(t, c.step) })
	t.Run("guesses have one allowance", func(t *testing.T) { c.retried(t, c.guesses) })
	t.Run("a limit holds on all nodes together", c.limit)
	t.Run("one node rotates", c.rotate)
	t.Run("one node gives the first role", c.role)
	t.Run("links have their bound on all nodes together", c.links)
	t.Run("so have tokens", c.tokens)
	t.Run("one node changes the names", c.names)
	t.Run("a tenant goes or takes somebody in", c.end)
	t.Run("a revocation at one holds at all", c.revocation)
	t.Run("a borrowed connection that may be behind is refused", c.borrowed)
	t.Run("a node is killed in the middle", c.outage)
	t.Run("without quorum", c.quorum)
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	nodes, err := dbtest.Galera(3)
	dbtest.Need(t, err)
	c := &cluster{nodes: nodes}
	t.Cleanup(func() {
		for _, s := range nodes {
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
		}
	})
	c.database = strings.TrimSuffix((&server{MySQLServer: nodes[0]}).database(t), "?")
	name := c.database[strings.LastIndexByte(c.database, '/')+1:]
	for _, s := range nodes {
		c.on = append(c.on, open(t, s.DSN+name))
	}
	return c
}

func record(sub identity.Subject, now time.Time, e identity.Epochs) session.Record {
	return session.Record{
		Ref: identity.NewID[session.Ref](entropy.System()), Rev: 1, Subject: sub, Login: identity.NewLoginID(entropy.System()),
		AuthAt: now, CreatedAt: now, IdleUntil: now.Add(time.Hour), AbsUntil: now.Add(time.Hour), Epochs: e, Sealed: []byte("x"),
	}
}

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// at once runs something on the first two nodes, many times each, and counts what
// succeeded.
func (c *cluster) atOnce(t *testing.T, many int, do func(b *mysql.Backend, i int) error, allowed ...error) int64 {
	t.Helper()
	var wg sync.WaitGroup
	var won atomic.Int64
	for i := range many {
		wg.Go(func() {
			err := do(c.on[i%2], i)
			if err == nil {
				won.Add(1)
				return
			}
			for _, ok := range allowed {
				if errors.Is(err, ok) {
					return
				}
			}
			t.Errorf("%d: %v", i, err)
		})
	}
	wg.Wait()
	return won.Load()
}

// SES-202: locks of one node mean nothing to another.
func (c *cluster) limit(t *testing.T) {
	const most = 2
	for range 10 {
		sub := newSubject()
		// The rows that a first login makes would already be in each other's way.
		if _, err := c.on[2].Stores().Session.Create(t.Context(), record(sub, start, identity.Epochs{}), session.Claim{Subject: sub, Now: start}); err != nil {
			t.Fatal(err)
		}
		c.atOnce(t, 4, func(b *mysql.Backend, _ int) error {
			rec := record(sub, start, identity.Epochs{})
			_, err := b.Stores().Session.Create(t.Context(), rec,
				session.Claim{Subject: sub, Now: start, Limit: session.LimitPolicy{Max: most, RefuseNew: true}})
			return err
		}, session.ErrSessionLimit, store.ErrUnavailable)
		live, err := c.on[2].Stores().Session.Sessions(t.Context(), sub, session.Ref{}, 100, start)
		if err != nil || len(live) > most {
			t.Fatalf("%d sessions, %v", len(live), err)
		}
	}
}

// SES-100
func (c *cluster) rotate(t *testing.T) {
	for range 10 {
		old := record(identity.Subject{}, start, identity.Epochs{})
		if _, err := c.on[2].Stores().Session.Create(t.Context(), old, session.Claim{Now: start}); err != nil {
			t.Fatal(err)
		}
		won := c.atOnce(t, 4, func(b *mysql.Backend, _ int) error {
			_, err := b.Stores().Session.Rotate(t.Context(), old.Ref, 1, record(identity.Subject{}, start, identity.Epochs{}),
				session.Claim{Now: start}, 0)
			return err
		}, store.ErrConflict, store.ErrNotFound)
		if won != 1 {
			t.Fatalf("%d rotations of one session", won)
		}
	}
}

// PRD-062
func (c *cluster) role(t *testing.T) {
	for round := range 10 {
		tenant := identity.Tenant{
			ID: identity.NewTenantID(entropy.System()), Slug: fmt.Sprintf("tenant%d", round), Status: identity.TenantActive, CreatedAt: start, UpdatedAt: start,
		}
		changes := []identity.Change{identity.NewTenant{Tenant: tenant}}
		users := make([]identity.User, 4)
		for i := range users {
			users[i] = identity.User{
				Tenant: tenant.ID, ID: identity.NewUserID(entropy.System()), State: identity.Active, CreatedAt: start, UpdatedAt: start,
				Identifiers:    []identity.Identifier{{Kind: "email", Canonical: fmt.Sprintf("u%d@example.test", i), Typed: "u"}},
				WebAuthnHandle: entropy.Bytes32(entropy.System()),
			}
			changes = append(changes, identity.NewUser{User: users[i]})
		}
		if err := c.on[2].Stores().Identity.Apply(t.Context(), changes...); err != nil {
			t.Fatal(err)
		}
		won := c.atOnce(t, len(users), func(b *mysql.Backend, i int) error {
			return b.Stores().Identity.Apply(t.Context(),
				identity.RequireNoRole{Tenant: tenant.ID, Role: identity.RoleAdmin},
				identity.PutGrant{Grant: identity.Grant{
					Tenant: tenant.ID, User: users[i].ID, Role: identity.RoleAdmin, Version: 1, At: start, By: users[i].ID,
				}})
		}, store.ErrExists, store.ErrUnavailable)
		if won != 1 {
			t.Fatalf("%d first holders of a role", won)
		}
	}
}

// SES-208: what one node has acknowledged, the others know.
func (c *cluster) revocation(t *testing.T) {
	for i := range 50 {
		sub := newSubject()
		rec := record(sub, start, identity.Epochs{})
		if _, err := c.on[0].Stores().Session.Create(t.Context(), rec, session.Claim{Subject: sub, Now: start}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.on[1].Stores().Session.Load(t.Context(), rec.Ref, start); err != nil {
			t.Fatalf("round %d: a session of another node: %v", i, err)
		}
		if err := c.on[0].Stores().Session.Raise(t.Context(), identity.UserScope(sub)); err != nil {
			t.Fatal(err)
		}
		if _, now, err := c.on[1].Stores().Session.Load(t.Context(), rec.Ref, start); err != nil || now.User != 1 {
			t.Fatalf("round %d: epoch %d, %v", i, now.User, err)
		}
	}
}

func (c *cluster) borrowed(t *testing.T) {
	db := connect(t, c.database+"?clientFoundRows=true")
	defer db.Close()
	if _, err := mysql.OpenDB(t.Context(), db); err == nil || !strings.Contains(err.Error(), "add wsrep_sync_wait=7") {
		t.Error(err)
	}
}
