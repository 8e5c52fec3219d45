package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// keySource is where the keys come from: what the settings name, and nil where
// the library knows better. A development server on a database server has its key
// file in the data directory, which the library knows nothing of (CLI-004).
func (pl place) keySource(v *settings.Values, cfg axess.Config) keys.Source {
	if !pl.served() || v.Text("keys") != "" || demandsKeys(cfg) {
		return cfg.Keys
	}
	return &ownKeys{path: pl.keys, people: cfg.Stores.Identity, log: cfg.Logger}
}

// demandsKeys reports whether keys have to be named whatever the stores are: that
// is so outside of development.
func demandsKeys(cfg axess.Config) bool {
	cfg.Keys, cfg.MultiInstance = nil, false
	var no *axess.ConfigError
	if !errors.As(cfg.Check(), &no) {
		return false
	}
	for _, p := range no.Problems {
		if p.Field == "Keys" {
			return true
		}
	}
	return false
}

// ownKeys is a key file that is made with an empty database and never again: a
// second server that made its own would sign out the people of the first, and
// after a loss a fresh one would make the loss look like an empty site (PRD-033,
// PRD-034).
type ownKeys struct {
	path   string
	people backend.Identity
	log    *slog.Logger
	made   bool // in this start
}

// Lost is told that another server has begun the database since Load found it empty:
// a file that was made then belongs to nothing, and is taken away again.
func (o *ownKeys) Lost() error {
	if !o.made {
		return nil
	}
	o.made = false
	if err := os.Remove(o.path); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	return o.foreign()
}

// foreign is a database that another server has begun.
func (o *ownKeys) foreign() error {
	return &axess.ConfigError{Problems: []axess.Problem{{
		Field: "Keys", Code: "keys_missing",
		Detail: "the database is in use, and there is no key file " + o.path + ": what is in it was sealed by another server, or the file is lost",
		Fix:    "name the key file of the other servers",
	}}}
}

// Load implements keys.Source.
func (o *ownKeys) Load(ctx context.Context) (seal.Keys, error) {
	if _, err := os.Lstat(o.path); errors.Is(err, fs.ErrNotExist) {
		if err := o.begin(ctx); err != nil {
			return seal.Keys{}, err
		}
	}
	return keys.File(o.path).Load(ctx) //nolint:wrapcheck // the library says whose error it is
}

func (o *ownKeys) begin(ctx context.Context) error {
	switch _, err := o.people.TenantBySlug(ctx, identity.DefaultSlug); {
	case err == nil:
		return o.foreign()
	case !errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("keys: %w", err)
	}
	switch err := keys.Init(o.path, entropy.System(), clock.System().Now()); {
	case errors.Is(err, fs.ErrExist):
		return nil // somebody else's
	case err != nil:
		return fmt.Errorf("keys: %w", err)
	}
	o.made = true
	o.log.InfoContext(ctx, "axess: key file made; back it up, and give it to every server of this database", "path", o.path)
	return nil
}
