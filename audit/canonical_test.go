package audit

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/store"
)

// AUD-003: the example of RFC 8785 §3.2.3 sorts by UTF-16 code units, which is
// neither the order of bytes nor of code points.
func TestCanonical_sorts_as_the_standard_says(t *testing.T) {
	t.Parallel()
	var o object
	for _, k := range []string{"\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"} {
		o.set(k, number(1))
	}
	want := `{"\r":1,"1":1,"` + "\u0080" + `":1,"` + "\u00f6" + `":1,"` + "\u20ac" + `":1,"` + "\U0001f600" + `":1,"` + "\ufb33" + `":1}`
	if got := string(canonical(o)); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// AUD-003: RFC 8785 §3.2.2.2, the line of the standard's own example.
func TestCanonical_escapes_what_the_standard_says_and_nothing_else(t *testing.T) {
	t.Parallel()
	in := "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/\b\t\f\r\x00\x7f<>&\u2028"
	want := "{\"s\":\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\t\\f\\r\\u0000\x7f<>&\u2028\"}"
	if got := string(canonical(object{{"s", text(in)}})); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestCanonical_writes_valid_utf8_whatever_it_is_given(t *testing.T) {
	t.Parallel()
	b := canonical(object{{"s", text("a\xff\xc3b\xed\xa0\x80")}})
	if !utf8.Valid(b) {
		t.Fatalf("%q", b)
	}
	if _, err := parse(b); err != nil {
		t.Errorf("not read back: %v", err)
	}
}

func genValue(depth int) *rapid.Generator[value] {
	scalar := []*rapid.Generator[value]{
		rapid.Map(rapid.String(), text),
		rapid.Map(rapid.Int64Range(-maxInt, maxInt), number),
		rapid.Map(rapid.Bool(), boolean),
	}
	if depth == 0 {
		return rapid.OneOf(scalar...)
	}
	return rapid.OneOf(append(scalar,
		rapid.Map(rapid.SliceOfN(genValue(depth-1), 0, 4), func(l []value) value { return array(l...) }),
		rapid.Map(genObject(depth-1), nested),
	)...)
}

func genObject(depth int) *rapid.Generator[object] {
	return rapid.Custom(func(t *rapid.T) object {
		var o object
		for range rapid.IntRange(0, 5).Draw(t, "n") {
			o.set(rapid.String().Draw(t, "key"), genValue(depth).Draw(t, "value"))
		}
		return o
	})
}

// AUD-003, FUZ-F26: what was written is read and written the same; and the
// standard library reads the same document.
func TestCanonical_survives_a_round_trip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := genObject(3).Draw(t, "object")
		b := canonical(o)
		again, err := parse(b)
		if err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if c := canonical(again); !bytes.Equal(b, c) {
			t.Fatalf("%s became %s", b, c)
		}
		var plain, other map[string]any
		if err := json.Unmarshal(b, &plain); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		re, err := json.Marshal(plain)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(re, &other); err != nil || !reflect.DeepEqual(plain, other) {
			t.Fatalf("%s: %v", b, err)
		}
		if len(plain) != len(o) {
			t.Fatalf("%s holds %d keys of %d", b, len(plain), len(o))
		}
	})
}

// AUD-003: one document has one spelling, so nothing else can carry its hash.
func TestParse_refuses_every_other_spelling(t *testing.T) {
	t.Parallel()
	if _, err := parse([]byte(`{"a":1,"b":["x",true,{}]}`)); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		``, ` `, `null`, `[]`, `"a"`, `1`, `{`, `{"a"}`, `{"a":}`, `{"a":1`, `{"a":1}}`, `{"a":1} `, ` {"a":1}`, `{"a": 1}`,
		`{"a":1}{"a":1}`, `{"a":1}x`, `{"b":1,"a":1}`, `{"a":1,"a":1}`, `{"a":1,"a":2}`, `{"a":1.0}`, `{"a":1e3}`, `{"a":-0}`,
		`{"a":01}`, `{"a":9007199254740993}`, `{"a":null}`, `{"a":"\u0041"}`, `{"a":"\/"}`, `{"a":"\ud800"}`, `{"a":"` + "\xff" + `"}`,
		`{"a":"` + "\x01" + `"}`, `{"a":"\u000A"}`, "\ufeff{}", `{"a":[1,]}`, `{a:1}`, `{"a":1,}`, `{"a":NaN}`,
		`{"a":` + strings.Repeat(`[`, 20) + strings.Repeat(`]`, 20) + `}`,
	} {
		if _, err := parse([]byte(bad)); err == nil {
			t.Errorf("accepted %q", bad)
		} else if len(bad) > 3 && strings.Contains(err.Error(), bad) {
			t.Errorf("the error repeats its input: %v", err)
		}
	}
}

// FUZ-F26: whatever a row holds is either refused or written back byte for byte.
func FuzzOpen(f *testing.F) {
	goldens, err := filepath.Glob("testdata/golden/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, g := range goldens {
		b, err := os.ReadFile(g)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.TrimSpace(b))
	}
	f.Add([]byte(`{"a":1,"a":2}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := parse(b)
		if err != nil {
			return
		}
		if !bytes.Equal(canonical(o), b) {
			t.Fatalf("%q is not canonical", b)
		}
		e, err := entryOf(o)
		if err != nil {
			return
		}
		e.Body = b
		again, err := e.Open()
		if err != nil {
			t.Fatalf("opened once, then: %v", err)
		}
		dropped, err := again.Drop()
		if err != nil {
			t.Fatalf("drop: %v", err)
		}
		d, err := dropped.Open()
		if err != nil {
			t.Fatalf("after drop: %v", err)
		}
		if d.Hash() != again.Hash() {
			t.Fatal("the hash did not survive")
		}
	})
}

// Whatever stands in a request's headers, its event is one line of JSON as
// encoding/json reads it, or there is none. FUZ-F08
func FuzzRow(f *testing.F) {
	f.Add("req-1", "Mozilla/5.0", "password", "acme")
	f.Add("a\nb", "\xff\u2028</script>\x00\"\\", "\r\n", strings.Repeat("é", 300))
	b := setup(f)
	f.Fuzz(func(t *testing.T, id, agent, method, mac string) {
		ctx := With(t.Context(), Context{Client: address(t, "203.0.113.7:1"), UserAgent: agent, RequestID: id, Session: testSession})
		row, err := b.Row(ctx, b.of, LoginAttempt{Outcome: Failure, Method: method, FirstFactor: "password", IdentifierMAC: mac, Reason: ReasonUnknownUser})
		if err != nil {
			return
		}
		if !json.Valid(row.Body) || bytes.ContainsAny(row.Body, "\r\n\x00") || len(row.Body) > store.MaxRowBody {
			t.Fatalf("%q", row.Body)
		}
		e, err := openRow(row)
		if err != nil {
			t.Fatalf("written and not read: %v\n%s", err, row.Body)
		}
		if again, err := e.Record.Open(); err != nil || again.Hash() == ([32]byte{}) {
			t.Fatalf("read once: %v", err)
		}
	})
}
