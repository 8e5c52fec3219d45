package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
)

// claimFile holds the link of the first administrator where logs are collected.
const claimFile = "first-admin-link"

// lookForAdmin is how often the server asks whether the link was used: what is
// left in the file by then opens nothing.
const lookForAdmin = 5 * time.Second

// claimed is where the link of the first administrator was put; zero when there
// is an administrator.
type claimed struct {
	link string // to be printed
	file string // or where it is
}

// claim mints the link and shows it to the operator alone: on the terminal, or in
// development; elsewhere in a file of the data directory, because what a server
// prints is collected, kept and read by many (PRD-061).
func claim(ctx context.Context, auth *axess.Axess, pl place, show bool) (claimed, error) {
	file := filepath.Join(pl.dir, claimFile)
	link, err := auth.ClaimLink(ctx)
	if errors.Is(err, axess.ErrAdminExists) {
		return claimed{}, dropClaim(pl)
	}
	if err != nil {
		return claimed{}, fmt.Errorf("first administrator: %w", err)
	}
	if show || pl.dir == "" {
		if err := dropClaim(pl); err != nil {
			return claimed{}, err
		}
	}
	switch {
	case show:
		return claimed{link: link}, nil
	case pl.dir == "":
		return claimed{}, nil // nowhere to put it that only the operator reads
	}
	// A new file takes the place of an old one whole, and a link in its place is
	// replaced and not followed.
	next := file + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return claimed{}, fmt.Errorf("first administrator: %w", err)
	}
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return claimed{}, fmt.Errorf("first administrator: %w", err)
	}
	_, err = f.WriteString(link + "\n")
	if err := errors.Join(err, f.Close(), os.Rename(next, file)); err != nil {
		return claimed{}, fmt.Errorf("first administrator: %w", err)
	}
	return claimed{file: file}, nil
}

// dropClaim removes a file whose link opens nothing any more.
func dropClaim(pl place) error {
	if pl.dir == "" {
		return nil
	}
	if err := os.Remove(filepath.Join(pl.dir, claimFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("first administrator: %w", err)
	}
	return nil
}

// watchClaim removes the file once the link was used, and ends then or with ctx.
func watchClaim(ctx context.Context, c clock.Clock, stores backend.Stores, pl place, log *slog.Logger) error {
	for {
		if err := c.Sleep(ctx, lookForAdmin); err != nil {
			return nil //nolint:nilerr // the server ends
		}
		tenant, err := stores.Identity.TenantBySlug(ctx, identity.DefaultSlug)
		if err != nil {
			continue // the next look will tell
		}
		there, err := stores.Identity.HasRole(ctx, tenant.Tenant.ID, identity.RoleAdmin)
		if err != nil || !there {
			continue
		}
		if err := dropClaim(pl); err != nil {
			return err
		}
		log.InfoContext(ctx, "axess: there is an administrator; the link's file is removed", "file", filepath.Join(pl.dir, claimFile))
		return nil
	}
}
