package audit_test

import (
	"context"
	"fmt"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

func exampleLog() *audit.Log {
	src := entropy.Seeded(1)
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	ring, err := seal.NewRing(seal.Index, seal.GenerateKey(src, now))
	if err != nil {
		panic(err)
	}
	log, err := audit.New(audit.Config{Clock: clock.NewFake(now), Entropy: src, Keys: ring, Node: "web-1"})
	if err != nil {
		panic(err)
	}
	return log
}

func ExampleLog_Row() {
	log := exampleLog()
	user := identity.User{
		Tenant: identity.NewTenantID(entropy.Seeded(2)), ID: identity.NewUserID(entropy.Seeded(3)), AuditHandle: [16]byte{1},
	}
	row, err := log.Row(context.Background(), audit.Of{Tenant: user.Tenant, Subject: user.ID, Handle: user.AuditHandle},
		audit.FactorVerified{Outcome: audit.Failure, Factor: "totp", Reason: audit.ReasonMismatch, Step: 2, Steps: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	// The row goes into the same commit as the change that it tells of.
	change := identity.Append{Row: row}
	fmt.Println(change.Row.Topic)

	_, err = log.Row(context.Background(), audit.Of{Tenant: user.Tenant}, audit.SignupStarted{})
	fmt.Println(err)
	// Output:
	// audit
	// audit: row: audit: required field is missing: signup_started.outcome
}

func ExampleNewRelay() {
	var outbox store.Outbox // of the backend
	var events audit.Store  // of the backend
	_, err := audit.NewRelay(audit.RelayConfig{Outbox: outbox, Store: events, Clock: clock.System()})
	fmt.Println(err)
	// Output: audit: RelayConfig.Outbox is missing
}
