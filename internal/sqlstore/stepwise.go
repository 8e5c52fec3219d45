package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/store"
)

// Stepwise is how a schema is changed where each statement commits by itself, so
// that a step can be interrupted in the middle (STO-068). A table of its own says
// which step has begun and how many of its statements are done; whoever comes next
// goes on from there. Between the end of a statement and its note nobody knows; it
// is then run again, and Done tells that there was nothing left to do.
type Stepwise struct {
	// Lock is a query that answers 1 when this connection alone may change the schema,
	// Unlock gives that up; so does the end of the connection.
	Lock, Unlock string
	// Unlimited, if set, takes limits of time off the connection, which serves nothing
	// else afterwards.
	Unlimited string
	// Progress makes the table axess_schema_progress (version, checksum, done) unless it
	// is there.
	Progress string
	// Done reports an error which says that the effect of a statement is there
	// already: a table or column that exists, an index that is gone.
	Done func(error) bool
}

const progressTable = "axess_schema_progress"

const (
	selectProgress = `SELECT version, checksum, done FROM axess_schema_progress ORDER BY version`

	insertProgress = `INSERT INTO axess_schema_progress (version, checksum, done) VALUES (?, ?, 0)`

	advanceProgress = `UPDATE axess_schema_progress SET done = ? WHERE version = ? AND done = ?`

	deleteProgress = `DELETE FROM axess_schema_progress WHERE version = ?`
)

// Steps that may have begun.
const (
	noStep    = 0
	firstStep = 1
)

// progress is a step that has begun.
type progress struct {
	version, done int
	sum           []byte
}

// readProgress reads the step that has begun, of which there is one at most.
func readProgress(ctx context.Context, l *lane) (progress, error) {
	var p progress
	err := l.scan(ctx, selectProgress, nil, &p.version, &p.sum, &p.done)
	if errors.Is(err, sql.ErrNoRows) {
		return progress{}, nil
	}
	return p, err
}

// begun is the number of the step that was interrupted or is under way, noStep if
// there is none. One that this program does not know is store.ErrSchema.
func (b *Backend) begun(ctx context.Context, l *lane, tables []string) (int, error) {
	if b.dialect.Stepwise == nil || !slices.Contains(tables, l.d.prefixed(progressTable)) {
		return noStep, nil
	}
	p, err := readProgress(ctx, l)
	if err != nil || p.version == noStep {
		return noStep, err
	}
	if p.version > len(b.steps) || !b.steps[p.version-1].made(p.sum) {
		return noStep, fmt.Errorf("step %d of the schema has begun with other statements than this program's: let the program that began it complete it: %w",
			p.version, store.ErrSchema)
	}
	return p.version, nil
}

// stepwise does something while no other program changes the schema, on one
// connection and in no transaction.
func (b *Backend) stepwise(ctx context.Context, do func(context.Context, *lane) error) error {
	return b.single(ctx, b.writers, func(ctx context.Context, l *lane) error {
		s := b.dialect.Stepwise
		if s.Unlimited != "" {
			l.broken = true
			if _, err := l.exec(ctx, s.Unlimited); err != nil {
				return err
			}
		}
		var alone sql.NullInt64
		if err := l.scan(ctx, s.Lock, nil, &alone); err != nil {
			return err
		}
		if alone.Int64 != 1 {
			return &fault{Unavailable, errors.New("another program is changing the schema and has not come to an end: wait for it, and begin again")}
		}
		err := do(ctx, l)
		if _, end := l.exec(context.WithoutCancel(ctx), s.Unlock); end != nil {
			l.broken = true // the lock ends with the connection
		}
		return err
	})
}

// migrateStepwise runs the statements of a step that are not done yet, and notes
// each. Where the lock holds for one server of several, two programs can be here at
// once: both run a statement, and the later finds it done.
func (b *Backend) migrateStepwise(ctx context.Context, l *lane, m Migration, now time.Time) error {
	if _, err := l.conn.ExecContext(ctx, l.d.prefixed(b.dialect.Stepwise.Progress)); err != nil {
		return l.note(err)
	}
	statements := m.statements()
	for {
		p, err := readProgress(ctx, l)
		if err != nil {
			return err
		}
		switch {
		case p.version == noStep:
			sum := m.checksum()
			_, err = l.exec(ctx, insertProgress, m.Version, sum[:])
			if is(err, Unique) { // somebody else began it just now
				err = &fault{Retry, err}
			}
		case p.version != m.Version || !m.made(p.sum) || p.done > len(statements):
			return &fault{Retry, fmt.Errorf("step %d has begun meanwhile", p.version)}
		case p.done == len(statements):
			return b.completed(ctx, l, m, now)
		default:
			err = b.advance(ctx, l, m, statements[p.done], p.done)
		}
		if err != nil {
			return err
		}
	}
}

// advance runs one statement of a step and notes that it is done.
func (b *Backend) advance(ctx context.Context, l *lane, m Migration, text string, done int) error {
	if _, err := l.conn.ExecContext(ctx, l.d.prefixed(text)); err != nil && !b.dialect.Stepwise.Done(err) {
		return l.note(fmt.Errorf("step %04d_%s, statement %d: %w", m.Version, m.Name, done+1, err))
	}
	_, err := l.exec(ctx, advanceProgress, done+1, m.Version, done)
	return err
}

// completed notes the version and forgets the progress, both or neither.
func (b *Backend) completed(ctx context.Context, l *lane, m Migration, now time.Time) error {
	return b.inTransaction(ctx, l, b.dialect.Begin, func(ctx context.Context) error {
		err := noteVersion(ctx, l, m, now)
		if is(err, Unique) {
			return &fault{Retry, err}
		}
		if err == nil {
			_, err = l.exec(ctx, deleteProgress, m.Version)
		}
		return err
	})
}

// statements are the parts of a step, each of which ends with a semicolon at the
// end of a line.
func (m Migration) statements() []string {
	var out []string
	for text := range strings.SplitSeq(m.SQL, ";\n") {
		if strings.TrimSpace(text) != "" {
			out = append(out, text)
		}
	}
	return out
}
