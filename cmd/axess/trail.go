package main

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"strings"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/keys"
)

// recordMigration leaves an event in the database whose tables have changed, for
// the relay of the next server (CLI-022). Tables that still lack steps take no
// row: the event of the call that completes them is the only one, and the schema
// itself knows when each step was made.
func recordMigration(ctx context.Context, all backend.Stores, schema backend.Schema, made int) error {
	if made == 0 {
		return nil
	}
	now, err := schema.Status(ctx)
	if err != nil {
		return fmt.Errorf("migrate: audit: %w", err)
	}
	if now.Behind() {
		return nil
	}
	c, src := clock.System(), entropy.System()
	// The ring names sessions and identifiers; this event has none of them, so it
	// needs no key file to be at hand.
	k, err := keys.Generate(src, c.Now())
	if err != nil {
		return fmt.Errorf("migrate: audit: %w", err)
	}
	log, err := audit.New(audit.Config{Clock: c, Entropy: src, Keys: k.Index, Node: "axess-migrate"})
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	row, err := log.Row(ctx, audit.Of{Actor: identity.SystemUser}, audit.SchemaMigrated{
		From: now.Have - made, To: now.Have, Version: axess.Version, Operator: operator(),
	})
	if err == nil {
		err = all.Identity.Append(ctx, row)
	}
	if err != nil {
		return fmt.Errorf("migrate: the steps are made, their audit event is not: %w", err)
	}
	return nil
}

// operator is the account of the operating system, or its number where the name
// has a form that no event takes.
func operator() string {
	const form = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-"
	who, err := user.Current()
	if err == nil && who.Username != "" && len(who.Username) <= 64 && strings.Trim(who.Username, form) == "" {
		return who.Username
	}
	return fmt.Sprintf("uid%+d", os.Geteuid())
}
