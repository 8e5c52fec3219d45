package sqlite_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/sqlite"
)

// kept is a closed file with three sessions, the first of them revoked.
func kept(t *testing.T) string {
	t.Helper()
	path := file(t)
	b := openOnce(t, path)
	for n := range 3 {
		r := record(n)
		if _, err := b.Stores().Session.Create(t.Context(), r, claim(r), row(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Stores().Session.Raise(t.Context(), identity.UserScope(subject(0))); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// move puts one file in the place of another.
func move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// PRD-006, STO-068, STO-025: every refusal says what, why and the cure; with the
// cure the file opens and has everything that was acknowledged.
func TestOpen_refuses_with_a_cure_that_works(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(t *testing.T, path string)
		is    error
		says  []string
		cure  func(t *testing.T, path string)
	}{
		"a file that is no database": {
			func(t *testing.T, path string) {
				move(t, path, path+".backup")
				write(t, path, bytes.Repeat([]byte("no database "), 1000))
			},
			store.ErrCorrupt, []string{"no SQLite database", "another path", "restore a backup"},
			func(t *testing.T, path string) { move(t, path+".backup", path) },
		},
		"a database that was cut off": {
			func(t *testing.T, path string) {
				whole, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				write(t, path+".backup", whole)
				write(t, path, whole[:len(whole)/3])
			},
			store.ErrCorrupt, []string{"damaged", "restore a backup"},
			func(t *testing.T, path string) { move(t, path+".backup", path) },
		},
		"a database of a newer release": {
			func(t *testing.T, path string) {
				execute(t, path, "INSERT INTO axess_schema_version SELECT max(version) + 1, 'later', zeroblob(32), 0 FROM axess_schema_version")
			},
			store.ErrSchema, []string{"schema " + strconv.Itoa(sqlite.Steps()+1), "newer program", "backup"},
			// The newer program, as far as this one can be it.
			func(t *testing.T, path string) {
				execute(t, path, "DELETE FROM axess_schema_version WHERE name = 'later'")
			},
		},
		"steps made by others": {
			func(t *testing.T, path string) {
				execute(t, path, "UPDATE axess_schema_version SET checksum = zeroblob(32) WHERE version = 2")
				execute(t, path, "CREATE TABLE theirs (a)")
				whole, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				write(t, path+".backup", whole)
			},
			store.ErrSchema, []string{"step 2", "other statements", "restore a backup"},
			func(t *testing.T, path string) {
				step, err := os.ReadFile("migrations/0002_grants.sql")
				if err != nil {
					t.Fatal(err)
				}
				sum := sha256Of(step)
				execute(t, path, "UPDATE axess_schema_version SET checksum = ? WHERE version = 2", sum)
			},
		},
		"tables of somebody else with these names": {
			func(t *testing.T, path string) { execute(t, path, "ALTER TABLE axess_schema_version RENAME TO moved") },
			store.ErrSchema, []string{"without a schema version", "no database of this program", "restore a backup"},
			func(t *testing.T, path string) { execute(t, path, "ALTER TABLE moved RENAME TO axess_schema_version") },
		},
		"a file that others may read": {
			func(t *testing.T, path string) {
				if err := os.Chmod(path, 0o644); err != nil {
					t.Fatal(err)
				}
			},
			nil, []string{"may be used by others", "0644", "chmod 600"},
			func(t *testing.T, path string) {
				if err := os.Chmod(path, 0o600); err != nil {
					t.Fatal(err)
				}
			},
		},
		"a directory that is gone": {
			func(t *testing.T, path string) { move(t, filepath.Dir(path), filepath.Dir(path)+".away") },
			nil, []string{"does not exist", "make it"},
			func(t *testing.T, path string) { move(t, filepath.Dir(path)+".away", filepath.Dir(path)) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := kept(t)
			c.spoil(t, path)
			for range 2 { // a refusal changes nothing
				b, err := sqlite.Open(path)
				if err == nil {
					_ = b.Close()
					t.Fatal("opened")
				}
				if c.is != nil && !errors.Is(err, c.is) {
					t.Errorf("got %v, want %v", err, c.is)
				}
				for _, want := range c.says {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%q does not say %q", err, want)
					}
				}
			}
			c.cure(t, path)
			survived(t, open(t, path), 2, revoked(0))
		})
	}
}

// PRD-006, STO-025: the log of a process that was killed has gone, and with it what
// it had acknowledged last. The file is refused until the log is back.
func TestOpen_misses_a_log_that_is_lost(t *testing.T) {
	t.Parallel()
	path := file(t)
	last := killed(t, path, 40)
	log := path + "-wal"
	move(t, log, log+".lost")
	for range 2 {
		b, err := sqlite.Open(path)
		if err == nil {
			_ = b.Close()
			t.Fatal("opened without what was committed last")
		}
		for _, want := range []string{"did not close", log, "revocations", "put the log back", "restore a backup"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q does not say %q", err, want)
			}
		}
	}
	move(t, log+".lost", log)
	b := openOnce(t, path)
	survived(t, b, last, everyThird)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path) // closed in order, it has no log, and none is missed
}

// A log that another program has folded into the file is not lost, and a file that
// was begun anew has had none.
func TestOpen_misses_no_log_that_was_folded_in(t *testing.T) {
	t.Parallel()
	path := file(t)
	last := killed(t, path, 10)
	db := raw(t, path)
	if _, err := db.ExecContext(t.Context(), "PRAGMA wal_checkpoint(truncate)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil { // which removes the log and its index
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		t.Fatal("the log is still there")
	}
	survived(t, open(t, path), last, everyThird)

	path = file(t)
	killed(t, path, 1)
	if err := errors.Join(os.Remove(path), os.Remove(path+"-wal")); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

// PRD-006, STO-003: what SQLite itself calls full.
func TestFull_database_says_to_make_room(t *testing.T) {
	t.Parallel()
	path := kept(t)
	b := openOnce(t, path, sqlite.WithWatch(func(c *sqlite3.Conn) error { return c.Exec("PRAGMA max_page_count = 1") })) // no more than it has
	s := b.Stores().Session
	var err error
	for n := 3; n < 100 && err == nil; n++ {
		r := record(n)
		r.Sealed = make([]byte, 100_000)
		_, err = s.Create(t.Context(), r, claim(r), row(n))
	}
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "make room") {
		t.Errorf("got %v, want ErrUnavailable that says to make room", err)
	}
	survived(t, b, 2, revoked(0))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = open(t, path)
	r := record(5)
	r.Sealed = make([]byte, 100_000)
	if _, err := b.Stores().Session.Create(t.Context(), r, claim(r), row(5)); err != nil {
		t.Errorf("with room: %v", err)
	}
}
