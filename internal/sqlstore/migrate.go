package sqlstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store"
)

// Migration is one step of a schema. Its statements never change once released.
type Migration struct {
	Version int // from 1, without gap
	Name    string
	SQL     string
}

func (m Migration) checksum() [32]byte { return sha256.Sum256([]byte(m.SQL)) }

// made reports whether a checksum is that of the step.
func (m Migration) made(sum []byte) bool {
	want := m.checksum()
	return bytes.Equal(sum, want[:])
}

// Migrations reads the files NNNN_name.sql of a directory, in order. A gap, a
// number twice and any other name are errors.
func Migrations(dir fs.FS) ([]Migration, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, fmt.Errorf("sqlstore: migrations: %w", err)
	}
	var out []Migration
	for _, e := range entries { // sorted by name
		number, name, cut := strings.Cut(strings.TrimSuffix(e.Name(), ".sql"), "_")
		version, err := strconv.Atoi(number)
		if err != nil || !cut || len(number) != 4 || !strings.HasSuffix(e.Name(), ".sql") || version != len(out)+1 {
			return nil, fmt.Errorf("sqlstore: migrations: %s is not the file of step %04d", e.Name(), len(out)+1)
		}
		text, err := fs.ReadFile(dir, e.Name())
		if err != nil {
			return nil, fmt.Errorf("sqlstore: migrations: %w", err)
		}
		out = append(out, Migration{Version: version, Name: name, SQL: string(text)})
	}
	if len(out) == 0 {
		return nil, errors.New("sqlstore: migrations: none")
	}
	return out, nil
}

const (
	selectVersions = `SELECT version, name, checksum, applied_at FROM axess_schema_version ORDER BY version`

	insertVersion = `INSERT INTO axess_schema_version (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)`

	selectVersion = `SELECT version FROM axess_schema_version ORDER BY version DESC LIMIT 1`
)

// Prepare gives a database without any table of axess all steps, in one
// transaction: of several processes one does it, and an interrupted step leaves
// nothing. An older schema is left as it is: until [schema.Apply] has completed it
// every verb is store.ErrSchema. One that is newer, that was made by other
// statements, or that has tables and no version is store.ErrSchema here (STO-068).
func (b *Backend) Prepare(ctx context.Context) error {
	behind := false
	err := b.migration(ctx, func(ctx context.Context, l *lane) error {
		have, err := b.installed(ctx, l)
		if err != nil {
			return err
		}
		behind = len(have) > 0 && len(have) < len(b.steps)
		if len(have) > 0 {
			return nil
		}
		now := b.clock.Now()
		for _, m := range b.steps {
			if err := b.migrate(ctx, l, m, now); err != nil {
				return err
			}
		}
		return nil
	})
	b.behind.Store(err == nil && behind)
	return err
}

// Inspect is [Backend.Prepare] for whoever only looks: a database without tables
// stays so, and every verb is store.ErrSchema until they are made.
func (b *Backend) Inspect(ctx context.Context) error {
	_, err := schema{b}.Status(ctx)
	return err
}

// migration is write for the schema itself, which may be behind.
func (b *Backend) migration(ctx context.Context, do func(context.Context, *lane) error) error {
	return b.repeat(ctx, "schema", func() error {
		if b.dialect.Stepwise != nil {
			return b.stepwise(ctx, do)
		}
		return b.transact(ctx, b.writers, b.dialect.Begin, func(ctx context.Context, l *lane) error {
			if b.dialect.Alone != "" {
				if _, err := l.exec(ctx, b.dialect.Alone); err != nil {
					return err
				}
			}
			return do(ctx, l)
		})
	})
}

// migrate runs the statements of one step. They are no parameters' business and
// run once, so they are sent as they are, not prepared.
func (b *Backend) migrate(ctx context.Context, l *lane, m Migration, now time.Time) error {
	if b.dialect.Stepwise != nil {
		return b.migrateStepwise(ctx, l, m, now)
	}
	if _, err := l.conn.ExecContext(ctx, l.d.prefixed(m.SQL)); err != nil {
		return l.note(fmt.Errorf("step %04d_%s: %w", m.Version, m.Name, err))
	}
	return noteVersion(ctx, l, m, now)
}

func noteVersion(ctx context.Context, l *lane, m Migration, now time.Time) error {
	sum := m.checksum()
	_, err := l.exec(ctx, insertVersion, m.Version, m.Name, sum[:], micro(now))
	return err
}

// installed reads the steps that the database has had, and refuses what is not a
// beginning of those that this program knows.
func (b *Backend) installed(ctx context.Context, l *lane) ([]backend.SchemaMade, error) {
	like := strings.ReplaceAll(l.d.prefixed(shippedPrefix), "_", `\_`) + "%"
	tables, err := rows(ctx, l, l.d.Tables, []any{like}, func(name *string) []any { return []any{name} })
	if err != nil || len(tables) == 0 {
		return nil, err
	}
	begun, err := b.begun(ctx, l, tables)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(tables, l.d.prefixed("axess_schema_version")) {
		if begun != firstStep && (begun != noStep || len(tables) > 1) {
			return nil, errUnversioned
		}
		return nil, nil
	}
	var have []backend.SchemaMade
	var next backend.SchemaMade
	var sum []byte
	err = l.each(ctx, selectVersions, nil, func() []any {
		return []any{&next.Version, &next.Name, &sum, moment{&next.At}}
	}, func() error {
		n := len(have)
		switch {
		case next.Version != n+1:
			return fmt.Errorf("step %d of the schema is missing: restore the backup that was taken before somebody removed it: %w", n+1, store.ErrSchema)
		case n < len(b.steps) && !b.steps[n].made(sum):
			return fmt.Errorf("step %d of the schema was made by other statements than this program's: run the program that made it, or restore a backup: %w",
				n+1, store.ErrSchema)
		}
		have = append(have, next)
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case begun > len(have)+1:
		return nil, errUnversioned
	case len(have) == 0 && begun == noStep:
		return nil, errUnversioned
	case len(have) > len(b.steps):
		return nil, fmt.Errorf("the database has schema %d, this program knows %d: run a newer program, or restore the backup from before the upgrade: %w",
			len(have), len(b.steps), store.ErrSchema)
	}
	return have, nil
}

var errUnversioned = fmt.Errorf(
	"tables of axess without a schema version: this is no database of this program, or half of one; give another, or restore a backup: %w",
	store.ErrSchema)
