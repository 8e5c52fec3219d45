package mysql_test

import (
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/storetest"
)

// SES-196, SES-198, SES-225, STO-061: kill -9 of a node in the middle of work. It comes
// back with its own tables, and gets from the others what it has missed.
func (c *cluster) outage(t *testing.T) {
	storetest.RunOutage(t, storetest.Outage{Stores: c.on[0].Stores(), Kill: c.nodes[0].Kill, Return: func() error {
		// A node that is back before the others have noticed that it had gone makes them
		// all agree anew on who they are, and meanwhile none of them answers.
		c.size(t, 1, 2)
		err := c.nodes[0].Start()
		if err == nil {
			c.synced(t, 0)
		}
		return err
	}})
}

// STO-003, STO-004: a node whose others are gone answers nothing, rather than that
// something is absent. When they are back all go on, with what was acknowledged.
func (c *cluster) quorum(t *testing.T) {
	sub := newSubject()
	rec := record(sub, start, identity.Epochs{})
	s := c.on[0].Stores().Session
	if _, err := s.Create(t.Context(), rec, session.Claim{Subject: sub, Now: start}); err != nil {
		t.Fatal(err)
	}
	for left, i := range []int{2, 1} {
		if err := c.nodes[i].Kill(); err != nil {
			t.Fatal(err)
		}
		if left == 0 {
			c.size(t, 0, 2) // two at once would leave nobody who knows that it has the last word
			if err := s.Raise(t.Context(), identity.UserScope(sub)); err != nil {
				t.Error(err)
			}
		}
	}
	deadline := time.Now().Add(30 * time.Second)
	for out := false; !out; {
		_, _, err := s.Load(t.Context(), rec.Ref, start)
		switch {
		case errors.Is(err, store.ErrUnavailable):
			out = true
		case err != nil:
			t.Fatalf("no quorum: %v", err)
		case time.Now().After(deadline):
			t.Fatal("a node alone goes on")
		}
	}
	if err := s.Raise(t.Context(), identity.UserScope(sub)); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a raise without quorum: %v", err)
	}
	if err := c.on[0].Check(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a check without quorum: %v", err)
	}
	var back sync.WaitGroup
	for _, i := range []int{1, 2} {
		back.Go(func() {
			if err := c.nodes[i].Start(); err != nil {
				t.Error(err)
			}
		})
	}
	back.Wait()
	for i, b := range c.on {
		c.size(t, i, len(c.on))
		c.synced(t, i)
		if _, e, err := b.Stores().Session.Load(t.Context(), rec.Ref, start); err != nil || e.User != 1 {
			t.Errorf("node %d: %+v, %v; one raise was acknowledged", i, e, err)
		}
	}
	if err := s.Raise(t.Context(), identity.UserScope(sub)); err != nil {
		t.Error(err)
	}
}

// synced waits until a node has caught up with the others.
func (c *cluster) synced(t *testing.T, i int) {
	t.Helper()
	c.status(t, i, "wsrep_local_state_comment", "Synced")
}

// size waits until a node knows how many there are that have the quorum together.
func (c *cluster) size(t *testing.T, i, n int) {
	t.Helper()
	c.status(t, i, "wsrep_cluster_size", strconv.Itoa(n))
	c.status(t, i, "wsrep_cluster_status", "Primary")
}

func (c *cluster) status(t *testing.T, i int, variable, want string) {
	t.Helper()
	db := connect(t, c.nodes[i].DSN)
	defer db.Close()
	deadline := time.Now().Add(time.Minute)
	for {
		var name, is string
		err := db.QueryRowContext(t.Context(), "SHOW STATUS LIKE '"+variable+"'").Scan(&name, &is)
		if err == nil && is == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("node %d: %s is %q, %v", i, variable, is, err)
		}
	}
}
