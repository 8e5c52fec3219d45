package mysql_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/mysql"
)

// PRD-024: who only looks makes nothing.
func TestWithoutTables(t *testing.T) {
	t.Parallel()
	dsn := maria.database(t)
	b := open(t, dsn, mysql.WithoutTables())
	if err := b.Check(t.Context()); !errors.Is(err, store.ErrSchema) {
		t.Errorf("a database without tables: %v", err)
	}
	schema := b.Stores().Identity.Info().Schema
	if st, err := schema.Status(t.Context()); err != nil || st.Have != 0 || st.Need == 0 {
		t.Errorf("%+v, %v", st, err)
	}
	if plan, err := schema.Plan(t.Context()); err != nil || len(plan) == 0 {
		t.Errorf("%d steps, %v", len(plan), err)
	}
	db := connect(t, dsn)
	defer db.Close()
	var tables int
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()`).Scan(&tables); err != nil || tables != 0 {
		t.Errorf("%d tables were made by who only looks, %v", tables, err)
	}
	if err := errors.Join(schema.Apply(t.Context(), 0, nil), b.Check(t.Context())); err != nil {
		t.Error(err)
	}
}

// A tool that shows what it would do.
func ExampleWithoutTables() {
	ctx := context.Background()
	b, err := mysql.Open(ctx, os.Getenv("DATABASE_URL"), mysql.WithoutTables())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer b.Close()
	steps, err := b.Stores().Identity.Info().Schema.Plan(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	for _, s := range steps {
		fmt.Println(s.Version, s.Name)
	}
}
