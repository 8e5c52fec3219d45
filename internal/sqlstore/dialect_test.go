package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// STO-070
func TestRewrite_numbers_parameters_and_fills_in_clauses(t *testing.T) {
	t.Parallel()
	d := Dialect{Placeholder: "$", ForUpdate: "FOR UPDATE", ForShare: "FOR SHARE", IfAbsent: "ON CONFLICT DO NOTHING"}
	for text, want := range map[string]string{
		"SELECT 1":                              "SELECT 1",
		"SELECT a FROM b WHERE c = ? {lock}":    "SELECT a FROM b WHERE c = $1 FOR UPDATE",
		"INSERT INTO a VALUES (?,?) {ifabsent}": "INSERT INTO a VALUES ($1,$2) ON CONFLICT DO NOTHING",
	} {
		if got := d.rewrite(text); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
	if got := (&Dialect{}).rewrite("SELECT ? {lock}"); got != "SELECT ? " {
		t.Errorf("got %q", got)
	}
}

func TestNew_refuses_what_is_missing(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{}); err == nil {
		t.Error("a backend without dialect")
	}
	if _, err := New(Config{Dialect: testDialect()}); err == nil {
		t.Error("a backend without database")
	}
	if _, err := New(Config{Dialect: testDialect(), Writer: new(sql.DB), Reader: new(sql.DB), Writers: 1, Readers: 1}); err == nil {
		t.Error("a backend without schema")
	}
	d := testDialect()
	d.Classify = nil
	if _, err := New(Config{Dialect: d}); err == nil {
		t.Error("a backend that cannot tell errors apart")
	}
}

func ExampleNew() {
	_, err := New(Config{Dialect: Dialect{Name: "sqlite"}})
	fmt.Println(err)
	// Output: sqlstore: Dialect of sqlite lacks Begin, Snapshot, IfAbsent or Tables
}

// IDN-011
func TestSteps_read_back_what_was_written(t *testing.T) {
	t.Parallel()
	for _, want := range [][]identity.Step{
		nil,
		{identity.Required("password")},
		{identity.Required("password"), identity.AnyOf("totp", "recovery"), identity.AnyOf("one")},
	} {
		got, err := decodeSteps(encodeSteps(want))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
	const golden = "\x01\x02\x02\x01\x08password\x01\x02\x04totp\x08recovery"
	if got := encodeSteps([]identity.Step{identity.Required("password"), identity.AnyOf("totp", "recovery")}); string(got) != golden {
		t.Errorf("got %q, want %q", got, golden)
	}
	whole := []byte(golden)
	for n := range whole {
		if _, err := decodeSteps(whole[:n]); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("the first %d bytes: %v, want ErrCorrupt", n, err)
		}
	}
	for _, bad := range []string{golden + "x", "\x02\x00", "\x01\x01\x03\x01\x01a", "\x01\x01\x02\x02\x01a\x01b", "\x01\xff\xff\xff\x7f"} {
		if _, err := decodeSteps([]byte(bad)); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%q: %v, want ErrCorrupt", bad, err)
		}
	}
}

func FuzzDecodeSteps(f *testing.F) {
	f.Add([]byte("\x01\x02\x02\x01\x08password\x01\x02\x04totp\x08recovery"))
	f.Fuzz(func(t *testing.T, b []byte) {
		steps, err := decodeSteps(b)
		if err != nil {
			return
		}
		again, err := decodeSteps(encodeSteps(steps))
		if err != nil || !reflect.DeepEqual(again, steps) {
			t.Errorf("%x: %v", b, err)
		}
	})
}
