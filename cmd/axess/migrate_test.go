package main

import (
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3/driver"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store/sqlite"
)

// older makes a database of the first release.
func older(t *testing.T, pt *patient) {
	t.Helper()
	first, err := os.ReadFile(filepath.Join("..", "..", "store", "sqlite", "migrations", "0001_skeleton.sql"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(pt.dir, "axess.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := driver.Open("file:" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(db *sql.DB, query string, args ...any) {
		if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(db, string(first))
	sum := sha256.Sum256(first)
	exec(db, `INSERT INTO axess_schema_version (version, name, checksum, applied_at) VALUES (1, 'skeleton', ?, 0)`, sum[:])
}

// CLI-040: status, plan and apply, and what they change: plan and dry run nothing.
// CLI-025
func TestMigrate(t *testing.T) {
	t.Parallel()
	pt := &patient{dir: t.TempDir()}
	older(t, pt)
	data := []string{"--data", pt.dir}
	verb := func(code int, args ...string) string {
		t.Helper()
		got, stdout, stderr := call(t, t.Context(), append(append([]string{"migrate"}, args...), data...)...)
		if got != code {
			t.Errorf("%q: exit %d, want %d:\n%s", args, got, code, stderr)
		}
		return stdout
	}
	var status struct {
		V, Have, Need int
		Made          []struct {
			Version  int
			Name, At string
		}
	}
	parse := func(text string, into any) {
		t.Helper()
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
	parse(verb(refusal.Findings, "status", "-o", "json"), &status)
	if status.V != 1 || status.Have != 1 || status.Need < 2 || len(status.Made) != 1 {
		t.Errorf("%+v", status)
	}
	if text := verb(refusal.Findings, "status"); !strings.Contains(text, "skeleton") {
		t.Error(text)
	}
	var plan struct {
		V     int
		Steps []struct {
			Version             int
			Name, SQL, Checksum string
		}
	}
	for _, args := range [][]string{{"plan", "-o", "json"}, {"apply", "--dry-run", "-o", "json"}} {
		parse(verb(refusal.OK, args...), &plan)
		if plan.V != 1 || len(plan.Steps) != status.Need-1 || !strings.Contains(plan.Steps[0].SQL, "CREATE TABLE") || len(plan.Steps[0].Checksum) != 64 {
			t.Errorf("%+v", plan)
		}
	}
	if text := verb(refusal.OK, "plan"); !strings.Contains(text, "-- step 2: ") || !strings.Contains(text, "CREATE TABLE axess_grants") {
		t.Error(text)
	}
	verb(refusal.Refused, "apply")
	parse(verb(refusal.Findings, "status", "-o", "json"), &status)
	if status.Have != 1 {
		t.Fatal("what only plans has changed the database")
	}
	verb(refusal.OK, "apply", "--to", "2", "--yes")
	parse(verb(refusal.Findings, "status", "-o", "json"), &status)
	if status.Have != 2 {
		t.Errorf("--to 2 made %d", status.Have)
	}
	var done struct{ Applied []struct{ Version int } }
	parse(verb(refusal.OK, "apply", "--yes", "-o", "json"), &done)
	if len(done.Applied) != status.Need-2 {
		t.Errorf("%+v", done)
	}
	verb(refusal.OK, "status")
	verb(refusal.OK, "apply") // nothing to do needs no word
}

// CLI-022, AUD-020: the completed schema tells who completed it, in the database
// that was changed, once.
func TestMigrate_leaves_a_trail(t *testing.T) {
	t.Parallel()
	pt := &patient{dir: t.TempDir()}
	older(t, pt)
	apply := func(args ...string) {
		t.Helper()
		if code, _, stderr := call(t, t.Context(), append([]string{"migrate", "apply", "--yes", "--data", pt.dir}, args...)...); code != refusal.OK {
			t.Fatalf("%q: exit %d: %s", args, code, stderr)
		}
	}
	apply("--to", "3")
	apply()
	apply()                                                           // changes nothing
	serving(t, nil, "--addr", "127.0.0.1:0", "--data", pt.dir).end(t) // its relay carries the event to where readers look
	b, err := sqlite.Open(filepath.Join(pt.dir, "axess.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	events, err := b.Stores().Audit.Query(t.Context(), identity.SystemTenant, audit.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range events {
		if text := string(e.Body); strings.Contains(text, `"kind":"schema_migrated"`) {
			found = append(found, text)
		}
	}
	if len(found) != 1 || !strings.Contains(found[0], `"from":3,"operator":"`+operator()+`","to":`) {
		t.Errorf("%q", found)
	}
}

// CLI-025: on a terminal the number is typed.
func TestMigrate_asks(t *testing.T) {
	t.Parallel()
	for name, typed := range map[string]string{"nothing": "", "a line": "\n", "y": "y\n", "yes": "yes\n", "another number": "9\n", "right": "RIGHT\n"} {
		want := refusal.Refused
		if name == "right" {
			want = refusal.OK
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pt := &patient{dir: t.TempDir()}
			older(t, pt)
			var status struct{ Have, Need int }
			_, text, stderr := call(t, t.Context(), "migrate", "status", "-o", "json", "--data", pt.dir)
			if err := json.Unmarshal([]byte(text), &status); err != nil {
				t.Fatal(err, stderr)
			}
			var out, errs strings.Builder
			p := testProcess(nil, &out, &errs, "migrate", "apply", "--data", pt.dir)
			p.asks, p.stdin = true, strings.NewReader(strings.ReplaceAll(typed, "RIGHT", string(rune('0'+status.Need-status.Have))))
			if code := run(t.Context(), p); code != want {
				t.Errorf("exit %d, want %d:\n%s", code, want, errs.String())
			}
		})
	}
}

// A plan makes no database.
func TestMigrate_plan_leaves_nothing_behind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if code, _, _ := call(t, t.Context(), "migrate", "plan", "--data", filepath.Join(dir, "d")); code != refusal.Unavailable {
		t.Errorf("exit %d", code)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
