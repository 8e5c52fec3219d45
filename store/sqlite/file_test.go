package sqlite_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3/driver"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/sqlite"
)

func claim(r session.Record) session.Claim {
	return session.Claim{Subject: r.Subject, Expect: r.Epochs, Now: at(0)}
}

func load(t testing.TB, s backend.Stores, n int) error {
	t.Helper()
	_, _, err := s.Session.Load(t.Context(), ref(n), at(0))
	return err
}

// raw is a connection beside the backend's.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := driver.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// STO-025: every error says what to do.
func TestOpen_refuses_places_that_do_not_keep_what_is_put_there(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(dir, "foreign.db")
	if err := os.WriteFile(foreign, []byte(strings.Repeat("this is no database ", 50)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":                                      "give one such as",
		":memory:":                              "store/memory",
		"file:app.db":                           "give one such as",
		dir:                                     "is not a file",
		filepath.Join(dir, "missing", "app.db"): "does not exist: make it",
		filepath.Join(plain, "app.db"):          "not a directory",
		foreign:                                 "not a database",
	} {
		b, err := sqlite.Open(path)
		if err == nil {
			t.Errorf("%q: opened", path)
			_ = b.Close()
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", path, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "missing")); err == nil {
		t.Error("a directory was made")
	}
}

// STO-025
func TestOpen_keeps_the_files_to_their_owner(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := openOnce(t, path)
	if err := b.Stores().Session.Raise(t.Context(), identity.GlobalScope()); err != nil {
		t.Fatal(err)
	}
	beside, err := filepath.Glob(path + "*")
	if err != nil || len(beside) != 3 {
		t.Fatalf("files %v, %v; want the database, its log and its index", beside, err)
	}
	for _, f := range beside {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %04o", filepath.Base(f), info.Mode().Perm())
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o602} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.Open(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %04o: %v, want a refusal that says chmod 600", mode, err)
		}
	}
}

// STO-025: names with the marks of a URI are names.
func TestOpen_takes_the_path_as_it_is(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a b?mode=memory#c%41&d.db")
	open(t, path)
	info, err := os.Stat(path)
	if err != nil || info.Size() == 0 {
		t.Errorf("the file is not there: %v", err)
	}
}

// STO-025
func TestOpen_writes_through_a_log_and_enforces_types_and_references(t *testing.T) {
	t.Parallel()
	path := file(t)
	open(t, path)
	db := raw(t, path)
	var mode string
	if err := db.QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal mode %s, %v", mode, err)
	}
	var loose int
	const notStrict = `SELECT COUNT(*) FROM pragma_table_list WHERE name LIKE 'axess_%' AND strict = 0`
	if err := db.QueryRowContext(t.Context(), notStrict).Scan(&loose); err != nil || loose != 0 {
		t.Errorf("%d tables are not strict, %v", loose, err)
	}
}

// STO-068
func TestOpen_refuses_a_schema_it_does_not_know(t *testing.T) {
	t.Parallel()
	path := file(t)
	if err := openOnce(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := raw(t, path).ExecContext(t.Context(),
		"INSERT INTO axess_schema_version SELECT max(version) + 1, 'later', zeroblob(32), 0 FROM axess_schema_version"); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(path); !errors.Is(err, store.ErrSchema) {
		t.Errorf("got %v, want ErrSchema", err)
	}
}

// STO-068: a step that has been released is never edited; a new step is a new
// file, and a new line here.
func TestMigrations_are_as_they_were_released(t *testing.T) {
	t.Parallel()
	released := map[string]string{
		"migrations/0001_skeleton.sql":       "e2b7c98e0c1154f0eded3d585f85498c72c498a5c377f40fa63c1c3882539c05",
		"migrations/0002_grants.sql":         "239608940a3c221a54017d3562083ec51c4f2fb4c19cfe76df4f42e9e5fb9b09",
		"migrations/0003_users_by.sql":       "ff329bf966330cda6b0a3cc190a067b94c0848317837a0a72638b3b2abe8030b",
		"migrations/0004_actors.sql":         "bdf016785a0daed1fd8ba1c96431c22a43b3f6937bce7d45b79eac3ec9173767",
		"migrations/0005_sweep.sql":          "09bb414e5c51332e55a64c8a5c1e69929a85cf06d41510fd51b1e9d5031d5b07",
		"migrations/0006_users_language.sql": "601ae7d6b57dd71531f45d027ebbb899728e959aa75b2690350a26ce7b898ac6",
		"migrations/0007_values.sql":         "82195a5b4072e7568aaa1e8b17c8af1c1e81549debce8bcdb48b79d5f0082b63",
		"migrations/0008_tenancy.sql":        "fab70fae9bf97772fe6c5474006af219f35445a7c215e02c60db004d07fcc22a",
		"migrations/0009_links.sql":          "fd75314ed996fbc18c48675c616e9ac46ef6fb1f78a8abedf188bedaa11c289d",
	}
	names, err := filepath.Glob("migrations/*")
	if err != nil || len(names) != len(released) {
		t.Fatalf("%v, %v; want %d files", names, err, len(released))
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != released[name] {
			t.Errorf("%s has checksum %x, was released with %s", name, sum, released[name])
		}
	}
}

// STO-060, STO-003: somebody else holds the write lock. A read does not wait for
// it, a verb waits no longer than its caller, and what was asked for is not done.
func TestLocked_by_somebody_else(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path)
	db := raw(t, path)
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if err := load(t, b.Stores(), 1); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a read under a foreign lock: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	clk := clock.System()
	begun := clk.Mono()
	err = b.Stores().Session.Raise(ctx, identity.GlobalScope())
	if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want ErrUnavailable of the deadline", err)
	}
	if took := clk.Mono() - begun; took > 2*time.Second {
		t.Errorf("waited %v beyond its caller", took)
	}
	if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := b.Stores().Session.Raise(t.Context(), identity.GlobalScope()); err != nil {
		t.Error(err)
	}
	if e, err := b.Stores().Session.Epochs(t.Context(), identity.Subject{}); err != nil || e.Global != 1 {
		t.Errorf("epochs %v, %v", e, err)
	}
}

// STO-001
func TestStores_say_what_they_are(t *testing.T) {
	t.Parallel()
	path := file(t)
	s := open(t, path).Stores()
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	want := backend.Info{
		Name: "sqlite", Durable: true, Dir: filepath.Dir(path), Place: s.Identity.Info().Place, Schema: s.Identity.Info().Schema,
	}
	if want.Schema == nil {
		t.Error("a file without a schema to ask")
	}
	for _, g := range s.Groups() {
		if g.Info != want {
			t.Errorf("%s: got %+v, want %+v", g.Name, g.Info, want)
		}
	}
	if _, immediate := s.Session.(session.Immediate); immediate {
		t.Error("a file is said to wait for nothing")
	}
}

func TestMustOpen_panics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	sqlite.MustOpen("")
}

func TestOptions_are_checked(t *testing.T) {
	t.Parallel()
	for _, o := range []sqlite.Option{sqlite.WithReaders(0), sqlite.WithClock(nil), sqlite.WithEntropy(nil), sqlite.WithPrefix("")} {
		if _, err := sqlite.Open(file(t), o); err == nil {
			t.Error("opened")
		}
	}
}

// execute runs a statement behind the backend's back.
func execute(t *testing.T, path, text string, args ...any) {
	t.Helper()
	if _, err := raw(t, path).ExecContext(t.Context(), text, args...); err != nil {
		t.Fatal(err)
	}
}

func sha256Of(text []byte) []byte {
	sum := sha256.Sum256(text)
	return sum[:]
}
