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

// STO-068
func TestPrepare_refuses_a_schema_it_does_not_know(t *testing.T) {
	t.Parallel()
	next := Migration{Version: len(shipped(t)) + 1, Name: "more", SQL: "CREATE TABLE axess_more (a INTEGER) STRICT;"}
	for _, c := range []struct {
		name string
		edit string // of a database at the shipped schema
		also []Migration
		with []Migration // what this program knows, beyond the shipped steps
		up   Upgrade
		want string
	}{
		{"the same again", "", nil, nil, Refuse, ""},
		{"newer", "", []Migration{next}, nil, Refuse, "run a newer program"},
		{"newer, although it may migrate", "", []Migration{next}, nil, Migrate, "run a newer program"},
		{"older", "", nil, []Migration{next}, Refuse, "migrate it first"},
		{"older, and it may migrate", "", nil, []Migration{next}, Migrate, ""},
		{"made by other statements", "UPDATE axess_schema_version SET checksum = zeroblob(32)", nil, nil, Migrate, "other statements"},
		{"a step is missing", "UPDATE axess_schema_version SET version = 9999 WHERE version = 1", nil, nil, Migrate, "step 1 of the schema is missing"},
		{"no step", "DELETE FROM axess_schema_version", nil, nil, Migrate, "without a schema version"},
		{"no table of steps", "DROP TABLE axess_schema_version", nil, nil, Migrate, "without a schema version"},
		{"a table of the program's own", "CREATE TABLE notes (a)", nil, nil, Refuse, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			if err := b.Prepare(t.Context(), append(shipped(t), c.also...), Migrate); err != nil {
				t.Fatal(err)
			}
			if c.edit != "" {
				b.execute(t, c.edit)
			}
			err := b.Prepare(t.Context(), append(shipped(t), c.with...), c.up)
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want ErrSchema with %q", err, c.want)
			}
		})
	}
}

// STO-068: an interrupted step leaves nothing, and can be run again.
func TestPrepare_is_all_or_nothing(t *testing.T) {
	t.Parallel()
	b := unprepared(t, filepath.Join(t.TempDir(), "test.db"))
	bad := append(shipped(t), Migration{Version: len(shipped(t)) + 1, Name: "bad", SQL: "CREATE TABLE axess_x (a INTEGER) STRICT; NONSENSE;"})
	if err := b.Prepare(t.Context(), bad, Migrate); err == nil || !strings.Contains(err.Error(), "_bad") {
		t.Fatalf("got %v, want an error that names the step", err)
	}
	if err := b.Prepare(t.Context(), shipped(t), Refuse); err != nil {
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
		b, steps := unprepared(t, path), shipped(t)
		go func() { errs <- b.Prepare(t.Context(), steps, Refuse) }()
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
