package attack

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3/driver"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/sqlite"
)

// site is a wired program with its backend in the attacker's reach.
type site struct {
	*fronttest.Site
	// stores is the backend itself, without the program in front of it.
	stores backend.Stores
	// db is the file, opened beside the program; nil on memory.
	db *sql.DB
	// rings are those in use: they change in place.
	rings seal.Keys
	// adas is the browser of ada, once somebody has asked for it.
	adas *fronttest.Browser
}

// onEach carries an attack out on every backend that ships, with somebody's
// guarded page at /notes.
func onEach(t *testing.T, attack func(*testing.T, *site), options ...func(*axess.Config)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		attack(t, newSite(t, memoryStores(t), nil, options))
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		stores, db := openFile(t)
		attack(t, newSite(t, stores, db, options))
	})
}

// onMemory is onEach for attacks that never get as far as a store.
func onMemory(t *testing.T, attack func(*testing.T, *site), options ...func(*axess.Config)) {
	t.Helper()
	attack(t, newSite(t, memoryStores(t), nil, options))
}

func memoryStores(*testing.T) backend.Stores { return memory.New(memory.Config{}).Stores() }

// openFile is a file backend, and the same file in the hands of somebody else.
func openFile(t *testing.T) (backend.Stores, *sql.DB) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.db")
	b, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	db, err := driver.Open("file:" + path + "?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return b.Stores(), db
}

func newSite(t *testing.T, stores backend.Stores, db *sql.DB, options []func(*axess.Config)) *site {
	t.Helper()
	s, loaded := &site{stores: stores, db: db}, &overseen{}
	s.Site = fronttest.New(t, slices.Concat([]func(*axess.Config){func(c *axess.Config) {
		c.Stores, c.Keys = stores, keys.Ephemeral(entropy.Seeded(2))
	}}, options, []func(*axess.Config){func(c *axess.Config) {
		loaded.source, c.Keys = c.Keys, loaded
	}})...)
	if loaded.err != nil {
		t.Fatal(loaded.err)
	}
	s.rings = loaded.rings
	s.Routes.Authn("/notes", func(w http.ResponseWriter, _ *http.Request, who axess.Authenticated) {
		fmt.Fprintf(w, "notes of %s", who.UserID())
	})
	s.Routes.Partial("/half", func(w http.ResponseWriter, _ *http.Request, p axess.Partial) {
		fmt.Fprintf(w, "half way in %s", p.Method())
	})
	return s
}

// overseen is a source of keys that remembers what it gave.
type overseen struct {
	source keys.Source
	rings  seal.Keys
	err    error
}

func (o *overseen) Load(ctx context.Context) (seal.Keys, error) {
	o.rings, o.err = o.source.Load(ctx)
	return o.rings, o.err
}

// code is the status of an answer and, of a refusal, its code.
func code(a fronttest.Answer) string {
	var doc struct{ Code string }
	if json.Unmarshal([]byte(a.Body), &doc) == nil && doc.Code != "" {
		return fmt.Sprint(a.Status, " ", doc.Code)
	}
	return fmt.Sprint(a.Status)
}

// who is the person that a browser is to the program; empty: nobody.
func who(b *fronttest.Browser) string {
	a := b.Clone().Fetch("GET", "/notes")
	if user, ok := strings.CutPrefix(a.Body, "notes of "); ok && a.Status == http.StatusOK {
		return user
	}
	return ""
}

// sessionOf is the cookie that a browser's session rests on.
func sessionOf(b *fronttest.Browser) string { return b.Cookies[b.Cookie("")] }
