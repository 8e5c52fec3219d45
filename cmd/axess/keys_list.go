package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/sqlite"
)

// sealedUnder says how much of what is stored needs one key.
type sealedUnder struct {
	Purpose string `json:"purpose"`
	Key     string `json:"key"`
	What    string `json:"what"`
	Count   int    `json:"count"`
}

// countSealed counts what is stored by the key that it is sealed under. Sessions
// that are over count until they are swept.
func countSealed(ctx context.Context, s backend.Stores) ([]sealedUnder, error) {
	list := []sealedUnder{}
	for _, c := range []struct {
		purpose seal.Purpose
		what    string
		count   func(context.Context) ([]store.KidCount, error)
	}{
		{seal.Session, "sessions", s.Session.Kids},
		{seal.Data, "credentials", s.Identity.CredentialKids},
		{seal.Data, "tenants", func(ctx context.Context) ([]store.KidCount, error) {
			op, err := operate("keys list")
			if err != nil {
				return nil, err
			}
			return authn.SecretKids(ctx, s.Identity, op)
		}},
		{seal.Data, "mails", func(ctx context.Context) ([]store.KidCount, error) { return s.Identity.RowKids(ctx, store.TopicMail) }},
	} {
		kids, err := c.count(ctx)
		if err != nil {
			return nil, fmt.Errorf("keys: %s: %w", c.what, err)
		}
		for _, k := range kids {
			if k.Count > 0 {
				list = append(list, sealedUnder{c.purpose.String(), seal.KeyID(k.Kid).String(), c.what, k.Count})
			}
		}
	}
	return list, nil
}

// sealed counts in the stores, or has the server count that holds the database.
func sealed(ctx context.Context, v *settings.Values) ([]sealedUnder, error) {
	pl := locate(v)
	stores, closeStores, err := pl.open(ctx, slog.New(slog.DiscardHandler), toLook)
	var held *sqlite.LockedError
	if errors.As(err, &held) {
		var list []sealedUnder
		_, err := ask(ctx, v, "keys", &list)
		return list, err
	}
	if err != nil {
		return nil, storesRefused(pl, err)
	}
	list, err := countSealed(ctx, stores)
	if errors.Is(err, store.ErrSchema) {
		err = storesRefused(pl, err)
	}
	return list, errors.Join(err, closeStores())
}

// listed is a key of the file, or one that is missing there, as it is printed.
type listed struct {
	Purpose string         `json:"purpose"`
	Key     string         `json:"key"`
	State   string         `json:"state"`
	Seals   map[string]int `json:"seals"`
}

// keyMissing is the state of a key that something needs and the file lacks.
const keyMissing = "missing"

func listKeys(k seal.Keys, list []sealedUnder) (out []listed, missing bool) {
	for _, ring := range k.Rings() {
		purpose := ring.Purpose().String()
		at := map[string]int{}
		for _, key := range ring.Keys() {
			at[key.ID().String()] = len(out)
			out = append(out, listed{purpose, key.ID().String(), key.State.String(), map[string]int{}})
		}
		for _, c := range list {
			if c.Purpose != purpose {
				continue
			}
			i, there := at[c.Key]
			if !there {
				i, missing = len(out), true
				at[c.Key] = i
				out = append(out, listed{purpose, c.Key, keyMissing, map[string]int{}})
			}
			out[i].Seals[c.What] += c.Count
		}
	}
	return out, missing
}

func (p process) listKeys(ctx context.Context, c *cli.Command) error {
	return p.withSettings(c, func(v *settings.Values) error {
		pl := locate(v)
		switch {
		case !pl.served() && pl.file == "":
			return refusal.New("memory keeps nothing", "there is nothing that a key would be needed for", without(v, "dsn"))
		case pl.new:
			return &refusal.Error{What: "there is no database " + pl.file, Why: "nothing is sealed under any key", Cure: "add --data DIRECTORY", Code: refusal.Unavailable}
		}
		path := pl.keys
		k, err := keys.File(path).Load(ctx)
		if err != nil {
			return keysRefused(path, err)
		}
		counts, err := sealed(ctx, v)
		if err != nil {
			return err
		}
		list, missing := listKeys(k, counts)
		if c.String("output") == "json" {
			err = printJSON(p.stdout, struct {
				V    int      `json:"v"`
				Keys []listed `json:"keys"`
			}{1, list})
		} else {
			rows := [][]string{{"RING", "KEY", "STATE", "SEALS"}}
			for _, l := range list {
				rows = append(rows, []string{l.Purpose, l.Key, l.State, l.seals()})
			}
			printTable(p.stdout, rows...)
		}
		if err == nil && missing {
			return findings()
		}
		return err
	})
}

func (l listed) seals() string {
	var parts []string
	for what, n := range l.Seals {
		parts = append(parts, fmt.Sprintf("%d %s", n, what))
	}
	slices.SortFunc(parts, func(a, b string) int {
		return cmp.Compare(a[strings.IndexByte(a, ' '):], b[strings.IndexByte(b, ' '):])
	})
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", ")
	case l.Purpose == seal.Cookie.String() || l.Purpose == seal.Index.String():
		return "not counted"
	}
	return "nothing"
}

// resealBatch is how many sessions one call has sealed anew: it has to be done
// within the time of a call.
const resealBatch = 500

// resealed is what one call has done.
type resealed struct {
	session.Resealed
	// Tenants whose secrets are under the primary key that were not; they are looked at
	// once the sessions are through.
	Tenants int
}

// reseal is one call, in the server.
func reseal(ctx context.Context, auth *axess.Axess) (resealed, error) {
	done, err := auth.Sessions().Reseal(ctx, resealBatch)
	r := resealed{Resealed: done}
	if err != nil || done.Rewritten == resealBatch {
		return r, err
	}
	op, err := operate("keys reseal")
	if err == nil {
		r.Tenants, err = authn.NewTenants(auth.Authn()).ResealSecrets(ctx, op)
	}
	return r, err
}

// operate is leave for a command to look at every tenant.
func operate(reason string) (identity.OperatorScope, error) {
	system, err := identity.System(reason)
	if err != nil {
		return identity.OperatorScope{}, err
	}
	return identity.Operate(system)
}

func (p process) resealSessions(ctx context.Context, c *cli.Command) error {
	return p.withSettings(c, func(v *settings.Values) error {
		done, skipped, left, tenants := 0, 0, 0, 0
		// No more than there was at first: a server with another primary, in the middle of
		// a rollout, would otherwise outdo this one for ever.
		for most := -1; most < 0 || done < most; {
			var r resealed
			if _, err := ask(ctx, v, "reseal", &r); err != nil {
				return err
			}
			left = 0
			for _, k := range r.Remaining {
				left += k.Count
			}
			if most < 0 {
				most = r.Rewritten + left
			}
			done, skipped, tenants = done+r.Rewritten, r.Skipped, tenants+r.Tenants
			if r.Rewritten < resealBatch {
				break
			}
		}
		fmt.Fprintf(p.stderr, "%d sessions are under the primary key that were not, %d are left under other keys\n", done, left)
		if tenants > 0 {
			fmt.Fprintf(p.stderr, "what %d tenants have sealed is under the primary key that was not\n", tenants)
		}
		if skipped > 0 {
			fmt.Fprintf(p.stderr, "%d of those cannot be opened and end by themselves\n", skipped)
		}
		if left > 0 {
			return findings()
		}
		return nil
	})
}
