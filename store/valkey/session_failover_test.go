package valkey_test

import (
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/dbtest"
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
			// The driver learns of the new primary when it meets it.
			deadline := time.Now().Add(20 * time.Second)
			for {
				_, err := b.Stores().Session.Kids(t.Context())
				if err == nil {
					_, err = b.Stores().Identity.RowKids(t.Context(), store.TopicAudit)
				}
				if err == nil || time.Now().After(deadline) {
					return err
				}
			}
		},
	})
}
