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

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
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

// keysFit refuses rings that lack a key under which something is sealed that is
// stored: a wrong or older key file would otherwise look like a site whose people
// have all gone, or whose passwords are all wrong (PRD-034). Sessions that have
// died and were not swept yet need no key.
func (a *Axess) keysFit(ctx context.Context, k seal.Keys) error {
	stores := a.cfg.Stores
	sessions, err := lacking(ctx, k.Session, stores.Session.Kids)
	if err == nil && len(sessions) > 0 {
		if err = a.sweeper("sessions", time.Minute, stores.Session.Sweep).Run(ctx); err == nil {
			sessions, err = lacking(ctx, k.Session, stores.Session.Kids)
		}
	}
	if err != nil {
		return fmt.Errorf("axess: keys: sessions: %w", err)
	}
	credentials, err := lacking(ctx, k.Data, stores.Identity.CredentialKids)
	if err != nil {
		return fmt.Errorf("axess: keys: credentials: %w", err)
	}
	mails, err := lacking(ctx, k.Data, func(ctx context.Context) ([]store.KidCount, error) {
		return stores.Identity.RowKids(ctx, store.TopicMail)
	})
	if err != nil {
		return fmt.Errorf("axess: keys: mails: %w", err)
	}
	var list []string
	for _, l := range []struct {
		what   string
		counts []string
	}{{"sessions", sessions}, {"credentials", credentials}, {"waiting mails", mails}} {
		if len(l.counts) > 0 {
			list = append(list, l.what+": "+strings.Join(l.counts, ", "))
		}
	}
	if len(list) == 0 {
		return a.rowsFit(ctx, k)
	}
	return &ConfigError{[]Problem{{
		Field: "Keys", Code: problem.KeysMissing.String(),
		Detail: "what is stored is sealed under keys that the rings lack (" + strings.Join(list, "; ") + "): the key file does not belong to this database, or a key was removed too early",
		Fix:    "restore the key file that belongs to this database from the backup, with the keys of those ids as retiring",
	}}}
}

// sampled is how many sessions of each key lead to the rows that are looked at.
const sampled = 8

// rowsFit refuses a ring of index keys under which not one row of those who are signed
// in is genuine. Their tags name no key, so some are tried; one that is somebody's
// forgery must not stop a start, and where nobody is signed in there is nothing to
// try: then each sign-in raises its alarm.
func (a *Axess) rowsFit(ctx context.Context, k seal.Keys) error {
	stores, vault, strange := a.cfg.Stores, factor.NewVault(k.Data, k.Index), 0
	kids, err := stores.Session.Kids(ctx)
	if err != nil {
		return fmt.Errorf("axess: keys: sessions: %w", err)
	}
	for _, kid := range kids {
		refs, err := stores.Session.UnderKid(ctx, kid.Kid, session.Ref{}, sampled)
		if err != nil {
			return fmt.Errorf("axess: keys: sessions: %w", err)
		}
		for _, ref := range refs {
			rows, err := a.rowsBehind(ctx, ref)
			if err != nil {
				return err
			}
			for _, row := range rows {
				if _, err := vault.Open(row); !errors.Is(err, factor.ErrForged) {
					return nil
				}
				strange++
			}
		}
	}
	if strange == 0 {
		return nil
	}
	return &ConfigError{[]Problem{{
		Field: "Keys", Code: problem.KeysMissing.String(),
		Detail: fmt.Sprintf("none of %d credentials of people who are signed in was made under an index key that the rings have: the key file does not belong to this database, or a key was removed too early", strange),
		Fix:    "restore the key file that belongs to this database from the backup, with the former index keys as retiring",
	}}}
}

// rowsBehind are the credentials of whoever has a session.
func (a *Axess) rowsBehind(ctx context.Context, ref session.Ref) ([]identity.Credential, error) {
	rec, _, err := a.cfg.Stores.Session.Load(ctx, ref, a.cfg.Clock.Now())
	if err == nil && rec.Subject.User.IsZero() || errors.Is(err, store.ErrNotFound) {
		return nil, nil // a guest's, or one that has just ended
	}
	if err != nil {
		return nil, fmt.Errorf("axess: keys: sessions: %w", err)
	}
	acct, err := a.cfg.Stores.Identity.AccountByID(ctx, rec.Subject)
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrCorrupt):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("axess: keys: credentials: %w", err)
	}
	return acct.Credentials, nil
}

// lacking says how much is sealed under keys that the ring lacks.
func lacking(ctx context.Context, ring *seal.Ring, count func(context.Context) ([]store.KidCount, error)) ([]string, error) {
	held := map[seal.KeyID]bool{}
	for _, key := range ring.Keys() {
		held[key.ID()] = true
	}
	counts, err := count(ctx)
	var list []string
	for _, c := range counts {
		if !held[c.Kid] && c.Count > 0 {
			list = append(list, fmt.Sprintf("%d under %s", c.Count, seal.KeyID(c.Kid)))
		}
	}
	return list, err
}
