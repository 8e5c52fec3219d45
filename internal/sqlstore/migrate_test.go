package sqlstore

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// later are steps that no program has yet.
func later(t testing.TB) []Migration {
	n := len(shipped(t))
	return []Migration{
		{n + 1, "more", "-- note: Copies nothing.\nCREATE TABLE axess_more (a INTEGER) STRICT;"},
		{n + 2, "most", "CREATE TABLE axess_most (a INTEGER) STRICT;\nINSERT INTO axess_most VALUES (1);"},
	}
}

// STO-068
func TestPrepare_refuses_a_schema_it_does_not_know(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, edit string // of a database at the shipped schema
		more       int    // steps that the database has beyond this program's
		want       string
	}{
		{"the same again", "", 0, ""},
		{"newer", "", 1, "run a newer program"},
		{"made by other statements", "UPDATE axess_schema_version SET checksum = zeroblob(32) WHERE version = 1", 0, "other statements"},
		{"a step is missing", "UPDATE axess_schema_version SET version = 70 WHERE version = 1", 0, "is missing"},
		{"no step", "DELETE FROM axess_schema_version", 0, "without a schema version"},
		{"no table of steps", "DROP TABLE axess_schema_version", 0, "without a schema version"},
		{"a table of the program's own", "CREATE TABLE notes (a)", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "test.db")
			b := unprepared(t, path, later(t)[:c.more]...)
			if err := b.Prepare(t.Context()); err != nil {
				t.Fatal(err)
			}
			if c.edit != "" {
				b.execute(t, c.edit)
			}
			b = unprepared(t, path)
			err := b.Prepare(t.Context())
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			// The operator's port says the same and touches nothing either.
			_, status := schema{b}.Status(t.Context())
			for _, err := range []error{err, status, schema{b}.Apply(t.Context(), 0, nil)} {
				if !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want ErrSchema with %q", err, c.want)
				}
			}
		})
	}
}

// STO-068: an interrupted beginning leaves nothing, and can be run again.
func TestPrepare_is_all_or_nothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	bad := later(t)[0]
	bad.SQL += "NONSENSE;"
	if err := unprepared(t, path, bad).Prepare(t.Context()); err == nil || !strings.Contains(err.Error(), "_more") {
		t.Fatalf("got %v, want an error that names the step", err)
	}
	b := unprepared(t, path)
	if err := b.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.Stores().Session.Raise(t.Context(), identity.GlobalScope()); err != nil {
		t.Error(err)
	}
}

// STO-068: of several processes that start at once, one makes the schema.
func TestPrepare_at_once_happens_once(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	errs := make(chan error)
	const n = 8
	for range n {
		b := unprepared(t, path)
		go func() { errs <- b.Prepare(t.Context()) }()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// STO-068
func TestMigrations_refuses_gaps_and_doubles(t *testing.T) {
	t.Parallel()
	file := &fstest.MapFile{Data: []byte("SELECT 1;")}
	for _, names := range [][]string{
		{}, {"0002_b.sql"}, {"0001_a.sql", "0003_c.sql"}, {"0001_a.sql", "0001_b.sql"}, {"1_a.sql"}, {"0001_a.txt"}, {"0001.sql"},
	} {
		dir := fstest.MapFS{}
		for _, n := range names {
			dir[n] = file
		}
		if _, err := Migrations(dir); err == nil {
			t.Errorf("%v: no error", names)
		}
	}
}
