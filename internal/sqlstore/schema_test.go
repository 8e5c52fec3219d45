package sqlstore

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// older is a file with the shipped schema and one row, and a program that knows
// two steps more.
func older(t testing.TB) (path string, b *Backend) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "test.db")
	old := unprepared(t, path)
	if err := old.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := old.Stores().Session.Raise(t.Context(), identity.GlobalScope()); err != nil {
		t.Fatal(err)
	}
	b = unprepared(t, path, later(t)...)
	if err := b.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return path, b
}

// PRD-024, STO-068: a program on an older schema answers nothing, and everything
// as soon as an operator has applied the steps that were planned.
func TestSchema_behind_answers_nothing_until_it_is_applied(t *testing.T) {
	t.Parallel()
	_, b := older(t)
	s := b.Stores()
	behind := func(when string) {
		t.Helper()
		_, epochs := s.Session.Epochs(t.Context(), identity.Subject{})
		_, tenant := s.Identity.TenantBySlug(t.Context(), "default")
		for verb, err := range map[string]error{
			"raise": s.Session.Raise(t.Context(), identity.GlobalScope()), "epochs": epochs, "tenant": tenant, "check": b.Check(t.Context()),
		} {
			if !errors.Is(err, store.ErrSchema) || errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %s answered %v, want ErrSchema", when, verb, err)
			}
		}
	}
	behind("at first")
	n := len(shipped(t))
	status, err := s.Session.Info().Schema.Status(t.Context())
	if err != nil || status.Have != n || status.Need != n+2 || !status.Behind() || len(status.Made) != n || status.Made[0].Name != "skeleton" || status.Made[0].At.IsZero() {
		t.Errorf("status %+v, %v", status, err)
	}
	plan, err := s.Session.Info().Schema.Plan(t.Context())
	if err != nil || len(plan) != 2 || plan[0].SQL != later(t)[0].SQL || plan[0].Checksum != later(t)[0].checksum() {
		t.Fatalf("plan %+v, %v", plan, err)
	}
	if want := []string{"Takes the write lock.", "Copies nothing."}; !slices.Equal(plan[0].Notes, want) {
		t.Errorf("notes %q, want %q", plan[0].Notes, want)
	}
	behind("after it was planned")

	var told []int
	tell := func(s backend.SchemaStep) { told = append(told, s.Version) }
	if err := s.Session.Info().Schema.Apply(t.Context(), n+1, tell); err != nil {
		t.Fatal(err)
	}
	behind("half way")
	for range 2 {
		if err := s.Session.Info().Schema.Apply(t.Context(), 0, tell); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(told, []int{n + 1, n + 2}) {
		t.Errorf("told of %v", told)
	}
	if plan, err := s.Session.Info().Schema.Plan(t.Context()); err != nil || len(plan) != 0 {
		t.Errorf("afterwards planned %v, %v", plan, err)
	}
	if e, err := s.Session.Epochs(t.Context(), identity.Subject{}); err != nil || e.Global != 1 {
		t.Errorf("afterwards epochs %v, %v", e, err)
	}
	if err := b.Check(t.Context()); err != nil {
		t.Error(err)
	}
	for _, to := range []int{-1, n, n + 3} {
		if err := s.Session.Info().Schema.Apply(t.Context(), to, nil); !errors.Is(err, store.ErrBadArgument) {
			t.Errorf("to %d: %v, want ErrBadArgument", to, err)
		}
	}
}

// STO-068: a program notices that another one has applied the steps.
func TestStatus_sees_what_another_has_applied(t *testing.T) {
	t.Parallel()
	path, b := older(t)
	other := unprepared(t, path, later(t)...)
	if err := (schema{other}).Apply(t.Context(), 0, nil); err != nil {
		t.Fatal(err)
	}
	if status, err := (schema{b}).Status(t.Context()); err != nil || status.Behind() {
		t.Errorf("status %+v, %v", status, err)
	}
	if _, err := b.Stores().Session.Epochs(t.Context(), identity.Subject{}); err != nil {
		t.Error(err)
	}
}

// STO-068, OPS-052: a step that fails leaves the ones before it whole and itself
// not begun; when its cause is gone, the same call completes the rest.
func TestApply_goes_on_where_it_was_interrupted(t *testing.T) {
	t.Parallel()
	path, b := older(t)
	n := len(shipped(t))
	b.execute(t, "CREATE TABLE axess_most (in_the INTEGER)") // the second step cannot run
	var told []int
	tell := func(s backend.SchemaStep) { told = append(told, s.Version) }
	if err := (schema{b}).Apply(t.Context(), 0, tell); err == nil {
		t.Fatal("applied")
	}
	if status, err := (schema{b}).Status(t.Context()); err != nil || status.Have != n+1 {
		t.Errorf("status %+v, %v", status, err)
	}
	b.execute(t, "DROP TABLE axess_most")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (schema{b}).Apply(ctx, 0, tell); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	again := unprepared(t, path, later(t)...)
	if err := again.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := (schema{again}).Apply(t.Context(), 0, tell); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(told, []int{n + 1, n + 2}) {
		t.Errorf("told of %v", told)
	}
}

// STO-068, OPS-052: several at once make each step once.
func TestApply_at_once_makes_each_step_once(t *testing.T) {
	t.Parallel()
	path, _ := older(t)
	var mu sync.Mutex
	told := map[int]int{}
	var wg sync.WaitGroup
	for range 8 {
		b := unprepared(t, path, later(t)...)
		wg.Go(func() {
			err := schema{b}.Apply(context.WithoutCancel(t.Context()), 0, func(s backend.SchemaStep) {
				mu.Lock()
				told[s.Version]++
				mu.Unlock()
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	n := len(shipped(t))
	if len(told) != 2 || told[n+1] != 1 || told[n+2] != 1 {
		t.Errorf("steps were made %v times", told)
	}
}

// PRD-024, STO-068: who only looks at an empty database makes nothing in it, and is
// answered nothing until somebody has made the tables.
func TestInspect_leaves_an_empty_database_empty(t *testing.T) {
	t.Parallel()
	b := unprepared(t, filepath.Join(t.TempDir(), "test.db"))
	if err := b.Inspect(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := b.Stores()
	schema := s.Identity.Info().Schema
	for range 2 {
		if status, err := schema.Status(t.Context()); err != nil || status.Have != 0 || !status.Behind() {
			t.Fatalf("status %+v, %v", status, err)
		}
	}
	if plan, err := schema.Plan(t.Context()); err != nil || len(plan) != len(shipped(t)) {
		t.Errorf("%d steps, %v", len(plan), err)
	}
	if err := s.Session.Raise(t.Context(), identity.GlobalScope()); !errors.Is(err, store.ErrSchema) {
		t.Errorf("a database without tables: %v", err)
	}
	if err := schema.Apply(t.Context(), 0, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Session.Raise(t.Context(), identity.GlobalScope()); err != nil {
		t.Error(err)
	}
}
