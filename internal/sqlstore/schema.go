package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store"
)

// schema is the operator's port.
type schema struct{ b *Backend }

// Status implements [backend.Schema].
func (s schema) Status(ctx context.Context) (backend.SchemaStatus, error) {
	var have []backend.SchemaMade
	err := s.b.repeat(ctx, "schema", func() error {
		return s.b.transact(ctx, s.b.readers, s.b.dialect.Snapshot, func(ctx context.Context, l *lane) (err error) {
			have, err = s.b.installed(ctx, l)
			return err
		})
	})
	if err != nil {
		return backend.SchemaStatus{}, err
	}
	s.b.behind.Store(len(have) < len(s.b.steps)) // another process may have completed it
	return backend.SchemaStatus{Have: len(have), Need: len(s.b.steps), Made: have}, nil
}

// Plan implements [backend.Schema].
func (s schema) Plan(ctx context.Context) ([]backend.SchemaStep, error) {
	status, err := s.Status(ctx)
	if err != nil {
		return nil, err
	}
	var plan []backend.SchemaStep
	for _, m := range s.b.steps[status.Have:] {
		plan = append(plan, s.b.step(m))
	}
	return plan, nil
}

// Apply implements [backend.Schema]: progress is told between transactions, so
// that whatever it does holds no lock.
func (s schema) Apply(ctx context.Context, to int, progress func(backend.SchemaStep)) error {
	if to == 0 {
		to = len(s.b.steps)
	}
	if to < 0 || to > len(s.b.steps) {
		return s.b.malformed("schema", fmt.Sprintf("there is no step %d: this program knows %d", to, len(s.b.steps)))
	}
	for {
		var made *Migration
		have := 0
		err := s.b.migration(ctx, func(ctx context.Context, l *lane) error {
			made = nil
			done, err := s.b.installed(ctx, l)
			if have = len(done); err != nil || have >= to {
				return err
			}
			made = &s.b.steps[have]
			return s.b.migrate(ctx, l, *made, s.b.clock.Now())
		})
		switch {
		case err != nil:
			return err
		case made == nil && have > to:
			return s.b.malformed("schema", fmt.Sprintf("the schema has step %d and goes forward only: to go back to %d, restore a backup", have, to))
		case made == nil:
			s.b.behind.Store(have < len(s.b.steps))
			return nil
		}
		if progress != nil {
			progress(s.b.step(*made))
		}
	}
}

// noteMark begins a line of a step that an operator should read before.
const noteMark = "-- note: "

// step shows a migration.
func (b *Backend) step(m Migration) backend.SchemaStep {
	out := backend.SchemaStep{Version: m.Version, Name: m.Name, SQL: b.dialect.prefixed(m.SQL), Checksum: m.checksum()}
	if b.dialect.StepNote != "" {
		out.Notes = append(out.Notes, b.dialect.StepNote)
	}
	for line := range strings.Lines(m.SQL) {
		if note, ok := strings.CutPrefix(strings.TrimSpace(line), noteMark); ok {
			out.Notes = append(out.Notes, note)
		}
	}
	return out
}

// ready refuses a verb while steps are missing.
func (b *Backend) ready(verb string) error {
	if !b.behind.Load() {
		return nil
	}
	return b.failed(verb, fmt.Errorf("the schema is older than this program: apply the missing steps first (axess migrate plan, axess migrate apply): %w", store.ErrSchema))
}
