package axess

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// keyFile is the name of the key file that Development keeps beside a database.
const keyFile = "axess.keys"

// keySource is where the keys come from when the program named nothing, which
// only Development allows. Beside a database they are in a file, made with the
// database and never again: if it is missing later, whatever was sealed is lost
// with it, and a fresh one would make the loss look like an empty site
// (PRD-033, PRD-034).
func (c *checked) keySource(ctx context.Context) (src keys.Source, ephemeral bool, err error) {
	if c.Keys != nil {
		return c.Keys, false, nil
	}
	dir := c.Stores.Identity.Info().Dir
	if dir == "" {
		return keys.Ephemeral(c.Entropy), true, nil
	}
	path := filepath.Join(dir, keyFile)
	_, err = os.Lstat(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return keys.File(path), false, nil // Load says what is wrong with it
	}
	switch _, err := c.Stores.Identity.TenantBySlug(ctx, identity.DefaultSlug); {
	case err == nil:
		return nil, false, &ConfigError{[]Problem{{
			Field: "Keys", Code: problem.KeysMissing.String(),
			Detail: "the database is in use and its key file " + path + " is gone: nothing in it can be opened",
			Fix:    "restore " + keyFile + " from the backup, or move the database away to begin anew",
		}}}
	case !errors.Is(err, store.ErrNotFound):
		return nil, false, fmt.Errorf("axess: keys: %w", err)
	}
	if err := keys.Init(path, c.Entropy, c.Clock.Now()); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, false, fmt.Errorf("axess: keys: %w", err)
	}
	c.Logger.InfoContext(ctx, "axess: key file made; back it up apart from the database", "path", path)
	return keys.File(path), false, nil
}

// keysFit refuses rings that lack a key under which stored sessions are sealed: a
// wrong or older key file would otherwise look like a site whose people have all
// gone (PRD-034). What has died and was not swept yet needs no key.
func (a *Axess) keysFit(ctx context.Context, k seal.Keys) error {
	unknown := func() (list []string, err error) {
		held := map[seal.KeyID]bool{}
		for _, key := range k.Session.Keys() {
			held[key.ID()] = true
		}
		kids, err := a.cfg.Stores.Session.Kids(ctx)
		for _, c := range kids {
			if !held[c.Kid] && c.Count > 0 {
				list = append(list, fmt.Sprintf("%d under %s", c.Count, c.Kid))
			}
		}
		return list, err
	}
	list, err := unknown()
	if err == nil && len(list) > 0 {
		if err = a.sweeper("sessions", time.Minute, a.cfg.Stores.Session.Sweep).Run(ctx); err == nil {
			list, err = unknown()
		}
	}
	if err != nil {
		return fmt.Errorf("axess: keys: %w", err)
	}
	if len(list) == 0 {
		return nil
	}
	return &ConfigError{[]Problem{{
		Field: "Keys", Code: problem.KeysMissing.String(),
		Detail: "stored sessions are sealed under keys that the rings lack (" + strings.Join(list, ", ") + "): the key file does not belong to this database, or a key was removed too early",
		Fix:    "restore the key file that belongs to this database from the backup, with the keys of those ids as retiring",
	}}}
}
