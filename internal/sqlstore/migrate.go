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

	"github.com/axess-go/axess/store"
)

// Migration is one step of a schema. Its statements never change once released.
type Migration struct {
	Version int // from 1, without gap
	Name    string
	SQL     string
}

func (m Migration) checksum() [32]byte { return sha256.Sum256([]byte(m.SQL)) }

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

// Upgrade says what to do with a schema that is older than the steps given.
type Upgrade uint8

// What to do with an older schema.
const (
	// Refuse it: a server does not change the schema of a running fleet.
	Refuse Upgrade = iota
	// Migrate applies the steps that are missing.
	Migrate
)

const (
	selectVersions = `SELECT version, checksum FROM axess_schema_version ORDER BY version`

	insertVersion = `INSERT INTO axess_schema_version (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)`

	selectVersion = `SELECT version FROM axess_schema_version ORDER BY version DESC LIMIT 1`
)

// Prepare brings the schema to the last of the steps, which are all that this
// program knows. A database without any table of axess gets all of them; an older
// schema what upgrade says; one that is newer, that was made by other statements,
// or that has tables and no version is store.ErrSchema, and nothing is touched.
// All happens in one transaction, so of several processes one does it, and an
// interrupted step leaves nothing (STO-068).
func (b *Backend) Prepare(ctx context.Context, steps []Migration, upgrade Upgrade) error {
	return b.write(ctx, "schema", func(ctx context.Context, l *lane) error {
		have, err := installed(ctx, l)
		if err != nil {
			return err
		}
		if err := same(have, steps); err != nil {
			return err
		}
		if len(have) > 0 && len(have) < len(steps) && upgrade == Refuse {
			return fmt.Errorf("the database has schema %d, this program needs %d; migrate it first: %w",
				len(have), len(steps), store.ErrSchema)
		}
		now := b.clock.Now()
		for _, m := range steps[len(have):] {
			if err := migrate(ctx, l, m, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// migrate runs the statements of one step. They are no parameters' business and
// run once, so they are sent as they are, not prepared.
func migrate(ctx context.Context, l *lane, m Migration, now time.Time) error {
	if _, err := l.conn.ExecContext(ctx, m.SQL); err != nil {
		return l.note(fmt.Errorf("step %04d_%s: %w", m.Version, m.Name, err))
	}
	sum := m.checksum()
	_, err := l.exec(ctx, insertVersion, m.Version, m.Name, sum[:], micro(now))
	return err
}

// installed reads the checksums of the steps that the database has had.
func installed(ctx context.Context, l *lane) ([][]byte, error) {
	var tables []string
	var name string
	err := l.each(ctx, l.d.Tables, []any{`axess\_%`}, func() []any { return []any{&name} }, func() error {
		tables = append(tables, name)
		return nil
	})
	if err != nil || len(tables) == 0 {
		return nil, err
	}
	if !slices.Contains(tables, "axess_schema_version") {
		return nil, fmt.Errorf("tables of axess without a schema version: %w", store.ErrSchema)
	}
	var have [][]byte
	var version int
	var sum []byte
	err = l.each(ctx, selectVersions, nil, func() []any { return []any{&version, &sum} }, func() error {
		if version != len(have)+1 {
			return fmt.Errorf("step %d of the schema is missing: %w", len(have)+1, store.ErrSchema)
		}
		have = append(have, bytes.Clone(sum))
		return nil
	})
	if err == nil && len(have) == 0 {
		return nil, fmt.Errorf("tables of axess without a schema version: %w", store.ErrSchema)
	}
	return have, err
}

// same refuses a schema that is not a beginning of the steps.
func same(have [][]byte, steps []Migration) error {
	if len(have) > len(steps) {
		return fmt.Errorf("the database has schema %d, this program knows %d; run a newer program: %w",
			len(have), len(steps), store.ErrSchema)
	}
	for i, sum := range have {
		if want := steps[i].checksum(); !bytes.Equal(sum, want[:]) {
			return fmt.Errorf("step %d of the schema was made by other statements than this program's: %w",
				i+1, store.ErrSchema)
		}
	}
	return nil
}
