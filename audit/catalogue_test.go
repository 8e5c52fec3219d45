package audit

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/golden and docs/audit-events.md")

// source is what the package's own text says.
type source struct {
	docs  map[string]string   // of each event struct
	words map[string][]string // values of the constants of each type of words
}

func readSource(t *testing.T) source {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	s := source{docs: map[string]string{}, words: map[string][]string{}}
	all := map[string]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						all[spec.Name.Name] = d.Doc.Text()
					case *ast.ValueSpec:
						of, ok := spec.Type.(*ast.Ident)
						if !ok || len(spec.Values) != 1 {
							continue
						}
						if lit, ok := spec.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
							v, err := strconv.Unquote(lit.Value)
							if err != nil {
								t.Fatal(err)
							}
							s.words[of.Name] = append(s.words[of.Name], v)
						}
					}
				}
			case *ast.FuncDecl:
				if d.Name.Name == "about" && d.Recv != nil {
					s.docs[d.Recv.List[0].Type.(*ast.Ident).Name] = ""
				}
			}
		}
	}
	for name := range s.docs {
		s.docs[name] = all[name]
	}
	return s
}

// AUD-005, AUD-020: the structs of the package, the samples, the golden files and
// the page of the documentation are the same set.
func TestCatalogue_is_one_set_everywhere(t *testing.T) {
	t.Parallel()
	src := readSource(t)
	var inSamples, kinds []string
	for _, e := range samples() {
		inSamples = append(inSamples, reflect.TypeOf(e).Name())
		kinds = append(kinds, string(e.about().kind))
	}
	slices.Sort(inSamples)
	if inSource := slices.Sorted(maps.Keys(src.docs)); !slices.Equal(inSource, inSamples) {
		t.Errorf("structs %q\nsamples %q", inSource, inSamples)
	}
	slices.Sort(kinds)
	if slices.Contains(kinds, "") || len(slices.Compact(slices.Clone(kinds))) != len(kinds) {
		t.Errorf("kinds %q", kinds)
	}
	for _, k := range kinds {
		if !isName(k) || strings.ContainsAny(k, ".:+-") {
			t.Errorf("%s is no name of a kind", k)
		}
	}
	if *update {
		return
	}
	files, err := filepath.Glob("testdata/golden/*.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden []string
	for _, f := range files {
		golden = append(golden, strings.TrimSuffix(filepath.Base(f), ".json"))
	}
	if !slices.Equal(golden, kinds) {
		t.Errorf("golden files %q\nkinds %q", golden, kinds)
	}
}

// AUD-003, AUD-020: the bytes of every kind.
func TestRow_is_the_golden_bytes(t *testing.T) {
	t.Parallel()
	for _, ev := range samples() {
		// Each kind has a log of its own, so that a new kind changes no other file.
		b := setup(t)
		kind := string(ev.about().kind)
		row, err := b.Row(request(t, "192.0.2.17:4711"), b.of, ev)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		name := filepath.Join("testdata", "golden", kind+".json")
		if *update {
			if err := os.WriteFile(name, append(slices.Clone(row.Body), '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(append(row.Body, '\n'), want) {
			t.Errorf("%s\ngot  %s\nwant %s", kind, row.Body, want)
		}
		if e, err := openRow(row); err != nil || string(e.Kind) != kind {
			t.Errorf("%s is not read back: %v", kind, err)
		}
	}
}

// fieldsOf lists the tags of an event struct: name, and what follows it.
func fieldsOf(ev Event) (names, marks []string) {
	typ := reflect.TypeOf(ev)
	for i := range typ.NumField() {
		name, mark, _ := strings.Cut(typ.Field(i).Tag.Get("audit"), ",")
		names, marks = append(names, name), append(marks, mark)
	}
	return names, marks
}

// AUD-005: every field of every struct reaches the event under its name, and an
// event that lacks a required one is refused.
func TestRow_demands_every_field_and_writes_every_field(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, ev := range samples() {
		kind := ev.about().kind
		full := b.entry(t, t.Context(), b.of, ev)
		names, marks := fieldsOf(ev)
		for i, name := range names {
			_, inData := full.tree.at("data." + name)
			if name == "" || (!inData && !full.tree.has(name)) {
				t.Errorf("%s: field %d %q does not reach the event", kind, i, name)
			}
			lacking := reflect.New(reflect.TypeOf(ev)).Elem()
			lacking.Set(reflect.ValueOf(ev))
			lacking.Field(i).SetZero()
			_, err := b.Row(t.Context(), b.of, lacking.Interface().(Event))
			if marks[i] != "" {
				if err != nil {
					t.Errorf("%s without %s: %v", kind, name, err)
				}
				continue
			}
			var fe *FieldError
			if !errors.Is(err, ErrMissingField) || !errors.As(err, &fe) || fe.Field != name || fe.Kind != kind {
				t.Errorf("%s without %s: %v", kind, name, err)
			}
		}
		// Nothing reaches the event that is not a field of the struct.
		for _, d := range full.Data {
			if !slices.Contains(names, d.Name) && (kind != "service_stopped" || d.Name != "clean") {
				t.Errorf("%s has %s from nowhere", kind, d.Name)
			}
		}
	}
}

// accepted lists which values of one field a sample accepts.
func (b bench) accepted(t *testing.T, ev Event, field int, values []reflect.Value) []string {
	t.Helper()
	var out []string
	for _, v := range values {
		p := reflect.New(reflect.TypeOf(ev)).Elem()
		p.Set(reflect.ValueOf(ev))
		p.Field(field).Set(v)
		of := b.of
		if v.Interface() == any(ReasonUnknownUser) {
			of = Of{Tenant: b.of.Tenant}
		}
		if _, err := b.Row(t.Context(), of, p.Interface().(Event)); err == nil {
			out = append(out, fmt.Sprint(v.Interface()))
		}
	}
	return out
}

func wordValues(typ reflect.Type, words []string) []reflect.Value {
	var out []reflect.Value
	for _, w := range append(slices.Clone(words), "nobody_knows_this", "ada@example.test") {
		out = append(out, reflect.ValueOf(w).Convert(typ))
	}
	return out
}

// AUD-004: every closed word is used by a kind, and no kind takes a
// word of nobody's.
func TestWords_are_closed_and_none_is_idle(t *testing.T) {
	t.Parallel()
	b, src := setup(t), readSource(t)
	used := map[string]map[string]bool{}
	for _, ev := range samples() {
		typ := reflect.TypeOf(ev)
		for i := range typ.NumField() {
			name := typ.Field(i).Type.Name()
			words, closed := src.words[name]
			if !closed {
				continue
			}
			if used[name] == nil {
				used[name] = map[string]bool{}
			}
			for _, w := range b.accepted(t, ev, i, wordValues(typ.Field(i).Type, words)) {
				if !slices.Contains(words, w) {
					t.Errorf("%s.%s takes %q", typ.Name(), typ.Field(i).Name, w)
				}
				used[name][w] = true
			}
		}
	}
	for _, name := range []string{"Reason", "Cause", "Scope", "Flow", "By", "Source", "TokenKind"} {
		for _, w := range src.words[name] {
			if !used[name][w] {
				t.Errorf("no kind uses %s %q", name, w)
			}
		}
		if len(src.words[name]) == 0 {
			t.Errorf("no words of %s were found", name)
		}
	}
}

// AUD-002: a kind takes only its own outcomes.
func TestRow_refuses_an_outcome_of_another_kind(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for o, want := range map[Outcome]error{Success: nil, Failure: nil, Locked: ErrBadField, Info: ErrBadField, 0: ErrMissingField, 99: ErrBadField} {
		_, err := b.Row(t.Context(), b.of, SignupCompleted{Outcome: o})
		if !errors.Is(err, want) {
			t.Errorf("outcome %d: %v", o, err)
		}
	}
	if _, err := b.Row(t.Context(), b.of, SignupStarted{Outcome: Success, Reason: ReasonExists}); !errors.Is(err, ErrBadField) {
		t.Errorf("a success with a reason: %v", err)
	}
}

// AUD-020: the page is made from the package.
func TestDocs_are_up_to_date(t *testing.T) {
	t.Parallel()
	name := filepath.Join("..", "docs", "audit-events.md")
	got := docsPage(t)
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/audit-events.md is out of date: go test ./audit -update")
	}
	// Every key of the envelope is explained.
	for _, ev := range samples() {
		for _, m := range setup(t).entry(t, request(t, "192.0.2.17:4711"), setup(t).of, ev).tree {
			if !bytes.Contains(got, []byte("`"+m.key)) {
				t.Errorf("the page does not mention %s", m.key)
			}
		}
	}
}

// writtenEvents are the events that some package makes: a page that promised
// others would send an auditor looking for what is never there.
func writtenEvents(t *testing.T) map[string]bool {
	t.Helper()
	made := regexp.MustCompile(`\baudit\.([A-Z]\w*)\{`)
	written := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && path != ".." && (name[0] == '.' || name == "testdata" || name == "audit" || name == "interop" || name == "bench"):
			return fs.SkipDir
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range made.FindAllSubmatch(text, -1) {
			written[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return written
}

func docsPage(t *testing.T) []byte {
	t.Helper()
	b, src, written := setup(t), readSource(t), writtenEvents(t)
	var w bytes.Buffer
	w.WriteString(docsIntro)
	list := samples()
	slices.SortFunc(list, func(a, b Event) int { return strings.Compare(string(a.about().kind), string(b.about().kind)) })
	for _, ev := range list {
		about, typ := ev.about(), reflect.TypeOf(ev)
		names, marks := fieldsOf(ev)
		fmt.Fprintf(&w, "\n### `%s`\n\n%s\n\n", about.kind, plain(src.docs[typ.Name()]))
		if !written[typ.Name()] {
			w.WriteString("**Reserved:** nothing writes it yet.\n\n")
		}
		var ends []string
		for o := Success; o <= Info; o++ {
			if about.outcomes.has(o) {
				ends = append(ends, o.String())
			}
		}
		fmt.Fprintf(&w, "Class %s. Outcomes: %s. ", about.class, strings.Join(ends, ", "))
		switch {
		case about.subject:
			w.WriteString("Always has a subject.\n")
		case about.platform:
			w.WriteString("Tenant and subject where there are such.\n")
		default:
			w.WriteString("Subject where there is one.\n")
		}
		if len(names) > 1 || names[0] != "outcome" {
			w.WriteString("\n| field | holds |\n|---|---|\n")
		}
		for i, name := range names {
			if name == "outcome" {
				continue
			}
			if _, inData := b.entry(t, t.Context(), b.of, ev).tree.at("data." + name); inData {
				name = "data." + name
			}
			holds := describe(typ.Field(i).Type)
			if words, closed := src.words[typ.Field(i).Type.Name()]; closed {
				ws := b.accepted(t, ev, i, wordValues(typ.Field(i).Type, words))
				holds = "one of `" + strings.Join(ws, "`, `") + "`"
			}
			switch {
			case name == "reason" && about.outcomes.has(Success):
				holds += "; exactly when the outcome is not success"
			case marks[i] == "optional":
				holds += "; optional"
			}
			fmt.Fprintf(&w, "| `%s` | %s |\n", name, holds)
		}
		if about.kind == "service_stopped" {
			w.WriteString("| `data.clean` | whether nothing was left behind |\n")
		}
	}
	return w.Bytes()
}

// plain turns a doc comment into one paragraph of Markdown.
func plain(doc string) string {
	var p comment.Parser
	pr := comment.Printer{TextWidth: -1, DocLinkURL: func(*comment.DocLink) string { return "" }}
	return strings.TrimSpace(string(pr.Text(p.Parse(doc))))
}

func describe(t reflect.Type) string {
	switch t.String() {
	case "string":
		return "text"
	case "int":
		return "number"
	case "[]string":
		return "list of names"
	case "identity.Kind":
		return "name of a factor"
	case "[]identity.Kind":
		return "names of factors, in order"
	case "identity.AAL":
		return "`aal0` to `aal3`"
	case "time.Time":
		return "time, µs since 1970 UTC"
	case "time.Duration":
		return "whole seconds"
	}
	if strings.HasPrefix(t.String(), "identity.ID[") {
		return "keyed digest of an id"
	}
	return t.String()
}

const docsIntro = `# Audit events

This page is made from package ` + "`audit`" + ` by its tests (` + "`go test ./audit -update`" + `) and lists every kind of event that axess writes. Kinds and fields are added over time; none changes its meaning.

An event is one line of canonical JSON (RFC 8785): UTF-8, keys sorted, no blanks, no fractions, no null. What an event does not have is left out.

| key | holds |
|---|---|
| ` + "`v`" + ` | version of the format, 1; a reader refuses a higher one |
| ` + "`id`" + ` | UUID version 7; an event that is delivered twice has the same id |
| ` + "`time_us`" + ` | when, µs since 1970 UTC |
| ` + "`node`, `boot`, `seq`" + ` | which process, which start of it, and a number from 1 without gaps within the two; the store gives it |
| ` + "`tenant_id`" + ` | whose event it is; events without are seen by operators alone |
| ` + "`kind`, `outcome`, `class`" + ` | see below; outcome is success, failure, locked, expired, suspicious or info; class is critical, normal or bulk and says what may happen to the event under pressure |
| ` + "`subject.type`, `subject.id`" + ` | the account that it happened to; type user |
| ` + "`actor.type`, `actor.id`" + ` | who did it, if that is somebody else; type user or system |
| ` + "`handle`, `actor_handle`" + ` | random handle of the account, which stays when the account is erased |
| ` + "`session_ref`" + ` | keyed digest of the session |
| ` + "`request_id`" + ` | of the request, if it is 1 to 128 of A-Z a-z 0-9 . _ - |
| ` + "`client.ip`, `client.ip_prefix`, `client.ip_source`" + ` | address, its /24 or /48, and how it became known (peer, forwarded, supplied, unverified) |
| ` + "`client.user_agent`, `client.ua_summary`" + ` | the header, at most 512 bytes, and browser and platform |
| ` + "`factor_kind`, `factors_completed`, `reason`" + ` | see below |
| ` + "`data`" + ` | the other fields of the kind |
| ` + "`commit`, `salt`" + ` | for each personal field, see below |

A keyed digest is the id of its key, a hyphen and an HMAC-SHA-256, in hex: equal things have equal digests while the key is the same, and nobody without the key can tell which thing it is.

## Personal fields

` + "`actor.id`, `subject.id`, `client.*`, `data.identifier_mac`, `data.operator` and `data.stated_reason`" + ` can be removed from a stored event. For each, ` + "`commit`" + ` holds SHA-256("axess/audit-commit/v1" ∥ name ∥ salt ∥ value), each part behind its length in 4 bytes, and ` + "`salt`" + ` the 16 random bytes, both base64url. The hash of an event is SHA-256("axess/audit-event/v1" ∥ event), where the event lacks the values that have a commitment and the key ` + "`salt`" + `; so it is the same before and after values and their salts are removed, and shows any other change.

## Kinds
`
