package fronttest

import (
	"bytes"
	"database/sql"
	"testing"
)

// DumpTables is all that the columns of some tables hold. A query names the tables;
// quote is what the dialect puts around a name.
func DumpTables(t testing.TB, db *sql.DB, quote, tables string) []byte {
	t.Helper()
	var names []string
	eachRow(t, db, tables, func(_ []string, cells []sql.RawBytes) { names = append(names, string(cells[0])) })
	if len(names) < 5 {
		t.Fatalf("tables %v", names)
	}
	var out bytes.Buffer
	for _, name := range names {
		eachRow(t, db, "SELECT * FROM "+quote+name+quote, func(cols []string, cells []sql.RawBytes) {
			for i, c := range cells {
				out.WriteString("\n" + name + "." + cols[i] + "=")
				out.Write(c)
			}
		})
	}
	return out.Bytes()
}

// eachRow reads the answer of a query to its end.
func eachRow(t testing.TB, db *sql.DB, query string, row func(cols []string, cells []sql.RawBytes)) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	rows, err := db.QueryContext(t.Context(), query)
	must(err)
	defer func() { must(rows.Close()) }()
	cols, err := rows.Columns()
	must(err)
	cells, into := make([]sql.RawBytes, len(cols)), make([]any, len(cols))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		must(rows.Scan(into...))
		row(cols, cells)
	}
	must(rows.Err())
}
