package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/axess-go/axess/internal/strictjson"
)

// WKL-011, OAU-034
func TestScan_refuses_what_two_readers_read_differently(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"m%d":1`, i)
		}
		return "{" + b.String()[1:] + "}"
	}
	for _, tc := range []struct {
		name, text string
		want       strictjson.Fault // empty: good
	}{
		{"object", `{"a":1,"b":[true,false,null,-0.5e-3,"x"],"c":{}}`, ""},
		{"space around", " \t\r\n{ \"a\" : [ ] , \"b\" : { } } \n", ""},
		{"names that differ by case alone", `{"iss":1,"ISS":2}`, ""},
		{"one name in two objects", `{"a":{"x":1},"b":{"x":1},"x":[{"x":1},{"x":2}]}`, ""},
		{"outer name again inside", `{"a":{"a":1}}`, ""},
		{"duplicate", `{"sub":"a","sub":"b"}`, strictjson.Duplicate},
		{"duplicate after a nested object", `{"sub":"a","x":{"y":{}},"sub":"b"}`, strictjson.Duplicate},
		{"duplicate deep inside", `{"a":[{"b":{"c":1,"c":2}}]}`, strictjson.Duplicate},
		{"duplicate by an escape", `{"sub":"a","su\u0062":"b"}`, strictjson.Duplicate},
		{"duplicate by two escapes", `{"\u0073ub":"a","s\u0075b":"b"}`, strictjson.Duplicate},
		{"duplicate of a pair", `{"😀":1,"\ud83d\ude00":1}`, strictjson.Duplicate},
		{"duplicate of the empty name", `{"":1,"":2}`, strictjson.Duplicate},
		{"duplicate of a long name", `{"` + strings.Repeat("x", 40) + `":1,"` + strings.Repeat("x", 40) + `":1}`, strictjson.Duplicate},
		{"long names that differ at the end", `{"` + strings.Repeat("x", 40) + `1":1,"` + strings.Repeat("x", 40) + `2":1}`, ""},
		{"depth 16", deep(16), ""},
		{"depth 17", deep(17), strictjson.Depth},
		{"arrays 17 deep", strings.Repeat("[", 17) + strings.Repeat("]", 17), strictjson.Depth},
		{"512 members", many(512), ""},
		{"513 members", many(513), strictjson.Size},
		{"too long", `"` + strings.Repeat("x", 64<<10) + `"`, strictjson.Size},
		{"half a pair", `{"a":"\ud800"}`, strictjson.Encoding},
		{"half a pair and a letter", `{"a":"\ud800x"}`, strictjson.Encoding},
		{"two first halves", `{"a":"\ud800\ud800"}`, strictjson.Encoding},
		{"second half alone", `{"a":"\udc00"}`, strictjson.Encoding},
		{"half a pair in a name", `{"\udfff":1}`, strictjson.Encoding},
		{"a pair", `{"a":"\ud83d\uDE00"}`, ""},
		{"not UTF-8", "{\"a\":\"\xff\"}", strictjson.Encoding},
		{"not UTF-8 in a name", "{\"a\xc3\":1}", strictjson.Encoding},
		{"overlong UTF-8", "{\"a\":\"\xc0\xaf\"}", strictjson.Encoding},
		{"surrogate in UTF-8", "{\"a\":\"\xed\xa0\x80\"}", strictjson.Encoding},
		{"byte order mark", "\ufeff{}", strictjson.Syntax},
		{"trailing object", `{}{}`, strictjson.Trailing},
		{"trailing byte", "{}\x00", strictjson.Trailing},
		{"trailing comma", `{"a":1,}`, strictjson.Syntax},
		{"trailing comma in an array", `[1,]`, strictjson.Syntax},
		{"wrong bracket", `{"a":[1}`, strictjson.Syntax},
		{"wrong brace", `{"a":{"b":1]}`, strictjson.Syntax},
		{"value without a name", `{1}`, strictjson.Syntax},
		{"name without a value", `{"a"}`, strictjson.Syntax},
		{"colon in an array", `["a":1]`, strictjson.Syntax},
		{"control character", "{\"a\":\"\n\"}", strictjson.Syntax},
		{"unknown escape", `{"a":"\x41"}`, strictjson.Syntax},
		{"short escape", `{"a":"\u12"}`, strictjson.Syntax},
		{"open string", `{"a":"`, strictjson.Syntax},
		{"open escape", `{"a":"\`, strictjson.Syntax},
		{"comment", `{/**/"a":1}`, strictjson.Syntax},
		{"single quotes", `{'a':1}`, strictjson.Syntax},
		{"NaN", `{"exp":NaN}`, strictjson.Syntax},
		{"Infinity", `{"exp":Infinity}`, strictjson.Syntax},
		{"minus Infinity", `{"exp":-Infinity}`, strictjson.Syntax},
		{"leading zero", `{"exp":01}`, strictjson.Syntax},
		{"leading plus", `{"exp":+1}`, strictjson.Syntax},
		{"hexadecimal", `{"exp":0x1}`, strictjson.Trailing + strictjson.Syntax},
		{"no digit behind the point", `{"exp":1.}`, strictjson.Syntax},
		{"no digit before the point", `{"exp":.1}`, strictjson.Syntax},
		{"no digit in the exponent", `{"exp":1e+}`, strictjson.Syntax},
		{"minus alone", `{"exp":-}`, strictjson.Syntax},
		{"beyond float64", `{"exp":1e309}`, strictjson.Number},
		{"a number of 64 bytes", `{"exp":` + strings.Repeat("9", 64) + `}`, ""},
		{"a number of 65 bytes", `{"exp":` + strings.Repeat("9", 65) + `}`, strictjson.Number},
		{"half a word", `{"a":tru}`, strictjson.Syntax},
		{"word in capitals", `{"a":True}`, strictjson.Syntax},
		{"empty", ``, strictjson.Syntax},
		{"space alone", ` `, strictjson.Syntax},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := strictjson.Scan([]byte(tc.text), strictjson.Limits{})
			var e *strictjson.Error
			switch {
			case tc.want == "":
				if err != nil {
					t.Errorf("%v, want none", err)
				}
			case !errors.As(err, &e):
				t.Errorf("error %v, want %s", err, tc.want)
			case !strings.Contains(string(tc.want), string(e.Fault)):
				t.Errorf("%v, want %s", err, tc.want)
			}
		})
	}
}

// An error names a place and nothing that stood there. OAU-034
func TestError_repeats_nothing(t *testing.T) {
	t.Parallel()
	err := strictjson.Scan([]byte(`{"canary":"canary","canary":1}`), strictjson.Limits{})
	if err == nil || strings.Contains(err.Error(), "canary") || err.Error() != "strictjson: duplicate at byte 19" {
		t.Errorf("%v", err)
	}
}

func TestScan_holds_to_limits_of_the_caller(t *testing.T) {
	t.Parallel()
	text := []byte(`{"a":[{"b":1,"c":2}]}`)
	for _, tc := range []struct {
		limits strictjson.Limits
		want   strictjson.Fault
	}{
		{strictjson.Limits{Bytes: len(text), Depth: 3, Members: 2}, ""},
		{strictjson.Limits{Bytes: len(text) - 1}, strictjson.Size},
		{strictjson.Limits{Depth: 2}, strictjson.Depth},
		{strictjson.Limits{Members: 1}, strictjson.Size},
	} {
		err := strictjson.Scan(text, tc.limits)
		var e *strictjson.Error
		if errors.As(err, &e) != (tc.want != "") || e != nil && e.Fault != tc.want {
			t.Errorf("%+v: %v, want %q", tc.limits, err, tc.want)
		}
	}
	far := strictjson.Limits{Depth: 1000}
	if err := strictjson.Scan([]byte(strings.Repeat("[", 100)+strings.Repeat("]", 100)), far); err == nil {
		t.Error("a depth of 100 was taken: the scanner has room for 64")
	}
}

// WKL-011
func TestObject_takes_nothing_but_an_object(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`[]`, `"x"`, `1`, `null`, ` ["a"]`} {
		if strictjson.Object([]byte(text), strictjson.Limits{}) == nil {
			t.Errorf("%s was taken", text)
		}
	}
	if err := strictjson.Object([]byte(" {}"), strictjson.Limits{}); err != nil {
		t.Error(err)
	}
}

func TestMembers_are_those_of_the_text(t *testing.T) {
	t.Parallel()
	text := []byte(` { "a" : 1 , "\u0062\n" : "x\"y\ud83d\ude00" , "c":[1,{"d":"]}"},[]] ,"d":{},"e":null,"f":-1.5e3}`)
	want := []string{`a`, `1`, "b\n", `"x\"y\ud83d\ude00"`, `c`, `[1,{"d":"]}"},[]]`, `d`, `{}`, `e`, `null`, `f`, `-1.5e3`}
	var got []string
	for name, value := range strictjson.Members(text) {
		got = append(got, string(name), string(value))
		if s, ok := strictjson.String(value); ok && s != "x\"y😀" {
			t.Errorf("string %q", s)
		}
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %q\nwant %q", got, want)
	}
	got = nil
	for e := range strictjson.Elements([]byte(`[1, "a" ,{"b":[2]},[]]`)) {
		got = append(got, string(e))
	}
	if strings.Join(got, "|") != `1|"a"|{"b":[2]}|[]` {
		t.Errorf("elements %q", got)
	}
	for range strictjson.Members([]byte(`[1]`)) {
		t.Error("an array has members")
	}
	for range strictjson.Elements([]byte(`{"a":1}`)) {
		t.Error("an object has elements")
	}
}

// second judges a text with encoding/json, token by token.
func second(text []byte) bool {
	if len(text) > 64<<10 || !utf8.Valid(text) || !json.Valid(text) || !paired(text) {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	type level struct {
		seen  map[string]bool // nil for an array
		value bool            // the next string is a value
	}
	var open []level
	done := func() {
		if n := len(open); n > 0 {
			open[n-1].value = false
		}
	}
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			return false
		}
		switch v := tok.(type) {
		case json.Delim:
			switch v {
			case '{':
				open = append(open, level{seen: map[string]bool{}})
			case '[':
				open = append(open, level{})
			default:
				open = open[:len(open)-1]
				done()
			}
			if len(open) > 16 {
				return false
			}
			continue
		case string:
			if n := len(open); n > 0 && open[n-1].seen != nil && !open[n-1].value {
				if open[n-1].seen[v] || len(open[n-1].seen) == 512 {
					return false
				}
				open[n-1].seen[v] = true
				open[n-1].value = true
				continue
			}
		case json.Number:
			if _, err := strconv.ParseFloat(string(v), 64); err != nil || len(v) > 64 {
				return false
			}
		}
		done()
	}
}

// paired reports whether every escape of a surrogate in a valid text has its other half.
func paired(text []byte) bool {
	half := func(i int) (uint64, bool) {
		if i+6 > len(text) || text[i] != '\\' || text[i+1] != 'u' {
			return 0, false
		}
		r, err := strconv.ParseUint(string(text[i+2:i+6]), 16, 16)
		return r, err == nil
	}
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		r, is := half(i)
		switch {
		case !is:
			i++
		case r >= 0xD800 && r < 0xDC00:
			if low, is := half(i + 6); !is || low < 0xDC00 || low > 0xDFFF {
				return false
			}
			i += 11
		case r >= 0xDC00 && r < 0xE000:
			return false
		default:
			i += 5
		}
	}
	return true
}

// The scanner and encoding/json with the rules on top agree about every text, and what
// is walked is what encoding/json reads. FUZ-F15
func FuzzScan(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":[true,{"c":"\u00e9\ud83d\ude00"}]}`, `{"a":{"a":{"a":[[]]}}}`, `{"sub":1,"su\u0062":2}`, `[1e309,-0.0,1E-5]`, `"\ud800"`, "{\"\xff\":1}", `{"a":1}x`, sample(1)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		err := strictjson.Scan(text, strictjson.Limits{})
		if want := second(text); (err == nil) != want {
			t.Fatalf("%q: %v, want good %v", text, err, want)
		}
		// The walk ends and does not panic whatever the text is.
		got := map[string]json.RawMessage{}
		for name, value := range strictjson.Members(text) {
			got[string(name)] = value
			strictjson.String(value)
			for range strictjson.Elements(value) {
				continue
			}
		}
		if err != nil {
			return
		}
		var want map[string]json.RawMessage
		if json.Unmarshal(text, &want) != nil || want == nil {
			return
		}
		if len(got) != len(want) {
			t.Fatalf("%q: %d members, want %d", text, len(got), len(want))
		}
		for name, value := range want {
			if !bytes.Equal(got[name], value) {
				t.Fatalf("%q: member %q is %q, want %q", text, name, got[name], value)
			}
			var s string
			if value[0] == '"' && json.Unmarshal(value, &s) == nil {
				if mine, ok := strictjson.String(got[name]); !ok || mine != s {
					t.Fatalf("string %q, want %q", mine, s)
				}
			}
		}
	})
}

// sample is a payload as issuers write them, of about n KiB.
func sample(n int) string {
	var b strings.Builder
	b.WriteString(`{"iss":"https://issuer.example","sub":"repo:octo/app:ref:refs/heads/main","aud":"https://api.example","exp":1790000300,"iat":1790000000,"nbf":1789999995,"jti":"3f0c6a52-2f9e-4bb8-8f5a-6f6a6f0f8a11"`)
	for i := 0; b.Len() < n*1024-60; i++ {
		fmt.Fprintf(&b, `,"claim_%02d":"a value of usual length %d","n%02d":%d`, i, i, i, i*i)
	}
	b.WriteString("}")
	return b.String()
}

// kibi is a payload of 1 KiB.
func kibi() []byte {
	text := []byte(sample(1))
	return append(text, bytes.Repeat([]byte(" "), max(0, 1024-len(text)))...)
}

func BenchmarkScan(b *testing.B) {
	text := kibi()
	b.ReportAllocs()
	for b.Loop() {
		if err := strictjson.Scan(text, strictjson.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

// What the standard library takes to look at the same text, by its own rules alone.
func BenchmarkValid(b *testing.B) {
	text := kibi()
	b.ReportAllocs()
	for b.Loop() {
		if !json.Valid(text) {
			b.Fatal("refused")
		}
	}
}

func TestScan_allocates_nothing(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts the whole process
	text := []byte(sample(1))
	if n := testing.AllocsPerRun(100, func() {
		if strictjson.Scan(text, strictjson.Limits{}) != nil {
			t.Error("refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func ExampleScan() {
	fmt.Println(strictjson.Scan([]byte(`{"sub":"ada","sub":"eve"}`), strictjson.Limits{}))
	// Output: strictjson: duplicate at byte 13
}

func ExampleObject() {
	fmt.Println(strictjson.Object([]byte(`["ada"]`), strictjson.Limits{}))
	// Output: strictjson: syntax at byte 0
}

func ExampleMembers() {
	text := []byte(`{"SUB":"eve","sub":"ada"}`)
	if err := strictjson.Scan(text, strictjson.Limits{}); err != nil {
		return
	}
	for name, value := range strictjson.Members(text) {
		if string(name) == "sub" {
			fmt.Println(strictjson.String(value))
		}
	}
	// Output: ada true
}

func ExampleElements() {
	for value := range strictjson.Elements([]byte(`["a","b"]`)) {
		fmt.Println(strictjson.String(value))
	}
	// Output:
	// a true
	// b true
}

func ExampleString() {
	fmt.Println(strictjson.String([]byte(`"caf\u00e9"`)))
	// Output: café true
}
