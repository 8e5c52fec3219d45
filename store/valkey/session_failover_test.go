package valkey_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/storetest"
	"github.com/axess-go/axess/store/valkey"
)

// The primary of a cluster is killed in the middle of sign-ins, rotations, sign-outs
// and revocations, and its replica takes over: no end that was acknowledged is undone.
//
// SES-198, SES-210, STO-030
func TestCluster_fails_over(t *testing.T) {
	t.Parallel()
	c, err := dbtest.RedisCluster(6)
	dbtest.Need(t, err)
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	b := (&server{url: c.URL}).open(t, valkey.WithPrefix("failover"))
	undurable(t, c, b.Stores().Session)
	var down *dbtest.RedisServer
	storetest.RunOutage(t, storetest.Outage{
		Stores:      b.Stores(),
		LosesLogins: true,
		Kill: func() error {
			// Everybody uses the slot of accounts, so everybody meets the outage.
			for _, s := range c.Nodes {
				role, err := s.Say("INFO", "replication")
				if err != nil {
					return err
				}
				if _, err := s.Say("EXISTS", "failover:{failover}:check"); err == nil && strings.Contains(role, "role:master") {
					down = s
				}
			}
			return down.Kill()
		},
		Return: func() error {
			if err := c.Wait(); err != nil {
				return err
			}
			if err := down.Start(); err != nil {
				return err
			}
			if err := c.Wait(); err != nil {
				return err
			}
			// The driver learns of the new primary when it meets it. What has come back
			// takes itself for the primary until it hears otherwise, for two seconds at
			// most (CLUSTER_WRITABLE_DELAY): only after that the cluster is one again.
			const settled = 3 * time.Second
			var well time.Time
			for deadline := time.Now().Add(30 * time.Second); ; {
				_, err := b.Stores().Session.Kids(t.Context())
				if err == nil {
					_, err = b.Stores().Identity.RowKids(t.Context(), store.TopicAudit)
				}
				if err == nil { // and with a replica to acknowledge what it writes
					err = b.Stores().Identity.Apply(t.Context(), identity.VoidTokens{
						Subject: identity.Subject{Tenant: identity.SystemTenant, User: identity.SystemUser},
					})
				}
				switch now := time.Now(); {
				case err != nil && now.After(deadline):
					return err
				case err != nil:
					well = time.Time{}
				case well.IsZero():
					well = now
				case now.Sub(well) > settled:
					return nil
				}
			}
		},
	})
}

// undurable: as long as no replica answers, no end is acknowledged; the session has
// ended all the same, and to repeat it when they are back is success.
func undurable(t *testing.T, c *dbtest.Cluster, st session.Store) {
	t.Helper()
	r, guest := record(person()), record(identity.Subject{})
	next := record(r.Subject)
	for _, rec := range []session.Record{r, guest} {
		if _, err := st.Create(t.Context(), rec, claimFor(rec)); err != nil {
			t.Fatal(err)
		}
	}
	var stopped []*dbtest.RedisServer
	for _, s := range c.Nodes {
		role, err := s.Say("INFO", "replication")
		if err == nil && strings.Contains(role, "role:slave") {
			stopped, err = append(stopped, s), s.Pause()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ends := map[string]func() error{
		"raise":           func() error { return st.Raise(t.Context(), identity.TenantScope(person().Tenant)) },
		"delete":          func() error { return st.Delete(t.Context(), next.Ref, identity.Subject{}) },
		"delete, a guest": func() error { return st.Delete(t.Context(), guest.Ref, identity.Subject{}) },
	}
	_, err := st.Rotate(t.Context(), r.Ref, 1, next, claimFor(next), 0)
	if !errors.Is(err, valkey.ErrNotDurable) || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("rotate without replicas: %v", err)
	}
	for what, end := range ends {
		for range 2 { // the second finds nothing to remove
			if err := end(); !errors.Is(err, valkey.ErrNotDurable) {
				t.Errorf("%s without replicas: %v", what, err)
			}
		}
	}
	for _, s := range stopped {
		if err := s.Resume(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
	for what, end := range ends {
		err := end()
		// Replicas that are back may take longer than the time of an acknowledgement.
		for began := time.Now(); errors.Is(err, valkey.ErrNotDurable) && time.Since(began) < 10*time.Second; {
			err = end()
		}
		if err != nil {
			t.Errorf("%s with replicas: %v", what, err)
		}
	}
	for _, rec := range []session.Record{r, next, guest} {
		if _, _, err := st.Load(t.Context(), rec.Ref, noon()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("ended twice, and: %v", err)
		}
	}
}
