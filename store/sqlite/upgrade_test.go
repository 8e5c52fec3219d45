package sqlite_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/sqlite"
)

// PRD-024, STO-068, OPS-052: a file of every earlier release opens, answers nothing
// before it is brought up to date, and afterwards has what it had.
func TestOpen_brings_up_the_files_of_every_release(t *testing.T) {
	t.Parallel()
	if sqlite.Steps() < 2 {
		t.Fatal("there is no earlier release")
	}
	for last := 1; last < sqlite.Steps(); last++ {
		t.Run(fmt.Sprint("schema ", last), func(t *testing.T) {
			t.Parallel()
			path := file(t)
			old, err := sqlite.OpenAt(path, last)
			if err != nil {
				t.Fatal(err)
			}
			if err := old.Close(); err != nil {
				t.Fatal(err)
			}
			// A session, in the columns that every release has had.
			execute(t, path, `INSERT INTO axess_sessions (ref, rev, superseded, auth_at, created_at, idle_until, abs_until, ends_at,
 seen_at, epoch_g, epoch_t, epoch_u, kid, sealed) VALUES (?, 1, 0, 0, 0, ?, ?, ?, 0, 0, 0, 0, x'01020304', x'05')`,
				ref(1), at(1).UnixMicro(), at(1).UnixMicro(), at(1000).UnixMicro()+1)

			b := open(t, path)
			s := b.Stores()
			for verb, err := range map[string]error{"load": load(t, s, 1), "check": b.Check(t.Context())} {
				if !errors.Is(err, store.ErrSchema) {
					t.Errorf("%s: got %v, want ErrSchema", verb, err)
				}
			}
			var made []int
			if err := s.Session.Info().Schema.Apply(t.Context(), 0, func(s backend.SchemaStep) { made = append(made, s.Version) }); err != nil {
				t.Fatal(err)
			}
			if len(made) != sqlite.Steps()-last || made[0] != last+1 {
				t.Errorf("made %v", made)
			}
			for verb, err := range map[string]error{"load": load(t, s, 1), "check": b.Check(t.Context())} {
				if err != nil {
					t.Errorf("%s: %v", verb, err)
				}
			}
			if n, err := s.Session.Sweep(t.Context(), at(1e12), 10); err != nil || n != 1 {
				t.Errorf("swept %d, %v: the session of the old release is not found", n, err)
			}
		})
	}
}
